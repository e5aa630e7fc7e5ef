"""A `Runner` that answers from records: what tests use where there is no engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from labkit.errors import CommandError, HostError
from labkit.process import Result, typed

__all__ = ["Answer", "ReplayRunner"]

Answer = str | Result | LookupError
"""What a program says: its output (exit code 0), a whole Result, or a LookupError where there is no such program."""


class ReplayRunner:
    """Answer each command by the longest recorded beginning of it; `calls` and `inputs` keep what was asked.

    A value may be a list of answers: they are given in turn, the last one again and again. A command without one is an AssertionError.
    """

    def __init__(self, answers: Mapping[str, Answer | Sequence[Answer]]) -> None:
        self._answers = {key: [value] if isinstance(value, (str, Result, LookupError)) else list(value) for key, value in answers.items()}
        self.calls: list[tuple[str, ...]] = []
        self.inputs: list[str | bytes | None] = []

    @property
    def typed(self) -> list[str]:
        """Return the commands so far, as one would type them."""
        return [typed(call) for call in self.calls]

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: str | bytes | None = None,
        timeout: float = 60.0,
        check: bool = True,
        cwd: Path | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Result:
        """Answer as `labkit.process.Runner.run` says."""
        line = typed(argv)
        self.calls.append(tuple(argv))
        self.inputs.append(stdin)
        known = [key for key in self._answers if line == key or line.startswith(key.rstrip() + " ")]
        if not known:
            raise AssertionError(f"no record for: {line}")
        queue = self._answers[max(known, key=len)]
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if isinstance(answer, LookupError):
            raise HostError(f"$ {line}", f"there is no program `{argv[0]}` on this machine", "run `labkit doctor`")
        result = Result(tuple(argv), 0, answer, "") if isinstance(answer, str) else answer
        for text in result.stdout.splitlines() if on_line else ():
            assert on_line is not None
            on_line(text)
        if check and result.returncode != 0:
            raise CommandError(argv, result.returncode, result.stdout, result.stderr)
        return result
