"""A Kubernetes cluster as an engine for lessons."""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from pathlib import Path

from labkit.engines import Report
from labkit.engines.kubernetes_api import POD, Api, Kind
from labkit.engines.kubernetes_apply import Applier
from labkit.engines.kubernetes_errors import Refused, is_gone
from labkit.engines.kubernetes_home import Home, label_safe, namespace_name
from labkit.engines.kubernetes_look import Looker
from labkit.engines.kubernetes_node import NodeExec, by_exec, by_nodes
from labkit.engines.kubernetes_pods import pod_of
from labkit.engines.kubernetes_sweep import Sweeper
from labkit.engines.kubernetes_wait import Waiter
from labkit.engines.shell_line import argv_of
from labkit.engines.stamp import Stamp
from labkit.errors import CommandError, LabError
from labkit.manifests import Document
from labkit.model import Pod, Role, Snapshot, State
from labkit.process import Runner

__all__ = ["Kubernetes"]


class Kubernetes:
    """Make, look at and delete what one lesson and one owner have in a cluster, in a namespace of their own.

    `api` is its API server; `runner` starts kubectl, set to the lesson's namespace (`kubernetes_context.lesson_kubeconfig`). `node_exec` is
    the way into the nodes, where there is one: without it Linux namespaces are read inside each container, and sandboxes stay unseen.
    """

    name = "kubernetes"

    def __init__(self, api: Api, runner: Runner, stamp: Stamp, report: Report, node_exec: NodeExec | None = None) -> None:
        self.api, self.runner, self.report, self.stamp = api, runner, report, label_safe(stamp)
        self.home = Home(api, report, self.stamp, namespace_name(stamp))
        self.sweeper = Sweeper(api, report, self.stamp, self.home)
        self._applier = Applier(api, report, self.stamp, self.home)
        self._waiter = Waiter(api, report)
        self._looker = Looker(api, self.stamp, by_nodes(node_exec) if node_exec else by_exec(self._in_pod))

    @property
    def namespace(self) -> str:
        """Return the name of the namespace that the lesson works in."""
        return self.home.name

    def apply(self, documents: Sequence[Document], *, wait: float = 10.0) -> None:
        """Make what the documents say by server-side apply, as `labkit.engines.Engine.apply` says."""
        started = time.monotonic()
        applied = self._applier.apply(documents)
        try:
            for each in applied:
                self._waiter.settle(each, wait, started)
        except BaseException:
            self._applier.roll_back(applied)
            raise

    def delete(self, name: str, *, grace: int | None = 0) -> None:
        """Delete `pod/NAME`, `deployment/NAME` or any other object with what it made; `grace` in seconds, None: the objects' own."""
        kind, short = self._named(name)
        self.sweeper.delete(kind, short, grace=grace)

    def reset(self) -> tuple[str, ...]:
        """Delete everything of this lesson and owner, look that nothing is left, and return the names. The namespace stays, empty."""
        return self.sweeper.sweep()

    def close(self) -> None:
        """Do nothing: a cluster works by itself, and nothing of it is deleted."""

    def snapshot(self) -> Snapshot:
        """Return what the namespaces of this lesson and owner hold, and the nodes."""
        return self._looker.snapshot()

    def wait(self, name: str, condition: str = "Ready", *, timeout: float = 60.0) -> None:
        """Wait until an object is `deleted`, Ready (a workload: all its pods), or in any phase or condition of its kind.

        Raises DeadlineError with its state, its containers, its image and its last event.
        """
        kind, short = self._named(name)
        self._waiter.wait(kind, self.namespace if kind.namespaced else "", short, condition, timeout=timeout)

    def exec(self, pod: str, command: Sequence[str], *, container: str = "") -> str:
        """Run a command in a container of a pod (the first app, unless named) and return its output. Raises CommandError when it fails."""
        name, chosen = self._container(pod, container, running=True)
        argv = ["kubectl", "exec", name, "--container", chosen, "--", *command]
        self.report.command(shlex.join(argv))
        return self.runner.run(argv).stdout

    def logs(self, pod: str, *, container: str = "") -> str:
        """Return what a container of a pod (the first app, unless named) wrote, both streams in order."""
        name, chosen = self._container(pod, container, running=False)
        argv = ["kubectl", "logs", name, "--container", chosen]
        self.report.command(shlex.join(argv))
        return self.runner.run(argv).stdout

    def run(self, command: str, *, cwd: Path | None = None, timeout: float = 120.0) -> str:
        """Run any command, kubectl set to the lesson's namespace, and return its output.

        Pipes and redirections go through bash, so that no failure in the middle is lost. What is made by hand in the lesson's namespace is
        the lesson's, and goes with it. Raises CommandError when the command fails, HostError in under 5 s when the cluster does not answer.
        """
        self.home.ensure()
        self.report.command(command.strip())
        argv = argv_of(command)
        try:
            return self.runner.run(argv, cwd=cwd, timeout=timeout).stdout
        except CommandError as error:
            said = ["bash", "-c", command] if argv[0] == "bash" else argv
            raise CommandError(said, error.returncode, error.stdout, error.stderr) from None

    def _in_pod(self, namespace: str, pod: str, container: str, command: Sequence[str]) -> str:
        return self.runner.run(["kubectl", "exec", pod, "--namespace", namespace, "--container", container, "--", *command]).stdout

    def _named(self, name: str) -> tuple[Kind, str]:
        """Return the kind and name that `deployment/web`, `deploy/web` or `web` (a pod) mean. Raises LabError for an unknown kind."""
        word, _, short = name.rpartition("/")
        if word.lower() in ("", "pod", "pods", "po"):
            return POD, short
        for kind in self.api.kinds():
            if word.lower() in (kind.name.lower(), kind.plural, *kind.short_names):
                return kind, short
        raise LabError(f"find {name}", f"this cluster has no kind {word}", "name one that `kubectl api-resources` lists, as in pod/web")

    def _pod(self, name: str) -> Pod | None:
        try:
            return pod_of(self.api.ask("GET", POD.path(self.namespace, name)).data)
        except Refused as error:
            if is_gone(error):
                return None
            raise

    def _container(self, name: str, container: str, *, running: bool) -> tuple[str, str]:
        """Return the names of a pod and of its container. Raises LabError naming those that there are."""
        short = name.removeprefix("pod/")
        pod = self._pod(short)
        if pod is None:
            raise LabError(f"find pod/{short}", "this lesson has no such pod", "run lab.get() to see what is there")
        found = next((c for c in pod.containers if (c.name == container if container else c.role is Role.APP)), None)
        if found is None:
            names = ", ".join(c.name for c in pod.containers)
            raise LabError(f"find container {container} in pod/{short}", f"it has: {names or 'none'}", "name one of these")
        if found.state is not State.RUNNING and (running or not found.engine_name):
            state = f"it is {found.state}" + (f": {found.reason}" if found.reason else "")
            raise LabError(f"find container {found.name} in pod/{short}", state, f'wait for it: lab.wait("pod/{short}")')
        return short, found.name
