"""Room for the lessons: disk, memory, and a place that images come from."""

from __future__ import annotations

from labkit.doctor.finding import Finding, fault, note, ok
from labkit.doctor.podman import set_up
from labkit.host.facts import Facts
from labkit.host.packages import install_command, is_debian
from labkit.quantities import humanize_bytes

__all__ = ["disk", "memory", "registry"]

_GIB = 1024**3
_BOTH = ("podman", "kubernetes")


def disk(facts: Facts) -> Finding:
    """Look at the room where images are kept."""
    found = f"{humanize_bytes(facts.free_disk)} free in {facts.storage_path}"
    if facts.free_disk < 3 * _GIB:
        return fault("disk", f"{found}; the lessons need 3 GiB", f"make at least 3 GiB free on the disk of {facts.storage_path}", _BOTH)
    if facts.free_disk < 6 * _GIB:
        return note("disk", f"{found}: enough for the Podman lessons, little for a cluster of several nodes (6 GiB)")
    return ok("disk", found)


def memory(facts: Facts) -> Finding:
    """Look at the memory that is still to be had."""
    found = f"{humanize_bytes(facts.free_memory)} available"
    if facts.free_memory < _GIB:
        return fault("memory", f"{found}; the lessons need 1 GiB", "close programs, or give this machine at least 1 GiB more", _BOTH)
    if facts.free_memory < 2 * _GIB:
        return note("memory", f"{found}: enough for the Podman lessons, little for a cluster of several nodes (2 GiB)")
    return ok("memory", found)


def registry(facts: Facts) -> list[Finding]:
    """Look at where images can be pulled from; nothing to say when nobody asked."""
    if not facts.asked_registries:
        return []
    if facts.registry:
        return [ok("registry", f"{facts.registry} answers")]
    silent = f"no answer from {', '.join(facts.asked_registries)}"
    tool = facts.tools.get("mmdebstrap")
    if tool and tool.path:
        return [note("registry", f"{silent}: images are built from Debian's packages, once, which takes minutes and not seconds")]
    if facts.images:
        return [note("registry", f"{silent}: the {facts.images} images that are here already still work")]
    mirror = "connect this machine to the network, or name a mirror that it reaches: export LABKIT_REGISTRY=HOST:PORT"
    fix = set_up(facts, install_command(facts, ["mmdebstrap"])) if is_debian(facts) else mirror
    return [fault("registry", f"{silent}, no image is here yet, and there is no mmdebstrap to build one", fix)]
