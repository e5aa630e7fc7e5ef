"""The Kubernetes of this machine put together for a lesson: labkit's own cluster, or a context that the user names."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from labkit.clusters import the_cluster
from labkit.clusters.machine import status_here
from labkit.engines import Quiet, Report
from labkit.engines.kubernetes import Kubernetes
from labkit.engines.kubernetes_client import Client
from labkit.engines.kubernetes_context import Context, LessonRunner, choose
from labkit.engines.kubernetes_home import namespace_name
from labkit.engines.stamp import Stamp
from labkit.host.paths import paths
from labkit.host.runs import Run
from labkit.host.tool_sources import KUBECTL
from labkit.host.tools import Tools
from labkit.lessons import Lesson
from labkit.process import Account, LocalRunner

__all__ = ["kubernetes", "named_context", "remove_namespaces", "users_kubeconfig"]


def users_kubeconfig() -> str:
    """Return where kubectl reads the user's own contexts: $KUBECONFIG, else ~/.kube/config."""
    return os.environ.get("KUBECONFIG") or str(Path.home() / ".kube" / "config")


def kubernetes(lesson: Lesson, run: Run, report: Report, *, context: str = "") -> Kubernetes:
    """Return the cluster for one run of a lesson: labkit's own, else the user's `context` (or $LABKIT_CONTEXT).

    The cluster itself is not asked yet. Raises HostError when labkit has made none and none is named, or there is no such context.
    """
    stamp = Stamp(lesson.name, run.id, run.owner)
    named = named_context(context)
    return _named(stamp, report, named) if named else _own(stamp, report)


def named_context(context: str = "") -> str:
    """Return the kubeconfig context that the user names, here or by LABKIT_CONTEXT; empty: labkit's own cluster."""
    return context or os.environ.get("LABKIT_CONTEXT", "")


def remove_namespaces(left: Callable[[Mapping[str, str]], bool]) -> tuple[str, ...]:
    """Delete the namespaces of labkit's own cluster that labkit made and of which `left` says yes; return the names.

    Nothing where there is no cluster, or it does not run: its namespaces are looked at when it does.
    """
    if status_here().state != "running":
        return ()
    sweeper = _own(Stamp("00-none", "0", "nobody"), Quiet()).sweeper
    names = sorted(sweeper.namespaces(left))
    sweeper.remove(names)
    return tuple(f"namespace/{name}" for name in names)


def _own(stamp: Stamp, report: Report) -> Kubernetes:
    life = the_cluster(report)
    own = choose(Context(str(life.kind.kubeconfig), life.kind.context, ours=True), "", users_kubeconfig())

    def in_node(node: str, command: Sequence[str]) -> str:
        return life.containers.inside(node, *command)

    client, runner = _reached(own, stamp, life.kubectl.program)
    return Kubernetes(client, runner, stamp, report, in_node)


def _named(stamp: Stamp, report: Report, context: str) -> Kubernetes:
    chosen = choose(None, context, users_kubeconfig())
    tools = Tools(LocalRunner(), paths(Account.current()).cache / "tools", os.environ.get("PATH", "").split(os.pathsep), report.done)
    return Kubernetes(*_reached(chosen, stamp, tools.have(KUBECTL)), stamp, report)


def _reached(context: Context, stamp: Stamp, kubectl: Path) -> tuple[Client, LessonRunner]:
    """Return how a cluster is asked, and what starts kubectl on it."""
    own = paths(Account.current())
    which = hashlib.sha256(f"{context.kubeconfig} {context.name}".encode()).hexdigest()[:12]
    path = os.pathsep.join([str(kubectl.parent), os.environ.get("PATH", os.defpath)])
    runner = LessonRunner(context, namespace_name(stamp), own.state / "kubeconfig", path)
    return Client(context, own.cache / "kinds" / f"{which}.json"), runner
