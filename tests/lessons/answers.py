"""The answers to the exercises that a lesson holds: its reference solutions and its wrong ones."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from labkit.grading import Check, load_checks
from labkit.lab import Lab
from labkit.lessons import Lesson, all_lessons

__all__ = ["EXERCISES", "WRONG", "Exercise", "Wrong", "solution_texts", "solutions"]

EXPECT = "# expect: "


@dataclass(frozen=True)
class Exercise:
    """One check of one lesson."""

    lesson: Lesson
    check: Check

    def __str__(self) -> str:
        return f"{self.lesson.number}-{self.check.name}"


@dataclass(frozen=True)
class Wrong:
    """A file wrong/CHECK/*: a manifest, or commands one a line. Its first line says what the learner has to be told."""

    exercise: Exercise
    file: Path

    def __str__(self) -> str:
        return f"{self.exercise}-{self.file.stem}"

    @property
    def expected(self) -> str:
        first = self.file.read_text().splitlines()[0]
        assert first.startswith(EXPECT), f"{self.file} does not begin with {EXPECT!r}"
        return first.removeprefix(EXPECT).strip()

    def give(self, lab: Lab) -> None:
        """Answer the exercise so."""
        if self.file.suffix == ".yaml":
            lab.apply(self.file)
            return
        for line in self.file.read_text().splitlines():
            if line.strip() and not line.startswith("#"):
                lab.run(line)


def solutions(lesson: Lesson) -> dict[str, str]:
    """Return the Python text of each reference solution by its check.

    It is what the cells tagged `solution` hold that stand right before the cell `lab.check("NAME")`; those that only ask are left out.
    """
    found: dict[str, str] = {}
    waiting: list[str] = []
    for cell in json.loads(lesson.notebook.read_text())["cells"]:
        text = "".join(cell["source"])
        asks = re.search(r'lab\.check\("([\w-]+)"', text)
        if cell["cell_type"] == "code" and "solution" in cell["metadata"].get("tags", []):
            waiting += [] if asks else [text]
        else:
            if asks and waiting:
                found[asks[1]] = "\n".join(waiting)
            waiting = []
    return found


def solution_texts(exercise: Exercise) -> list[str]:
    """Return everything that gives an exercise's solution away: its cells, and the files that they name."""
    cells = solutions(exercise.lesson)[exercise.check.name]
    return [cells, *(file.read_text() for file in exercise.lesson.folder.rglob("solution*") if file.is_file() and file.name in cells)]


EXERCISES = [Exercise(lesson, check) for lesson in all_lessons() for check in load_checks(lesson.folder).values()]
WRONG = [
    Wrong(exercise, file)
    for exercise in EXERCISES
    for file in sorted((exercise.lesson.folder / "wrong" / exercise.check.name).glob("*"))
]  # fmt: skip
