from __future__ import annotations

import pytest

from labkit.engines.kubernetes import Kubernetes
from labkit.engines.stamp import Stamp
from labkit.errors import ConflictError, ManifestError
from labkit.replay import ReplayRunner
from tests.unit.engines.conftest import Heard, documents
from tests.unit.engines.fake_cluster import FakeCluster, refusal

HOME = "/api/v1/namespaces/lab-11-me"
WEB = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - {name: app, image: x}\n"
PAGE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: page}\ndata: {a: b}\n"
SHOP = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: app, image: x}]}
"""


@pytest.fixture
def cluster() -> FakeCluster:
    return FakeCluster()


@pytest.fixture
def engine(cluster: FakeCluster, heard: Heard) -> Kubernetes:
    return Kubernetes(cluster, ReplayRunner({}), Stamp("11-x", "7-7", "me"), heard)


def test_the_namespace_is_made_first_with_labels_and_pod_security(engine: Kubernetes, cluster: FakeCluster) -> None:
    engine.apply(documents(WEB))
    assert cluster.objects[HOME]["metadata"]["labels"] == {
        "labkit.dev/lesson": "11-x",
        "labkit.dev/run": "7-7",
        "labkit.dev/owner": "me",
        "pod-security.kubernetes.io/enforce": "baseline",
    }


def test_a_pod_goes_to_the_lessons_namespace_with_its_labels(engine: Kubernetes, cluster: FakeCluster, heard: Heard) -> None:
    engine.apply(documents(WEB))
    made = cluster.objects[f"{HOME}/pods/web"]["metadata"]
    assert (made["namespace"], made["labels"]) == (
        "lab-11-me",
        {"labkit.dev/lesson": "11-x", "labkit.dev/run": "7-7", "labkit.dev/owner": "me"},
    )
    assert heard.commands[-1] == "kubectl apply --server-side --force-conflicts -f web.yaml"
    assert heard.results[-1].startswith("pod/web ready in")


def test_a_second_apply_says_unchanged(engine: Kubernetes, heard: Heard) -> None:
    engine.apply(documents(PAGE))
    engine.apply(documents(PAGE))
    assert heard.results == ["configmap/page created", "configmap/page unchanged"]


def test_a_later_run_changes_nothing_either(engine: Kubernetes, cluster: FakeCluster, heard: Heard) -> None:
    engine.apply(documents(PAGE))
    Kubernetes(cluster, ReplayRunner({}), Stamp("11-x", "8-8", "me"), heard).apply(documents(PAGE))
    assert heard.results[-1] == "configmap/page unchanged"


def test_a_changed_file_is_configured(engine: Kubernetes, heard: Heard) -> None:
    engine.apply(documents(PAGE))
    engine.apply(documents(PAGE.replace("a: b", "a: c")))
    assert heard.results[-1] == "configmap/page configured"


def test_the_run_is_no_label_of_a_template(engine: Kubernetes, cluster: FakeCluster) -> None:
    engine.apply(documents(SHOP), wait=0)
    template = cluster.objects["/apis/apps/v1/namespaces/lab-11-me/deployments/shop"]["spec"]["template"]
    assert template["metadata"]["labels"] == {"app": "shop", "labkit.dev/lesson": "11-x", "labkit.dev/owner": "me"}


def test_a_pod_that_cannot_be_changed_is_made_again(engine: Kubernetes, cluster: FakeCluster, heard: Heard) -> None:
    engine.apply(documents(WEB))
    fixed = [{"field": "spec", "message": "Forbidden: pod updates may not change fields other than `spec.containers[*].image`"}]
    cluster.refuses[("PATCH", f"{HOME}/pods/web")] = [refusal(422, "Invalid", "Pod is invalid", causes=fixed)]
    first = cluster.objects[f"{HOME}/pods/web"]["metadata"]["uid"]
    engine.apply(documents(WEB.replace("image: x", "image: z")))
    assert cluster.objects[f"{HOME}/pods/web"]["metadata"]["uid"] != first
    assert heard.commands[-1] == "kubectl replace --force -f web.yaml"


def test_a_failure_leaves_nothing(engine: Kubernetes, cluster: FakeCluster) -> None:
    cluster.refuses[("PATCH", f"{HOME}/pods/web")] = [refusal(403, "Forbidden", "exceeded quota: small")]
    with pytest.raises(ManifestError, match="kubectl describe quota"):
        engine.apply(documents(f"{PAGE}---\n{WEB}"))
    assert f"{HOME}/configmaps/page" not in cluster.objects


def test_what_was_there_before_survives_a_failure(engine: Kubernetes, cluster: FakeCluster) -> None:
    engine.apply(documents(PAGE))
    cluster.refuses[("PATCH", f"{HOME}/pods/web")] = [refusal(403, "Forbidden", "no")]
    with pytest.raises(ManifestError):
        engine.apply(documents(f"{PAGE}---\n{WEB}"))
    assert f"{HOME}/configmaps/page" in cluster.objects


def test_a_kind_that_the_cluster_lacks_is_refused_before_anything_is_made(engine: Kubernetes, cluster: FakeCluster) -> None:
    with pytest.raises(ManifestError, match=r"this cluster has no Rollout in argoproj.io/v1alpha1") as caught:
        engine.apply(documents(f"{PAGE}---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {{name: x}}\n"))
    assert (caught.value.line, caught.value.field, cluster.changes()) == (7, "kind", [])


def test_a_namespace_of_others_is_refused(engine: Kubernetes, cluster: FakeCluster) -> None:
    cluster.put("/api/v1/namespaces/kube-system")
    with pytest.raises(ManifestError, match="the namespace kube-system is not this lesson's"):
        engine.apply(documents(PAGE.replace("name: page", "name: page, namespace: kube-system")))
    assert cluster.changes() == []


def test_a_namespace_that_labkit_did_not_make_is_left_alone(engine: Kubernetes, cluster: FakeCluster) -> None:
    cluster.put(HOME, status={"phase": "Active"})
    with pytest.raises(ConflictError, match="labkit did not make it"):
        engine.apply(documents(PAGE))
    assert cluster.changes() == []


def test_an_object_without_namespace_that_somebody_else_made_is_left_alone(engine: Kubernetes, cluster: FakeCluster) -> None:
    cluster.put("/apis/scheduling.k8s.io/v1/priorityclasses/high")
    with pytest.raises(ConflictError, match="this lesson did not make"):
        engine.apply(documents("apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: high}\nvalue: 5\n"))


def test_warnings_of_the_server_are_told(engine: Kubernetes, cluster: FakeCluster, heard: Heard) -> None:
    cluster.warns[f"{HOME}/pods/web"] = ("spec.x is deprecated",)
    engine.apply(documents(WEB))
    assert "spec.x is deprecated" in heard.notices
