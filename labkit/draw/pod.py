"""The inside of a pod: what its containers share, what each has for itself, its volumes, and the ways in.

The picture shows what the snapshot knows and nothing else: what is shared is read from equal inodes, and a container that does not run
is in no namespace.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil

from labkit.draw.container import container_box, infra_bar, port_chip
from labkit.draw.graph import Edge, Graph, Group, Line, Node, identifier
from labkit.draw.namespaces import Sharing, common, known
from labkit.draw.shared import everywhere_bar, listed, pods_own_ports, shared_bar
from labkit.draw.storage import storage
from labkit.draw.words import address, phase_line
from labkit.errors import LabError
from labkit.model import Container, Pod, Port, Role, Snapshot

__all__ = ["pod_graph"]

COLUMNS_IN_GROUP = 3
"""More boxes than this go to a next row: a notebook is about 900 px wide, and text must not shrink."""
COLUMNS_IN_ROW = 4
_WayIn = tuple[Port, Container, str, str]
"""A published port, the container that has it, the box where the arrow ends, and whose it is in words."""


def pod_graph(snapshot: Snapshot, *names: str) -> Graph:
    """Return the picture of pods and of containers outside any pod, all of them or those of `names` (`web`, `pod/web`, `container/db`).

    Raises LabError, listing what there is, when a name is not in the snapshot.
    """
    pods, alone = _chosen(snapshot, names)
    drawn = [f"pod/{pod.name}" for pod in pods] + [f"container/{each.name}" for each in alone]
    frames = [pod.containers for pod in pods] + [tuple(alone)]
    several = sum(any(map(known, frame)) for frame in frames) > 1
    sharing = Sharing.of(snapshot, drawn, common(each for frame in frames for each in frame) if several else {})
    edges: list[Edge] = []
    groups = [_pod(pod, sharing, edges) for pod in pods]
    groups += [_alone(alone, sharing, edges)] if alone else []
    if not groups:
        hint = (Line("Apply a manifest, then draw again.", "muted"),)
        nothing = Node("nothing", "note", "Nothing is running here.", lines=hint, columns=2, title="no pod and no container")
        return Graph("Nothing is running.", ((Group("empty", "", "", layers=((nothing,),)),),))
    below = (everywhere_bar(sharing.everywhere, 2),) if sharing.everywhere else ()
    return Graph(f"Inside {listed(drawn)}.", tuple(_packed(groups)), tuple(edges), below)


def _chosen(snapshot: Snapshot, names: Sequence[str]) -> tuple[list[Pod], list[Container]]:
    if not names:
        return list(snapshot.pods), list(snapshot.containers)
    there = [f"pod/{pod.name}" for pod in snapshot.pods] + [f"container/{each.name}" for each in snapshot.containers]
    for name in names:
        if not {name, f"pod/{name}", f"container/{name}"} & set(there):
            raise LabError(f"draw {name}", f"there is {', '.join(there) or 'nothing'}", "name one of those, or none to draw them all")
    pods = [pod for pod in snapshot.pods if {pod.name, f"pod/{pod.name}"} & set(names)]
    return pods, [each for each in snapshot.containers if {each.name, f"container/{each.name}"} & set(names)]


def _pod(pod: Pod, sharing: Sharing, edges: list[Edge]) -> Group:
    pod_id, group = identifier("pod", pod.name), f"pod/{pod.name}"
    boxed = [each for each in pod.containers if each.role is not Role.INFRA]
    columns = _columns(len(boxed))
    shared = {kind: inode for kind, inode in common(pod.containers).items() if kind not in sharing.everywhere}
    ids = {each.name: identifier(pod_id, "container", each.name) for each in pod.containers}
    boxes = [container_box(each, ids[each.name], group, sharing, in_band=shared, tag=_tag(each, boxed)) for each in boxed]
    volumes, mounts = storage(pod_id, pod.volumes, boxed, ids)
    own_ports = pods_own_ports(pod)
    bar = shared_bar(pod_id, [group], shared, sharing, columns, pod) if shared else None
    on_infra = [] if bar and bar.ports else [port for port, _ in own_ports]
    ways = [
        *_ways_in(boxed, ids),
        *((port, each, bar.id if bar and bar.ports else ids[each.name], group) for port, each in reversed(own_ports)),
    ]
    above = _outside(ways, pod.node, edges)
    edges += mounts
    bars = [bar] if bar else []
    for each in pod.containers:
        if each.role is Role.INFRA:
            bars.append(infra_bar(each, ids[each.name], group, sharing, band=shared, columns=columns, ports=on_infra))
    # A bar that ways in lead to comes first: their arrows would pass between the boxes, and past the frame.
    layers = [(each,) for each in bars if each.ports] + _layers(boxes, volumes, columns)
    layers += [(each,) for each in bars if not each.ports]
    about = [phase_line(pod), *([Line(pod.ip, "muted")] if pod.ip else [])]
    if pod.node:
        about.append(Line(f"on node {pod.node}", "muted"))
    if not boxed:
        about.append(Line("no container yet", "muted"))
    return Group(pod_id, "pod", group, tuple(about), tuple(layers), above, columns, f"{group}, {about[0].text}")


def _alone(containers: Sequence[Container], sharing: Sharing, edges: list[Edge]) -> Group:
    shared = {kind: inode for kind, inode in common(containers).items() if kind not in sharing.everywhere}
    columns = _columns(len(containers))
    ids = {each.name: identifier("container", each.name) for each in containers}
    boxes = [container_box(each, ids[each.name], f"container/{each.name}", sharing, in_band=shared, tag="container") for each in containers]
    volumes, mounts = storage("outside-any-pod", (), containers, ids)
    above = _outside(_ways_in(containers, ids), "", edges)
    edges += mounts
    layers = _layers(boxes, volumes, columns)
    if shared:
        own = [f"container/{each.name}" for each in containers]
        layers.append((shared_bar("outside-any-pod", own, shared, sharing, columns),))
    about = (Line("outside any pod", "muted"),)
    heading = "separate containers" if len(containers) > 1 else "a separate container"
    return Group("outside-any-pod", "outside-any-pod", heading, about, tuple(layers), above, columns, "containers outside any pod")


def _ways_in(containers: Sequence[Container], ids: Mapping[str, str]) -> Iterable[_WayIn]:
    for each in containers:
        # A box shows its first port rightmost: in the opposite order the arrows do not cross.
        yield from ((port, each, ids[each.name], each.name) for port in reversed(each.ports) if port.host_port is not None)


def _outside(ways: Iterable[_WayIn], node: str, edges: list[Edge]) -> tuple[Node, ...]:
    found: dict[str, Node] = {}
    for port, container, target, owner in ways:
        where, chip = address(port, node), port_chip(port, container)
        node_id = identifier("outside", where)
        place = f"on node {node}" if node else "on this machine"
        found.setdefault(node_id, Node(node_id, "outside", where, lines=(Line(place, "muted"),), title=f"{where}, {place}"))
        title = f"{where} leads to port {port.container_port} of {owner}"
        kind = "idle-way-in" if chip.kind == "idle-port" else "way-in"
        edges.append(Edge(f"{node_id}--{target}-{chip.port}", node_id, target, kind, "", title, chip.port))
    return tuple(found.values())


def _tag(container: Container, neighbours: Sequence[Container]) -> str:
    initial = [each.name for each in neighbours if each.role is Role.INIT]
    if container.role is Role.INIT and len(initial) > 1:
        return f"init {initial.index(container.name) + 1} of {len(initial)}"
    return str(container.role)


def _columns(count: int) -> int:
    rows = ceil(count / COLUMNS_IN_GROUP)
    return ceil(count / rows) if rows else 1


def _layers(boxes: Sequence[Node], volumes: Sequence[Node], columns: int) -> list[tuple[Node, ...]]:
    """Put volumes below the boxes, and above the last row of several: so most mounts pass by no box."""
    rows = _rows(boxes, columns)
    above = max(1, len(rows) - 1)
    return [*rows[:above], *_rows(volumes, max(2, columns)), *rows[above:]]


def _rows(nodes: Sequence[Node], columns: int) -> list[tuple[Node, ...]]:
    return [tuple(nodes[start : start + columns]) for start in range(0, len(nodes), columns)]


def _packed(groups: Iterable[Group]) -> list[tuple[Group, ...]]:
    rows: list[list[Group]] = []
    for group in groups:
        if not rows or sum(each.columns for each in rows[-1]) + group.columns > COLUMNS_IN_ROW:
            rows.append([])
        rows[-1].append(group)
    return [tuple(row) for row in rows]
