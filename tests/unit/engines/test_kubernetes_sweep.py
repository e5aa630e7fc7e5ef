from __future__ import annotations

from typing import Any

import pytest

from labkit.engines.kubernetes import Kubernetes
from labkit.engines.kubernetes_api import Answer
from labkit.engines.stamp import Stamp
from labkit.errors import ConflictError, LabError
from labkit.replay import ReplayRunner
from tests.unit.engines.conftest import Heard
from tests.unit.engines.fake_cluster import FakeCluster

HOME = "/api/v1/namespaces/lab-11-me"
APPS = "/apis/apps/v1/namespaces/lab-11-me"
MINE = {"labkit.dev/lesson": "11-x", "labkit.dev/run": "1-1", "labkit.dev/owner": "me"}


def made_by(uid: str) -> dict[str, object]:
    return {"ownerReferences": [{"uid": uid, "kind": "X", "name": "x", "controller": True}]}


@pytest.fixture
def cluster() -> FakeCluster:
    """A namespace with a pod, and a deployment with its replica set and pod."""
    cluster = FakeCluster()
    cluster.put(HOME, metadata={"labels": MINE}, status={"phase": "Active"})
    cluster.put(f"{HOME}/serviceaccounts/default")
    cluster.put(f"{HOME}/configmaps/kube-root-ca.crt")
    cluster.put(f"{HOME}/pods/web", spec={})
    cluster.put(f"{APPS}/deployments/shop", metadata={"uid": "d"})
    cluster.put(f"{APPS}/replicasets/shop-1", metadata={"uid": "r", **made_by("d")})
    cluster.put(f"{HOME}/pods/shop-1-a", spec={}, metadata=made_by("r"))
    cluster.put(f"{HOME}/events/web.1")
    return cluster


@pytest.fixture
def engine(cluster: FakeCluster, heard: Heard) -> Kubernetes:
    return Kubernetes(cluster, ReplayRunner({}), Stamp("11-x", "1-1", "me"), heard)


def test_reset_leaves_the_namespace_with_what_the_cluster_itself_puts_there(engine: Kubernetes, cluster: FakeCluster) -> None:
    engine.reset()
    assert sorted(cluster.objects) == [HOME, f"{HOME}/configmaps/kube-root-ca.crt", f"{HOME}/serviceaccounts/default"]


def test_reset_names_what_somebody_made_on_purpose(engine: Kubernetes, heard: Heard) -> None:
    assert engine.reset() == ("deployment/shop", "pod/web")
    assert heard.commands == ["kubectl delete deployments,replicasets,pods --all --grace-period=0 --force"]


def test_reset_deletes_what_makes_pods_before_the_pods(engine: Kubernetes, cluster: FakeCluster) -> None:
    engine.reset()
    deleted = [path.rpartition("/")[2] for method, path in cluster.changes()]
    assert deleted.index("deployments") < deleted.index("replicasets") < deleted.index("pods")


def test_reset_gives_no_grace(engine: Kubernetes, cluster: FakeCluster) -> None:
    engine.reset()
    graces = {
        query.get("gracePeriodSeconds") for (method, _), query in zip(cluster.asked, cluster.queries, strict=True) if method == "DELETE"
    }
    assert graces == {"0"}


def test_reset_takes_labelled_objects_without_namespace_and_no_others(engine: Kubernetes, cluster: FakeCluster) -> None:
    cluster.put("/apis/scheduling.k8s.io/v1/priorityclasses/mine", metadata={"labels": MINE})
    cluster.put("/apis/scheduling.k8s.io/v1/priorityclasses/system")
    cluster.put("/apis/scheduling.k8s.io/v1/priorityclasses/theirs", metadata={"labels": {**MINE, "labkit.dev/owner": "you"}})
    assert "priorityclass/mine" in engine.reset()
    assert {path.rpartition("/")[2] for path in cluster.objects if "priorityclasses" in path} == {"system", "theirs"}


def test_reset_without_a_namespace_has_nothing_to_do(heard: Heard) -> None:
    assert Kubernetes(FakeCluster(), ReplayRunner({}), Stamp("11-x", "1-1", "me"), heard).reset() == ()


def test_reset_refuses_a_namespace_that_labkit_did_not_make(engine: Kubernetes, cluster: FakeCluster) -> None:
    del cluster.objects[HOME]["metadata"]["labels"]
    with pytest.raises(ConflictError, match="labkit did not make it"):
        engine.reset()
    assert cluster.changes() == []


def test_deleting_a_deployment_deletes_what_it_made_and_nothing_else(engine: Kubernetes, cluster: FakeCluster, heard: Heard) -> None:
    engine.delete("deploy/shop")
    assert [path for path in cluster.objects if "/pods/" in path or path.startswith(APPS)] == [f"{HOME}/pods/web"]
    assert heard.commands == [
        "kubectl delete deployment/shop --grace-period=0 --force",
        "kubectl delete pod shop-1-a --grace-period=0 --force",
    ]


def test_a_pod_that_a_controller_makes_once_more_goes_too(engine: Kubernetes, cluster: FakeCluster) -> None:
    ask = cluster.ask

    def with_a_late_controller(method: str, path: str, **more: Any) -> Answer:
        answer = ask(method, path, **more)
        if (method, path) == ("DELETE", f"{HOME}/pods/shop-1-a"):
            cluster.put(f"{HOME}/pods/shop-1-b", spec={}, metadata=made_by("r"))
        return answer

    cluster.ask = with_a_late_controller  # type: ignore[method-assign]
    engine.delete("deployment/shop")
    assert [path for path in cluster.objects if "/pods/" in path] == [f"{HOME}/pods/web"]


@pytest.mark.parametrize(("grace", "shown"), [(None, ""), (5, " --grace-period=5"), (0, " --grace-period=0 --force")])
def test_the_grace_is_shown_as_kubectl_takes_it(engine: Kubernetes, heard: Heard, grace: int | None, shown: str) -> None:
    engine.delete("web", grace=grace)
    assert heard.commands == [f"kubectl delete pod/web{shown}"]


def test_what_is_not_there_is_told(engine: Kubernetes) -> None:
    with pytest.raises(LabError, match="there is no pod/nobody in lab-11-me"):
        engine.delete("pod/nobody")


def test_a_kind_that_is_not_there_is_told(engine: Kubernetes) -> None:
    with pytest.raises(LabError, match="this cluster has no kind container"):
        engine.delete("container/web")


def test_an_object_without_namespace_that_is_not_ours_is_not_deleted(engine: Kubernetes, cluster: FakeCluster) -> None:
    cluster.put("/apis/scheduling.k8s.io/v1/priorityclasses/system")
    with pytest.raises(ConflictError, match="this lesson did not make it"):
        engine.delete("priorityclass/system")


def test_only_namespaces_that_labkit_made_are_removed_whole(engine: Kubernetes, cluster: FakeCluster) -> None:
    cluster.put("/api/v1/namespaces/kube-system")
    assert list(engine.sweeper.namespaces(lambda labels: True)) == ["lab-11-me"]
    with pytest.raises(ConflictError, match="labkit did not make it"):
        engine.sweeper.remove(["kube-system"])
