from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from labkit.doctor.cluster import nodes, programs
from labkit.host.facts import Facts, Tool
from labkit.host.gather import _version

FactsOf = Callable[[str], Facts]


def test_the_doctor_says_who_would_run_the_nodes_and_why(facts_of: FactsOf) -> None:
    found = nodes(facts_of("debian-12-hybrid"))
    assert (found.verdict, found.found.partition(",")[0]) == ("ok", "run by root's Podman")


def test_where_nobody_could_run_them_the_other_lessons_are_not_blocked(facts_of: FactsOf) -> None:
    found = nodes(replace(facts_of("fedora-41"), is_root=False, delegated_controllers=()))
    assert (found.verdict, found.blocks) == ("note", ())
    assert "sudo labkit up" in found.fix


def test_docker_that_answers_runs_them(facts_of: FactsOf) -> None:
    found = nodes(replace(facts_of("fedora-41"), is_root=False, delegated_controllers=(), docker=True))
    assert found.found.startswith("run by Docker")


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        (Tool("/usr/bin/kubectl", "1.37.1"), "1.37.1, in /usr/bin/kubectl"),
        (Tool("/usr/bin/kubectl", "1.20.0"), "not one that will do; `labkit up` fetches"),
        (Tool("/usr/bin/kubectl"), "of unknown version"),
        (Tool(), "not on the path; `labkit up` fetches"),
    ],
)
def test_a_program_is_there_or_fetched(tool: Tool, words: str) -> None:
    kind, kubectl = programs(Facts(tools={"kubectl": tool}))
    assert words in kubectl.found
    assert "fetches" in kind.found


def test_what_kubectl_says_of_itself_is_read() -> None:
    assert _version("kubectl", "Client Version: v1.37.1\nKustomize Version: v5.8.1\n") == "1.37.1"
