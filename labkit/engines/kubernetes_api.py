"""What the Kubernetes engine needs of an API server: one way to ask, and the kinds that it knows.

`labkit.engines.kubernetes_client.Client` asks a real one; tests answer from records.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

__all__ = ["NAMESPACE", "POD", "Answer", "Api", "Json", "Kind", "labels_of"]

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """A kind of object that an API server holds, and how its address is made (Kubernetes API concepts, resource URIs)."""

    name: str
    plural: str
    api_version: str = "v1"
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()

    def path(self, namespace: str = "", name: str = "") -> str:
        """Return the path of an object, or of all of them where there is no `name`."""
        root = "api" if "/" not in self.api_version else "apis"
        where = ["namespaces", namespace] if self.namespaced and namespace else []
        return "/" + "/".join([root, self.api_version, *where, self.plural, *([name] if name else [])])

    def titled(self, name: str) -> str:
        """Return `deployment/web`, as kubectl names an object."""
        return f"{self.name.lower()}/{name}"


POD = Kind("Pod", "pods")
NAMESPACE = Kind("Namespace", "namespaces", namespaced=False)


class Answer(NamedTuple):
    """What an API server answered: the HTTP status, the object, and its warnings (`Warning:` headers, RFC 7234)."""

    status: int
    data: Json
    warnings: tuple[str, ...] = ()


class Api(Protocol):
    """An API server."""

    def ask(self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Json | None = None) -> Answer:
        """Ask by GET, DELETE, or PATCH, which is a server-side apply.

        Raises `kubernetes_errors.Refused` when the server says no, and HostError when it is not there.
        """
        ...

    def kind(self, api_version: str, name: str) -> Kind | None:
        """Return the kind of a manifest, or None when the server does not know it."""
        ...

    def kinds(self, *, fresh: bool = False) -> Sequence[Kind]:
        """Return every kind in its preferred version; `fresh`: as it is now, not as it was kept."""
        ...


def labels_of(data: Json) -> Mapping[str, str]:
    """Return the labels of an object."""
    return data.get("metadata", {}).get("labels") or {}
