from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from labkit import here, pytest_plugin
from labkit.engines.stamp import OWNER

pytest_plugins = ["pytester"]
OURS = f"test-{os.getpid()}"

# Cells without a kernel: each line of a .cells file is Python.
CELLS = """
import pytest

class Cell(pytest.Item):
    def __init__(self, *, code, **named):
        super().__init__(**named)
        self.code = code

    def runtest(self):
        exec(self.code)

class Cells(pytest.File):
    def collect(self):
        for number, code in enumerate(self.path.read_text().splitlines()):
            yield Cell.from_parent(self, name=f"Cell {number}", code=code)

    def teardown(self):
        open("order", "a").write(f"{self.path.name} closed\\n")

Cell.__module__ = "nbval.double"

def pytest_collect_file(file_path, parent):
    return Cells.from_parent(parent, path=file_path) if file_path.suffix == ".cells" else None
"""


class Sweeper:
    """Finds one pod of this test run's, and notes when it was asked."""

    def __init__(self) -> None:
        self.swept: list[str] = []

    def sweep(self, ours: Callable[[Mapping[str, str]], bool]) -> tuple[str, ...]:
        with Path("order").open("a") as order:
            order.write("swept\n")
        self.swept += [owner for owner in (OURS, "ada", "test-1") if ours({OWNER: owner})]
        return ("pod/web",)


@pytest.fixture
def sweeper(monkeypatch: pytest.MonkeyPatch) -> Sweeper:
    sweeper = Sweeper()
    monkeypatch.setattr(here, "sweeper", lambda: sweeper)
    return sweeper


@pytest.fixture(autouse=True)
def inner_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Load only what a run inside these tests is about, and put LABKIT_OWNER back afterwards: it is in this process."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "labkit.pytest_plugin,nbval.plugin")
    # It collects garbage five times at the end of each run.
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:unraisableexception")
    monkeypatch.setenv("LABKIT_OWNER", "ada")


@pytest.fixture
def cells(pytester: pytest.Pytester, sweeper: Sweeper) -> pytest.Pytester:
    pytester.makeconftest(CELLS)
    pytester.makefile(".cells", one="assert True\nassert True", two="assert False")
    return pytester


def test_the_owner_is_named_by_the_process() -> None:
    assert pytest_plugin.run_owner() == OURS


def test_a_notebook_makes_what_it_makes_as_an_owner_of_its_own(pytester: pytest.Pytester, sweeper: Sweeper) -> None:
    source = "import os, pathlib\npathlib.Path('owner').write_text(os.environ['LABKIT_OWNER'])"
    cell = {"cell_type": "code", "execution_count": None, "id": "a", "metadata": {}, "outputs": [], "source": source}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"cells": [cell], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
    (pytester.path / "one.ipynb").write_text(json.dumps(notebook))
    pytester.runpytest_inprocess("--nbval-lax", "one.ipynb").assert_outcomes(passed=1)
    assert ((pytester.path / "owner").read_text(), sweeper.swept) == (OURS, [OURS])


def test_what_a_notebook_leaves_is_swept_when_it_is_closed(cells: pytest.Pytester) -> None:
    cells.runpytest_inprocess()
    assert (cells.path / "order").read_text().splitlines() == ["one.cells closed", "swept", "two.cells closed", "swept"]


def test_only_what_this_run_made_is_swept(cells: pytest.Pytester, sweeper: Sweeper) -> None:
    cells.runpytest_inprocess("one.cells")
    assert sweeper.swept == [OURS]


def test_what_was_left_is_told_in_the_end(cells: pytest.Pytester) -> None:
    cells.runpytest_inprocess().stdout.fnmatch_lines(
        ["*left behind by notebooks, and removed*", "one.cells left pod/web", "two.cells left *"]
    )


def test_a_notebook_that_is_stopped_early_is_swept(cells: pytest.Pytester, sweeper: Sweeper) -> None:
    cells.makefile(".cells", one="assert False\nassert True")
    cells.runpytest_inprocess("-x", "one.cells")
    assert sweeper.swept == [OURS]


def test_a_notebook_that_is_interrupted_is_swept_when_it_is_closed(cells: pytest.Pytester) -> None:
    cells.makefile(".cells", one="raise KeyboardInterrupt\nassert True")
    cells.runpytest_inprocess("one.cells", no_reraise_ctrlc=True)
    assert (cells.path / "order").read_text().splitlines() == ["one.cells closed", "swept"]


def test_tests_that_are_no_cells_are_left_alone(pytester: pytest.Pytester, sweeper: Sweeper) -> None:
    pytester.makepyfile("import os\ndef test_owner(): assert os.environ['LABKIT_OWNER'] == 'ada'")
    pytester.runpytest_inprocess().assert_outcomes(passed=1)
    assert sweeper.swept == []


@pytest.mark.parametrize("plugin", ["randomly", "random_order"])
def test_cells_in_random_order_are_refused(plugin: str, cells: pytest.Pytester) -> None:
    cells.makepyfile(**{plugin: ""})
    cells.syspathinsert()
    result = cells.runpytest_inprocess("-p", plugin)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*run without random order*-p no:{plugin}*"])


def test_other_tests_may_have_any_order(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(randomly="", test_one="def test_one(): pass")
    pytester.syspathinsert()
    pytester.runpytest_inprocess("-p", "randomly").assert_outcomes(passed=1)


@pytest.fixture
def xdist(pytester: pytest.Pytester) -> pytest.Pytester:
    """Have a plugin with pytest-xdist's option."""
    pytester.makepyfile(spread="def pytest_addoption(parser): parser.addoption('--dist', default='no')", test_one="def test_one(): pass")
    pytester.syspathinsert()
    return pytester


def test_cells_spread_over_processes_are_refused(xdist: pytest.Pytester) -> None:
    result = xdist.runpytest_inprocess("-p", "spread", "--nbval-lax", "--dist", "load")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*use --dist loadfile*"])


@pytest.mark.parametrize(
    "options", [["--nbval-lax", "--dist", "loadfile"], ["--nbval-lax"], ["--dist", "load"]], ids=["by file", "not spread", "no notebooks"]
)
def test_what_keeps_a_notebook_together_is_allowed(options: list[str], xdist: pytest.Pytester) -> None:
    assert xdist.runpytest_inprocess("-p", "spread", *options).ret == pytest.ExitCode.OK


@pytest.mark.parametrize(
    ("options", "seconds"), [([], pytest_plugin.CELL_SECONDS), (["--nbval-cell-timeout=30"], 30)], ids=["default", "given"]
)
def test_cells_have_a_deadline(options: list[str], seconds: int, pytester: pytest.Pytester) -> None:
    assert pytester.parseconfigure(*options).option.nbval_cell_timeout == seconds
