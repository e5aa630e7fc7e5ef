from __future__ import annotations

from dataclasses import replace

import pytest

from labkit.errors import HostError
from labkit.host.facts import Facts, Tool
from labkit.host.provider import Provider, choose

PODMAN = {"podman": Tool("/usr/bin/podman")}
ROOT = Facts(is_root=True, tools=PODMAN, cgroup="hybrid")
LEARNER = Facts(is_root=False, tools=PODMAN, cgroup="v2", delegated_controllers=("cpu", "memory", "pids"))
SHARES_NOTHING = replace(LEARNER, delegated_controllers=("memory", "pids"))
NO_PODMAN = Facts(is_root=True, cgroup="v2")


def docker() -> bool:
    return True


def no_docker() -> bool:
    return False


def unasked() -> bool:
    raise AssertionError("Docker need not be asked")


def who(provider: Provider) -> tuple[str, bool]:
    return provider.program, provider.rootless


def test_root_uses_its_own_podman_without_asking_docker() -> None:
    assert who(choose(ROOT, unasked)) == ("podman", False)


def test_a_learner_to_whom_cgroups_are_delegated_uses_their_own_podman() -> None:
    assert who(choose(LEARNER, unasked)) == ("podman", True)


def test_a_learner_without_delegated_cgroups_uses_docker() -> None:
    assert who(choose(SHARES_NOTHING, docker)) == ("docker", False)


def test_a_learner_on_cgroup_v1_uses_docker() -> None:
    assert who(choose(replace(LEARNER, cgroup="v1"), docker)) == ("docker", False)


def test_root_without_podman_uses_docker() -> None:
    assert who(choose(NO_PODMAN, docker)) == ("docker", False)


@pytest.mark.parametrize("facts", [ROOT, LEARNER, SHARES_NOTHING, NO_PODMAN])
def test_the_choice_is_explained(facts: Facts) -> None:
    assert "because" in choose(facts, docker).why


def test_what_was_asked_for_wins() -> None:
    assert who(choose(ROOT, docker, "docker")) == ("docker", False)


def test_docker_that_was_asked_for_and_does_not_answer_is_said() -> None:
    with pytest.raises(HostError, match="does not answer"):
        choose(ROOT, no_docker, "docker")


def test_podman_that_was_asked_for_is_not_replaced_by_docker() -> None:
    with pytest.raises(HostError, match="cpu"):
        choose(SHARES_NOTHING, docker, "podman")


def test_a_provider_that_nobody_knows_is_said() -> None:
    with pytest.raises(HostError, match="LABKIT_PROVIDER=lxc"):
        choose(ROOT, docker, "lxc")


@pytest.mark.parametrize(("facts", "fix"), [(SHARES_NOTHING, "sudo labkit up"), (NO_PODMAN, "make setup")])
def test_where_nothing_can_run_a_node_there_is_one_thing_to_do(facts: Facts, fix: str) -> None:
    with pytest.raises(HostError) as lacking:
        choose(facts, no_docker)
    assert fix in lacking.value.fix
