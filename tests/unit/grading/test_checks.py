from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from labkit import wait
from labkit.errors import CommandError, ConflictError, DeadlineError, HostError, LabError, LessonError, ManifestError
from labkit.grading import Check, Verdict, check, load_checks, not_yet, passed
from labkit.model import Pod, Snapshot

LAB = Snapshot("podman", pods=(Pod("web"),))
"""Stands for the lab: a check gets whatever it is run with."""


def judging(judge: Callable[[Snapshot], object]) -> Check:
    return check("scale", hints=[])(judge)  # type: ignore[arg-type]


def raising(error: BaseException) -> Check:
    def judge(lab: Snapshot) -> Verdict:
        raise error

    return judging(judge)


def test_a_check_gets_the_lab_that_it_is_run_on() -> None:
    assert judging(lambda lab: passed(lab.pod("web").name)).run(LAB).found == "web"


def test_a_verdict_carries_the_name_of_its_check() -> None:
    assert judging(lambda lab: passed("")).run(LAB).check == "scale"


def test_a_check_has_its_hints_in_order() -> None:
    @check("scale", hints=["how many?", "see lab.get()"])
    def scale(lab: Snapshot) -> Verdict:
        return passed("")

    assert (scale.name, scale.hints) == ("scale", ("how many?", "see lab.get()"))


def test_what_is_not_there_is_not_yet() -> None:
    verdict = judging(lambda lab: passed(lab.pod("db").name)).run(LAB)
    assert (verdict.passed, verdict.broken, verdict.found) == (False, False, "no pod is called 'db'; there is: web")


@pytest.mark.parametrize(
    ("error", "found", "look"),
    [
        (CommandError(["curl", "web"], 7, "", "refused", "start it"), "$ curl web: exit code 7: refused", "start it"),
        (DeadlineError("pod/web is ready within 5 s", "Pending", "wait longer"), "pod/web is ready within 5 s: Pending", "wait longer"),
        (ConflictError("delete pod/web", "labkit did not make it", "leave it"), "labkit did not make it", "leave it"),
        (ManifestError("read web.yaml", "a tab", "use spaces", file="web.yaml", line=3), "a tab", "use spaces"),
        (LabError("find pod/db", "there is none", "apply it"), "there is none", "apply it"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, LabError) else "",
)
def test_what_goes_wrong_in_the_lab_is_not_yet(error: LabError, found: str, look: str) -> None:
    verdict = raising(error).run(LAB)
    assert (verdict.passed, verdict.broken, verdict.found, verdict.look) == (False, False, found, look)


@pytest.mark.parametrize(
    "error",
    [ZeroDivisionError("division by zero"), KeyError("web"), AssertionError("no"), LessonError("read web.yaml", "no such file", "add it")],
    ids=lambda error: type(error).__name__,
)
def test_what_goes_wrong_in_the_check_is_not_the_learners_fault(error: Exception) -> None:
    assert "this check is broken, which is not your fault" in repr(raising(error).run(LAB))


def test_a_broken_check_says_where_it_broke() -> None:
    assert "ZeroDivisionError: division by zero" in raising(ZeroDivisionError("division by zero")).run(LAB).found


@pytest.mark.parametrize("answer", [True, None, "passed"])
def test_an_answer_that_is_no_verdict_is_a_broken_check(answer: object) -> None:
    verdict = judging(lambda lab: answer).run(LAB)
    assert (verdict.broken, verdict.found) == (True, f"it returned {answer!r} and not a Verdict")


@pytest.mark.parametrize("error", [HostError("ask podman", "no podman", "install it"), KeyboardInterrupt()], ids=["host", "Ctrl-C"])
def test_an_engine_out_of_order_and_ctrl_c_are_no_answers(error: BaseException) -> None:
    with pytest.raises(type(error)):
        raising(error).run(LAB)


# -- settling ------------------------------------------------------------------------------------------------------------------------------


class Answers:
    """Gives one verdict after another, the last again and again, and counts how often it was asked."""

    def __init__(self, *answers: Verdict | Exception) -> None:
        self._answers, self.asked = answers, 0

    def __call__(self, lab: object) -> Verdict:
        answer = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let time pass only in pauses, and note them."""
    pauses: list[float] = []
    original = wait.until

    def until(*args: object, **named: object) -> object:
        return original(*args, **named, clock=lambda: sum(pauses), sleep=pauses.append)

    monkeypatch.setattr("labkit.wait.until", until)
    return pauses


NOT_YET = not_yet("two", expected="three", look="lab.get()")


def test_a_check_that_passes_is_asked_once(pauses: list[float]) -> None:
    answers = Answers(passed("three"))
    judging(answers).run(LAB, settling=3)
    assert (answers.asked, pauses) == (1, [])


def test_a_check_is_asked_again_until_it_passes_and_no_longer(pauses: list[float]) -> None:
    answers = Answers(NOT_YET, CommandError(["curl"], 7, "", "refused"), passed("three"))
    assert judging(answers).run(LAB, settling=3).passed
    assert answers.asked == 3


def test_a_broken_check_is_not_asked_again(pauses: list[float]) -> None:
    answers = Answers(ZeroDivisionError())
    judging(answers).run(LAB, settling=3)
    assert answers.asked == 1


def test_a_check_that_does_not_settle_gives_its_last_answer(pauses: list[float]) -> None:
    answers = Answers(NOT_YET, not_yet("still two", expected="three", look="lab.get()"))
    assert judging(answers).run(LAB, settling=3).found == "still two"
    assert sum(pauses) == pytest.approx(3)


def test_without_settling_a_check_is_asked_once(pauses: list[float]) -> None:
    answers = Answers(NOT_YET, passed("three"))
    assert not judging(answers).run(LAB).passed
    assert answers.asked == 1


# -- checks.py -----------------------------------------------------------------------------------------------------------------------------

CHECKS = """
from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from labkit import check, passed

@dataclass
class Answer:
    text: str
    best: ClassVar[str] = "yes"

@check("zebra", hints=["a"])
def first(lab):
    return passed(Answer("stripes").text)

@check("ant", hints=[])
def second(lab):
    return passed("legs")

not_a_check = 5
"""


def write(folder: Path, text: str) -> Path:
    (folder / "checks.py").write_text(text)
    return folder


def test_checks_are_in_the_order_of_their_file(tmp_path: Path) -> None:
    assert list(load_checks(write(tmp_path, CHECKS))) == ["zebra", "ant"]


def test_a_loaded_check_can_be_run(tmp_path: Path) -> None:
    assert load_checks(write(tmp_path, CHECKS))["zebra"].run(LAB).found == "stripes"


def test_a_lesson_without_checks_has_none(tmp_path: Path) -> None:
    assert load_checks(tmp_path) == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def (", "SyntaxError"),
        ("import no_such_module", "No module named 'no_such_module'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        (CHECKS.replace('"ant"', '"zebra"'), "two checks are called zebra"),
    ],
    ids=["syntax", "import", "exception", "twice"],
)
def test_a_broken_file_is_a_lesson_error(text: str, found: str, tmp_path: Path) -> None:
    with pytest.raises(LessonError, match=found):
        load_checks(write(tmp_path, text))
