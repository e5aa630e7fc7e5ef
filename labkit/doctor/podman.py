"""Podman and the programs that it starts."""

from __future__ import annotations

from labkit.doctor.finding import Finding, fault, note, ok
from labkit.host.facts import Facts
from labkit.host.packages import install_command, is_debian, missing

__all__ = ["NEWER_DISTRIBUTION", "OLDEST_PODMAN", "helpers", "info", "podman", "runtime", "set_up", "storage"]

OLDEST_PODMAN = (4, 3)
"""The oldest Podman that the lessons are tested with: Debian 12's."""

NEWER_DISTRIBUTION = {
    "ubuntu": "upgrade to Ubuntu 24.04 or later, whose Podman is new enough: sudo do-release-upgrade",
    "debian": "upgrade to Debian 12 or later, whose Podman is new enough (https://www.debian.org/releases/stable/release-notes/)",
}
"""Where the distribution's own Podman stays too old, only a newer distribution helps."""

_SLOW_STORAGE = "vfs: every layer is a full copy, so images are slow and large"


def set_up(facts: Facts, command: str) -> str:
    """Return the one thing to do: as root on Debian set-up does it, everybody else types `command`."""
    return "make setup" if facts.is_root and is_debian(facts) else command


def podman(facts: Facts) -> Finding:
    """Look at Podman itself and its version."""
    tool = facts.tools.get("podman")
    if tool is None or not tool.path:
        return fault("podman", "not installed", set_up(facts, install_command(facts, missing(facts))))
    if tool.version and _numbers(tool.version) < OLDEST_PODMAN:
        wanted = ".".join(map(str, OLDEST_PODMAN))
        fix = NEWER_DISTRIBUTION.get(facts.distribution, f"install Podman {wanted} or later (https://podman.io/docs/installation)")
        return fault("podman", f"{tool.version}, in {tool.path}: the lessons need {wanted} or later", fix)
    return ok("podman", f"{tool.version or 'of unknown version'}, in {tool.path}")


def info(facts: Facts, *, explained: bool) -> Finding:
    """Look at whether Podman starts at all; `explained`: another finding says already why it does not."""
    if not facts.podman_error:
        return ok("podman info", f"works as `{facts.account}`")
    if explained:
        return note("podman info", f"fails, most likely for a fault in this table: {facts.podman_error}")
    return fault("podman info", facts.podman_error, set_up(facts, "podman --log-level=debug info   (its last lines name the cause)"))


def runtime(facts: Facts) -> Finding:
    """Look at whether the OCI runtime works with this machine's cgroups."""
    name = facts.podman_runtime
    if name == "crun" and facts.unified_controllers:
        owned = ", ".join(facts.unified_controllers)
        found = f"crun, which refuses cgroup v1 while the v2 mount beside it owns a controller ({owned}); runc does not"
        return fault(
            "runtime", found, set_up(facts, "make setup" if _has(facts, "runc") else install_command(facts, ["runc"]) + " && make setup")
        )
    if not (name or _has(facts, "runc") or _has(facts, "crun")):
        wanted = "crun" if facts.cgroup == "v2" else "runc"
        return fault("runtime", "neither runc nor crun", set_up(facts, install_command(facts, [wanted])))
    return ok("runtime", f"{_named(facts, name)}, which works with cgroup {facts.cgroup}" if name else _either(facts, "crun", "runc"))


def storage(facts: Facts) -> Finding:
    """Look at how images are stored."""
    if facts.storage_driver != "vfs":
        return ok("storage", f"{facts.storage_driver}, in {facts.storage_path}")
    if not _has(facts, "fuse-overlayfs"):
        return note("storage", _SLOW_STORAGE, set_up(facts, install_command(facts, ["fuse-overlayfs"])))
    return note("storage", f"{_SLOW_STORAGE}; changing it would mean to delete every image and container that is there")


def helpers(facts: Facts) -> list[Finding]:
    """Look at the programs that Podman starts for pods and networks."""
    lacking = missing(facts)
    helper = next((package for package in ("slirp4netns", "passt") if package in lacking), "")
    rows = [
        ("network helper", helper, _either(facts, "pasta", "slirp4netns"), "no way out of a container"),
        ("networks", "netavark", _named(facts, "netavark"), "netavark is missing: no networks between containers"),
        ("names", "aardvark-dns", _named(facts, "aardvark-dns"), "aardvark-dns is missing: containers cannot find each other by name"),
        ("firewall", "iptables", _either(facts, "iptables", "nft"), "no iptables, without which netavark makes no network"),
        ("pause program", "catatonit", _named(facts, "catatonit"), "catatonit is missing: no pod can be made"),
    ]
    return [
        fault(what, _lacks(package, trouble), set_up(facts, install_command(facts, [package]))) if package in lacking else ok(what, found)
        for what, package, found, trouble in rows
    ]


def _lacks(package: str, trouble: str) -> str:
    programs = {"passt": "pasta is missing: ", "slirp4netns": "slirp4netns is missing: "}
    return programs.get(package, "") + trouble


def _has(facts: Facts, program: str) -> bool:
    return program in facts.tools and bool(facts.tools[program].path)


def _named(facts: Facts, program: str) -> str:
    return f"{program} {facts.tools[program].version}".rstrip() if _has(facts, program) else program


def _either(facts: Facts, *programs: str) -> str:
    return " and ".join(_named(facts, program) for program in programs if _has(facts, program))


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
