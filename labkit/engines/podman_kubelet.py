"""The parts of a kubelet that Podman lacks: the order of init containers and sidecars, and the probes.

One thread a pod, in the process that holds the `Lab`. It keeps nothing of its own that matters: a later process reads the manifest that
labkit left on the pod, looks at the containers, and goes on from there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from labkit import wait
from labkit.engines.podman_cli import PodmanCli
from labkit.engines.podman_inspect import container_state
from labkit.engines.podman_plan import Plan, Step
from labkit.engines.probes import KINDS, ProbeCommand, Tally, probe_command
from labkit.errors import DeadlineError, LabError
from labkit.model import Event, Role, State

__all__ = ["Kubelet", "Watched"]

FIRST_BACK_OFF, LONGEST_BACK_OFF = 1.0, 60.0
"""Seconds before a failed init container is tried again, doubling (a kubelet: 10 s to 5 min; lessons are shorter)."""


LONGEST_LIFE = 7 * 86_400.0

T = TypeVar("T")


class _Stopped(Exception):
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


class Kubelet:
    """Watch over the pods that need it."""

    def __init__(self, podman: PodmanCli) -> None:
        self._podman = podman
        self._threads: dict[str, _PodThread] = {}

    def watch(self, plan: Plan) -> None:
        """Take a pod on: start what is not started yet, in order, then probe. A pod that is watched already is taken on anew."""
        self.forget(plan.name)
        thread = _PodThread(self._podman, plan)
        self._threads[plan.name] = thread
        thread.start()

    def forget(self, pod: str) -> None:
        """Let go of a pod and wait until nothing is done to it any more."""
        thread = self._threads.pop(pod, None)
        if thread:
            thread.stop.set()
            thread.join(timeout=30)

    def watched(self, pod: str) -> Watched | None:
        """Return what is known of a pod, or None when it is not watched."""
        thread = self._threads.get(pod)
        return thread.watched if thread else None

    def close(self) -> None:
        """Let go of all pods."""
        for pod in list(self._threads):
            self.forget(pod)


class _PodThread(threading.Thread):
    def __init__(self, podman: PodmanCli, plan: Plan) -> None:
        super().__init__(name=f"kubelet-{plan.name}", daemon=True)
        self.podman, self.plan, self.watched, self.stop = podman, plan, Watched(plan), threading.Event()
        spec = plan.data["spec"]
        self.manifests: dict[str, Mapping[str, Any]] = {c["name"]: c for c in [*(spec.get("initContainers") or []), *spec["containers"]]}
        self.due: dict[tuple[str, str], float] = {}
        self.ran: dict[str, int] = {}

    def run(self) -> None:
        try:
            for step in self.plan.steps:
                self._sidecar(step) if step.role is Role.SIDECAR else self._init(step)
            self._start_apps()
            wait.every(0.1, self._tick, self.stop)
        except _Stopped:
            pass
        except LabError as error:
            # Shown by whoever waits for this pod: a thread has no cell to print into.
            self.watched.error = error

    # -- order ---------------------------------------------------------------------------------------------------------------------------

    def _in_podman(self, container: str) -> str:
        return f"{self.plan.name}-{container}"

    def _inspect(self, container: str) -> Mapping[str, Any] | None:
        found = self.podman.inspect([self._in_podman(container)])
        return found[0] if found else None

    def _event(self, container: str, reason: str, message: str = "") -> None:
        self.watched.events.append(Event(time.time(), f"pod/{self.plan.name}/{container}", reason, message))

    def _init(self, step: Step) -> None:
        """Run an init container to its end, again and again with a growing pause while it fails, unless the pod says Never."""
        pause = FIRST_BACK_OFF
        if self._inspect(step.container) is None:
            self._event(step.container, "Started")
            self.podman.run_step(self.plan, step)
        while True:
            ended = self._until(lambda: self._inspect(step.container), lambda c: c is None or container_state(c)[0] is State.TERMINATED)
            if ended is None:
                raise _Stopped
            code = container_state(ended)[2]
            if code == 0:
                self._event(step.container, "Completed")
                self.watched.waiting.pop(step.container, None)
                return
            self._event(step.container, "Failed", f"exit code {code}")
            if self.plan.pod.restart_policy == "Never":
                raise _Stopped
            self.watched.waiting[step.container] = "CrashLoopBackOff"
            if self.stop.wait(pause):
                raise _Stopped
            pause = min(2 * pause, LONGEST_BACK_OFF)
            self.watched.restarts[step.container] = self.watched.restarts.get(step.container, 0) + 1
            self.watched.waiting.pop(step.container, None)
            self.podman.run("start", self._in_podman(step.container), shown=None)
            self._event(step.container, "Started", "again")

    def _sidecar(self, step: Step) -> None:
        if self._inspect(step.container) is None:
            self.podman.run_step(self.plan, step)
            self._event(step.container, "Started")
        if "startupProbe" in self.manifests[step.container]:
            # KEP-753: the next container starts when this one has started, as its startup probe says.
            self._until(lambda: self._tick(only=step.container), lambda _: self.watched.passing(step.container, "startup") is True)

    def _start_apps(self) -> None:
        found = {c["Name"]: container_state(c) for c in self.podman.inspect(self.plan.apps)}
        fresh = [name for name in self.plan.apps if name in found and found[name][1] == "Created"]
        if fresh and not self.stop.is_set():
            self.podman.run("start", *fresh)

    def _until(self, observe: Callable[[], T], accept: Callable[[T], bool]) -> T:
        """Wait as long as it takes: only the end of the pod ends it, as in a cluster. Raises _Stopped then."""

        def look() -> T:
            if self.stop.is_set():
                raise _Stopped
            return observe()

        return wait.until(look, accept, what=f"pod {self.plan.name} goes on", timeout=LONGEST_LIFE, fix="delete the pod")

    # -- probes --------------------------------------------------------------------------------------------------------------------------

    def _tick(self, only: str = "") -> None:
        """Run the probes that are due."""
        if self.stop.is_set():
            return
        now = time.monotonic()
        for name, manifest in self.manifests.items():
            if only and name != only:
                continue
            for kind in KINDS:
                command = probe_command(manifest, kind)
                if command and now >= self.due.setdefault((name, kind), now + command.delay) and self._wanted(name, kind, manifest):
                    self.due[name, kind] = time.monotonic() + command.period
                    self._probe(name, kind, command)
        self._end_sidecars()

    def _wanted(self, name: str, kind: str, manifest: Mapping[str, Any]) -> bool:
        started = not manifest.get("startupProbe") or self.watched.passing(name, "startup") is True
        return (not started) if kind == "startup" else started

    def _probe(self, name: str, kind: str, command: ProbeCommand) -> None:
        inspected = self._inspect(name)
        if inspected is None:
            self.stop.set()
            return
        if container_state(inspected)[0] is not State.RUNNING:
            self.watched.tallies.pop((name, kind), None)
            return
        pid = int(inspected["State"]["Pid"])
        if self.ran.setdefault(name, pid) != pid:
            # The container was started again: what earlier probes said is about another process.
            self.ran[name] = pid
            for other in KINDS:
                self.watched.tallies.pop((name, other), None)
        try:
            result = self.podman.exec(self._in_podman(name), command.argv, timeout=command.timeout + 5, check=False)
            passed, message = result.returncode == 0, (result.stderr or result.stdout).strip()
        except DeadlineError:
            passed, message = False, f"no answer within {command.timeout:g} s"
        before = self.watched.tallies.get((name, kind), Tally())
        tally = before.after(passed, message, command)
        self.watched.tallies[name, kind] = tally
        if not passed:
            self._event(name, "Unhealthy", f"{kind} probe failed: {message}"[:300])
        if tally.passing is False and kind in ("startup", "liveness"):
            self._restart(name, kind)

    def _restart(self, name: str, kind: str) -> None:
        self._event(name, "Killing", f"{kind} probe failed, the container is started again")
        for other in KINDS:
            self.watched.tallies.pop((name, other), None)
            self.due.pop((name, other), None)
        inspected = self._inspect(name)
        if inspected is None:
            return
        self.watched.waiting[name] = "Unhealthy"
        self._end(name, int(inspected["State"]["Pid"]))
        if self.plan.pod.restart_policy != "Never":
            self.podman.run("start", self._in_podman(name), shown=None)
            self.watched.restarts[name] = self.watched.restarts.get(name, 0) + 1
        self.watched.waiting.pop(name, None)

    def _end(self, name: str, pid: int) -> None:
        """Ask a container to end, and after its grace period make it end.

        Not by one `podman stop`: that would keep whoever deletes the pod meanwhile waiting for the whole grace period.
        """
        grace = float(self.plan.data["spec"].get("terminationGracePeriodSeconds", 30))
        deadline = time.monotonic() + grace
        self.podman.run("kill", "--signal", "TERM", self._in_podman(name), shown=None)

        def gone() -> bool:
            inspected = self._inspect(name)
            return inspected is None or inspected["State"]["Pid"] != pid

        self._until(lambda: gone() or time.monotonic() >= deadline, bool)
        if not gone():
            self.podman.run("stop", "--time", "0", self._in_podman(name), shown=None)

    def _end_sidecars(self) -> None:
        """Stop the sidecars of a pod whose apps have all ended for good: they would keep it from completing (KEP-753)."""
        sidecars = [s.container for s in reversed(self.plan.steps) if s.role is Role.SIDECAR]
        if self.plan.pod.restart_policy == "Always" or not sidecars or time.monotonic() < self.due.get(("", "sidecars"), 0):
            return
        self.due["", "sidecars"] = time.monotonic() + 0.5
        states = [container_state(c) for c in self.podman.inspect(self.plan.apps)]
        final = all(s is State.TERMINATED and (code == 0 or self.plan.pod.restart_policy == "Never") for s, _, code in states)
        if states and final and not self.stop.is_set():
            for name in sidecars:
                self.podman.run("stop", self._in_podman(name), shown=None)
                self._event(name, "Killing", "the pod's containers have ended")
            self.stop.set()
