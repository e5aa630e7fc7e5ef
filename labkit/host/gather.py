"""Look at this machine: files, programs and registries, put into `Facts` without a judgement."""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labkit.errors import LabError
from labkit.host import readings, registry
from labkit.host.facts import Facts, Tool
from labkit.process import SYSTEM_PATH, Account, Result, Runner

__all__ = ["Machine", "gather"]

_VERSION_OPTION: Mapping[str, str] = {
    **dict.fromkeys(("podman", "runc", "crun", "slirp4netns", "pasta", "fuse-overlayfs"), "--version"),
    **dict.fromkeys(("netavark", "aardvark-dns", "catatonit", "iptables", "nft"), "--version"),
    "dot": "-V",
    "kind": "version",
    "kubectl": "version --client",
    # newuidmap has no version of its own, and mmdebstrap takes longer to say it than all the others together.
    "newuidmap": "",
    "mmdebstrap": "",
    "docker": "",
}
_HELPERS = (
    "/usr/sbin",
    "/sbin",
    "/usr/local/libexec/podman",
    "/usr/local/lib/podman",
    "/usr/libexec/podman",
    "/usr/lib/podman",
    "/usr/libexec/catatonit",
)
"""Where Podman finds programs that are on nobody's path (containers.conf(5), helper_binaries_dir)."""
# pasta is released by date: 2024_12_11 upstream, 0^20241211 on Fedora, 0.0~git20240220 on Debian.
_VERSION = re.compile(r"\bv?(\d{4}_\d\d_\d\d|0\^\d{8}|\d+(?:\.\d+)+(?:~git\d{8})?)")


@dataclass(frozen=True)
class Machine:
    """What is neither a file nor the output of a program; tests hand in a recorded one."""

    system: str
    """platform.system(): Linux, Darwin or Windows."""
    is_root: bool
    who: Account | None
    """Who runs Podman; None: root, without an account for it yet."""
    path: Sequence[str]
    """The folders that programs are looked for in, by `who`."""
    free_disk: Callable[[Path], int] = field(default=lambda folder: shutil.disk_usage(folder).free)
    answers: Callable[[str], bool] = registry.answers

    @classmethod
    def here(cls, account: str) -> Machine:
        """Return this machine, for `account`; an account that does not exist is none."""
        is_root = os.geteuid() == 0
        try:
            who = Account.of(account) if account else None
        except KeyError:
            who = None
        path = SYSTEM_PATH if is_root else os.environ.get("PATH", SYSTEM_PATH)
        return cls(platform.system(), is_root, who, path.split(os.pathsep))


def gather(
    runner: Runner,
    account: str,
    *,
    root: Path = Path("/"),
    registries: Sequence[str] | None = None,
    check_registry: bool = True,
    machine: Machine | None = None,
) -> Facts:
    """Return what this machine is.

    `runner` starts programs as `account` ("" for root that has none yet: Podman is then not asked). Files are read below `root`.
    `registries` are hosts, the preferred one first (None: `labkit.host.registry.preferred()`); they are asked meanwhile, for at most one
    second, and not at all unless `check_registry`. Raises nothing: a program that fails leaves its fact empty.
    """
    machine = machine or Machine.here(account)
    hosts = tuple(registry.preferred() if registries is None else registries) if check_registry else ()
    first_answering = registry.ask(hosts, asked=machine.answers)
    who = machine.who
    tools = {name: _tool(runner, name, option, machine.path, root) for name, option in _VERSION_OPTION.items()}
    info, podman_error = _podman_info(runner) if tools["podman"].path and who else ({}, "")
    store = info.get("store", {})
    storage_path = store.get("graphRoot") or (str(who.home) if who else "/")
    release = readings.os_release(root)
    return Facts(
        system=machine.system,
        distribution=release.get("ID", ""),
        kernel=readings.text(root, "proc/sys/kernel/osrelease"),
        is_root=machine.is_root,
        account=who.name if who else "",
        tools=tools,
        cgroup=readings.cgroup(root),
        unified_controllers=readings.unified_controllers(root),
        delegated_controllers=readings.delegated_controllers(root, who.uid) if who else (),
        systemd_user=who is not None and (root / f"run/user/{who.uid}/systemd/private").exists(),
        subuid=readings.subordinate_ids(root, "subuid", who) if who else 0,
        subgid=readings.subordinate_ids(root, "subgid", who) if who else 0,
        next_subid=readings.next_subordinate_id(root),
        max_user_namespaces=readings.sysctl(root, "user.max_user_namespaces"),
        unprivileged_userns_blocked=readings.unprivileged_userns_blocked(root, tools["podman"].path),
        unshare_error=_unshare_error(runner) if who and machine.system == "Linux" else "",
        device_modes=readings.device_modes(root),
        podman_runtime=info.get("host", {}).get("ociRuntime", {}).get("name", ""),
        storage_driver=store.get("graphDriverName", ""),
        podman_error=podman_error,
        images=store.get("imageStore", {}).get("number", 0),
        storage_path=storage_path,
        free_disk=machine.free_disk(readings.nearest(root, storage_path)),
        free_memory=readings.free_memory(root),
        docker=bool(tools["docker"].path) and who is not None and _docker_answers(runner),
        asked_registries=hosts,
        registry=first_answering(),
    )


def _tool(runner: Runner, name: str, option: str, path: Sequence[str], root: Path) -> Tool:
    folders = [root / folder.lstrip("/") for folder in (*path, *_HELPERS) if folder]
    found = shutil.which(name, path=os.pathsep.join(map(str, folders)))
    if not found:
        return Tool()
    place = f"/{Path(found).relative_to(root)}"
    said = _run(runner, [place, *option.split()]) if option else None
    return Tool(place, _version(name, f"{said.stdout}\n{said.stderr}") if said else "")


def _version(name: str, said: str) -> str:
    """Return the version in the first line that names the program; pasta's other lines hold the version of its licence.

    kubectl does not name itself.
    """
    said_by = "Client Version" if name == "kubectl" else name
    line = next((line for line in said.splitlines() if said_by in line), "")
    number = _VERSION.search(line)
    return number[1] if number else ""


def _podman_info(runner: Runner) -> tuple[dict[str, Any], str]:
    try:
        said = runner.run(["podman", "info", "--format", "json"], timeout=10, check=False)
    except LabError as error:
        return {}, error.found
    if said.returncode != 0:
        return {}, said.stderr.strip() or f"exit code {said.returncode}"
    try:
        return json.loads(said.stdout), ""
    except ValueError:
        return {}, f"this is not JSON: {said.stdout[:200]}"


def _docker_answers(runner: Runner) -> bool:
    said = _run(runner, ["docker", "version", "--format", "{{.Server.Version}}"])
    return said is not None and said.returncode == 0


def _unshare_error(runner: Runner) -> str:
    said = _run(runner, ["unshare", "--user", "--map-root-user", "true"])
    return said.stderr.strip() if said and said.returncode != 0 else ""


def _run(runner: Runner, argv: Sequence[str]) -> Result | None:
    try:
        return runner.run(argv, timeout=2, check=False)
    except LabError:
        return None
