"""Commands that change something are shown as one would type them, with how long they usually take."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from labkit.engines import Report
from labkit.process import Result, Runner, typed

__all__ = ["Shown"]

_LONGEST = 120.0


@dataclass(frozen=True)
class Shown:
    """Runs commands through `runner` and shows them through `report`; `setting` is what one types before each (a variable for kind)."""

    runner: Runner
    report: Report
    setting: str = ""

    def say(self, command: Sequence[str], usually: str = "") -> None:
        """Show a command; `usually` is how long it takes, as a comment of the shell's."""
        line = " ".join(part for part in (self.setting, typed(command)) if part)
        self.report.command(f"{line}   # usually {usually}" if usually else line)

    def run(
        self,
        command: Sequence[str],
        usually: str = "",
        *,
        instead: Sequence[str] = (),
        check: bool = True,
        timeout: float = _LONGEST,
        stdin: str | None = None,
        cwd: Path | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Result:
        """Show `command` and run it, or `instead`, which comes to the same. Raises what `Runner.run` raises."""
        self.say(command, usually)
        return self.runner.run(instead or command, check=check, timeout=timeout, stdin=stdin, cwd=cwd, on_line=on_line)
