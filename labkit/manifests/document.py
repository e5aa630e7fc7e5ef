"""One object of a manifest, and where each of its fields was written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from labkit.errors import ManifestError

__all__ = ["Document", "FieldPath", "Place", "dotted"]

FieldPath = tuple[str | int, ...]
"""The way to a field from the top of a document: ("spec", "containers", 0, "image")."""

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_$-]+")


class Place(NamedTuple):
    """Where a value was written: its `line` (from 1), a scalar's own `text`, and the places of its `parts`, by key or by index."""

    line: int
    text: str = ""
    parts: Mapping[str | int, Place] = {}

    def at(self, path: FieldPath) -> Place:
        """Return the place of a field, or of its nearest parent that exists."""
        here = self
        for step in path:
            if step not in here.parts:
                break
            here = here.parts[step]
        return here


@dataclass(frozen=True)
class Document:
    """One object of a manifest. `data` holds plain JSON types only; equal documents say the same, wherever it was written."""

    data: Mapping[str, Any]
    file: str = field(default="", compare=False)
    place: Place = field(default=Place(1), compare=False, repr=False)

    @property
    def api_version(self) -> str:
        """Return apiVersion, or nothing where it is missing or no text."""
        return _text(self.data.get("apiVersion"))

    @property
    def kind(self) -> str:
        """Return kind, or nothing where it is missing or no text."""
        return _text(self.data.get("kind"))

    @property
    def name(self) -> str:
        """Return metadata.name, or nothing where it is missing or no text."""
        return self._metadata("name")

    @property
    def namespace(self) -> str:
        """Return metadata.namespace, or nothing where it is missing or no text."""
        return self._metadata("namespace")

    def _metadata(self, key: str) -> str:
        metadata = self.data.get("metadata")
        return _text(metadata.get(key)) if isinstance(metadata, Mapping) else ""

    def line(self, path: FieldPath) -> int:
        """Return the line (from 1) of a field, or of its nearest parent where the field is missing."""
        return self.place.at(path).line

    def written(self, path: FieldPath) -> str:
        """Return a scalar as it was typed: `yes` and `0644`, where `data` has True and 420. Nothing for other values."""
        return self.place.at(path).text

    def error(self, path: FieldPath, found: str, fix: str) -> ManifestError:
        """Make the error that says what is wrong with a field: its file, line and dotted path come from this document."""
        what = f"{self.kind.lower()}/{self.name}" if self.kind and self.name else self.kind or "an object"
        return ManifestError(f"check {what}", found, fix, file=self.file, line=self.line(path), field=dotted(path))


def dotted(path: FieldPath) -> str:
    """Return a path as Kubernetes writes it: spec.containers[0].image, metadata.labels[app.kubernetes.io/name]."""
    steps = [f"[{step}]" if isinstance(step, int) or not _PLAIN_KEY.fullmatch(step) else f".{step}" for step in path]
    return "".join(steps).removeprefix(".")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
