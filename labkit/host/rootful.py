"""The Podman that runs nodes: root's own, with its usual storage, told by a file in labkit's directory what this host needs."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labkit.errors import HostError
from labkit.host import readings
from labkit.process import LocalRunner, Runner

__all__ = ["RootfulHost", "prepare_mounts", "rootful_conf", "rootful_host", "rootful_runner"]

_SYS_RESOURCE = 24
"""CAP_SYS_RESOURCE (capabilities(7)): without it nobody raises a limit above the one he has."""


@dataclass(frozen=True)
class RootfulHost:
    """What decides how root's Podman runs here: cgroup as in `Facts`, and the highest limits that a process may be given."""

    cgroup: str
    systemd: bool
    raises_limits: bool
    open_files: int
    processes: int


def rootful_host(root: Path = Path("/")) -> RootfulHost:
    """Look at this machine, its files below `root`."""
    effective = next((line.split()[1] for line in readings.text(root, "proc/self/status").splitlines() if line.startswith("CapEff:")), "0")
    pids = readings.sysctl(root, "kernel.pid_max") or 32768
    processes = resource.getrlimit(resource.RLIMIT_NPROC)[1]
    return RootfulHost(
        cgroup=readings.cgroup(root),
        systemd=(root / "run/systemd/system").is_dir(),
        raises_limits=bool(int(effective, 16) >> _SYS_RESOURCE & 1),
        open_files=resource.getrlimit(resource.RLIMIT_NOFILE)[1],
        processes=pids if processes == resource.RLIM_INFINITY else min(processes, pids),
    )


def rootful_conf(host: RootfulHost) -> str:
    """Return the containers.conf (containers.conf(5)) that root's Podman needs on `host`, each line with the reason above it."""
    lines = ["# Written by labkit for the Podman that runs the nodes of its clusters; made again by `labkit setup`."]
    if not host.raises_limits:
        lines += ["[containers]", "# Podman asks for more by itself, and this host does not let it (no CAP_SYS_RESOURCE)."]
        lines += [f'default_ulimits = ["nofile={host.open_files}:{host.open_files}", "nproc={host.processes}:{host.processes}"]']
    lines += ["[network]", "# The nodes find each other by name; the other backend, CNI, has no names in Debian's package."]
    lines += ['network_backend = "netavark"']
    engine: list[str] = []
    if host.cgroup in ("v1", "hybrid"):
        engine += ["# cgroup v1: crun refuses it beside a v2 mount (cgroups in hybrid mode), runc works.", 'runtime = "runc"']
    if not host.systemd:
        engine += ["# No systemd: nobody else would make the cgroups, and there is no journal for events."]
        engine += ['cgroup_manager = "cgroupfs"', 'events_logger = "file"']
    return "\n".join([*lines, *(["[engine]", *engine] if engine else []), ""])


def rootful_runner(conf: Path, host: RootfulHost, say: Callable[[str], None]) -> LocalRunner:
    """Return the runner for root's Podman and for kind, with `conf` written where it is not what this host needs.

    Raises HostError when we are not root.
    """
    if os.geteuid() != 0:
        raise HostError("run the nodes of a cluster", "we are not root", "run it as root: sudo labkit ...")
    wanted = rootful_conf(host)
    if not conf.is_file() or conf.read_text() != wanted:
        say(f"writing {conf}")
        conf.parent.mkdir(parents=True, exist_ok=True)
        unfinished = conf.with_suffix(".part")
        unfinished.write_text(wanted)
        unfinished.replace(conf)
    return LocalRunner(environment={"CONTAINERS_CONF": str(conf), "KIND_EXPERIMENTAL_PROVIDER": "podman"})


def prepare_mounts(runner: Runner, root: Path = Path("/")) -> None:
    """Do what a node needs of its host: mounts that propagate into it (as systemd makes `/`), and the folder that kind hands to it."""
    shown = readings.text(root, "proc/self/mountinfo").splitlines()
    # Fields of proc_pid_mountinfo(5): the fifth is the mount point, and `shared:N` stands among the optional ones.
    if not any(line.split()[4] == "/" and " shared:" in line for line in shown):
        runner.run(["mount", "--make-rshared", "/"])
    (root / "lib/modules").mkdir(parents=True, exist_ok=True)
