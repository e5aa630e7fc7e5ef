"""The small parts of a cluster's life: the journal, the proof, what was left running, how nodes are read, and kind's own program."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from cluster_bench import ClusterBench
from fake_host import PROVEN, RECORDED, FakeHost

from labkit.clusters import kind_cluster
from labkit.clusters.cluster import Status
from labkit.clusters.containers import Containers, Node
from labkit.clusters.journal import Journal, Record, Step
from labkit.clusters.lock import alone
from labkit.clusters.orphans import orphans
from labkit.clusters.proof import open_points
from labkit.clusters.shown import Shown
from labkit.errors import HostError
from labkit.replay import ReplayRunner

RECORD = Record(Step.CREATE, "one", "node:1", "podman", ("labkit-control-plane",))


def test_the_journal_gives_back_what_was_written(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "folder" / "journal.json")
    journal.write(RECORD.at(Step.SETTLE))
    assert journal.read() == RECORD.at(Step.SETTLE)


def test_a_journal_that_was_never_written_is_no_cluster(tmp_path: Path) -> None:
    assert Journal(tmp_path / "journal.json").read() is None


@pytest.mark.parametrize("text", ["", "{", '{"step": "fly"}', "[]"])
def test_a_damaged_journal_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "journal.json").write_text(text)
    with pytest.raises(HostError, match="read the journal"):
        Journal(tmp_path / "journal.json").read()


def listed(*objects: tuple[str, str, str]) -> dict[str, Any]:
    return {"items": [{"kind": kind, "metadata": {"name": name}, "status": {"phase": phase}} for kind, name, phase in objects]}


def test_a_proof_is_done_when_nothing_is_open() -> None:
    assert open_points(listed(*PROVEN)) == ()


@pytest.mark.parametrize("place", range(len(PROVEN)))
@pytest.mark.parametrize("phase", ["Pending", "Failed"])
def test_without_each_of_its_parts_a_proof_is_open(place: int, phase: str) -> None:
    found = [*PROVEN[:place], (*PROVEN[place][:2], phase), *PROVEN[place + 1 :]]
    assert len(open_points(listed(*found))) == 1


def test_a_proof_that_has_not_begun_is_open() -> None:
    assert len(open_points(listed())) == len(PROVEN)


def process(proc: Path, pid: int, group: int, *arguments: str) -> None:
    (proc / str(pid)).mkdir(parents=True)
    (proc / str(pid) / "cmdline").write_bytes(b"\0".join(word.encode() for word in arguments) + b"\0")
    (proc / str(pid) / "stat").write_text(f"{pid} (a (strange) name) S 1 {group} {group} 0 -1")


def test_what_was_left_running_is_found_by_all_of_its_marks(tmp_path: Path) -> None:
    process(tmp_path, 10, 10, "python", "-m", "x", "--name=labkit", "--kubeconfig=/ours")
    process(tmp_path, 11, 10, "kind", "create", "cluster", "--name=labkit", "--kubeconfig=/ours")
    process(tmp_path, 20, 20, "kind", "create", "cluster", "--name=labkit", "--kubeconfig=/theirs")
    process(tmp_path, 30, 30, "kind", "create", "cluster", "--name=other", "--kubeconfig=/ours")
    assert orphans(["--name=labkit", "--kubeconfig=/ours"], tmp_path) == (10,)


def test_our_own_group_is_never_what_was_left(tmp_path: Path) -> None:
    process(tmp_path, 10, os.getpgrp(), "kind", "--name=labkit")
    assert orphans(["--name=labkit"], tmp_path) == ()


def test_the_lock_that_a_killed_kind_leaves_is_removed(bench: ClusterBench) -> None:
    bench.home.mkdir(parents=True)
    (bench.home / "kubeconfig.lock").touch(mode=0)
    bench.life().up()
    assert not (bench.home / "kubeconfig.lock").exists()


def test_nodes_are_read_as_podman_shows_them() -> None:
    runner = ReplayRunner({"podman ps": "4e56\n", "podman inspect": (RECORDED / "podman-inspect.json").read_text()})
    (node,) = Containers(Shown(runner, FakeHost()), "podman", "labkit").nodes()
    assert (node.name, node.status, node.address) == ("labkit-control-plane", "running", "10.89.0.25")


def test_nodes_are_read_as_docker_shows_them() -> None:
    shown = (
        '[{"Id": "4e56", "Name": "/labkit-control-plane", "State": {"Status": "exited"}, "NetworkSettings": {"Networks": {"kind": null}}}]'
    )
    runner = ReplayRunner({"docker ps": "4e56\n", "docker inspect": shown})
    assert Containers(Shown(runner, FakeHost()), "docker", "labkit").nodes() == (Node("labkit-control-plane", "4e56", "exited"),)


def test_a_status_is_one_line_for_people_and_a_row_for_programs() -> None:
    status = Status("unhealthy", "one", "podman", (Node("a", "1", "running"),), ("names are not found",))
    assert str(status) == "cluster: unhealthy, one, 1 node by podman: names are not found"
    assert status.as_rows()[0]["troubles"] == ["names are not found"]


def test_no_cluster_is_no_row() -> None:
    assert Status("none").as_rows() == []


class FakeKindCluster:
    """Remembers what pytest-kind was asked; kind fails when it is called `broken`."""

    asked: tuple[object, ...] = ()

    def __init__(self, name: str, kubeconfig: Path, image: str, kind_path: Path, kubectl_path: Path) -> None:
        self.about = (name, kubeconfig, image, kind_path, kubectl_path)

    def create(self, config: Path) -> None:
        if self.about[0] == "broken":
            raise RuntimeError("kind returned non-zero exit status 1")
        type(self).asked = ("create", *self.about, config)

    def delete(self) -> None:
        type(self).asked = ("delete", *self.about)


@pytest.fixture
def pytest_kind(monkeypatch: pytest.MonkeyPatch) -> type[FakeKindCluster]:
    monkeypatch.setattr("pytest_kind.KindCluster", FakeKindCluster)
    return FakeKindCluster


def said(action: str, name: str = "labkit") -> list[str]:
    named, made_of = [f"--name={name}", "--kubeconfig=/s/kubeconfig"], ["--image=node:1", "--config=/s/kind.yaml"]
    return kind_cluster.command(action, Path("/bin/kind"), Path("/bin/kubectl"), named, made_of)


def test_kind_is_used_through_pytest_kind_with_absolute_paths(pytest_kind: type[FakeKindCluster]) -> None:
    command = said("create")
    assert command[:3] == [sys.executable, "-m", "labkit.clusters.kind_cluster"]
    assert kind_cluster.main(command[3:]) == 0
    paths = [Path("/s/kubeconfig"), "node:1", Path("/bin/kind"), Path("/bin/kubectl"), Path("/s/kind.yaml")]
    assert list(pytest_kind.asked) == ["create", "labkit", *paths]


def test_a_kind_that_fails_is_an_exit_code(pytest_kind: type[FakeKindCluster], capsys: pytest.CaptureFixture[str]) -> None:
    assert kind_cluster.main(said("create", "broken")[3:]) == 1
    assert "non-zero" in capsys.readouterr().err


def test_who_holds_the_cluster_makes_others_wait_and_lets_them_in(tmp_path: Path) -> None:
    said: list[str] = []

    def let_go_when_asked(text: str) -> None:
        said.append(text)
        first.__exit__(None, None, None)

    first = alone(tmp_path, said.append)
    first.__enter__()
    with alone(tmp_path, let_go_when_asked):
        assert said == ["somebody else works on the cluster: waiting for them"]


def test_holding_the_cluster_leaves_no_file(tmp_path: Path) -> None:
    with alone(tmp_path, print):
        pass
    assert list(tmp_path.iterdir()) == []
