"""Podman's messages, turned into what was found and the one thing to do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from labkit.errors import CommandError, ConflictError, HostError, ImageError, LabError

__all__ = ["explained", "says_name_in_use"]

_NAMES_IN_USE = (
    re.compile(r'name "?([^" ]+)"? is (?:already )?in use'),
    re.compile(r"volume with name (\S+) already exists"),
)


@dataclass(frozen=True)
class _Known:
    """A message of Podman's: `pattern` has one group, which takes the place of {} in `found` and `fix`."""

    pattern: str
    kind: type[LabError]
    found: str
    fix: str


_NO_IMAGE = ("there is no image {} on this machine, and it cannot be pulled", "correct the image's name, or try `podman pull {}` by hand")
_KNOWN = (
    _Known(
        r":(\d+): bind: address already in use",
        ConflictError,
        "port {} of this machine is in use by another program",
        "choose another hostPort, or stop what uses it (`ss -ltnp | grep :{}`)",
    ),
    _Known(
        r"rootlessport cannot expose privileged port (\d+)",
        HostError,
        "port {} is below 1024, and an ordinary user may not publish it",
        "choose a hostPort of 1024 or more",
    ),
    _Known(
        r"(localhost/labkit/[^\s:]+:[^\s:]+): image not known",
        ImageError,
        "there is no image {} on this machine",
        "correct its name, or run `labkit images` to see and build the lessons' images",
    ),
    _Known(r"Error: (?:.*: )?(\S+): image not known", ImageError, *_NO_IMAGE),
    _Known(r"initializing source docker://(\S+?):? ", ImageError, *_NO_IMAGE),
    _Known(r'short-name "?(\S+?)"? did not resolve', ImageError, *_NO_IMAGE),
    _Known(
        r"(no space left on device|disk quota exceeded)",
        HostError,
        "the disk is full ({})",
        "free some space: `podman image prune` removes images that nothing uses; then try again",
    ),
    _Known(
        r"(no subuid ranges found|cannot find UID/GID for user|there might not be enough IDs available|write to uid_map failed)",
        HostError,
        "Podman's account has no subordinate user ids ({})",
        "run `make setup`, or `labkit doctor` for the command to type",
    ),
    _Known(
        r"(cannot set \w+ limit|could not join or create cgroup)",
        HostError,
        "this host's cgroups give rootless Podman no limits ({})",
        "take `resources` out; `labkit doctor` says more",
    ),
    _Known(r"(cannot clone: Operation not permitted|user namespaces are not enabled)", HostError, "{}", "run `labkit doctor`"),
    _Known(r"(netavark: .*|could not find \W?(?:netavark|slirp4netns|pasta).*)", HostError, "no network: {}", "run `labkit doctor`"),
    _Known(
        r'exec(?:utable file|:)? [`"]?([^`"\s]+)[`"]?:? (?:executable file )?not found in \$PATH',
        LabError,
        "the image has no program `{}`",
        "correct the container's command, or take an image that has the program",
    ),
    _Known(
        r"statfs (\S+): no such file or directory", LabError, "this machine has no {}", "correct hostPath.path, or make the folder first"
    ),
)


def says_name_in_use(error: CommandError) -> str:
    """Return the name that Podman says is taken, or an empty string."""
    found = next((match for pattern in _NAMES_IN_USE if (match := pattern.search(error.stderr))), None)
    return found[1] if found else ""


def explained(error: CommandError, tried: str = "") -> LabError:
    """Return the LabError that says what a failed Podman command means; the error itself where its words are new to labkit."""
    tried = tried or error.tried
    name = says_name_in_use(error)
    if name:
        fix = f"choose another name, or remove what has it (`podman ps -a --pod --filter name={name}`)"
        return ConflictError(tried, f"the name {name} is in use", fix)
    for known in _KNOWN:
        match = re.search(known.pattern, f"{error.stderr}\n{error.stdout}")
        if match:
            return known.kind(tried, known.found.format(match[1]), known.fix.format(match[1]))
    error.tried = tried
    return error
