"""Who runs Podman: ourselves, or, when we are root, an unprivileged account made for it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from labkit.errors import HostError
from labkit.process import Account, Runner

__all__ = ["IDS_WANTED", "account_name", "acting_as", "ensure_account", "free_range", "owned_ids", "podman_account", "take_ranges"]

IDS_WANTED = 65536
"""How many subordinate ids rootless Podman wants: enough for every uid that an image may use (podman(1), "Rootless mode")."""

_COMMENT = "runs the containers of labkit lessons"
_FIRST_ID = 100000
_FIRST_PERSON = 1000  # login.defs(5), UID_MIN: below it are the system's own accounts


def account_name() -> str:
    """Return the name of the account that root runs Podman as: LABKIT_ACCOUNT, or `labkit`."""
    return os.environ.get("LABKIT_ACCOUNT") or "labkit"


def podman_account() -> Account | None:
    """Return the account that runs Podman here: ourselves; as root the account made for it, or None when there is none yet."""
    if os.getuid() != 0:
        return Account.current()
    try:
        return Account.of(account_name())
    except KeyError:
        return None


@contextlib.contextmanager
def acting_as(account: Account) -> Iterator[None]:
    """Make and write files as `account` would, for as long as the block lasts.

    Root does not write into another account's home as root: a symbolic link there could lead the write anywhere. The effective ids of the
    whole process change, so the block holds file work only.
    """
    if os.geteuid() != 0 or account.uid == 0:
        yield
        return
    groups, group = os.getgroups(), os.getegid()
    os.setgroups([account.gid])
    os.setegid(account.gid)
    os.seteuid(account.uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)


def owned_ids(table: str, name: str) -> int:
    """Count the subordinate ids that `name` has in the text of /etc/subuid or /etc/subgid (subuid(5))."""
    return sum(len(ids) for owner, ids in _ranges(table) if owner == name)


def free_range(*tables: str) -> range:
    """Return the lowest IDS_WANTED ids, from 100000 up, that nobody has in any of `tables` (texts of subuid(5))."""
    start = _FIRST_ID
    for taken in sorted((ids for table in tables for _, ids in _ranges(table)), key=lambda ids: ids.start):
        if taken.start < start + IDS_WANTED and start < taken.stop:
            start = taken.stop
    return range(start, start + IDS_WANTED)


def take_ranges(name: str, etc: Path = Path("/etc")) -> list[str]:
    """Return the command that gives `name` the subordinate ids it lacks; empty when it lacks none."""
    users, groups = _read(etc / "subuid"), _read(etc / "subgid")
    free = free_range(users, groups)
    span = f"{free.start}-{free.stop - 1}"
    lacks = [flag for flag, table in (("--add-subuids", users), ("--add-subgids", groups)) if owned_ids(table, name) < IDS_WANTED]
    return ["usermod", *(word for flag in lacks for word in (flag, span)), name] if lacks else []


def ensure_account(runner: Runner, name: str, say: Callable[[str], None], etc: Path = Path("/etc")) -> None:
    """Make the account `name` with subordinate ids, or add to an existing one what it lacks. We must be root.

    Raises HostError when the name belongs to a person or to the system: labkit changes nobody's account.
    """
    entry = next((line.split(":") for line in _read(etc / "passwd").splitlines() if line.startswith(f"{name}:")), None)
    if entry is None:
        say(f"making the account `{name}`: Podman runs as it, without root's rights")
        # No --system: useradd(8) gives subordinate ids to ordinary accounts only.
        runner.run(["useradd", "--create-home", "--shell", "/bin/bash", "--comment", _COMMENT, name])
    elif entry[4] != _COMMENT:
        _refuse_somebody_elses(name, int(entry[2]), Path(entry[5]), _read(etc / "shadow"))
    command = take_ranges(name, etc)
    if command:
        say(f"giving `{name}` {IDS_WANTED} subordinate ids")
        runner.run(command)


def _refuse_somebody_elses(name: str, uid: int, home: Path, shadow: str) -> None:
    password = next((line.split(":")[1] for line in shadow.splitlines() if line.startswith(f"{name}:")), "")
    # `!` and `*` are locked passwords (shadow(5)): nobody logs in by this account.
    logs_in = (password and password[0] not in "!*") or (home / ".ssh/authorized_keys").exists()
    if uid < _FIRST_PERSON or logs_in:
        whose = "the system" if uid < _FIRST_PERSON else "a person, who logs in with it"
        raise HostError(
            f"use the account `{name}` for Podman",
            f"it belongs to {whose}",
            "choose a name that is free: LABKIT_ACCOUNT=labkit-podman make setup",
        )


def _ranges(table: str) -> Iterator[tuple[str, range]]:
    for line in table.splitlines():
        fields = line.strip().split(":")
        if len(fields) == 3 and fields[1].isdigit() and fields[2].isdigit():
            yield fields[0], range(int(fields[1]), int(fields[1]) + int(fields[2]))


def _read(file: Path) -> str:
    return file.read_text() if file.exists() else ""
