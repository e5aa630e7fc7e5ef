"""Wait for objects of a cluster, and say what was seen last: container, image, probe, event."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Sequence

from labkit import wait
from labkit.engines import Report
from labkit.engines.describe import describe_pod
from labkit.engines.kubernetes_api import POD, Api, Json, Kind
from labkit.engines.kubernetes_apply import Applied
from labkit.engines.kubernetes_conditions import ROLLED_OUT, holds, is_hopeless, is_ready, told
from labkit.engines.kubernetes_errors import Refused, is_gone
from labkit.engines.kubernetes_pods import event_of, pod_of, written
from labkit.errors import DeadlineError
from labkit.model import Event, Pod, State

__all__ = ["Waiter"]

_NO_IMAGE = "there is no image for"
_LONGEST_PAUSE = 0.1
"""Seconds between two looks at one object: a look costs the server 2 ms, and somebody waits for the answer."""


class Waiter:
    """Wait by looking again and again."""

    def __init__(self, api: Api, report: Report) -> None:
        self._api, self._report = api, report

    def wait(self, kind: Kind, namespace: str, name: str, condition: str, *, timeout: float) -> None:
        """Wait until an object is in a condition, or `deleted`. Raises DeadlineError with its state."""

        def met(data: Json | None) -> bool:
            if data is None or condition == "deleted":
                return data is None and condition == "deleted"
            return holds(data, condition)

        title = kind.titled(name)
        fix = f"give it longer: timeout={timeout * 2:g}"
        try:
            wait.until(
                lambda: self._get(kind.path(namespace, name)),
                met,
                what=f"{title} is {condition}",
                timeout=timeout,
                fix=f'look at lab.logs("{title}"), or {fix}' if kind.name == POD.name else fix,
                describe=lambda data: self._words(kind, namespace, data) if data else f"there is no {title}",
                longest_pause=_LONGEST_PAUSE,
            )
        except DeadlineError as late:
            if _NO_IMAGE in late.last:
                raise DeadlineError(late.tried, late.last, "correct the image's name, or bring the image into the cluster") from None
            raise

    def settle(self, applied: Applied, seconds: float, started: float) -> None:
        """Wait until what was applied is ready or will not be, and say which: a pod that is not ready is what the learner looks at."""
        if applied.change == "unchanged" or applied.kind.name not in (POD.name, *ROLLED_OUT):
            self._report.done(f"{applied.title} {applied.change}")
            return

        def settled(data: Json | None) -> bool:
            return data is None or is_ready(data) or (applied.kind.name == POD.name and is_hopeless(data))

        seen: list[Json | None] = []

        def look() -> Json | None:
            seen.append(self._get(applied.path))
            return seen[-1]

        with contextlib.suppress(DeadlineError):
            wait.until(
                look, settled, what=f"{applied.title} is ready", timeout=seconds, fix="look at its logs", longest_pause=_LONGEST_PAUSE
            )
        took, last = f"{time.monotonic() - started:.1f} s", seen[-1]
        if last is None:
            self._report.done(f"{applied.title} is gone again (after {took})")
        elif is_ready(last) and not (applied.kind.name == POD.name and is_hopeless(last)):
            self._report.done(f"{applied.title} ready in {took}")
        else:
            self._report.done(f"{self._words(applied.kind, applied.namespace, last)}\n(after {took})")

    def _get(self, path: str) -> Json | None:
        try:
            return self._api.ask("GET", path).data
        except Refused as error:
            if is_gone(error):
                return None
            raise

    def _words(self, kind: Kind, namespace: str, data: Json) -> str:
        if kind.name == POD.name:
            return pod_in_words(pod_of(data), self._events(namespace, data["metadata"]["name"]))
        lines = [told({**data, "kind": kind.name})]
        selector = ((data.get("spec") or {}).get("selector") or {}).get("matchLabels") if kind.name in ROLLED_OUT else None
        if selector:
            query = {"labelSelector": ",".join(f"{key}={value}" for key, value in selector.items())}
            pods = [pod_of(each) for each in self._api.ask("GET", POD.path(namespace), query=query).data["items"]]
            lines += [pod_in_words(pod, self._events(namespace, pod.name)) for pod in pods if not pod.ready]
        return "\n".join(lines)

    def _events(self, namespace: str, name: str) -> list[Event]:
        """Return the events about a name, the last written first: of several in one second it is the one that tells most."""
        query = {"fieldSelector": f"involvedObject.name={name}"}
        found = self._api.ask("GET", f"/api/v1/namespaces/{namespace}/events", query=query).data["items"]
        return [event_of(each) for each in sorted(found, key=written, reverse=True)]


def pod_in_words(pod: Pod, events: Sequence[Event]) -> str:
    """Return a pod's state, its last event, and, where that is another, the last one that warns; images of containers that wait for one."""
    lines = [describe_pod(pod, events)]
    lines += [f"{_NO_IMAGE} {c.name}: {c.image}" for c in pod.containers if c.state is State.WAITING and "Image" in c.reason]
    lines += [f"{c.name} ended before: {c.last_exit}" for c in pod.containers if c.last_exit]
    about = [event for event in events if event.about.startswith(f"pod/{pod.name}")]
    warnings = [event for event in about if event.warning]
    if warnings:
        last = max(warnings, key=lambda event: event.time)
        said = f"{last.about.rpartition('/')[2]} {last.reason}: {last.message}"
        if said not in lines[0]:
            lines.append(f"last warning: {said}")
    return "\n".join(lines)
