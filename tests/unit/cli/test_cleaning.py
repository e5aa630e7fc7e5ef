from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from labkit import here
from labkit.host.runs import this_process
from labkit.replay import ReplayRunner

Labkit = Callable[..., Result]
EVERYTHING = ["pod/shop", "container/loner", "volume/orders", "network/street"]


def removals(podman: ReplayRunner) -> list[str]:
    """Return the commands that were run, but for those that only look."""
    return [command for command in podman.typed if not command.endswith("--format json")]


REMOVED = [
    "podman pod stop --time 0 shop",
    "podman pod rm shop",
    "podman stop --time 0 loner",
    "podman rm --volumes loner",
    "podman volume rm orders",
    "podman network rm street",
]


def test_status_lists_what_labkit_made(labkit: Labkit, podman: ReplayRunner) -> None:
    lines = labkit("status").stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["NAME", *EVERYTHING]


def test_status_says_that_the_run_has_ended(labkit: Labkit, podman: ReplayRunner) -> None:
    assert "left by a run that has ended" in labkit("status").stdout


def test_status_speaks_json(labkit: Labkit, podman: ReplayRunner) -> None:
    first = json.loads(labkit("status", "--json").stdout)[0]
    assert first == {"name": "pod/shop", "lesson": "03-one-pod-one-network", "owner": "ada", "run": "4242-99", "in_use": False}


def test_status_of_a_clean_machine_says_so(labkit: Labkit, podman: ReplayRunner) -> None:
    labkit("status")
    assert labkit("status").stdout == "nothing of labkit's is here\n"


def test_reset_removes_what_the_lesson_made_and_nothing_else(labkit: Labkit, podman: ReplayRunner, lesson: Path) -> None:
    labkit("reset", "3")
    assert removals(podman) == REMOVED


def test_reset_says_what_it_removed(labkit: Labkit, podman: ReplayRunner, lesson: Path) -> None:
    assert labkit("reset", "3").stdout == f"removed {', '.join(EVERYTHING)}\n"


def test_reset_speaks_json(labkit: Labkit, podman: ReplayRunner, lesson: Path) -> None:
    assert json.loads(labkit("reset", "3", "--json").stdout) == {"removed": EVERYTHING, "kept_copy": None}


def test_reset_leaves_what_somebody_else_made(labkit: Labkit, podman: ReplayRunner, lesson: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_OWNER", "bob")
    assert labkit("reset", "3").stdout == "nothing was there to remove\n"
    assert removals(podman) == []


def test_reset_leaves_the_copy_alone(labkit: Labkit, podman: ReplayRunner, lesson: Path, learner: Path) -> None:
    labkit("start", "3", "--no-server")
    labkit("reset", "3")
    assert [folder.name for folder in (learner / "labkit-lessons").iterdir()] == [lesson.name]


def test_reset_with_a_fresh_copy_keeps_the_old_one(labkit: Labkit, podman: ReplayRunner, lesson: Path, learner: Path) -> None:
    labkit("start", "3", "--no-server")
    kept = learner / "labkit-lessons" / f"{lesson.name}.old-1"
    assert f"yours is in {kept}" in labkit("reset", "3", "--copy").stdout
    assert kept.is_dir()


def test_gc_removes_what_ended_runs_left(labkit: Labkit, podman: ReplayRunner) -> None:
    assert labkit("gc").stdout == f"removed {', '.join(EVERYTHING)}\n"
    assert removals(podman) == REMOVED


def test_gc_leaves_what_somebody_works_with(labkit: Labkit, podman: ReplayRunner) -> None:
    here.runs().claim(this_process("03-one-pod-one-network", "ada"))
    assert labkit("gc").stdout == "nothing was left behind\n"
    assert removals(podman) == []


def test_gc_speaks_json(labkit: Labkit, podman: ReplayRunner) -> None:
    assert json.loads(labkit("gc", "--json").stdout) == {"removed": EVERYTHING}
