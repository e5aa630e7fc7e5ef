"""Decide what runs the nodes of a cluster, and why: root's Podman, an ordinary user's Podman, or Docker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from labkit.errors import HostError
from labkit.host.facts import Facts

__all__ = ["CONTROLLERS", "Provider", "choose"]

CONTROLLERS = ("cpu", "memory", "pids")
"""The cgroup v2 controllers that an ordinary user needs for a node (kind.sigs.k8s.io/docs/user/rootless)."""

_TASK = "find what runs the nodes of a cluster"


@dataclass(frozen=True)
class Provider:
    """Who runs the nodes: `program` is docker or podman, as KIND_EXPERIMENTAL_PROVIDER names it; `why` explains the choice."""

    program: str
    rootless: bool
    why: str


def choose(facts: Facts, docker: Callable[[], bool], asked: str = "") -> Provider:
    """Choose the provider for this machine.

    `docker` says whether Docker's daemon answers us, and is only called where that matters. `asked` is docker or podman where somebody has
    chosen already: the user (LABKIT_PROVIDER), or the cluster that is there. Of `facts` the fields is_root, tools (podman), cgroup and
    delegated_controllers are read. Raises HostError with the one thing to do.
    """
    if asked not in ("", "docker", "podman"):
        raise HostError(_TASK, f"LABKIT_PROVIDER={asked}, which kind has no use for here", "set it to docker or podman, or unset it")
    podman = "podman" in facts.tools and bool(facts.tools["podman"].path)
    if asked == "docker":
        if docker():
            return Provider("docker", False, "Docker, because it was asked for")
        raise HostError(_TASK, "Docker was asked for, and its daemon does not answer", "start Docker, or unset LABKIT_PROVIDER")
    if facts.is_root and podman:
        return Provider("podman", False, "root's Podman, because we are root: a node needs rights that rootless Podman seldom has")
    delegated = facts.cgroup == "v2" and set(CONTROLLERS) <= set(facts.delegated_controllers)
    if podman and delegated and not facts.is_root:
        return Provider("podman", True, "your own rootless Podman, because systemd lets you share out CPU, memory and pids (cgroup v2)")
    if not asked and docker():
        return Provider("docker", False, f"Docker, because {_why_not_podman(facts, podman)}, and Docker's daemon answers")
    fix = "run `sudo labkit up`: root's Podman needs nothing of this" if podman and not facts.is_root else "run `make setup`"
    raise HostError(_TASK, f"{_why_not_podman(facts, podman)}, and Docker does not answer", fix)


def _why_not_podman(facts: Facts, podman: bool) -> str:
    if not podman:
        return "there is no Podman"
    if facts.cgroup != "v2":
        return f"an ordinary user's Podman cannot run a node on cgroup {facts.cgroup or 'v1'}"
    absent = [name for name in CONTROLLERS if name not in facts.delegated_controllers]
    return f"an ordinary user's Podman may not share out {' and '.join(absent)} (cgroup v2, not delegated)"
