"""Recipes: what the lesson images are made of."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest
from fake_podman import write_recipe

from labkit.errors import LessonError
from labkit.images import Recipe, recipes

IMAGES = Path(__file__).parents[3] / "images"
OURS = recipes(IMAGES)


@pytest.mark.parametrize("recipe", OURS, ids=lambda recipe: recipe.short)
def test_the_tag_changes_when_the_recipe_changes(recipe: Recipe) -> None:
    locked = json.loads((IMAGES / "lock.json").read_text()).get(recipe.reference)
    line = f'"{recipe.reference}": "{recipe.digest}"'
    fix = f"raise the tag in images/{recipe.name}/image.toml, then add the new line to images/lock.json"
    assert locked == recipe.digest, f"{fix} (with this tag it would be {line})"


def test_every_locked_digest_belongs_to_one_tag() -> None:
    locked = json.loads((IMAGES / "lock.json").read_text())
    assert len(set(locked.values())) == len(locked)


@pytest.mark.parametrize("recipe", OURS, ids=lambda recipe: recipe.short)
def test_podmans_probes_find_their_programs(recipe: Recipe) -> None:
    containerfile = dict(recipe.files)["Containerfile"].decode()
    assert {"curl", "netcat-openbsd"} <= set(containerfile.split())


def test_two_pythons_come_from_two_releases_of_debian() -> None:
    assert {recipe.tag: recipe.base.suite for recipe in OURS if recipe.repository == "python"} == {"3.11": "bookworm", "3.13": "trixie"}


def test_the_digest_of_an_image_does_not_depend_on_where_it_is(tmp_path: Path) -> None:
    write_recipe(tmp_path / "here", "apple")
    write_recipe(tmp_path / "there", "apple")
    assert recipes(tmp_path / "here")[0].digest == recipes(tmp_path / "there")[0].digest


def test_another_command_is_another_digest(tmp_path: Path) -> None:
    write_recipe(tmp_path / "here", "apple")
    write_recipe(tmp_path / "there", "apple", command="false")
    assert recipes(tmp_path / "here")[0].digest != recipes(tmp_path / "there")[0].digest


def test_a_file_beside_the_containerfile_is_part_of_the_digest(tmp_path: Path) -> None:
    own = write_recipe(tmp_path, "apple")
    before = recipes(tmp_path)[0].digest
    (own / "page.html").write_text("hello")
    assert recipes(tmp_path)[0].digest != before


def test_another_suite_for_the_base_is_another_digest(tmp_path: Path) -> None:
    write_recipe(tmp_path, "apple")
    before = recipes(tmp_path)[0].digest
    bases = tmp_path / "bases.toml"
    bases.write_text(bases.read_text().replace("bookworm", "trixie"))
    assert recipes(tmp_path)[0].digest != before


def test_what_the_image_is_for_is_no_part_of_the_digest(tmp_path: Path) -> None:
    own = write_recipe(tmp_path, "apple")
    before = recipes(tmp_path)[0].digest
    about = own / "image.toml"
    about.write_text(about.read_text().replace("for a test", "for a lesson"))
    assert recipes(tmp_path)[0].digest == before


def test_the_build_context_holds_the_containerfile_and_what_is_beside_it(tmp_path: Path) -> None:
    own = write_recipe(tmp_path, "apple")
    (own / "page.html").write_text("hello")
    with tarfile.open(fileobj=io.BytesIO(recipes(tmp_path)[0].context())) as context:
        assert sorted(context.getnames()) == ["Containerfile", "page.html"]


def test_a_hidden_file_of_an_editor_changes_nothing(tmp_path: Path) -> None:
    own = write_recipe(tmp_path, "apple")
    before = recipes(tmp_path)[0].digest
    (own / ".Containerfile.swp").write_text("half a thought")
    assert recipes(tmp_path)[0].digest == before


def test_two_folders_may_not_make_one_name(tmp_path: Path) -> None:
    write_recipe(tmp_path, "apple")
    write_recipe(tmp_path, "pear", repository="apple")
    with pytest.raises(LessonError, match="made by two folders"):
        recipes(tmp_path)


def test_an_unknown_base_is_answered_with_those_there_are(tmp_path: Path) -> None:
    write_recipe(tmp_path, "apple", base="debian-11")
    with pytest.raises(LessonError, match="write one of: debian-12"):
        recipes(tmp_path)


def test_a_folder_without_a_containerfile_is_refused(tmp_path: Path) -> None:
    (write_recipe(tmp_path, "apple") / "Containerfile").unlink()
    with pytest.raises(LessonError, match="there is no Containerfile"):
        recipes(tmp_path)


@pytest.mark.parametrize(("before", "after"), [('tag = "1"\n', ""), ('tag = "1"', "tag = 1"), ('tag = "1"', 'tag = "1"\ncolour = "red"')])
def test_a_field_that_is_missing_unknown_or_of_another_kind_is_named(tmp_path: Path, before: str, after: str) -> None:
    about = write_recipe(tmp_path, "apple") / "image.toml"
    about.write_text(about.read_text().replace(before, after))
    with pytest.raises(LessonError, match=r"kind: (tag|colour)"):
        recipes(tmp_path)


def test_a_file_that_is_no_toml_is_named(tmp_path: Path) -> None:
    (write_recipe(tmp_path, "apple") / "image.toml").write_text("tag: 1")
    with pytest.raises(LessonError, match=r"apple/image\.toml"):
        recipes(tmp_path)
