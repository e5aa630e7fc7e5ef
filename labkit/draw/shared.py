"""The bars of what all containers of a frame share, and of what everything in a picture shares: each drawn once, below them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from labkit.draw.container import port_chip
from labkit.draw.graph import Chip, ChipRow, Line, Node, identifier
from labkit.draw.namespaces import Sharing
from labkit.draw.words import port_name
from labkit.model import Container, Pod, Port, Role

__all__ = ["everywhere_bar", "listed", "pods_own_ports", "shared_bar"]


def shared_bar(
    group_id: str, own: Sequence[str], shared: Mapping[str, int], sharing: Sharing, columns: int, pod: Pod | None = None
) -> Node:
    """Return the bar of the namespaces in `shared` (kind -> inode); that of a pod has its address, host name and ports too.

    `own` are the groups inside the frame: what reaches beyond the frame is said in words.
    """
    rows = [ChipRow("", _chips(shared, pod))]
    lines, ports = _beyond(shared, sharing, own), list[Chip]()
    if pod and "net" in shared:
        listening = [(port, each) for each in pod.containers if each.role is not Role.INFRA for port in each.ports]
        rows += [ChipRow("one localhost", tuple(port_chip(port, each, whose=True) for port, each in listening))] if listening else []
        nobodys = pods_own_ports(pod)
        ports = [port_chip(port, each) for port, each in nobodys]
        if nobodys:
            names = ", ".join(port_name(port) for port, _ in nobodys)
            lines += (Line(f"one localhost: whoever listens gets {names}", "muted"),)
    title = f"shared by all that run in {listed(own)}: {', '.join(shared)}"
    return Node(
        shared_id(group_id), "shared", "", "shared by all", lines, ports=tuple(ports), rows=tuple(rows), columns=columns, title=title
    )


def everywhere_bar(kinds: Mapping[str, int], columns: int) -> Node:
    """Return the bar of the namespaces that everything in the picture is in (kind -> inode)."""
    title = f"shared by everything in this picture: {', '.join(kinds)}"
    return Node(
        "everywhere", "shared", "", "shared by everything here", rows=(ChipRow("", _chips(kinds, None)),), columns=columns, title=title
    )


def shared_id(group_id: str) -> str:
    """Return the id of a group's bar."""
    return identifier(group_id, "shared")


def pods_own_ports(pod: Pod) -> list[tuple[Port, Container]]:
    """Return the ports that a pod publishes for no container in particular, with the infra container, which holds them.

    So it is in a pod made by hand: `podman pod create --publish` does not ask who will listen.
    """
    taken = {_place(port) for each in pod.containers if each.role is not Role.INFRA for port in each.ports}
    infra = [each for each in pod.containers if each.role is Role.INFRA]
    return [(port, each) for each in infra for port in each.ports if port.host_port is not None and _place(port) not in taken]


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them: `a, b and c`; of more than four the first three."""
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _place(port: Port) -> tuple[int, str, int | None]:
    return port.container_port, port.protocol, port.host_port


def _chips(kinds: Mapping[str, int], pod: Pod | None) -> tuple[Chip, ...]:
    return tuple(Chip(_words(kind, pod), "shared-namespace", title=f"{kind} namespace {inode}") for kind, inode in kinds.items())


def _words(kind: str, pod: Pod | None) -> str:
    if pod and kind == "net" and (pod.host_network or pod.ip):
        return f"net  {'of the host itself' if pod.host_network else pod.ip}"
    return f"uts  hostname {pod.hostname}" if pod and kind == "uts" and pod.hostname else kind


def _beyond(shared: Mapping[str, int], sharing: Sharing, own: Sequence[str]) -> tuple[Line, ...]:
    """Say which namespaces reach into another frame, but not into all."""
    if sharing.drawn <= set(own):
        return ()
    lines = []
    for kind, inode in shared.items():
        others = [group for group in sharing.groups(kind, inode) if group not in own and group in sharing.drawn]
        lines += [Line(f"{kind}: also {listed(others)}", "muted")] if others else []
    return tuple(lines)
