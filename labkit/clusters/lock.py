"""One at a time: whoever changes the cluster holds a folder, and loses it when it is killed."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from labkit.wait import until

__all__ = ["alone"]

_LONGEST_OTHER = 900.0


@contextmanager
def alone(folder: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold `folder` (flock(2)); where somebody else has it, say so and wait for them. Raises DeadlineError after a quarter of an hour.

    A folder that stays, and not a file of its own, so that `labkit down` leaves no file behind.
    """
    folder.mkdir(parents=True, exist_ok=True)
    held = os.open(folder, os.O_RDONLY)
    try:
        if not _taken(held):
            say("somebody else works on the cluster: waiting for them")
            until(
                lambda: _taken(held),
                bool,
                what="have the cluster to ourselves",
                timeout=_LONGEST_OTHER,
                fix="end the other command that works on it, then try again",
                describe=lambda _: f"somebody holds {folder}",
            )
        yield
    finally:
        os.close(held)


def _taken(held: int) -> bool:
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
