"""Which process works on which lesson now, so that `labkit gc` can tell a killed run from a live one."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

__all__ = ["Run", "Runs", "this_process"]


@dataclass(frozen=True)
class Run:
    """A process that works on a lesson: `started`, in clock ticks since boot, tells it from a later one with its pid."""

    lesson: str
    owner: str
    pid: int
    started: int

    @property
    def id(self) -> str:
        """Return the value of the label labkit.dev/run."""
        return f"{self.pid}-{self.started}"

    @property
    def alive(self) -> bool:
        """Say whether that very process still runs."""
        return _started(self.pid) == self.started


def _started(pid: int) -> int | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # Field 22 of proc_pid_stat(5); the name in field 2 may hold spaces and brackets.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] == "Z" else int(fields[19])


def this_process(lesson: str, owner: str) -> Run:
    """Return this process as a run."""
    return Run(lesson, owner, os.getpid(), _started(os.getpid()) or 0)


class Runs:
    """The record: one small file for each lesson and owner."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _file(self, lesson: str, owner: str) -> Path:
        # Quoted, so that no two owners have one file: gc would take the one's pods for the other's.
        return self._folder / (quote(f"{lesson}@{owner}", safe="@") + ".json")

    def claim(self, run: Run) -> None:
        """Write down that a process works on a lesson."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = self._file(run.lesson, run.owner)
        fresh = file.with_suffix(f".{run.pid}")
        fresh.write_text(json.dumps({"lesson": run.lesson, "owner": run.owner, "pid": run.pid, "started": run.started}))
        fresh.replace(file)

    def current(self, lesson: str, owner: str) -> Run | None:
        """Return the process that last claimed a lesson, if it still runs."""
        with contextlib.suppress(OSError, ValueError, TypeError):
            run = Run(**json.loads(self._file(lesson, owner).read_text()))
            return run if run.alive else None
        return None

    def forget_dead(self) -> None:
        """Drop the claims of processes that have ended."""
        for file in self._folder.glob("*.json"):
            with contextlib.suppress(OSError, ValueError, TypeError):
                if not Run(**json.loads(file.read_text())).alive:
                    file.unlink(missing_ok=True)

    def release(self, run: Run) -> None:
        """Forget a claim of this very process."""
        if self.current(run.lesson, run.owner) == run:
            self._file(run.lesson, run.owner).unlink(missing_ok=True)
