"""Which process is which container, and in which Linux namespaces: read inside the nodes, where all containers are in sight."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from labkit.engines.kubernetes_api import Json
from labkit.engines.kubernetes_pods import Inside, Process
from labkit.errors import LabError
from labkit.model import NAMESPACE_KINDS

__all__ = ["InPod", "InsideOf", "NodeExec", "by_exec", "by_nodes", "read_node"]

NodeExec = Callable[[str, Sequence[str]], str]
"""Run a command inside a node, by its name, and return its output."""
InPod = Callable[[str, str, str, Sequence[str]], str]
"""Run a command in a container: namespace, pod, container, command."""
InsideOf = Callable[[Sequence[Json]], Mapping[str, Inside]]
"""From pods, as the API server has them, to what was seen inside them, by the pod's uid."""

_LOOK = (
    "grep -sHm1 kubepods /proc/[0-9]*/cgroup; "
    f"find /proc/[0-9]*/ns -type l \\( {' -o '.join(f'-name {kind}' for kind in NAMESPACE_KINDS)} \\) -printf '%p %l\\n' 2>/dev/null; true"
)
"""Two programs for all processes of a node: one for each process would take a second."""
_CGROUP = re.compile(r"/proc/(\d+)/cgroup:[^/]*(/.*)")
_NAMESPACE = re.compile(r"/proc/(\d+)/ns/(\w+) \w+:\[(\d+)\]")
_POD = re.compile(r"pod([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})")
_CONTAINER = re.compile(r"[0-9a-f]{64}")
_IN_CONTAINER = ["sh", "-c", f"for kind in {' '.join(NAMESPACE_KINDS)}; do readlink /proc/self/ns/$kind; done"]


def read_node(text: str) -> dict[str, dict[str, Process]]:
    """Return the first process of each container, by pod uid and container id, from what `_LOOK` printed.

    The kubelet puts pods and their containers into cgroups that have their ids in the name, with both of its cgroup drivers. The sandbox
    (the pause process, which holds a pod's namespaces) is among them under an id that the API server does not know.
    """
    namespaces: dict[int, dict[str, int]] = {}
    for pid, kind, inode in _NAMESPACE.findall(text):
        namespaces.setdefault(int(pid), {})[kind] = int(inode)
    found: dict[str, dict[str, Process]] = {}
    for pid, cgroup in sorted((int(pid), path) for pid, path in _CGROUP.findall(text)):
        pod, ids = _POD.search(cgroup), _CONTAINER.findall(cgroup)
        if pod and ids:
            # In order of their numbers: what somebody runs in a container later comes after its first process.
            found.setdefault(pod[1].replace("_", "-"), {}).setdefault(ids[-1], Process(pid, _in_order(namespaces.get(pid) or {}), cgroup))
    return found


def by_nodes(node_exec: NodeExec) -> InsideOf:
    """Look from the nodes: one command in each that has pods. A node that does not answer tells nothing."""

    def processes(node: str) -> dict[str, dict[str, Process]]:
        try:
            return read_node(node_exec(node, ["sh", "-c", _LOOK]))
        except LabError:
            return {}

    def look(pods: Sequence[Json]) -> Mapping[str, Inside]:
        nodes = sorted({each["spec"]["nodeName"] for each in pods if each["spec"].get("nodeName") and any(_running(each))})
        with ThreadPoolExecutor(max(1, len(nodes))) as pool:
            seen = {uid: found for one in pool.map(processes, nodes) for uid, found in one.items()}
        return {each["metadata"]["uid"]: _sorted_out(each, seen.get(each["metadata"]["uid"]) or {}) for each in pods}

    return look


def _sorted_out(pod: Json, found: Mapping[str, Process]) -> Inside:
    """Tell the sandbox from the containers: it is the oldest that the pod's status does not name."""
    own = {container_id for _, container_id in _running(pod)}
    known = {container: process for container, process in found.items() if container in own}
    others = sorted((process for container, process in found.items() if container not in own), key=lambda process: process.pid)
    return Inside(known, others[0] if others else None)


def by_exec(in_pod: InPod) -> InsideOf:
    """Look from inside each container, where there is no way into the nodes. One without a shell tells nothing; sandboxes stay unseen."""

    def one(place: tuple[str, str, str, str]) -> tuple[str, Process]:
        namespace, pod, container, container_id = place
        try:
            links = in_pod(namespace, pod, container, _IN_CONTAINER)
        except LabError:
            return container_id, Process(0)
        return container_id, Process(0, _in_order({kind: int(inode) for kind, inode in re.findall(r"(\w+):\[(\d+)\]", links)}))

    def look(pods: Sequence[Json]) -> Mapping[str, Inside]:
        places = [
            (each["metadata"]["uid"], (each["metadata"]["namespace"], each["metadata"]["name"], *running))
            for each in pods
            for running in _running(each)
        ]
        with ThreadPoolExecutor(8) as pool:
            seen = list(pool.map(one, [place for _, place in places]))
        found: dict[str, dict[str, Process]] = {}
        for (uid, _), (container_id, process) in zip(places, seen, strict=True):
            found.setdefault(uid, {})[container_id] = process
        return {uid: Inside(processes) for uid, processes in found.items()}

    return look


def _running(pod: Json) -> Iterable[tuple[str, str]]:
    """Yield name and id of each container that runs."""
    status = pod.get("status") or {}
    for key in ("initContainerStatuses", "containerStatuses"):
        for each in status.get(key) or ():
            if "running" in (each.get("state") or {}):
                yield each["name"], str(each.get("containerID") or "").rpartition("/")[2]


def _in_order(namespaces: Mapping[str, int]) -> dict[str, int]:
    return {kind: namespaces[kind] for kind in NAMESPACE_KINDS if kind in namespaces}
