"""Checks of exercises: functions of what the engine does, and the verdicts that they give."""

from labkit.grading.checks import Check, check, load_checks
from labkit.grading.verdict import Verdict, not_yet, passed

__all__ = ["Check", "Verdict", "check", "load_checks", "not_yet", "passed"]
