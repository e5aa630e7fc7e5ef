"""Images.ensure: from the storage, the cache, a classroom's registry, or built; never twice."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest
from fake_podman import FULL, OFFLINE, Desk, write_recipe

from labkit.errors import HostError, ImageError
from labkit.images import Images, recipes
from labkit.images.recipes import IMAGE_LABEL, RECIPE_LABEL

APPLE, PEAR = "localhost/labkit/apple:1", "localhost/labkit/pear:1"
MIRRORED = "classroom:5000/labkit/apple:1"


def with_mirror(desk: Desk, mirror: str = "classroom:5000/labkit") -> Images:
    return replace(desk.images, mirror=mirror)


def finished(desk: Desk) -> dict[str, str]:
    recipe = desk.images.recipes[0]
    return {RECIPE_LABEL: recipe.digest, IMAGE_LABEL: recipe.name}


def test_everything_is_missing_at_first(desk: Desk) -> None:
    assert [recipe.reference for recipe in desk.images.missing()] == [APPLE, PEAR]


def test_nothing_is_missing_after_ensure(desk: Desk) -> None:
    desk.images.ensure()
    assert desk.images.missing() == ()


def test_only_what_is_asked_for_is_made(desk: Desk) -> None:
    desk.images.ensure([PEAR])
    assert [recipe.reference for recipe in desk.images.missing()] == [APPLE]


def test_an_image_may_be_called_by_its_short_name(desk: Desk) -> None:
    assert [recipe.reference for recipe in desk.images.missing(["pear:1"])] == [PEAR]


def test_a_name_that_is_no_lesson_image_is_answered_with_those_there_are(desk: Desk) -> None:
    with pytest.raises(ImageError, match=f"use one of: {APPLE}, {PEAR}"):
        desk.images.missing(["nginx:latest"])


def test_a_second_ensure_only_looks(desk: Desk) -> None:
    desk.images.ensure()
    desk.podman.calls.clear()
    desk.images.ensure()
    assert [call.split()[:2] for call in desk.podman.calls] == [["podman", "images"]]


def test_a_base_is_made_once_for_two_images(desk: Desk) -> None:
    desk.images.ensure()
    assert len(desk.podman.started("mmdebstrap")) == 1


def test_an_image_of_that_name_from_another_hand_is_replaced(desk: Desk) -> None:
    desk.podman.images[APPLE] = {}
    desk.images.ensure([APPLE])
    assert desk.podman.images[APPLE][RECIPE_LABEL] == desk.images.recipes[0].digest


def test_an_image_built_on_ours_is_not_taken_for_ours(desk: Desk) -> None:
    desk.podman.images["localhost/my-apple:1"] = finished(desk)
    assert desk.images.missing([APPLE])


def test_progress_says_which_image_which_step_and_how_long_it_usually_takes(desk: Desk) -> None:
    desk.images.ensure()
    assert "[2/2] pear:1: building (usually about 1 s)" in desk.said


def test_where_a_registry_answers_the_base_is_pulled(desk: Desk) -> None:
    replace(desk.images, registry="docker.io").ensure([APPLE])
    assert desk.podman.started("mmdebstrap") == []
    assert desk.images.built()[0].source == "docker.io/library/debian:12-slim"


def test_where_the_pull_of_the_base_fails_it_is_made_from_packages(desk: Desk) -> None:
    desk.podman.refused = {"podman build --layers=false --network=host --pull": "Error: toomanyrequests"}
    replace(desk.images, registry="docker.io").ensure([APPLE])
    assert desk.images.built()[0].source == "Debian packages"


def test_an_emptied_storage_is_filled_from_the_cache(desk: Desk) -> None:
    desk.images.ensure()
    desk.podman.images.clear()
    desk.podman.calls.clear()
    desk.images.ensure()
    assert desk.podman.started("podman build") + desk.podman.started("mmdebstrap") == []
    assert desk.images.missing() == ()


def test_a_damaged_archive_is_removed_and_the_image_built_again(desk: Desk) -> None:
    desk.images.ensure([APPLE])
    desk.podman.images.clear()
    archive = next(desk.images.cache_dir.glob("apple-1-*.tar"))
    archive.write_text("{ half")
    desk.images.ensure([APPLE])
    assert archive.read_text() != "{ half"
    assert desk.images.missing([APPLE]) == ()


def test_an_archive_with_something_else_in_it_is_removed_and_the_image_built_again(desk: Desk) -> None:
    desk.images.ensure()
    archives = {path.name.split("-")[0]: path for path in desk.images.cache_dir.glob("*.tar")}
    archives["apple"].write_bytes(archives["pear"].read_bytes())
    desk.podman.images.clear()
    desk.podman.calls.clear()
    desk.images.ensure([APPLE])
    assert desk.podman.started("podman build")


def test_a_full_disk_does_not_cost_the_archive(desk: Desk) -> None:
    desk.images.ensure([APPLE])
    desk.podman.images.clear()
    desk.podman.refused = {"podman load": FULL}
    with pytest.raises(ImageError, match="free some disk space"):
        desk.images.ensure([APPLE])
    assert list(desk.images.cache_dir.glob("apple-1-*.tar"))


def test_an_image_that_cannot_be_kept_is_there_all_the_same(desk: Desk) -> None:
    desk.podman.refused = {"podman save": FULL}
    desk.images.ensure([APPLE])
    assert desk.images.missing([APPLE]) == ()
    assert f"[1/1] apple:1: not kept in the cache: {FULL}" in desk.said


def test_a_changed_recipe_replaces_the_archive_of_the_old_one(desk: Desk) -> None:
    desk.images.ensure([APPLE])
    before = desk.files
    write_recipe(desk.folder, "apple", command="false")
    replace(desk.images, recipes=recipes(desk.folder)).ensure([APPLE])
    assert len(before) == len(desk.files) == 1
    assert before != desk.files


def test_a_finished_image_comes_from_the_classrooms_registry(desk: Desk) -> None:
    desk.podman.mirror[MIRRORED] = finished(desk)
    with_mirror(desk).ensure([APPLE])
    assert desk.podman.started("podman build") == []
    assert list(desk.podman.images) == [APPLE]


@pytest.mark.parametrize(("mirror", "plain"), [("classroom:5000/labkit", False), ("http://classroom:5000/labkit/", True)])
def test_a_registry_without_tls_has_to_be_named_as_such(desk: Desk, mirror: str, plain: bool) -> None:
    desk.podman.mirror[MIRRORED] = finished(desk)
    with_mirror(desk, mirror).ensure([APPLE])
    assert ("--tls-verify=false" in desk.podman.started("podman pull")[0]) is plain


def test_an_image_of_another_recipe_is_not_taken_from_the_registry(desk: Desk) -> None:
    desk.podman.mirror[MIRRORED] = {RECIPE_LABEL: "0" * 64, IMAGE_LABEL: "apple"}
    with_mirror(desk).ensure([APPLE])
    assert MIRRORED not in desk.podman.images
    assert desk.podman.images[APPLE][RECIPE_LABEL] == desk.images.recipes[0].digest


def test_a_registry_without_tls_is_answered_with_the_variable_to_set(desk: Desk) -> None:
    desk.podman.refused = {"podman pull": "Error: http: server gave HTTP response to HTTPS client"}
    with_mirror(desk).ensure([APPLE])
    assert "[1/1] apple:1: not pulled: it has no TLS; set LABKIT_REGISTRY=http://classroom:5000/labkit" in desk.said


def test_a_registry_that_does_not_answer_is_said_and_the_image_built(desk: Desk) -> None:
    with_mirror(desk).ensure([APPLE])
    assert "[1/1] apple:1: not pulled: Error: connection refused" in desk.said
    assert desk.images.missing([APPLE]) == ()


def test_without_mmdebstrap_the_one_thing_to_do_is_set_up(desk: Desk) -> None:
    desk.podman.refused = {
        "mmdebstrap": HostError("$ mmdebstrap", "there is no program `mmdebstrap` on this machine", "run `labkit doctor`")
    }
    with pytest.raises(ImageError, match="run `make setup`"):
        desk.images.ensure()


def test_without_network_the_one_thing_to_do_is_to_connect(desk: Desk) -> None:
    desk.podman.refused = {"mmdebstrap": OFFLINE}
    with pytest.raises(ImageError, match="connect to the network"):
        desk.images.ensure()


def test_a_full_disk_is_said_to_be_full(desk: Desk) -> None:
    desk.podman.refused = {"podman import": FULL}
    with pytest.raises(ImageError, match="free some disk space"):
        desk.images.ensure()


@pytest.mark.parametrize("step", ["mmdebstrap", "podman import", "podman build", "podman save"])
def test_a_step_that_fails_leaves_no_file_but_whole_archives(desk: Desk, step: str) -> None:
    desk.podman.refused = {step: "it did not work"}
    with suppress(ImageError):
        desk.images.ensure([APPLE])
    assert {name for name in desk.files if not name.endswith(".tar")} == set()


def test_what_a_killed_build_left_is_gone_after_the_next(desk: Desk) -> None:
    building = desk.images.cache_dir / "building"
    building.mkdir(parents=True)
    (desk.images.cache_dir / "apple-1-0123456789ab.part").write_text("half an archive")
    desk.podman.containers = [{"Id": "abc", "State": "storage", "Image": "localhost/labkit/base:debian-12"}]
    desk.images.ensure([APPLE])
    assert desk.podman.containers == []
    assert {name for name in desk.files if not name.endswith(".tar")} == set()


@pytest.mark.parametrize(("state", "image"), [("storage", APPLE), ("running", "localhost/labkit/base:debian-12")])
def test_a_learners_own_build_or_container_is_left_alone(desk: Desk, state: str, image: str) -> None:
    desk.podman.containers = [{"Id": "abc", "State": state, "Image": image}]
    desk.images.ensure([PEAR])
    assert desk.podman.containers


def test_the_list_says_what_is_there_and_what_is_not(desk: Desk) -> None:
    desk.images.ensure([APPLE])
    assert [(state.reference, state.present, state.right, state.cached) for state in desk.images.built()] == [
        (APPLE, True, True, True),
        (PEAR, False, False, False),
    ]
