"""What happened, in order: a sequence diagram of an engine's own events.

In Kubernetes every component talks only to the API server, and watches it to learn what to do: so an event is an arrow from who reported
it to the API server. A kubelet also tells the container runtime of its node what to do (kubernetes.io, Cluster Architecture; KEP-2371 for
the interface). Beside Podman, labkit does what a kubelet would, and its events are what it told Podman or saw there.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from labkit.draw.graph import identifier
from labkit.draw.sequence import Actor, Diagram, Message
from labkit.draw.shared import listed
from labkit.errors import LabError
from labkit.model import Event, Snapshot

__all__ = ["story_diagram"]

LONG = 2.0
"""Seconds without an event that are left out of the picture, and said instead."""
_USER = Actor("user", "user", kind="outside")
_API = Actor("api-server", "API server", kind="shared")
_CONTROLLERS = Actor("controllers", "controllers", kind="infra")
_SCHEDULER = Actor("scheduler", "scheduler", kind="infra")
_LABKIT = Actor("labkit", "labkit", kind="shared")
_PODMAN = Actor("podman", "podman", kind="infra")
_TOLD_TO_RUNTIME = frozenset({"Pulling", "Pulled", "Created", "Started", "Killing", "FailedCreatePodSandBox", "SandboxChanged"})
_TOLD_TO_PODMAN = frozenset({"Started", "Killing"})
_WARNINGS = frozenset({"Failed", "Unhealthy"})
_MADE_BY_USERS = frozenset({"deployment", "statefulset", "daemonset", "cronjob"})
_CONTROLLER = re.compile(r"controller|autoscaler|provisioner")
_ON_ANOTHER = frozenset({"ScalingReplicaSet", "SuccessfulCreate", "SuccessfulDelete"})
_ANOTHER = re.compile(r"\b(replica set|pod|job):? ([a-z0-9][a-z0-9.-]*)", re.IGNORECASE)
_ASSIGNED = re.compile(r"assigned \S+ to (\S+)$")
_HOW_IT_WORKS = "Components talk only to the API server, and watch it to learn what to do; a kubelet also tells its runtime."
_LIKE_A_KUBELET = "labkit does here what a kubelet does in a cluster, and tells Podman."
_INFERRED = "A dashed arrow: no event says it, somebody has asked for it."
_TO_THE_SECOND = "Times are known to the second only: within one, the order is that of cause and effect."


def story_diagram(snapshot: Snapshot, *names: str) -> Diagram:
    """Return what happened to everything, or to those of `names` (`web`, `pod/web`, `deployment/web`), what they made and what made them.

    Raises LabError, listing what there is, when a name is not in the snapshot.
    """
    events = _chosen(snapshot, names)
    caption = f"What happened to {listed(list(names))}." if names else "What happened, in order."
    if not events:
        kept = () if snapshot.engine == "podman" else ("A cluster keeps events for an hour.",)
        return Diagram(caption, notes=("No event has been written down.", *kept))
    story = _Story(snapshot, events)
    messages = tuple(story.messages())
    used = {end for each in messages for end in (each.source, each.target)}
    notes = [_LIKE_A_KUBELET if snapshot.engine == "podman" else _HOW_IT_WORKS]
    notes += [_INFERRED] if any(each.inferred for each in messages) else []
    notes += [_TO_THE_SECOND] if story.coarse else []
    return Diagram(caption, tuple(actor for actor in story.actors() if actor.id in used), messages, tuple(notes))


def _thing(about: str) -> str:
    """Return the object that an event is about, without the container: `pod/web`."""
    return "/".join(about.split("/")[:2])


def _acted_on(event: Event) -> str:
    """Return the other object that a controller made or deleted, as its message says, or nothing."""
    found = _ANOTHER.search(event.message) if event.reason in _ON_ANOTHER else None
    return f"{found[1].lower().replace(' ', '')}/{found[2]}" if found else ""


def _chosen(snapshot: Snapshot, names: Sequence[str]) -> list[Event]:
    if not names:
        return list(snapshot.events)
    owners = {f"pod/{pod.name}": pod.owner for pod in snapshot.pods}
    owners |= {f"{each.kind.lower()}/{each.name}": each.owner for each in snapshot.workloads}
    there = sorted(owners.keys() | {_thing(event.about) for event in snapshot.events})
    for name in names:
        if not any(name in (each, each.partition("/")[2]) for each in there):
            raise LabError(f"draw the story of {name}", f"there is {', '.join(there) or 'nothing'}", "name one of those, or none for all")
    made = [(_thing(event.about), _acted_on(event)) for event in snapshot.events] + [(owner, each) for each, owner in owners.items()]
    wanted = _closure((each for each in there if {each, each.partition("/")[2]} & set(names)), made)
    makers = _closure(wanted, [(below, above) for above, below in made])
    return [event for event in snapshot.events if _thing(event.about) in wanted or _acted_on(event) in makers]


def _closure(start: Iterable[str], steps: Sequence[tuple[str, str]]) -> set[str]:
    found, fresh = set[str](), set(start)
    while fresh:
        found |= fresh
        fresh = {after for before, after in steps if before in fresh and after} - found
    return found


@dataclass(frozen=True)
class _Told:
    """Equal events in one: from `first` to `last`, in seconds since 1970. `late`: of the first nothing is known, `first` is the last."""

    event: Event
    first: float
    last: float
    count: int
    late: bool


def _merged(events: Iterable[Event]) -> list[_Told]:
    found: dict[tuple[str, str, str, str], _Told] = {}
    for event in events:
        key = (event.source, event.about, event.reason, event.message)
        first = event.time if event.first is None else event.first
        late = event.count > 1 and event.first is None
        before = found.get(key, _Told(event, first, event.time, 0, late))
        earlier = before.late if before.first <= first else late
        found[key] = _Told(before.event, min(before.first, first), max(before.last, event.time), before.count + event.count, earlier)
    return list(found.values())


class _Story:
    """The events of a snapshot, told: who says each to whom, and when."""

    def __init__(self, snapshot: Snapshot, events: Sequence[Event]) -> None:
        self.podman = snapshot.engine == "podman"
        self.nodes = {f"pod/{pod.name}": pod.node for pod in snapshot.pods} | dict(_assigned(events))
        self.wishes = set(_wishes(snapshot, events))
        told = _merged(events)
        self.coarse = any(each.first % 1 == 0 for each in told)
        self.told = sorted(told, key=self._moment)
        self.start = self._round(min(each.first for each in told))

    def actors(self) -> list[Actor]:
        """Return everybody, in the order of the lifelines."""
        ends = {end for each in self.told for end in self._ends(each.event)}
        fixed = [_USER, _LABKIT, _PODMAN, _API, replace(_CONTROLLERS, lines=self._controllers()), _SCHEDULER]
        others = sorted((end for end in ends if end.id.startswith("component")), key=lambda end: end.id)
        nodes = sorted({end.lines for end in ends if end.id.startswith(("kubelet", "runtime"))})
        return fixed[:-1] + others + fixed[-1:] + [part for node in nodes for part in (_kubelet(*node), _runtime(*node))]

    def messages(self) -> Iterable[Message]:
        """Give the arrows, each wish before the first event about what was wished for."""
        before, ids, wishes = self.start, dict[str, int](), set(self.wishes)
        for each in self.told:
            event, at = each.event, self._round(each.first)
            pause = self._seconds(at - before) + " pass" if at - before >= LONG else ""
            object_ = _thing(event.about)
            if object_ in wishes:
                wishes.discard(object_)
                yield replace(self._wish(object_), pause=pause)
                pause = ""
            name = identifier("event", event.about, event.reason)
            ids[name] = ids.get(name, 0) + 1
            yield replace(self._message(each, at, f"{name}-{ids[name]}" if ids[name] > 1 else name), pause=pause)
            before = at

    def _wish(self, object_: str) -> Message:
        asked = _LABKIT if self.podman else _API
        heading = f"asks for {object_}"
        return Message(identifier("wish", object_), _USER.id, asked.id, heading, inferred=True, title=f"user to {asked}: {heading}")

    def _message(self, told: _Told, at: float, name: str) -> Message:
        event = told.event
        source, target = self._ends(event)
        bad = event.warning or (self.podman and event.reason in _WARNINGS)
        heading = f"{'▲ ' if bad else ''}{event.reason} {event.about.removeprefix('pod/') if event.about.count('/') > 1 else event.about}"
        if told.count > 1:
            until = self._round(told.last)
            heading += f" ×{told.count}" + (f" until +{self._seconds(until - self.start)}" if until > at else ", the last" * told.late)
        words, time = _words(event), f"+{self._seconds(at - self.start)}"
        teller = event.source if source.id == _CONTROLLERS.id else str(source)
        title = f"{time} {teller} to {target}: {heading}" + (f": {words}" if words else "")
        return Message(name, source.id, target.id, heading, words, time, "bad" if bad else "plain", teller=teller, title=title)

    def _ends(self, event: Event) -> tuple[Actor, Actor]:
        """Return who tells whom. A source is written as `kubectl get events -o wide` does: `kubelet, NODE`."""
        component, _, host = event.source.partition(", ")
        if self.podman:
            return (_LABKIT, _PODMAN) if event.reason in _TOLD_TO_PODMAN else (_PODMAN, _LABKIT)
        if component == "kubelet":
            node = host or self.nodes.get(_thing(event.about), "") or event.about.removeprefix("node/").partition("/")[0]
            return _kubelet(node), _runtime(node) if event.reason in _TOLD_TO_RUNTIME else _API
        if component.endswith("scheduler"):
            return _SCHEDULER, _API
        if _CONTROLLER.search(component):
            return _CONTROLLERS, _API
        return Actor(identifier("component", component), component or "somebody", kind="infra"), _API

    def _controllers(self) -> tuple[str, ...]:
        names = {each.event.source.partition(", ")[0] for each in self.told if self._ends(each.event)[0] is _CONTROLLERS}
        return tuple(sorted(re.sub(r"-controller$", "", name) for name in names))

    def _moment(self, told: _Told) -> tuple[float, int]:
        ranks = {_CONTROLLERS.id: 0, _SCHEDULER.id: 1}
        return self._round(told.first), ranks.get(self._ends(told.event)[0].id, 2) if self.coarse else 0

    def _round(self, time: float) -> float:
        return math.floor(time) if self.coarse else time

    def _seconds(self, seconds: float) -> str:
        return f"{seconds:.0f} s" if self.coarse else f"{seconds:.1f} s"


def _kubelet(node: str = "") -> Actor:
    return Actor(identifier("kubelet", node), "kubelet", (node,) if node else (), "app")


def _runtime(node: str = "") -> Actor:
    return Actor(identifier("runtime", node), "runtime", (node,) if node else (), "infra")


def _words(event: Event) -> str:
    """Return what the message says beyond the reason and the names: `Container started: app` says nothing more than `Started web/app`."""
    said = {event.reason.lower(), "container", *event.about.split("/")}
    return "" if set(re.findall(r"[^\s:]+", event.message.lower())) <= said else " ".join(event.message.split())


def _assigned(events: Iterable[Event]) -> Iterable[tuple[str, str]]:
    """Give pods and the nodes they were put on: a pod that is gone is in no list, but its events are."""
    for event in events:
        found = _ASSIGNED.search(event.message) if event.reason == "Scheduled" else None
        if found:
            yield _thing(event.about), found[1]


def _wishes(snapshot: Snapshot, events: Sequence[Event]) -> Iterable[str]:
    """Give what somebody must have asked for, as no controller made it."""
    owners: Mapping[str, str] = {f"pod/{pod.name}": pod.owner for pod in snapshot.pods} | {
        f"{each.kind.lower()}/{each.name}": each.owner for each in snapshot.workloads
    }
    made = {_acted_on(event) for event in events}
    for object_ in {_thing(event.about) for event in events} - made:
        by_users = snapshot.engine == "podman" or object_.partition("/")[0] in _MADE_BY_USERS
        if not owners.get(object_, "" if by_users else "unknown"):
            yield object_
