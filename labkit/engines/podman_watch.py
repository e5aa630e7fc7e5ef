"""One pod that labkit watches over: what is known of it, and how it is looked at."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from labkit import wait
from labkit.engines.podman_cli import PodmanCli
from labkit.engines.podman_plan import Plan
from labkit.engines.probes import Tally
from labkit.errors import LabError
from labkit.model import Event

__all__ = ["Stopped", "Watched", "WatchedPod"]

LONGEST_LIFE = 7 * 86_400.0

T = TypeVar("T")


class Stopped(Exception):
    """The pod is being deleted, or the lab closed."""


@dataclass
class Watched:
    """What the thread of one pod has found out. Other threads only read it."""

    plan: Plan
    tallies: dict[tuple[str, str], Tally] = field(default_factory=dict)
    restarts: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    error: LabError | None = None

    def passing(self, container: str, kind: str) -> bool | None:
        """Return whether a probe passes; None: it has none, or has not said yet."""
        return self.tallies.get((container, kind), Tally()).passing


class WatchedPod:
    """What the thread of one pod works with; `stop` is set when it has to let go."""

    def __init__(self, podman: PodmanCli, plan: Plan) -> None:
        self.podman, self.plan, self.watched, self.stop = podman, plan, Watched(plan), threading.Event()
        spec = plan.data["spec"]
        self.manifests: dict[str, Mapping[str, Any]] = {c["name"]: c for c in [*(spec.get("initContainers") or []), *spec["containers"]]}

    def engine_name(self, container: str) -> str:
        """Return the name that a container has for Podman."""
        return f"{self.plan.name}-{container}"

    def inspect(self, container: str) -> Mapping[str, Any] | None:
        """Return what Podman says of a container, or None when there is none."""
        found = self.podman.inspect([self.engine_name(container)])
        return found[0] if found else None

    def event(self, container: str, reason: str, message: str = "") -> None:
        """Write down what happened to a container."""
        self.watched.events.append(Event(time.time(), f"pod/{self.plan.name}/{container}", reason, message))

    def until(self, observe: Callable[[], T], accept: Callable[[T], bool]) -> T:
        """Wait as long as it takes: only the end of the pod ends it, as in a cluster. Raises Stopped then."""

        def look() -> T:
            if self.stop.is_set():
                raise Stopped
            return observe()

        return wait.until(look, accept, what=f"pod {self.plan.name} goes on", timeout=LONGEST_LIFE, fix="delete the pod")
