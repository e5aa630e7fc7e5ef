"""Kinds of scalar value in the table of fields: what each is called, and what to do about a value that is none of them."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any

from labkit.quantities import parse_quantity

__all__ = ["SCALARS"]

Remedy = Callable[[Any, str], str | None]
"""Takes a value and the text that was typed for it; returns the fix, or None where the value is right."""


def _text(value: Any, written: str) -> str | None:
    if isinstance(value, str):
        return None
    return "write one text" if isinstance(value, (list, dict)) else f"quote it: {json.dumps(written or str(value), ensure_ascii=False)}"


def _whole(value: Any, written: str) -> str | None:
    if not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, float) and value.is_integer())):
        return None
    digits = isinstance(value, str) and re.fullmatch(r"-?\d+", value)
    return f"write it without quotes: {value}" if digits else "write a whole number"


def _number(value: Any, written: str) -> str | None:
    return "write a number, without quotes" if isinstance(value, bool) or not isinstance(value, (int, float)) else None


def _switch(value: Any, written: str) -> str | None:
    if isinstance(value, bool):
        return None
    quoted = isinstance(value, str) and value.lower() in ("true", "false")
    return f"write it without quotes: {value.lower()}" if quoted else "write true or false"


def _number_or_text(value: Any, written: str) -> str | None:
    return "write a whole number or a text" if isinstance(value, bool) or not isinstance(value, (int, str)) else None


def _quantity(value: Any, written: str) -> str | None:
    try:
        if not isinstance(value, (bool, list, dict)) and parse_quantity(value) >= 0:
            return None
    except ValueError:
        pass
    return "write a number of 0 or more, with a unit where it has one: 250m, 0.5, 64Mi, 1Gi"


def _base64(value: Any, written: str) -> str | None:
    if not isinstance(value, str):
        return _text(value, written)
    try:
        # Go's decoder, which the API server uses, passes over line breaks.
        b64decode(re.sub(r"[\r\n]", "", value), validate=True)
    except ValueError:
        return "encode it with `base64 -w0`; in a Secret, plain text goes under `stringData`"
    return None


SCALARS: Mapping[str, tuple[str, Remedy]] = {
    "text": ("a text", _text),
    "whole": ("a whole number", _whole),
    "number": ("a number", _number),
    "switch": ("true or false", _switch),
    "number-or-text": ("a whole number or a text", _number_or_text),
    "quantity": ("a quantity", _quantity),
    "base64": ("base64", _base64),
    "any": ("anything", lambda value, written: None),
}
"""Every scalar kind of `fields.json`: its name in words, and its remedy."""
