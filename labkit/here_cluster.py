"""labkit's cluster made ready for a lesson: it runs, and has the lesson's images; and the way into its nodes."""

from __future__ import annotations

from labkit.clusters import the_cluster
from labkit.engines import Report
from labkit.engines.shell_line import argv_of
from labkit.errors import HostError, LabError
from labkit.images.recipes import PREFIX
from labkit.lessons import Lesson
from labkit.process import typed

__all__ = ["NodeShell", "ready_cluster"]


def ready_cluster(lesson: Lesson, report: Report) -> None:
    """Have the cluster, healthy, with the images of a lesson in every node. Says what it does; nothing where all is there."""
    life = the_cluster(report)
    life.up()
    life.load([PREFIX + name.removeprefix(PREFIX) for name in lesson.images])


class NodeShell:
    """Run commands inside the nodes of labkit's cluster. The API server is not asked: a node is also looked at when that is down.

    Raises HostError when labkit has made no cluster.
    """

    def __init__(self, report: Report) -> None:
        life = the_cluster(report)
        record = life.journal.read()
        if record is None or not record.nodes:
            raise HostError("go into a node", "labkit has made no cluster on this machine", "run `labkit up`")
        self._containers, self._nodes, self._report = life.containers, record.nodes, report

    def run(self, command: str, name: str = "") -> str:
        """Run a command in a node, the control plane unless named, and return its output; pipes go through bash there.

        Raises LabError for a name that is no node, CommandError when the command fails.
        """
        if name and name not in self._nodes:
            raise LabError(
                f"run a command in node {name}", f"there is no such node; there is: {', '.join(self._nodes)}", "name one of these"
            )
        node = name or next((each for each in self._nodes if each.endswith("control-plane")), self._nodes[0])
        argv = argv_of(command)
        self._report.command(typed([self._containers.program, "exec", node, *argv]))
        return self._containers.inside(node, *argv)
