"""Remove the cluster with all that belongs to it, and look that nothing is left."""

from __future__ import annotations

import shutil
from dataclasses import dataclass

from labkit.clusters.containers import Containers
from labkit.clusters.journal import Journal, Record, Step
from labkit.clusters.kind import Kind
from labkit.errors import HostError

__all__ = ["Removal"]


@dataclass(frozen=True)
class Removal:
    """Removes what the journal says that labkit made, and nothing else. It may be cut short anywhere: once more does the rest."""

    kind: Kind
    containers: Containers
    journal: Journal

    def run(self, record: Record) -> None:
        """Remove nodes, volumes, kind's network where nobody else uses it, and labkit's files. Raises HostError when something is left."""
        self.journal.write(record.at(Step.DELETE))
        if running := [node.name for node in self.containers.nodes() if node.running]:
            self.containers.kill(running)
        self.kind.delete()
        self.journal.write(record.at(Step.VOLUMES))
        # kind finds the volumes by the nodes, so that it leaves one whose node was never made.
        if leaked := self.containers.volumes(record.nodes):
            self.containers.remove_volumes(leaked)
        self.journal.write(record.at(Step.NETWORK))
        if record.made_network and self.containers.has_network():
            self.containers.remove_network()
        left = [*(node.name for node in self.containers.nodes()), *self.containers.volumes(record.nodes)]
        if left:
            raise HostError("remove the cluster", f"still there: {', '.join(left)}", "run `labkit down` again")
        self.journal.write(record.at(Step.FILES))
        self.files()

    def files(self) -> None:
        """Remove labkit's folder for the cluster, the journal last."""
        for file in self.kind.folder.glob("*"):
            if file != self.journal.file:
                shutil.rmtree(file) if file.is_dir() else file.unlink(missing_ok=True)
        self.journal.forget()
        shutil.rmtree(self.kind.folder, ignore_errors=True)
