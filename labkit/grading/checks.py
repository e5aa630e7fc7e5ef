"""Checks: functions of a lab, kept in a lesson's checks.py."""

from __future__ import annotations

import contextlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit import wait
from labkit.errors import CommandError, DeadlineError, HostError, LabError, LessonError
from labkit.grading.verdict import Verdict
from labkit.model import Missing

__all__ = ["Check", "check", "load_checks"]


@dataclass(frozen=True)
class Check:
    """One exercise's check: `judge` gets the lab and returns a Verdict."""

    name: str
    judge: Callable[[Any], Verdict]
    hints: tuple[str, ...]

    def run(self, lab: object, *, settling: float = 0.0) -> Verdict:
        """Judge the lab as it is now, and for `settling` seconds again while the answer is "not yet".

        What is not there, a command that fails, a time-out and any other LabError are answers too: they become "not yet". A LessonError,
        and whatever else goes wrong, is a fault of the check. Raises HostError only, when the engine itself is out of order.
        """
        seen: list[Verdict] = []

        def look() -> Verdict:
            seen.append(self._judge(lab))
            return seen[-1]

        with contextlib.suppress(DeadlineError):
            wait.until(look, lambda v: v.passed or v.broken, what=self.name, timeout=settling, fix="look again", first_pause=0.1)
        return seen[-1]

    def _judge(self, lab: object) -> Verdict:
        try:
            verdict = self.judge(lab)
        except HostError:
            raise
        except Missing as missing:
            return Verdict(False, str(missing), "it to be there", "lab.get()", self.name)
        except (CommandError, DeadlineError) as error:
            return Verdict(False, f"{error.tried}: {error.found}", "", error.fix, self.name)
        except LessonError as error:
            return Verdict(False, str(error), check=self.name, broken=True)
        except LabError as error:
            return Verdict(False, error.found, "", error.fix, self.name)
        except Exception:
            return Verdict(False, traceback.format_exc(limit=-2).strip(), check=self.name, broken=True)
        if not isinstance(verdict, Verdict):
            return Verdict(False, f"it returned {verdict!r} and not a Verdict", check=self.name, broken=True)
        return verdict.of(self.name)


def check(name: str, *, hints: Sequence[str]) -> Callable[[Callable[[Any], Verdict]], Check]:
    """Make a function of a lab the check called `name`. `hints` go from a question to a pointer, and never hold the solution."""

    def made(judge: Callable[[Any], Verdict]) -> Check:
        return Check(name, judge, tuple(hints))

    return made


def load_checks(folder: Path) -> dict[str, Check]:
    """Return the checks of a lesson by name, in the order of its checks.py. Raises LessonError when the file does not run."""
    file = folder / "checks.py"
    if not file.is_file():
        return {}
    specification = importlib.util.spec_from_file_location(f"labkit_checks_{folder.name.replace('-', '_')}", file)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    # Dataclasses look their module up there while it still runs.
    sys.modules[specification.name] = module
    try:
        specification.loader.exec_module(module)
    except Exception as wrong:
        raise LessonError(f"read {file}", f"{type(wrong).__name__}: {wrong}", "mend checks.py") from wrong
    found = [value for value in vars(module).values() if isinstance(value, Check)]
    named = {one.name: one for one in found}
    if len(named) < len(found):
        twice = next(name for name in named if sum(one.name == name for one in found) > 1)
        raise LessonError(f"read {file}", f"two checks are called {twice}", "give each check a name of its own")
    return named
