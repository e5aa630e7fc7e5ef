"""Guess the word that was meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = ["closest"]


def closest(word: str, known: Iterable[str], likeness: float = 0.7) -> str | None:
    """Return the known word that is most like `word`, first without regard to case; None where none is alike enough (0 to 1)."""
    by_lower_case = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), by_lower_case, 1, likeness)
    return by_lower_case[found[0]] if found else None
