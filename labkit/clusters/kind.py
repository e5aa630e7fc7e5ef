"""kind, for one cluster: its nodes are made and deleted through pytest-kind's KindCluster, images are loaded by kind itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from labkit.clusters import kind_cluster
from labkit.clusters.orphans import end_orphans
from labkit.clusters.shown import Shown
from labkit.errors import CommandError

__all__ = ["Kind"]

_LONGEST = 900.0
_LAST_LINES = 12


@dataclass(frozen=True)
class Kind:
    """kind for the cluster called `name`.

    `program` and `kubectl` are absolute paths; `folder` is labkit's own, and holds the kubeconfig; `scope` comes before the command where
    it needs a cgroup of its own.
    """

    shown: Shown
    program: Path
    kubectl: Path
    name: str
    folder: Path
    scope: tuple[str, ...] = ()

    @property
    def kubeconfig(self) -> Path:
        """Return the kubeconfig, labkit's own: never the user's ~/.kube/config."""
        return self.folder / "kubeconfig"

    @property
    def context(self) -> str:
        """Return the name of the context that kind writes into it."""
        return f"kind-{self.name}"

    def create(self, image: str, config: Path, usually: str) -> None:
        """Make the nodes and start Kubernetes on them; it is not healthy yet. Raises CommandError with kind's last words."""
        made_of = [f"--image={image}", f"--config={config}"]
        own = kind_cluster.command("create", self.program, self.kubectl, self._named, made_of)
        self._run(["create", "cluster", *self._named, *made_of], own, usually)

    def delete(self) -> None:
        """Delete the nodes, their volumes and what the kubeconfig says of them. Raises CommandError."""
        self._run(
            ["delete", "cluster", *self._named], kind_cluster.command("delete", self.program, self.kubectl, self._named), "a few seconds"
        )

    def export(self) -> None:
        """Write the kubeconfig again. Raises CommandError."""
        command = ["export", "kubeconfig", *self._named]
        self.shown.run(["kind", *command], instead=[str(self.program), *command])

    def load(self, archive: Path, nodes: tuple[str, ...]) -> None:
        """Put the images of an archive into nodes. Raises CommandError."""
        command = [str(self.program), "load", "image-archive", str(archive), "--name", self.name, "--nodes", ",".join(nodes)]
        self.shown.run(["kind", *command[1:]], "3 s", instead=command, timeout=_LONGEST)

    def clear(self) -> None:
        """End what a killed labkit left running of kind, and remove the lock on the kubeconfig that it then leaves. We are alone here."""
        for group in end_orphans([f"--name={self.name}", f"--kubeconfig={self.kubeconfig}"]):
            self.shown.report.notice(f"a killed labkit had left kind running (process group {group}): ended it")
        lock = self.kubeconfig.with_name(f"{self.kubeconfig.name}.lock")
        if lock.exists():
            self.shown.report.notice(f"a killed kind had left {lock}: removed it")
            lock.unlink(missing_ok=True)

    @property
    def _named(self) -> list[str]:
        return [f"--name={self.name}", f"--kubeconfig={self.kubeconfig}"]

    def _run(self, typed: list[str], own: list[str], usually: str) -> None:
        try:
            self.shown.run(["kind", *typed], usually, instead=[*self.scope, *own], timeout=_LONGEST, cwd=self.folder, on_line=self._tell)
        except CommandError as refused:
            words = "\n".join(refused.stdout.strip().splitlines()[-_LAST_LINES:])
            raise CommandError(["kind", *typed], refused.returncode, words, "", "read kind's words, then run `labkit up` again") from None

    def _tell(self, line: str) -> None:
        """Hand on which step has begun; kind puts a picture behind each."""
        if line.lstrip().startswith("•"):
            self.shown.report.done("  " + line.encode("ascii", "ignore").decode().strip(" ."))
