"""A cluster's life on a fake host, in a folder of the test's own."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from fake_host import FakeHost

from labkit.clusters.config import read_config
from labkit.clusters.containers import Containers
from labkit.clusters.journal import JOURNAL, Journal, Step
from labkit.clusters.kind import Kind
from labkit.clusters.kubectl import Kubectl
from labkit.clusters.life import Life, Parts
from labkit.clusters.load import Loader
from labkit.clusters.proof import Proof
from labkit.clusters.shown import Shown

__all__ = ["ONE", "ClusterBench"]

ONE = "kind: Cluster\nnodes:\n- role: control-plane\n"


@dataclass
class ClusterBench:
    """A folder with two configurations, a fake host, and the life of a cluster on it."""

    folder: Path
    host: FakeHost = field(default_factory=FakeHost)

    @property
    def home(self) -> Path:
        """Where labkit keeps the cluster's files."""
        return self.folder / "state" / "cluster"

    def life(self, die_at: Step | None = None) -> Life:
        """Return the life as a new process begins it: one that is killed right after the journal says `die_at`."""
        host, shown = self.host, Shown(self.host, self.host)
        host.dead = False
        kind = Kind(shown, Path("/bin/kind"), Path("/bin/kubectl"), "labkit", self.home)
        containers = Containers(shown, "podman", "labkit")
        kubectl = Kubectl(shown, Path("/bin/kubectl"), kind.kubeconfig, kind.context)

        def written(step: Step) -> None:
            if step is die_at:
                host.kill()

        def loader(nodes: tuple[str, ...]) -> Loader:
            return Loader(shown, self.folder / "archives", kind, containers, nodes)

        parts = Parts(
            config=lambda name: read_config(self.folder, name, "labkit", ()),
            prepare=lambda: None,
            image=lambda: "localhost/labkit/node:1",
            proof=lambda kubectl, record: Proof(kubectl, self.folder / "proof.txt", "tools:1", record.proofs),
            loader=loader,
        )
        journal = Journal(self.home / JOURNAL, written)
        return Life(kind, containers, kubectl, journal, parts, host.done)

    def left(self) -> list[str]:
        """Return what is left of a cluster, wherever."""
        files = [str(file) for file in self.home.rglob("*")] if self.home.exists() else []
        return [*self.host.nodes, *self.host.volumes, *(["network"] if self.host.network else []), *files]
