"""kubectl on labkit's own cluster, with deadlines: a dead cluster is noticed, not waited for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit.clusters.shown import Shown
from labkit.errors import DeadlineError

__all__ = ["Kubectl"]

_ANSWER = 3.5
"""Seconds that a cluster on this very machine has to answer: a healthy one takes a tenth of one."""


@dataclass(frozen=True)
class Kubectl:
    """`program` on one context of one kubeconfig; `shown.runner` runs it."""

    shown: Shown
    program: Path
    kubeconfig: Path
    context: str

    def look(self, *arguments: str) -> Any:
        """Return what `kubectl get ... -o json` says; not shown. Raises CommandError, or DeadlineError after a few seconds."""
        said = self.shown.runner.run([*self._fixed, "get", *arguments, "--output", "json"], timeout=_ANSWER)
        return json.loads(said.stdout)

    def quiet(self, *arguments: str) -> str:
        """Run a command that is not shown and return its output. Raises CommandError and DeadlineError."""
        return self.shown.runner.run([*self._fixed, *arguments], timeout=_ANSWER).stdout

    def act(self, arguments: Sequence[str], usually: str = "", *, stdin: str | None = None, check: bool = True) -> None:
        """Run a command that changes something, and show it. Raises CommandError and DeadlineError."""
        fixed = ["kubectl", f"--kubeconfig={self.kubeconfig}"]
        self.shown.run([*fixed, *arguments], usually, instead=[*self._fixed, *arguments], stdin=stdin, check=check)

    def wait(self, arguments: Sequence[str], seconds: int) -> bool:
        """Run `kubectl wait`, not shown, for so many seconds at most, and say whether what it waits for came true."""
        command = [*self._fixed, *arguments, f"--timeout={seconds}s"]
        try:
            return self.shown.runner.run(command, timeout=seconds + _ANSWER, check=False).returncode == 0
        except DeadlineError:
            return False

    @property
    def _fixed(self) -> list[str]:
        return [str(self.program), f"--kubeconfig={self.kubeconfig}", f"--context={self.context}"]
