"""Put in words why an image could not be had, with the one thing to do."""

from __future__ import annotations

from labkit.errors import CommandError, DeadlineError, HostError, ImageError, LabError

__all__ = ["disk_is_full", "explained", "in_short"]

_FULL = "no space left on device"
_OFFLINE = (
    "temporary failure resolving",
    "could not resolve",
    "could not connect",
    "unable to connect",
    "network is unreachable",
)
_SET_UP = ("newuidmap", "subuid", "unshare", "no_pubkey", "keyring")


def disk_is_full(error: CommandError) -> bool:
    """Say whether a program failed for want of disk space."""
    return _FULL in (error.stdout + error.stderr).lower()


def explained(what: str, error: LabError) -> ImageError:
    """Return the ImageError that says what failed while making `what`, in the last words of the program, and the one thing to do."""
    if isinstance(error, CommandError):
        said = error.stdout + error.stderr
        found, fix = f"exit code {error.returncode} of {error.argv[0]}:\n{_last_lines(said)}", _fix(said.lower())
    elif isinstance(error, HostError):
        found, fix = error.found, "run `make setup`: it installs what is missing"
    elif isinstance(error, DeadlineError):
        found, fix = f"it took too long; the last that was heard:\n{_last_lines(error.last)}", "try again; what is done already is kept"
    else:
        found, fix = error.found, error.fix
    return ImageError(f"make the image {what}", found, fix)


def in_short(error: LabError) -> str:
    """Return the last line of what a program said, for a line of progress."""
    said = error.stdout + error.stderr if isinstance(error, CommandError) else error.found
    return _last_lines(said, 1)


def _fix(said: str) -> str:
    if _FULL in said:
        return "free some disk space (`podman system df` shows what Podman holds), then try again"
    if any(word in said for word in _OFFLINE):
        return "connect to the network (behind a proxy: set http_proxy), or set LABKIT_REGISTRY to a classroom's registry, then try again"
    if any(word in said for word in _SET_UP):
        return "run `make setup`: it installs what is missing"
    return "read the message, then try again"


def _last_lines(said: str, count: int = 5) -> str:
    return "\n".join(said.strip().splitlines()[-count:])
