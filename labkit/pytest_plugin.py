"""What nbval needs to run lessons on a real engine.

Every notebook gets an owner of its own, so that its objects are told from a learner's; cells get a deadline; what a notebook leaves, also
after its kernel was killed, is removed by label and reported. Cells in another order than the notebook's are refused.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

from labkit.pytest_cluster import cluster, namespace

__all__ = ["cluster", "namespace"]

CELL_SECONDS = 180
_LEFT = pytest.StashKey[list[str]]()
_OPEN = pytest.StashKey[Path | None]()
"""The notebook whose cells are run now."""


def _is_cell(item: pytest.Item) -> bool:
    return type(item).__module__.startswith("nbval")


def run_owner() -> str:
    """Return whose objects a test run makes: by process, so that a later one can tell whether it still runs."""
    return f"test-{os.getpid()}"


def pytest_configure(config: pytest.Config) -> None:
    """Give cells a deadline in place of nbval's 2000 s, unless one was asked for, and refuse to spread them over processes."""
    config.stash[_LEFT], config.stash[_OPEN] = [], None
    spread = getattr(config.option, "dist", "no")
    notebooks = getattr(config.option, "nbval", False) or getattr(config.option, "nbval_lax", False)
    # Here and not when tests are collected: only xdist's workers collect, and they are not told how tests are spread.
    if notebooks and spread not in ("no", "loadfile"):
        raise pytest.UsageError(f"a notebook's cells need one kernel: --dist {spread} would spread them; use --dist loadfile")
    if getattr(config.option, "nbval_cell_timeout", None) == 2000:
        config.option.nbval_cell_timeout = CELL_SECONDS


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse to run a notebook's cells in another order: each needs those before it."""
    if not any(_is_cell(item) for item in items):
        return
    if any(config.pluginmanager.hasplugin(name) for name in ("randomly", "random_order")):
        raise pytest.UsageError("a notebook's cells need those before them: run without random order (-p no:randomly -p no:random_order)")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Name the owner before the kernel starts: it inherits the environment. nbval's fixtures do not reach cells."""
    if _is_cell(item):
        os.environ["LABKIT_OWNER"] = run_owner()
        item.config.stash[_OPEN] = item.path


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """After a notebook's last cell, when its kernel is gone, remove what it left."""
    try:
        yield
    finally:
        if nextitem is None or nextitem.path != item.path:
            _sweep(item.config)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """After Ctrl-C in a cell there is no teardown: remove what its notebook left now."""
    _sweep(session.config)


def _sweep(config: pytest.Config) -> None:
    notebook, config.stash[_OPEN] = config.stash[_OPEN], None
    if notebook is None:
        return
    from labkit.engines.stamp import OWNER
    from labkit.here import sweeper
    from labkit.here_kubernetes import remove_namespaces

    owner = run_owner()
    left = sweeper().sweep(lambda labels: labels.get(OWNER) == owner)
    # An empty namespace is no fault of the notebook: it stays for whoever goes on, and nobody does here.
    remove_namespaces(lambda labels: labels.get(OWNER) == owner)
    config.stash[_LEFT] += [f"{notebook.name} left {name}" for name in left]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what notebooks left behind; it is gone by now."""
    left = terminalreporter.config.stash[_LEFT]
    if left:
        terminalreporter.section("left behind by notebooks, and removed")
        for line in left:
            terminalreporter.line(line)
