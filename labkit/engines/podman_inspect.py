"""Podman's own JSON as the model: pure, from `podman pod ps`, `podman inspect` and the manifest that labkit left on the pod."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from labkit.model import Container, Mount, Phase, Pod, Port, Role, State, Volume

__all__ = ["NamespacesOf", "alone", "container_state", "phase_of", "pod_of"]

Json = Mapping[str, Any]
NamespacesOf = Callable[[int], Mapping[str, int]]
"""From a process id to the inodes of its Linux namespaces."""

_STATES = {
    "created": (State.WAITING, "Created"),
    "configured": (State.WAITING, "Created"),
    "initialized": (State.WAITING, "ContainerCreating"),
    "running": (State.RUNNING, ""),
    "paused": (State.RUNNING, "Paused"),
    "stopping": (State.RUNNING, "Terminating"),
    "restarting": (State.WAITING, "CrashLoopBackOff"),
    "removing": (State.TERMINATED, "Terminating"),
}


def container_state(inspected: Json) -> tuple[State, str, int | None]:
    """Return the state of a container, why, and its exit code once it has ended."""
    state = inspected["State"]
    known = _STATES.get(state["Status"])
    if known:
        return known[0], known[1], None
    code = int(state["ExitCode"])
    reason = "OOMKilled" if state.get("OOMKilled") else "Completed" if code == 0 else "Error"
    return State.TERMINATED, reason, code


def _observed(inspected: Json, name: str, role: Role, namespaces_of: NamespacesOf) -> Container:
    """Return a container as Podman describes it, before anything that only a manifest knows."""
    state, reason, code = container_state(inspected)
    pid = int(inspected["State"].get("Pid") or 0) or None
    config = inspected["Config"]
    entrypoint = config.get("Entrypoint") or ""
    words = entrypoint.split() if isinstance(entrypoint, str) else [str(word) for word in entrypoint]
    networks = (inspected.get("NetworkSettings") or {}).get("Networks") or {}
    return Container(
        name=name,
        role=role,
        image=inspected["ImageName"],
        state=state,
        reason=reason,
        exit_code=code,
        restarts=int(inspected.get("RestartCount") or 0),
        ready=state is State.RUNNING,
        pid=pid,
        command=(*words, *(config.get("Cmd") or ())),
        namespaces=namespaces_of(pid) if pid else {},
        mounts=tuple(_mounts(inspected)),
        ports=tuple(_ports(inspected)),
        cgroup=inspected["State"].get("CgroupPath") or "",
        engine_name=inspected["Name"],
        ip=next((found["IPAddress"] for found in networks.values() if found.get("IPAddress")), ""),
    )


def _mounts(inspected: Json) -> Iterable[Mount]:
    for mount in sorted(inspected.get("Mounts") or (), key=lambda m: str(m["Destination"])):
        yield Mount(mount.get("Name") or mount["Source"], mount["Destination"], not mount.get("RW", True))


def _ports(inspected: Json) -> Iterable[Port]:
    bound = (inspected.get("HostConfig") or {}).get("PortBindings") or {}
    for port, places in sorted(bound.items(), key=lambda item: int(item[0].partition("/")[0])):
        number, _, protocol = port.partition("/")
        for place in places or ():
            yield Port(int(number), protocol.upper() or "TCP", "", int(place["HostPort"]), place.get("HostIp") or "")


def alone(inspected: Json, namespaces_of: NamespacesOf) -> Container:
    """Return a container that is in no pod."""
    return _observed(inspected, inspected["Name"], Role.ALONE, namespaces_of)


def pod_of(
    listed: Json,
    inspected: Iterable[Json],
    asked: Pod | None,
    namespaces_of: NamespacesOf,
    readiness: Callable[[str, Container], Container],
) -> Pod:
    """Return one pod from its row in `podman pod ps` and the `inspect` of its containers.

    `asked` is the pod that its manifest describes, where there was one. `readiness` gets the pod's name and each container that the
    manifest describes, and returns it with what only a prober knows.
    """
    name = str(listed["Name"])
    by_engine_name = {c["Name"]: c for c in inspected}
    infra = [
        _observed(c, "infra", Role.INFRA, namespaces_of)
        for c in by_engine_name.values()
        if c.get("IsInfra") or c["Id"] == listed["InfraId"]
    ]
    published = infra[0].ports if infra else ()
    containers: list[Container] = []
    if asked:
        for wanted in asked.containers:
            found = by_engine_name.get(f"{name}-{wanted.name}")
            containers.append(readiness(name, _overlaid(wanted, found, published, asked, namespaces_of)))
    known = {c.engine_name for c in containers} | {c.engine_name for c in infra}
    others = [
        _observed(c, n.removeprefix(f"{name}-"), Role.APP, namespaces_of) for n, c in sorted(by_engine_name.items()) if n not in known
    ]
    if not asked and len(others) == 1:
        others = [dataclasses.replace(others[0], ports=published)]
    volumes = asked.volumes if asked else tuple(Volume(m, "podman") for m in sorted({m.volume for c in others for m in c.mounts}))
    everyone = (*containers, *others, *infra)
    restart_policy = asked.restart_policy if asked else "Never"
    return Pod(
        name=name,
        namespace=asked.namespace if asked else "",
        labels={k: v for k, v in sorted((listed.get("Labels") or {}).items()) if not k.startswith("labkit.dev/")},
        phase=phase_of(everyone, restart_policy),
        ip=infra[0].ip if infra else "",
        hostname=str(next((c["Config"]["Hostname"] for c in by_engine_name.values() if c["Config"].get("Hostname")), name)),
        restart_policy=restart_policy,
        host_network=asked.host_network if asked else False,
        containers=everyone,
        volumes=volumes,
        networks=tuple(sorted(listed.get("Networks") or ())),
    )


def _overlaid(wanted: Container, found: Json | None, published: tuple[Port, ...], pod: Pod, namespaces_of: NamespacesOf) -> Container:
    """Return what was asked for, with what was observed laid over it."""
    if found is None:
        return dataclasses.replace(wanted, state=State.WAITING, reason="PodInitializing")
    seen = _observed(found, wanted.name, wanted.role, namespaces_of)
    by_number = {(p.container_port, p.protocol): p for p in published}
    ports = tuple(
        dataclasses.replace(p, host_port=None, host_ip="") if (p.container_port, p.protocol) not in by_number else _published(p, by_number)
        for p in wanted.ports
    )
    return dataclasses.replace(
        seen,
        mounts=wanted.mounts,
        ports=ports,
        probes=wanted.probes,
        requests=wanted.requests,
        limits=_enforced(wanted.limits, found["HostConfig"]),
        ip="",
        reason=seen.reason or wanted.reason,
    )


def _enforced(asked: Mapping[str, str], host: Json) -> dict[str, str]:
    """Return the limits that Podman really set: those that this host's cgroups cannot keep were left out."""
    kept = {"memory": host.get("Memory"), "cpu": host.get("NanoCpus") or host.get("CpuQuota")}
    return {name: value for name, value in asked.items() if kept.get(name)}


def _published(port: Port, by_number: Mapping[tuple[int, str], Port]) -> Port:
    there = by_number[(port.container_port, port.protocol)]
    return dataclasses.replace(port, host_port=there.host_port, host_ip=there.host_ip)


def phase_of(containers: Sequence[Container], restart_policy: str) -> Phase:
    """Return the phase that Kubernetes would give a pod with these containers (kubelet, getPhase)."""
    inits = [c for c in containers if c.role is Role.INIT]
    apps = [c for c in containers if c.role is Role.APP]
    if any(c.state is State.TERMINATED and c.exit_code for c in inits) and restart_policy == "Never":
        return Phase.FAILED
    if any(c.state is not State.TERMINATED or c.exit_code for c in inits):
        return Phase.PENDING
    if any(c.state is State.RUNNING for c in apps):
        return Phase.RUNNING
    ended = [c for c in apps if c.state is State.TERMINATED]
    if apps and len(ended) == len(apps):
        if restart_policy == "Always":
            return Phase.RUNNING
        return Phase.FAILED if any(c.exit_code for c in ended) else Phase.SUCCEEDED
    return Phase.PENDING
