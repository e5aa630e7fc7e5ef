"""An API server in memory: it keeps what it is sent, and says no where a test tells it to."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from labkit.engines.kubernetes_api import NAMESPACE, POD, Answer, Json, Kind
from labkit.engines.kubernetes_errors import Refused

RECORDED = Path(__file__).parent / "recorded"
ALL = ("get", "list", "deletecollection")
KINDS = (
    Kind("Pod", "pods", short_names=("po",), verbs=ALL),
    Kind("ConfigMap", "configmaps", short_names=("cm",), verbs=ALL),
    Kind("ServiceAccount", "serviceaccounts", verbs=ALL),
    Kind("Event", "events", verbs=ALL),
    Kind("Namespace", "namespaces", namespaced=False, verbs=("get", "list")),
    Kind("PriorityClass", "priorityclasses", "scheduling.k8s.io/v1", namespaced=False, verbs=ALL),
    Kind("Deployment", "deployments", "apps/v1", short_names=("deploy",), verbs=ALL),
    Kind("ReplicaSet", "replicasets", "apps/v1", verbs=ALL),
    Kind("Job", "jobs", "batch/v1", verbs=ALL),
)


def kind(name: str) -> Kind:
    return next(each for each in KINDS if each.name == name)


def refusal(status: int, reason: str, message: str, **details: Any) -> Refused:
    body = {"kind": "Status", "reason": reason, "message": message, "details": details, "code": status}
    return Refused.read("PATCH /x", status, json.dumps(body))


def recorded() -> dict[str, Any]:
    """Return what a real API server answered, by path."""
    found: dict[str, Any] = json.loads((RECORDED / "kubernetes.json").read_text())
    return found


class FakeCluster:
    """Objects by path. `refuses` maps a method and a path to the refusals that it gets, in turn; `asked` keeps every question."""

    def __init__(self, objects: Mapping[str, Any] | None = None) -> None:
        self.objects: dict[str, Any] = dict(objects or {})
        self.refuses: dict[tuple[str, str], list[Refused]] = {}
        self.warns: dict[str, tuple[str, ...]] = {}
        self.asked: list[tuple[str, str]] = []
        self.queries: list[Mapping[str, str]] = []
        self._made = 0

    def put(self, path: str, **data: Any) -> None:
        self._made += 1
        metadata = {"name": path.rpartition("/")[2], "uid": f"uid-{self._made}", **data.pop("metadata", {})}
        self.objects[path] = {"metadata": metadata, "status": {}, **data}

    def ask(self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Json | None = None) -> Answer:
        self.asked.append((method, path))
        self.queries.append(query or {})
        if self.refuses.get((method, path)):
            raise self.refuses[(method, path)].pop(0)
        if method == "PATCH":
            return self._patch(path, copy.deepcopy(dict(body or {})))
        if method == "DELETE":
            return self._delete(path, query or {})
        if path in self.objects:
            return Answer(200, copy.deepcopy(self.objects[path]))
        if path.rpartition("/")[2] in {each.plural for each in KINDS}:
            return Answer(200, {"items": [copy.deepcopy(self.objects[each]) for each in self._listed(path, query or {})]})
        raise refusal(404, "NotFound", f"{path} not found")

    def kind(self, api_version: str, name: str) -> Kind | None:
        return next((each for each in KINDS if (each.api_version, each.name) == (api_version, name)), None)

    def kinds(self, *, fresh: bool = False) -> Sequence[Kind]:
        return KINDS

    def changes(self) -> list[tuple[str, str]]:
        return [each for each in self.asked if each[0] != "GET"]

    def _listed(self, path: str, query: Mapping[str, str]) -> list[str]:
        """Return the objects of a collection that a label selector and `metadata.name!=` choose."""
        wanted = dict(pair.partition("=")[::2] for pair in query.get("labelSelector", "").split(",") if pair)
        unwanted = query.get("fieldSelector", "").partition("!=")[2]
        chosen = []
        for each, data in sorted(self.objects.items()):
            labels = data["metadata"].get("labels") or {}
            matches = all(key in labels and value in ("", labels[key]) for key, value in wanted.items())
            if each.rpartition("/")[0] == path and matches and data["metadata"]["name"] != unwanted:
                chosen.append(each)
        return chosen

    def _patch(self, path: str, body: dict[str, Any]) -> Answer:
        before = self.objects.get(path)
        if before is None:
            self.put(path, **body)
            if path.startswith(NAMESPACE.path()) and path.count("/") == 4:
                self.objects[path]["status"] = {"phase": "Active"}
                self.put(f"{path}/serviceaccounts/default")
                self.put(f"{path}/configmaps/kube-root-ca.crt")
        else:
            merged = {**before["metadata"], **body["metadata"]}
            self.objects[path] = {**before, **body, "metadata": merged}
        if body["kind"] == POD.name:
            self.objects[path]["status"] = {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}
        return Answer(200 if before else 201, copy.deepcopy(self.objects[path]), self.warns.get(path, ()))

    def _delete(self, path: str, query: Mapping[str, str]) -> Answer:
        gone = [path] if path in self.objects else self._listed(path, query)
        if not gone and path.rpartition("/")[2] not in {each.plural for each in KINDS}:
            raise refusal(404, "NotFound", f"{path} not found")
        for each in gone:
            del self.objects[each]
        return Answer(200, {})
