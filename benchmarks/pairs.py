"""Time two ways to the same end in turns, so that whatever slows this machine down slows both."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

__all__ = ["FEWEST", "PAIRS", "Pairs", "alternate", "seconds_of"]

FEWEST, PAIRS = 9, 15
"""Pairs in a run, at least and unless told: a median of nine bears four that were disturbed."""

Side = Callable[[], float]
"""One way to the end: makes what it needs, clears up, and returns only the seconds that count."""


@dataclass(frozen=True)
class Pairs:
    """What was timed, in seconds: `peer[i]` right before `ours[i]`. `peer` is empty where there is nothing to compare with."""

    ours: tuple[float, ...]
    peer: tuple[float, ...] = ()

    @property
    def ours_median(self) -> float:
        """Return our median, in seconds."""
        return median(self.ours)

    @property
    def peer_median(self) -> float | None:
        """Return the peer's median, in seconds; None where there is no peer."""
        return median(self.peer) if self.peer else None

    @property
    def ratio(self) -> float | None:
        """Return how many times the peer's median ours is; None where there is no peer."""
        return self.ours_median / median(self.peer) if self.peer else None


def seconds_of(act: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    """Return how long something takes, in seconds of wall time."""
    started = clock()
    act()
    return clock() - started


def alternate(ours: Side, peer: Side | None = None, *, pairs: int = FEWEST) -> Pairs:
    """Time peer, ours, peer, ours, ... after one turn of each that does not count: the first one fills the caches."""
    turns = [(peer() if peer else 0.0, ours()) for _ in range(pairs + 1)][1:]
    return Pairs(tuple(our for _, our in turns), tuple(theirs for theirs, _ in turns) if peer else ())
