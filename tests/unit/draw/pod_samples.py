"""Snapshots that the tests of pictures are about."""

from __future__ import annotations

from labkit.model import Container, Mount, Phase, Pod, Port, Role, Snapshot, State, Volume

TOGETHER = {"net": 1, "ipc": 2, "uts": 3, "user": 4}


def running(name: str, first_inode: int, shared: dict[str, int] | None = None, role: Role = Role.APP, **more: object) -> Container:
    """A container that runs, with its own pid and mnt namespaces and the `shared` ones."""
    inodes = {**(TOGETHER if shared is None else shared), "pid": first_inode, "mnt": first_inode + 1}
    return Container(name, role, "docker.io/library/nginx:1", State.RUNNING, ready=True, namespaces=inodes, **more)  # type: ignore[arg-type]


def pod(*containers: Container, name: str = "web", volumes: tuple[Volume, ...] = ()) -> Pod:
    return Pod(name, phase=Phase.RUNNING, ip="10.89.0.7", hostname=name, containers=containers, volumes=volumes)


def podman(*pods: Pod, alone: tuple[Container, ...] = ()) -> Snapshot:
    return Snapshot("podman", "4.3.1", pods=pods, containers=alone)


WEB = running("app", 110, ports=(Port(80, host_port=8080),), mounts=(Mount("logs", "/var/log"),))
DATABASE = running("db", 120, ports=(Port(3306),), mounts=(Mount("logs", "/logs", read_only=True),))
INFRA = running("web-infra", 130, role=Role.INFRA)
LOGS = Volume("logs", "emptyDir")
SHOP = podman(pod(WEB, DATABASE, INFRA, volumes=(LOGS,)))
ONE_ALONE = running("one", 210, {"net": 21, "ipc": 22, "uts": 23, "user": 4}, Role.ALONE)
TWO_ALONE = running("two", 220, {"net": 31, "ipc": 32, "uts": 33, "user": 4}, Role.ALONE)
