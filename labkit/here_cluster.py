"""labkit's cluster made ready for a lesson: it runs, and has the lesson's images."""

from __future__ import annotations

from collections.abc import Sequence

from labkit.clusters import the_cluster
from labkit.engines import Report
from labkit.errors import LabError
from labkit.images.recipes import PREFIX
from labkit.lessons import Lesson
from labkit.process import typed

__all__ = ["in_node", "ready_cluster"]


def ready_cluster(lesson: Lesson, report: Report) -> None:
    """Have the cluster, healthy, with the images of a lesson in every node. Says what it does; nothing where all is there."""
    life = the_cluster(report)
    life.up()
    life.load([PREFIX + name.removeprefix(PREFIX) for name in lesson.images])


def in_node(command: Sequence[str], name: str, report: Report) -> str:
    """Run a command inside a node, the control plane unless named, and return its output. Raises LabError for a name that is no node."""
    cluster = the_cluster(report).cluster()
    first = next((node for node in cluster.nodes if node.endswith("control-plane")), cluster.nodes[0])
    if name and name not in cluster.nodes:
        raise LabError(f"run a command in node {name}", f"there is no such node; there is: {', '.join(cluster.nodes)}", "name one of these")
    node = name or first
    report.command(typed([cluster.containers.program, "exec", node, *command]))
    return cluster.containers.inside(node, *command)
