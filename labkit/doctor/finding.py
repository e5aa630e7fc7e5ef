"""One thing that was looked at: what was found, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Finding", "Verdict", "fault", "note", "ok"]

Verdict = Literal["ok", "note", "fault"]
"""ok; note: lessons run, but something is different here; fault: a lesson could not run."""


@dataclass(frozen=True)
class Finding:
    """What was looked at, what was found there, and the one thing to do."""

    what: str
    found: str
    verdict: Verdict = "ok"
    fix: str = ""
    """A command to type, or one plain instruction; every fault has one."""
    blocks: tuple[str, ...] = ()
    """The engines whose lessons could not run: podman, kubernetes; every fault has one."""


def ok(what: str, found: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(what, found)


def note(what: str, found: str, fix: str = "") -> Finding:
    """Say that lessons run, but that something is different here."""
    return Finding(what, found, "note", fix)


def fault(what: str, found: str, fix: str, blocks: tuple[str, ...] = ("podman",)) -> Finding:
    """Say that the lessons of the engines in `blocks` could not run, and what to do."""
    return Finding(what, found, "fault", fix, blocks)
