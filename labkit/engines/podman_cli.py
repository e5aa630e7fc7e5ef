"""Podman's commands, one method each: what is started, and what is shown of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from labkit.engines import Report
from labkit.engines.podman_errors import explained
from labkit.engines.podman_plan import Plan, Step, VolumePlan
from labkit.engines.stamp import POD, Stamp
from labkit.errors import CommandError
from labkit.model import Role
from labkit.process import Result, Runner, typed

__all__ = ["PodmanCli"]

Json = dict[str, Any]


class PodmanCli:
    """Run Podman. Labels and annotations that labkit adds are left out of what is shown, everything else is shown as it is run."""

    def __init__(self, runner: Runner, report: Report, stamp: Stamp) -> None:
        self.runner, self.report, self.stamp = runner, report, stamp

    def run(self, *arguments: str, stdin: str | None = None, timeout: float = 60.0, shown: str | None = "") -> Result:
        """Run `podman ARGUMENTS`; `shown` is what the learner sees (empty: the command itself; None: nothing, for looking only)."""
        if shown is not None:
            self.report.command(shown or typed(["podman", *arguments]))
        return self.runner.run(["podman", *arguments], stdin=stdin, timeout=timeout)

    def json(self, *arguments: str) -> list[Json]:
        """Run a command that only looks, and return its JSON list."""
        found = json.loads(self.run(*arguments, shown=None).stdout or "[]")
        return list(found or [])

    def pods(self) -> list[Json]:
        """Return the rows of `podman pod ps`, by name."""
        return sorted(self.json("pod", "ps", "--format", "json"), key=lambda row: str(row["Name"]))

    def containers(self) -> list[Json]:
        """Return the rows of `podman ps -a`."""
        return self.json("ps", "--all", "--format", "json")

    def volumes(self) -> list[Json]:
        """Return the rows of `podman volume ls`."""
        return self.json("volume", "ls", "--format", "json")

    def networks(self) -> list[Json]:
        """Return the rows of `podman network ls`, with lower-case keys as Podman has them there."""
        return self.json("network", "ls", "--format", "json")

    def inspect(self, names: Iterable[str]) -> list[Json]:
        """Return `podman inspect` of containers; those that are gone meanwhile are left out."""
        wanted = list(names)
        if not wanted:
            return []
        result = self.runner.run(["podman", "inspect", "--type", "container", *wanted], check=False)
        found: list[Json] = json.loads(result.stdout or "[]") or []
        if result.returncode != 0 and len(found) == 0 and "no such" not in result.stderr:
            raise CommandError(result.argv, result.returncode, result.stdout, result.stderr)
        return found

    def play(self, plan: Plan, *, start: bool, show: bool) -> None:
        """Play a pod from standard input. Raises CommandError as Podman gave it."""
        flags = [] if start else ["--start=false"]
        if show:
            self.report.command(typed(["podman", "kube", "play", *flags, plan.file]))
        self.runner.run(["podman", "kube", "play", *flags, "-"], stdin=plan.played, timeout=120)

    def create_volume(self, volume: VolumePlan) -> None:
        """Make a volume with labkit's labels. Raises CommandError when the name is taken."""
        labels = {**self.stamp.labels, **({POD: volume.pod} if volume.pod else {})}
        # In Kubernetes a volume hides what the image has at its path; Podman would copy that into an empty volume.
        options = ["--opt", "nocopy", *(["--opt", "type=tmpfs", "--opt", "device=tmpfs"] if volume.memory else [])]
        self.run("volume", "create", *_label_flags(labels), *options, volume.name, shown=None)
        self.report.command(typed(["podman", "volume", "create", *options, volume.name]))

    def run_step(self, plan: Plan, step: Step) -> None:
        """Start an init container or a sidecar in its pod."""
        restart = ["--restart", "always"] if step.role is Role.SIDECAR else []
        visible = ["run", "--detach", "--pod", plan.name, "--name", f"{plan.name}-{step.container}", *restart]
        try:
            self.run(*visible, *_label_flags(plan.labels), *step.flags, shown=typed(["podman", *visible, *step.flags]))
        except CommandError as error:
            raise explained(error, typed(["podman", *visible, *step.flags])) from None

    def exec(self, container: str, command: Sequence[str], *, timeout: float = 60.0, check: bool = True) -> Result:
        """Run a command in a container."""
        return self.runner.run(["podman", "exec", container, *command], timeout=timeout, check=check)

    def remove_pods(self, names: Sequence[str], *, grace: int = 0) -> None:
        """Stop and remove pods: two commands, ten times quicker than `podman pod rm -f`."""
        if names:
            self.run("pod", "stop", "--time", str(grace), *names, timeout=60 + grace)
            self.run("pod", "rm", *names)

    def remove_containers(self, names: Sequence[str], *, grace: int = 0) -> None:
        """Stop and remove containers outside pods, and their unnamed volumes."""
        if names:
            self.run("stop", "--time", str(grace), *names, timeout=60 + grace)
            self.run("rm", "--volumes", *names)


def _label_flags(labels: Mapping[str, str]) -> list[str]:
    return [part for key, value in labels.items() for part in ("--label", f"{key}={value}")]
