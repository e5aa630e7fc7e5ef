"""Lessons on containers, pods and Kubernetes that run on real engines and prove themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from labkit.errors import (
    CommandError,
    ConflictError,
    DeadlineError,
    HostError,
    ImageError,
    LabError,
    LessonError,
    ManifestError,
)

if TYPE_CHECKING:
    from labkit.grading import Verdict, check, not_yet, passed
    from labkit.lab import Lab
    from labkit.model import Snapshot

__all__ = [
    "CommandError",
    "ConflictError",
    "DeadlineError",
    "HostError",
    "ImageError",
    "Lab",
    "LabError",
    "LessonError",
    "ManifestError",
    "Snapshot",
    "Verdict",
    "check",
    "not_yet",
    "passed",
]

_HOME = {"Lab": "lab", "Snapshot": "model", "Verdict": "grading", "check": "grading", "not_yet": "grading", "passed": "grading"}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: `import labkit` itself stays quick (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'labkit' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"labkit.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
