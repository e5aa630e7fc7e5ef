"""The bars: what labkit may cost over doing the same by hand, and whether it keeps to that."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.pairs import Pairs

__all__ = ["Allowed", "Row", "at_most", "at_most_more", "at_most_times", "for_information", "table"]

HEADINGS = ("BAR", "PEER", "PEER ms", "OURS ms", "RATIO", "ALLOWED", "OK")


@dataclass(frozen=True)
class Allowed:
    """How much is allowed, in words, and what tells whether it was kept; `kept` is None for what is measured for information."""

    words: str
    kept: Callable[[Pairs], bool] | None = None


def at_most_times(factor: float) -> Allowed:
    """Allow so many times what the peer takes."""
    return Allowed(f"{factor:g} x the peer", lambda pairs: pairs.ratio is not None and pairs.ratio <= factor)


def at_most_more(seconds: float) -> Allowed:
    """Allow so many seconds on top of what the peer takes."""
    return Allowed(f"{seconds * 1000:g} ms more", lambda pairs: pairs.ours_median - (pairs.peer_median or 0.0) < seconds)


def at_most(seconds: float) -> Allowed:
    """Allow so many seconds, whatever the peer takes."""
    return Allowed(f"{seconds:g} s", lambda pairs: pairs.ours_median < seconds)


def for_information() -> Allowed:
    """Allow anything."""
    return Allowed("-")


@dataclass(frozen=True)
class Row:
    """One bar as it was measured: `peer` is the raw command that does the same, empty where there is none."""

    bar: str
    peer: str
    pairs: Pairs
    allowed: Allowed

    @property
    def ok(self) -> bool | None:
        """Say whether the bar is kept; None where there is none."""
        return self.allowed.kept(self.pairs) if self.allowed.kept else None

    def as_record(self) -> dict[str, str | float | int | bool | None]:
        """Return the row for a program to read: medians in seconds."""
        return {
            "bar": self.bar,
            "peer": self.peer,
            "peer_seconds": self.pairs.peer_median,
            "ours_seconds": self.pairs.ours_median,
            "ratio": self.pairs.ratio,
            "allowed": self.allowed.words,
            "ok": self.ok,
            "pairs": len(self.pairs.ours),
        }

    def as_cells(self) -> tuple[str, ...]:
        """Return the row for people."""
        peer, ratio = self.pairs.peer_median, self.pairs.ratio
        return (
            self.bar,
            self.peer or "-",
            "-" if peer is None else f"{peer * 1000:.1f}",
            f"{self.pairs.ours_median * 1000:.1f}",
            "-" if ratio is None else f"{ratio:.2f}",
            self.allowed.words,
            {True: "yes", False: "NO", None: "-"}[self.ok],
        )


def table(rows: Sequence[Row]) -> str:
    """Return the rows under their headings, aligned."""
    lines = [HEADINGS, *(row.as_cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)
