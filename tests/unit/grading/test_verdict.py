from __future__ import annotations

from labkit.grading import Verdict, not_yet, passed

WAITING = not_yet("two pods", expected="three pods", look="lab.get()").of("scale")
BROKEN = Verdict(False, "ZeroDivisionError: division by zero", check="scale", broken=True)


def test_a_verdict_is_true_when_the_exercise_is_done() -> None:
    assert (bool(passed("three pods")), bool(WAITING), bool(BROKEN)) == (True, False, False)


def test_a_pass_says_what_was_seen() -> None:
    assert repr(passed("three pods").of("scale")) == "✓ scale: three pods"


def test_not_yet_says_what_was_found_what_was_expected_and_where_to_look() -> None:
    assert repr(WAITING).splitlines() == [
        "✗ scale: not yet",
        "  found:    two pods",
        "  expected: three pods",
        "  look at:  lab.get()",
    ]


def test_more_lines_of_what_was_found_stand_below_the_first() -> None:
    assert repr(not_yet("one\ntwo", expected="", look="").of("scale")).splitlines()[1:] == ["  found:    one", "            two"]


def test_what_a_verdict_does_not_know_it_leaves_out() -> None:
    assert repr(Verdict(False, "nothing", check="scale")).splitlines() == ["✗ scale: not yet", "  found:    nothing"]


def test_a_broken_check_is_not_the_learners_fault() -> None:
    assert repr(BROKEN).splitlines() == [
        "! scale: this check is broken, which is not your fault",
        "  ZeroDivisionError: division by zero",
    ]


def test_what_a_command_said_cannot_become_html() -> None:
    shown = not_yet("<script>alert('&')</script>", expected="<b>", look='"').of("<i>")._repr_html_()
    assert [tag for tag in ("<script>", "<b>", "<i>", "'&'") if tag in shown] == []


def test_html_holds_the_same_words() -> None:
    assert "expected: three pods" in WAITING._repr_html_()


def test_a_screen_reader_is_told_of_a_verdict() -> None:
    assert 'role="status"' in WAITING._repr_html_()


def test_a_pass_and_a_miss_differ_in_colour() -> None:
    def colour(verdict: Verdict) -> str:
        return verdict._repr_html_().partition("solid ")[2][:7]

    assert colour(passed("")) != colour(WAITING)
