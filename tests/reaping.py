"""Remove what killed test runs left on the engine, and nothing of those that still run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from labkit import here
from labkit.engines.stamp import OWNER
from labkit.here_kubernetes import remove_namespaces

__all__ = ["reap"]

PREFIX = "test-"


def reap() -> tuple[str, ...]:
    """Remove the objects of test owners whose process is gone, and return their names."""
    unclaimed = here.garbage(only_owners=PREFIX)

    def left(labels: Mapping[str, str]) -> bool:
        # The record says who claimed a lesson last: a test that never did, or whose child did and has ended, may still run.
        return unclaimed(labels) and not _runs(labels[OWNER].removeprefix(PREFIX))

    return here.sweeper().sweep(left) + remove_namespaces(left)


def _runs(pid: str) -> bool:
    return pid.isdigit() and Path("/proc", pid).exists()
