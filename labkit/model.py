"""What an engine holds at one moment, as plain immutable values.

Everything that a learner sees - pictures, checks, explanations - is a pure function of a `Snapshot`. No module here does I/O. Lists are
sorted by name, so that two snapshots of the same state are equal; the time of taking is left out of the comparison.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from labkit.model_cluster import Claim, Namespace, NetworkPolicy, Node, Quota, Service, Workload
from labkit.model_names import Missing, named
from labkit.records import from_json, to_json

__all__ = [
    "NAMESPACE_KINDS",
    "Container",
    "Event",
    "Missing",
    "Mount",
    "Phase",
    "Pod",
    "Port",
    "Probe",
    "Role",
    "Snapshot",
    "State",
    "Volume",
]

NAMESPACE_KINDS = ("net", "ipc", "uts", "pid", "mnt", "user", "cgroup")
"""The Linux namespaces that a container may share or own (namespaces(7)), in the order in which labkit names them."""


class Role(StrEnum):
    """What a container is for, inside its pod or on its own."""

    INFRA = "infra"
    INIT = "init"
    SIDECAR = "sidecar"
    APP = "app"
    ALONE = "alone"


class State(StrEnum):
    """What a container is doing, in Kubernetes' three words, and `unknown` for a predicted one."""

    WAITING = "waiting"
    RUNNING = "running"
    TERMINATED = "terminated"
    UNKNOWN = "unknown"


class Phase(StrEnum):
    """Where a pod is in its life (Kubernetes, pod life cycle)."""

    PENDING = "Pending"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    UNKNOWN = "Unknown"


@dataclass(frozen=True)
class Mount:
    """A volume as one container sees it: `volume` is its name in the pod, or a host path."""

    volume: str
    path: str
    read_only: bool = False


@dataclass(frozen=True)
class Port:
    """A port that a container says it listens on; `host_port` is where this machine passes it on, if it does."""

    container_port: int
    protocol: str = "TCP"
    name: str = ""
    host_port: int | None = None
    host_ip: str = ""


@dataclass(frozen=True)
class Probe:
    """A probe of a container. `method` is http, tcp or exec; times are in seconds; `target` is `GET :80/path`, `:5432` or a command."""

    kind: str
    method: str
    target: str
    period: float = 10.0
    timeout: float = 1.0
    initial_delay: float = 0.0
    failure_threshold: int = 3
    success_threshold: int = 1


@dataclass(frozen=True)
class Container:
    """A container. `namespaces` maps a kind of NAMESPACE_KINDS to the inode of the namespace it is in: equal inodes mean shared.

    `last_exit` says how it ended before its last restart: `OOMKilled, exit code 137`. `pid` is as its node counts.
    """

    name: str
    role: Role = Role.APP
    image: str = ""
    state: State = State.UNKNOWN
    reason: str = ""
    exit_code: int | None = None
    restarts: int = 0
    last_exit: str = ""
    ready: bool = False
    pid: int | None = None
    command: tuple[str, ...] = ()
    namespaces: Mapping[str, int] = field(default_factory=dict)
    mounts: tuple[Mount, ...] = ()
    ports: tuple[Port, ...] = ()
    probes: tuple[Probe, ...] = ()
    requests: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, str] = field(default_factory=dict)
    cgroup: str = ""
    engine_name: str = ""
    ip: str = ""


@dataclass(frozen=True)
class Volume:
    """A volume of a pod: `kind` is the field's name in a manifest (emptyDir, configMap, ...), `source` what it stands for."""

    name: str
    kind: str
    source: str = ""


@dataclass(frozen=True)
class Pod:
    """A pod and what is in it. `containers` has init containers and sidecars first, in their order, then apps, the infra container last.

    `owner` is what made it and makes it again, as `replicaset/web-7d4b9`; `qos` is its quality-of-service class, where there is a cluster.
    """

    name: str
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    phase: Phase = Phase.UNKNOWN
    ip: str = ""
    hostname: str = ""
    node: str = ""
    owner: str = ""
    restart_policy: str = "Always"
    host_network: bool = False
    containers: tuple[Container, ...] = ()
    volumes: tuple[Volume, ...] = ()
    networks: tuple[str, ...] = ()
    terminating: bool = False
    qos: str = ""

    @property
    def ready(self) -> bool:
        """Say whether every container that has to serve does: Kubernetes' Ready condition."""
        serving = [c for c in self.containers if c.role in (Role.APP, Role.SIDECAR)]
        return self.phase is Phase.RUNNING and bool(serving) and all(c.ready for c in serving)

    def container(self, name: str) -> Container:
        """Return the container of that name. Raises Missing, naming those that there are."""
        return named(self.containers, name, f"container in pod {self.name}")

    def volume(self, name: str) -> Volume:
        """Return the volume of that name. Raises Missing, naming those that there are."""
        return named(self.volumes, name, f"volume in pod {self.name}")

    def shared(self, kind: str) -> bool:
        """Say whether the containers that run are all in one namespace of this kind."""
        inodes = {c.namespaces[kind] for c in self.containers if kind in c.namespaces}
        return len(inodes) == 1


@dataclass(frozen=True)
class Event:
    """Something that happened, with its `time` (seconds since 1970), and `about` whom: pod/web, or pod/web/app for a container.

    `source` is who says so (kubelet, default-scheduler); `count` is how often it has happened, `time` being the last, and `first` the
    first where that is known.
    """

    time: float
    about: str
    reason: str
    message: str = ""
    source: str = ""
    count: int = 1
    warning: bool = False
    first: float | None = None


@dataclass(frozen=True)
class Snapshot:
    """What one engine holds for one lesson. `containers` are those outside any pod; what only a cluster has is empty elsewhere."""

    engine: str
    version: str = ""
    pods: tuple[Pod, ...] = ()
    containers: tuple[Container, ...] = ()
    services: tuple[Service, ...] = ()
    workloads: tuple[Workload, ...] = ()
    policies: tuple[NetworkPolicy, ...] = ()
    quotas: tuple[Quota, ...] = ()
    claims: tuple[Claim, ...] = ()
    nodes: tuple[Node, ...] = ()
    namespaces: tuple[Namespace, ...] = ()
    events: tuple[Event, ...] = ()
    taken: float = field(default=0.0, compare=False)

    def pod(self, name: str) -> Pod:
        """Return the pod of that name. Raises Missing, naming those that there are."""
        return named(self.pods, name.removeprefix("pod/"), "pod")

    def container(self, name: str) -> Container:
        """Return the container of that name, outside any pod. Raises Missing, naming those that there are."""
        return named(self.containers, name, "container outside a pod")

    def service(self, name: str) -> Service:
        """Return the service of that name. Raises Missing, naming those that there are."""
        return named(self.services, name.removeprefix("service/"), "service")

    def workload(self, name: str) -> Workload:
        """Return the workload `deployment/NAME`, or the first of that name. Raises Missing, naming those that there are."""
        kind, _, short = name.rpartition("/")
        return named(tuple(each for each in self.workloads if kind in ("", each.kind.lower())), short, kind or "workload")

    def node(self, name: str) -> Node:
        """Return the node of that name. Raises Missing, naming those that there are."""
        return named(self.nodes, name.removeprefix("node/"), "node")

    def __iter__(self) -> Iterator[Pod]:
        return iter(self.pods)

    def to_json(self) -> str:
        """Return the snapshot as JSON text, indented, keys in the order of the fields."""
        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Snapshot:
        """Read what `to_json` wrote. Raises ValueError when it is something else."""
        return from_json(cls, text)
