from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from cluster_bench import ClusterBench
from fake_host import RECORDED

from labkit.clusters.containers import Node
from labkit.clusters.health import node_troubles, object_troubles

Listing = dict[str, Any]
RUNNING = Node("labkit-control-plane", "1", "running")


@pytest.fixture
def healthy() -> Listing:
    """What `kubectl get` says of a healthy cluster of one node, as recorded."""
    return json.loads((RECORDED / "objects.json").read_text())


def of(listing: Listing, kind: str, name: str = "") -> Any:
    return next(item for item in listing["items"] if item["kind"] == kind and item["metadata"]["name"].endswith(name))


def test_a_healthy_cluster_has_no_troubles(healthy: Listing) -> None:
    assert object_troubles(healthy, 1) == ()


def node_not_ready(listing: Listing) -> None:
    of(listing, "Node")["status"]["conditions"][-1]["status"] = "Unknown"


def no_names(listing: Listing) -> None:
    of(listing, "Deployment", "coredns")["status"]["availableReplicas"] = 0


def no_provisioner(listing: Listing) -> None:
    listing["items"].remove(of(listing, "Deployment", "local-path-provisioner"))


def no_network(listing: Listing) -> None:
    del of(listing, "DaemonSet", "pod-network")["status"]["numberReady"]


def no_proxy(listing: Listing) -> None:
    of(listing, "DaemonSet", "kube-proxy")["status"]["numberReady"] = 0


def no_storage_class(listing: Listing) -> None:
    of(listing, "StorageClass")["metadata"]["annotations"] = {}


@pytest.mark.parametrize(
    ("damage", "trouble"),
    [
        (node_not_ready, "the node labkit-control-plane is not ready"),
        (no_names, "names (CoreDNS) is not available"),
        (no_provisioner, "storage (local-path-provisioner) is not available"),
        (no_network, "pod-network is ready on 0 of 1 nodes"),
        (no_proxy, "kube-proxy is ready on 0 of 1 nodes"),
        (no_storage_class, "no storage class is the default"),
    ],
)
def test_each_part_that_is_missing_is_named(healthy: Listing, damage: Callable[[Listing], None], trouble: str) -> None:
    damaged = copy.deepcopy(healthy)
    damage(damaged)
    assert object_troubles(damaged, 1) == (trouble,)


def test_a_node_that_has_not_joined_is_missed(healthy: Listing) -> None:
    assert "1 of 3 nodes have joined" in object_troubles(healthy, 3)


def test_a_learners_own_daemonset_is_not_the_clusters_health(healthy: Listing) -> None:
    healthy["items"].append({"kind": "DaemonSet", "metadata": {"name": "mine", "namespace": "default"}, "status": {"numberReady": 0}})
    assert object_troubles(healthy, 1) == ()


@pytest.mark.parametrize("status", ["exited", "paused", "created"])
def test_a_node_that_does_not_run_is_named_with_its_state(status: str) -> None:
    assert node_troubles(["a"], [Node("a", "1", status)]) == (f"its node a is {status}",)


def test_a_node_that_is_gone_is_named() -> None:
    assert node_troubles(["a", RUNNING.name], [RUNNING]) == ("its node a is gone",)


@pytest.mark.parametrize(
    "reply",
    ["", " 00 6a 00 01 85 03 00 01 00 00 00 00 00 00\n", " 00 6a 00 01 85 00 00 01 00 00 00 00 00 00\n", " 00 6a\n"],
    ids=["no reply", "no such name", "no address", "cut off"],
)
def test_a_name_that_is_not_found_is_a_trouble(bench: ClusterBench, monkeypatch: pytest.MonkeyPatch, reply: str) -> None:
    life = bench.life()
    life.up()
    monkeypatch.setattr("fake_host.DNS_ANSWER", reply)
    assert life.status().troubles == ("the name kubernetes.default.svc.cluster.local is not found",)
