"""What an engine holds at one moment, as plain immutable values.

Everything that a learner sees - pictures, checks, explanations - is a pure function of a `Snapshot`. No module here does I/O. Lists are
sorted by name, so that two snapshots of the same state are equal; the time of taking is left out of the comparison.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

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


class Missing(KeyError):
    """There is no object of that name; the message names those that there are."""

    def __str__(self) -> str:
        return str(self.args[0])


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
    """A container. `namespaces` maps a kind of NAMESPACE_KINDS to the inode of the namespace it is in: equal inodes mean shared."""

    name: str
    role: Role = Role.APP
    image: str = ""
    state: State = State.UNKNOWN
    reason: str = ""
    exit_code: int | None = None
    restarts: int = 0
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
    """A pod and what is in it. `containers` has init containers and sidecars first, in their order, then apps, the infra container last."""

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

    @property
    def ready(self) -> bool:
        """Say whether every container that has to serve does: Kubernetes' Ready condition."""
        serving = [c for c in self.containers if c.role in (Role.APP, Role.SIDECAR)]
        return self.phase is Phase.RUNNING and bool(serving) and all(c.ready for c in serving)

    def container(self, name: str) -> Container:
        """Return the container of that name. Raises Missing, naming those that there are."""
        return _named(self.containers, name, f"container in pod {self.name}")

    def volume(self, name: str) -> Volume:
        """Return the volume of that name. Raises Missing, naming those that there are."""
        return _named(self.volumes, name, f"volume in pod {self.name}")

    def shared(self, kind: str) -> bool:
        """Say whether the containers that run are all in one namespace of this kind."""
        inodes = {c.namespaces[kind] for c in self.containers if kind in c.namespaces}
        return len(inodes) == 1


@dataclass(frozen=True)
class Event:
    """Something that happened, with its `time` (seconds since 1970), and `about` whom: pod/web, or pod/web/app for a container."""

    time: float
    about: str
    reason: str
    message: str = ""


@dataclass(frozen=True)
class Snapshot:
    """What one engine holds for one lesson. `containers` are those outside any pod."""

    engine: str
    version: str = ""
    pods: tuple[Pod, ...] = ()
    containers: tuple[Container, ...] = ()
    events: tuple[Event, ...] = ()
    taken: float = field(default=0.0, compare=False)

    def pod(self, name: str) -> Pod:
        """Return the pod of that name. Raises Missing, naming those that there are."""
        return _named(self.pods, name.removeprefix("pod/"), "pod")

    def container(self, name: str) -> Container:
        """Return the container of that name, outside any pod. Raises Missing, naming those that there are."""
        return _named(self.containers, name, "container outside a pod")

    def __iter__(self) -> Iterator[Pod]:
        return iter(self.pods)

    def to_json(self) -> str:
        """Return the snapshot as JSON text, indented, keys in the order of the fields."""
        return to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Snapshot:
        """Read what `to_json` wrote. Raises ValueError when it is something else."""
        return from_json(cls, text)


class _Named(typing.Protocol):
    @property
    def name(self) -> str: ...


N = TypeVar("N", bound=_Named)


def _named(things: tuple[N, ...], name: str, what: str) -> N:
    for thing in things:
        if thing.name == name:
            return thing
    raise Missing(f"no {what} is called {name!r}; there is: {', '.join(t.name for t in things) or 'none'}")
