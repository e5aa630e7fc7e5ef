"""Frozen dataclasses as JSON text, and back."""

from __future__ import annotations

import collections.abc
import dataclasses
import json
import types
import typing
from enum import StrEnum
from typing import Any, TypeVar

__all__ = ["from_json", "to_json"]

T = TypeVar("T")


def to_json(record: Any) -> str:
    """Return a dataclass as JSON text, indented, keys in the order of its fields."""
    return json.dumps(dataclasses.asdict(record), indent=1)


def from_json(kind: type[T], text: str) -> T:
    """Read what `to_json` wrote of a `kind`. Raises ValueError when it is something else."""
    try:
        read = _build(kind, json.loads(text))
    except (TypeError, KeyError, AttributeError) as wrong:
        raise ValueError(f"this is not a {kind.__name__}: {wrong}") from wrong
    assert isinstance(read, kind)
    return read


def _build(kind: Any, value: Any) -> Any:
    """Turn plain JSON values back into `kind`, a dataclass or an annotation of one of its fields."""
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        return kind(**{name: _build(hints[name], item) for name, item in value.items()})
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is tuple:
        return tuple(_build(arguments[0], item) for item in value)
    if origin is types.UnionType:
        return None if value is None else _build(arguments[0], value)
    if origin is collections.abc.Mapping:
        return {key: _build(arguments[1], item) for key, item in value.items()}
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(value)
    if type(value) is not kind and not (kind is float and type(value) is int):
        raise TypeError(f"{value!r} is not of type {kind.__name__}")
    return value
