from __future__ import annotations

import os
from pathlib import Path

import pytest

from labkit.host.runs import Run, Runs, this_process

ENDED = Run("03-pods", "ada", 2**22 + 1, 7)
"""A process that never was: pids end at 2**22 (proc_sys_kernel(5), pid_max)."""


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    return Runs(tmp_path / "state" / "runs")


@pytest.fixture
def neighbour(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Another process that works on the same lesson: the first one of this machine."""
    with monkeypatch.context() as patch:
        patch.setattr("os.getpid", lambda: 1)
        return this_process("03-pods", "ada")


def test_this_process_is_alive() -> None:
    assert this_process("03-pods", "ada").alive


def test_a_pid_that_is_nobodys_is_dead() -> None:
    assert not ENDED.alive


def test_a_later_process_with_the_same_pid_is_told_apart_by_its_start() -> None:
    ours = this_process("03-pods", "ada")
    assert not Run(ours.lesson, ours.owner, ours.pid, ours.started - 1).alive


def test_a_process_that_has_ended_and_was_not_asked_after_is_dead() -> None:
    pid = os.posix_spawn("/bin/sh", ["sh", "-c", "exit"], {})
    try:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        started = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
        assert not Run("03-pods", "ada", pid, started).alive
    finally:
        os.waitpid(pid, 0)


def test_a_run_is_named_by_its_process_and_its_start() -> None:
    assert ENDED.id == f"{2**22 + 1}-7"


def test_a_claim_of_a_living_process_is_current(runs: Runs) -> None:
    ours = this_process("03-pods", "ada")
    runs.claim(ours)
    assert runs.current("03-pods", "ada") == ours


def test_a_claim_of_a_dead_process_is_not_current(runs: Runs) -> None:
    runs.claim(ENDED)
    assert runs.current("03-pods", "ada") is None


def test_the_last_claim_counts(runs: Runs, neighbour: Run) -> None:
    for run in (neighbour, this_process("03-pods", "ada")):
        runs.claim(run)
    assert runs.current("03-pods", "ada") == this_process("03-pods", "ada")


@pytest.mark.parametrize("other", ["ada b", "ada/b", "ada_b", "../ada", "áda", "ada@b"])
def test_each_owner_has_a_record_of_their_own(other: str, runs: Runs) -> None:
    runs.claim(this_process("03-pods", other))
    runs.claim(Run("03-pods", "ada-b", 1, 0))
    names = ["ada b", "ada/b", "ada_b", "../ada", "áda", "ada@b", "ada-b", "ada"]
    assert [name for name in names if runs.current("03-pods", name)] == [other]


def test_each_lesson_has_a_record_of_its_own(runs: Runs) -> None:
    runs.claim(this_process("03-pods", "ada"))
    assert runs.current("04-rootless", "ada") is None


def test_claims_of_dead_processes_are_forgotten_and_no_others(runs: Runs) -> None:
    dead = Run("03-x", "ada", 2**22 + 1, 1)
    alive = this_process("03-x", "eve")
    runs.claim(dead)
    runs.claim(alive)
    runs.forget_dead()
    assert runs.current("03-x", "eve") == alive
    assert len(list(runs._folder.glob("*.json"))) == 1


def test_our_own_claim_is_released(runs: Runs) -> None:
    ours = this_process("03-pods", "ada")
    runs.claim(ours)
    runs.release(ours)
    assert runs.current("03-pods", "ada") is None


def test_the_claim_of_another_process_is_not_released(runs: Runs, neighbour: Run) -> None:
    runs.claim(neighbour)
    runs.release(this_process("03-pods", "ada"))
    assert runs.current("03-pods", "ada") == neighbour


def test_a_claim_that_was_never_made_can_be_released(runs: Runs) -> None:
    runs.release(this_process("03-pods", "ada"))
    assert runs.current("03-pods", "ada") is None


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"pid": 1}', '{"lesson": "03-pods", "owner": "ada", "pid": "x", "started": 1}'])
def test_a_damaged_record_is_no_claim(text: str, runs: Runs, tmp_path: Path) -> None:
    runs.claim(this_process("03-pods", "ada"))
    (file,) = (tmp_path / "state" / "runs").iterdir()
    file.write_text(text)
    assert runs.current("03-pods", "ada") is None
