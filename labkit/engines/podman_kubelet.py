"""The parts of a kubelet that Podman lacks: the order of init containers and sidecars, and the probes.

One thread a pod, in the process that holds the `Lab`. It keeps nothing of its own that matters: a later process reads the kept manifest of
the pod, looks at the containers, and goes on from there.
"""

from __future__ import annotations

import threading
import time

from labkit import wait
from labkit.engines.podman_cli import PodmanCli
from labkit.engines.podman_inspect import container_state
from labkit.engines.podman_plan import Plan, Step
from labkit.engines.podman_prober import Prober
from labkit.engines.podman_watch import Stopped, Watched, WatchedPod
from labkit.errors import LabError
from labkit.model import Role, State

__all__ = ["Kubelet"]

FIRST_BACK_OFF, LONGEST_BACK_OFF = 1.0, 60.0
"""Seconds before a failed init container is tried again, doubling (a kubelet: 10 s to 5 min; lessons are shorter)."""


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
            thread.pod.stop.set()
            thread.join(timeout=30)

    def watched(self, pod: str) -> Watched | None:
        """Return what is known of a pod, or None when it is not watched."""
        thread = self._threads.get(pod)
        return thread.pod.watched if thread else None

    def close(self) -> None:
        """Let go of all pods."""
        for pod in list(self._threads):
            self.forget(pod)


class _PodThread(threading.Thread):
    def __init__(self, podman: PodmanCli, plan: Plan) -> None:
        super().__init__(name=f"kubelet-{plan.name}", daemon=True)
        self.pod = WatchedPod(podman, plan)
        self.prober = Prober(self.pod)
        self.sidecars_due = 0.0

    def run(self) -> None:
        try:
            for step in self.pod.plan.steps:
                self._sidecar(step) if step.role is Role.SIDECAR else self._init(step)
            self._start_apps()
            wait.every(0.1, self._tick, self.pod.stop)
        except Stopped:
            pass
        except LabError as error:
            # Shown by whoever waits for this pod: a thread has no cell to print into.
            self.pod.watched.error = error

    def _tick(self) -> None:
        self.prober.tick()
        self._end_sidecars()

    def _init(self, step: Step) -> None:
        """Run an init container to its end, again and again with a growing pause while it fails, unless the pod says Never."""
        pause = FIRST_BACK_OFF
        if self.pod.inspect(step.container) is None:
            self.pod.event(step.container, "Started")
            self.pod.podman.run_step(self.pod.plan, step)
        while True:
            ended = self.pod.until(
                lambda: self.pod.inspect(step.container), lambda c: c is None or container_state(c)[0] is State.TERMINATED
            )
            if ended is None:
                raise Stopped
            code = container_state(ended)[2]
            if code == 0:
                self.pod.event(step.container, "Completed")
                self.pod.watched.waiting.pop(step.container, None)
                return
            self.pod.event(step.container, "Failed", f"exit code {code}")
            if self.pod.plan.pod.restart_policy == "Never":
                raise Stopped
            self.pod.watched.waiting[step.container] = "CrashLoopBackOff"
            if self.pod.stop.wait(pause):
                raise Stopped
            pause = min(2 * pause, LONGEST_BACK_OFF)
            self.pod.watched.restarts[step.container] = self.pod.watched.restarts.get(step.container, 0) + 1
            self.pod.watched.waiting.pop(step.container, None)
            self.pod.podman.run("start", self.pod.engine_name(step.container), shown=None)
            self.pod.event(step.container, "Started", "again")

    def _sidecar(self, step: Step) -> None:
        if self.pod.inspect(step.container) is None:
            self.pod.podman.run_step(self.pod.plan, step)
            self.pod.event(step.container, "Started")
        if "startupProbe" in self.pod.manifests[step.container]:
            # KEP-753: the next container starts when this one has started, as its startup probe says.
            self.pod.until(
                lambda: self.prober.tick(only=step.container), lambda _: self.pod.watched.passing(step.container, "startup") is True
            )

    def _start_apps(self) -> None:
        found = {c["Name"]: container_state(c) for c in self.pod.podman.inspect(self.pod.plan.apps)}
        fresh = [name for name in self.pod.plan.apps if name in found and found[name][1] == "Created"]
        if fresh and not self.pod.stop.is_set():
            self.pod.podman.run("start", *fresh)

    def _end_sidecars(self) -> None:
        """Stop the sidecars of a pod whose apps have all ended for good: they would keep it from completing (KEP-753)."""
        sidecars = [s.container for s in reversed(self.pod.plan.steps) if s.role is Role.SIDECAR]
        if self.pod.plan.pod.restart_policy == "Always" or not sidecars or time.monotonic() < self.sidecars_due:
            return
        self.sidecars_due = time.monotonic() + 0.5
        states = [container_state(c) for c in self.pod.podman.inspect(self.pod.plan.apps)]
        final = all(s is State.TERMINATED and (code == 0 or self.pod.plan.pod.restart_policy == "Never") for s, _, code in states)
        if states and final and not self.pod.stop.is_set():
            for name in sidecars:
                self.pod.podman.run("stop", self.pod.engine_name(name), shown=None)
                self.pod.event(name, "Killing", "the pod's containers have ended")
            self.pod.stop.set()
