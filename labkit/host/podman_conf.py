"""The containers.conf and storage.conf that this host needs, as text; on an ordinary laptop: none."""

from __future__ import annotations

import re
from dataclasses import dataclass

from labkit.host.facts import Facts

__all__ = ["PodmanConf", "podman_conf"]

_HEAD = "# Written by labkit for the Podman of its lessons, because this host needs it; made again by `labkit setup`.\n"


@dataclass(frozen=True)
class PodmanConf:
    """The texts of the two files; None: this host does not need that file."""

    containers: str | None = None
    storage: str | None = None


def podman_conf(facts: Facts) -> PodmanConf:
    """Decide what Podman must be told on this host, each line with the reason above it."""
    if facts.system != "Linux":
        return PodmanConf()  # Elsewhere Podman runs in a machine of its own, which has its own files.
    return PodmanConf(_containers_conf(facts), _storage_conf(facts))


def _containers_conf(facts: Facts) -> str | None:
    lines: list[str] = []
    if facts.cgroup in ("v1", "hybrid"):
        lines += ["# cgroup v1: crun refuses it beside a v2 mount (cgroups in hybrid mode), runc works.", 'runtime = "runc"']
    if not facts.systemd_user:
        lines += ["# No systemd user session: nobody else would make the cgroups.", 'cgroup_manager = "cgroupfs"']
        lines += ["# ... and there is no journal that an ordinary user could write events to.", 'events_logger = "file"']
    return "\n".join([_HEAD, "[engine]", *lines, ""]) if lines else None


def _storage_conf(facts: Facts) -> str | None:
    # Storage that exists keeps its driver: with another one its images would be out of sight (containers-storage.conf(5)).
    if facts.storage_driver not in ("", "overlay"):
        return None
    # An ordinary user's Podman has chosen already. A new account's would choose vfs, which copies every layer in full, where no
    # storage.conf says otherwise; and Podman never changes its choice.
    if not facts.is_root:
        return None
    lines = ["[storage]", "# Without this line Podman may choose vfs, which copies every layer in full.", 'driver = "overlay"']
    if _version(facts.kernel) < (5, 13):
        lines += ["", "[storage.options.overlay]", "# Before Linux 5.13 only root may mount overlay: FUSE does it instead."]
        lines += ['mount_program = "/usr/bin/fuse-overlayfs"']
    return "\n".join([_HEAD, *lines, ""])


def _version(kernel: str) -> tuple[int, ...]:
    found = re.match(r"(\d+)\.(\d+)", kernel)
    return (int(found[1]), int(found[2])) if found else (99, 0)
