"""The labels that labkit puts on everything it makes, and by which alone it deletes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["LESSON", "OWNER", "POD", "RUN", "SPEC", "Stamp"]

LESSON, RUN, OWNER = "labkit.dev/lesson", "labkit.dev/run", "labkit.dev/owner"
SPEC = "labkit.dev/spec"
"""A hash of the manifest that a pod was made from: a second apply of the same changes nothing."""
POD = "labkit.dev/pod"
"""On a volume: the pod that it lives and dies with."""


@dataclass(frozen=True)
class Stamp:
    """Whose an object is: a lesson, one run of it (one notebook kernel), and the learner or test that owns it."""

    lesson: str
    run: str
    owner: str

    @property
    def labels(self) -> dict[str, str]:
        """Return the three labels."""
        return {LESSON: self.lesson, RUN: self.run, OWNER: self.owner}

    def owns(self, labels: Mapping[str, str] | None) -> bool:
        """Say whether an object with these labels is of this lesson and owner, of whichever run."""
        return bool(labels) and labels.get(LESSON) == self.lesson and labels.get(OWNER) == self.owner  # type: ignore[union-attr]
