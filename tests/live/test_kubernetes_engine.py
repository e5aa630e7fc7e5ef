from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import labkit.clusters
from labkit import wait
from labkit.clusters import Cluster
from labkit.draw import draw_pods
from labkit.engines import Quiet
from labkit.engines.kubernetes import Kubernetes
from labkit.engines.kubernetes_client import Client
from labkit.engines.kubernetes_context import Context, LessonRunner
from labkit.engines.kubernetes_home import Home, namespace_name
from labkit.engines.stamp import Stamp
from labkit.errors import ConflictError, DeadlineError, HostError, LabError, ManifestError
from labkit.manifests import parse
from labkit.model import Role, Snapshot, State
from tests.live.engine import LESSON, OWNER, Heard, container, documents, pod

pytestmark = pytest.mark.live

PAIR = pod("pair", container("one"), container("two"))
TEMPLATE = "{metadata: {labels: {app: web}}, spec: {containers: [" + container("app") + "]}}"
SHOP = f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: shop}}
spec: {{replicas: 2, selector: {{matchLabels: {{app: web}}}}, template: {TEMPLATE}}}
"""
GATE = "readinessProbe: {exec: {command: [test, -e, /tmp/go]}, periodSeconds: 1, failureThreshold: 1}"


@pytest.fixture(scope="module")
def loaded(cluster: Cluster) -> Cluster:
    """The cluster, with the image that the tests use."""
    labkit.clusters.the_cluster(Quiet(), name=cluster.name, folder=cluster.kubeconfig.parent).parts.loader(cluster.nodes).load(
        ["localhost/labkit/tools:1"]
    )
    return cluster


def live(cluster: Cluster, heard: Heard, folder: Path, *, owner: str = OWNER, nodes: bool = True) -> Kubernetes:
    context, stamp = Context(str(cluster.kubeconfig), cluster.context, ours=True), Stamp(LESSON, "1-1", owner)
    runner = LessonRunner(context, namespace_name(stamp), folder)

    def in_node(node: str, command: Sequence[str]) -> str:
        return cluster.containers.inside(node, *command)

    return Kubernetes(Client(context, folder / "kinds.json"), runner, stamp, heard, in_node if nodes else None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kubernetes")


@pytest.fixture(scope="module", autouse=True)
def _swept(loaded: Cluster, folder: Path) -> Iterator[None]:
    """Remove the tests' namespaces after the last of them; it takes the cluster some seconds, in which nobody waits."""
    yield
    engine = live(loaded, Heard(), folder)
    engine.sweeper.remove(engine.sweeper.namespaces(lambda labels: labels.get("labkit.dev/lesson") == LESSON))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def engine(loaded: Cluster, heard: Heard, folder: Path) -> Iterator[Kubernetes]:
    made = live(loaded, heard, folder)
    yield made
    made.reset()


def test_a_pod_with_init_container_sidecar_and_probe_gets_ready(engine: Kubernetes, heard: Heard) -> None:
    first = container("first", "echo 1 > /data/order", "volumeMounts: [{name: data, mountPath: /data}]")
    side = container("side", more="restartPolicy: Always")
    app = container(
        "app", "touch /tmp/go; exec sleep 1000", f"volumeMounts: [{{name: data, mountPath: /data}}], {GATE}, ports: [{{containerPort: 80}}]"
    )
    engine.apply(documents(pod("web", app, more=["volumes: [{name: data, emptyDir: {}}]", f"initContainers: [{first}, {side}]"])), wait=60)
    web = engine.snapshot().pod("web")
    assert heard.results[-1].startswith("pod/web ready in")
    assert [(each.name, each.role, each.state) for each in web.containers] == [
        ("first", Role.INIT, State.TERMINATED),
        ("side", Role.SIDECAR, State.RUNNING),
        ("app", Role.APP, State.RUNNING),
        ("infra", Role.INFRA, State.RUNNING),
    ]
    assert engine.exec("web", ["cat", "/data/order"]).split() == ["1"]


def test_containers_of_a_pod_share_net_ipc_and_uts_and_not_pid_and_mnt(engine: Kubernetes) -> None:
    engine.apply(documents(PAIR), wait=60)
    seen = engine.snapshot()
    one, two = seen.pod("pair").container("one").namespaces, seen.pod("pair").container("two").namespaces
    assert {kind for kind in ("net", "ipc", "uts", "pid", "mnt") if one[kind] == two[kind]} == {"net", "ipc", "uts"}
    assert seen.pod("pair").container("infra").namespaces["net"] == one["net"]
    assert "pod/pair" in draw_pods(seen).dot


def test_namespaces_are_the_same_seen_from_the_node_and_from_inside(engine: Kubernetes, loaded: Cluster, folder: Path) -> None:
    engine.apply(documents(PAIR), wait=60)
    from_inside = live(loaded, Heard(), folder, nodes=False).snapshot().pod("pair")
    from_node = engine.snapshot().pod("pair")
    for name in ("one", "two"):
        assert from_inside.container(name).namespaces == from_node.container(name).namespaces != {}


def test_a_second_apply_leaves_the_same_processes(engine: Kubernetes, heard: Heard) -> None:
    engine.apply(documents(PAIR), wait=60)
    before = engine.snapshot().pods
    engine.apply(documents(PAIR))
    assert engine.snapshot().pods == before
    assert heard.results[-1] == "pod/pair unchanged"


def test_a_changed_pod_is_made_again(engine: Kubernetes) -> None:
    engine.apply(documents(PAIR), wait=60)
    engine.apply(documents(pod("pair", container("one"))), wait=60)
    assert [each.name for each in engine.snapshot().pod("pair").containers] == ["one", "infra"]


def test_a_deployment_makes_its_pods_again_and_takes_them_along(engine: Kubernetes) -> None:
    engine.apply(documents(SHOP), wait=60)
    seen = engine.snapshot()
    lost = seen.pods[0].name
    assert {each.owner for each in seen} == {f"replicaset/{each.name}" for each in seen.workloads if each.kind == "ReplicaSet"}
    engine.delete(f"pod/{lost}")
    engine.wait("deployment/shop", "Ready", timeout=60)
    again = engine.snapshot()
    assert len(again.pods) == 2
    assert lost not in {each.name for each in again}
    engine.delete("deployment/shop")
    assert engine.snapshot().pods == ()


def test_readiness_puts_a_pod_behind_its_service_and_takes_it_out(engine: Kubernetes) -> None:
    service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: shop}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n"
    engine.apply(
        documents(SHOP.replace('command: [sh, -c, "exec sleep 1000"]', f'command: [sh, -c, "exec sleep 1000"], {GATE}') + service), wait=0
    )
    name = engine.snapshot().pods[0].name
    engine.wait(f"pod/{name}", "Running", timeout=60)

    def serving(snapshot: Snapshot) -> list[str]:
        return [each.pod for each in snapshot.service("shop").endpoints if each.ready]

    for command, expected in ((["touch", "/tmp/go"], [name]), (["rm", "/tmp/go"], [])):
        engine.exec(name, command)
        wait.until(engine.snapshot, lambda seen, e=expected: serving(seen) == e, what="the endpoint follows", timeout=30, fix="look at it")  # type: ignore[misc]


def test_config_secret_and_claim_reach_the_containers(engine: Kubernetes) -> None:
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: page}\ndata: {index.html: hello}\n---\n"
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {password: hunter2}\n---\n"
    spec = "{accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}"
    claim = f"apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: kept}}\nspec: {spec}\n---\n"
    volumes = "volumes: [{name: page, configMap: {name: page}}, {name: kept, persistentVolumeClaim: {claimName: kept}}]"
    more = (
        "volumeMounts: [{name: page, mountPath: /page}, {name: kept, mountPath: /kept}],"
        " env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: key, key: password}}}]"
    )
    engine.apply(documents(config + secret + claim + pod("web", container("app", more=more), more=[volumes])), wait=60)
    assert engine.exec("web", ["sh", "-c", "touch /kept/x; cat /page/index.html; echo $PASSWORD"]) == "hellohunter2\n"
    assert engine.snapshot().claims[0].phase == "Bound"


def test_a_memory_limit_ends_what_wants_more(engine: Kubernetes) -> None:
    hungry = container("app", "exec python3 -c 'x = bytes([1]) * 10**9'", "resources: {limits: {memory: 32Mi}}")
    engine.apply(documents(pod("hungry", hungry, more=["restartPolicy: Never"])), wait=0)
    engine.wait("pod/hungry", "Failed", timeout=60)
    seen = engine.snapshot().pod("hungry")
    assert (seen.container("app").reason, seen.qos) == ("OOMKilled", "Burstable")


def test_a_wait_tells_the_image_and_the_last_event(engine: Kubernetes) -> None:
    text = pod("nope", container("app")).replace("labkit/tools:1", "labkit/nope:1")
    engine.apply(documents(text), wait=20)
    with pytest.raises(DeadlineError, match="there is no image for app: localhost/labkit/nope:1") as caught:
        engine.wait("pod/nope", "Ready", timeout=0)
    assert "last event" in caught.value.last


def test_a_wait_tells_the_probe(engine: Kubernetes) -> None:
    engine.apply(documents(pod("shy", container("app", more=GATE))), wait=0)
    wait.until(
        engine.snapshot,
        lambda seen: any(e.reason == "Unhealthy" for e in seen.events),
        what="the probe fails",
        timeout=60,
        fix="look at it",
    )
    with pytest.raises(DeadlineError, match="app: running, not ready"):
        engine.wait("pod/shy", "Ready", timeout=0)
    engine.exec("shy", ["touch", "/tmp/go"])
    engine.wait("pod/shy", "Ready", timeout=30)


def test_the_servers_complaint_has_its_line_and_field(engine: Kubernetes) -> None:
    text = pod("bad", container("app", more="ports: [{containerPort: 99999}]"))
    with pytest.raises(ManifestError, match="must be between 1 and 65535") as caught:
        engine.apply(parse(text, "live.yaml"))
    assert (caught.value.line, caught.value.field) == (6, "spec.containers[0].ports[0].containerPort")


def test_a_field_that_does_not_exist_is_found(engine: Kubernetes) -> None:
    with pytest.raises(ManifestError, match="there is no such field") as caught:
        engine.apply(parse(pod("bad", container("app", more="imagee: x")), "live.yaml"))
    assert caught.value.field == "spec.containers[0].imagee"


def test_pod_security_and_quota_refuse_and_leave_nothing(engine: Kubernetes) -> None:
    with pytest.raises(ManifestError, match="violates PodSecurity"):
        engine.apply(documents(pod("rude", container("app"), more=["hostNetwork: true"])))
    engine.apply(documents('apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: none}\nspec: {hard: {pods: "0"}}\n'))
    page = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: page}\n---\n"

    def refused() -> str:
        try:
            engine.apply(documents(page + PAIR))
        except LabError as error:
            return str(error)
        return ""

    # The quota counts from when its controller has seen it.
    wait.until(refused, lambda said: "exceeded quota" in said, what="the quota refuses", timeout=30, fix="look at it")
    assert "page" not in engine.run("kubectl get configmaps")


def test_logs_and_exec_are_of_the_container_named(engine: Kubernetes) -> None:
    engine.apply(
        documents(pod("logs", container("one", "echo first; exec sleep 1000"), container("two", "echo second; exec sleep 1000"))), wait=60
    )
    assert engine.logs("logs", container="two").strip() == "second"
    assert engine.exec("logs", ["cat", "/proc/1/cmdline"], container="two").startswith("sleep")
    with pytest.raises(LabError, match="it has: one, two"):
        engine.logs("logs", container="three")


def test_what_is_made_by_hand_goes_and_the_namespace_can_be_used_at_once(engine: Kubernetes) -> None:
    engine.run("kubectl create configmap mine --from-literal=a=b")
    engine.run("kubectl run mine --image=localhost/labkit/tools:1 -- sleep 1000")
    assert set(engine.reset()) == {"configmap/mine", "pod/mine"}
    engine.apply(documents(pod("mine", container("app"))), wait=60)
    assert [each.name for each in engine.snapshot()] == ["mine"]


def test_reset_takes_what_is_in_no_namespace_and_in_namespaces_of_the_lesson(engine: Kubernetes) -> None:
    high = "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: labkit-live-test}\nvalue: 5\n"
    other = "apiVersion: v1\nkind: Namespace\nmetadata: {name: labkit-live-test}\n"
    inside = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: labkit-live-test}\n"
    engine.apply(documents("---\n".join((high, other, inside))))
    assert set(engine.reset()) == {"namespace/labkit-live-test", "priorityclass/labkit-live-test"}
    assert "labkit-live-test" not in engine.run("kubectl get namespaces,priorityclasses")


def test_two_owners_do_not_meet(engine: Kubernetes, loaded: Cluster, folder: Path) -> None:
    stranger = live(loaded, Heard(), folder, owner="test-somebody")
    stranger.apply(documents(PAIR), wait=60)
    try:
        engine.reset()
        assert engine.snapshot().pods == ()
        with pytest.raises(ConflictError, match="it belongs to lesson 00-live-tests of test-somebody"):
            Home(engine.api, Heard(), engine.stamp, stranger.namespace).look()
        assert stranger.snapshot().pod("pair").ready
    finally:
        stranger.reset()


def test_a_cluster_that_stands_still_is_noticed(engine: Kubernetes, loaded: Cluster) -> None:
    engine.snapshot()
    program, runner = loaded.containers.program, loaded.containers.shown.runner
    runner.run([program, "pause", loaded.nodes[0]])
    try:
        with pytest.raises(HostError, match="it does not answer: no answer in time"):
            engine.snapshot()
        with pytest.raises(HostError, match="run `labkit up`"):
            engine.run("kubectl get pods")
    finally:
        runner.run([program, "unpause", loaded.nodes[0]])
    assert engine.snapshot().pods == ()
