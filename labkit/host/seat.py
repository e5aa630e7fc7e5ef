"""The seat from which everything in labkit runs podman on this machine: which account, with which environment.

Nothing here starts a program: a notebook takes its seat at every start.
"""

from __future__ import annotations

import os
from pathlib import Path

from labkit.errors import HostError
from labkit.host.account import account_name, podman_account
from labkit.host.paths import make_runtime_dir, paths
from labkit.process import Account, LocalRunner

__all__ = ["podman_environment", "podman_runner", "shell_command"]


def podman_environment(account: Account) -> dict[str, str]:
    """Return what podman, run as `account`, needs beside an ordinary environment.

    CONTAINERS_CONF and CONTAINERS_STORAGE_CONF (containers.conf(5), containers-storage.conf(5)) replace the user's own files for the
    programs that labkit starts, so they are named only where set-up found that this host needs them. Another account's runtime directory
    is made when it is missing.
    """
    own = paths(account)
    files = {"CONTAINERS_CONF": own.containers_conf, "CONTAINERS_STORAGE_CONF": own.storage_conf}
    named = {variable: str(file) for variable, file in files.items() if file.is_file()}
    if account.uid == os.getuid():
        return named
    return {"XDG_RUNTIME_DIR": str(make_runtime_dir(account)), **named}


def podman_runner() -> LocalRunner:
    """Return the runner that runs podman here: as ourselves, or, when we are root, as the account made for it.

    Raises HostError when root has no such account yet.
    """
    account = podman_account()
    if account is None:
        raise HostError("run podman without root's rights", f"there is no account `{account_name()}` to run it as", "run `make setup`")
    return LocalRunner(None if account.uid == os.getuid() else account, podman_environment(account))


def shell_command() -> list[str]:
    """Return the command that opens a shell in which `podman` is the one that the lessons use (for `labkit shell`, JupyterLab's terminals).

    Raises HostError when root has no account for Podman yet.
    """
    runner = podman_runner()
    if runner.account is None:
        named = [f"{name}={value}" for name, value in runner.environment.items()]
        return [*(["env", *named] if named else []), os.environ.get("SHELL") or "/bin/sh"]
    lessons = paths(runner.account).workbooks
    start = lessons if lessons.is_dir() else runner.account.home
    environment = [f"{name}={value}" for name, value in sorted(runner.environ().items())]
    bash = Path("/bin/bash")
    # setpriv(1), not su(1): no login session and no PAM, just the account's own rights.
    become = ["setpriv", f"--reuid={runner.account.uid}", f"--regid={runner.account.gid}", "--init-groups", "--inh-caps=-all"]
    return [*become, "env", "--ignore-environment", f"--chdir={start}", *environment, str(bash if bash.exists() else "/bin/sh")]
