"""Tell a plain command from one that only a shell can read."""

from __future__ import annotations

import re
import shlex

__all__ = ["argv_of", "is_shell_line"]

_SHELL = re.compile(r"[|&;<>`\n]|\$\(")
_SUBSTITUTION = re.compile(r"`|\$\(")
_QUOTED = re.compile(r"'[^']*'|\"(?:\\.|[^\"\\])*\"", re.DOTALL)


def is_shell_line(command: str) -> bool:
    """Say whether bash has to read a command: what stands in quotes does not count, but for substitutions in double ones."""

    def bare(quoted: re.Match[str]) -> str:
        return "$(" if quoted[0].startswith('"') and _SUBSTITUTION.search(quoted[0]) else ""

    return bool(_SHELL.search(_QUOTED.sub(bare, command)))


def argv_of(command: str) -> list[str]:
    """Return what to start for a command: its words, or bash where it needs one, in which no failure in the middle is lost."""
    return ["bash", "-e", "-o", "pipefail", "-c", command] if is_shell_line(command) else shlex.split(command)
