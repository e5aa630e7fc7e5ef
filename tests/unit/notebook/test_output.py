from __future__ import annotations

import pytest
from IPython.core.formatters import DisplayFormatter

from labkit.model import Container, Phase, Pod, Role, Snapshot, State
from labkit.notebook.output import Output, Printed, Table, pods_table


def shown(value: object) -> dict[str, str]:
    """Return what IPython would show of a cell's last value, by MIME type."""
    return dict(DisplayFormatter().format(value)[0])


def test_output_is_shown_as_the_text_that_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(Output("one\n  'two'\n")) == {}
    assert capsys.readouterr().out == "one\n  'two'\n"


def test_a_command_that_wrote_nothing_shows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    shown(Output("\n"))
    assert capsys.readouterr().out == ""


def test_commands_of_what_looks_again_and_again_are_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    report = Printed()
    with report.each_once():
        report.command("podman ps")
        report.command("podman ps")
    report.command("podman ps")
    assert capsys.readouterr().out == "$ podman ps\n" * 2


def test_output_is_text_to_work_with() -> None:
    assert Output("one\ntwo\n").splitlines() == ["one", "two"]


def test_a_table_is_aligned() -> None:
    table = Table(("NAME", "READY"), [("pod/web", "1/1"), ("db", "0/1")], "nothing")
    assert shown(table) == {"text/plain": "NAME      READY\npod/web   1/1\ndb        0/1"}


def test_a_table_has_no_blanks_at_the_ends_of_its_lines() -> None:
    lines = repr(Table(("A", "B"), [("1", ""), ("2", "long")], "")).splitlines()
    assert [line for line in lines if line != line.rstrip()] == []


def test_an_empty_table_says_so() -> None:
    assert (repr(Table(("A",), [], "nothing is here")), len(Table(("A",), [], ""))) == ("nothing is here", 0)


def test_a_command_is_shown_as_often_as_it_runs(capsys: pytest.CaptureFixture[str]) -> None:
    report = Printed()
    for _ in range(2):
        report.command("podman ps")
    assert capsys.readouterr().out == "$ podman ps\n$ podman ps\n"


def test_a_notice_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    report = Printed()
    for text in ("no limits here", "another", "no limits here"):
        report.notice(text)
    assert capsys.readouterr().out == "  note: no limits here\n  note: another\n"


def test_what_came_of_it_is_said_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    Printed().done("pod/web ready in 0.4 s")
    assert capsys.readouterr().out == "pod/web ready in 0.4 s\n"


# -- what `kubectl get pods` would say -----------------------------------------------------------------------------------------------------

RUNNING = Container("app", state=State.RUNNING, ready=True)
LATE = Container("app", state=State.WAITING, reason="PodInitializing")
COMPLETED = Container("app", state=State.TERMINATED, reason="Completed", exit_code=0)
FAILED = Container("app", state=State.TERMINATED, reason="Error", exit_code=1)


def first(state: State, reason: str = "", exit_code: int | None = None, role: Role = Role.INIT) -> Container:
    return Container("first", role, state=state, reason=reason, exit_code=exit_code)


def row(*containers: Container, phase: Phase = Phase.RUNNING) -> tuple[str, ...]:
    pod = Pod("web", phase=phase, ip="10.88.0.7", containers=(*containers, Container("infra", Role.INFRA, state=State.RUNNING)))
    return pods_table(Snapshot("podman", pods=(pod,))).rows[0]


@pytest.mark.parametrize(
    ("containers", "phase", "status"),
    [
        ([RUNNING], Phase.RUNNING, "Running"),
        ([LATE], Phase.PENDING, "Pending"),
        ([first(State.RUNNING), LATE], Phase.PENDING, "Init:0/1"),
        ([first(State.TERMINATED, "Completed", 0), first(State.WAITING, "PodInitializing"), LATE], Phase.PENDING, "Init:1/2"),
        ([first(State.RUNNING, role=Role.SIDECAR), first(State.RUNNING), LATE], Phase.PENDING, "Init:1/2"),
        ([first(State.TERMINATED, "Error", 1), LATE], Phase.PENDING, "Init:Error"),
        ([first(State.TERMINATED, "CrashLoopBackOff", 1), LATE], Phase.PENDING, "Init:CrashLoopBackOff"),
        ([first(State.TERMINATED, "Completed", 0), RUNNING], Phase.RUNNING, "Running"),
        ([COMPLETED], Phase.SUCCEEDED, "Completed"),
        ([first(State.TERMINATED, "Error", 143, Role.SIDECAR), COMPLETED], Phase.SUCCEEDED, "Completed"),
        ([RUNNING, COMPLETED], Phase.RUNNING, "NotReady"),
        ([FAILED], Phase.FAILED, "Error"),
        ([COMPLETED, FAILED], Phase.FAILED, "Error"),
        ([Container("app", state=State.WAITING, reason="CrashLoopBackOff")], Phase.RUNNING, "CrashLoopBackOff"),
        ([Container("app", state=State.TERMINATED, reason="OOMKilled", exit_code=137)], Phase.FAILED, "OOMKilled"),
        ([], Phase.UNKNOWN, "Unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_status_is_the_word_that_kubectl_prints(containers: list[Container], phase: Phase, status: str) -> None:
    assert row(*containers, phase=phase)[2] == status


def test_a_pod_is_named_with_its_kind_and_its_address() -> None:
    assert (row(RUNNING)[0], row(RUNNING)[4]) == ("pod/web", "10.88.0.7")


def test_apps_and_sidecars_count_as_ready_and_nobody_else_does() -> None:
    assert row(first(State.TERMINATED, "Completed", 0), first(State.RUNNING, role=Role.SIDECAR), RUNNING)[1] == "1/2"


def test_restarts_are_those_of_all_containers() -> None:
    again = Container("again", state=State.RUNNING, restarts=2)
    assert row(again, Container("first", Role.INIT, restarts=1))[3] == "3"


@pytest.mark.parametrize(
    ("container", "cells"),
    [
        (Container("loner", Role.ALONE, state=State.RUNNING, ready=True, ip="10.88.0.9"), ("1/1", "Running", "0", "10.88.0.9")),
        (Container("loner", Role.ALONE, state=State.TERMINATED, reason="Error", restarts=1), ("0/1", "Error", "1", "")),
    ],
    ids=["running", "ended"],
)
def test_containers_outside_pods_have_rows_too(container: Container, cells: tuple[str, ...]) -> None:
    assert pods_table(Snapshot("podman", containers=(container,))).rows == (("container/loner", *cells),)


def test_nothing_at_all_is_said_to_be_nothing() -> None:
    assert repr(pods_table(Snapshot("podman"))) == "nothing is here: no pod, no container"
