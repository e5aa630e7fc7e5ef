from __future__ import annotations

import sys

import pytest

from labkit import errors
from labkit.errors import CommandError, DeadlineError, LabError, ManifestError
from labkit.process import LocalRunner

CELLS = """
import os
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config
shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}, "InteractiveShell": {"colors": "NoColor"}}))
cell = "from labkit import LabError\\nraise LabError('open the door', 'it is locked', 'fetch the key')"
shell.run_cell(cell)
print("-- with LABKIT_DEBUG=1")
os.environ["LABKIT_DEBUG"] = "1"
shell.run_cell(cell)
"""


@pytest.fixture(autouse=True)
def not_debugging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABKIT_DEBUG", raising=False)


def test_an_error_is_what_was_tried_what_was_found_and_what_to_do() -> None:
    error = LabError("open the door", "it is locked", "fetch the key")
    assert str(error).splitlines() == ["tried: open the door", "found: it is locked", "do:    fetch the key"]


def test_more_lines_of_what_was_found_stand_below_the_first() -> None:
    assert str(LabError("look", "one\ntwo\n", "stop")).splitlines() == ["tried: look", "found: one", "       two", "do:    stop"]


def test_nothing_found_is_said_to_be_nothing() -> None:
    assert "found: nothing" in str(LabError("look", "\n", "stop"))


def test_a_manifest_error_begins_with_the_place() -> None:
    error = ManifestError("check pod/web", "a text", "write a list", file="web.yaml", line=7, field="spec.containers[0].ports")
    assert str(error).splitlines()[0] == "web.yaml, line 7, spec.containers[0].ports"


def test_a_manifest_error_leaves_out_of_the_place_what_is_not_known() -> None:
    assert str(ManifestError("read web.yaml", "no such file", "name another", file="web.yaml")).splitlines()[0] == "web.yaml"


def test_a_command_error_shows_the_command_as_one_would_type_it() -> None:
    assert CommandError(["podman", "run", "two words"], 125, "", "no such image").tried == "$ podman run 'two words'"


@pytest.mark.parametrize(
    ("stdout", "stderr", "said"), [("out", "err", "err"), ("out", "", "out"), ("", "", "no output")], ids=["stderr", "stdout", "neither"]
)
def test_a_command_error_says_what_the_program_said(stdout: str, stderr: str, said: str) -> None:
    assert CommandError(["false"], 1, stdout, stderr).found == f"exit code 1: {said}"


def test_a_deadline_error_keeps_what_was_seen_last() -> None:
    assert DeadlineError("pod/web is ready", "Pending", "wait longer").last == "Pending"


def test_the_tree_in_the_docstring_holds_every_error() -> None:
    drawn = {line.split()[1] for line in (errors.__doc__ or "").splitlines() if "──" in line}
    assert drawn | {"LabError"} == set(errors.__all__)


def test_every_error_is_a_lab_error() -> None:
    assert [name for name in errors.__all__ if not issubclass(getattr(errors, name), LabError)] == []


@pytest.fixture(scope="module")
def cells() -> tuple[str, str]:
    """What IPython shows of a LabError, without and with LABKIT_DEBUG=1."""
    plain, _, debugging = LocalRunner(environment={"LABKIT_DEBUG": ""}).run([sys.executable, "-c", CELLS]).stdout.partition("-- with")
    return plain, debugging


def test_a_notebook_shows_the_lines_and_no_traceback(cells: tuple[str, str]) -> None:
    assert cells[0].strip().splitlines() == ["LabError", "tried: open the door", "found: it is locked", "do:    fetch the key"]


def test_a_notebook_shows_the_traceback_to_whoever_debugs(cells: tuple[str, str]) -> None:
    assert "Traceback (most recent call last):" in cells[1]
