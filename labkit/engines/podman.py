"""Rootless Podman as an engine for lessons."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Sequence
from pathlib import Path

from labkit import wait as waiting
from labkit.engines import Report
from labkit.engines.describe import describe_pod
from labkit.engines.kept import Kept
from labkit.engines.podman_apply import Applier
from labkit.engines.podman_cli import PodmanCli
from labkit.engines.podman_kubelet import Kubelet
from labkit.engines.podman_look import Looker
from labkit.engines.podman_sweep import Sweeper
from labkit.engines.quirks import Limits
from labkit.engines.shell_line import argv_of, is_shell_line
from labkit.engines.stamp import Stamp
from labkit.errors import CommandError, DeadlineError, LabError
from labkit.manifests import Document
from labkit.model import Phase, Pod, Role, Snapshot, State
from labkit.process import Runner

__all__ = ["Podman"]

_CREATES = re.compile(r"(?:podman\s+(?:container\s+)?(?:run|create)|podman\s+(?:pod|volume|network)\s+create)\b")
CONDITIONS = ("Ready", "Running", "Succeeded", "Failed", "deleted")


class Podman:
    """Make, look at and delete the pods and containers of one lesson and one owner."""

    name = "podman"

    def __init__(self, runner: Runner, stamp: Stamp, report: Report, limits: Limits, kept: Kept) -> None:
        self.stamp, self.report, self.runner = stamp, report, runner
        self.cli = PodmanCli(runner, report, stamp)
        self.kubelet = Kubelet(self.cli)
        self.sweeper = Sweeper(self.cli, stamp)
        self._looker = Looker(self.cli, self.kubelet, stamp, kept)
        self._applier = Applier(self.cli, self.kubelet, self.sweeper, stamp, limits, kept)

    def apply(self, documents: Sequence[Document], *, wait: float = 10.0) -> None:
        """Make the pods that the documents describe, as `labkit.engines.Engine.apply` says."""
        started = time.monotonic()
        for name in self._applier.apply(documents):
            self._settle(name, wait, started)

    def _settle(self, name: str, seconds: float, started: float) -> None:
        """Wait until a pod is ready or will not be, and say which. A pod that is not ready is no error: it is what the learner looks at."""
        seen: list[Pod] = []

        def look() -> Pod:
            seen.append(self._looker.planned(self._applier.plans[name]))
            return seen[-1]

        def settled(pod: Pod) -> bool:
            ended = any(c.state is State.TERMINATED and (c.exit_code or c.role is Role.APP) for c in pod.containers)
            looping = any(c.reason == "CrashLoopBackOff" or c.restarts for c in pod.containers)
            return pod.ready or pod.phase in (Phase.SUCCEEDED, Phase.FAILED) or ended or looping or self._background_error(name) is not None

        try:
            waiting.until(look, settled, what=f"pod/{name} is ready", timeout=seconds, fix="look at its logs", first_pause=0.05)
        except DeadlineError:
            pass
        except BaseException:
            self._applier.roll_back(name)
            raise
        error = self._background_error(name)
        if error:
            self._applier.roll_back(name)
            raise error
        took = f"in {time.monotonic() - started:.1f} s"
        pod = seen[-1]
        self.report.done(f"pod/{name} ready {took}" if pod.ready else f"{describe_pod(pod)}\n(after {time.monotonic() - started:.1f} s)")

    def _background_error(self, name: str) -> LabError | None:
        watched = self.kubelet.watched(name)
        return watched.error if watched else None

    def adopt(self) -> None:
        """Go on with pods that an earlier process of this lesson left half started or unprobed."""
        self._applier.adopt()

    def delete(self, name: str, *, grace: int = 0) -> None:
        """Delete `pod/NAME` or `container/NAME` that labkit made, with its volumes; `grace` in seconds. Raises ConflictError for others."""
        kind, _, short = name.rpartition("/")
        if kind == "container":
            self.sweeper.delete_container(short, grace=grace)
        else:
            self.kubelet.forget(short)
            self.sweeper.delete_pod(short, grace=grace)

    def reset(self) -> tuple[str, ...]:
        """Delete everything of this lesson and owner, look that nothing is left, and return the names."""
        self.kubelet.close()
        return self.sweeper.sweep()

    def close(self) -> None:
        """Stop probing. Nothing is deleted."""
        self.kubelet.close()

    def snapshot(self) -> Snapshot:
        """Return the pods of this lesson and owner, and their containers outside pods."""
        return self._looker.snapshot()

    def wait(self, name: str, condition: str = "Ready", *, timeout: float = 60.0) -> None:
        """Wait until `pod/NAME` is in a condition of CONDITIONS. Raises DeadlineError with its state, LabError for another condition."""
        if condition not in CONDITIONS:
            raise LabError(
                f"wait for {name} to be {condition}", f"there is no condition {condition}", "take one of " + ", ".join(CONDITIONS)
            )
        short = name.removeprefix("pod/")

        def met(pod: Pod | None) -> bool:
            error = self._background_error(short)
            if error:
                raise error
            if pod is None or condition == "deleted":
                return pod is None and condition == "deleted"
            return pod.ready if condition == "Ready" else pod.phase == condition

        def words(pod: Pod | None) -> str:
            watched = self.kubelet.watched(short)
            return describe_pod(pod, watched.events if watched else ()) if pod else f"there is no pod {short}"

        fix = f'look at lab.logs("{name}"), or give it longer: timeout={timeout * 2:g}'
        waiting.until(lambda: self._looker.pod(short), met, what=f"{name} is {condition}", timeout=timeout, fix=fix, describe=words)

    def exec(self, pod: str, command: Sequence[str], *, container: str = "") -> str:
        """Run a command in a container of a pod (the first app, unless named) and return its output. Raises CommandError when it fails."""
        target = self._container(pod, container)
        return self.cli.run("exec", target, *command).stdout

    def logs(self, pod: str, *, container: str = "") -> str:
        """Return what a container of a pod (the first app, unless named) wrote, both streams in order."""
        target = self._container(pod, container)
        self.report.command(f"podman logs {target}")
        return self.runner.run(["podman", "logs", target], on_line=lambda _: None).stdout

    def _container(self, name: str, container: str) -> str:
        """Return the name that a container has for Podman. Raises LabError naming those that there are."""
        short = name.removeprefix("pod/")
        if name.startswith("container/"):
            return name.removeprefix("container/")
        pod = self._looker.pod(short)
        if pod is None:
            raise LabError(f"find pod/{short}", "this lesson has no such pod", "run lab.get() to see what is there")
        candidates = [c for c in pod.containers if (c.name == container if container else c.role is Role.APP)]
        if not candidates:
            names = ", ".join(c.name for c in pod.containers if c.role is not Role.INFRA)
            raise LabError(f"find container {container} in pod/{short}", f"it has: {names or 'none'}", "name one of these")
        if not candidates[0].engine_name:
            raise LabError(
                f"find container {container} in pod/{short}", "it has not been started yet", f'wait for it: lab.wait("pod/{short}")'
            )
        return candidates[0].engine_name

    def run(self, command: str, *, cwd: Path | None = None, timeout: float = 120.0) -> str:
        """Run any command as the account that Podman runs as, and return its output.

        What it wrote to stderr is told only when it fails: Podman warns there of much that is no matter to a lesson.
        What `podman run`, `create`, `pod create`, `volume create` or `network create` makes gets labkit's labels. Pipes and redirections go
        through `bash -e -o pipefail`, so that no failure in the middle is lost. Raises CommandError when the command fails.
        """
        self.report.command(command.strip())
        if is_shell_line(command) and _CREATES.search(command):
            found = "labkit has to label what it makes, and cannot inside a shell line"
            raise LabError(f"$ {command}", found, "put the podman command into a lab.run of its own")
        argv = argv_of(command)
        try:
            return self.runner.run(self._labelled(argv), cwd=cwd, timeout=timeout).stdout
        except CommandError as error:
            # Told as it was typed: without the labels, and without the options that bash got.
            asked = ["bash", "-c", command] if is_shell_line(command) else argv
            raise CommandError(asked, error.returncode, error.stdout, error.stderr) from None

    def _labelled(self, argv: list[str]) -> list[str]:
        found = _CREATES.match(shlex.join(argv))
        if not found:
            return argv
        verbs = len(found[0].split())
        labels = [part for key, value in self.stamp.labels.items() for part in ("--label", f"{key}={value}")]
        return [*argv[:verbs], *labels, *argv[verbs:]]
