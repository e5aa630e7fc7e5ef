"""What Kubernetes asks of a container beyond its table of fields (kubernetes, pkg/apis/core/validation/validation.go)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from labkit.manifests.document import Document, FieldPath
from labkit.manifests.fields import Rule, table
from labkit.manifests.names import check_dns_label, check_port_name
from labkit.manifests.rules import Fields, check_one_of, check_port_number, check_unique, items
from labkit.quantities import parse_quantity

__all__ = ["CONTAINER_RULES"]

_PROBE_HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
_HOOK_HANDLERS = ("exec", "httpGet", "tcpSocket", "sleep")
_ONLY_ONCE = ("livenessProbe", "startupProbe")


def _container(doc: Document, container: Fields, path: FieldPath) -> None:
    check_dns_label(doc, container["name"], (*path, "name"))
    image = container.get("image")
    if not image:
        raise doc.error((*path, "image"), f"the container `{container['name']}` without an image", "add `image:`")
    if image != "".join(image.split()):
        raise doc.error((*path, "image"), f"`{image}`, an image's name with a space in it", f"write {''.join(image.split())}")
    names: dict[Any, int] = {}
    for port, at in items(container, "ports", path):
        if port.get("name"):
            check_unique(doc, names, port["name"], (*at, "name"), f"the port name `{port['name']}`")
    for field in _ONLY_ONCE:
        times = (container.get(field) or {}).get("successThreshold")
        if times not in (None, 0, 1):
            raise doc.error((*path, field, "successThreshold"), f"{times}; a {field} succeeds once", "write 1, or leave it out")


def _port(doc: Document, port: Fields, path: FieldPath) -> None:
    check_port_number(doc, port["containerPort"], (*path, "containerPort"))
    if port.get("hostPort") is not None:
        check_port_number(doc, port["hostPort"], (*path, "hostPort"))
    if port.get("name"):
        check_port_name(doc, port["name"], (*path, "name"))


def _probe(doc: Document, probe: Fields, path: FieldPath) -> None:
    check_one_of(doc, probe, path, _PROBE_HANDLERS, "add one of httpGet, tcpSocket, exec or grpc, and what is in it")
    for field, value in probe.items():
        if isinstance(value, int) and value < 0:
            raise doc.error((*path, field), f"{value}", "write 0 or more")


def _hook(doc: Document, hook: Fields, path: FieldPath) -> None:
    check_one_of(doc, hook, path, _HOOK_HANDLERS, "add one of exec, httpGet or sleep, and what is in it")


def _target(doc: Document, action: Fields, path: FieldPath) -> None:
    """Check the port of a probe or hook: a number, or the name of a container's port."""
    port = action["port"]
    if isinstance(port, int):
        check_port_number(doc, port, (*path, "port"))
    elif port.isdigit():
        raise doc.error((*path, "port"), f'the text "{port}", which would be the name of a port', f"write it without quotes: {port}")
    else:
        check_port_name(doc, port, (*path, "port"))


def _exec(doc: Document, action: Fields, path: FieldPath) -> None:
    if not action.get("command"):
        raise doc.error(
            (*path, "command"), "an `exec` without a command", 'write the program and its arguments: command: ["cat", "/tmp/ready"]'
        )


def _variable(doc: Document, variable: Fields, path: FieldPath) -> None:
    name = variable["name"]
    if not name or "=" in name or not name.isprintable():
        raise doc.error((*path, "name"), f"`{name}`, which is no name of a variable", "use letters, digits and `_`")
    if variable.get("value") and variable.get("valueFrom") is not None:
        raise doc.error((*path, "valueFrom"), "`value` and `valueFrom` together", "keep one: value or valueFrom")


def _variable_source(doc: Document, source: Fields, path: FieldPath) -> None:
    check_one_of(doc, source, path, tuple(table().types["V1EnvVarSource"]), "add one of configMapKeyRef, secretKeyRef or fieldRef")


def _resources(doc: Document, resources: Fields, path: FieldPath) -> None:
    limits = resources.get("limits") or {}
    for name, request in (resources.get("requests") or {}).items():
        limit = limits.get(name)
        if request is not None and limit is not None and parse_quantity(request) > parse_quantity(limit):
            raise doc.error(
                (*path, "requests", name), f"a request of {request}, more than the limit of {limit}", f"ask for at most {limit}"
            )


def _grpc(doc: Document, action: Fields, path: FieldPath) -> None:
    check_port_number(doc, action["port"], (*path, "port"))


CONTAINER_RULES: Mapping[str, Rule] = {
    "V1Container": _container,
    "V1ContainerPort": _port,
    "V1Probe": _probe,
    "V1LifecycleHandler": _hook,
    "V1HTTPGetAction": _target,
    "V1TCPSocketAction": _target,
    "V1GRPCAction": _grpc,
    "V1ExecAction": _exec,
    "V1EnvVar": _variable,
    "V1EnvVarSource": _variable_source,
    "V1ResourceRequirements": _resources,
}
"""The rule of each type that a container is made of."""
