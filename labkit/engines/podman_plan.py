"""What has to be done on Podman to get the pod that a manifest describes. Pure: it starts nothing."""

from __future__ import annotations

import base64
import binascii
import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labkit.engines.podman_flags import environment, run_flags
from labkit.engines.quirks import IGNORED_FIELDS, Limits
from labkit.engines.stamp import SPEC, Stamp
from labkit.errors import ManifestError
from labkit.manifests import Document
from labkit.manifests.pods import pod_from
from labkit.model import Pod, Role

__all__ = ["Plan", "Step", "VolumePlan", "configuration", "plan"]


@dataclass(frozen=True)
class VolumePlan:
    """A Podman volume that has to be there first. `pod` is empty for a claim, which outlives its pods."""

    name: str
    pod: str = ""
    memory: bool = False


@dataclass(frozen=True)
class Step:
    """An init container or a sidecar: started before the apps, in order, by `podman run`."""

    container: str
    role: Role
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A pod to be made: what is played, what comes before it, and what the learner has to be told."""

    name: str
    pod: Pod
    data: Mapping[str, Any]
    manifest: str
    labels: Mapping[str, str]
    played: str
    volumes: tuple[VolumePlan, ...] = ()
    steps: tuple[Step, ...] = ()
    apps: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    file: str = ""
    needs_kubelet: bool = False


def configuration(documents: Sequence[Document]) -> dict[str, dict[str, str]]:
    """Return the data of every ConfigMap by its name, and of every Secret as `secret:NAME`, decoded."""
    found: dict[str, dict[str, str]] = {}
    for document in documents:
        if document.kind == "ConfigMap":
            found[document.name] = dict(document.data.get("data") or {})
        elif document.kind == "Secret":
            plain = dict(document.data.get("stringData") or {})
            for key, value in (document.data.get("data") or {}).items():
                try:
                    plain.setdefault(key, base64.b64decode(value, validate=True).decode())
                except (binascii.Error, UnicodeDecodeError, TypeError):
                    raise document.error(
                        ("data", key), f"{value!r} is not text in base64", "encode the value, or put it under stringData"
                    ) from None
            found[f"secret:{document.name}"] = plain
    return found


def plan(document: Document, config: Mapping[str, Mapping[str, str]], stamp: Stamp, limits: Limits) -> Plan:
    """Work out how one Pod document is made on Podman.

    `config` is what `configuration` returned for the same file. Raises ManifestError for a reference to a ConfigMap or Secret that is not
    in the file: Podman has no store of them.
    """
    asked = copy.deepcopy(dict(document.data))
    name = document.name
    used = {key: dict(config[key]) for key in sorted(_references(asked)) if key in config}
    manifest = json.dumps({"pod": asked, "config": used}, sort_keys=True, separators=(",", ":"))
    spec_hash = hashlib.sha256(manifest.encode()).hexdigest()[:16]
    labels = {**stamp.labels, SPEC: spec_hash}

    notices: list[str] = [f"pod/{name}: Podman ignores {key}: {why}" for key, why in IGNORED_FIELDS.items() if key in asked["spec"]]
    data = copy.deepcopy(asked)
    volumes, sources, maps = _volumes(document, data, config)
    _containers(data, name, limits, notices)
    initial = data["spec"].pop("initContainers", None) or []
    steps = tuple(_step(document, c, index, data, config, sources) for index, c in enumerate(initial))
    for container in data["spec"]["containers"]:
        _literal_environment(document, container, data, config)

    metadata = data["metadata"]
    metadata["labels"] = {**(metadata.get("labels") or {}), **labels}
    metadata.pop("namespace", None)
    predicted = pod_from(asked)
    if steps:
        what = "sidecars" if any(s.role is Role.SIDECAR for s in steps) else "init containers"
        notices.append(f"pod/{name}: labkit starts its {what} itself, in order: `podman kube play` waits for ever there, or too long")
    if any(c.probes for c in predicted.containers):
        notices.append(f"pod/{name}: labkit probes it while this notebook runs: Podman ignores readiness, and needs systemd for the rest")
    return Plan(
        name=name,
        pod=predicted,
        data=asked,
        manifest=manifest,
        labels=labels,
        played="---\n".join(json.dumps(item) + "\n" for item in [*maps, data]),
        volumes=tuple(volumes),
        steps=steps,
        apps=tuple(f"{name}-{c['name']}" for c in data["spec"]["containers"]),
        notices=tuple(notices),
        file=document.file,
        needs_kubelet=bool(steps) or any(c.probes for c in predicted.containers),
    )


def _references(node: object) -> set[str]:
    """Collect the ConfigMaps and Secrets that a pod names, as keys of `configuration`."""
    found: set[str] = set()
    if isinstance(node, Mapping):
        for key, value in node.items():
            if key in ("configMapKeyRef", "configMapRef", "configMap") and isinstance(value, Mapping):
                found.add(str(value.get("name")))
            elif key in ("secretKeyRef", "secretRef") and isinstance(value, Mapping):
                found.add(f"secret:{value.get('name')}")
            elif key == "secret" and isinstance(value, Mapping):
                found.add(f"secret:{value.get('secretName')}")
            found |= _references(value)
    elif isinstance(node, list):
        for item in node:
            found |= _references(item)
    return found


def _volumes(
    document: Document, data: dict[str, Any], config: Mapping[str, Mapping[str, str]]
) -> tuple[list[VolumePlan], dict[str, str], list[dict[str, Any]]]:
    """Rewrite the volumes so that each is a Podman volume that labkit made; return those, what stands for each, and ConfigMaps.

    Podman would name an emptyDir after the volume alone, so that two pods with a volume `data` shared it; a Secret without `optional`
    crashes 4.3; and neither gets a label by which labkit could find it again.
    """
    pod = document.name
    plans: list[VolumePlan] = []
    sources: dict[str, str] = {}
    maps: list[dict[str, Any]] = []
    for index, volume in enumerate(data["spec"].get("volumes") or []):
        name = volume["name"]
        own = f"{pod}-{name}"
        if "emptyDir" in volume:
            memory = (volume.pop("emptyDir") or {}).get("medium") == "Memory"
            volume["persistentVolumeClaim"] = {"claimName": own}
            plans.append(VolumePlan(own, pod, memory))
            sources[name] = own
        elif "configMap" in volume or "secret" in volume:
            kind = "configMap" if "configMap" in volume else "secret"
            reference = volume.pop(kind)
            key = reference["name"] if kind == "configMap" else f"secret:{reference['secretName']}"
            if key not in config and not reference.get("optional"):
                raise _missing(document, ("spec", "volumes", index, kind), key)
            maps.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": own}, "data": dict(config.get(key, {}))})
            kept = {field: reference[field] for field in ("items", "defaultMode") if field in reference}
            volume["configMap"] = {"name": own, **kept}
            plans.append(VolumePlan(own, pod))
            sources[name] = own
        elif "persistentVolumeClaim" in volume:
            claim = volume["persistentVolumeClaim"]["claimName"]
            plans.append(VolumePlan(claim))
            sources[name] = claim
        elif "hostPath" in volume:
            sources[name] = volume["hostPath"]["path"]
        else:
            kind = next((key for key in volume if key != "name"), "none")
            raise document.error(
                ("spec", "volumes", index),
                f"Podman cannot make a volume of kind {kind}",
                "use emptyDir, configMap, secret, persistentVolumeClaim or hostPath",
            )
    return plans, sources, maps


def _containers(data: dict[str, Any], pod: str, limits: Limits, notices: list[str]) -> None:
    taken: set[str] = set()
    for container in [*(data["spec"].get("initContainers") or []), *data["spec"]["containers"]]:
        for probe in ("readinessProbe", "livenessProbe", "startupProbe"):
            container.pop(probe, None)
        if "lifecycle" in container:
            notices.append(f"pod/{pod}: Podman ignores the lifecycle hooks of {container['name']}")
        if str(container["image"]).startswith("localhost/"):
            container.setdefault("imagePullPolicy", "Never")
        # Podman 4.3 publishes every containerPort on this machine; Kubernetes only those with a hostPort.
        container["ports"] = [port for port in container.get("ports") or [] if "hostPort" in port]
        if not limits.resources and container.pop("resources", None):
            taken.add(container["name"])
    if taken:
        names = ", ".join(sorted(taken))
        notices.append(f"pod/{pod}: the resources of {names} are left out: this host's cgroups give rootless Podman no limits")


def _step(
    document: Document,
    container: dict[str, Any],
    index: int,
    data: dict[str, Any],
    config: Mapping[str, Mapping[str, str]],
    sources: Mapping[str, str],
) -> Step:
    role = Role.SIDECAR if container.get("restartPolicy") == "Always" else Role.INIT
    try:
        values = environment(container, data, config)
    except KeyError as missing:
        raise _missing(document, ("spec", "initContainers", index, "env"), str(missing.args[0])) from None
    return Step(container["name"], role, tuple(run_flags(container, data, values, sources)))


def _literal_environment(
    document: Document, container: dict[str, Any], data: dict[str, Any], config: Mapping[str, Mapping[str, str]]
) -> None:
    """Spell the environment out: Podman keeps no ConfigMaps, and its Secrets cannot be labelled before 4.7."""
    if not container.get("env") and not container.get("envFrom"):
        return
    try:
        values = environment(container, data, config)
    except KeyError as missing:
        index = next(i for i, c in enumerate(data["spec"]["containers"]) if c is container)
        raise _missing(document, ("spec", "containers", index, "env"), str(missing.args[0])) from None
    container.pop("envFrom", None)
    container["env"] = [{"name": key, "value": value} for key, value in values.items()]


def _missing(document: Document, path: tuple[str | int, ...], key: str) -> ManifestError:
    kind = "Secret" if key.startswith("secret:") else "ConfigMap"
    name = key.removeprefix("secret:")
    return document.error(
        path, f"there is no {kind} {name} in this file, and Podman keeps none between files", f"put the {kind} into the same file"
    )
