from __future__ import annotations

from typing import Any

import pytest

from labkit.engines.kubernetes import Kubernetes
from labkit.engines.kubernetes_conditions import holds, is_ready
from labkit.engines.stamp import Stamp
from labkit.errors import CommandError, DeadlineError, LabError
from labkit.process import Result
from labkit.replay import ReplayRunner
from tests.unit.engines.conftest import Heard
from tests.unit.engines.fake_cluster import FakeCluster, recorded

HOME = "/api/v1/namespaces/lab-11-me"
MINE = {"labkit.dev/lesson": "11-x", "labkit.dev/run": "1-1", "labkit.dev/owner": "me"}


def recorded_pod(name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in recorded()[f"{HOME}/pods"]["items"] if each["metadata"]["name"] == name)
    return found


@pytest.fixture
def cluster() -> FakeCluster:
    cluster = FakeCluster({f"{HOME}/pods/{name}": recorded_pod(name) for name in ("web", "crash", "image")})
    cluster.put(HOME, metadata={"labels": MINE}, status={"phase": "Active"})
    for each in recorded()[f"{HOME}/events"]["items"]:
        if each["involvedObject"]["name"] == "image":
            cluster.objects[f"{HOME}/events/{each['metadata']['name']}"] = each
    return cluster


def engine_with(cluster: FakeCluster, heard: Heard, answers: dict[str, Any] | None = None) -> Kubernetes:
    return Kubernetes(cluster, ReplayRunner(answers or {}), Stamp("11-x", "1-1", "me"), heard)


def test_a_pod_that_is_ready_need_not_be_waited_for(cluster: FakeCluster, heard: Heard) -> None:
    engine_with(cluster, heard).wait("pod/web", "Ready", timeout=0)


def test_a_wait_that_fails_tells_image_and_event(cluster: FakeCluster, heard: Heard) -> None:
    with pytest.raises(DeadlineError, match="localhost/labkit/nope:1") as caught:
        engine_with(cluster, heard).wait("image", "Ready", timeout=0)
    assert "BackOff" in caught.value.last
    assert "correct the image's name" in caught.value.fix


def test_a_wait_that_fails_tells_how_the_container_ended_before(cluster: FakeCluster, heard: Heard) -> None:
    with pytest.raises(DeadlineError, match="app ended before: Error, exit code 3"):
        engine_with(cluster, heard).wait("crash", "Succeeded", timeout=0)


def test_a_pod_that_is_gone_is_deleted(cluster: FakeCluster, heard: Heard) -> None:
    engine_with(cluster, heard).wait("pod/nobody", "deleted", timeout=0)
    with pytest.raises(DeadlineError, match="there is no pod/nobody"):
        engine_with(cluster, heard).wait("pod/nobody", "Ready", timeout=0)


def deployment(**status: int) -> dict[str, Any]:
    return {"kind": "Deployment", "metadata": {"name": "d", "generation": 2}, "spec": {"replicas": 2}, "status": status}


@pytest.mark.parametrize(
    ("data", "ready"),
    [
        (deployment(observedGeneration=2, replicas=2, updatedReplicas=2, readyReplicas=2), True),
        (deployment(observedGeneration=1, replicas=2, updatedReplicas=2, readyReplicas=2), False),
        (deployment(observedGeneration=2, replicas=3, updatedReplicas=2, readyReplicas=2), False),
        (deployment(observedGeneration=2, replicas=2, updatedReplicas=1, readyReplicas=2), False),
        (deployment(observedGeneration=2, replicas=2, updatedReplicas=2, readyReplicas=1), False),
        ({**deployment(observedGeneration=2), "spec": {"replicas": 0}}, True),
        (
            {
                "kind": "DaemonSet",
                "metadata": {"name": "d"},
                "status": {"desiredNumberScheduled": 1, "currentNumberScheduled": 1, "updatedNumberScheduled": 1, "numberReady": 1},
            },
            True,
        ),
    ],
    ids=["all new and ready", "not seen yet", "an old one left", "one of the old template", "one not ready", "none wanted", "DaemonSet"],
)
def test_a_workload_is_ready_when_all_its_pods_are_new_and_ready(data: dict[str, Any], ready: bool) -> None:
    assert is_ready(data) is ready


def test_a_phase_and_a_condition_are_both_waited_for_by_name() -> None:
    claim = {"kind": "PersistentVolumeClaim", "metadata": {"name": "d"}, "status": {"phase": "Bound"}}
    job = {"kind": "Job", "metadata": {"name": "j"}, "status": {"conditions": [{"type": "Complete", "status": "True"}]}}
    assert (holds(claim, "Bound"), holds(job, "Complete"), holds(job, "Failed")) == (True, True, False)


def test_exec_takes_the_first_app_unless_a_container_is_named(cluster: FakeCluster, heard: Heard) -> None:
    answers = {"kubectl exec web --container app": "one", "kubectl exec web --container side": "two"}
    engine = engine_with(cluster, heard, answers)
    assert (engine.exec("web", ["ls"]), engine.exec("pod/web", ["ls"], container="side")) == ("one", "two")
    assert heard.commands[0] == "kubectl exec web --container app -- ls"


def test_a_container_that_does_not_run_cannot_be_entered(cluster: FakeCluster, heard: Heard) -> None:
    with pytest.raises(LabError, match="it is terminated: Completed"):
        engine_with(cluster, heard).exec("web", ["ls"], container="first")


def test_logs_of_a_container_that_has_ended_are_there(cluster: FakeCluster, heard: Heard) -> None:
    assert engine_with(cluster, heard, {"kubectl logs web --container first": "done"}).logs("web", container="first") == "done"


def test_a_container_that_is_not_there_is_answered_with_those_that_are(cluster: FakeCluster, heard: Heard) -> None:
    with pytest.raises(LabError, match="it has: first, side, app"):
        engine_with(cluster, heard).logs("web", container="db")


def test_a_command_is_shown_and_run_as_typed(cluster: FakeCluster, heard: Heard) -> None:
    assert engine_with(cluster, heard, {"kubectl get pods": "web"}).run("kubectl get pods") == "web"
    assert heard.commands == ["kubectl get pods"]


def test_a_command_that_fails_is_told_as_typed(cluster: FakeCluster, heard: Heard) -> None:
    answers = {"bash -e -o pipefail -c": Result(("bash",), 1, "", "no such resource")}
    with pytest.raises(CommandError, match="no such resource") as caught:
        engine_with(cluster, heard, answers).run("kubectl get podd | cat")
    assert caught.value.argv == ("bash", "-c", "kubectl get podd | cat")
