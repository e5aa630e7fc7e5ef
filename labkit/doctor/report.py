"""Put findings in words: a table for people, JSON for programs, an exit code for scripts."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections.abc import Iterator, Sequence

from labkit.doctor.finding import Finding

__all__ = ["as_json", "exit_code", "table"]

_MARKS = {"ok": "ok", "note": "note", "fault": "FAULT"}
_MARK_WIDTH = max(len(mark) for mark in _MARKS.values())


def table(findings: Sequence[Finding], width: int = 100) -> str:
    """Return findings as aligned plain text, `width` columns wide, and a last line that says what they mean together.

    What was found is wrapped; what to do is not, because a command that is broken in two cannot be copied.
    """
    indent = _MARK_WIDTH + 2 + max((len(row.what) for row in findings), default=0) + 2
    return "\n".join([*(line for row in findings for line in _lines(row, indent, width)), "", *textwrap.wrap(_summary(findings), width)])


def as_json(findings: Sequence[Finding]) -> str:
    """Return `{"ready": bool, "findings": [{what, found, verdict, fix, blocks}, ...]}`; ready: no fault."""
    rows = [dataclasses.asdict(row) for row in findings]
    return json.dumps({"ready": exit_code(findings) == 0, "findings": rows}, indent=2, ensure_ascii=False)


def exit_code(findings: Sequence[Finding]) -> int:
    """Return 1 when a lesson could not run, else 0."""
    return int(any(row.verdict == "fault" for row in findings))


def _lines(row: Finding, indent: int, width: int) -> Iterator[str]:
    head = f"{_MARKS[row.verdict]:{_MARK_WIDTH}}  {row.what:{indent - _MARK_WIDTH - 2}}"
    # What a program said may have lines of its own; a table row is one paragraph.
    found = " ".join(row.found.split())
    yield from textwrap.wrap(
        head + found,
        max(width, indent + 20),
        subsequent_indent=" " * indent,
        drop_whitespace=True,
        break_long_words=False,
        break_on_hyphens=False,
    )
    if row.fix:
        yield f"{'':{indent}}do: {row.fix}"


def _summary(findings: Sequence[Finding]) -> str:
    faults = [row for row in findings if row.verdict == "fault"]
    notes = sum(row.verdict == "note" for row in findings)
    if faults:
        blocked = " and ".join(sorted({engine.capitalize() for row in faults for engine in row.blocks}, reverse=True))
        first = f"{_count(len(faults), 'fault')}: lessons on {blocked} could not run here."
        return f"{first} Do what the {'first one' if len(faults) > 1 else 'table'} says, then run `labkit doctor` again."
    return "Lessons can run here" + (f"; {_count(notes, 'note')} on what is different on this machine." if notes else ".")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
