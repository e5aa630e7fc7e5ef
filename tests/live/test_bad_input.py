from __future__ import annotations

import random
import socket
from collections.abc import Iterator

import pytest

from labkit.engines.podman import Podman
from labkit.errors import ConflictError, ImageError, LabError, ManifestError
from tests.live.engine import Heard, container, documents, left, live_engine, pod

pytestmark = pytest.mark.live

GOOD = pod("live-bad", container("app", more="ports: [{containerPort: 80, hostPort: 18099}]"), more=["restartPolicy: Never"])


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def engine(heard: Heard) -> Iterator[Podman]:
    made = live_engine(heard)
    yield made
    made.reset()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (GOOD.replace("containers:", "containers"), ManifestError),
        (GOOD.replace("Pod", "Pood"), ManifestError),
        (GOOD.replace("tools:1", "no-such-image:1"), ImageError),
        (GOOD.replace("command: [sh", "command: [no-such-program"), LabError),
        (GOOD.replace("18099", "80"), LabError),
        (GOOD.replace("restartPolicy: Never", "volumes: [{name: x, hostPath: {path: /no/such, type: Directory}}]"), LabError),
        (GOOD.replace("restartPolicy: Never", "volumes: [{name: x, configMap: {name: nowhere}}]"), ManifestError),
    ],
    ids=["yaml", "kind", "image", "program", "port", "path", "config"],
)
def test_bad_input_is_a_lab_error_with_a_fix_and_leaves_nothing(engine: Podman, text: str, kind: type[LabError]) -> None:
    with pytest.raises(kind) as caught:
        engine.apply(documents(text))
    assert caught.value.fix
    assert left(engine) == ()


def test_a_port_in_use_is_named_and_nothing_is_left(engine: Podman) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 18099))
        taken.listen()
        with pytest.raises(ConflictError, match="port 18099 of this machine is in use"):
            engine.apply(documents(GOOD))
    assert left(engine) == ()


def test_when_the_second_pod_fails_the_first_goes_too(engine: Podman) -> None:
    with pytest.raises(ImageError):
        engine.apply(documents(pod("live-first", container("app")) + "---\n" + GOOD.replace("tools:1", "nope:1")))
    assert left(engine) == ()


def damaged(text: str, chance: random.Random) -> str:
    """Return a manifest with one thing wrong: a line lost, doubled, indented, a word cut, a character changed."""
    lines = text.splitlines()
    at = chance.randrange(len(lines))
    line = lines[at]
    lines[at : at + 1] = chance.choice(
        [
            [],
            [line, line],
            [" " + line],
            [line[: chance.randrange(len(line) + 1)]],
            [line.replace(":", "", 1)],
            [line.replace("e", "3", 1)],
            [line[::-1]],
        ]
    )
    return "\n".join(lines) + "\n"


def test_two_hundred_damaged_manifests_each_end_in_a_pod_or_a_lab_error_and_leave_nothing(engine: Podman, heard: Heard) -> None:
    chance = random.Random(3)
    fixes: list[str] = []
    made = 0
    for _ in range(200):
        text = damaged(GOOD, chance)
        heard.commands.clear()
        try:
            engine.apply(documents(text), wait=0)
        except LabError as error:
            fixes.append(error.fix)
        else:
            made += 1
            engine.reset()
        if heard.commands:
            assert left(engine) == (), text
    assert all(fixes)
    assert len(fixes) + made == 200
    assert min(len(fixes), made) > 0
