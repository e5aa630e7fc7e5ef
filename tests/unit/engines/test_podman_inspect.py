from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest

from labkit.engines.podman_inspect import alone, container_state, phase_of, pod_of
from labkit.manifests.pods import pod_from
from labkit.model import Container, Phase, Pod, Role, State
from tests.unit.engines.conftest import recorded

ASKED = {
    "metadata": {"name": "trial"},
    "spec": {
        "volumes": [{"name": "data", "emptyDir": {}}],
        "initContainers": [{"name": "one", "image": "i"}, {"name": "side", "image": "i", "restartPolicy": "Always"}],
        "containers": [
            {
                "name": "app",
                "image": "i",
                "ports": [{"containerPort": 80, "hostPort": 18080}, {"containerPort": 81}],
                "volumeMounts": [{"name": "data", "mountPath": "/data"}],
                "resources": {"limits": {"memory": "64Mi"}},
            }
        ],
    },
}


def namespaces(pid: int) -> dict[str, int]:
    return {"net": 1, "pid": pid}


def as_it_is(pod: str, container: Container) -> Container:
    return container


def inspected(name: str) -> dict[str, Any]:
    return copy.deepcopy(next(c for c in recorded("inspect") if c["Name"] == name))


def pod(asked: dict[str, Any] | None = ASKED, without: str = "") -> Pod:
    found = [c for c in recorded("inspect") if c["Name"] not in ("lonely", without)]
    return pod_of(recorded("pods")[0], found, pod_from(asked) if asked else None, namespaces, as_it_is)


def test_a_manifest_tells_init_sidecar_and_app_apart_and_podman_the_infra_container() -> None:
    assert [(c.name, c.role) for c in pod().containers] == [
        ("one", Role.INIT),
        ("side", Role.SIDECAR),
        ("app", Role.APP),
        ("infra", Role.INFRA),
    ]


def test_without_a_manifest_all_but_the_infra_container_are_apps() -> None:
    assert {c.name: c.role for c in pod(None).containers}["side"] is Role.APP


def test_an_init_container_that_is_not_made_yet_waits() -> None:
    waiting = pod(without="trial-one").container("one")
    assert (waiting.state, waiting.reason, waiting.engine_name) == (State.WAITING, "PodInitializing", "")


def test_an_init_container_that_has_ended_says_how() -> None:
    ended = pod().container("one")
    assert (ended.state, ended.reason, ended.exit_code) == (State.TERMINATED, "Completed", 0)


def test_only_what_runs_has_namespaces() -> None:
    assert pod().container("app").namespaces["net"] == 1
    assert pod().container("one").namespaces == {}


def test_a_published_port_shows_its_host_port_and_another_does_not() -> None:
    assert [(p.container_port, p.host_port) for p in pod().container("app").ports] == [(80, 18080), (81, None)]


def test_mounts_name_the_volume_as_the_manifest_does() -> None:
    assert [m.volume for m in pod().container("app").mounts] == ["data"]


def test_a_limit_that_podman_did_not_set_is_not_claimed() -> None:
    assert pod().container("app").limits == {}


def test_a_limit_that_podman_set_is_there() -> None:
    found = [c for c in copy.deepcopy(recorded("inspect")) if c["Name"] != "lonely"]
    next(c for c in found if c["Name"] == "trial-app")["HostConfig"]["Memory"] = 67108864
    seen = pod_of(recorded("pods")[0], found, pod_from(ASKED), namespaces, as_it_is)
    assert seen.container("app").limits == {"memory": "64Mi"}


def test_the_pod_has_the_address_and_the_host_name_of_its_infra_container() -> None:
    assert pod().ip.startswith("10.")
    assert pod().hostname == "trial"


def test_labkits_own_labels_are_not_shown_as_the_pods() -> None:
    assert not any(key.startswith("labkit.dev/") for key in pod().labels)


def test_a_container_outside_pods_stands_alone() -> None:
    assert (alone(inspected("lonely"), namespaces).role, alone(inspected("lonely"), namespaces).name) == (Role.ALONE, "lonely")


@pytest.mark.parametrize(
    ("status", "code", "oom", "expected"),
    [
        ("running", 0, False, (State.RUNNING, "", None)),
        ("created", 0, False, (State.WAITING, "Created", None)),
        ("exited", 0, False, (State.TERMINATED, "Completed", 0)),
        ("exited", 3, False, (State.TERMINATED, "Error", 3)),
        ("exited", 137, True, (State.TERMINATED, "OOMKilled", 137)),
        ("stopped", 1, False, (State.TERMINATED, "Error", 1)),
    ],
)
def test_podmans_states_in_kubernetes_words(status: str, code: int, oom: bool, expected: tuple[State, str, int | None]) -> None:
    assert container_state({"State": {"Status": status, "ExitCode": code, "OOMKilled": oom}}) == expected


APP = Container("app", state=State.RUNNING)
DONE = dataclasses.replace(APP, state=State.TERMINATED, exit_code=0)
FAILED = dataclasses.replace(DONE, exit_code=1)
INIT = dataclasses.replace(APP, role=Role.INIT)


@pytest.mark.parametrize(
    ("containers", "policy", "phase"),
    [
        ([APP], "Always", Phase.RUNNING),
        ([DONE], "Always", Phase.RUNNING),
        ([DONE], "Never", Phase.SUCCEEDED),
        ([DONE, FAILED], "Never", Phase.FAILED),
        ([DONE, APP], "Never", Phase.RUNNING),
        ([INIT, dataclasses.replace(APP, state=State.WAITING)], "Always", Phase.PENDING),
        ([dataclasses.replace(FAILED, role=Role.INIT)], "Never", Phase.FAILED),
        ([dataclasses.replace(FAILED, role=Role.INIT)], "Always", Phase.PENDING),
        ([], "Always", Phase.PENDING),
    ],
)
def test_the_phase_is_what_a_kubelet_would_say(containers: list[Container], policy: str, phase: Phase) -> None:
    assert phase_of(containers, policy) is phase
