"""What a plain YAML word means to Kubernetes.

Kubernetes reads YAML with go-yaml v2 (sigs.k8s.io/yaml), which differs from PyYAML where it hurts: `12e45` is a number, `y` and `off` are
booleans, and `12:30` is a text. These are the rules of go-yaml's resolve.go, except that what JSON cannot hold (.inf, .nan) stays a text.
"""

from __future__ import annotations

import math
import re

__all__ = ["MERGE", "plain_scalar"]

MERGE = "<<"
"""The key that brings another mapping's fields in (https://yaml.org/type/merge.html)."""

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
_WHOLE = re.compile(r"([-+]?)(?:0[bB]([01]+)|0[xX]([0-9a-fA-F]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))", re.ASCII)
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_BASES = (2, 16, 8, 10)
_DIGITS_OF_64_BITS = 66


def plain_scalar(text: str) -> str | int | float | bool | None:
    """Return the value of a word without quotes, as Kubernetes reads it. Dates stay the text that was written."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    digits = text.replace("_", "")
    whole = _WHOLE.fullmatch(digits) if len(digits) <= _DIGITS_OF_64_BITS else None
    if whole:
        number = next(int(group, base) for group, base in zip(whole.groups()[1:], _BASES, strict=True) if group)
        number = -number if whole[1] == "-" else number
        if -(2**63) <= number < 2**64:
            return number
    if _NUMBER.fullmatch(digits) and math.isfinite(float(digits)):
        return float(digits)
    return text
