"""Pods and events of a cluster as the model: pure, from the API server's JSON and what was seen inside the nodes."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from labkit.engines.kubernetes_api import Json
from labkit.manifests.pods import pod_from
from labkit.model import Container, Event, Phase, Pod, Role, State

__all__ = ["Inside", "Process", "event_of", "owner_of", "pod_of", "written"]

_TOKEN = "kube-api-access-"
"""The volume that every pod gets without asking for it, under a random name (Kubernetes, ServiceAccount admission): it is left out."""


@dataclass(frozen=True)
class Process:
    """The first process of a container, as its node counts."""

    pid: int
    namespaces: Mapping[str, int] = field(default_factory=dict)
    cgroup: str = ""


@dataclass(frozen=True)
class Inside:
    """What was seen of one pod from inside its node: a process for each container by its id, and that of the sandbox."""

    containers: Mapping[str, Process] = field(default_factory=dict)
    sandbox: Process | None = None


def pod_of(data: Json, inside: Inside | None = None) -> Pod:
    """Return a pod. labkit's own labels and the token volume that Kubernetes adds to each pod are left out."""
    seen, status, spec = inside or Inside(), data.get("status") or {}, data["spec"]
    asked = pod_from(data)
    statuses = {each["name"]: each for key in ("initContainerStatuses", "containerStatuses") for each in status.get(key) or ()}
    containers = [_container(each, statuses.get(each.name) or {}, seen) for each in asked.containers]
    if seen.sandbox:
        one = seen.sandbox
        infra = Container("infra", Role.INFRA, state=State.RUNNING, pid=one.pid, namespaces=one.namespaces, cgroup=one.cgroup)
        containers.append(dataclasses.replace(infra, ip=status.get("podIP") or ""))
    return dataclasses.replace(
        asked,
        labels={key: value for key, value in asked.labels.items() if not key.startswith("labkit.dev/")},
        phase=Phase(status.get("phase") or Phase.UNKNOWN),
        ip=status.get("podIP") or "",
        owner=owner_of(data),
        containers=tuple(containers),
        volumes=tuple(each for each in asked.volumes if not each.name.startswith(_TOKEN)),
        terminating="deletionTimestamp" in data["metadata"],
        qos=status.get("qosClass") or "",
        node=spec.get("nodeName") or "",
    )


def owner_of(data: Json) -> str:
    """Return what made an object and makes it again, as `replicaset/web-7d4b9`, or nothing."""
    owners = data["metadata"].get("ownerReferences") or ()
    return next((f"{each['kind'].lower()}/{each['name']}" for each in owners if each.get("controller")), "")


def _container(asked: Container, status: Json, inside: Inside) -> Container:
    state, reason, code = _state(status)
    full_id = str(status.get("containerID") or "").rpartition("/")[2]
    process = inside.containers.get(full_id) if state is State.RUNNING else None
    return dataclasses.replace(
        asked,
        state=state,
        reason=reason,
        exit_code=code,
        restarts=int(status.get("restartCount") or 0),
        last_exit=_last_exit(status),
        # The kubelet calls an init container that has done its part ready; it serves nobody.
        ready=bool(status.get("ready")) and asked.role is not Role.INIT,
        pid=(process.pid or None) if process else None,
        namespaces=process.namespaces if process else {},
        cgroup=process.cgroup if process else "",
        engine_name=full_id[:12],
        mounts=tuple(mount for mount in asked.mounts if not mount.volume.startswith(_TOKEN)),
    )


def _state(status: Json) -> tuple[State, str, int | None]:
    state = status.get("state") or {}
    if "running" in state:
        return State.RUNNING, "", None
    if "terminated" in state:
        ended = state["terminated"]
        return State.TERMINATED, ended.get("reason") or "", int(ended.get("exitCode") or 0)
    return State.WAITING, (state.get("waiting") or {}).get("reason") or "", None


def _last_exit(status: Json) -> str:
    ended = (status.get("lastState") or {}).get("terminated")
    return f"{ended.get('reason') or 'ended'}, exit code {ended.get('exitCode', 0)}" if ended else ""


def event_of(data: Json) -> Event:
    """Return an event. Its time is the last at which it happened (Event v1 core: series, lastTimestamp or eventTime)."""
    about = data["involvedObject"]
    title = f"{about.get('kind', '').lower()}/{about.get('name', '')}"
    _, inside, path = str(about.get("fieldPath") or "").partition("{")
    series = data.get("series") or {}
    when = series.get("lastObservedTime") or data.get("lastTimestamp") or data.get("eventTime") or data["metadata"].get("creationTimestamp")
    first = _first(data)
    return Event(
        time=_seconds(when) if when != data.get("firstTimestamp") or first is None else first,
        about=f"{title}/{path.rstrip('}')}" if inside else title,
        reason=data.get("reason") or "",
        message=(data.get("message") or "").strip(),
        source=data.get("reportingComponent") or (data.get("source") or {}).get("component") or "",
        count=int(series.get("count") or data.get("count") or 1),
        warning=data.get("type") == "Warning",
        first=first,
    )


def _first(data: Json) -> float | None:
    """Return when an event happened first.

    Its fields have whole seconds, but its name ends in the nanoseconds of that moment, in hexadecimal (client-go, tools/record,
    GenerateEventName); a name of another making is told by not fitting the field.
    """
    field = data.get("firstTimestamp") or data.get("eventTime")
    if not field:
        return None
    with contextlib.suppress(ValueError):
        exact = int(str(data["metadata"].get("name", "")).rpartition(".")[2], 16) / 1e9
        if abs(exact - _seconds(field)) < 2:
            return exact
    return _seconds(field)


def written(event: Json) -> int:
    """Return what orders events of one second as they were written: their times have no fractions."""
    return int(event["metadata"].get("resourceVersion") or 0)


def _seconds(when: object) -> float:
    return datetime.fromisoformat(str(when)).timestamp()
