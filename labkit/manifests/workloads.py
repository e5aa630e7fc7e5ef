"""Find the pods that an object makes, before anything runs."""

from __future__ import annotations

import copy
from typing import Any

from labkit.manifests.document import Document, Place

__all__ = ["MOST_PODS", "expand"]

MOST_PODS = 100
"""How many pods one Deployment may become where Podman runs them; a node of Kubernetes runs 110."""


def expand(doc: Document) -> tuple[Document, ...]:
    """Return the pods that Podman makes of a checked object: a Pod is itself, a Deployment its replicas, other kinds make none.

    Podman calls the pod of a Deployment with one replica `NAME-pod`, and those of one with more `NAME-pod-0`, `NAME-pod-1`, ...
    (podman-kube-play(1); from Podman 4.4 it makes one pod whatever the replicas). Lines still point into the Deployment's file.
    Raises ManifestError for more than MOST_PODS replicas.
    """
    if doc.kind == "Pod":
        return (doc,)
    if doc.kind != "Deployment":
        return ()
    replicas = doc.data["spec"].get("replicas")
    count = 1 if replicas is None else int(replicas)
    if count > MOST_PODS:
        raise doc.error(("spec", "replicas"), f"{count} replicas, more pods than labkit makes on one machine", f"write at most {MOST_PODS}")
    names = [f"{doc.name}-pod"] if count == 1 else [f"{doc.name}-pod-{number}" for number in range(count)]
    return tuple(_pod(doc, name) for name in names)


def _pod(doc: Document, name: str) -> Document:
    template: dict[str, Any] = copy.deepcopy(doc.data["spec"]["template"])
    metadata = {**(template.get("metadata") or {}), "name": name}
    if doc.namespace:
        metadata["namespace"] = doc.namespace
    written = doc.place.at(("spec", "template"))
    # The pod's name stands nowhere in the file: it comes from the Deployment's.
    named = {**written.at(("metadata",)).parts, "name": doc.place.at(("metadata", "name"))}
    parts = {**written.parts, "metadata": Place(doc.line(("spec", "template", "metadata")), "", named)}
    return Document(
        {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}, doc.file, written._replace(parts=parts)
    )
