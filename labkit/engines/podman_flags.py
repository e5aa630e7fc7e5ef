"""One container of a manifest as flags of `podman run`.

labkit starts init containers and native sidecars this way, one after another: `podman kube play` stalls on the first in 4.3 and hangs on
the second in every version up to 5.8.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.quantities import parse_quantity

__all__ = ["environment", "run_flags"]

Json = Mapping[str, Any]


def environment(container: Json, pod: Json, config: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return the environment that a container's `env` and `envFrom` spell out.

    `config` holds the data of ConfigMaps by name (Secrets as `secret:NAME`, decoded). A reference that is not there and not optional
    raises KeyError with its name, as a kubelet reports CreateContainerConfigError.
    """
    values: dict[str, str] = {}
    for source in container.get("envFrom") or []:
        for kind, prefix in (("configMapRef", ""), ("secretRef", "secret:")):
            if kind in source:
                reference = source[kind]
                found = config.get(prefix + reference["name"])
                if found is None and not reference.get("optional"):
                    raise KeyError(reference["name"])
                values.update({source.get("prefix", "") + key: value for key, value in (found or {}).items()})
    for item in container.get("env") or []:
        value = _value(item, pod, config)
        if value is not None:
            values[item["name"]] = _expand(value, values)
    return values


def _value(item: Json, pod: Json, config: Mapping[str, Mapping[str, str]]) -> str | None:
    source: Json = item.get("valueFrom") or {}
    if not source:
        return str(item.get("value", ""))
    for kind, prefix in (("configMapKeyRef", ""), ("secretKeyRef", "secret:")):
        if kind in source:
            reference = source[kind]
            found: str | None = config.get(prefix + reference["name"], {}).get(reference["key"])
            if found is None and not reference.get("optional"):
                raise KeyError(f"{reference['name']}, key {reference['key']}")
            return found
    path = source.get("fieldRef", {}).get("fieldPath", "")
    metadata = pod["metadata"]
    known: dict[str, str] = {"metadata.name": metadata["name"], "metadata.namespace": metadata.get("namespace", "default")}
    labelled = re.fullmatch(r"metadata\.(labels|annotations)\['(.+)'\]", path)
    if labelled:
        return str((metadata.get(labelled[1]) or {}).get(labelled[2], ""))
    return known.get(path, "")


def _expand(text: str, values: Mapping[str, str]) -> str:
    """Replace $(NAME) where NAME is known, and $$ by $, as Kubernetes does in env, command and args."""

    def replaced(found: re.Match[str]) -> str:
        return "$" if found[0] == "$$" else values.get(found[1], found[0])

    return re.sub(r"\$\$|\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)", replaced, text)


def run_flags(container: Json, pod: Json, values: Mapping[str, str], volumes: Mapping[str, str]) -> list[str]:
    """Return the flags, the image and the command, without name, pod and labels.

    `values` is the environment; `volumes` maps a volume's name in the pod to the Podman volume or host path that stands for it.
    """
    flags: list[str] = []
    for name, value in sorted(values.items()):
        flags += ["--env", f"{name}={value}"]
    for mount in container.get("volumeMounts") or []:
        mode = ":ro" if mount.get("readOnly") else ""
        flags += ["--volume", f"{volumes[mount['name']]}:{mount['mountPath']}{mode}"]
    if container.get("workingDir"):
        flags += ["--workdir", container["workingDir"]]
    flags += _security({**(pod["spec"].get("securityContext") or {}), **(container.get("securityContext") or {})})
    limits = (container.get("resources") or {}).get("limits") or {}
    if "memory" in limits:
        flags += ["--memory", str(int(parse_quantity(limits["memory"])))]
    if "cpu" in limits:
        flags += ["--cpus", str(parse_quantity(limits["cpu"]))]
    if str(container["image"]).startswith("localhost/") or container.get("imagePullPolicy") == "Never":
        flags += ["--pull", "never"]
    command = [_expand(str(word), values) for word in container.get("command") or []]
    arguments = [_expand(str(word), values) for word in container.get("args") or []]
    if command:
        # Kubernetes' command takes the place of the image's entry point.
        return [*flags, "--entrypoint", command[0], str(container["image"]), *command[1:], *arguments]
    return [*flags, str(container["image"]), *arguments]


def _security(context: Json) -> list[str]:
    flags: list[str] = []
    if "runAsUser" in context:
        group = f":{context['runAsGroup']}" if "runAsGroup" in context else ""
        flags += ["--user", f"{context['runAsUser']}{group}"]
    if context.get("privileged"):
        flags.append("--privileged")
    if context.get("readOnlyRootFilesystem"):
        flags.append("--read-only")
    if context.get("allowPrivilegeEscalation") is False:
        flags += ["--security-opt", "no-new-privileges"]
    capabilities: Mapping[str, Sequence[str]] = context.get("capabilities") or {}
    for flag, names in (("--cap-drop", capabilities.get("drop") or []), ("--cap-add", capabilities.get("add") or [])):
        for name in names:
            flags += [flag, name]
    return flags
