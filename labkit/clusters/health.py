"""Is the cluster healthy? The API answers, the nodes are ready, and the pod network, names and storage work."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.clusters.containers import Containers, Node
from labkit.clusters.kubectl import Kubectl
from labkit.errors import CommandError, DeadlineError

__all__ = ["KINDS", "Health", "node_troubles", "object_troubles"]

KINDS = "nodes,daemonsets,deployments,services,storageclasses"
"""What is asked of the API, in one request."""

_NAME = "kubernetes.default.svc.cluster.local"
_ASK = 'exec 3<>"/dev/tcp/$0/53"; cat >&3; head -c 14 <&3 | od -An -tx1'
_DEPLOYMENTS = {"kube-system/coredns": "names (CoreDNS)", "local-path-storage/local-path-provisioner": "storage (local-path-provisioner)"}


def node_troubles(expected: Sequence[str], found: Sequence[Node]) -> tuple[str, ...]:
    """Return what is wrong with the containers that are the nodes, each in a few words."""
    there = {node.name: node for node in found}
    gone = [f"its node {name} is gone" for name in expected if name not in there]
    return (*gone, *(f"its node {node.name} is {node.status}" for node in found if not node.running))


def object_troubles(listing: Mapping[str, Any], expected: int) -> tuple[str, ...]:
    """Return what is wrong by the word of the API, from `kubectl get` of KINDS in all namespaces; `expected` nodes should be there."""
    objects = [(item["kind"], _full_name(item), item) for item in listing["items"]]
    return tuple(_troubles(objects, expected))


def _troubles(objects: list[tuple[str, str, Any]], expected: int) -> Iterator[str]:
    nodes = [(name, item) for kind, name, item in objects if kind == "Node"]
    if len(nodes) != expected:
        yield f"{len(nodes)} of {expected} nodes have joined"
    yield from (f"the node {name} is not ready" for name, node in nodes if not _is_ready(node))
    for kind, name, item in objects:
        if kind == "DaemonSet" and name.startswith("kube-system/") and item["status"].get("numberReady", 0) < expected:
            yield f"{name.partition('/')[2]} is ready on {item['status'].get('numberReady', 0)} of {expected} nodes"
    available = {name: item["status"].get("availableReplicas", 0) for kind, name, item in objects if kind == "Deployment"}
    yield from (f"{what} is not available" for name, what in _DEPLOYMENTS.items() if not available.get(name))
    if not any(kind == "StorageClass" and _is_default(item) for kind, _, item in objects):
        yield "no storage class is the default"


@dataclass(frozen=True)
class Health:
    """Looks at one cluster; `nodes` are the names of its nodes."""

    containers: Containers
    kubectl: Kubectl
    nodes: tuple[str, ...]

    def troubles(self) -> tuple[str, ...]:
        """Return what is wrong, in sentences without a full stop; empty: the cluster is healthy. It takes less than five seconds."""
        found = node_troubles(self.nodes, self.containers.nodes())
        if found:
            return found
        try:
            listing = self.kubectl.look(KINDS, "--all-namespaces")
        except (CommandError, DeadlineError) as silent:
            return (f"its API does not answer ({_last_line(silent)})",)
        return object_troubles(listing, len(self.nodes)) or self._name_troubles(listing)

    def api_answers(self) -> bool:
        """Say whether the API server calls itself ready."""
        try:
            return self.kubectl.quiet("get", "--raw", "/readyz").strip() == "ok"
        except (CommandError, DeadlineError):
            return False

    def _name_troubles(self, listing: Mapping[str, Any]) -> tuple[str, ...]:
        """Ask for a name from a node, through the address of the Service: that takes kube-proxy, the pod network and CoreDNS."""
        server = next((item["spec"]["clusterIP"] for item in listing["items"] if _full_name(item) == "kube-system/kube-dns"), "")
        try:
            reply = self.containers.inside(self.nodes[0], "timeout", "2", "bash", "-c", _ASK, server, stdin=_question(_NAME), timeout=4.0)
        except (CommandError, DeadlineError):
            reply = ""
        return () if _answers(reply) else (f"the name {_NAME} is not found",)


def _question(name: str) -> bytes:
    """Return the question for the IPv4 address of a name, as DNS has it over TCP (RFC 1035, 4.1 and 4.2.2)."""
    header = struct.pack(">HHHHHH", 1, 0x0100, 1, 0, 0, 0)
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    message = header + labels + struct.pack(">BHH", 0, 1, 1)
    return struct.pack(">H", len(message)) + message


def _answers(reply: str) -> bool:
    """Say whether the first 14 bytes of a reply, in hex, hold an answer: no error code, and at least one record."""
    found = bytes.fromhex(reply) if reply.strip() else b""
    return len(found) == 14 and found[5] & 0x0F == 0 and struct.unpack(">H", found[8:10])[0] > 0


def _full_name(item: Mapping[str, Any]) -> str:
    metadata = item["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else str(metadata["name"])


def _is_ready(node: Mapping[str, Any]) -> bool:
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in node["status"].get("conditions", ()))


def _is_default(storage_class: Mapping[str, Any]) -> bool:
    annotations = storage_class["metadata"].get("annotations") or {}
    return bool(annotations.get("storageclass.kubernetes.io/is-default-class") == "true")


def _last_line(error: CommandError | DeadlineError) -> str:
    if isinstance(error, DeadlineError):
        return "it took too long"
    return (error.stderr.strip().splitlines() or ["no word"])[-1]
