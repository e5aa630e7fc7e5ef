"""From checked objects to marked ones, to the pods they make, and to the model."""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit.errors import ManifestError
from labkit.manifests import Document, dump, expand, parse, pod_from, predicted, read, stamp, validate
from labkit.model import Mount, Phase, Pod, Port, Probe, Role, State, Volume

EXAMPLES = Path(__file__).parent / "examples"


@pytest.fixture
def web() -> Pod:
    return predicted(read(EXAMPLES / "web.yaml")).pod("web")


@pytest.fixture
def shop() -> Document:
    return read(EXAMPLES / "workloads.yaml")[0]


@pytest.mark.parametrize("path", sorted(EXAMPLES.iterdir()), ids=lambda path: path.name)
def test_an_example_is_the_same_after_a_round_trip(path: Path) -> None:
    documents = read(path)

    assert parse(dump(documents), str(path)) == documents


def test_a_stamp_marks_the_object_and_leaves_the_one_it_was_made_from() -> None:
    (plain,) = parse("kind: Pod\nmetadata: {name: web, labels: {app: web}}\n", "web.yaml")

    marked = stamp(plain, {"labkit.dev/run": "7"})

    assert marked.data["metadata"]["labels"] == {"app": "web", "labkit.dev/run": "7"}
    assert plain.data["metadata"]["labels"] == {"app": "web"}


def test_a_stamp_marks_the_pods_of_a_workload_and_not_its_selector(shop: Document) -> None:
    marked = stamp(shop, {"run": "7"})

    assert marked.data["spec"]["template"]["metadata"]["labels"] == {"app": "shop", "tier": "web", "run": "7"}
    assert marked.data["spec"]["selector"] == shop.data["spec"]["selector"]


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("CronJob", ("spec", "jobTemplate", "metadata")),
        ("CronJob", ("spec", "jobTemplate", "spec", "template", "metadata")),
        ("StatefulSet", ("spec", "volumeClaimTemplates", 0, "metadata")),
    ],
)
def test_a_stamp_reaches_what_a_workload_makes(kind: str, path: tuple[str | int, ...]) -> None:
    (document,) = (document for document in read(EXAMPLES / "workloads.yaml") if document.kind == kind)
    found = stamp(document, {"run": "7"}).data
    for step in path:
        found = found[step]

    assert found["labels"] == {"run": "7"}


@pytest.mark.parametrize("path", sorted(EXAMPLES.iterdir()), ids=lambda path: path.name)
def test_a_stamped_example_is_still_right(path: Path) -> None:
    for document in read(path):
        validate(stamp(document, {"labkit.dev/run": "7"}))


@pytest.mark.parametrize(
    ("replicas", "names"),
    [("", ["shop-pod"]), ("1", ["shop-pod"]), ("0", []), ("3", ["shop-pod-0", "shop-pod-1", "shop-pod-2"])],
)
def test_a_deployment_becomes_its_pods_as_podman_names_them(shop: Document, replicas: str, names: list[str]) -> None:
    text = (EXAMPLES / "workloads.yaml").read_text().split("---")[0].replace("replicas: 3", f"replicas: {replicas}")

    assert [pod.name for pod in expand(parse(text, "shop.yaml")[0])] == names


def test_the_pods_of_a_deployment_are_right_and_point_into_its_file(shop: Document) -> None:
    pod = expand(shop)[0]
    validate(pod)

    assert pod.line(("spec", "containers", 0, "ports")) == shop.line(("spec", "template", "spec", "containers", 0, "ports"))
    assert (pod.line(("metadata", "name")), pod.namespace) == (4, "dev")


def test_a_deployment_with_more_pods_than_a_machine_runs_is_refused() -> None:
    text = (EXAMPLES / "workloads.yaml").read_text().replace("replicas: 3", "replicas: 1000000000")

    with pytest.raises(ManifestError, match="write at most 100") as refused:
        predicted(parse(text, "shop.yaml"))

    assert (refused.value.line, refused.value.field) == (8, "spec.replicas")


def test_a_pod_is_itself_and_a_service_makes_none() -> None:
    pod, service = parse("kind: Pod\n---\nkind: Service\n", "a.yaml")

    assert (expand(pod), expand(service)) == ((pod,), ())


def test_containers_are_predicted_with_their_roles_in_the_order_of_the_model(shop: Document) -> None:
    pod = predicted([shop]).pod("shop-pod-0")

    assert [(container.name, container.role) for container in pod.containers] == [
        ("migrate", Role.INIT),
        ("log", Role.SIDECAR),
        ("web", Role.APP),
    ]
    assert {container.state for container in pod.containers} == {State.UNKNOWN}


def test_a_pod_knows_what_made_it(shop: Document) -> None:
    assert predicted([shop]).pod("shop-pod-0").owner == "deployment/shop"


def test_probes_have_the_defaults_of_kubernetes(web: Pod) -> None:
    assert web.container("app").probes == (Probe("liveness", "exec", "true"), Probe("readiness", "http", "GET :80/"))


def test_a_probe_asks_the_number_behind_a_ports_name(shop: Document) -> None:
    (probe,) = predicted([shop]).pod("shop-pod-1").container("web").probes

    assert probe.target == "GET https://:8080/ready"


def test_a_startup_probe_keeps_its_own_times(shop: Document) -> None:
    (probe,) = predicted([shop]).pod("shop-pod-1").container("log").probes

    assert probe == Probe("startup", "tcp", ":9000", period=1.0)


def test_volumes_say_what_they_stand_for(web: Pod) -> None:
    assert web.volumes == (
        Volume("c", "configMap", "cfg"),
        Volume("data", "emptyDir"),
        Volume("p", "persistentVolumeClaim", "pv"),
        Volume("s", "secret", "sec"),
    )


def test_mounts_ports_and_resources_are_predicted(web: Pod) -> None:
    side = web.container("side")

    assert side.mounts == (Mount("data", "/data"),)
    assert web.container("app").ports == (Port(80, host_port=8080),)
    assert (side.requests, side.limits) == ({"memory": "64Mi"}, {"cpu": "500m"})


def test_a_pod_has_the_defaults_of_kubernetes(web: Pod) -> None:
    assert (web.restart_policy, web.host_network, web.hostname, web.phase) == ("Always", False, "web", Phase.UNKNOWN)
    assert web.labels == {"app": "web", "course": "pods"}


def test_a_hostname_of_its_own_wins() -> None:
    data = {"metadata": {"name": "web"}, "spec": {"hostname": "db", "hostNetwork": True, "containers": []}}

    assert (pod_from(data).hostname, pod_from(data).host_network) == ("db", True)


def test_the_prediction_is_sorted_and_says_that_it_comes_from_manifests(shop: Document) -> None:
    snapshot = predicted([shop, *read(EXAMPLES / "web.yaml")])

    assert (snapshot.engine, [pod.name for pod in snapshot]) == ("manifests", ["web", "shop-pod-0", "shop-pod-1", "shop-pod-2"])
