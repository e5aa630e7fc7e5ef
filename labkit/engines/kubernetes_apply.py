"""Make what documents say by server-side apply: nothing twice, nothing half."""

from __future__ import annotations

import contextlib
import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labkit import wait
from labkit.engines import Report
from labkit.engines.kubernetes_api import Api, Json, Kind, labels_of
from labkit.engines.kubernetes_errors import Refused, explained, is_gone, is_immutable
from labkit.engines.kubernetes_home import Home
from labkit.engines.stamp import LESSON, OWNER, RUN, Stamp
from labkit.errors import ConflictError, LabError
from labkit.manifests import Document, stamp

__all__ = ["Applied", "Applier"]

_MADE_AGAIN = ("Pod", "Job")
"""Kinds whose containers cannot be changed once they are there, and that nobody but the manifest makes."""


@dataclass(frozen=True)
class Applied:
    """What came of a document: `change` is created, configured, unchanged or replaced, in kubectl's words."""

    document: Document
    kind: Kind
    namespace: str
    change: str

    @property
    def title(self) -> str:
        """Return `deployment/web`."""
        return self.kind.titled(self.document.name)

    @property
    def path(self) -> str:
        """Return where the object is."""
        return self.kind.path(self.namespace, self.document.name)


class Applier:
    """Turn documents into objects of the lesson's namespace."""

    def __init__(self, api: Api, report: Report, stamp: Stamp, home: Home) -> None:
        self._api, self._report, self._stamp, self._home = api, report, stamp, home

    def apply(self, documents: Sequence[Document]) -> list[Applied]:
        """Apply every document, in its order. All are looked at before the first is sent; when one fails, those made new are removed."""
        planned = [(document, *self._place(document)) for document in documents]
        self._home.ensure()
        for file in dict.fromkeys(document.file for document in documents):
            self._report.command(f"kubectl apply --server-side --force-conflicts -f {shlex.quote(file)}")
        done: list[Applied] = []
        try:
            for document, kind, namespace in planned:
                done.append(self._one(document, kind, namespace))
        except BaseException:
            # Also Ctrl-C: the next cell has to find a clean ground.
            self.roll_back(done)
            raise
        return done

    def _place(self, document: Document) -> tuple[Kind, str]:
        """Return a document's kind and namespace. Raises ManifestError for a kind that the cluster lacks, or a namespace of others."""
        kind = self._api.kind(document.api_version, document.kind)
        if kind is None:
            fix = "check apiVersion and kind (`kubectl api-resources` lists them), or apply its CustomResourceDefinition first"
            raise document.error(("kind",), f"this cluster has no {document.kind} in {document.api_version}", fix)
        if not kind.namespaced:
            return kind, ""
        if document.namespace in ("", self._home.name):
            return kind, self._home.name
        try:
            there = self._api.ask("GET", f"/api/v1/namespaces/{document.namespace}").data
        except Refused as error:
            if not is_gone(error):
                raise
            there = {}
        if there and not self._stamp.owns(labels_of(there)):
            raise document.error(
                ("metadata", "namespace"),
                f"the namespace {document.namespace} is not this lesson's",
                f"leave the line out: it goes to {self._home.name}",
            )
        return kind, document.namespace

    def _one(self, document: Document, kind: Kind, namespace: str) -> Applied:
        done = Applied(document, kind, namespace, "unchanged")
        before = self.get(done.path)
        if before and before["metadata"].get("deletionTimestamp"):
            self._until_gone(done, float(before["metadata"].get("deletionGracePeriodSeconds") or 0))
            before = None
        if before and not namespace and not self._stamp.owns(labels_of(before)):
            raise ConflictError(f"apply {done.title}", f"there is a {done.title} that this lesson did not make", "give yours another name")
        body = self._stamped(document, before, namespace)
        try:
            after, change = self._send(done.path, body), ""
        except Refused as error:
            if not (before and kind.name in _MADE_AGAIN and is_immutable(error)):
                raise explained(error, document, title=done.title) from None
            after, change = self._replace(done, body), "replaced"
        if not change:
            change = "created" if before is None else "unchanged" if _meaning(before) == _meaning(after) else "configured"
        return dataclasses.replace(done, change=change)

    def _stamped(self, document: Document, before: Json | None, namespace: str) -> Json:
        # The run is no label of a template: a restarted notebook would then roll every Deployment over.
        data: dict[str, Any] = dict(stamp(document, {LESSON: self._stamp.lesson, OWNER: self._stamp.owner}).data)
        run = labels_of(before).get(RUN) if before else None
        metadata = {**data["metadata"], "labels": {**data["metadata"]["labels"], RUN: run or self._stamp.run}}
        if namespace:
            metadata["namespace"] = namespace
        return {**data, "metadata": metadata}

    def _send(self, path: str, body: Json) -> Json:
        answer = self._api.ask("PATCH", path, query={"fieldValidation": "Strict"}, body=body)
        for warning in answer.warnings:
            self._report.notice(warning)
        return answer.data

    def _replace(self, done: Applied, body: Json) -> Json:
        self._report.notice(f"{done.title} is another one than in the file, and its containers cannot be changed: it is made again")
        self._report.command(f"kubectl replace --force -f {shlex.quote(done.document.file)}")
        self._delete(done)
        self._until_gone(done, 30)
        try:
            return self._send(done.path, body)
        except Refused as error:
            raise explained(error, done.document, title=done.title) from None

    def roll_back(self, done: Sequence[Applied]) -> None:
        """Remove what was made new, as far as it goes: the failure itself is what will be told."""
        for each in reversed(done):
            if each.change == "created":
                with contextlib.suppress(LabError):
                    self._delete(each)

    def _delete(self, done: Applied) -> None:
        self._api.ask("DELETE", done.path, query={"gracePeriodSeconds": "0", "propagationPolicy": "Background"})

    def _until_gone(self, done: Applied, grace: float) -> None:
        fix = f"look what holds it: kubectl get {done.title} --output yaml"
        wait.until(lambda: self.get(done.path), lambda seen: seen is None, what=f"{done.title} is deleted", timeout=grace + 30, fix=fix,
                   describe=lambda _: "it is still being deleted")  # fmt: skip

    def get(self, path: str) -> Json | None:
        """Return an object, or None when there is none."""
        try:
            return self._api.ask("GET", path).data
        except Refused as error:
            if is_gone(error):
                return None
            raise


def _meaning(data: Json) -> Mapping[str, Any]:
    """Return an object without what the cluster itself writes into it all the time."""
    metadata = {key: value for key, value in data["metadata"].items() if key not in ("managedFields", "resourceVersion", "generation")}
    return {**{key: value for key, value in data.items() if key != "status"}, "metadata": metadata}
