"""The containers that are the nodes of a cluster, as Docker and Podman both show and handle them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from labkit.clusters.shown import Shown

__all__ = ["NETWORK", "Containers", "Node"]

NETWORK = "kind"
"""The network that kind makes for all its clusters (kind, pkg/cluster/internal/providers/podman/network.go)."""

_CLUSTER = "io.x-k8s.kind.cluster"
_QUICK = 10.0
_STOP_SECONDS = 30


@dataclass(frozen=True)
class Node:
    """One node: `status` is running, paused, exited, created, ...; `address` is its IPv4 address on kind's network, while it runs."""

    name: str
    id: str
    status: str
    address: str = ""

    @property
    def running(self) -> bool:
        """Say whether its programs run: a paused one has them, but they stand still."""
        return self.status == "running"


@dataclass(frozen=True)
class Containers:
    """The nodes of the cluster called `cluster`; `program` is docker or podman. What changes something is shown, looking is not."""

    shown: Shown
    program: str
    cluster: str

    def nodes(self) -> tuple[Node, ...]:
        """Return the nodes by name, whatever state they are in. At most two commands."""
        label = f"label={_CLUSTER}={self.cluster}"
        listed = self._look("ps", "--all", "--quiet", "--no-trunc", "--filter", label).split()
        found = json.loads(self._look("inspect", *listed)) if listed else []
        return tuple(sorted(map(_node, found), key=lambda node: node.name))

    def volumes(self, names: Sequence[str]) -> tuple[str, ...]:
        """Return the volumes that kind made for the nodes called `names`: it makes them before the nodes, and labels them so."""
        return tuple(volume for name in names for volume in self._look("volume", "ls", "--quiet", "--filter", f"label={name}").split())

    def has_network(self) -> bool:
        """Say whether kind's network is there."""
        found = self.shown.runner.run([self.program, "network", "inspect", NETWORK], timeout=_QUICK, check=False)
        return found.returncode == 0

    def inside(self, node: str, *command: str, stdin: bytes | None = None, timeout: float = _QUICK) -> str:
        """Run a command in a node and return its output. Raises CommandError and DeadlineError."""
        listening = ["--interactive"] if stdin is not None else []
        return self.shown.runner.run([self.program, "exec", *listening, node, *command], stdin=stdin, timeout=timeout).stdout

    def start(self, names: Sequence[str]) -> None:
        """Start stopped nodes, one after the other: in the order of their first addresses each gets its own again."""
        for name in names:
            self.shown.run([self.program, "start", name], "a second")

    def stop(self, names: Sequence[str]) -> None:
        """Stop nodes, all at once, in their own order."""
        self.shown.run([self.program, "stop", "--time", str(_STOP_SECONDS), *names], "7 s")

    def wake(self, names: Sequence[str]) -> None:
        """Let paused nodes go on."""
        self.shown.run([self.program, "unpause", *names])

    def kill(self, names: Sequence[str]) -> None:
        """End nodes at once: what is deleted next need not shut down in order, which takes ten seconds."""
        self.shown.run([self.program, "kill", *names], check=False)

    def remove_volumes(self, names: Sequence[str]) -> None:
        """Delete volumes."""
        self.shown.run([self.program, "volume", "rm", "--force", *names])

    def remove_network(self) -> None:
        """Delete kind's network, unless somebody still uses it."""
        self.shown.run([self.program, "network", "rm", NETWORK], check=False)

    def _look(self, *arguments: str) -> str:
        return self.shown.runner.run([self.program, *arguments], timeout=_QUICK).stdout


def _node(entry: dict[str, Any]) -> Node:
    networks = (entry.get("NetworkSettings") or {}).get("Networks") or {}
    address = (networks.get(NETWORK) or {}).get("IPAddress") or ""
    return Node(entry["Name"].removeprefix("/"), entry["Id"], entry["State"]["Status"], address)
