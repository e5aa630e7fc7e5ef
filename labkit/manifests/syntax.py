"""Put YAML's complaints in plain words: where it stumbled, what it expected, and the one thing to do."""

from __future__ import annotations

import re
from typing import NamedTuple

import yaml

__all__ = ["Complaint", "complaint", "unprintable"]

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TWO_COLONS = re.compile(r":\s.*:(?:\s|$)")


class Complaint(NamedTuple):
    """What is wrong with a text: the `line` (from 1), what was `found` there, and the `fix`."""

    line: int
    found: str
    fix: str


def unprintable(text: str) -> Complaint | None:
    """Find the first character that no YAML text may hold (YAML 1.2, section 5.1)."""
    bad = _UNPRINTABLE.search(text)
    if not bad:
        return None
    line = len(text[: bad.start() + 1].splitlines())
    return Complaint(
        line,
        f"the character U+{ord(bad[0]):04X}, which YAML does not allow",
        "delete it; inside double quotes it can be written as \\x.. or \\u....",
    )


def complaint(error: yaml.YAMLError, text: str) -> Complaint:
    """Explain an error of libyaml or PyYAML about `text`."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Complaint(1, str(error), "save the file as plain UTF-8 text")
    lines = text.splitlines() or [""]
    at = min(error.problem_mark.line, len(lines) - 1)
    opened = error.context_mark or error.problem_mark
    problem, line, column = error.problem or "", lines[at], error.problem_mark.column
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent and at == error.problem_mark.line:
        return Complaint(at + 1, "a tab in the indentation; YAML allows only spaces there", "replace the tab with spaces")
    match problem:
        case "found character that cannot start any token":
            character = line[column : column + 1]
            return Complaint(
                at + 1, f"`{character}`, which cannot start a value", f"put quotes around the text that starts with `{character}`"
            )
        case "mapping values are not allowed in this context" | "mapping values are not allowed here":
            return _second_colon(at, line)
        case "block sequence entries are not allowed in this context" | "sequence entries are not allowed here":
            return Complaint(
                at + 1,
                "a list item `- ` on the line of its key",
                "start the list on the next line, or quote the text if `- ` belongs to it",
            )
        case "did not find expected key" | "did not find expected '-' indicator":
            return _sibling(at, line, column, opened, problem)
        case "did not find expected ',' or ']'" | "did not find expected ',' or '}'":
            bracket = problem[-2]
            opening = {"]": "[", "}": "{"}[bracket]
            return Complaint(opened.line + 1, f"`{opening}` is opened here and not closed", f"close it with `{bracket}`")
        case "found unexpected end of stream" | "found unexpected document indicator":
            return Complaint(opened.line + 1, "a quote is opened here and never closed", "close the quote")
        case "could not find expected ':'":
            start = min(opened.line, len(lines) - 1)
            found = f"`{lines[start].strip()}` where YAML expects `key: value`"
            return Complaint(start + 1, found, "write it as `key: value`, or indent it under the key it belongs to")
        case "found undefined alias":
            return Complaint(
                at + 1,
                "`*name` without an `&name` before it",
                "quote the text if it only starts with `*`; otherwise mark the first value with `&name`",
            )
        case "found unknown escape character":
            return Complaint(
                at + 1,
                "a backslash in double quotes before a character that it cannot escape",
                "use single quotes, or write `\\\\` for one backslash",
            )
        case "did not find expected <document start>":
            return Complaint(
                at + 1, "a line that is indented less than the first line of its document", "start all top-level keys in the first column"
            )
    return Complaint(
        at + 1, f"`{line.strip()}`: {problem}", "compare the indentation, quotes and brackets of this line with those around it"
    )


def _second_colon(at: int, line: str) -> Complaint:
    if _TWO_COLONS.search(line):
        return Complaint(at + 1, f"`{line.strip()}` has a second `: ` in its value", "put quotes around the value")
    return Complaint(
        at + 1, f"`{line.strip()}` is indented under a line that already has its value", "indent it like the keys it belongs to"
    )


def _sibling(at: int, line: str, column: int, opened: yaml.Mark, problem: str) -> Complaint:
    if line[:column].strip():
        return Complaint(at + 1, f"`{line[column:].strip()}` after the end of a value", "put quotes around the whole value")
    if column == opened.column and "'-'" in problem:
        return Complaint(
            at + 1,
            f"a line without `- ` in the list that starts on line {opened.line + 1}",
            "start it with `- `, or indent it under an item",
        )
    found = f"`{line.strip()}` is indented by {column} spaces, like nothing in the block that it stands in (from line {opened.line + 1})"
    return Complaint(at + 1, found, "indent it exactly like the fields it belongs with")
