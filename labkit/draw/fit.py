"""Make text fit a box of fixed width, whatever font the reader's browser has in the end."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["fit", "text_width"]

EM = 0.61
"""Width of an average letter in the widest common sans (DejaVu Sans, Verdana), in ems. Arial needs 0.53: the rest is slack."""
_PIECES = re.compile(r"[^\s/.:,@_-]*(?:[/.:,@_-]+|\s+|$)")


def text_width(text: str, size: float) -> float:
    """Return a careful estimate of a text's width, in the unit of `size`."""
    return (len(text) if text.isascii() else _cells(text)) * size * EM


def fit(text: str, width: float, size: float, lines: int = 2) -> list[str]:
    """Break a text into at most `lines` lines of at most `width`, at spaces and after -/.:,@_ where it can.

    The middle of a text that is longer is left out: the ends of a name say most.
    """
    room = max(4, int(width / (size * EM) + 0.01))
    if text.isascii() and len(text) <= room:
        return [text]
    found = _broken(text, room)
    if len(found) <= lines:
        return found
    keep = room * lines - 3
    while keep > 2:
        shorter = _head(text, keep - keep // 2) + "…" + _head(text[::-1], keep // 2)[::-1]
        found = _broken(shorter, room)
        if len(found) <= lines:
            break
        keep -= 2
    return found


def _cells(text: str) -> int:
    if text.isascii():
        return len(text)
    beyond = [each for each in text if not each.isascii()]
    wide = sum(unicodedata.east_asian_width(each) in "WF" for each in beyond)
    return len(text) + wide - sum(unicodedata.combining(each) > 0 for each in beyond)


def _head(text: str, room: int) -> str:
    used, taken = 0, ""
    for each in text:
        used += _cells(each)
        if used > room:
            break
        taken += each
    return taken


def _broken(text: str, room: int) -> list[str]:
    lines = [""]
    for piece in _PIECES.findall(text):
        while piece:
            if _cells(lines[-1]) + _cells(piece.rstrip()) <= room:
                lines[-1] += piece
                break
            if lines[-1]:
                lines.append("")
                continue
            start = _head(piece, room)
            lines[-1], piece = start, piece[len(start) :]
            lines.append("")
    return [line.strip() for line in lines if line.strip()] or [""]
