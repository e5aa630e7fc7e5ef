"""The probes of one pod, run as a kubelet would, and the restarts that follow from them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from labkit.engines.podman_inspect import container_state
from labkit.engines.podman_watch import WatchedPod
from labkit.engines.probes import KINDS, ProbeCommand, Tally, probe_command
from labkit.errors import DeadlineError
from labkit.model import State

__all__ = ["Prober"]


class Prober:
    """Probe the containers of a pod."""

    def __init__(self, pod: WatchedPod) -> None:
        self.pod = pod
        self._due: dict[tuple[str, str], float] = {}
        self._pids: dict[str, int] = {}

    def tick(self, only: str = "") -> None:
        """Run the probes that are due."""
        if self.pod.stop.is_set():
            return
        now = time.monotonic()
        for name, manifest in self.pod.manifests.items():
            if only and name != only:
                continue
            for kind in KINDS:
                command = probe_command(manifest, kind)
                if command and now >= self._due.setdefault((name, kind), now + command.delay) and self._wanted(name, kind, manifest):
                    self._due[name, kind] = time.monotonic() + command.period
                    self._probe(name, kind, command)

    def _wanted(self, name: str, kind: str, manifest: Mapping[str, Any]) -> bool:
        started = not manifest.get("startupProbe") or self.pod.watched.passing(name, "startup") is True
        return (not started) if kind == "startup" else started

    def _probe(self, name: str, kind: str, command: ProbeCommand) -> None:
        inspected = self.pod.inspect(name)
        if inspected is None:
            self.pod.stop.set()
            return
        if container_state(inspected)[0] is not State.RUNNING:
            self.pod.watched.tallies.pop((name, kind), None)
            return
        pid = int(inspected["State"]["Pid"])
        if self._pids.setdefault(name, pid) != pid:
            # The container was started again: what earlier probes said is about another process.
            self._pids[name] = pid
            for other in KINDS:
                self.pod.watched.tallies.pop((name, other), None)
        try:
            result = self.pod.podman.exec(self.pod.engine_name(name), command.argv, timeout=command.timeout + 5, check=False)
            passed, message = result.returncode == 0, (result.stderr or result.stdout).strip()
        except DeadlineError:
            passed, message = False, f"no answer within {command.timeout:g} s"
        before = self.pod.watched.tallies.get((name, kind), Tally())
        tally = before.after(passed, message, command)
        self.pod.watched.tallies[name, kind] = tally
        if not passed:
            self.pod.event(name, "Unhealthy", f"{kind} probe failed: {message}"[:300])
        if tally.passing is False and kind in ("startup", "liveness"):
            self._restart(name, kind)

    def _restart(self, name: str, kind: str) -> None:
        self.pod.event(name, "Killing", f"{kind} probe failed, the container is started again")
        for other in KINDS:
            self.pod.watched.tallies.pop((name, other), None)
            self._due.pop((name, other), None)
        inspected = self.pod.inspect(name)
        if inspected is None:
            return
        self.pod.watched.waiting[name] = "Unhealthy"
        self._end(name, int(inspected["State"]["Pid"]))
        if self.pod.plan.pod.restart_policy != "Never":
            self.pod.podman.run("start", self.pod.engine_name(name), shown=None)
            self.pod.watched.restarts[name] = self.pod.watched.restarts.get(name, 0) + 1
        self.pod.watched.waiting.pop(name, None)

    def _end(self, name: str, pid: int) -> None:
        """Ask a container to end, and after its grace period make it end.

        Not by one `podman stop`: that would keep whoever deletes the pod meanwhile waiting for the whole grace period.
        """
        grace = float(self.pod.plan.data["spec"].get("terminationGracePeriodSeconds", 30))
        deadline = time.monotonic() + grace
        self.pod.podman.run("kill", "--signal", "TERM", self.pod.engine_name(name), shown=None)

        def gone() -> bool:
            inspected = self.pod.inspect(name)
            return inspected is None or inspected["State"]["Pid"] != pid

        self.pod.until(lambda: gone() or time.monotonic() >= deadline, bool)
        if not gone():
            self.pod.podman.run("stop", "--time", "0", self.pod.engine_name(name), shown=None)
