from __future__ import annotations

import pytest

from labkit.errors import CommandError, HostError
from labkit.process import Result
from labkit.replay import ReplayRunner


def test_the_longest_beginning_of_a_command_answers_it() -> None:
    runner = ReplayRunner({"podman": "any", "podman pod ps": "pods", "podman pod": "pod"})
    assert runner.run(["podman", "pod", "ps", "--format", "json"]).stdout == "pods"


def test_a_beginning_ends_where_a_word_ends() -> None:
    runner = ReplayRunner({"podman": "any", "podman ps": "containers"})
    assert runner.run(["podman", "psych"]).stdout == "any"


def test_answers_are_given_in_turn_and_the_last_one_again_and_again() -> None:
    runner = ReplayRunner({"date": ["one", "two"]})
    assert [runner.run(["date"]).stdout for _ in range(3)] == ["one", "two", "two"]


def test_a_command_without_a_record_fails_the_test() -> None:
    with pytest.raises(AssertionError, match="no record for: podman rm web"):
        ReplayRunner({"podman ps": ""}).run(["podman", "rm", "web"])


def test_what_was_asked_is_kept() -> None:
    runner = ReplayRunner({"podman": ""})
    runner.run(["podman", "kube", "play", "-"], stdin="kind: Pod")
    runner.run(["podman", "exec", "a b"])
    assert (runner.typed, runner.inputs) == (["podman kube play -", "podman exec 'a b'"], ["kind: Pod", None])


def test_a_recorded_failure_is_a_command_error() -> None:
    with pytest.raises(CommandError, match="exit code 125: no such pod"):
        ReplayRunner({"podman": Result((), 125, "", "no such pod")}).run(["podman", "rm"])


def test_a_recorded_failure_is_a_result_where_nobody_checks() -> None:
    assert ReplayRunner({"podman": Result((), 125, "", "")}).run(["podman", "rm"], check=False).returncode == 125


def test_a_recorded_lack_of_the_program_is_a_host_error() -> None:
    with pytest.raises(HostError, match="there is no program `podman`"):
        ReplayRunner({"podman": LookupError()}).run(["podman", "ps"], check=False)


def test_recorded_lines_are_handed_over() -> None:
    lines: list[str] = []
    ReplayRunner({"make": "one\ntwo\n"}).run(["make"], on_line=lines.append)
    assert lines == ["one", "two"]
