"""Ask a real API server: the only module that imports `kubernetes`, and only once something is asked (it takes a second)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from labkit.engines.kubernetes_api import Answer, Json, Kind
from labkit.engines.kubernetes_context import Context
from labkit.engines.kubernetes_errors import Refused
from labkit.errors import HostError

__all__ = ["FIELD_MANAGER", "Client"]

FIELD_MANAGER = "labkit"
_SOON = (1.0, 2.5)
"""Seconds to connect and to answer. One that takes longer is asked whether it lives: a dead one is known in under 5 s."""
_ALIVE = 1.2
_PATIENT = (1.0, 60.0)

T = TypeVar("T")


class Client:
    """An API server, through a context of a kubeconfig. `cache` is the file that keeps which kinds it knows."""

    def __init__(self, context: Context, cache: Path) -> None:
        self.context, self._cache = context, cache
        self._pool: Any = None
        self._connected: Any = None
        self._listed: tuple[Kind, ...] = ()

    def ask(self, method: str, path: str, *, query: Mapping[str, str] | None = None, body: Json | None = None) -> Answer:
        """Ask as `Api.ask` says. A request without an answer is repeated once, if the server lives: all of them may be repeated."""
        tried = f"{method} {path}"
        dynamic = self._dynamic()
        parameters = list((query or {}).items())
        options: dict[str, Any] = {"query_params": parameters, "serialize": False}
        if body is not None:
            options |= {"body": dict(body)}
        if method == "PATCH":
            options |= {"content_type": "application/apply-patch+yaml"}
            parameters += [("fieldManager", FIELD_MANAGER), ("force", "true")]

        def request(timeout: tuple[float, float]) -> Any:
            return self._told(tried, lambda: dynamic.request(method, path, _request_timeout=timeout, **options))

        response = request(_SOON)
        if response is None:
            self._ask_whether_it_lives()
            response = request(_PATIENT)
        if response is None:
            raise self._dead("it broke the connection off twice")
        return Answer(response.status, json.loads(response.data or b"{}"), tuple(_warnings(response.headers)))

    def kind(self, api_version: str, name: str) -> Kind | None:
        """Return the kind of a manifest, as `Api.kind` says."""
        from kubernetes.dynamic import exceptions

        resources = self._dynamic().resources
        try:
            found = self._told(f"find the kind {name}", lambda: resources.get(api_version=api_version, kind=name))
        except (exceptions.ResourceNotFoundError, exceptions.ResourceNotUniqueError):
            return None
        return _kind(found) if found is not None and found.group_version == api_version else None

    def kinds(self, *, fresh: bool = False) -> Sequence[Kind]:
        """Return every kind in its preferred version, as `Api.kinds` says."""
        if fresh or not self._listed:
            self._ask_whether_it_lives()
            resources = self._dynamic().resources
            if fresh:
                self._told("find out which kinds there are", resources.invalidate_cache)
            found = self._told("find out which kinds there are", lambda: [each for alike in resources for each in alike])
            # Beside each kind stands its list, which has no verbs of its own.
            chosen = {_kind(each): None for each in found or () if each.preferred and not each.kind.endswith("List")}
            self._listed = tuple(chosen)
        return self._listed

    def _rest(self) -> Any:
        """Return the connection pool, made at the first use. Raises HostError when the kubeconfig cannot be used."""
        if self._pool is None:
            from kubernetes import config

            load: Any = config.new_client_from_config
            try:
                client = load(config_file=self.context.kubeconfig, context=self.context.name, persist_config=False)
            except (config.ConfigException, OSError) as unreadable:
                tried = f"use the context {self.context.name} of {self.context.kubeconfig}"
                raise HostError(tried, str(unreadable), self.context.fix) from None
            # One try: the library's own three would make a dead cluster three times as slow to notice.
            client.configuration.retries = False
            client.rest_client = type(client.rest_client)(client.configuration)
            self._pool = client
        return self._pool

    def _dynamic(self) -> Any:
        """Return the dynamic client, made at the first use. Raises HostError when nobody answers."""
        if self._connected is None:
            from kubernetes import dynamic

            connect: Any = dynamic.DynamicClient
            client = self._rest()
            self._ask_whether_it_lives()
            self._cache.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _drop_if_broken(self._cache)
            self._connected = self._told("find out what the cluster knows", lambda: connect(client, cache_file=str(self._cache)))
        if self._connected is None:
            raise self._dead("it broke the connection off")
        return self._connected

    def _ask_whether_it_lives(self) -> None:
        """Raise HostError unless the API server answers something, whatever it is."""
        import urllib3

        client = self._rest()
        timeout = urllib3.Timeout(connect=_ALIVE, read=_ALIVE)
        try:
            client.rest_client.pool_manager.request("GET", f"{client.configuration.host}/livez", timeout=timeout, retries=False)
        except urllib3.exceptions.SSLError as stranger:
            raise self._dead(f"another cluster answers than the one that the kubeconfig describes ({stranger})") from None
        except urllib3.exceptions.HTTPError as dead:
            raise self._dead(_why(dead)) from None

    def _told(self, tried: str, ask: Callable[[], T]) -> T | None:
        """Return what was answered, or None where the connection broke. Raises Refused."""
        import urllib3
        from kubernetes.client.exceptions import ApiException

        try:
            return ask()
        except urllib3.exceptions.HTTPError:
            return None
        except ApiException as error:
            if not error.status:
                return None
            if error.status == 401:
                self._forget()
            body = error.body.decode(errors="replace") if isinstance(error.body, bytes) else str(error.body or error.reason)
            raise Refused.read(tried, int(error.status), body) from None

    def _forget(self) -> None:
        """Read the kubeconfig again next time: the cluster may have been made anew."""
        self._pool = self._connected = None

    def _dead(self, found: str) -> HostError:
        self._forget()
        return HostError(f"ask the cluster of the context {self.context.name}", f"it does not answer: {found}", self.context.fix)


def _why(error: Exception) -> str:
    text = str(error)
    known = {"refused": "connection refused", "timed out": "no answer in time", "No route": "no route to it", "resolve": "no such host"}
    return next((words for sign, words in known.items() if sign in text), text)


def _warnings(headers: Any) -> list[str]:
    """Return the texts of `Warning: 299 - "text"` headers (RFC 7234, 5.5)."""
    found = headers.getlist("Warning") if hasattr(headers, "getlist") else []
    return [each.partition('"')[2].rpartition('"')[0].replace('\\"', '"') for each in found]


def _kind(resource: Any) -> Kind:
    return Kind(
        name=resource.kind,
        plural=resource.name,
        api_version=resource.group_version,
        namespaced=bool(resource.namespaced),
        short_names=tuple(getattr(resource, "short_names", None) or ()),
        verbs=tuple(resource.verbs or ()),
    )


def _drop_if_broken(cache: Path) -> None:
    """Remove a cache that a killed process left half written: the library would complain of it in the notebook."""
    try:
        json.loads(cache.read_text())
    except FileNotFoundError:
        pass
    except (OSError, ValueError):
        cache.unlink(missing_ok=True)
