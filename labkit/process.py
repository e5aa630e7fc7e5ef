"""Start programs: the only module that does.

A `Runner` is the small interface that the rest of labkit depends on. `LocalRunner` starts real programs, as another account where
root must run rootless Podman; `labkit.replay.ReplayRunner` answers from records and is what unit tests use.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import select
import selectors
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NoReturn, Protocol

from labkit.errors import CommandError, DeadlineError, HostError

__all__ = ["SYSTEM_PATH", "Account", "LocalRunner", "Result", "Runner", "become", "typed"]

_GRACE = 5.0
"""Seconds that a program has to end after SIGTERM."""
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def typed(argv: Sequence[str]) -> str:
    """Return a command as one would type it, quoted where the shell needs it."""
    return shlex.join(argv)


@dataclass(frozen=True)
class Account:
    """An operating-system account that programs can be started as."""

    name: str
    uid: int
    gid: int
    home: Path

    @classmethod
    def of(cls, name: str) -> Account:
        """Look an account up by name. Raises KeyError when there is none."""
        entry = pwd.getpwnam(name)
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid, Path(entry.pw_dir))

    @classmethod
    def current(cls) -> Account:
        """Return the account that this process runs as."""
        entry = pwd.getpwuid(os.getuid())
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid, Path(entry.pw_dir))


@dataclass(frozen=True)
class Result:
    """What a finished program said. `seconds` is wall time."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    seconds: float = field(default=0.0, compare=False)


class Runner(Protocol):
    """Run a program to its end and return what it said."""

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: str | bytes | None = None,
        timeout: float = 60.0,
        check: bool = True,
        cwd: Path | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Result:
        """Run `argv`; `timeout` in seconds.

        With `on_line`, each line of output (stdout and stderr mixed, as they come) is handed over while the program runs, and the Result's
        stdout holds them all. Raises HostError when there is no such program, CommandError on a non-zero exit when `check`, DeadlineError
        with the last output when it takes longer than `timeout`.
        """
        ...


@dataclass(frozen=True)
class LocalRunner:
    """Start programs on this machine.

    `account` is who they run as (None: whoever we are; only root can be somebody else), and `environment` is added to a small clean
    environment for another account, or to our own.
    """

    account: Account | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    def environ(self) -> dict[str, str]:
        """Return the environment that programs get."""
        if self.account is None:
            return {**os.environ, **self.environment}
        kept = {
            name: value for name, value in os.environ.items() if name in ("TERM", "LANG", "LC_ALL", "TZ") or name.lower().endswith("_proxy")
        }
        # Never root's own PATH: a folder that the account may not read turns "not found" into "permission denied" inside netavark.
        own = {"HOME": str(self.account.home), "USER": self.account.name, "LOGNAME": self.account.name, "PATH": SYSTEM_PATH}
        return {**kept, **own, **self.environment}

    def directory(self, cwd: Path | None) -> Path | None:
        """Return where programs start: `cwd`, or the account's home where it may not enter `cwd` (Podman refuses to start there)."""
        if self.account is None:
            return cwd
        try:
            wanted = cwd or Path.cwd()
            return wanted if _may_enter(wanted, self.account) else self.account.home
        except FileNotFoundError:
            # Our own folder may have been deleted under us; a missing `cwd` is the caller's to hear of.
            return cwd or self.account.home

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: str | bytes | None = None,
        timeout: float = 60.0,
        check: bool = True,
        cwd: Path | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Result:
        """Run `argv` as `Runner.run` says. Ctrl-C ends the program gently before it goes on to the caller."""
        started = time.monotonic()
        child = self._start(argv, stdin is not None, cwd, merged=on_line is not None)
        data = stdin.encode() if isinstance(stdin, str) else stdin
        try:
            stdout, stderr = _follow(child, data, timeout, on_line) if on_line else map(_text, child.communicate(data, timeout))
        except subprocess.TimeoutExpired as late:
            _end(child)
            last = _text(late.stderr) or _text(late.output)
            raise DeadlineError(
                f"$ {typed(argv)}, for {timeout:g} s", last or "no output so far", "try again; if it repeats, run it by hand"
            ) from None
        except BaseException:
            _end(child)
            raise
        result = Result(tuple(argv), child.returncode, stdout, stderr, time.monotonic() - started)
        if check and child.returncode != 0:
            raise CommandError(argv, child.returncode, stdout, stderr)
        return result

    def _start(self, argv: Sequence[str], has_input: bool, cwd: Path | None, *, merged: bool) -> subprocess.Popen[bytes]:
        as_other = self.account
        folder = self.directory(cwd)
        try:
            return subprocess.Popen(
                list(argv),
                stdin=subprocess.PIPE if has_input else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT if merged else subprocess.PIPE,
                env=self.environ(),
                cwd=folder,
                # A session of its own: Ctrl-C in a notebook reaches us, not Podman half-way through making a pod.
                start_new_session=True,
                user=as_other.uid if as_other else None,
                group=as_other.gid if as_other else None,
                extra_groups=[as_other.gid] if as_other else None,
            )
        except FileNotFoundError as missing:
            if folder is not None and str(missing.filename) == str(folder):
                raise HostError(f"$ {typed(argv)}", f"there is no folder {folder} to start it in", "make that folder") from None
            raise HostError(f"$ {typed(argv)}", f"there is no program `{argv[0]}` on this machine", "run `labkit doctor`") from None
        except OSError as refused:
            raise HostError(f"$ {typed(argv)}", str(refused), "run `labkit doctor`") from None


def _may_enter(folder: Path, account: Account) -> bool:
    for part in [*reversed(folder.resolve().parents), folder.resolve()]:
        status = part.stat()
        bit = 0o100 if status.st_uid == account.uid else 0o010 if status.st_gid == account.gid else 0o001
        if not status.st_mode & bit:
            return False
    return True


def _text(data: bytes | str | None) -> str:
    return data if isinstance(data, str) else (data or b"").decode(errors="replace")


def _follow(child: subprocess.Popen[bytes], data: bytes | None, timeout: float, on_line: Callable[[str], None]) -> tuple[str, str]:
    deadline = time.monotonic() + timeout
    lines, begun, rest = [], b"", memoryview(data or b"")
    assert child.stdout is not None
    # One loop and no threads: Ctrl-C while a thread is started can end in a RuntimeError.
    with selectors.DefaultSelector() as pipes:
        pipes.register(child.stdout, selectors.EVENT_READ)
        if child.stdin:
            pipes.register(child.stdin, selectors.EVENT_WRITE)
        while (left := deadline - time.monotonic()) > 0:
            ready = [key.fileobj for key, _ in pipes.select(left)]
            if child.stdin in ready:
                rest = _feed(child.stdin, rest)
                if not rest:
                    pipes.unregister(child.stdin)
                    child.stdin.close()
            if child.stdout in ready:
                read = os.read(child.stdout.fileno(), 65536)
                *whole, begun = (begun + read).split(b"\n")
                for line in [_text(raw) + "\n" for raw in whole] + ([_text(begun)] if begun and not read else []):
                    lines.append(line)
                    on_line(line.rstrip("\n"))
                if not read:
                    child.wait(left)
                    return "".join(lines), ""
    raise subprocess.TimeoutExpired(child.args, timeout, output="".join(lines[-5:]).encode() + begun)


def _feed(pipe: IO[bytes], data: memoryview) -> memoryview:
    """Write as much as never blocks (pipe(7)), and return the rest: nothing where nobody reads any more."""
    try:
        return data[os.write(pipe.fileno(), data[: select.PIPE_BUF]) :]
    except BrokenPipeError:
        return data[:0]


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a program and what it started: asked first, then killed."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, sign)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE)
    for pipe in (child.stdin, child.stdout, child.stderr):
        with contextlib.suppress(OSError):
            if pipe:
                pipe.close()


def become(argv: Sequence[str], environment: Mapping[str, str], cwd: Path) -> NoReturn:
    """Turn this process into another program, for one that the learner talks to from now on. Raises HostError when there is none."""
    try:
        os.chdir(cwd)
        os.execvpe(argv[0], list(argv), {**os.environ, **environment})
    except OSError as refused:
        raise HostError(f"$ {typed(argv)}", str(refused), "run `make setup`") from None
