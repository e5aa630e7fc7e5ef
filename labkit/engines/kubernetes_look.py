"""Look at what a cluster holds of one lesson: a few lists, and one look into each node."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from labkit.engines.kubernetes_api import NAMESPACE, Api, Json
from labkit.engines.kubernetes_errors import Refused
from labkit.engines.kubernetes_node import InsideOf
from labkit.engines.kubernetes_objects import claim_of, namespace_of, node_of, policy_of, quota_of, service_of, workload_of
from labkit.engines.kubernetes_pods import event_of, pod_of, written
from labkit.engines.stamp import LESSON, OWNER, Stamp
from labkit.model import Snapshot

__all__ = ["Looker", "owned"]

_WORKLOADS = {
    "Deployment": "apis/apps/v1/{}/deployments",
    "ReplicaSet": "apis/apps/v1/{}/replicasets",
    "StatefulSet": "apis/apps/v1/{}/statefulsets",
    "DaemonSet": "apis/apps/v1/{}/daemonsets",
    "Job": "apis/batch/v1/{}/jobs",
}

T = TypeVar("T")


def owned(stamp: Stamp) -> dict[str, str]:
    """Return the query for what carries the labels of this lesson and owner."""
    return {"labelSelector": f"{LESSON}={stamp.lesson},{OWNER}={stamp.owner}"}


class Looker:
    """Build the model of one lesson's namespaces."""

    def __init__(self, api: Api, stamp: Stamp, inside_of: InsideOf) -> None:
        self._api, self._stamp, self._inside_of = api, stamp, inside_of
        self._version = ""

    @property
    def version(self) -> str:
        """The API server's version, asked once."""
        if not self._version:
            self._version = str(self._api.ask("GET", "/version").data["gitVersion"]).removeprefix("v")
        return self._version

    def snapshot(self) -> Snapshot:
        """Return everything in the namespaces of this lesson and owner, and the nodes."""
        namespaces = self._api.ask("GET", NAMESPACE.path(), query=owned(self._stamp)).data["items"]
        names = [each["metadata"]["name"] for each in namespaces]

        def listed(path: str) -> list[Json]:
            return [each for name in names for each in self._list("/" + path.format(f"namespaces/{name}"))]

        pods, slices = listed("api/v1/{}/pods"), listed("apis/discovery.k8s.io/v1/{}/endpointslices")
        inside = self._inside_of(pods)
        events = sorted(listed("api/v1/{}/events"), key=written)
        return Snapshot(
            engine="kubernetes",
            version=self.version,
            pods=_named(pod_of(each, inside.get(each["metadata"]["uid"])) for each in pods),
            services=_named(service_of(each, slices) for each in listed("api/v1/{}/services")),
            workloads=_named((workload_of(each, kind) for kind, path in _WORKLOADS.items() for each in listed(path))),
            policies=_named(policy_of(each) for each in listed("apis/networking.k8s.io/v1/{}/networkpolicies")),
            quotas=_named(quota_of(each) for each in listed("api/v1/{}/resourcequotas")),
            claims=_named(claim_of(each) for each in listed("api/v1/{}/persistentvolumeclaims")),
            nodes=_named(node_of(each) for each in self._list("/api/v1/nodes")),
            namespaces=_named(namespace_of(each) for each in namespaces),
            events=tuple(sorted((event_of(each) for each in events), key=lambda event: event.time)),
            taken=time.time(),
        )

    def _list(self, path: str) -> Sequence[Json]:
        try:
            return list(self._api.ask("GET", path).data["items"])
        except Refused as error:
            # A cluster that others run may show a learner neither its nodes nor everything of a namespace.
            if error.status in (403, 404):
                return []
            raise


def _named(things: Iterable[T]) -> tuple[T, ...]:
    key: Callable[[Any], tuple[str, str]] = lambda thing: (getattr(thing, "namespace", ""), thing.name)  # noqa: E731
    return tuple(sorted(things, key=key))
