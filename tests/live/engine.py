"""A real Podman engine for a test: its own lesson name and owner, and a report that keeps what was said."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from labkit import here
from labkit.engines.podman import Podman
from labkit.engines.stamp import Stamp
from labkit.host.runs import this_process
from labkit.host.seat import podman_runner
from labkit.manifests import Document, parse, validate

LESSON = "00-live-tests"
OWNER = f"test-{os.getpid()}"


@dataclass
class Heard:
    """What an engine said."""

    commands: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)

    def command(self, line: str) -> None:
        self.commands.append(line)

    def notice(self, text: str) -> None:
        self.notices.append(text)

    def done(self, text: str) -> None:
        self.results.append(text)


def live_engine(heard: Heard, owner: str = OWNER) -> Podman:
    run = this_process(LESSON, owner)
    here.runs().claim(run)
    runner = podman_runner()
    return Podman(runner, Stamp(LESSON, run.id, owner), heard, here.podman_limits(runner.account), here.kept_manifests())


def documents(text: str) -> list[Document]:
    found = list(parse(text, "live.yaml"))
    for document in found:
        validate(document)
    return found


def left(engine: Podman) -> tuple[str, ...]:
    return engine.sweeper.belongings(engine.stamp.owns).names


def pod(name: str, *containers: str, more: Iterable[str] = ()) -> str:
    """Return a Pod's YAML; `containers` and `more` are lines of flow style under spec."""
    lines = ["apiVersion: v1", "kind: Pod", f"metadata: {{name: {name}}}", "spec:", *(f"  {line}" for line in more), "  containers:"]
    return "\n".join([*lines, *(f"  - {one}" for one in containers)]) + "\n"


def container(name: str, command: str = "exec sleep 1000", more: str = "") -> str:
    return f'{{name: {name}, image: "localhost/labkit/tools:1", command: [sh, -c, "{command}"]{", " if more else ""}{more}}}'
