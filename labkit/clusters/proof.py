"""Prove a new or healed cluster: what a lesson relies on is tried once, from inside the cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit.clusters.kubectl import Kubectl
from labkit.errors import CommandError, DeadlineError

__all__ = ["Proof", "open_points"]

_NAMESPACE = "labkit-proof"
_LABEL = "labkit.dev/proof"

_CONNECTIONS = "a pod has not seen it all: a name found, an allowed connection pass, a denied one blocked"
_AWAITED = (("Bound", "persistentvolumeclaim/storage"), ("Succeeded", "pod/client"))
_A_LITTLE = 10
_PROVEN = "proven: the name of a Service is found, a claim is bound, an allowed connection passes and a denied one is blocked"


def open_points(listing: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what is not proven yet, from `kubectl get pods,persistentvolumeclaims` of the namespace."""
    phases = {(item["kind"], item["metadata"]["name"]): item["status"].get("phase", "") for item in listing["items"]}
    claim = phases.get(("PersistentVolumeClaim", "storage"), "missing")
    found = [f"the claim is {claim or 'Pending'}"] if claim != "Bound" else []
    if phases.get(("Pod", "client")) != "Succeeded":
        found.append(_CONNECTIONS)
    return tuple(found)


@dataclass(frozen=True)
class Proof:
    """The proof of `manifest`, with `image`, which every node holds; `number` tells it from an earlier one that still goes away."""

    kubectl: Kubectl
    manifest: Path
    image: str
    number: int

    @property
    def namespace(self) -> str:
        """Return the namespace in which it takes place."""
        return f"{_NAMESPACE}-{self.number}"

    def begin(self) -> None:
        """Make what tries it. Raises CommandError."""
        text = self.manifest.read_text(encoding="utf-8").replace("image: IMAGE", f"image: {self.image}").replace(_NAMESPACE, self.namespace)
        # Server-side: the default service account may appear between a look and a create.
        self.kubectl.act(["apply", "--server-side", "--force-conflicts", "--filename", "-"], "10 s until all of it has run", stdin=text)

    def open_points(self) -> tuple[str, ...]:
        """Wait a little for what is not proven yet, and return it; empty: all of it."""
        for condition, name in _AWAITED:
            waited = ["wait", f"--namespace={self.namespace}", f"--for=jsonpath={{.status.phase}}={condition}", name]
            self.kubectl.wait(waited, _A_LITTLE)
        try:
            return open_points(self.kubectl.look("pods,persistentvolumeclaims", "--namespace", self.namespace))
        except (CommandError, DeadlineError) as silent:
            return (f"the API does not answer: {silent.found}",)

    def last_seen(self) -> tuple[str, ...]:
        """Return what the client in the cluster saw last, in words; empty: it has not run."""
        try:
            said = self.kubectl.quiet("logs", "client", "--namespace", self.namespace, "--tail=1").strip()
        except (CommandError, DeadlineError):
            return ()
        return (f"a pod saw last: {said}",) if said else ()

    def end(self) -> None:
        """Say that it is proven, and delete what tried it, now or earlier; Kubernetes does that in its own time, about 6 s."""
        self.kubectl.shown.report.done(_PROVEN)
        self.kubectl.act(["delete", "namespace", f"--selector={_LABEL}", "--wait=false"])
