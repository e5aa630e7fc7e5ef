"""The engines that lessons run on, behind one small protocol with kubectl's verbs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from labkit.manifests import Document
from labkit.model import Snapshot

__all__ = ["Engine", "Quiet", "Report"]


class Report(Protocol):
    """Where an engine says what it does: in a notebook, a terminal, or a list in a test."""

    def command(self, line: str) -> None:
        """Show a command as one would type it."""
        ...

    def notice(self, text: str) -> None:
        """Say what the engine does differently from what the manifest asks, or what labkit does in its place."""
        ...

    def done(self, text: str) -> None:
        """Say what came of it."""
        ...


class Quiet:
    """A report that says nothing: the caller tells what came of it."""

    def command(self, line: str) -> None:
        """Take a command."""

    def notice(self, text: str) -> None:
        """Take a notice."""

    def done(self, text: str) -> None:
        """Take a result."""


class Engine(Protocol):
    """A container engine, as far as lessons need one."""

    name: str

    def apply(self, documents: Sequence[Document], *, wait: float = 10.0) -> None:
        """Make what the documents say; a second time changes nothing; a failure leaves nothing. Waits `wait` seconds until ready."""
        ...

    def delete(self, name: str, *, grace: int = 0) -> None:
        """Delete `pod/NAME` or `container/NAME` and what belongs to it, if labkit made it, and look that it is gone."""
        ...

    def reset(self) -> tuple[str, ...]:
        """Delete everything of this lesson and owner, look that nothing is left, and return the names."""
        ...

    def snapshot(self) -> Snapshot:
        """Return what the engine holds of this lesson now."""
        ...

    def wait(self, name: str, condition: str, *, timeout: float) -> None:
        """Wait until `pod/NAME` is Ready, Running, Succeeded, Failed or deleted. Raises DeadlineError with the last observation."""
        ...

    def exec(self, pod: str, command: Sequence[str], *, container: str = "") -> str:
        """Run a command in a running container and return its output."""
        ...

    def logs(self, pod: str, *, container: str = "") -> str:
        """Return what a container wrote."""
        ...

    def run(self, command: str, *, cwd: Path | None = None, timeout: float = 120.0) -> str:
        """Run any command as the lessons' account and return its output; `timeout` in seconds. Raises CommandError when it fails."""
        ...

    def close(self) -> None:
        """Stop what works in the background. Nothing is deleted."""
        ...
