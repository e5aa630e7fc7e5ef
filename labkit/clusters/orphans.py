"""Find and end the kind that a killed labkit has left running: nobody waits for it any more, and it would go on making nodes."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path

from labkit.wait import until

__all__ = ["end_orphans", "orphans"]

_PROC = Path("/proc")


def orphans(marks: Sequence[str], proc: Path = _PROC) -> tuple[int, ...]:
    """Return the process groups in which a program runs that has all of `marks` among its arguments, but never our own group.

    labkit starts its programs in groups of their own (`labkit.process.LocalRunner`), so that everything in such a group belongs to it.
    """
    groups = set()
    for process in proc.glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            arguments = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if set(marks) <= set(arguments):
                groups.add(_group(process))
    return tuple(sorted(groups - {os.getpgrp()}))


def end_orphans(marks: Sequence[str]) -> tuple[int, ...]:
    """End these groups, wait until they are gone, and return them. Raises DeadlineError when one does not go."""
    found = orphans(marks)
    for group in found:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
    until(
        lambda: [group for group in found if _lives(group)],
        lambda left: not left,
        what="the end of what a killed labkit left running",
        timeout=10.0,
        fix="look what these processes do: ps -o pid,pgid,args",
    )
    return found


def _group(process: Path) -> int:
    # Field 5 of proc_pid_stat(5); the name in field 2 may hold spaces and brackets.
    return int((process / "stat").read_text().rpartition(")")[2].split()[2])


def _lives(group: int) -> bool:
    """Say whether a process of a group still runs: one that only waits to be collected by its parent (Z) has let go of everything."""
    for process in _PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            fields = (process / "stat").read_text().rpartition(")")[2].split()
            if int(fields[2]) == group and fields[0] != "Z":
                return True
    return False
