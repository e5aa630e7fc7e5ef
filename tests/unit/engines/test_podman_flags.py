from __future__ import annotations

from typing import Any

import pytest

from labkit.engines.podman_flags import environment, run_flags

POD: dict[str, Any] = {"metadata": {"name": "web", "labels": {"app": "shop"}}, "spec": {}}
CONFIG = {"c": {"A": "1", "B": "2"}, "secret:s": {"password": "hunter2"}}


def flags(container: dict[str, Any], **spec: Any) -> list[str]:
    return run_flags({"image": "i", **container}, {**POD, "spec": spec}, {}, {"data": "web-data"})


def test_command_takes_the_place_of_the_entry_point_and_args_follow() -> None:
    assert flags({"command": ["sh", "-c"], "args": ["true"]})[-4:] == ["sh", "i", "-c", "true"]


def test_args_alone_leave_the_entry_point() -> None:
    assert flags({"args": ["true"]}) == ["i", "true"]


def test_a_mount_names_the_podman_volume_and_says_read_only() -> None:
    mounts = {"volumeMounts": [{"name": "data", "mountPath": "/d", "readOnly": True}]}
    assert flags(mounts)[:2] == ["--volume", "web-data:/d:ro"]


def test_the_containers_security_context_wins_over_the_pods() -> None:
    assert flags({"securityContext": {"runAsUser": 5}}, securityContext={"runAsUser": 4, "runAsGroup": 6})[:2] == ["--user", "5:6"]


def test_capabilities_privileges_and_a_read_only_root_are_kept() -> None:
    context = {"capabilities": {"drop": ["ALL"], "add": ["CHOWN"]}, "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False}
    found = " ".join(flags({"securityContext": context}))
    assert all(part in found for part in ("--cap-drop ALL --cap-add CHOWN", "--read-only", "--security-opt no-new-privileges"))


def test_limits_become_numbers() -> None:
    assert flags({"resources": {"limits": {"memory": "64Mi", "cpu": "250m"}}})[:4] == ["--memory", "67108864", "--cpus", "0.250"]


@pytest.mark.parametrize(
    ("item", "value"),
    [
        ({"value": "x"}, "x"),
        ({"valueFrom": {"configMapKeyRef": {"name": "c", "key": "A"}}}, "1"),
        ({"valueFrom": {"secretKeyRef": {"name": "s", "key": "password"}}}, "hunter2"),
        ({"valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}, "web"),
        ({"valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}}, "shop"),
    ],
)
def test_a_variable_has_the_value_that_its_source_gives(item: dict[str, Any], value: str) -> None:
    assert environment({"env": [{"name": "X", **item}]}, POD, CONFIG) == {"X": value}


def test_env_from_takes_all_keys_with_its_prefix_and_env_wins() -> None:
    container = {"envFrom": [{"prefix": "P_", "configMapRef": {"name": "c"}}], "env": [{"name": "P_A", "value": "own"}]}
    assert environment(container, POD, CONFIG) == {"P_A": "own", "P_B": "2"}


def test_earlier_variables_are_expanded_and_a_doubled_dollar_is_one() -> None:
    container = {"env": [{"name": "A", "value": "1"}, {"name": "B", "value": "$(A)-$$(A)-$(C)"}]}
    assert environment(container, POD, {})["B"] == "1-$(A)-$(C)"


def test_a_missing_key_is_named() -> None:
    with pytest.raises(KeyError, match="c, key Z"):
        environment({"env": [{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "Z"}}}]}, POD, CONFIG)
