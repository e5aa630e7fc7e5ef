"""What a cluster has around its pods: nodes, services, policies, quotas, claims and workloads, as plain immutable values.

Parts of `labkit.model.Snapshot`. Podman has none of them. Lists are sorted by namespace and name; rules keep the order of the manifest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = [
    "Claim",
    "Endpoint",
    "Namespace",
    "NetworkPolicy",
    "Node",
    "Peer",
    "PolicyPort",
    "PolicyRule",
    "Quota",
    "Requirement",
    "Selector",
    "Service",
    "ServicePort",
    "Taint",
    "Workload",
]


@dataclass(frozen=True)
class Namespace:
    """A namespace of the cluster (not of the kernel) and its labels, by which policies choose it."""

    name: str
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Requirement:
    """One line of matchExpressions: `operator` is In, NotIn, Exists or DoesNotExist."""

    key: str
    operator: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Selector:
    """A label selector; an empty one chooses everything."""

    labels: Mapping[str, str] = field(default_factory=dict)
    expressions: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Say whether an object with these labels is chosen (LabelSelector v1 meta: all lines have to hold)."""
        return all(labels.get(key) == value for key, value in self.labels.items()) and all(
            _holds(each, labels) for each in self.expressions
        )


def _holds(line: Requirement, labels: Mapping[str, str]) -> bool:
    there = line.key in labels
    holds = {
        "In": there and labels.get(line.key) in line.values,
        # A label that is missing is not in the list either.
        "NotIn": labels.get(line.key) not in line.values if there else True,
        "Exists": there,
        "DoesNotExist": not there,
    }
    return holds[line.operator]


@dataclass(frozen=True)
class ServicePort:
    """A port of a service. `target` is a number or a port's name in the pods; `node_port` is where every node passes it on."""

    port: int
    target: str = ""
    protocol: str = "TCP"
    name: str = ""
    node_port: int | None = None


@dataclass(frozen=True)
class Endpoint:
    """An address behind a service, and the pod that has it; only ready ones get connections. `ports` are its own, by name or `""`."""

    ip: str
    pod: str = ""
    node: str = ""
    ready: bool = False
    ports: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Service:
    """A service: `ip` is its cluster address, empty where there is none (headless, or ExternalName)."""

    name: str
    namespace: str = ""
    type: str = "ClusterIP"
    ip: str = ""
    external_name: str = ""
    selector: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[ServicePort, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()

    @property
    def headless(self) -> bool:
        """Say whether its name stands for the pods' own addresses."""
        return not self.ip and self.type != "ExternalName"


@dataclass(frozen=True)
class PolicyPort:
    """Ports that a rule allows: a number or a name, up to `end`; an empty `port` is every port of the protocol."""

    protocol: str = "TCP"
    port: str = ""
    end: int | None = None


@dataclass(frozen=True)
class Peer:
    """Whom a rule allows: pods and namespaces by labels (None: not asked; pods alone are those of the policy's namespace), or addresses."""

    pods: Selector | None = None
    namespaces: Selector | None = None
    cidr: str = ""
    excluded: tuple[str, ...] = ()


@dataclass(frozen=True)
class PolicyRule:
    """One rule: connections with any of the peers on any of the ports; none of either means all."""

    peers: tuple[Peer, ...] = ()
    ports: tuple[PolicyPort, ...] = ()


@dataclass(frozen=True)
class NetworkPolicy:
    """A network policy as it stands; `directions` are Ingress, Egress or both (the API server fills them in)."""

    name: str
    namespace: str = ""
    pods: Selector = field(default_factory=Selector)
    directions: tuple[str, ...] = ()
    ingress: tuple[PolicyRule, ...] = ()
    egress: tuple[PolicyRule, ...] = ()


@dataclass(frozen=True)
class Quota:
    """A ResourceQuota: what a namespace may use, and what it uses, as quantities by resource (`requests.cpu`, `pods`)."""

    name: str
    namespace: str = ""
    hard: Mapping[str, str] = field(default_factory=dict)
    used: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Taint:
    """A mark on a node that keeps pods away: `effect` is NoSchedule, PreferNoSchedule or NoExecute."""

    key: str
    effect: str
    value: str = ""


@dataclass(frozen=True)
class Node:
    """A machine of the cluster. `capacity` and `allocatable` are quantities by resource; `pod_cidr` is the range of its pods' addresses."""

    name: str
    roles: tuple[str, ...] = ()
    ready: bool = False
    unschedulable: bool = False
    labels: Mapping[str, str] = field(default_factory=dict)
    taints: tuple[Taint, ...] = ()
    ip: str = ""
    pod_cidr: str = ""
    version: str = ""
    runtime: str = ""
    capacity: Mapping[str, str] = field(default_factory=dict)
    allocatable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Claim:
    """A PersistentVolumeClaim, and the `volume` that it is bound to; `size` is what it has, or asks for until then."""

    name: str
    namespace: str = ""
    phase: str = ""
    volume: str = ""
    storage_class: str = ""
    size: str = ""
    access: tuple[str, ...] = ()


@dataclass(frozen=True)
class Workload:
    """What makes pods: `kind` is Deployment, ReplicaSet, StatefulSet, DaemonSet or Job; `owner` is what made it, as `deployment/web`."""

    kind: str
    name: str
    namespace: str = ""
    owner: str = ""
    desired: int = 0
    current: int = 0
    updated: int = 0
    ready: int = 0
    pods: Selector = field(default_factory=Selector)
    images: tuple[str, ...] = ()
