from __future__ import annotations

import pytest

from labkit.engines.podman_errors import explained
from labkit.errors import CommandError, ConflictError, HostError, ImageError, LabError

# Each message is what Podman printed, or prints according to its source, in the version named.
CASES = [
    ('Error: adding pod to state: name "web" is in use: pod already exists', ConflictError, "the name web is in use"),  # 4.3
    ("Error: volume with name pv already exists: volume already exists", ConflictError, "the name pv is in use"),  # 4.3
    (
        'Error: creating container storage: the container name "web" is already in use by 1c. You have to remove that container',
        ConflictError,
        "the name web is in use",
    ),  # 4.3
    ("starting container 8a: rootlessport listen tcp 0.0.0.0:22000: bind: address already in use", ConflictError, "port 22000"),  # 4.3
    ("Error: rootlessport cannot expose privileged port 80, you can add", HostError, "port 80 is below 1024"),  # 4.3
    ("Error: localhost/labkit/nope:1: image not known", ImageError, "no image localhost/labkit/nope:1"),  # 4.3
    ("Error: docker.io/library/x:1: image not known", ImageError, "no image docker.io/library/x:1"),  # 4.3
    (
        "Error: initializing source docker://docker.io/library/x:1: pinging container registry",
        ImageError,
        "docker.io/library/x:1 on",
    ),  # 4.3
    ('Error: short-name "x" did not resolve to an alias', ImageError, "no image x "),  # 4.3
    ("Error: writing blob: adding layer: write /usr/x: no space left on device", HostError, "the disk is full"),  # 4.3, 5
    ("cannot find UID/GID for user labkit: no subuid ranges found for user", HostError, "no subordinate user ids"),  # 4.3
    (
        "runc create failed: error setting cgroup config: cannot set memory limit: container could not join",
        HostError,
        "no limits",
    ),  # runc 1.1
    ("Error: netavark: Permission denied (os error 13)", HostError, "netavark: Permission denied"),  # 1.4
    ('runc create failed: exec: "nosuch": executable file not found in $PATH: OCI runtime', LabError, "no program `nosuch`"),  # runc 1.1
    ("crun: executable file `nosuch` not found in $PATH: No such file or directory", LabError, "no program `nosuch`"),  # crun 1.8
    ("Error: statfs /no/such: no such file or directory", LabError, "this machine has no /no/such"),  # 4.3
]


@pytest.mark.parametrize(("stderr", "kind", "found"), CASES)
def test_a_message_of_podmans_becomes_what_was_found_and_what_to_do(stderr: str, kind: type[LabError], found: str) -> None:
    error = explained(CommandError(["podman", "kube", "play", "-"], 125, "", stderr))
    assert type(error) is kind
    assert found in error.found
    assert error.fix


def test_words_that_are_new_stay_podmans_own() -> None:
    error = CommandError(["podman", "ps"], 125, "", "Error: something else")
    assert explained(error) is error
    assert "something else" in str(error)
