"""What this machine is, as plain values: the doctor reads them, and set-up decides by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Facts", "Tool"]


@dataclass(frozen=True)
class Tool:
    """A program: where it is (empty: nowhere on the path) and the version it says it has."""

    path: str = ""
    version: str = ""


@dataclass(frozen=True)
class Facts:
    """What was found on this machine. Nothing here is a judgement; `labkit.doctor` makes those."""

    system: str = "Linux"
    """platform.system(): Linux, Darwin or Windows."""
    distribution: str = ""
    """ID of /etc/os-release: debian, ubuntu, fedora."""
    kernel: str = ""
    is_root: bool = False
    account: str = ""
    """Who runs Podman: ourselves, or as root the unprivileged account made for it; empty: root, and there is none yet."""
    tools: Mapping[str, Tool] = field(default_factory=dict)
    """By program: podman, runc, crun, newuidmap, slirp4netns, pasta, fuse-overlayfs, netavark, aardvark-dns, catatonit, iptables, nft, dot,
    mmdebstrap, kind, kubectl, docker."""
    cgroup: str = ""
    """v1, hybrid (v1 with a v2 mount beside it) or v2 (cgroups(7))."""
    unified_controllers: tuple[str, ...] = ()
    """hybrid: controllers that the v2 mount owns; crun refuses when there is one (crun, src/libcrun/cgroup.c)."""
    delegated_controllers: tuple[str, ...] = ()
    """cgroup v2: controllers that the account's own user slice may use."""
    systemd_user: bool = False
    """Is there a systemd user session, which Podman's health-check timers need?"""
    subuid: int = 0
    """How many subordinate user ids the account has (subuid(5)); Podman wants 65536."""
    subgid: int = 0
    next_subid: int = 100_000
    """The first of 65536 subordinate ids that nobody has yet."""
    max_user_namespaces: int | None = None
    """/proc/sys/user/max_user_namespaces; None: this kernel has no such file."""
    unprivileged_userns_blocked: str = ""
    """The setting that forbids them to ordinary users, as `name=value`; empty: allowed."""
    unshare_error: str = ""
    """What `unshare --user --map-root-user true` said to the account when it failed: making a namespace by hand."""
    device_modes: Mapping[str, int] = field(default_factory=dict)
    """Permission bits of /dev/fuse and /dev/net/tun; a device that is not there is not a key."""
    podman_runtime: str = ""
    """The OCI runtime that `podman info` names: runc or crun."""
    storage_driver: str = ""
    podman_error: str = ""
    """What `podman info` said when it failed."""
    images: int = 0
    """How many images Podman has already."""
    storage_path: str = ""
    """Where Podman keeps its images; before it is installed, the account's home."""
    free_disk: int = 0
    """Bytes free at `storage_path`."""
    free_memory: int = 0
    """Bytes of memory available."""
    docker: bool = False
    """Does Docker's daemon answer the account?"""
    asked_registries: tuple[str, ...] = ()
    """Hosts that were asked whether they are a registry, the preferred one first; empty: nobody asked."""
    registry: str = ""
    """Host of the first registry that answered; empty: none did."""
