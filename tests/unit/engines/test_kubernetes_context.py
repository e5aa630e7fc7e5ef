from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
import yaml

from labkit.engines.kubernetes_client import Client
from labkit.engines.kubernetes_context import Context, LessonRunner, choose, lesson_kubeconfig
from labkit.engines.kubernetes_home import label_safe, namespace_name
from labkit.engines.stamp import Stamp
from labkit.errors import HostError


def kubeconfig(file: Path, *names: str, current: str = "", server: str = "https://127.0.0.1:1") -> str:
    """Write a kubeconfig with contexts of these names."""
    context = {"cluster": "c", "user": "u"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": current,
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": "secret"}}],
        "contexts": [{"name": name, "context": context} for name in names],
    }
    file.write_text(yaml.safe_dump(config))
    return str(file)


@pytest.fixture
def ours(tmp_path: Path) -> Context:
    return Context(kubeconfig(tmp_path / "ours", "kind-labkit"), "kind-labkit", ours=True)


@pytest.fixture
def users(tmp_path: Path) -> str:
    return kubeconfig(tmp_path / "users", "prod", "test", current="prod")


def test_labkits_own_cluster_is_taken_whatever_the_user_works_with(ours: Context, users: str) -> None:
    assert choose(ours, "", users) == ours


def test_a_context_that_is_named_is_taken(ours: Context, users: str) -> None:
    assert choose(ours, "test", users) == Context(users, "test", ours=False)


def test_the_users_current_context_is_refused_unless_named(tmp_path: Path, users: str) -> None:
    nothing_made = Context(str(tmp_path / "none"), "kind-labkit", ours=True)
    with pytest.raises(HostError, match="set to prod, which labkit did not make") as caught:
        choose(nothing_made, "", users)
    assert "labkit up" in caught.value.fix
    assert "LABKIT_CONTEXT=prod" in caught.value.fix


def test_a_context_that_is_not_there_is_answered_with_those_that_are(ours: Context, users: str) -> None:
    with pytest.raises(HostError, match="has: prod, test"):
        choose(ours, "prodd", users)


def test_a_kubeconfig_that_cannot_be_read_is_named(tmp_path: Path, ours: Context) -> None:
    (tmp_path / "bad").write_text("a: [")
    with pytest.raises(HostError, match=re.escape(str(tmp_path / "bad"))):
        choose(ours, "prod", str(tmp_path / "bad"))


def test_the_lessons_kubeconfig_is_set_to_its_namespace_and_holds_no_secret(tmp_path: Path, ours: Context) -> None:
    before = Path(ours.kubeconfig).read_text()
    first, second = lesson_kubeconfig(ours, "lab-11-me", tmp_path / "own").split(os.pathsep)
    mine = yaml.safe_load(Path(first).read_text())
    assert (mine["current-context"], mine["contexts"][0]["context"]["namespace"]) == ("lab-11-me", "lab-11-me")
    assert "secret" not in Path(first).read_text()
    assert (second, Path(second).read_text()) == (ours.kubeconfig, before)


def test_a_lessons_kubeconfig_that_was_removed_does_not_lead_to_another_namespace(tmp_path: Path, ours: Context) -> None:
    runner = LessonRunner(ours, "lab-11-me", tmp_path / "own")
    show = ["sh", "-c", 'cat "${KUBECONFIG%%:*}"']
    first = runner.run(show).stdout
    (tmp_path / "own" / "lab-11-me.kubeconfig").unlink()
    assert runner.run(show).stdout == first
    assert "namespace: lab-11-me" in first


@pytest.mark.parametrize(
    ("own", "fix"), [(True, "run `labkit up`"), (False, "`kubectl --context kind-labkit get nodes` has to answer")], ids=["ours", "named"]
)
def test_a_dead_cluster_is_said_in_a_sentence(tmp_path: Path, own: bool, fix: str) -> None:
    # Port 1 of this machine: nobody listens there (tcpmux, RFC 1078).
    context = Context(kubeconfig(tmp_path / "dead", "kind-labkit"), "kind-labkit", ours=own)
    with pytest.raises(HostError, match="does not answer: connection refused") as caught:
        Client(context, tmp_path / "cache.json").ask("GET", "/version")
    assert fix in caught.value.fix


def test_a_context_that_has_gone_from_the_kubeconfig_is_told(tmp_path: Path, ours: Context) -> None:
    with pytest.raises(HostError, match="kind-other"):
        Client(Context(ours.kubeconfig, "kind-other", ours=True), tmp_path / "cache.json").ask("GET", "/version")


@pytest.mark.parametrize(
    ("owner", "name"),
    [("anna", r"lab-11-anna"), ("Anna.K", r"lab-11-anna-k-[0-9a-f]{6}"), ("x" * 90, r"lab-11-x{49}-[0-9a-f]{6}")],
)
def test_a_namespaces_name_is_one_that_dns_takes(owner: str, name: str) -> None:
    assert re.fullmatch(name, namespace_name(Stamp("11-what-a-cluster-is", "1-1", owner)))


def test_two_owners_never_get_one_namespace() -> None:
    assert len({namespace_name(Stamp("11-x", "1-1", owner)) for owner in ("Anna", "anna", "anna-", "an.na", "an-na")}) == 5


def test_an_owner_becomes_a_value_that_a_label_may_have() -> None:
    assert re.fullmatch(r"EXAMPLE-anna-[0-9a-f]{6}", label_safe(Stamp("11-x", "1-1", "EXAMPLE\\anna")).owner)
