from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from labkit.errors import HostError
from labkit.model import Snapshot

Labkit = Callable[..., Result]
POD = """
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - {name: app, image: nginx}
"""


@pytest.fixture(autouse=True)
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have no engine: a manifest is drawn without one."""

    def refuse() -> None:
        raise HostError("ask podman", "there is none", "install it")

    monkeypatch.setattr("labkit.here.podman_runner", refuse)


@pytest.fixture
def manifest(learner: Path) -> str:
    (learner / "web.yaml").write_text(POD)
    return "web.yaml"


def test_a_manifest_is_drawn_in_words(labkit: Labkit, manifest: str) -> None:
    assert labkit("draw", manifest).stdout.splitlines()[:2] == ["pod/web  ◊ not observed", "  app (app)"]


@pytest.mark.parametrize(("ending", "beginning"), [("svg", "<svg "), ("dot", "digraph picture {"), ("txt", "pod/web")])
def test_a_manifest_is_drawn_into_a_file(ending: str, beginning: str, labkit: Labkit, manifest: str) -> None:
    file = Path(f"web.{ending}")
    assert labkit("draw", manifest, "-o", str(file)).stdout == f"{file}\n"
    assert file.read_text().startswith(beginning)


def test_a_manifest_is_described_in_json(labkit: Labkit, manifest: str) -> None:
    assert Snapshot.from_json(labkit("draw", manifest, "--json").stdout).pod("web").container("app").image == "nginx"


def test_several_manifests_are_one_picture(labkit: Labkit, manifest: str, learner: Path) -> None:
    (learner / "db.yaml").write_text(POD.replace("web", "db"))
    assert {pod.name for pod in Snapshot.from_json(labkit("draw", "db.yaml", manifest, "--json").stdout)} == {"db", "web"}


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["wep.yaml"], "there is no file wep.yaml"),
        (["web.yaml", "wep.yaml"], "there is no file wep.yaml"),
        (["web.yaml", "03"], "there is no file 03"),
        (["web.yaml", "-o", "web.gif"], "saved as .svg, .png, .dot or .txt"),
        (["web.yaml", "-o", "no-such-folder/web.dot"], "No such file or directory"),
        (["99"], "there is: 03-one-pod-one-network"),
    ],
)
def test_what_cannot_be_drawn_is_a_lab_error(arguments: list[str], found: str, labkit: Labkit, manifest: str, lesson: Path) -> None:
    result = labkit("draw", *arguments)
    assert result.exit_code == 3
    assert found in result.stderr


@pytest.mark.parametrize("wrong", ["containers: 5", "containers: [{name: app, image: {a: 1}}]", "containers: [{name: app, ports: [{}]}]"])
def test_a_wrong_manifest_is_an_error_with_its_place(wrong: str, labkit: Labkit, learner: Path) -> None:
    (learner / "web.yaml").write_text(f"{POD.partition('spec:')[0]}spec:\n  {wrong}\n")
    result = labkit("draw", "web.yaml")
    assert result.exit_code == 3
    assert result.stderr.splitlines()[1].startswith("web.yaml, line 6, spec.containers")


def test_a_lesson_is_drawn_from_the_engine_also_where_its_folder_is_at_hand(
    labkit: Labkit, lesson: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(lesson.parent)
    assert "there is none" in labkit("draw", lesson.name).stderr
