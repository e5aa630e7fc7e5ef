"""The Go programs of the node."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake_machine import Desk, FakeMachine

from labkit.node_image.programs import Programs
from labkit.node_image.recipe import Program


@pytest.fixture
def programs(desk: Desk, tmp_path: Path) -> Programs:
    return Programs(desk.machine, tmp_path / "programs", desk.folder, "arm64", Path("/usr/bin/go"))


@pytest.fixture
def kube(desk: Desk) -> Program:
    return desk.image.recipe.programs[0]


def built(machine: FakeMachine) -> list[str]:
    return machine.started("go build")[0].split()


def test_a_built_program_is_no_longer_missing(programs: Programs, kube: Program) -> None:
    programs.build(kube, print)
    assert programs.missing((kube,)) == ()


def test_a_program_is_for_the_processor_of_the_node_and_needs_no_library(programs: Programs, kube: Program, desk: Desk) -> None:
    programs.build(kube, print)
    assert {"GOARCH=arm64", "CGO_ENABLED=0"} <= set(built(desk.machine))


def test_go_builds_in_a_folder_of_ours_and_fetches_no_other_go(programs: Programs, kube: Program, desk: Desk) -> None:
    programs.build(kube, print)
    assert f"GOCACHE={programs.folder}/go/build" in built(desk.machine)
    assert "GOTOOLCHAIN=local" in built(desk.machine)


def test_the_linker_is_told_the_version(programs: Programs, kube: Program, desk: Desk) -> None:
    programs.build(kube, print)
    assert "-X example.org/version=v1.37.2" in desk.machine.started("go build")[0]


def test_programs_of_another_recipe_are_removed(programs: Programs, kube: Program) -> None:
    programs.build(kube, print)
    earlier = programs.folder / "kube-arm64-0123456789ab"
    earlier.touch()
    programs.tidy((kube,))
    assert not earlier.exists()
    assert programs.file(kube).exists()
