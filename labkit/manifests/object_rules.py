"""What Kubernetes asks of whole objects beyond their table of fields (kubernetes, pkg/apis/{apps,batch,core}/validation)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from labkit.manifests.document import Document, FieldPath
from labkit.manifests.fields import Rule
from labkit.manifests.names import check_dns_label, check_labels
from labkit.manifests.rules import Fields, check_port_number, check_unique, items

__all__ = ["OBJECT_RULES"]

_DATA_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")


def _metadata(doc: Document, metadata: Fields, path: FieldPath) -> None:
    if metadata.get("namespace"):
        check_dns_label(doc, metadata["namespace"], (*path, "namespace"))
    check_labels(doc, metadata.get("labels"), (*path, "labels"))
    check_labels(doc, metadata.get("annotations"), (*path, "annotations"), values=False)


def _selector(doc: Document, selector: Fields, path: FieldPath) -> None:
    check_labels(doc, selector.get("matchLabels"), (*path, "matchLabels"))


def _workload(doc: Document, spec: Fields, path: FieldPath) -> None:
    """Check a workload whose pods run for ever: its selector has to find the pods that its template makes."""
    _restart_policy(doc, spec, path, ("Always",))
    if spec.get("replicas") is not None and spec["replicas"] < 0:
        raise doc.error((*path, "replicas"), f"{spec['replicas']}", "write 0 or more")
    selector = spec.get("selector") or {}
    labels = (spec["template"].get("metadata") or {}).get("labels") or {}
    if not (selector.get("matchLabels") or selector.get("matchExpressions")):
        raise doc.error((*path, "selector"), "a selector that asks for nothing", "write `matchLabels:` with the labels of the template")
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            has = f"`{key}: {labels[key]}`" if key in labels else f"no `{key}`"
            found = f"the selector asks for `{key}: {value}`, and the template's labels have {has}"
            raise doc.error((*path, "selector", "matchLabels", key), found, f"write `{key}: {value}` under template.metadata.labels")
    for expression, at in items(selector, "matchExpressions", (*path, "selector")):
        if not _matches(expression, labels):
            key = expression["key"]
            found = f"`{key} {expression['operator']}` does not match the template's labels"
            raise doc.error((*at, "key"), found, f"change `{key}` under template.metadata.labels")


def _matches(expression: Fields, labels: Mapping[str, Any]) -> bool:
    """Say whether labels meet one requirement of a selector (kubernetes.io, Labels and Selectors)."""
    value, values = labels.get(expression["key"]), expression.get("values") or []
    match expression["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return expression["key"] in labels
    return expression["key"] not in labels


def _job(doc: Document, spec: Fields, path: FieldPath) -> None:
    _restart_policy(doc, spec, path, ("OnFailure", "Never"))


def _restart_policy(doc: Document, spec: Fields, path: FieldPath, allowed: tuple[str, ...]) -> None:
    pod = spec["template"].get("spec")
    if pod is None:
        raise doc.error((*path, "template", "spec"), "a template without a pod in it", "add `spec:` with its containers")
    policy = pod.get("restartPolicy") or "Always"
    if policy not in allowed:
        place = (*path, "template", "spec", "restartPolicy")
        found = f"`{policy}`" if pod.get("restartPolicy") else "no restartPolicy, which means Always"
        raise doc.error(place, f"{found}; the pods of a {doc.kind} may have {' or '.join(allowed)}", f"write restartPolicy: {allowed[0]}")


def _service(doc: Document, spec: Fields, path: FieldPath) -> None:
    ports = spec.get("ports") or []
    headless = spec.get("clusterIP") == "None"
    if not ports and spec.get("type") != "ExternalName" and not headless:
        raise doc.error((*path, "ports"), "a service without a port", "add `ports:` with at least one `port:`")
    names: dict[Any, int] = {}
    numbers: dict[Any, int] = {}
    for port, at in items(spec, "ports", path):
        name = port.get("name")
        if len(ports) > 1 and not name:
            raise doc.error((*at, "name"), f"port {port['port']} has no name, and there are {len(ports)} ports", "add `name:`")
        if name:
            check_dns_label(doc, name, (*at, "name"))
            check_unique(doc, names, name, (*at, "name"), f"the port name `{name}`")
        for field in ("port", "targetPort", "nodePort"):
            if isinstance(port.get(field), int):
                check_port_number(doc, port[field], (*at, field))
        check_unique(doc, numbers, (port["port"], port.get("protocol") or "TCP"), (*at, "port"), f"the port {port['port']}")


def _data(doc: Document, config: Fields, path: FieldPath) -> None:
    """Check the keys of a ConfigMap or Secret, which become files' names."""
    for field in ("data", "binaryData", "stringData"):
        for key in config.get(field) or {}:
            if not _DATA_KEY.fullmatch(key) or key in (".", ".."):
                raise doc.error((field, key), f"the key `{key}`, which cannot be a file's name", "use letters, digits, `-`, `_` and `.`")
    both = set(config.get("data") or {}) & set(config.get("binaryData") or {})
    for key in sorted(both):
        raise doc.error(("binaryData", key), f"`{key}` in `data` and in `binaryData`", "keep one of the two")


def _claim(doc: Document, spec: Fields, path: FieldPath) -> None:
    if not spec.get("accessModes"):
        raise doc.error((*path, "accessModes"), "a claim without access modes", "add `accessModes: [ReadWriteOnce]`")
    if not ((spec.get("resources") or {}).get("requests") or {}).get("storage"):
        raise doc.error(
            (*path, "resources", "requests", "storage"), "a claim that does not say how much", "add `resources: {requests: {storage: 1Gi}}`"
        )


OBJECT_RULES: Mapping[str, Rule] = {
    "V1ObjectMeta": _metadata,
    "V1LabelSelector": _selector,
    "V1DeploymentSpec": _workload,
    "V1ReplicaSetSpec": _workload,
    "V1StatefulSetSpec": _workload,
    "V1DaemonSetSpec": _workload,
    "V1JobSpec": _job,
    "V1ServiceSpec": _service,
    "V1ConfigMap": _data,
    "V1Secret": _data,
    "V1PersistentVolumeClaimSpec": _claim,
}
"""The rule of each type that objects are made of, without the pods in them."""
