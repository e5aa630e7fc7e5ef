"""What can go wrong, as one tree.

    LabError                 what was tried, what was found, the one thing to do
    ├── HostError            this machine lacks something that the lesson needs
    ├── ManifestError        a manifest cannot be read or played: file, line and field
    ├── CommandError         a program said no: the command, its exit code, its own words
    ├── ConflictError        a name is held by something that labkit did not make
    ├── ImageError           an image is missing and cannot be pulled or built
    ├── DeadlineError        something did not happen in time: the last thing that was seen
    └── LessonError          a lesson's own files are wrong: its author's work, not the learner's

A wrong answer is never in this tree: it is a `labkit.grading.Verdict`.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence

__all__ = [
    "CommandError",
    "ConflictError",
    "DeadlineError",
    "HostError",
    "ImageError",
    "LabError",
    "LessonError",
    "ManifestError",
]


class LabError(Exception):
    """Say what was tried, what was found, and the one thing to do."""

    def __init__(self, tried: str, found: str, fix: str) -> None:
        self.tried, self.found, self.fix = tried, found.strip(), fix
        super().__init__(tried, self.found, fix)

    def __str__(self) -> str:
        lines = self.found.splitlines() or ["nothing"]
        found = "\n".join([lines[0], *(f"       {line}" for line in lines[1:])])
        return f"tried: {self.tried}\nfound: {found}\ndo:    {self.fix}"

    def _render_traceback_(self) -> list[str]:
        """Show three lines in a notebook instead of a traceback (IPython calls this); LABKIT_DEBUG=1 brings it back."""
        if os.environ.get("LABKIT_DEBUG") == "1":
            import traceback

            return "".join(traceback.format_exception(self)).splitlines()
        return [f"{type(self).__name__}", *str(self).splitlines()]


class HostError(LabError):
    """This machine lacks something that the lesson needs."""


class ManifestError(LabError):
    """A manifest cannot be read or played; `file`, `line` (from 1, or None) and `field` (dotted path) say where."""

    def __init__(self, tried: str, found: str, fix: str, *, file: str, line: int | None = None, field: str = "") -> None:
        super().__init__(tried, found, fix)
        self.file, self.line, self.field = file, line, field

    def __str__(self) -> str:
        place = self.file + (f", line {self.line}" if self.line else "") + (f", {self.field}" if self.field else "")
        return f"{place}\n{super().__str__()}"


class CommandError(LabError):
    """A program said no; `argv`, `returncode`, `stdout` and `stderr` are its own."""

    def __init__(self, argv: Sequence[str], returncode: int, stdout: str, stderr: str, fix: str = "") -> None:
        self.argv, self.returncode, self.stdout, self.stderr = tuple(argv), returncode, stdout, stderr
        said = (stderr or stdout).strip() or "no output"
        super().__init__(
            f"$ {shlex.join(argv)}", f"exit code {returncode}: {said}", fix or "read the message; run the command by hand to try again"
        )


class ConflictError(LabError):
    """A name is held by something that labkit did not make, and leaves alone."""


class ImageError(LabError):
    """An image is missing and cannot be pulled or built."""


class DeadlineError(LabError):
    """Something did not happen in time; `last` is the last thing that was seen."""

    def __init__(self, tried: str, last: str, fix: str) -> None:
        super().__init__(tried, last, fix)
        self.last = last


class LessonError(LabError):
    """A lesson's own files are wrong: its author's work, not the learner's."""
