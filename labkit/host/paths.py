"""Where labkit keeps things: its own directories, never somebody else's files.

As root they lie under the home of the account that runs Podman, because Podman has to read them.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from labkit.errors import HostError
from labkit.host.account import account_name, acting_as, podman_account
from labkit.process import Account

__all__ = ["Paths", "boot_id", "make_runtime_dir", "paths", "workbooks"]


@dataclass(frozen=True)
class Paths:
    """labkit's own directories (XDG Base Directory Specification) for one account."""

    config: Path
    """The containers.conf and storage.conf that this host needs."""
    cache: Path
    """What can be made again: downloads, root file systems."""
    state: Path
    """What should last: the set-up stamp, learners' progress."""
    workbooks: Path
    """Learners' copies of the lessons."""

    @property
    def containers_conf(self) -> Path:
        """Return the file that CONTAINERS_CONF names, where it exists."""
        return self.config / "containers.conf"

    @property
    def storage_conf(self) -> Path:
        """Return the file that CONTAINERS_STORAGE_CONF names, where it exists."""
        return self.config / "storage.conf"

    @property
    def stamp(self) -> Path:
        """Return the file in which set-up writes down what it left behind."""
        return self.state / "setup.json"


def paths(account: Account | None = None) -> Paths:
    """Return labkit's directories for `account` (None: the one that runs Podman); nothing is made.

    LABKIT_CONFIG_HOME, LABKIT_CACHE_HOME and LABKIT_STATE_HOME name a directory itself and win over XDG's variables, which name its parent
    and count only for ourselves: root's say nothing about another account. Raises HostError as root while there is no account yet.
    """
    owner = account or podman_account()
    if owner is None:
        raise HostError("find labkit's directories", f"there is no account `{account_name()}` to run Podman as", "run `make setup`")
    ours = owner.uid == os.getuid()
    home = Path.home() if ours else owner.home

    def place(kind: str, default: str) -> Path:
        chosen = os.environ.get(f"LABKIT_{kind}_HOME")
        xdg = os.environ.get(f"XDG_{kind}_HOME") if ours else None
        parent = Path(xdg) if xdg else home / default
        return Path(chosen).absolute() if chosen else parent / "labkit"

    lessons = os.environ.get("LABKIT_HOME")
    return Paths(
        config=place("CONFIG", ".config"),
        cache=place("CACHE", ".cache"),
        state=place("STATE", ".local/state"),
        workbooks=Path(lessons).absolute() if lessons else home / "labkit-lessons",
    )


def workbooks() -> Path:
    """Return where learners' copies of the lessons live: LABKIT_HOME, or `labkit-lessons` in the home of the account that runs Podman."""
    return paths().workbooks


def boot_id() -> str:
    """Return what the kernel calls this boot (random(4)); empty where it does not say."""
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


def make_runtime_dir(account: Account, run: Path = Path("/run"), boot: str | None = None) -> Path:
    """Return the XDG_RUNTIME_DIR of another account, and make it where it is missing. We must be root.

    It is systemd's own where the account has a session (lingering, loginctl(1)), else `run`/labkit/UID, mode 0700, or a directory in the
    account's home where `run` is read-only. Podman takes what lies there for running containers, so that what an earlier boot left in ours
    is deleted (where `run` is no tmpfs, a reboot does not do that).
    """
    session = run / "user" / str(account.uid)
    if (session / "systemd/private").exists():
        return session
    now = boot_id() if boot is None else boot
    shared = run / "labkit"
    try:
        shared.mkdir(mode=0o755, exist_ok=True)
        with (shared / f"{account.uid}.boot").open("a+") as mark:
            return _fresh(shared / str(account.uid), account, mark.fileno(), now)
    except OSError:
        with acting_as(account):
            state = account.home / ".local/state/labkit"
            state.mkdir(parents=True, exist_ok=True)
            with (state / "run.boot").open("a+") as mark:
                return _fresh(state / "run", account, mark.fileno(), now)


def _fresh(directory: Path, account: Account, mark: int, boot: str) -> Path:
    # The lock is for two notebooks that start at once after a reboot: one must not delete what the other has just made.
    fcntl.flock(mark, fcntl.LOCK_EX)
    marked = os.pread(mark, 64, 0).decode()
    if marked != boot:
        if marked:
            shutil.rmtree(directory, ignore_errors=True)
        os.ftruncate(mark, 0)
        os.write(mark, boot.encode())
    if not directory.is_dir():
        directory.mkdir(mode=0o700)
        if os.getuid() == 0:
            os.chown(directory, account.uid, account.gid)
    return directory
