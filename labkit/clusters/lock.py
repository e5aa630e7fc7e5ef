"""One at a time: whoever changes the cluster holds a file, and loses it when it is killed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from labkit.errors import DeadlineError

__all__ = ["alone"]

_LONGEST_OTHER = 900.0


@contextmanager
def alone(file: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock `file`; where somebody else has it, say so and wait for them. Raises DeadlineError after a quarter of an hour."""
    from filelock import FileLock, Timeout

    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say("somebody else works on the cluster: waiting for them")
        try:
            lock.acquire(timeout=_LONGEST_OTHER)
        except Timeout:
            found = f"somebody has held {file} for a quarter of an hour"
            raise DeadlineError("have the cluster to ourselves", found, "end the other command that works on it, then try again") from None
    try:
        yield
    finally:
        lock.release()
