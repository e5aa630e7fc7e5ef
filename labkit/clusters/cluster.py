"""What is known of labkit's cluster: how it stands, and what one needs to use it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from labkit.clusters.containers import Containers, Node

__all__ = ["Cluster", "State", "Status"]

State = Literal["none", "half-made", "stopped", "running", "unhealthy"]
"""none: labkit has no cluster; half-made: something was cut short, or is being done now."""


@dataclass(frozen=True)
class Cluster:
    """A cluster that works: its kubeconfig and context, its nodes by name, and the kubectl and the containers to reach both."""

    name: str
    kubeconfig: Path
    context: str
    nodes: tuple[str, ...]
    kubectl: Path
    containers: Containers


@dataclass(frozen=True)
class Status:
    """How the cluster stands: `config` names what it was made by, `provider` who runs its nodes, `troubles` what is wrong with it."""

    state: State
    config: str = ""
    provider: str = ""
    nodes: tuple[Node, ...] = ()
    troubles: tuple[str, ...] = ()

    def as_rows(self) -> list[dict[str, Any]]:
        """Return the status for a program to read: one row, or none where labkit has no cluster."""
        if self.state == "none":
            return []
        about = {"config": self.config, "provider": self.provider, "nodes": [node.name for node in self.nodes]}
        return [{"name": "cluster", "state": self.state, **about, "troubles": list(self.troubles)}]

    def __str__(self) -> str:
        if self.state == "none":
            return "no cluster (`labkit up` makes one)"
        made = f"cluster: {self.state}, {self.config}, {len(self.nodes)} node{'' if len(self.nodes) == 1 else 's'} by {self.provider}"
        return f"{made}: {'; '.join(self.troubles)}" if self.troubles else made
