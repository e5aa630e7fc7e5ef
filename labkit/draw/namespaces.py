"""Who shares which Linux namespace with whom, read from inodes and from nothing else (namespaces(7): equal inode, same namespace)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labkit.model import NAMESPACE_KINDS, Container, Snapshot, State

__all__ = ["Sharing", "common", "known"]


def known(container: Container) -> Mapping[str, int]:
    """Return the namespaces that a container is in now: none when it does not run, since a namespace is a process's, not a box's."""
    return {} if container.state in (State.WAITING, State.TERMINATED) else container.namespaces


def common(containers: Iterable[Container]) -> dict[str, int]:
    """Return kind -> inode of the namespaces that all containers which run are in together; empty when fewer than two run."""
    views = [view for view in map(known, containers) if view]
    if len(views) < 2:
        return {}
    return {
        kind: views[0][kind] for kind in NAMESPACE_KINDS if kind in views[0] and all(view.get(kind) == views[0][kind] for view in views)
    }


@dataclass(frozen=True)
class Sharing:
    """For every namespace, as (kind, inode), who is in it as (group, container); the group is `pod/web`, or `container/db` for one alone.

    `drawn` are the groups of the picture. `everywhere` are kinds that a bar below all frames shows.
    """

    members: Mapping[tuple[str, int], tuple[tuple[str, str], ...]]
    drawn: frozenset[str]
    everywhere: Mapping[str, int]

    @classmethod
    def of(cls, snapshot: Snapshot, drawn: Iterable[str], everywhere: Mapping[str, int]) -> Sharing:
        """Read who is where, in one pass."""
        members: dict[tuple[str, int], list[tuple[str, str]]] = {}
        places = [(f"pod/{pod.name}", each) for pod in snapshot.pods for each in pod.containers]
        places += [(f"container/{each.name}", each) for each in snapshot.containers]
        for group, container in places:
            for pair in known(container).items():
                members.setdefault(pair, []).append((group, container.name))
        return cls({pair: tuple(who) for pair, who in members.items()}, frozenset(drawn), everywhere)

    def others(self, kind: str, inode: int, group: str, container: str) -> tuple[str, ...]:
        """Return who else is in a namespace: neighbours by their own name, strangers by their group's, each once, in order."""
        who = self.members.get((kind, inode), ())
        return tuple(dict.fromkeys(name if place == group else place for place, name in who if (place, name) != (group, container)))

    def groups(self, kind: str, inode: int) -> tuple[str, ...]:
        """Return the groups that have a container in a namespace."""
        return tuple(dict.fromkeys(place for place, _ in self.members.get((kind, inode), ())))
