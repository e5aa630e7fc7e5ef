"""Wait: the only loops in labkit that let time pass."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from labkit.errors import DeadlineError

__all__ = ["every", "until"]

T = TypeVar("T")


def until(
    observe: Callable[[], T],
    accept: Callable[[T], bool],
    *,
    what: str,
    timeout: float,
    fix: str,
    describe: Callable[[T], str] = str,
    first_pause: float = 0.02,
    longest_pause: float = 0.5,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """Observe until `accept` says yes, and return that observation.

    `timeout`, `first_pause` and `longest_pause` are seconds; the pause doubles each round. It observes at least once, and once more at the
    deadline, so that a slow machine is not blamed for what came true meanwhile.
    Raises DeadlineError with the last observation, put in words by `describe`, and with `fix`.
    """
    deadline = clock() + timeout
    pause = first_pause
    while True:
        last_chance = clock() >= deadline
        seen = observe()
        if accept(seen):
            return seen
        if last_chance:
            raise DeadlineError(f"{what} within {timeout:g} s", describe(seen), fix)
        sleep(min(pause, max(0.0, deadline - clock())))
        pause = min(pause * 2, longest_pause)


def every(
    seconds: float,
    act: Callable[[], object],
    stop: threading.Event,
) -> None:
    """Call `act` again and again, `seconds` apart, until `stop` is set: for work in the background, which has no deadline of its own."""
    while not stop.is_set():
        act()
        stop.wait(seconds)
