from __future__ import annotations

import json
from typing import Any

import pytest

from labkit.engines.podman_plan import plan
from labkit.engines.quirks import Limits
from labkit.engines.stamp import LESSON, OWNER, SPEC
from labkit.errors import ConflictError, HostError, ImageError, ManifestError
from labkit.process import Result
from tests.unit.engines.conftest import STAMP, TWO, Heard, documents, running

IN_USE = Result((), 125, "", 'Error: adding pod to state: name "web" is in use: pod already exists')
SPEC_OF_TWO = plan(documents(TWO)[0], {}, STAMP, Limits()).labels[SPEC]


def row(**labels: str) -> str:
    return json.dumps([{"Name": "web", "Id": "1", "InfraId": "2", "Status": "Running", "Labels": labels, "Containers": []}])


OURS = row(**STAMP.labels, **{SPEC: SPEC_OF_TWO})
PLAYED = {"podman kube play": "Pod:\n1\n", "podman inspect": running("web-app", "web-side")}


def test_a_plain_pod_is_two_commands(engine_on: Any) -> None:
    engine, runner = engine_on(PLAYED)
    engine.apply(documents(TWO))
    assert [call[1:3] for call in runner.calls] == [("kube", "play"), ("inspect", "--type")]


def test_the_command_is_shown_as_one_would_type_it(engine_on: Any, heard: Heard) -> None:
    engine_on(PLAYED)[0].apply(documents(TWO))
    assert heard.commands == ["podman kube play web.yaml"]
    assert heard.results[0].startswith("pod/web ready in ")


def test_a_second_apply_of_the_same_changes_nothing(engine_on: Any, heard: Heard) -> None:
    engine, runner = engine_on({**PLAYED, "podman kube play": IN_USE, "podman pod ps": OURS})
    engine.apply(documents(TWO))
    assert heard.results == ["pod/web unchanged"]
    assert not any(call[1:3] in (("pod", "rm"), ("pod", "stop")) for call in runner.calls)


def test_a_changed_manifest_makes_our_pod_again(engine_on: Any) -> None:
    gone = "[]"
    answers = {
        **PLAYED,
        "podman kube play": [IN_USE, "Pod:\n1\n"],
        "podman pod ps": [row(**STAMP.labels, **{SPEC: "other"})] * 2 + [gone],
        "podman pod stop": "",
        "podman pod rm": "",
        "podman volume ls": "[]",
    }
    engine, runner = engine_on(answers)
    engine.apply(documents(TWO))
    verbs = [" ".join(call[1:3]) for call in runner.calls]
    assert verbs.index("pod rm") < len(verbs) - 1 - verbs[::-1].index("kube play")


@pytest.mark.parametrize("labels", [{}, {LESSON: "03-x", OWNER: "somebody else"}, {LESSON: "04-y", OWNER: "me"}])
def test_a_pod_of_somebody_else_is_left_alone(engine_on: Any, labels: dict[str, str]) -> None:
    engine, runner = engine_on({"podman kube play": IN_USE, "podman pod ps": row(**labels)})
    with pytest.raises(ConflictError, match="there is a pod web"):
        engine.apply(documents(TWO))
    assert not any(call[1:3] in (("pod", "rm"), ("pod", "stop")) for call in runner.calls)


def test_a_failed_play_is_rolled_back(engine_on: Any) -> None:
    answers = {
        "podman kube play": Result((), 125, "", "Error: localhost/labkit/tools:1: image not known"),
        "podman pod ps": OURS,
        "podman pod stop": "",
        "podman pod rm": "",
        "podman volume ls": "[]",
    }
    engine, runner = engine_on(answers)
    with pytest.raises(ImageError, match="labkit images"):
        engine.apply(documents(TWO))
    assert runner.typed[-2:] == ["podman pod rm web", "podman volume ls --format json"]


def test_ctrl_c_during_a_play_is_rolled_back_too(engine_on: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, runner = engine_on({"podman pod ps": OURS, "podman pod stop": "", "podman pod rm": "", "podman volume ls": "[]"})

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine.cli, "play", interrupted)
    with pytest.raises(KeyboardInterrupt):
        engine.apply(documents(TWO))
    assert "podman pod rm web" in runner.typed


def test_podman_missing_is_a_host_error(engine_on: Any) -> None:
    engine, _ = engine_on({"podman": LookupError()})
    with pytest.raises(HostError, match="labkit doctor"):
        engine.apply(documents(TWO))


@pytest.mark.parametrize(
    ("stderr", "found"),
    [
        ("Error: mkdir /x: no space left on device", "the disk is full"),
        ("cannot find UID/GID for user me: no subuid ranges found for user", "no subordinate user ids"),
    ],
)
def test_a_broken_host_is_said_plainly(engine_on: Any, stderr: str, found: str) -> None:
    engine, _ = engine_on({"podman kube play": Result((), 125, "", stderr), "podman pod ps": "[]", "podman volume ls": "[]"})
    with pytest.raises(HostError, match=found):
        engine.apply(documents(TWO))


def test_a_kind_that_podman_passes_over_is_said(engine_on: Any, heard: Heard) -> None:
    service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n"
    engine_on(PLAYED)[0].apply(documents(TWO + service))
    assert any(notice.startswith("service/web is left out") for notice in heard.notices)


def test_a_file_without_a_pod_is_an_error(engine_on: Any) -> None:
    engine, runner = engine_on({})
    with pytest.raises(ManifestError, match="there is no pod in it: ConfigMap"):
        engine.apply(documents("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"))
    assert runner.calls == []


def test_a_foreign_kind_is_refused_before_anything_is_made(engine_on: Any) -> None:
    engine, runner = engine_on({})
    rollout = "---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: web}\n"
    with pytest.raises(ManifestError, match="Podman cannot play a Rollout"):
        engine.apply(documents(TWO + rollout))
    assert runner.calls == []


def test_replicas_become_pods_of_their_own(engine_on: Any) -> None:
    deployment = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: app, image: "localhost/labkit/tools:1"}]}
"""
    engine, runner = engine_on({"podman kube play": "Pod:\n1\n", "podman inspect": running("web-pod-0-app", "web-pod-1-app")})
    engine.apply(documents(deployment))
    played = [json.loads(str(text)) for text in runner.inputs if text]
    assert [one["metadata"]["name"] for one in played] == ["web-pod-0", "web-pod-1"]


def test_a_name_that_a_container_has_is_a_conflict(engine_on: Any) -> None:
    engine, _ = engine_on({"podman kube play": IN_USE, "podman pod ps": "[]"})
    with pytest.raises(ConflictError, match="a container is called web"):
        engine.apply(documents(TWO))


def test_a_volume_of_somebody_else_is_left_alone(engine_on: Any) -> None:
    claim = TWO + "  volumes: [{name: data, persistentVolumeClaim: {claimName: shop}}]\n"
    taken = Result((), 125, "", "Error: volume with name shop already exists: volume already exists")
    answers = {"podman volume create": taken, "podman volume ls": json.dumps([{"Name": "shop", "Labels": {}}]), "podman pod ps": "[]"}
    engine, runner = engine_on(answers)
    with pytest.raises(ConflictError, match="labkit did not make it"):
        engine.apply(documents(claim))
    assert not any(call[1:3] == ("volume", "rm") for call in runner.calls)
