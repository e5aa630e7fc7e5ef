"""What the rules share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from labkit.manifests.document import Document, FieldPath

__all__ = ["Fields", "check_one_of", "check_port_number", "check_unique", "items"]

Fields = Mapping[str, Any]
"""The fields of a value whose type was checked: null means missing."""

_LAST_PORT = 65535


def items(value: Fields, field: str, path: FieldPath) -> Iterator[tuple[Fields, FieldPath]]:
    """Yield the items of a list that may be missing, each with its path."""
    for index, item in enumerate(value.get(field) or []):
        yield item, (*path, field, index)


def check_unique(doc: Document, names: dict[Any, int], name: Any, path: FieldPath, what: str) -> None:
    """Remember `name`, and refuse it the second time. `names` maps a name to the line that has it."""
    if name in names:
        raise doc.error(path, f"{what} twice: also on line {names[name]}", "use another one here")
    names[name] = doc.line(path)


def check_one_of(doc: Document, value: Fields, path: FieldPath, choices: tuple[str, ...], fix: str) -> None:
    """Check that exactly one of `choices` is there; `fix` is for none. Raises ManifestError."""
    chosen = [choice for choice in choices if value.get(choice) is not None]
    if len(chosen) > 1:
        raise doc.error(
            (*path, chosen[1]), f"{' and '.join(f'`{choice}`' for choice in chosen)} together", f"keep one: {' or '.join(chosen)}"
        )
    if not chosen:
        empty = next((choice for choice in choices if choice in value), None)
        found = f"`{empty}` with nothing in it" if empty else f"none of {', '.join(choices)}"
        raise doc.error((*path, empty) if empty else path, found, fix)


def check_port_number(doc: Document, port: int, path: FieldPath) -> None:
    """Check a port's number. Raises ManifestError."""
    if not 1 <= port <= _LAST_PORT:
        raise doc.error(path, f"the port {port}", f"use a port from 1 to {_LAST_PORT}")
