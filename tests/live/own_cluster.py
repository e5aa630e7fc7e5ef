"""A cluster of a test run's own, beside the learner's, that can be killed and removed without regret."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labkit.clusters import Life, cluster_folder, the_cluster
from labkit.notebook.output import Printed
from labkit.process import LocalRunner, Result

__all__ = ["OwnCluster", "remove_left_clusters"]

_PREFIX = "labkit-test-"
_KILLED = """
import os, signal, sys
from pathlib import Path
from labkit.clusters import the_cluster
from labkit.notebook.output import Printed

name, folder, verb, moment = sys.argv[1:]

def look(now):
    if moment in str(now):
        os.kill(os.getpid(), signal.SIGKILL)

class Watched(Printed):
    def done(self, text):
        super().done(text)
        look(text)

getattr(the_cluster(Watched(), name=name, folder=Path(folder), written=look), verb)()
"""


def _homes() -> Path:
    return cluster_folder().parent / "test-clusters"


def remove_left_clusters() -> None:
    """Remove the clusters of test runs that were killed, and of no run that still lives."""
    for home in _homes().glob(f"{_PREFIX}*"):
        if home.is_dir() and not Path("/proc", home.name.removeprefix(_PREFIX)).exists():
            the_cluster(Printed(), name=home.name, folder=home / "cluster").down()
            home.rmdir()


@dataclass(frozen=True)
class OwnCluster:
    """A cluster named after this process."""

    name: str = f"{_PREFIX}{os.getpid()}"

    @property
    def folder(self) -> Path:
        return _homes() / self.name / "cluster"

    @property
    def life(self) -> Life:
        return the_cluster(Printed(), name=self.name, folder=self.folder)

    def killed(self, verb: str, moment: str) -> Result:
        """Run `up`, `stop` or `down` in a process that ends itself by SIGKILL when the journal or kind says `moment`."""
        command = [sys.executable, "-c", _KILLED, self.name, str(self.folder), verb, moment]
        return LocalRunner().run(command, timeout=600, check=False)

    def ids(self) -> Sequence[str]:
        return [node.id for node in self.life.containers.nodes()]

    def left(self) -> list[str]:
        """Return what is left of it on this machine, wherever."""
        containers = self.life.containers
        nodes = [f"{self.name}-control-plane"]
        files = [str(file) for file in self.folder.rglob("*")] if self.folder.exists() else []
        return [*(node.name for node in containers.nodes()), *containers.volumes(nodes), *files]
