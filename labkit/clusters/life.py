"""The life of labkit's one cluster: up, stop, down. What is about to be done is written in the journal first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from labkit.clusters.cluster import Cluster, Status
from labkit.clusters.config import DEFAULT, Config
from labkit.clusters.containers import Containers, Node
from labkit.clusters.health import Health, node_troubles
from labkit.clusters.journal import Journal, Record, Step
from labkit.clusters.kind import Kind
from labkit.clusters.kubectl import Kubectl
from labkit.clusters.load import Loader
from labkit.clusters.lock import alone
from labkit.clusters.proof import Proof
from labkit.clusters.removal import Removal
from labkit.clusters.settle import settle
from labkit.errors import CommandError, ConflictError, DeadlineError, HostError
from labkit.wait import until

__all__ = ["Life", "Parts"]

_PATIENCE = 20.0
"""Seconds in which a cluster that is not healthy may get well by itself."""
_CUT_SHORT = (Step.CREATE, Step.DELETE, Step.VOLUMES, Step.NETWORK, Step.FILES)
"""Steps after which there is no cluster to be healed."""


@dataclass(frozen=True)
class Parts:
    """What is only needed when a cluster is made or used, and costs something to find out."""

    config: Callable[[str], Config]
    """The configuration of a name in clusters/, as kind reads it on this host."""
    prepare: Callable[[], None]
    """Do what the host needs before nodes are made."""
    image: Callable[[], str]
    """Have the node image, and give its name."""
    proof: Callable[[Kubectl, Record], Proof]
    """The proof for a cluster, with its nodes and the number of the proof."""
    loader: Callable[[tuple[str, ...]], Loader]


@dataclass(frozen=True)
class Life:
    """Makes, heals, stops and removes the one cluster of this machine; `labkit.clusters.machine` puts its parts together.

    `say` gets what is decided and why; whoever changes something holds the folder around that of the cluster.
    """

    kind: Kind
    containers: Containers
    kubectl: Kubectl
    journal: Journal
    parts: Parts
    say: Callable[[str], None]

    def up(self, config: str = "", *, recreate: bool = False) -> Cluster:
        """Have a healthy cluster, and return it: the one that is there, or healed, or made again; why is said.

        `config` is a name in clusters/ (empty: what is there, else the default). Raises HostError, ConflictError, CommandError with kind's
        words, DeadlineError with what is still wrong.
        """
        with self._alone():
            record = self._own_record()
            wanted = config or (record.config if record else DEFAULT)
            if record and not recreate:
                if record.step not in _CUT_SHORT and record.config != wanted:
                    found = f"there is one that was made by {record.config}"
                    raise HostError(
                        f"have a cluster made by {wanted}", found, f"run `labkit up --config {wanted} --recreate`: it makes a new one"
                    )
                why = self._heal(record)
                if not why:
                    return self._cluster(record)
                self.say(f"making the cluster again: {why}")
            if record:
                self._removal.run(record)
            return self._cluster(self._create(wanted))

    def down(self) -> tuple[str, ...]:
        """Remove the cluster with all that belongs to it, look that nothing is left, and return the names of its nodes."""
        with self._alone():
            record = self._own_record()
            self._removal.run(record) if record else self._removal.files()
            return record.nodes if record else ()

    def stop(self) -> tuple[str, ...]:
        """Stop the nodes, which frees their memory; `up` starts them again. Return the names of those that ran."""
        with self._alone():
            record = self._own_record()
            running = tuple(node.name for node in self.containers.nodes() if node.running) if record else ()
            if record and running and record.step not in _CUT_SHORT:
                self.journal.write(record.at(Step.STOP))
                self.containers.stop(running)
                self.journal.write(record.at(Step.STOPPED))
            return running

    def status(self) -> Status:
        """Return how the cluster stands, within five seconds; nothing is changed."""
        record = self._own_record()
        if record is None:
            return Status("none")
        nodes = self.containers.nodes()
        about = Status("running", record.config, self.containers.program, nodes)
        if nodes and not any(node.running for node in nodes) and record.step not in _CUT_SHORT:
            return replace(about, state="stopped", troubles=node_troubles((), nodes))
        if record.step is not Step.READY:
            return replace(about, state="half-made", troubles=(f"`{record.step}` is being done, or was cut short",))
        troubles = self._health(record).troubles()
        return replace(about, state="unhealthy" if troubles else "running", troubles=troubles)

    def cluster(self) -> Cluster:
        """Return the cluster if it works. Raises HostError that says in a sentence what is wrong, within five seconds."""
        found = self.status()
        if found.state != "running":
            raise HostError("use the cluster", "; ".join(found.troubles) or "there is none", "run `labkit up`")
        return self._cluster(self.journal.read())

    def load(self, references: Iterable[str]) -> tuple[str, ...]:
        """Put lesson images into the nodes, only what is missing, and return their names. Raises HostError and ImageError."""
        with self._alone():
            return self.parts.loader(self.cluster().nodes).load(references)

    def _create(self, name: str) -> Record:
        config = self.parts.config(name)
        self.parts.prepare()
        image = self.parts.image()
        record = Record(Step.CREATE, name, image, self.containers.program, config.nodes, made_network=not self.containers.has_network())
        self.journal.write(record)
        file = self.kind.folder / "kind.yaml"
        file.write_text(config.text)
        try:
            self.kind.create(image, file, f"{10 + 5 * len(config.nodes)} s")
        except BaseException:
            self.say("the cluster did not come up: removing what there is of it")
            self.kind.clear()
            self._removal.run(record)
            raise
        nodes = sorted(self.containers.nodes(), key=_by_address)
        record = replace(record, nodes=tuple(node.name for node in nodes), ids=tuple(node.id for node in nodes))
        return self._settle(record, new=True)

    def _heal(self, record: Record) -> str:
        """Have the cluster healthy again as it is, and return "", or why that cannot be."""
        if record.step in _CUT_SHORT:
            return f"an earlier run ended during `{record.step}`"
        nodes = self.containers.nodes()
        if gone := sorted(set(record.nodes) - {node.name for node in nodes}):
            return "; ".join(node_troubles(gone, ()))
        try:
            if not self.kind.kubeconfig.exists():
                self.kind.export()
            if self._woken(record, nodes) or record.step is not Step.READY:
                self._settle(record)
            elif troubles := self._health(record).troubles():
                self.say(f"the cluster is not healthy: {'; '.join(troubles)}")
                self._cure(record)
            else:
                self.say(f"the cluster runs and is healthy ({record.config}, {', '.join(record.nodes)})")
        except (CommandError, DeadlineError) as failed:
            return failed.found
        return ""

    def _woken(self, record: Record, nodes: tuple[Node, ...]) -> bool:
        """Start the nodes that are stopped, let those go on that are paused, and say whether there were any."""
        idle = {node.name: node.status for node in nodes if not node.running}
        if not idle:
            return False
        self.say("; ".join(node_troubles((), nodes)))
        self.journal.write(record.at(Step.START))
        if paused := [name for name, status in idle.items() if status == "paused"]:
            self.containers.wake(paused)
        self.containers.start([name for name in record.nodes if name in idle and name not in paused])
        return True

    def _cure(self, record: Record) -> None:
        """Wait whether a cluster gets well by itself, else start its nodes again. Raises DeadlineError."""
        try:
            self._wait_for_health(record)
        except DeadlineError:
            self.say("it does not get well by itself: starting its nodes again")
            self.journal.write(record.at(Step.START))
            self.containers.stop(record.nodes)
            self.containers.start(record.nodes)
        self._settle(record)

    def _wait_for_health(self, record: Record) -> None:
        health = self._health(record)
        what = "a healthy cluster"
        until(health.troubles, lambda found: not found, what=what, timeout=_PATIENCE, fix="run `labkit up`", describe="; ".join)

    def _settle(self, record: Record, *, new: bool = False) -> Record:
        """Wait until the cluster is healthy and proven, and write down that it is. Raises DeadlineError."""
        record = self.journal.write(replace(record.at(Step.SETTLE), proofs=record.proofs + 1))
        settle(self._health(record), lambda: self.parts.proof(self.kubectl, record), new=new)
        return self.journal.write(record.at(Step.READY))

    def _own_record(self) -> Record | None:
        """Return what the journal says. Raises ConflictError when the nodes that are there are not those that labkit made."""
        record = self.journal.read()
        nodes = self.containers.nodes()
        foreign = [node.name for node in nodes if record is None or (record.ids and node.id not in record.ids)]
        if foreign:
            found = f"there is a kind cluster of that name that labkit did not make: {', '.join(foreign)}"
            raise ConflictError(
                f"have the cluster {self.kind.name}", found, f"delete it yourself: kind delete cluster --name {self.kind.name}"
            )
        return record

    def _cluster(self, record: Record | None) -> Cluster:
        names = record.nodes if record else ()
        return Cluster(self.kind.name, self.kind.kubeconfig, self.kind.context, names, self.kind.kubectl, self.containers)

    def _health(self, record: Record) -> Health:
        return Health(self.containers, self.kubectl, record.nodes)

    @property
    def _removal(self) -> Removal:
        return Removal(self.kind, self.containers, self.journal)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock, and begin without what a killed run has left running."""
        with alone(self.kind.folder.parent, self.say):
            self.kind.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.kind.clear()
            yield


def _by_address(node: Node) -> list[int]:
    """Sort nodes so that, started in this order, each gets its own address again: they are given out one after the other."""
    return [int(part) for part in node.address.split(".") if part]
