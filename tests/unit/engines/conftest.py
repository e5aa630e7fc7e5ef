from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labkit.engines.kept import Kept
from labkit.engines.podman import Podman
from labkit.engines.quirks import Limits
from labkit.engines.stamp import Stamp
from labkit.manifests import Document, parse, validate
from labkit.replay import Answer, ReplayRunner

RECORDED = Path(__file__).parent / "recorded"
STAMP = Stamp("03-x", "1-1", "me")

TWO = """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - {name: app, image: "localhost/labkit/tools:1", command: [sleep, "1000"]}
  - {name: side, image: "localhost/labkit/tools:1", command: [sleep, "1000"]}
"""


class Heard:
    """A report that keeps what was said."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        self.notices: list[str] = []
        self.results: list[str] = []

    def command(self, line: str) -> None:
        self.commands.append(line)

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def done(self, text: str) -> None:
        self.results.append(text)


def documents(text: str) -> list[Document]:
    found = parse(text, "web.yaml")
    for document in found:
        validate(document)
    return list(found)


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text())


def running(*names: str, labels: dict[str, str] | None = None) -> str:
    """Return `podman inspect` of running containers, made from the recorded one."""
    pattern = next(c for c in recorded("inspect") if c["Name"] == "trial-app")
    made = []
    for name in names:
        one = json.loads(json.dumps(pattern))
        one["Name"], one["Id"], one["State"]["Pid"] = name, f"id-{name}", 0
        one["Config"]["Labels"] = labels or {}
        made.append(one)
    return json.dumps(made)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def engine_on(tmp_path: Path, heard: Heard) -> Any:
    """Return a function that makes a Podman engine on recorded answers."""

    def made(answers: dict[str, Answer | list[Answer]], *, limits: bool = True) -> tuple[Podman, ReplayRunner]:
        runner = ReplayRunner({"podman --version": "podman version 4.3.1", **answers})
        return Podman(runner, STAMP, heard, Limits(resources=limits), Kept(tmp_path / "pods")), runner

    return made
