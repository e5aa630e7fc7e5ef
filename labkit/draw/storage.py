"""Volumes as cylinders, and who mounts them where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from labkit.draw.graph import Edge, Line, Node, identifier
from labkit.model import Container, Volume

__all__ = ["storage"]


def storage(
    group_id: str, volumes: Sequence[Volume], containers: Sequence[Container], ids: Mapping[str, str]
) -> tuple[list[Node], list[Edge]]:
    """Return the volumes of a group and one edge for each mount; a mount of something that is no volume of the group is a cylinder too."""
    listed = {volume.name: volume for volume in volumes}
    for each in containers:
        for mount in each.mounts:
            host = mount.volume.startswith("/")
            listed.setdefault(mount.volume, Volume(mount.volume, "hostPath" if host else "volume"))
    nodes = [_cylinder(group_id, volume) for volume in listed.values()]
    edges = []
    for each in containers:
        for mount in each.mounts:
            target = identifier(group_id, "volume", mount.volume)
            source = ids[each.name]
            label = mount.path + (" (ro)" if mount.read_only else "")
            title = f"{each.name} sees {mount.volume} at {mount.path}" + (", read-only" if mount.read_only else "")
            kind = "reads" if mount.read_only else "reads-and-writes"
            edges.append(Edge(f"{source}--{target}-{identifier(mount.path)}", source, target, kind, label, title))
    return nodes, edges


def _cylinder(group_id: str, volume: Volume) -> Node:
    of = f" {volume.source}" if volume.source and volume.source != volume.name else ""
    # "persistentVolumeClaim" is wider than a cylinder, and a claim is what everybody calls it.
    kind = "claim" if volume.kind == "persistentVolumeClaim" else volume.kind
    lines = (Line(kind + of, "muted"),)
    return Node(
        identifier(group_id, "volume", volume.name), "volume", volume.name, lines=lines, title=f"volume {volume.name}, {volume.kind}{of}"
    )
