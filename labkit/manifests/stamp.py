"""Mark objects with labels, so that labkit finds again what it made."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from labkit.manifests.document import Document

__all__ = ["stamp"]


def stamp(doc: Document, labels: Mapping[str, str]) -> Document:
    """Return a copy of a checked object whose labels, and those of everything that it makes, include `labels`.

    A workload's pods get them through its template, a CronJob's jobs and a StatefulSet's claims through theirs. Selectors stay as they are:
    they may not change, and they select by other labels.
    """
    data = copy.deepcopy(dict(doc.data))
    for part in (data, *_templates(data)):
        metadata = _mapping(part, "metadata")
        _mapping(metadata, "labels").update(labels)
    return replace(doc, data=data)


def _templates(part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every template in an object's spec, and those in it."""
    spec = part.get("spec")
    if not isinstance(spec, dict):
        return
    claims = spec.get("volumeClaimTemplates")
    found: Iterable[Any] = (spec.get("template"), spec.get("jobTemplate"), *(claims if isinstance(claims, list) else ()))
    for template in found:
        if isinstance(template, dict):
            yield template
            yield from _templates(template)


def _mapping(part: dict[str, Any], field: str) -> dict[str, Any]:
    """Return the mapping in a field, an empty one put there where there is none."""
    if not isinstance(part.get(field), dict):
        part[field] = {}
    found: dict[str, Any] = part[field]
    return found
