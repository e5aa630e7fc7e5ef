"""What a check says: it works, or not yet - and then what was found, what was expected, and where to look."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from textwrap import indent

__all__ = ["Verdict", "not_yet", "passed"]


@dataclass(frozen=True)
class Verdict:
    """The answer to one exercise. `broken` means that the check itself failed, which is the kit's fault and not the learner's."""

    passed: bool
    found: str
    expected: str = ""
    look: str = ""
    check: str = ""
    broken: bool = False

    def __bool__(self) -> bool:
        return self.passed

    def of(self, check: str) -> Verdict:
        """Return the verdict with the check's name in it."""
        return replace(self, check=check)

    def __repr__(self) -> str:
        if self.passed:
            return f"✓ {self.check}: {self.found}"
        if self.broken:
            return f"! {self.check}: this check is broken, which is not your fault\n{indent(self.found, '  ')}"
        found = indent(self.found, " " * 12).strip()
        lines = [f"✗ {self.check}: not yet", f"  found:    {found}"]
        lines += [f"  expected: {self.expected}"] if self.expected else []
        lines += [f"  look at:  {self.look}"] if self.look else []
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        colour = "#009E73" if self.passed else "#D55E00"
        text = html.escape(repr(self))
        look = f"border-left: 4px solid {colour}; padding-left: 0.8em; white-space: pre-wrap; word-break: normal; overflow-wrap: anywhere"
        return f'<pre role="status" style="{look}">{text}</pre>'


def passed(found: str) -> Verdict:
    """Return a verdict that the exercise is done, with what was seen to work."""
    return Verdict(True, found)


def not_yet(found: str, *, expected: str, look: str) -> Verdict:
    """Return a verdict that something is missing: what was found, what was expected, and a command or picture that shows it."""
    return Verdict(False, found, expected, look)
