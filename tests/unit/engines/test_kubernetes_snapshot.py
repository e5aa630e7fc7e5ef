from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from labkit.draw import draw_pods
from labkit.engines.kubernetes_api import Answer, Json, Kind
from labkit.engines.kubernetes_look import Looker
from labkit.engines.kubernetes_node import by_exec, by_nodes, read_node
from labkit.engines.kubernetes_pods import event_of
from labkit.engines.stamp import Stamp
from labkit.errors import HostError
from labkit.model import Phase, Role, Snapshot, State
from labkit.model_cluster import Peer, PolicyPort, PolicyRule, Requirement, Selector
from tests.unit.engines.fake_cluster import RECORDED, recorded, refusal

NODE = "labkit-control-plane"
SEEN = (RECORDED / "kubernetes-node.txt").read_text()
STAMP = Stamp("11-x", "1-1", "me")


class Recorded:
    """An API server that answers from a record."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = {"/version": {"gitVersion": "v1.37.2"}, **answers}

    def ask(self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Json | None = None) -> Answer:
        if path not in self.answers:
            raise refusal(403, "Forbidden", f"{path} is forbidden")
        return Answer(200, self.answers[path])

    def kind(self, api_version: str, name: str) -> Kind | None:
        return None

    def kinds(self, *, fresh: bool = False) -> Sequence[Kind]:
        return ()


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return Looker(Recorded(recorded()), STAMP, by_nodes(lambda node, command: SEEN)).snapshot()


def test_a_pod_has_its_containers_in_their_order_and_the_sandbox_last(snapshot: Snapshot) -> None:
    roles = [(each.name, each.role) for each in snapshot.pod("web").containers]
    assert roles == [("first", Role.INIT), ("side", Role.SIDECAR), ("app", Role.APP), ("infra", Role.INFRA)]


def test_containers_of_a_pod_share_net_ipc_and_uts_with_the_sandbox_and_not_pid_and_mnt(snapshot: Snapshot) -> None:
    running = [each for each in snapshot.pod("web").containers if each.state is State.RUNNING]
    shared = {kind for kind in running[0].namespaces if len({each.namespaces[kind] for each in running}) == 1}
    assert len(running) == 3
    assert {"net", "ipc", "uts"} <= shared
    assert not {"pid", "mnt"} & shared


def test_two_pods_have_two_networks(snapshot: Snapshot) -> None:
    nets = {each.namespaces["net"] for pod in snapshot.pods for each in pod.containers if each.role is Role.INFRA}
    assert len(nets) == len(snapshot.pods)


def test_a_pod_that_serves_is_ready_with_address_node_and_class(snapshot: Snapshot) -> None:
    web = snapshot.pod("web")
    assert (web.ready, web.phase, web.node, web.qos, web.namespace) == (True, Phase.RUNNING, NODE, "Burstable", "lab-11-me")
    assert web.ip.startswith("10.244.")


def test_what_every_pod_gets_unasked_is_left_out(snapshot: Snapshot) -> None:
    web = snapshot.pod("web")
    assert [each.name for each in web.volumes] == ["data"]
    assert web.container("app").mounts == ()
    assert web.labels == {"app": "web"}


def test_a_finished_init_container_has_ended_well(snapshot: Snapshot) -> None:
    first = snapshot.pod("web").container("first")
    assert (first.state, first.exit_code, first.ready, first.namespaces) == (State.TERMINATED, 0, False, {})


def test_a_crashing_container_says_how_it_ended(snapshot: Snapshot) -> None:
    app = snapshot.pod("crash").container("app")
    assert (app.reason, app.exit_code, app.last_exit, app.restarts > 0) == ("Error", 3, "Error, exit code 3", True)


def test_a_missing_image_is_the_reason_of_the_wait(snapshot: Snapshot) -> None:
    app = snapshot.pod("image").container("app")
    assert (app.state, app.reason in ("ErrImagePull", "ImagePullBackOff")) == (State.WAITING, True)


def test_a_pods_maker_and_its_maker_are_known(snapshot: Snapshot) -> None:
    pod = next(each for each in snapshot.pods if each.name.startswith("shop-"))
    middle = snapshot.workload(pod.owner)
    assert (middle.kind, middle.owner) == ("ReplicaSet", "deployment/shop")
    shop = snapshot.workload("deployment/shop")
    assert (shop.desired, shop.ready, shop.pods.matches(pod.labels)) == (1, 1, True)


def test_a_service_has_the_pods_behind_it(snapshot: Snapshot) -> None:
    web = snapshot.service("web")
    assert [(each.pod, each.ip, each.ready, each.ports) for each in web.endpoints] == [("web", snapshot.pod("web").ip, True, {"http": 80})]
    assert (web.headless, web.ports[0].target) == (False, "http")


def test_a_headless_service_has_no_address(snapshot: Snapshot) -> None:
    assert (snapshot.service("peers").headless, snapshot.service("peers").ip) == (True, "")


def test_a_policy_keeps_its_rules(snapshot: Snapshot) -> None:
    policy = snapshot.policies[0]
    shop = Selector(expressions=(Requirement("app", "In", ("shop",)),))
    assert policy.pods == Selector({"app": "web"})
    assert policy.ingress == (
        PolicyRule(
            peers=(Peer(shop, Selector()), Peer(cidr="10.0.0.0/8", excluded=("10.1.0.0/16",))),
            ports=(PolicyPort("TCP", "http"), PolicyPort("UDP", "8000", 8010)),
        ),
    )
    assert (policy.directions, policy.egress) == (("Egress", "Ingress"), (PolicyRule(),))


def test_quota_claim_node_and_namespace_are_there(snapshot: Snapshot) -> None:
    assert snapshot.quotas[0].used["pods"] == str(len(snapshot.pods))
    assert (snapshot.claims[0].name, snapshot.claims[0].phase, snapshot.claims[0].size) == ("data", "Pending", "1Mi")
    assert (snapshot.node(NODE).ready, snapshot.node(NODE).roles) == (True, ("control-plane",))
    assert snapshot.namespaces[0].labels["kubernetes.io/metadata.name"] == "lab-11-me"


def test_events_tell_who_did_what_in_order(snapshot: Snapshot) -> None:
    told = [(each.about, each.reason, each.source) for each in snapshot.events if each.about.startswith("pod/web")]
    assert told[:3] == [
        ("pod/web", "Scheduled", "default-scheduler"),
        ("pod/web/first", "Pulled", "kubelet"),
        ("pod/web/first", "Created", "kubelet"),
    ]


def test_an_event_that_comes_again_keeps_its_first_time(snapshot: Snapshot) -> None:
    again = next(each for each in snapshot.events if each.count > 1)
    assert again.first is not None
    assert again.first < again.time


def test_a_warning_is_one(snapshot: Snapshot) -> None:
    assert {each.reason for each in snapshot.events if each.warning} >= {"BackOff", "Failed"}


def test_the_snapshot_comes_back_from_json(snapshot: Snapshot) -> None:
    assert Snapshot.from_json(snapshot.to_json()) == snapshot


def test_the_picture_of_a_pod_is_drawn_as_ever(snapshot: Snapshot) -> None:
    assert "10.244." in draw_pods(snapshot, "web").dot


def test_what_a_learner_may_not_see_is_left_out() -> None:
    answers = {path: data for path, data in recorded().items() if path != "/api/v1/nodes"}
    assert Looker(Recorded(answers), STAMP, by_nodes(lambda node, command: SEEN)).snapshot().nodes == ()


def test_a_node_that_does_not_answer_tells_nothing() -> None:
    def dead(node: str, command: Sequence[str]) -> str:
        raise HostError("look into the node", "it is stopped", "run `labkit up`")

    web = Looker(Recorded(recorded()), STAMP, by_nodes(dead)).snapshot().pod("web")
    assert web.container("app").namespaces == {}


def test_without_a_way_into_the_nodes_each_container_is_asked() -> None:
    def in_pod(namespace: str, pod: str, container: str, command: Sequence[str]) -> str:
        if container == "side":
            raise HostError("look into it", "it has no shell", "")
        return "net:[7]\nmnt:[8]\n"

    web = Looker(Recorded(recorded()), STAMP, by_exec(in_pod)).snapshot().pod("web")
    assert {each.name: each.namespaces for each in web.containers} == {"first": {}, "side": {}, "app": {"net": 7, "mnt": 8}}


@pytest.mark.parametrize(
    "cgroup",
    [
        "/kubelet/kubepods/besteffort/pod12345678-1234-1234-1234-123456789abc/" + "a" * 64,
        "/kubepods.slice/kubepods-pod12345678_1234_1234_1234_123456789abc.slice/cri-containerd-" + "a" * 64 + ".scope",
    ],
    ids=["cgroupfs", "systemd"],
)
def test_a_container_is_known_by_its_cgroup_with_both_drivers(cgroup: str) -> None:
    text = f"/proc/31/cgroup:0::{cgroup}\n/proc/7/cgroup:0::{cgroup}\n/proc/7/ns/net net:[99]\n"
    found = read_node(text)["12345678-1234-1234-1234-123456789abc"]["a" * 64]
    assert (found.pid, found.namespaces, found.cgroup) == (7, {"net": 99}, cgroup)


def event(name: str) -> Json:
    about = {"kind": "Pod", "name": "web"}
    times = {"firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:00:00Z"}
    return {"metadata": {"name": name}, "involvedObject": about, "reason": "Scheduled", **times}


def test_an_event_has_the_moment_that_its_name_holds() -> None:
    second = event_of(event("web")).time
    exact = int((second + 0.25) * 1e9)
    assert event_of(event(f"web.{exact:x}")).time == pytest.approx(second + 0.25)


@pytest.mark.parametrize("name", ["web.abc", "web.18a5b3c0ffee0000", "0f3f2b9e-1111-4222-8333-444455556666"])
def test_a_name_that_holds_another_moment_or_none_is_not_believed(name: str) -> None:
    assert event_of(event(name)).time == event_of(event("web")).time
