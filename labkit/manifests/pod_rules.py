"""What Kubernetes asks of a pod beyond its table of fields (kubernetes, pkg/apis/core/validation/validation.go)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.manifests.document import Document, FieldPath
from labkit.manifests.fields import Rule, table
from labkit.manifests.names import check_dns_label
from labkit.manifests.rules import Fields, check_one_of, check_unique, items
from labkit.manifests.spelling import closest

__all__ = ["POD_RULES"]

_NOT_FOR_INIT = ("livenessProbe", "readinessProbe", "startupProbe", "lifecycle")


def _pod(doc: Document, spec: Fields, path: FieldPath) -> None:
    if not spec.get("containers"):
        raise doc.error((*path, "containers"), "a pod without a container", "add a container under `containers:`: its name and its image")
    volumes: dict[Any, int] = {}
    for volume, at in items(spec, "volumes", path):
        check_unique(doc, volumes, volume["name"], (*at, "name"), f"the volume `{volume['name']}`")
    names: dict[Any, int] = {}
    host_ports: dict[Any, int] = {}
    for field in ("initContainers", "containers"):
        for container, at in items(spec, field, path):
            check_unique(doc, names, container["name"], (*at, "name"), f"the container `{container['name']}`")
            _mounts(doc, container, at, volumes)
            _host_ports(doc, spec, container, at, host_ports if _runs_on(field, container) else {})
            if field == "initContainers":
                _init(doc, container, at)


def _runs_on(field: str, container: Fields) -> bool:
    """Say whether a container runs beside the others: init containers end one after the other, and may use a port again."""
    return field == "containers" or container.get("restartPolicy") == "Always"


def _mounts(doc: Document, container: Fields, path: FieldPath, volumes: Mapping[str, int]) -> None:
    known = [*volumes, *_claims(doc)]
    mounted: dict[Any, int] = {}
    for field, place in (("volumeMounts", "mountPath"), ("volumeDevices", "devicePath")):
        for mount, at in items(container, field, path):
            if mount["name"] not in known:
                meant = closest(mount["name"], known)
                fix = f"write {meant}" if meant else f"add a volume `{mount['name']}` under `volumes:` of the pod"
                raise doc.error((*at, "name"), f"the volume `{mount['name']}`; the pod has {', '.join(known) or 'none'}", fix)
            if not mount[place]:
                raise doc.error((*at, place), "an empty path", "write where the volume appears in the container, such as /data")
            check_unique(doc, mounted, mount[place], (*at, place), f"the path `{mount[place]}`")


def _claims(doc: Document) -> list[str]:
    """Return the names of a StatefulSet's claims, which are volumes of its pods. They may stand below the pod, and not be checked yet."""
    claims = doc.data["spec"].get("volumeClaimTemplates")
    metadata = [claim.get("metadata") for claim in claims if isinstance(claim, dict)] if isinstance(claims, list) else []
    names = [each.get("name") for each in metadata if isinstance(each, dict)]
    return [name for name in names if isinstance(name, str)]


def _host_ports(doc: Document, spec: Fields, container: Fields, path: FieldPath, taken: dict[Any, int]) -> None:
    for port, at in items(container, "ports", path):
        host_port = port.get("hostPort")
        if host_port is None:
            continue
        if spec.get("hostNetwork") and host_port != port["containerPort"]:
            fix = f"write hostPort: {port['containerPort']}, or leave it out"
            raise doc.error((*at, "hostPort"), f"hostPort {host_port} in a pod on the host's network, where ports stay as they are", fix)
        check_unique(
            doc,
            taken,
            (port.get("hostIP") or "", port.get("protocol") or "TCP", host_port),
            (*at, "hostPort"),
            f"the host's port {host_port}",
        )


def _init(doc: Document, container: Fields, path: FieldPath) -> None:
    policy = container.get("restartPolicy")
    if policy not in (None, "Always"):
        raise doc.error(
            (*path, "restartPolicy"), f"`{policy}` for an init container", "write Always for a sidecar, or leave restartPolicy out"
        )
    if policy is None:
        for field in _NOT_FOR_INIT:
            if container.get(field) is not None:
                raise doc.error(
                    (*path, field),
                    f"`{field}` in an init container, which only runs to its end",
                    "remove it, or make a sidecar with restartPolicy: Always",
                )


def _volume(doc: Document, volume: Fields, path: FieldPath) -> None:
    check_dns_label(doc, volume["name"], (*path, "name"))
    sources = tuple(field for field in table().types["V1Volume"] if field != "name")
    empty = next((field for field in volume if field in sources and volume[field] is None), None)
    if not empty and set(volume) == {"name"}:
        raise doc.error(path, f"the volume `{volume['name']}` without a source", "add one, such as `emptyDir: {}`")
    check_one_of(doc, volume, path, sources, f"write `{empty}: {{}}`" if empty == "emptyDir" else f"write what is in `{empty}`")


POD_RULES: Mapping[str, Rule] = {"V1PodSpec": _pod, "V1Volume": _volume}
"""The rule of each type that a pod is made of, without its containers."""
