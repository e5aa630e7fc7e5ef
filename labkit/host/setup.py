"""Set this host up for the lessons: as root it is done, as an ordinary user it is said."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from labkit.errors import CommandError, HostError
from labkit.host import packages
from labkit.host.account import IDS_WANTED, account_name, acting_as, ensure_account, owned_ids, podman_account
from labkit.host.facts import Facts
from labkit.host.gather import gather
from labkit.host.paths import boot_id, paths
from labkit.host.podman_conf import podman_conf
from labkit.host.seat import podman_environment, podman_runner
from labkit.process import SYSTEM_PATH, Account, LocalRunner, Runner, typed

__all__ = ["DEVICES", "ensure_setup", "is_set_up", "setup"]

DEVICES = (Path("/dev/fuse"), Path("/dev/net/tun"))
"""What an ordinary user's Podman opens: fuse-overlayfs the one, the network helper the other."""

_RECIPE = 1
"""Counts up when set-up learns a new step, so that hosts that were set up before get it."""

_HELPER_FOLDERS = "/usr/libexec/podman:/usr/lib/podman"
_EVERYBODY = 0o666


def ensure_setup(say: Callable[[str], None], look: Callable[[Runner, str], Facts] = gather) -> bool:
    """Set this host up unless that was done and still holds, which is found out without starting a program; return whether it took work.

    `look` gathers the facts; its runner runs programs as the account named, or as ourselves for "". Raises what `setup` raises.
    """
    if is_set_up():
        return False
    account = podman_account()
    # Root may not ask the account's Podman before storage.conf is written: its first run chooses the storage driver for good.
    asked = account if account and (account.uid == os.getuid() or paths(account).stamp.is_file()) else None
    facts = look(podman_runner(), asked.name) if asked else look(LocalRunner(), "")
    setup(facts, LocalRunner(), say)
    return True


def setup(facts: Facts, runner: Runner, say: Callable[[str], None], *, podman: Callable[[], Runner] = podman_runner) -> None:
    """Bring this host to where `podman` runs the lessons, without root's rights; what is there already is left as it is.

    As an ordinary user only labkit's own files are written. `runner` runs programs as ourselves, `podman()` is the seat to try at the end.
    Raises HostError, with the one command to type, when something is missing that we may not or cannot install.
    """
    if facts.is_root:
        _install_packages(facts, runner, say)
        ensure_account(runner, account_name(), say)
        _open_devices(facts, say)
    else:
        _refuse_what_is_missing(facts)
    account = _account()
    _write_conf(facts, account, say)
    if is_set_up():
        return
    _try_podman(podman(), say)
    _write_stamp(account)


def is_set_up() -> bool:
    """Say whether set-up was finished during this boot and what it left is still there. Looks at files only: some milliseconds."""
    account = podman_account()
    if account is None:
        return False
    try:
        return bool(json.loads(paths(account).stamp.read_text()) == _traces(account))
    except (OSError, ValueError):
        return False


def _install_packages(facts: Facts, runner: Runner, say: Callable[[str], None]) -> None:
    if packages.is_debian(facts):
        lacking = packages.missing(facts, comforts=True)
        if lacking:
            packages.install(runner, lacking, say)
    elif lacking := packages.missing(facts):
        raise _lacks(f"no {', '.join(lacking)}", packages.install_command(facts, lacking))


def _open_devices(facts: Facts, say: Callable[[str], None]) -> None:
    for device in _closed(facts):
        say(f"letting everybody use {device}")
        Path(device).chmod(_EVERYBODY)


def _refuse_what_is_missing(facts: Facts) -> None:
    """Raise HostError with one command for everything that only root can put right."""
    linux = facts.system == "Linux"
    # Elsewhere Podman's machine holds all the rest.
    lacking = [package for package in packages.missing(facts) if linux or package == "podman"]
    found, commands = [], []
    if lacking:
        found.append(f"no {', '.join(lacking)}")
        commands.append(packages.install_command(facts, lacking))
    if linux and min(facts.subuid, facts.subgid) < IDS_WANTED:
        span = f"{facts.next_subid}-{facts.next_subid + IDS_WANTED - 1}"
        kinds = [kind for kind, count in (("uids", facts.subuid), ("gids", facts.subgid)) if count < IDS_WANTED]
        found.append(f"{facts.account} has {facts.subuid} subordinate uids and {facts.subgid} gids of {IDS_WANTED}")
        commands.append(f"sudo usermod {' '.join(f'--add-sub{kind} {span}' for kind in kinds)} {facts.account}")
    if closed := _closed(facts):
        found.append(f"only root may use {' and '.join(closed)}")
        commands.append(f"sudo chmod 0666 {typed(closed)}")
    if commands:
        raise _lacks("; ".join(found), " && ".join(commands))


def _write_conf(facts: Facts, account: Account, say: Callable[[str], None]) -> None:
    own = paths(account)
    known = replace(facts, storage_driver=facts.storage_driver or _driver_in_use(account))
    conf = podman_conf(known)
    # Once written, storage.conf stays: Podman complains at every start when it is told another driver than its storage was made with.
    storage = conf.storage or _text(own.storage_conf) or None
    for file, text in ((own.containers_conf, conf.containers), (own.storage_conf, storage)):
        if text != (_text(file) or None):
            say(f"writing {file}" if text else f"removing {file}: this host does not need it")
            with acting_as(account):
                _replace(file, text)


def _try_podman(runner: Runner, say: Callable[[str], None]) -> None:
    command = ["podman", "info", "--format", "json"]
    say("trying podman")
    try:
        version = json.loads(runner.run(command, timeout=120).stdout)["version"]["Version"]
    except CommandError as refused:
        raise HostError(refused.tried, refused.found, "run `labkit doctor`: it names the cause") from refused
    say(f"podman {version} works")


def _account() -> Account:
    account = podman_account()
    if account is None:
        name = account_name()
        raise HostError("use the new account for Podman", f"there is still no account `{name}`", f"look at: getent passwd {name}")
    return account


def _driver_in_use(account: Account) -> str:
    """Return the driver of the images that an account has by now; empty: it has no storage."""
    storage = account.home / ".local/share/containers/storage"
    return next((driver for driver in ("overlay", "btrfs", "vfs") if (storage / f"{driver}-images").is_dir()), "")


def _closed(facts: Facts) -> list[str]:
    return [device for device, mode in sorted(facts.device_modes.items()) if mode & _EVERYBODY != _EVERYBODY]


def _lacks(found: str, command: str) -> HostError:
    return HostError("find what the lessons need on this machine", found, command)


def _write_stamp(account: Account) -> None:
    stamp, traces = paths(account).stamp, json.dumps(_traces(account), indent=1)
    with acting_as(account):
        _replace(stamp, f"{traces}\n")


def _traces(account: Account) -> dict[str, object]:
    """Return what set-up left behind or relied on, as it is now: when this is no longer what the stamp says, set-up looks again."""
    own = paths(account)
    folders = f"{SYSTEM_PATH if account.uid != os.getuid() else os.environ.get('PATH', SYSTEM_PATH)}:{_HELPER_FOLDERS}:{SYSTEM_PATH}"
    programs = {name: shutil.which(name, path=folders) or "" for name in packages.needed_programs()}
    podman = Path(programs["podman"])
    return {
        "recipe": _RECIPE,
        "boot": boot_id(),
        "account": [account.name, account.uid, account.gid, str(account.home)],
        "subordinate ids": [owned_ids(_text(Path("/etc") / table), account.name) for table in ("subuid", "subgid")],
        "programs": programs,
        # A newer Podman may need another helper.
        "podman": [podman.stat().st_size, podman.stat().st_mtime_ns] if podman.is_file() else [],
        "devices": {str(device): stat.S_IMODE(device.stat().st_mode) for device in DEVICES if device.exists()},
        "files": {str(file): _text(file) for file in (own.containers_conf, own.storage_conf)},
        "environment": sorted(podman_environment(account)),
    }


def _text(file: Path) -> str:
    return file.read_text() if file.is_file() else ""


def _replace(file: Path, text: str | None) -> None:
    """Write a file so that nobody ever reads half of it; None: have no such file."""
    if text is None:
        file.unlink(missing_ok=True)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False) as new:
        new.write(text)
    Path(new.name).chmod(0o644)
    Path(new.name).replace(file)
