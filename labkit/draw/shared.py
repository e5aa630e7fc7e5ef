"""The bar of what all containers of a frame share: drawn once, below them all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from labkit.draw.container import port_chip
from labkit.draw.graph import Chip, ChipRow, Line, Node, identifier
from labkit.draw.namespaces import Sharing
from labkit.model import Pod, Role

__all__ = ["listed", "shared_bar"]


def shared_bar(
    group_id: str, own: Sequence[str], shared: Mapping[str, int], sharing: Sharing, columns: int, pod: Pod | None = None
) -> Node:
    """Return the bar of the namespaces in `shared` (kind -> inode); that of a pod has its address, host name and ports too.

    `own` are the groups inside the frame: what reaches beyond the frame is said in words.
    """
    chips = tuple(Chip(_words(kind, pod), "shared-namespace", title=f"{kind} namespace {inode}") for kind, inode in shared.items())
    rows = [ChipRow("", chips)]
    if pod and "net" in shared:
        listening = [(port, each) for each in pod.containers if each.role is not Role.INFRA for port in each.ports]
        rows += [ChipRow("one localhost", tuple(port_chip(port, each, whose=True) for port, each in listening))] if listening else []
    title = f"shared by all that run in {listed(own)}: {', '.join(shared)}"
    lines, bar_id = _beyond(shared, sharing, own), identifier(group_id, "shared")
    return Node(bar_id, "shared", "", "shared by all", lines, rows=tuple(rows), columns=columns, title=title)


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence has them: `a, b and c`; of more than four the first three."""
    if len(names) > 4:
        return f"{', '.join(names[:3])} and {len(names) - 3} more"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _words(kind: str, pod: Pod | None) -> str:
    if pod and kind == "net" and (pod.host_network or pod.ip):
        return f"net  {'of the host itself' if pod.host_network else pod.ip}"
    return f"uts  hostname {pod.hostname}" if pod and kind == "uts" and pod.hostname else kind


def _beyond(shared: Mapping[str, int], sharing: Sharing, own: Sequence[str]) -> tuple[Line, ...]:
    """Say which namespaces reach beyond the frame: rootless containers of one account all have one user namespace."""
    if sharing.drawn <= set(own):
        return ()
    everywhere = [kind for kind, inode in shared.items() if (kind, inode) in sharing.everywhere]
    lines = [Line(f"{', '.join(everywhere)}: one for the whole picture", "muted")] if everywhere else []
    for kind, inode in shared.items():
        others = (
            [group for group in sharing.groups(kind, inode) if group not in own and group in sharing.drawn]
            if kind not in everywhere
            else []
        )
        lines += [Line(f"{kind}: also {listed(others)}", "muted")] if others else []
    return tuple(lines)
