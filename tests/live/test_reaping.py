"""What killed test runs left is removed; what a living one has made is not touched."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator

import pytest

from labkit.engines.stamp import LESSON, OWNER
from labkit.host.seat import podman_runner
from labkit.process import LocalRunner
from tests.reaping import reap

pytestmark = pytest.mark.live

Make = Callable[[str, str], None]


@pytest.fixture
def make() -> Iterator[Make]:
    """Make volumes with labkit's labels, as a test run would that never claimed its lesson."""
    made: list[str] = []

    def volume(name: str, owner: str) -> None:
        made.append(name)
        podman_runner().run(["podman", "volume", "create", "--label", f"{LESSON}=00-reaping", "--label", f"{OWNER}={owner}", name])

    yield volume
    for name in made:
        podman_runner().run(["podman", "volume", "rm", name], check=False)


def volumes() -> set[str]:
    return {row["Name"] for row in json.loads(podman_runner().run(["podman", "volume", "ls", "--format", "json"]).stdout)}


def ended_process() -> str:
    return LocalRunner().run(["sh", "-c", "echo $$"]).stdout.strip()


def test_what_a_killed_test_run_left_is_removed(make: Make) -> None:
    make("reaping-of-a-dead-run", f"test-{ended_process()}")
    reap()
    assert "reaping-of-a-dead-run" not in volumes()


def test_what_a_living_test_run_made_stays(make: Make) -> None:
    make("reaping-of-a-living-run", f"test-{os.getppid()}")
    reap()
    assert "reaping-of-a-living-run" in volumes()


def test_what_a_learner_made_stays(make: Make) -> None:
    make("reaping-of-a-learner", "ada")
    reap()
    assert "reaping-of-a-learner" in volumes()
