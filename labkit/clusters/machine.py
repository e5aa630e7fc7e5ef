"""The parts of a cluster's life put together for this machine: who runs the nodes, which tools and images, which folders."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from labkit.clusters.cluster import Status
from labkit.clusters.config import Config, Needs, patches, read_config
from labkit.clusters.containers import Containers
from labkit.clusters.journal import JOURNAL, Journal, Record, Step
from labkit.clusters.kind import Kind
from labkit.clusters.kubectl import Kubectl
from labkit.clusters.life import Life, Parts
from labkit.clusters.load import Loader
from labkit.clusters.proof import Proof
from labkit.clusters.shown import Shown
from labkit.engines import Quiet, Report
from labkit.errors import LabError
from labkit.host import readings
from labkit.host.facts import Facts, Tool
from labkit.host.paths import Paths, paths
from labkit.host.provider import Provider, choose
from labkit.host.registry import PUBLIC, ask
from labkit.host.rootful import RootfulHost, prepare_mounts, rootful_host, rootful_runner
from labkit.host.seat import podman_environment, podman_runner
from labkit.host.tool_sources import GO, KIND, KUBECTL
from labkit.host.tools import Tools
from labkit.images import Images, recipes
from labkit.lessons import course_folder
from labkit.node_image import NodeImage
from labkit.node_image.pod_images import PODS_IMAGE
from labkit.process import Account, LocalRunner

__all__ = ["NAME", "cluster_folder", "provider_here", "status_here", "the_cluster"]

NAME = "labkit"
"""The name of labkit's one cluster on a machine."""

_ROOT = Path("/")
_TOOLS_IMAGE = "localhost/labkit/tools:1"
_DELEGATED_SCOPE = ("systemd-run", "--user", "--scope", "--quiet", "--property=Delegate=yes")
"""What an ordinary user's nodes need around them (kind.sigs.k8s.io/docs/user/rootless)."""


def provider_here(asked: str = "") -> Provider:
    """Return what runs nodes on this machine, and why; `asked` wins over the user's LABKIT_PROVIDER. Raises HostError."""
    facts = Facts(
        is_root=os.geteuid() == 0,
        tools={"podman": Tool(shutil.which("podman") or "")},
        cgroup=readings.cgroup(_ROOT),
        delegated_controllers=readings.delegated_controllers(_ROOT, os.getuid()),
    )
    return choose(facts, docker_answers, asked or os.environ.get("LABKIT_PROVIDER", ""))


def docker_answers() -> bool:
    """Say whether Docker's daemon answers us."""
    if not shutil.which("docker"):
        return False
    try:
        return LocalRunner().run(["docker", "version", "--format", "{{.Server.Version}}"], timeout=5, check=False).returncode == 0
    except LabError:
        return False


def the_cluster(report: Report, *, name: str = NAME, folder: Path | None = None, written: Callable[[Step], object] | None = None) -> Life:
    """Return the life of this machine's cluster.

    `folder` holds its journal and its kubeconfig (None: labkit's own); `written` is called after each entry of the journal. Raises
    HostError where nothing can run a node, or kind or kubectl are not to be had.
    """
    own = paths(Account.current())
    home = folder or cluster_folder()
    journal = Journal(home / JOURNAL, written or (lambda step: None))
    record = journal.read()
    provider = provider_here(record.provider if record else "")
    host = rootful_host()
    runner = _runner(provider, host, own, report.done)
    shown = Shown(runner, report, f"KIND_EXPERIMENTAL_PROVIDER={provider.program}")
    plain = Shown(runner, report)
    tools = Tools(LocalRunner(), own.cache / "tools", os.environ.get("PATH", "").split(os.pathsep), report.done)
    kind_program, kubectl_program = tools.have(KIND, lambda: tools.have(GO)), tools.have(KUBECTL)
    scope = _DELEGATED_SCOPE if provider.rootless else ()
    kind = Kind(shown, kind_program, kubectl_program, name, home, scope)
    containers = Containers(plain, provider.program, name)
    kubectl = Kubectl(plain, kubectl_program, kind.kubeconfig, kind.context)
    here = _Machine(own, provider, host, tools, kind, containers, report)
    parts = Parts(here.config, here.prepare, here.image, here.proof, here.loader)
    return Life(kind, containers, kubectl, journal, parts, report.done)


def cluster_folder() -> Path:
    """Return where labkit keeps what it knows of its cluster: the journal, the kubeconfig. It is our own also where we are root."""
    return paths(Account.current()).state / "cluster"


def status_here() -> Status:
    """Return how this machine's cluster stands, within five seconds; where there is none, no program is started."""
    if not (cluster_folder() / JOURNAL).exists():
        return Status("none")
    return the_cluster(Quiet()).status()


def _runner(provider: Provider, host: RootfulHost, own: Paths, say: Callable[[str], None]) -> LocalRunner:
    if provider.program == "docker":
        return LocalRunner(environment={"KIND_EXPERIMENTAL_PROVIDER": "docker"})
    if provider.rootless:
        return LocalRunner(environment={"KIND_EXPERIMENTAL_PROVIDER": "podman", **podman_environment(Account.current())})
    # A name of its own: the lessons' Podman has another file, which may lie in the same folder.
    return rootful_runner(own.config / "nodes.conf", host, say)


@dataclass(frozen=True)
class _Machine:
    """What `Parts` wants to know, found out when it is asked for."""

    own: Paths
    provider: Provider
    host: RootfulHost
    tools: Tools
    kind: Kind
    containers: Containers
    report: Report

    def config(self, name: str) -> Config:
        """Return a configuration with what this host needs, and show each addition."""
        additions = patches(self._needs())
        config = read_config(_clusters(), name, self.kind.name, additions)
        for addition in additions:
            self.report.notice(f"added to clusters/{name}.yaml: {addition.shown}   ({addition.why})")
        return config

    def prepare(self) -> None:
        """Say who runs the nodes, and do what they need of the host where that takes root."""
        self.report.notice(f"the nodes are run by {self.provider.why}")
        if os.geteuid() == 0:
            prepare_mounts(self.containers.shown.runner)

    def image(self) -> str:
        """Have the node image. Docker pulls the one that kind itself takes, when kind asks for it."""
        store = NodeImage(self.containers.shown.runner, self.own.cache / "node", self.report.done)
        if self.provider.program == "docker":
            return store.recipe.upstream
        if store.missing():
            replace(store, registry=ask(PUBLIC)(), go=lambda: self.tools.have(GO)).ensure()
        return store.reference

    def proof(self, kubectl: Kubectl, record: Record) -> Proof:
        """Return the proof, with an image that the nodes hold; a pulled node image has none that will do, so that one is loaded."""
        loader, image = self.loader(record.nodes), PODS_IMAGE
        if not loader.holds(image):
            image = _TOOLS_IMAGE
            account = loader.lessons.runner
            Images(account, recipes(_clusters().parent / "images"), paths().cache / "images", self.report.done).ensure([image])
            loader.load([image])
        return Proof(kubectl, _clusters() / "proof.yaml", image, record.proofs)

    def loader(self, nodes: tuple[str, ...]) -> Loader:
        """Return what takes images from the lessons' Podman into these nodes."""
        return Loader(Shown(podman_runner(), self.report), paths().cache / "clusters", self.kind, self.containers, nodes)

    def _needs(self) -> Needs:
        ours = readings.text(_ROOT, "etc/resolv.conf").splitlines()
        search = [domain for line in ours if line.startswith(("search ", "domain ")) for domain in line.split()[1:] if domain != "."]
        if self.provider.program == "podman":
            # Podman lets containers find each other by names in this domain (aardvark-dns).
            search.append("dns.podman")
        return Needs(self.host.cgroup != "v2", not self.host.raises_limits and self.provider.program == "podman", tuple(search))


def _clusters() -> Path:
    return course_folder().parent / "clusters"
