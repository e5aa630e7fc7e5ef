from __future__ import annotations

import getpass
import json
from pathlib import Path

import pytest

from labkit import here
from labkit.engines.quirks import Limits
from labkit.engines.stamp import LESSON, OWNER, RUN, SPEC
from labkit.host.runs import Run
from labkit.lessons import Lesson
from labkit.process import Account
from labkit.replay import ReplayRunner

LESSON_03 = Lesson(Path("/lessons/03-pods"), "Pods", "", "podman", 30, (), "", ())


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Run Podman as whoever runs the tests, and keep labkit's state in the test's own folder."""
    monkeypatch.setenv("LABKIT_ACCOUNT", Account.current().name)
    monkeypatch.setenv("LABKIT_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LABKIT_OWNER", "ada")
    return tmp_path


def labels(lesson: str = "03-pods", owner: str = "ada") -> dict[str, str]:
    return {LESSON: lesson, OWNER: owner, RUN: "4242-99"}


def test_the_owner_is_named_by_the_environment() -> None:
    assert here.owner() == "ada"


@pytest.mark.parametrize("name", [None, ""], ids=["unset", "empty"])
def test_without_a_name_the_owner_is_the_user(name: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if name is None:
        monkeypatch.delenv("LABKIT_OWNER")
    else:
        monkeypatch.setenv("LABKIT_OWNER", name)
    assert here.owner() == getpass.getuser()


def host(root: Path, version: str, controllers: str) -> Path:
    """Write what a host with cgroups of this version shows, and which controllers its systemd hands on to us."""
    uid = Account.current().uid
    service = root / f"sys/fs/cgroup/user.slice/user-{uid}.slice/user@{uid}.service"
    service.mkdir(parents=True)
    (service / "cgroup.controllers").write_text(controllers)
    if version == "v2":
        (root / "sys/fs/cgroup/cgroup.controllers").write_text("cpu memory pids")
    else:
        (root / "sys/fs/cgroup/memory").mkdir()
    return root


@pytest.mark.parametrize(
    ("version", "controllers", "limits"),
    [("v2", "cpu memory pids", True), ("v2", "memory pids", False), ("v1", "cpu memory pids", False)],
    ids=["v2, delegated", "v2, cpu is not delegated", "v1"],
)
def test_podman_limits_what_the_host_lets_it_limit(version: str, controllers: str, limits: bool, tmp_path: Path) -> None:
    assert here.podman_limits(None, host(tmp_path, version, controllers)) == Limits(resources=limits)


def test_a_claim_is_written_down() -> None:
    run = here.claim(LESSON_03)
    assert here.runs().current("03-pods", "ada") == run


def test_whoever_only_looks_is_not_written_down() -> None:
    here.look_only(LESSON_03)
    assert here.runs().current("03-pods", "ada") is None


def test_what_a_living_process_works_on_is_no_garbage() -> None:
    here.claim(LESSON_03)
    assert not here.garbage()(labels())


@pytest.mark.parametrize("of", [{"lesson": "04-rootless"}, {"owner": "bob"}], ids=["another lesson", "another owner"])
def test_what_nobody_works_on_is_garbage(of: dict[str, str]) -> None:
    here.claim(LESSON_03)
    assert here.garbage()(labels(**of))


def test_what_a_killed_process_worked_on_is_garbage() -> None:
    here.runs().claim(Run("03-pods", "ada", 1, 0))
    assert here.garbage()(labels())


def test_garbage_can_be_only_that_of_some_owners() -> None:
    left = here.garbage(only_owners="test-")
    assert [left(labels(owner=owner)) for owner in ("test-77", "ada", "")] == [True, False, False]


POD = {"Id": "1", "Name": "web", "Containers": [], "Labels": {**labels(), SPEC: "aaa"}}


def replay(monkeypatch: pytest.MonkeyPatch, pods: str) -> ReplayRunner:
    runner = ReplayRunner({"podman pod ps": pods, "podman ps": "[]", "podman volume ls": "[]", "podman network ls": "[]"})
    monkeypatch.setattr("labkit.here.podman_runner", lambda: runner)
    return runner


def test_the_inventory_says_whose_everything_is(monkeypatch: pytest.MonkeyPatch) -> None:
    replay(monkeypatch, json.dumps([POD, {**POD, "Name": "somebody-elses", "Labels": {}}]))
    assert here.inventory() == (here.Item("pod/web", "03-pods", "ada", "4242-99", in_use=False),)


def test_the_inventory_says_what_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    replay(monkeypatch, json.dumps([POD]))
    here.claim(LESSON_03)
    assert here.inventory()[0].in_use


def test_only_the_manifests_of_pods_that_are_there_are_kept(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replay(monkeypatch, json.dumps([POD]))
    for spec in ("aaa", "bbb"):
        here.kept_manifests().put(spec, "{}")
    here.forget_traces()
    assert [file.stem for file in (state / "pods").iterdir()] == ["aaa"]


def test_the_engine_makes_what_it_makes_under_the_run_that_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    from labkit.notebook.output import Printed

    replay(monkeypatch, "[]")
    monkeypatch.setattr("labkit.replay.ReplayRunner.account", None, raising=False)
    run = here.claim(LESSON_03)
    assert here.podman(LESSON_03, run, Printed()).stamp.labels == {LESSON: "03-pods", RUN: run.id, OWNER: "ada"}
