"""What a cluster has around its pods as the model: pure, from the API server's JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from labkit.engines.kubernetes_api import Json, labels_of
from labkit.engines.kubernetes_conditions import holds, replicas
from labkit.engines.kubernetes_pods import owner_of
from labkit.model_cluster import (
    Claim,
    Endpoint,
    Namespace,
    NetworkPolicy,
    Node,
    Peer,
    PolicyPort,
    PolicyRule,
    Quota,
    Requirement,
    Selector,
    Service,
    ServicePort,
    Taint,
    Workload,
)

__all__ = ["claim_of", "namespace_of", "node_of", "policy_of", "quota_of", "service_of", "workload_of"]

_ROLE = "node-role.kubernetes.io/"
_SERVICE = "kubernetes.io/service-name"
"""The label of an EndpointSlice that says whose it is."""


def namespace_of(data: Json) -> Namespace:
    """Return a namespace with all its labels: policies choose by them."""
    return Namespace(data["metadata"]["name"], _sorted(labels_of(data)))


def node_of(data: Json) -> Node:
    """Return a node."""
    spec, status, labels = data.get("spec") or {}, data.get("status") or {}, labels_of(data)
    info = status.get("nodeInfo") or {}
    taints = [Taint(each["key"], each["effect"], each.get("value") or "") for each in spec.get("taints") or ()]
    return Node(
        name=data["metadata"]["name"],
        roles=tuple(sorted(key.removeprefix(_ROLE) for key in labels if key.startswith(_ROLE))),
        ready=holds(data, "Ready"),
        unschedulable=bool(spec.get("unschedulable")),
        labels=_sorted(labels),
        taints=tuple(sorted(taints, key=lambda taint: (taint.key, taint.effect))),
        ip=next((each["address"] for each in status.get("addresses") or () if each["type"] == "InternalIP"), ""),
        pod_cidr=spec.get("podCIDR") or "",
        version=info.get("kubeletVersion") or "",
        runtime=info.get("containerRuntimeVersion") or "",
        capacity=_sorted(status.get("capacity")),
        allocatable=_sorted(status.get("allocatable")),
    )


def service_of(data: Json, slices: Iterable[Json]) -> Service:
    """Return a service with the endpoints that its slices (EndpointSlice v1 discovery) list."""
    metadata, spec = data["metadata"], data["spec"]
    own = [
        each
        for each in slices
        if each["metadata"].get("namespace") == metadata.get("namespace") and labels_of(each).get(_SERVICE) == metadata["name"]
    ]
    endpoints = [endpoint for each in own for endpoint in _endpoints(each)]
    address = spec.get("clusterIP") or ""
    ports = [
        ServicePort(
            port=int(each["port"]),
            target=str(each.get("targetPort") or each["port"]),
            protocol=each.get("protocol") or "TCP",
            name=each.get("name") or "",
            node_port=int(each["nodePort"]) if each.get("nodePort") else None,
        )
        for each in spec.get("ports") or ()
    ]
    return Service(
        name=metadata["name"],
        namespace=metadata.get("namespace") or "",
        type=spec.get("type") or "ClusterIP",
        ip="" if address == "None" else address,
        external_name=spec.get("externalName") or "",
        selector=_sorted(spec.get("selector")),
        ports=tuple(sorted(ports, key=lambda port: (port.port, port.protocol))),
        endpoints=tuple(sorted(endpoints, key=lambda endpoint: (endpoint.pod, endpoint.ip))),
    )


def _endpoints(data: Json) -> Iterable[Endpoint]:
    ports = {each.get("name") or "": int(each["port"]) for each in data.get("ports") or () if each.get("port")}
    for each in data.get("endpoints") or ():
        # No word on readiness is to be taken for ready (EndpointConditions v1 discovery).
        ready = (each.get("conditions") or {}).get("ready") is not False
        target = each.get("targetRef") or {}
        pod = target.get("name") or "" if target.get("kind") == "Pod" else ""
        for address in each.get("addresses") or ():
            yield Endpoint(address, pod, each.get("nodeName") or "", ready, _sorted(ports))


def policy_of(data: Json) -> NetworkPolicy:
    """Return a network policy with its rules as they stand."""
    spec = data.get("spec") or {}
    return NetworkPolicy(
        name=data["metadata"]["name"],
        namespace=data["metadata"].get("namespace") or "",
        pods=_selector(spec.get("podSelector")) or Selector(),
        directions=tuple(sorted(spec.get("policyTypes") or ())),
        ingress=tuple(_rule(each or {}, "from") for each in spec.get("ingress") or ()),
        egress=tuple(_rule(each or {}, "to") for each in spec.get("egress") or ()),
    )


def _rule(rule: Json, peers: str) -> PolicyRule:
    ports = [
        PolicyPort(each.get("protocol") or "TCP", str(each.get("port") or ""), each.get("endPort")) for each in rule.get("ports") or ()
    ]
    return PolicyRule(tuple(_peer(each) for each in rule.get(peers) or ()), tuple(ports))


def _peer(peer: Json) -> Peer:
    block = peer.get("ipBlock") or {}
    pods, namespaces = _selector(peer.get("podSelector")), _selector(peer.get("namespaceSelector"))
    return Peer(pods, namespaces, block.get("cidr") or "", tuple(block.get("except") or ()))


def _selector(selector: Json | None) -> Selector | None:
    if selector is None:
        return None
    lines = [Requirement(each["key"], each["operator"], tuple(each.get("values") or ())) for each in selector.get("matchExpressions") or ()]
    return Selector(_sorted(selector.get("matchLabels")), tuple(lines))


def quota_of(data: Json) -> Quota:
    """Return a quota."""
    status = data.get("status") or {}
    hard = status.get("hard") or (data.get("spec") or {}).get("hard")
    return Quota(data["metadata"]["name"], data["metadata"].get("namespace") or "", _sorted(hard), _sorted(status.get("used")))


def claim_of(data: Json) -> Claim:
    """Return a claim."""
    spec, status = data.get("spec") or {}, data.get("status") or {}
    asked = (spec.get("resources") or {}).get("requests") or {}
    return Claim(
        name=data["metadata"]["name"],
        namespace=data["metadata"].get("namespace") or "",
        phase=status.get("phase") or "",
        volume=spec.get("volumeName") or "",
        storage_class=spec.get("storageClassName") or "",
        size=str((status.get("capacity") or asked).get("storage") or ""),
        access=tuple(sorted(spec.get("accessModes") or ())),
    )


def workload_of(data: Json, kind: str) -> Workload:
    """Return a workload of this kind (a list of objects does not repeat it in each)."""
    spec = data.get("spec") or {}
    template = (spec.get("template") or {}).get("spec") or {}
    desired, current, updated, ready = replicas({**data, "kind": kind})
    return Workload(
        kind=kind,
        name=data["metadata"]["name"],
        namespace=data["metadata"].get("namespace") or "",
        owner=owner_of(data),
        desired=desired,
        current=current,
        updated=updated,
        ready=ready,
        pods=_selector(spec.get("selector")) or Selector(),
        images=tuple(str(each.get("image") or "") for each in template.get("containers") or ()),
    )


def _sorted(items: Mapping[str, Any] | None) -> dict[str, Any]:
    return dict(sorted((items or {}).items()))
