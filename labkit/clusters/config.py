"""Read `clusters/NAME.yaml`, and add to it what this host needs: each addition with its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit.errors import LessonError

__all__ = ["DEFAULT", "Config", "Needs", "Patch", "patches", "read_config"]

DEFAULT = "one"

_KUBELET = {"kind": "KubeletConfiguration", "apiVersion": "kubelet.config.k8s.io/v1beta1", "failCgroupV1": False}
_CONTAINERD = "[plugins.'io.containerd.cri.v1.runtime']\n  restrict_oom_score_adj = true\n"


@dataclass(frozen=True)
class Needs:
    """What was found on this host that a node has to know."""

    cgroup_v1: bool
    """The host has no cgroup v2, or only beside v1 (cgroups(7))."""
    keeps_oom_scores: bool
    """No CAP_SYS_RESOURCE: nobody may lower the oom_score_adj that a process starts with (proc_pid_oom_score_adj(5))."""
    search: tuple[str, ...]
    """Domains that the nodes' /etc/resolv.conf would search (resolv.conf(5))."""


@dataclass(frozen=True)
class Patch:
    """One addition: `shown` is it in short, `why` the reason; `merge` is laid over the configuration, lists are made longer."""

    shown: str
    why: str
    merge: Mapping[str, Any]


@dataclass(frozen=True)
class Config:
    """A kind configuration (kind.sigs.k8s.io/docs/user/configuration): `text` is what kind reads, `nodes` are the names it will give."""

    name: str
    text: str
    nodes: tuple[str, ...]


def patches(needs: Needs) -> tuple[Patch, ...]:
    """Return the additions that a host needs; on an ordinary laptop with Docker: none."""
    found = []
    if needs.cgroup_v1:
        why = "this host has cgroup v1, which the kubelet refuses unless it is told not to (KEP-5573)"
        found.append(Patch("kubelet: failCgroupV1: false", why, {"kubeadmConfigPatches": [_yaml(_KUBELET)]}))
    if needs.keeps_oom_scores:
        why = "this host lets nobody lower an OOM score (no CAP_SYS_RESOURCE)"
        found.append(Patch("containerd: restrict_oom_score_adj = true", why, {"containerdConfigPatches": [_CONTAINERD]}))
    if needs.search:
        why = f"pods would search {', '.join(needs.search)} for every name, and wait for a resolver that knows nothing of it"
        found.append(Patch("networking.dnsSearch: []", why, {"networking": {"dnsSearch": []}}))
    return tuple(found)


def read_config(folder: Path, name: str, cluster: str, additions: Sequence[Patch]) -> Config:
    """Read `folder`/`name`.yaml for a cluster of that name, with `additions`. Raises LessonError for one that is not there or is wrong."""
    import yaml

    file = folder / f"{name}.yaml"
    there = sorted(found.stem for found in folder.glob("*.yaml") if _is_kinds(found))
    if name not in there:
        raise LessonError(f"read {file}", "no cluster is described there", f"use one of: {', '.join(there)}")
    try:
        table = yaml.safe_load(file.read_text(encoding="utf-8"))
        roles = [node["role"] for node in table["nodes"]]
    except (OSError, yaml.YAMLError, KeyError, TypeError) as wrong:
        raise LessonError(f"read {file}", str(wrong), "write it as kind wants it, with a `role` for each of `nodes`") from None
    for addition in additions:
        table = _merged(table, addition.merge)
    return Config(name, _yaml(table), _names(cluster, roles))


def _is_kinds(file: Path) -> bool:
    return "kind: Cluster" in file.read_text(encoding="utf-8")


def _names(cluster: str, roles: Sequence[str]) -> tuple[str, ...]:
    """Return the names that kind gives its nodes: the second of a role has a 2 (kind, pkg/cluster/internal/providers/common/namer.go)."""
    return tuple(f"{cluster}-{role}{roles[: place + 1].count(role) if role in roles[:place] else ''}" for place, role in enumerate(roles))


def _merged(table: Any, addition: Any) -> Any:
    if isinstance(table, Mapping) and isinstance(addition, Mapping):
        return {**table, **{key: _merged(table[key], value) if key in table else value for key, value in addition.items()}}
    return [*table, *addition] if isinstance(table, list) and addition else addition


def _yaml(table: Mapping[str, Any]) -> str:
    import yaml

    return yaml.safe_dump(dict(table), sort_keys=False, default_flow_style=False)
