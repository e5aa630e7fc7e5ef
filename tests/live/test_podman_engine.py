from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from labkit import here, wait
from labkit.engines.podman import Podman
from labkit.errors import ConflictError, DeadlineError, LabError
from labkit.model import Phase, Role, State
from labkit.process import LocalRunner
from tests.live.engine import Heard, container, documents, left, live_engine, pod

pytestmark = pytest.mark.live

PAIR = pod("live-pair", container("one"), container("two"))


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def engine(heard: Heard) -> Iterator[Podman]:
    made = live_engine(heard)
    yield made
    made.reset()
    assert left(made) == ()


def test_two_containers_of_a_pod_share_net_ipc_and_uts_and_not_pid_and_mnt(engine: Podman) -> None:
    engine.apply(documents(PAIR))
    seen = engine.snapshot().pod("live-pair")
    one, two = seen.container("one").namespaces, seen.container("two").namespaces
    assert {kind for kind in ("net", "ipc", "uts", "pid", "mnt") if one[kind] == two[kind]} == {"net", "ipc", "uts"}


def test_the_infra_container_is_in_the_snapshot_and_holds_the_network(engine: Podman) -> None:
    engine.apply(documents(PAIR))
    seen = engine.snapshot().pod("live-pair")
    infra = next(c for c in seen.containers if c.role is Role.INFRA)
    assert infra.namespaces["net"] == seen.container("one").namespaces["net"]


def test_a_second_apply_leaves_the_same_processes(engine: Podman, heard: Heard) -> None:
    engine.apply(documents(PAIR))
    before = engine.snapshot()
    engine.apply(documents(PAIR))
    assert engine.snapshot() == before
    assert heard.results[-1] == "pod/live-pair unchanged"


def test_a_changed_manifest_makes_the_pod_again(engine: Podman) -> None:
    engine.apply(documents(PAIR))
    engine.apply(documents(pod("live-pair", container("one"))))
    assert [c.name for c in engine.snapshot().pod("live-pair").containers] == ["one", "infra"]


def test_a_pod_of_somebody_else_is_left_alone(engine: Podman) -> None:
    stranger = live_engine(Heard(), owner="test-somebody")
    stranger.apply(documents(PAIR))
    try:
        with pytest.raises(ConflictError, match="it belongs to lesson 00-live-tests of test-somebody"):
            engine.apply(documents(PAIR))
        with pytest.raises(ConflictError):
            engine.delete("pod/live-pair")
        assert stranger.snapshot().pod("live-pair").ready
    finally:
        stranger.reset()


def test_deleting_one_pod_leaves_the_other(engine: Podman) -> None:
    engine.apply(documents(PAIR + "---\n" + pod("live-other", container("one"))))
    engine.delete("pod/live-pair")
    assert [p.name for p in engine.snapshot()] == ["live-other"]


def test_replicas_are_pods_of_their_own(engine: Podman) -> None:
    template = "{metadata: {labels: {app: web}}, spec: {containers: [" + container("app") + "]}}"
    spec = f"{{replicas: 2, selector: {{matchLabels: {{app: web}}}}, template: {template}}}"
    text = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: live}}\nspec: {spec}\n"
    engine.apply(documents(text))
    assert [(p.name, p.ready) for p in engine.snapshot()] == [("live-pod-0", True), ("live-pod-1", True)]


def test_config_secret_claim_and_empty_dir_reach_the_containers(engine: Podman) -> None:
    config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: page}\ndata: {index.html: hello}\n---\n"
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: key}\nstringData: {password: hunter2}\n---\n"
    volumes = (
        "volumes: [{name: page, configMap: {name: page}}, {name: key, secret: {secretName: key}}, {name: tmp, emptyDir: {}},"
        " {name: kept, persistentVolumeClaim: {claimName: live-claim}}]"
    )
    paths = {"page": "/page", "key": "/key", "tmp": "/tmp/x", "kept": "/kept"}
    mounts = "volumeMounts: [" + ", ".join(f"{{name: {name}, mountPath: {path}}}" for name, path in paths.items()) + "]"
    env = "env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: key, key: password}}}]"
    writer, reader = container("writer", "echo there > /tmp/x/f; exec sleep 1000", mounts), container("reader", more=f"{mounts}, {env}")
    engine.apply(documents(config + secret + pod("live-volumes", writer, reader, more=[volumes])))
    read = engine.exec("live-volumes", ["sh", "-c", "cat /page/index.html /key/password /tmp/x/f; echo $PASSWORD"], container="reader")
    assert read.split() == ["hellohunter2there", "hunter2"]
    engine.delete("pod/live-volumes")
    assert left(engine) == ("volume/live-claim",)


def test_two_pods_with_a_volume_of_one_name_do_not_share_it(engine: Podman) -> None:
    mount = "volumeMounts: [{name: data, mountPath: /data}]"
    for name, command in (("live-a", "touch /data/mine; exec sleep 1000"), ("live-b", "exec sleep 1000")):
        engine.apply(documents(pod(name, container("app", command, mount), more=["volumes: [{name: data, emptyDir: {}}]"])))
    assert engine.exec("live-b", ["ls", "/data"]) == ""


def test_a_volume_hides_what_the_image_has_at_its_path(engine: Podman) -> None:
    app = container("app", more="volumeMounts: [{name: data, mountPath: /etc/apt}]")
    engine.apply(documents(pod("live-hides", app, more=["volumes: [{name: data, emptyDir: {}}]"])))
    assert engine.exec("live-hides", ["ls", "-A", "/etc/apt"]) == ""


def test_a_port_that_is_not_published_cannot_be_reached_from_this_machine(engine: Podman) -> None:
    app = container("app", "exec busybox nc -ll -p 18098 -e echo hello", "ports: [{containerPort: 18098}]")
    engine.apply(documents(pod("live-port", app)))
    assert "hello" in engine.exec("live-port", ["nc", "-w", "1", "localhost", "18098"])
    with pytest.raises(LabError, match="Failed to connect"):
        engine.run("curl --silent --show-error --max-time 2 telnet://localhost:18098")


def test_init_containers_run_in_order_before_the_app(engine: Podman) -> None:
    mount = "volumeMounts: [{name: data, mountPath: /data}]"
    inits = [container("first", "echo 1 >> /data/order", mount), container("second", "echo 2 >> /data/order", mount)]
    app = container("app", "echo 3 >> /data/order; exec sleep 1000", mount)
    engine.apply(documents(pod("live-order", app, more=["volumes: [{name: data, emptyDir: {}}]", f"initContainers: [{', '.join(inits)}]"])))
    engine.wait("pod/live-order", "Ready", timeout=20)
    assert engine.exec("live-order", ["cat", "/data/order"]).split() == ["1", "2", "3"]


def test_an_app_does_not_start_while_its_init_container_fails(engine: Podman, heard: Heard) -> None:
    engine.apply(documents(pod("live-stuck", container("app"), more=[f"initContainers: [{container('broken', 'exit 3')}]"])))
    seen = engine.snapshot().pod("live-stuck")
    assert (seen.phase, seen.container("app").state) == (Phase.PENDING, State.WAITING)
    assert "exit code 3" in heard.results[-1]


def test_a_failed_init_container_with_policy_never_fails_the_pod(engine: Podman) -> None:
    text = pod("live-never", container("app"), more=["restartPolicy: Never", f"initContainers: [{container('broken', 'exit 3')}]"])
    engine.apply(documents(text))
    engine.wait("pod/live-never", "Failed", timeout=20)


def test_a_native_sidecar_starts_first_and_stays(engine: Podman) -> None:
    mount = "volumeMounts: [{name: data, mountPath: /data}]"
    probe = "startupProbe: {exec: {command: [test, -e, /data/up]}, periodSeconds: 1}"
    sidecar = container("side", "touch /data/up; exec sleep 1000", f"restartPolicy: Always, {mount}, {probe}")
    app = container("app", "ls /data > /data/seen; exec sleep 1000", mount)
    engine.apply(documents(pod("live-sidecar", app, more=["volumes: [{name: data, emptyDir: {}}]", f"initContainers: [{sidecar}]"])))
    engine.wait("pod/live-sidecar", "Ready", timeout=20)
    assert "up" in engine.exec("live-sidecar", ["cat", "/data/seen"]).split()
    assert engine.snapshot().pod("live-sidecar").container("side").role is Role.SIDECAR


def test_a_sidecar_ends_when_the_apps_of_a_job_like_pod_have_ended(engine: Podman) -> None:
    sidecar = container("side", "trap exit TERM; while :; do sleep 0.1; done", "restartPolicy: Always")
    engine.apply(documents(pod("live-job", container("app", "exit 0"), more=["restartPolicy: Never", f"initContainers: [{sidecar}]"])))
    engine.wait("pod/live-job", "Succeeded", timeout=20)
    ended = wait.until(
        lambda: engine.snapshot().pod("live-job").container("side"),
        lambda c: c.state is State.TERMINATED,
        what="the sidecar ends",
        timeout=20,
        fix="look at the kubelet thread",
    )
    assert ended.state is State.TERMINATED


def test_a_pod_is_ready_only_when_its_readiness_probe_passes(engine: Podman) -> None:
    probe = "readinessProbe: {exec: {command: [test, -e, /tmp/go]}, periodSeconds: 1, failureThreshold: 1}"
    engine.apply(documents(pod("live-ready", container("app", more=probe))), wait=0.5)
    assert not engine.snapshot().pod("live-ready").ready
    engine.exec("live-ready", ["touch", "/tmp/go"])
    engine.wait("pod/live-ready", "Ready", timeout=20)


def test_a_container_whose_liveness_probe_fails_is_started_again(engine: Podman) -> None:
    probe = "livenessProbe: {exec: {command: [test, '!', -e, /tmp/ill]}, periodSeconds: 1, failureThreshold: 1}"
    engine.apply(documents(pod("live-ill", container("app", "trap exit TERM; while :; do sleep 0.1; done", probe))))
    before = engine.snapshot().pod("live-ill").container("app").pid
    engine.exec("live-ill", ["touch", "/tmp/ill"])
    after = wait.until(
        lambda: engine.snapshot().pod("live-ill").container("app"),
        lambda c: c.restarts >= 1 and c.state is State.RUNNING,
        what="the container is started again",
        timeout=30,
        fix="look at the events",
    )
    assert after.pid != before
    assert "Killing" in {event.reason for event in engine.snapshot().events}


def test_a_later_process_goes_on_with_a_pod_that_a_killed_one_left_half_started(engine: Podman) -> None:
    text = pod("live-half", container("app"), more=[f"initContainers: [{container('gate', 'until test -e /tmp/go; do sleep 0.1; done')}]"])
    engine.apply(documents(text), wait=0.5)
    engine.close()
    engine.run("podman exec live-half-gate touch /tmp/go")
    later = live_engine(Heard())
    later.adopt()
    later.wait("pod/live-half", "Ready", timeout=20)
    later.close()


def test_limits_are_left_out_where_the_host_cannot_keep_them_and_kept_where_it_can(engine: Podman, heard: Heard) -> None:
    engine.apply(documents(pod("live-limits", container("app", more="resources: {limits: {memory: 64Mi}}"))))
    limits = engine.snapshot().pod("live-limits").container("app").limits
    can = here.podman_limits(engine.runner.account).resources  # type: ignore[attr-defined]
    assert limits == ({"memory": "64Mi"} if can else {})
    assert any("resources of app are left out" in notice for notice in heard.notices) is not can


def test_wait_tells_the_last_it_saw(engine: Podman) -> None:
    engine.apply(
        documents(pod("live-wait", container("app", more="readinessProbe: {exec: {command: [cat, /no]}, periodSeconds: 1}"))), wait=0
    )
    with pytest.raises(DeadlineError, match="app: running, not ready") as caught:
        engine.wait("pod/live-wait", "Ready", timeout=3)
    assert "readiness probe failed" in caught.value.last


def test_logs_and_exec_are_of_the_container_named(engine: Podman) -> None:
    engine.apply(
        documents(pod("live-logs", container("one", "echo first; exec sleep 1000"), container("two", "echo second; exec sleep 1000")))
    )
    assert engine.logs("live-logs", container="two").strip() == "second"
    with pytest.raises(LabError, match="it has: one, two"):
        engine.logs("live-logs", container="three")


def test_what_is_made_by_hand_is_labelled_and_swept(engine: Podman) -> None:
    engine.run("podman run --detach --name live-alone localhost/labkit/tools:1 sleep 1000")
    engine.run("podman pod create --name live-empty")
    engine.run("podman volume create live-volume")
    engine.run("podman network create live-network")
    assert left(engine) == ("pod/live-empty", "container/live-alone", "volume/live-volume", "network/live-network")


def test_a_shell_line_fails_when_its_middle_fails(engine: Podman) -> None:
    with pytest.raises(LabError, match="exit code"):
        engine.run("false | cat")


INTERRUPTED = """
import sys
from tests.live.engine import Heard, live_engine, documents, pod, container
engine = live_engine(Heard(), owner=sys.argv[1])
print("ready", flush=True)
engine.apply(documents(pod("live-cut", container("app"), more=["initContainers: [" + container("gate", "sleep 1000") + "]"])), wait=600)
"""


@pytest.mark.parametrize("signal_number", [signal.SIGINT, signal.SIGKILL])
def test_an_apply_that_is_cut_off_leaves_nothing_for_long(engine: Podman, signal_number: signal.Signals) -> None:
    owner = "test-cut"
    other = live_engine(Heard(), owner=owner)
    root = Path(__file__).parents[2]
    script = f"import os, signal, threading; threading.Timer(3, lambda: os.kill(os.getpid(), {int(signal_number)})).start()\n{INTERRUPTED}"
    LocalRunner().run([sys.executable, "-c", script, owner], cwd=root, check=False, timeout=60)
    if signal_number == signal.SIGKILL:
        # Nobody could clean up: the pod is there, its run is dead, and the reaper takes it by its labels.
        assert "pod/live-cut" in left(other)
        here.sweeper().sweep(here.garbage(only_owners=owner))
    assert left(other) == ()
