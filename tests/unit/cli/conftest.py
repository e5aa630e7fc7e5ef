from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from labkit.cli import app
from labkit.process import Account
from labkit.replay import ReplayRunner

RECORDED = Path(__file__).parent / "recorded"
LISTS = {"podman pod ps": "pod-ps", "podman ps": "ps", "podman volume ls": "volume-ls", "podman network ls": "network-ls"}

Labkit = Callable[..., Result]


@pytest.fixture
def labkit() -> Labkit:
    """Run `labkit ARGUMENTS` in this process."""
    return lambda *arguments: CliRunner().invoke(app, arguments)


@pytest.fixture(autouse=True)
def learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Be Ada, who runs Podman herself and keeps everything in the test's own folder."""
    monkeypatch.setenv("LABKIT_ACCOUNT", Account.current().name)
    for kind in ("CONFIG", "CACHE", "STATE"):
        monkeypatch.setenv(f"LABKIT_{kind}_HOME", str(tmp_path / kind.lower()))
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path / "labkit-lessons"))
    monkeypatch.setenv("LABKIT_OWNER", "ada")
    monkeypatch.delenv("LABKIT_DEBUG", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the one lesson of a course."""
    folder = tmp_path / "course" / "03-one-pod-one-network"
    folder.mkdir(parents=True)
    (folder / "lesson.toml").write_text(
        'title = "One pod"\nquestion = "What do they share?"\nengine = "podman"\nminutes = 30\nimages = []\nmemory = ""\nneeds = []\n'
    )
    (folder / f"{folder.name}.ipynb").write_text(json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    monkeypatch.setattr("labkit.lessons.course_folder", lambda: folder.parent)
    return folder


@pytest.fixture
def podman(monkeypatch: pytest.MonkeyPatch) -> ReplayRunner:
    """Podman 4.3.1, as recorded, with one pod, container, volume and network of Ada's lesson 03 until they are removed.

    Its own two networks, and the containers in the pod, carry other labels or none.
    """
    there = {command: (RECORDED / f"{name}.json").read_text() for command, name in LISTS.items()}
    removals = dict.fromkeys(("podman pod stop", "podman pod rm", "podman stop", "podman rm", "podman volume rm", "podman network rm"), "")
    runner = ReplayRunner({**{command: [found, "[]"] for command, found in there.items()}, **removals})
    monkeypatch.setattr("labkit.here.podman_runner", lambda: runner)
    return runner
