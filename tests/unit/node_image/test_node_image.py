"""NodeImage.ensure: from the storage, a registry, or built; never twice."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from fake_machine import FULL, UPSTREAM, Desk

from labkit.errors import HostError, ImageError
from labkit.node_image import node_recipe
from labkit.node_image.recipe import LABEL


def changed(desk: Desk) -> Desk:
    """The same desk after somebody has changed a file of the node that no program is made of."""
    (desk.folder / "files/etc/containerd/config.toml").write_text("version = 3\nroot = '/elsewhere'\n")
    return replace(desk, image=replace(desk.image, recipe=node_recipe(desk.folder, "x86_64")))


def test_it_is_missing_at_first(desk: Desk) -> None:
    assert desk.image.missing()


def test_it_is_there_after_ensure(desk: Desk) -> None:
    desk.image.ensure()
    assert not desk.image.missing()


def test_a_second_ensure_only_looks(desk: Desk) -> None:
    desk.image.ensure()
    desk.machine.calls.clear()
    desk.image.ensure()
    assert desk.machine.calls == [f"podman image inspect {desk.image.reference}"]


def test_an_image_of_its_name_from_somewhere_else_is_not_taken_for_it(desk: Desk) -> None:
    desk.machine.images[desk.image.reference] = {LABEL: "something else"}
    assert desk.image.missing()


def test_a_registry_that_answers_gives_the_image_of_kind_itself(desk: Desk) -> None:
    desk.machine.registry.add(UPSTREAM)
    replace(desk.image, registry="docker.io").ensure()
    assert not desk.image.missing()
    assert not desk.machine.started("go build")


def test_a_pull_asks_for_the_digest_and_for_no_tag(desk: Desk) -> None:
    desk.machine.registry.add(UPSTREAM)
    replace(desk.image, registry="docker.io").ensure()
    assert desk.machine.started("podman pull") == [f"podman pull --quiet {UPSTREAM}"]


def test_what_a_registry_refuses_is_built(desk: Desk) -> None:
    replace(desk.image, registry="docker.io").ensure()
    assert "not pulled: Error: connection refused" in desk.said
    assert not desk.image.missing()


def test_without_a_registry_only_root_can_have_it(desk: Desk) -> None:
    with pytest.raises(HostError, match="only root can build it") as refused:
        replace(desk.image, is_root=False).ensure()
    assert "sudo labkit images node" in refused.value.fix


def test_too_small_a_disk_is_noticed_before_the_first_minute(desk: Desk) -> None:
    with pytest.raises(HostError, match="1 GiB of disk"):
        replace(desk.image, free_disk=lambda _: 2**30).ensure()
    assert not desk.machine.started("build")


def test_a_disk_that_fills_up_is_named_as_the_cause(desk: Desk) -> None:
    desk.machine.refused["podman import"] = FULL
    with pytest.raises(ImageError) as failed:
        desk.image.ensure()
    assert "free some disk space" in failed.value.fix


def test_the_programs_of_a_build_that_failed_are_not_built_again(desk: Desk) -> None:
    desk.machine.refused["mmdebstrap"] = "E: no network"
    with suppress(ImageError):
        desk.image.ensure()
    desk.machine.refused.clear()
    desk.machine.calls.clear()
    desk.image.ensure()
    assert not desk.machine.started("go build")


def test_a_build_that_failed_leaves_no_root_file_system_behind(desk: Desk) -> None:
    desk.machine.refused["podman import"] = FULL
    with suppress(ImageError):
        desk.image.ensure()
    assert not (desk.image.cache_dir / "building").exists()


def test_a_changed_file_of_the_node_makes_another_image_from_the_same_programs(desk: Desk) -> None:
    desk.image.ensure()
    desk.machine.calls.clear()
    later = changed(desk)
    later.image.ensure()
    assert later.image.reference != desk.image.reference
    assert not desk.machine.started("go build")


def test_the_image_of_an_earlier_recipe_is_removed(desk: Desk) -> None:
    desk.image.ensure()
    later = changed(desk)
    later.image.ensure()
    assert list(desk.machine.images) == [later.image.reference]


def test_a_name_that_somebody_else_gave_to_a_node_image_stays(desk: Desk) -> None:
    desk.machine.images["localhost/labkit/node:mine"] = {}
    desk.image.ensure()
    assert "localhost/labkit/node:mine" in desk.machine.images


def test_progress_names_each_program_with_its_usual_time(desk: Desk) -> None:
    desk.image.ensure()
    assert "[1/2] kube: building (usually about 3 s)" in desk.said
    assert "[2/2] ctr: building (usually about 1 s)" in desk.said


def test_what_only_the_build_needed_is_removed_when_the_image_is_there(desk: Desk) -> None:
    modules = desk.image.cache_dir / "programs/go"
    modules.mkdir(parents=True)
    desk.image.ensure()
    assert not modules.exists()
