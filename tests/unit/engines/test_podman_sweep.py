from __future__ import annotations

import json
from typing import Any

import pytest

from labkit.engines.stamp import LESSON, OWNER, RUN
from labkit.errors import ConflictError, LabError
from tests.unit.engines.conftest import STAMP, recorded


def listings(**changed: Any) -> dict[str, Any]:
    rows = {name: recorded(name) for name in ("pods", "containers", "volumes", "networks")} | changed
    return {
        "podman pod ps": json.dumps(rows["pods"]),
        "podman ps": json.dumps(rows["containers"]),
        "podman volume ls": json.dumps(rows["volumes"]),
        "podman network ls": json.dumps(rows["networks"]),
    }


EMPTY = {"pods": [], "containers": [], "volumes": [], "networks": []}


def then_gone(before: dict[str, Any]) -> dict[str, Any]:
    after = listings(**EMPTY)
    return {key: [before[key], after[key]] for key in before}


def test_reset_deletes_what_is_ours_and_says_what(engine_on: Any) -> None:
    engine, runner = engine_on({**then_gone(listings()), "podman pod": "", "podman stop": "", "podman rm": "", "podman volume rm": ""})
    gone = engine.reset()
    assert {"pod/trial", "container/lonely", "volume/pv", "volume/trial-data"} <= set(gone)
    assert "podman pod stop --time 0 trial" in runner.typed


def test_reset_leaves_what_has_no_label_or_anothers(engine_on: Any) -> None:
    foreign = recorded("pods")
    foreign[0]["Labels"] = {LESSON: STAMP.lesson, OWNER: "another", RUN: "1-1"}
    bare = recorded("volumes")
    for volume in bare:
        volume["Labels"] = {}
    engine, runner = engine_on(listings(pods=foreign, volumes=bare, containers=[]))
    assert engine.reset() == ()
    assert not any("rm" in call or "stop" in call for call in runner.calls)


def test_what_would_not_go_is_named(engine_on: Any) -> None:
    engine, _ = engine_on({**listings(), "podman pod": "", "podman stop": "", "podman rm": "", "podman volume rm": ""})
    with pytest.raises(LabError, match="still there: pod/trial"):
        engine.reset()


def test_a_pod_of_another_lesson_is_not_deleted_by_name(engine_on: Any) -> None:
    foreign = recorded("pods")
    foreign[0]["Labels"] = {LESSON: "04-y", OWNER: "me", RUN: "2-2"}
    engine, runner = engine_on({"podman pod ps": json.dumps(foreign)})
    with pytest.raises(ConflictError, match="it belongs to lesson 04-y of me"):
        engine.delete("pod/trial")
    assert len(runner.calls) == 1


def test_a_pod_that_is_not_there_cannot_be_deleted(engine_on: Any) -> None:
    engine, _ = engine_on({"podman pod ps": "[]"})
    with pytest.raises(LabError, match="there is no pod web"):
        engine.delete("pod/web")
