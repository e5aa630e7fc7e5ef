"""Look at what Podman holds: a few commands that change nothing, and /proc."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping, Sequence
from typing import Any

from labkit.engines.kept import Kept
from labkit.engines.namespaces import namespaces_of
from labkit.engines.podman_cli import PodmanCli
from labkit.engines.podman_inspect import alone, pod_of
from labkit.engines.podman_kubelet import Kubelet
from labkit.engines.podman_plan import Plan
from labkit.engines.probes import probe_command
from labkit.engines.stamp import Stamp
from labkit.errors import LabError
from labkit.manifests.pods import pod_from
from labkit.model import Container, Pod, Snapshot, State

__all__ = ["Looker"]


class Looker:
    """Build the model of one lesson's pods and containers."""

    def __init__(self, cli: PodmanCli, kubelet: Kubelet, stamp: Stamp, kept: Kept) -> None:
        self._cli, self._kubelet, self._stamp, self._kept = cli, kubelet, stamp, kept
        self._version = ""

    @property
    def version(self) -> str:
        """Podman's version, asked once."""
        if not self._version:
            self._version = self._cli.run("--version", shown=None).stdout.split()[-1]
        return self._version

    def snapshot(self) -> Snapshot:
        """Return the pods of this lesson and owner, and their containers outside pods."""
        pods = [row for row in self._cli.pods() if self._stamp.owns(row.get("Labels"))]
        members = {str(row["Id"]): [str(c["Id"]) for c in row["Containers"] or ()] for row in pods}
        free = [str(row["Id"]) for row in self._cli.containers() if not row.get("Pod") and self._stamp.owns(row.get("Labels"))]
        inspected = {c["Id"]: c for c in self._cli.inspect([*(i for ids in members.values() for i in ids), *free])}
        watched = [self._kubelet.watched(str(row["Name"])) for row in pods]
        return Snapshot(
            engine="podman",
            version=self.version,
            pods=tuple(self._model(row, [inspected[i] for i in members[str(row["Id"])] if i in inspected]) for row in pods),
            containers=tuple(sorted((alone(inspected[i], namespaces_of) for i in free if i in inspected), key=lambda c: c.name)),
            events=tuple(sorted((e for w in watched if w for e in w.events), key=lambda e: e.time)),
            taken=time.time(),
        )

    def planned(self, plan: Plan) -> Pod:
        """Return a pod that this process has made, with one command: its containers' names are known. Its infra container is left out."""
        names = [f"{plan.name}-{step.container}" for step in plan.steps]
        row = {"Name": plan.name, "InfraId": "", "Labels": plan.labels}
        return self._model(row, self._cli.inspect([*names, *plan.apps]))

    def pod(self, name: str) -> Pod | None:
        """Return any pod of this lesson and owner by name, or None."""
        row = next((row for row in self._cli.pods() if row["Name"] == name and self._stamp.owns(row.get("Labels"))), None)
        return self._model(row, self._cli.inspect([str(c["Id"]) for c in row["Containers"] or ()])) if row else None

    def _model(self, row: Mapping[str, Any], inspected: Sequence[Mapping[str, Any]]) -> Pod:
        manifest = self._kept.get(row.get("Labels"))
        asked = pod_from(manifest["pod"]) if manifest else None
        return pod_of(row, inspected, asked, namespaces_of, self._with_probes)

    def _with_probes(self, pod: str, container: Container) -> Container:
        """Return a container with what probes and labkit's own restarts add to what Podman knows."""
        watched = self._kubelet.watched(pod)
        if container.state is not State.RUNNING:
            ready = False
        elif watched:
            gates = [p.kind for p in container.probes if p.kind in ("startup", "readiness")]
            ready = all(watched.passing(container.name, kind) is True for kind in gates)
        else:
            ready = self._probe_once(container)
        restarts = container.restarts + (watched.restarts.get(container.name, 0) if watched else 0)
        reason = (watched.waiting.get(container.name) if watched else None) or container.reason
        return dataclasses.replace(container, ready=ready, restarts=restarts, reason=reason)

    def _probe_once(self, container: Container) -> bool:
        """Ask a readiness probe now, where nobody in this process watches the pod."""
        if not any(p.kind == "readiness" for p in container.probes):
            return True
        inspected = self._cli.inspect([container.engine_name])
        kept = self._kept.get(inspected[0]["Config"]["Labels"]) if inspected else None
        pod = kept["pod"] if kept else {"spec": {"containers": []}}
        everyone = [*(pod["spec"].get("initContainers") or []), *pod["spec"]["containers"]]
        manifest: Mapping[str, Any] = next((c for c in everyone if c["name"] == container.name), {})
        command = probe_command(manifest, "readiness")
        try:
            return (
                command is None
                or self._cli.exec(container.engine_name, command.argv, timeout=command.timeout + 5, check=False).returncode == 0
            )
        except LabError:
            return False
