"""What the files of a machine say: /etc, /proc, /sys and /dev, below a root that tests may choose."""

from __future__ import annotations

import shlex
import stat
from collections.abc import Mapping
from pathlib import Path

from labkit.host.account import free_range, owned_ids
from labkit.process import Account

__all__ = [
    "cgroup",
    "delegated_controllers",
    "device_modes",
    "free_memory",
    "nearest",
    "next_subordinate_id",
    "os_release",
    "subordinate_ids",
    "sysctl",
    "text",
    "unified_controllers",
    "unprivileged_userns_blocked",
]


def text(root: Path, name: str) -> str:
    """Return a file's text without the white space around it; "" where it cannot be read."""
    try:
        return (root / name).read_text(errors="replace").strip()
    except OSError:
        return ""


def os_release(root: Path) -> Mapping[str, str]:
    """Return the fields of /etc/os-release (os-release(5)), without their quotes."""
    lines = [line for line in text(root, "etc/os-release").splitlines() if "=" in line and not line.startswith("#")]
    return {name: " ".join(shlex.split(value)) for name, _, value in (line.partition("=") for line in lines)}


def sysctl(root: Path, name: str) -> int | None:
    """Return a kernel setting by its dotted name; None: this kernel has none such."""
    value = text(root, "proc/sys/" + name.replace(".", "/"))
    return int(value) if value.isdigit() else None


def cgroup(root: Path) -> str:
    """Return v2, hybrid (v1 with a v2 mount beside it), v1, or "" without any (cgroups(7))."""
    mount = root / "sys/fs/cgroup"
    if (mount / "cgroup.controllers").exists():
        return "v2"
    if (mount / "unified").exists():
        return "hybrid"
    return "v1" if (mount / "memory").exists() or (mount / "cpu").exists() else ""


def unified_controllers(root: Path) -> tuple[str, ...]:
    """Return the controllers of the v2 mount of a hybrid machine, sorted."""
    return tuple(sorted(text(root, "sys/fs/cgroup/unified/cgroup.controllers").split()))


def delegated_controllers(root: Path, uid: int) -> tuple[str, ...]:
    """Return the cgroup v2 controllers that the user's systemd may hand on (systemd.resource-control(5), Delegate=), sorted."""
    return tuple(sorted(text(root, f"sys/fs/cgroup/user.slice/user-{uid}.slice/user@{uid}.service/cgroup.controllers").split()))


def subordinate_ids(root: Path, kind: str, account: Account) -> int:
    """Return how many ids of `kind` (subuid or subgid) an account has; a line may name it or give its uid (subuid(5))."""
    table = text(root, f"etc/{kind}")
    return owned_ids(table, account.name) + owned_ids(table, str(account.uid))


def next_subordinate_id(root: Path) -> int:
    """Return the first of as many ids as Podman wants that nobody has yet, neither as user nor as group."""
    return free_range(text(root, "etc/subuid"), text(root, "etc/subgid")).start


def unprivileged_userns_blocked(root: Path, podman: str) -> str:
    """Return the setting that forbids user namespaces to `podman` (a path; "": not installed yet) as `name=value`, or "".

    Debian's kernels can forbid them to everybody. Ubuntu, since 23.10, forbids them to programs without an AppArmor profile that says
    `userns`; it ships one for /usr/bin/podman only, so a Podman from elsewhere is shut out.
    """
    if sysctl(root, "kernel.unprivileged_userns_clone") == 0:
        return "kernel.unprivileged_userns_clone=0"
    excepted = (root / "etc/apparmor.d/podman").exists() and podman in ("", "/usr/bin/podman", "/bin/podman")
    if sysctl(root, "kernel.apparmor_restrict_unprivileged_userns") == 1 and not excepted:
        return "kernel.apparmor_restrict_unprivileged_userns=1"
    return ""


def device_modes(root: Path) -> Mapping[str, int]:
    """Return the permission bits of the devices that rootless containers use; one that is not there is not a key."""
    devices = ("/dev/fuse", "/dev/net/tun")
    return {name: stat.S_IMODE((root / name[1:]).stat().st_mode) for name in devices if (root / name[1:]).exists()}


def free_memory(root: Path) -> int:
    """Return the bytes that programs could still get (proc(5), MemAvailable)."""
    for line in text(root, "proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return 0


def nearest(root: Path, folder: str) -> Path:
    """Return `folder`, or the nearest one above it that is there: storage that is still to be made."""
    wanted = root / folder.lstrip("/")
    return next((place for place in (wanted, *wanted.parents) if place.exists()), root)
