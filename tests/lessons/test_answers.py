"""The gates of every exercise, on the real engine: nothing does not pass, the solution passes, what is wrong is told so."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labkit import pytest_plugin
from labkit.lab import Lab
from labkit.wait import until
from tests.lessons.answers import EXERCISES, WRONG, Exercise, Wrong, solutions

pytestmark = pytest.mark.live


@pytest.fixture
def lab(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """A lesson's lab with nothing in it, for the exercise or the wrong answer that the test is about."""
    about = request.getfixturevalue("exercise") if "exercise" in request.fixturenames else request.getfixturevalue("wrong").exercise
    monkeypatch.setenv("LABKIT_OWNER", pytest_plugin.run_owner())
    lab = Lab(about.lesson.name, folder=about.lesson.folder)
    lab.reset()
    yield lab
    lab.reset()


@pytest.mark.parametrize("exercise", EXERCISES, ids=str)
def test_an_untouched_lab_does_not_pass(exercise: Exercise, lab: Lab) -> None:
    verdict = lab.check(exercise.check.name, settling=0)
    assert (verdict.passed, verdict.broken) == (False, False), verdict


@pytest.mark.parametrize("exercise", EXERCISES, ids=str)
def test_the_reference_solution_passes_by_itself(exercise: Exercise, lab: Lab) -> None:
    exec(solutions(exercise.lesson)[exercise.check.name], {"lab": lab})
    assert lab.check(exercise.check.name)


@pytest.mark.parametrize("wrong", WRONG, ids=str)
def test_a_wrong_answer_gets_its_message(wrong: Wrong, lab: Lab) -> None:
    wrong.give(lab)
    verdict = until(
        # It has to go on being wrong for a moment, so that an answer that is only slow is not taken for a wrong one.
        lambda: lab.check(wrong.exercise.check.name, settling=1),
        lambda seen: seen.passed or seen.broken or wrong.expected in repr(seen),
        what=f"{wrong.expected!r} is said to {wrong.file.name}",
        timeout=10,
        fix="mend the check or the wrong answer",
        describe=repr,
    )
    assert (verdict.passed, verdict.broken) == (False, False), verdict
