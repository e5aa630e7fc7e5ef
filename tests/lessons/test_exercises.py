"""What every exercise has to come with, and that its hints do not give it away. No engine is asked."""

from __future__ import annotations

import pytest

from labkit.lessons import Lesson
from tests.lessons.answers import EXERCISES, WRONG, Exercise, Wrong, solution_texts, solutions

LONGEST = 30
"""Characters that a hint and a solution may not have in common: about a line of YAML or a command with one flag."""


def common(hint: str, solution: str) -> list[str]:
    """Return the pieces of LONGEST characters that are in both, however the lines are broken."""
    one, other = " ".join(hint.split()), " ".join(solution.split())
    return [one[at : at + LONGEST] for at in range(len(one) - LONGEST + 1) if one[at : at + LONGEST] in other]


@pytest.mark.parametrize("exercise", EXERCISES, ids=str)
def test_an_exercise_has_a_reference_solution(exercise: Exercise) -> None:
    assert exercise.check.name in solutions(exercise.lesson), 'tag the cell before lab.check("NAME") as solution'


@pytest.mark.parametrize("exercise", EXERCISES, ids=str)
def test_an_exercise_knows_at_least_two_wrong_answers(exercise: Exercise) -> None:
    assert len([wrong for wrong in WRONG if wrong.exercise is exercise]) >= 2


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_wrong_answer_names_the_message_that_it_gets(wrong: Wrong) -> None:
    assert wrong.expected


@pytest.mark.parametrize("lesson", {exercise.lesson: None for exercise in EXERCISES}, ids=lambda lesson: lesson.name)
def test_every_folder_of_wrong_answers_belongs_to_an_exercise(lesson: Lesson) -> None:
    assert {folder.name for folder in (lesson.folder / "wrong").iterdir()} == {e.check.name for e in EXERCISES if e.lesson is lesson}


@pytest.mark.parametrize("exercise", EXERCISES, ids=str)
def test_an_exercise_has_three_hints(exercise: Exercise) -> None:
    assert len(exercise.check.hints) == 3


@pytest.mark.parametrize("exercise", EXERCISES, ids=str)
def test_no_hint_contains_a_piece_of_the_solution(exercise: Exercise) -> None:
    assert [piece for hint in exercise.check.hints for text in solution_texts(exercise) for piece in common(hint, text)] == []


def test_a_line_of_a_solution_is_found_in_a_hint_however_it_is_broken() -> None:
    assert common("Write `volumeMounts: [{name: pages, mountPath: /p}]`.", "x:\n  volumeMounts:\n  [{name: pages, mountPath: /p}]\n")
