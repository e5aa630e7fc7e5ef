"""Predict from manifests what an engine will hold: the same model, before anything runs."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from labkit.manifests.document import Document
from labkit.manifests.workloads import expand
from labkit.model import Container, Mount, Pod, Port, Probe, Role, Snapshot, Volume

__all__ = ["pod_from", "pod_of", "predicted"]

Fields = Mapping[str, Any]

_PROBES = {"startup": "startupProbe", "liveness": "livenessProbe", "readiness": "readinessProbe"}
_SOURCES = {
    "configMap": "name",
    "secret": "secretName",
    "persistentVolumeClaim": "claimName",
    "hostPath": "path",
    "nfs": "path",
    "csi": "driver",
    "image": "reference",
    "emptyDir": "medium",
}
"""The field of a volume's source that says what it stands for."""

_LONGEST_HOSTNAME = 63


def predicted(docs: Iterable[Document]) -> Snapshot:
    """Return what the pods of checked manifests will be, workloads expanded, sorted by name. The engine is called `manifests`."""
    pods = [
        pod_of(pod) if pod is doc else replace(pod_of(pod), owner=f"{doc.kind.lower()}/{doc.name}")
        for doc in docs
        for pod in expand(doc)
    ]  # fmt: skip
    return Snapshot(engine="manifests", pods=tuple(sorted(pods, key=lambda pod: (pod.namespace, pod.name))))


def pod_of(doc: Document) -> Pod:
    """Return what the pod of a checked Pod manifest will be."""
    return pod_from(doc.data)


def pod_from(data: Fields) -> Pod:
    """Return what a pod will be, from a checked Pod manifest's data.

    Fields that are left out have Kubernetes' defaults; states are unknown. Containers stand as `model.Pod` says, volumes, ports and mounts
    are sorted. `owner` is empty: a manifest of a pod does not say what made it.
    """
    metadata, spec = data["metadata"], data["spec"]
    init = [
        _container(each, Role.SIDECAR if each.get("restartPolicy") == "Always" else Role.INIT) for each in spec.get("initContainers") or []
    ]
    apps = sorted((_container(each, Role.APP) for each in spec["containers"]), key=lambda container: container.name)
    return Pod(
        name=metadata["name"],
        namespace=metadata.get("namespace") or "",
        labels={key: value or "" for key, value in sorted((metadata.get("labels") or {}).items())},
        hostname=spec.get("hostname") or metadata["name"][:_LONGEST_HOSTNAME].rstrip("-."),
        node=spec.get("nodeName") or "",
        restart_policy=spec.get("restartPolicy") or "Always",
        host_network=bool(spec.get("hostNetwork")),
        containers=(*init, *apps),
        volumes=tuple(sorted((_volume(each) for each in spec.get("volumes") or []), key=lambda volume: volume.name)),
    )


def _container(container: Fields, role: Role) -> Container:
    resources = container.get("resources") or {}
    ports = [_port(each) for each in container.get("ports") or []]
    return Container(
        name=container["name"],
        role=role,
        image=container["image"],
        command=(*(container.get("command") or ()), *(container.get("args") or ())),
        mounts=tuple(sorted((_mount(each) for each in container.get("volumeMounts") or []), key=lambda mount: mount.path)),
        ports=tuple(sorted(ports, key=lambda port: (port.container_port, port.protocol))),
        probes=tuple(_probes(container, {port.name: port.container_port for port in ports if port.name})),
        requests=_quantities(resources.get("requests")),
        limits=_quantities(resources.get("limits")),
    )


def _quantities(quantities: Fields | None) -> dict[str, str]:
    return {name: str(value) for name, value in sorted((quantities or {}).items()) if value is not None}


def _mount(mount: Fields) -> Mount:
    return Mount(mount["name"], mount["mountPath"], bool(mount.get("readOnly")))


def _port(port: Fields) -> Port:
    return Port(
        container_port=int(port["containerPort"]),
        protocol=port.get("protocol") or "TCP",
        name=port.get("name") or "",
        host_port=None if port.get("hostPort") is None else int(port["hostPort"]),
        host_ip=port.get("hostIP") or "",
    )


def _volume(volume: Fields) -> Volume:
    kind = next(field for field, value in volume.items() if field != "name" and value is not None)
    return Volume(volume["name"], kind, volume[kind].get(_SOURCES.get(kind, "")) or "")


def _probes(container: Fields, ports: Mapping[str, int]) -> Iterator[Probe]:
    """Yield the probes, each with the defaults of the API reference (Probe v1 core); `ports` maps a port's name to its number."""
    for kind, field in _PROBES.items():
        probe = container.get(field)
        if probe is None:
            continue
        method, target = _target(probe, ports)
        yield Probe(
            kind=kind,
            method=method,
            target=target,
            period=float(probe.get("periodSeconds") or 10),
            timeout=float(probe.get("timeoutSeconds") or 1),
            initial_delay=float(probe.get("initialDelaySeconds") or 0),
            failure_threshold=int(probe.get("failureThreshold") or 3),
            success_threshold=int(probe.get("successThreshold") or 1),
        )


def _target(probe: Fields, ports: Mapping[str, int]) -> tuple[str, str]:
    """Return how a probe asks, and whom: `GET :80/path`, `GET https://:443/path`, `:5432` or a command."""
    if probe.get("exec"):
        return "exec", shlex.join(probe["exec"]["command"])
    method, action = next(
        (name, probe[field]) for name, field in (("http", "httpGet"), ("tcp", "tcpSocket"), ("grpc", "grpc")) if probe.get(field)
    )
    where = f"{action.get('host') or ''}:{ports.get(action['port'], action['port'])}"
    if method != "http":
        return method, where
    path = action.get("path") or "/"
    scheme = "https://" if action.get("scheme") == "HTTPS" else ""
    return method, f"GET {scheme}{where}{'' if path.startswith('/') else '/'}{path}"
