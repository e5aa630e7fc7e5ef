"""One container as a box: what it is, what it does, and the namespaces that it has for itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from labkit.draw.graph import Chip, ChipRow, Line, Node, identifier
from labkit.draw.namespaces import Sharing, known
from labkit.draw.words import port_name, short_image, state_line
from labkit.model import NAMESPACE_KINDS, Container, Port, Role, State

__all__ = ["container_box", "infra_bar", "port_chip"]


def container_box(container: Container, node_id: str, group: str, sharing: Sharing, *, in_band: Collection[str], tag: str) -> Node:
    """Return a container's box.

    `in_band` are the kinds of namespace that the group's band shows already.
    """
    lines = [state_line(container)]
    if container.image:
        lines.append(Line(f"image {short_image(container.image)}", "muted"))
    if container.restarts:
        lines.append(Line(f"restarted {container.restarts} time{'s' if container.restarts > 1 else ''}", "bad", "▲"))
    if container.limits:
        lines.append(Line("limits " + ", ".join(f"{what} {amount}" for what, amount in sorted(container.limits.items())), "muted"))
    if container.ip:
        lines.append(Line(f"address {container.ip}", "muted"))
    rows = _namespace_rows(container, group, sharing, in_band)
    if not rows and container.state not in (State.WAITING, State.TERMINATED):
        lines.append(Line("no namespace of its own" if known(container) else "namespaces not known", "muted"))
    # Published ports first: an arrow comes to each, and the first stand where it reaches them without crossing anything.
    ports = [port_chip(port, container) for port in sorted(container.ports, key=lambda port: port.host_port is None)]
    return Node(node_id, str(container.role), container.name, tag, tuple(lines), tuple(ports), tuple(rows), title=_title(container))


def infra_bar(
    container: Container, node_id: str, group: str, sharing: Sharing, *, band: Collection[str], columns: int, ports: Sequence[Port] = ()
) -> Node:
    """Return the infra container as the bar that a pod stands on: it keeps the shared namespaces alive while the others come and go.

    `ports` are those that the pod publishes and no bar of shared things shows.
    """
    lines = [state_line(container)]
    if band and known(container):
        lines.append(Line("holds the shared namespaces open", "muted"))
    rows = tuple(_namespace_rows(container, group, sharing, band))
    chips = tuple(port_chip(port, container) for port in ports)
    return Node(node_id, "infra", container.name, "infra", tuple(lines), chips, rows, columns, _title(container))


def port_chip(port: Port, container: Container, *, whose: bool = False) -> Chip:
    """Return a port as a chip that an edge can end at; with `whose`, it names its container."""
    idle = container.state in (State.WAITING, State.TERMINATED)
    text = port_name(port) + (f" {container.name}" if whose else "") + (" (not running)" if idle and whose else "")
    owner = "the pod" if container.role is Role.INFRA else container.name + (f", called {port.name}" if port.name else "")
    title = f"port {port.container_port}/{port.protocol} of {owner}" + ("; not running" if idle else "")
    return Chip(
        text, "idle-port" if idle else "port", identifier("port", container.name, port.container_port, port.protocol.lower()), title
    )


def _namespace_rows(container: Container, group: str, sharing: Sharing, in_band: Collection[str]) -> list[ChipRow]:
    own: list[Chip] = []
    together: dict[Sequence[str], list[Chip]] = {}
    view = known(container)
    for kind in NAMESPACE_KINDS:
        if kind not in view or kind in in_band or kind in sharing.everywhere:
            continue
        others = sharing.others(kind, view[kind], group, container.name)
        title = f"{kind} namespace {view[kind]}"
        if others:
            together.setdefault(others, []).append(Chip(kind, "shared-namespace", title=f"{title}, shared with {', '.join(others)}"))
        else:
            own.append(Chip(kind, "own-namespace", title=f"{title}, of {container.name} alone"))
    # Separate containers have one frame: "container/" before each name would say it again.
    rows = [ChipRow(f"shared with {_few([_near(other, group) for other in others])}", tuple(chips)) for others, chips in together.items()]
    return rows + ([ChipRow("own", tuple(own))] if own else [])


def _near(other: str, group: str) -> str:
    return other.removeprefix("container/") if group.startswith("container/") else other


def _few(names: Sequence[str]) -> str:
    return " and ".join(names) if len(names) <= 2 else f"{names[0]} and {len(names) - 1} others"


def _title(container: Container) -> str:
    words = "container" if container.role is Role.ALONE else f"{container.role} container"
    inodes = "".join(f"; {kind} {inode}" for kind, inode in sorted(known(container).items()))
    return f"{words} {container.name}, {state_line(container).text}" + (f"; image {container.image}" if container.image else "") + inodes
