from __future__ import annotations

import collections.abc
import dataclasses
import json
import types
import typing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.model import Container, Missing, Phase, Pod, Role, Snapshot, State, Volume


def values(hint: typing.Any) -> st.SearchStrategy[typing.Any]:
    """Make any value of an annotation of the model, with every field filled in."""
    arguments = typing.get_args(hint)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return st.builds(hint, **{name: values(kind) for name, kind in typing.get_type_hints(hint).items()})
    if typing.get_origin(hint) is tuple:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    if typing.get_origin(hint) is types.UnionType:
        return st.none() | values(arguments[0])
    if typing.get_origin(hint) is collections.abc.Mapping:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=2)
    return st.floats(allow_nan=False) if hint is float else st.from_type(hint)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(values(Snapshot))
def test_a_snapshot_comes_back_from_json_as_it_was(snapshot: Snapshot) -> None:
    again = Snapshot.from_json(snapshot.to_json())
    assert (again, again.taken) == (snapshot, snapshot.taken)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "5",
        "{}",
        '{"engine": 5}',
        '{"engine": "podman", "colour": "red"}',
        '{"engine": "podman", "pods": 5}',
        '{"engine": "podman", "pods": ["web"]}',
        '{"engine": "podman", "pods": [{"name": "web", "phase": "Dancing"}]}',
        '{"engine": "podman", "pods": [{"name": "web", "labels": {"app": 1}}]}',
        '{"engine": "podman", "containers": [{"name": "web", "ready": "yes"}]}',
        '{"engine": "podman", "taken": "today"}',
    ],
)
def test_what_is_not_a_snapshot_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"this is not a Snapshot|is not a valid Phase|Expecting value"):
        Snapshot.from_json(text)


def test_json_has_its_keys_in_the_order_of_the_fields() -> None:
    assert list(json.loads(Snapshot("podman").to_json())) == [field.name for field in dataclasses.fields(Snapshot)]


def test_two_snapshots_of_the_same_state_are_equal_whenever_they_were_taken() -> None:
    assert Snapshot("podman", taken=1.0) == Snapshot("podman", taken=2.0)


def test_two_snapshots_of_different_states_are_not_equal() -> None:
    assert Snapshot("podman", pods=(Pod("web"),)) != Snapshot("podman", pods=(Pod("db"),))


SHOP = Snapshot(
    "podman",
    pods=(
        Pod("db"),
        Pod("web", containers=(Container("app"), Container("log", Role.SIDECAR)), volumes=(Volume("data", "emptyDir"),)),
    ),
    containers=(Container("loner", Role.ALONE),),
)


@pytest.mark.parametrize("name", ["web", "pod/web"])
def test_a_pod_is_found_by_its_name(name: str) -> None:
    assert SHOP.pod(name).name == "web"


def test_parts_are_found_by_their_names() -> None:
    assert [SHOP.container("loner").name, SHOP.pod("web").container("log").name, SHOP.pod("web").volume("data").name] == [
        "loner",
        "log",
        "data",
    ]


def test_a_snapshot_gives_its_pods_in_turn() -> None:
    assert [pod.name for pod in SHOP] == ["db", "web"]


@pytest.mark.parametrize(
    ("find", "message"),
    [
        (lambda: SHOP.pod("wep"), "no pod is called 'wep'; there is: db, web"),
        (lambda: SHOP.container("app"), "no container outside a pod is called 'app'; there is: loner"),
        (lambda: SHOP.pod("web").container("db"), "no container in pod web is called 'db'; there is: app, log"),
        (lambda: SHOP.pod("db").volume("data"), "no volume in pod db is called 'data'; there is: none"),
    ],
    ids=["pod", "container", "container of a pod", "volume"],
)
def test_what_is_missing_is_answered_with_what_there_is(find: typing.Callable[[], object], message: str) -> None:
    with pytest.raises(Missing) as caught:
        find()
    assert str(caught.value) == message


READY = Container("app", ready=True)


@pytest.mark.parametrize(
    ("pod", "ready"),
    [
        (Pod("web", phase=Phase.RUNNING, containers=(READY,)), True),
        (Pod("web", phase=Phase.RUNNING, containers=(READY, Container("log", Role.SIDECAR))), False),
        (Pod("web", phase=Phase.RUNNING, containers=(READY, Container("first", Role.INIT), Container("infra", Role.INFRA))), True),
        (Pod("web", phase=Phase.PENDING, containers=(READY,)), False),
        (Pod("web", phase=Phase.RUNNING), False),
    ],
    ids=["every app serves", "the sidecar does not", "init and infra do not count", "it does not run yet", "nobody serves"],
)
def test_a_pod_is_ready_when_all_that_have_to_serve_do(pod: Pod, ready: bool) -> None:
    assert pod.ready is ready


@pytest.mark.parametrize(
    ("inodes", "shared"),
    [([7, 7], True), ([7, 8], False), ([7, None], True), ([None, None], False)],
    ids=["one namespace", "two", "one does not run", "none runs"],
)
def test_a_namespace_is_shared_when_all_that_run_are_in_it(inodes: list[int | None], shared: bool) -> None:
    containers = tuple(
        Container(f"c{i}", state=State.RUNNING, namespaces={} if inode is None else {"net": inode}) for i, inode in enumerate(inodes)
    )
    assert Pod("web", containers=containers).shared("net") is shared
