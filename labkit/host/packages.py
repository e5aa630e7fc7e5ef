"""Which packages this host lacks, and how to install them."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from labkit.errors import CommandError, HostError
from labkit.host.facts import Facts
from labkit.process import Runner, typed

__all__ = ["has", "install", "install_command", "is_debian", "missing", "needed_programs"]

_DEBIAN = ("debian", "ubuntu", "linuxmint", "pop", "raspbian", "kali", "elementary", "zorin")
_APT_LISTS = Path("/var/lib/apt/lists")
_OTHER_NAMES = {
    "fedora": {"uidmap": "shadow-utils", "iptables": "iptables-nft"},
    "arch": {"uidmap": "shadow"},
}
"""Packages that other distributions call differently."""


@dataclass(frozen=True)
class _Need:
    """A Debian package, and the programs of which one is enough."""

    package: str
    programs: tuple[str, ...]


def _needs(facts: Facts) -> list[_Need]:
    """Return what a lesson cannot run without."""
    major = _major(facts.tools["podman"].version) if "podman" in facts.tools else None
    needs = [_Need("podman", ("podman",))]
    # crun refuses cgroup v1 beside a v2 mount; on v2 either does.
    needs.append(_Need("runc", ("runc",)) if facts.cgroup in ("v1", "hybrid") else _Need("crun", ("crun", "runc")))
    needs.append(_Need("uidmap", ("newuidmap",)))
    # Podman 5 changed its default network helper from slirp4netns to pasta; while there is no Podman, either may turn out to be it.
    needs += [_Need("slirp4netns", ("slirp4netns",))] if major is None or major < 5 else []
    needs += [_Need("passt", ("pasta",))] if major is None or major >= 5 else []
    needs += [_Need("netavark", ("netavark",)), _Need("aardvark-dns", ("aardvark-dns",)), _Need("catatonit", ("catatonit",))]
    # netavark only starts to use nftables by itself in Podman 5's days; Debian's package does not depend on either.
    needs.append(_Need("iptables", ("iptables",) if major is None or major < 5 else ("iptables", "nft")))
    return needs


def _comforts(facts: Facts) -> list[_Need]:
    """Return what root installs as well: lessons run without, but slower or with less in them."""
    comforts = [_Need("fuse-overlayfs", ("fuse-overlayfs",)), _Need("graphviz", ("dot",))]
    # Without a registry the lesson images are made from Debian packages.
    return comforts if facts.registry else [*comforts, _Need("mmdebstrap", ("mmdebstrap",))]


def missing(facts: Facts, *, comforts: bool = False) -> list[str]:
    """Return the packages, by Debian's names, that the lessons need and this host lacks; with `comforts`, those that only help as well."""
    wanted = [*_needs(facts), *(_comforts(facts) if comforts else [])]
    return [need.package for need in wanted if not any(has(facts, program) for program in need.programs)]


def needed_programs() -> tuple[str, ...]:
    """Return every program that `missing` may ask for."""
    return ("podman", "runc", "crun", "newuidmap", "slirp4netns", "pasta", "netavark", "aardvark-dns", "catatonit", "iptables", "nft")


def has(facts: Facts, program: str) -> bool:
    """Say whether a program was found on this host."""
    return program in facts.tools and bool(facts.tools[program].path)


def is_debian(facts: Facts) -> bool:
    """Say whether this host installs with apt-get."""
    return facts.distribution in _DEBIAN


def install_command(facts: Facts, packages: Sequence[str]) -> str:
    """Return the one command that installs `packages` (Debian's names) on this host, to be typed by a person."""
    if facts.system == "Darwin":
        return "brew install podman && podman machine init && podman machine start"
    if facts.system == "Windows":
        return "wsl --install -d Debian"
    # Elsewhere podman's own package brings all that it needs.
    names = ["podman"] if "podman" in packages else [_OTHER_NAMES.get(facts.distribution, {}).get(package, package) for package in packages]
    sudo = "" if facts.is_root else "sudo "
    if is_debian(facts):
        return f"{sudo}apt-get install -y {shlex.join(packages)}"
    if facts.distribution in ("arch", "manjaro", "endeavouros"):
        return f"{sudo}pacman -S --needed {shlex.join(names)}"
    if "suse" in facts.distribution:
        return f"{sudo}zypper install {shlex.join(names)}"
    return f"{sudo}dnf install -y {shlex.join(names)}"


def install(runner: Runner, packages: Sequence[str], say: Callable[[str], None], *, lists: Path = _APT_LISTS) -> None:
    """Install Debian packages, telling each one as it is set up. We must be root.

    Package lists are fetched when there are none in `lists`, or when the first try fails, because they are out of date. Raises HostError
    with apt's last words.
    """
    say(f"installing {', '.join(packages)}")
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=120"]
    command = [*apt, "install", "--yes", "--no-install-recommends", *packages]
    fetched = not any(lists.glob("*_Packages*"))

    def tell(line: str) -> None:
        if line.startswith("Setting up "):
            say(f"  {line.split()[2]}")

    try:
        if fetched:
            _update(runner, apt, say)
        first = runner.run(command, timeout=1800, check=fetched, on_line=tell)
        if first.returncode != 0:
            _update(runner, apt, say)
            runner.run(command, timeout=1800, on_line=tell)
    except CommandError as refused:
        words = _last_lines(refused.stdout + refused.stderr)
        raise HostError(f"$ {typed(refused.argv)}", words, f"run it by hand: {typed(['apt-get', 'install', *packages])}") from refused


def _update(runner: Runner, apt: Sequence[str], say: Callable[[str], None]) -> None:
    say("fetching the lists of packages")
    runner.run([*apt, "update"], timeout=600, on_line=lambda line: None)


def _last_lines(said: str) -> str:
    return "\n".join(said.strip().splitlines()[-5:])


def _major(version: str) -> int | None:
    number = version.split(".")[0]
    return int(number) if number.isdigit() else None
