from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from labkit.errors import LabError, LessonError
from labkit.lessons import Lesson
from labkit.notebook.workbook import open_workbook, renew_workbook, stripped


def code(source: str, *tags: str) -> dict[str, Any]:
    outputs = [{"output_type": "stream", "name": "stdout", "text": ["5\n"]}]
    return {"cell_type": "code", "execution_count": 7, "metadata": {"tags": list(tags)}, "outputs": outputs, "source": source}


NOTEBOOK = {
    "cells": [
        {"cell_type": "markdown", "metadata": {}, "source": "Grüße"},
        code("lab.draw()"),
        code("lab.apply('answer.yaml')", "solution"),
        {"cell_type": "markdown", "metadata": {"tags": ["solution"]}, "source": "Why it works"},
        code("1 / 0", "raises-exception"),
    ],
    "metadata": {"kernelspec": {"name": "python3"}},
    "nbformat": 4,
    "nbformat_minor": 5,
}


@pytest.fixture
def lesson(tmp_path: Path) -> Lesson:
    folder = tmp_path / "course" / "03-pods"
    (folder / "wrong" / "scale").mkdir(parents=True)
    for name in ("web.yaml", "solution-scale.yaml", "checks.py", "lesson.toml", "wrong/scale/two.yaml"):
        (folder / name).write_text(f"# {name}\n")
    (folder / "03-pods.ipynb").write_text(json.dumps(NOTEBOOK))
    return Lesson(folder, "Pods", "", "podman", 30, (), "", ())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "labkit-lessons"


@pytest.fixture
def copy(lesson: Lesson, home: Path) -> Path:
    """The folder of a copy that was opened once."""
    return open_workbook(lesson, home).notebook.parent


# -- stripped ------------------------------------------------------------------------------------------------------------------------------


def test_solutions_are_stripped() -> None:
    cells = json.loads(stripped(json.dumps(NOTEBOOK)))["cells"]
    assert [cell["source"] for cell in cells] == ["Grüße", "lab.draw()", "1 / 0"]


def test_outputs_are_stripped() -> None:
    cells = json.loads(stripped(json.dumps(NOTEBOOK)))["cells"]
    assert [(cell["outputs"], cell["execution_count"]) for cell in cells if cell["cell_type"] == "code"] == [([], None)] * 2


def test_everything_else_stays_as_it_is() -> None:
    again = json.loads(stripped(json.dumps(NOTEBOOK)))
    assert {**again, "cells": []} == {**NOTEBOOK, "cells": []}


def test_letters_stay_letters() -> None:
    assert "Grüße" in stripped(json.dumps(NOTEBOOK))


# -- opened --------------------------------------------------------------------------------------------------------------------------------


def test_a_copy_holds_the_notebook_and_the_manifests_and_no_answers(copy: Path) -> None:
    assert sorted(file.name for file in copy.iterdir() if not file.name.startswith(".")) == ["03-pods.ipynb", "web.yaml"]


def test_the_first_open_makes_the_copy(lesson: Lesson, home: Path) -> None:
    opened = open_workbook(lesson, home)
    assert (opened.notebook, opened.made, opened.outdated) == (home / "03-pods" / "03-pods.ipynb", True, False)


def test_the_second_open_makes_nothing(lesson: Lesson, home: Path, copy: Path) -> None:
    opened = open_workbook(lesson, home)
    assert (opened.made, opened.outdated) == (False, False)


@pytest.mark.parametrize("name", ["03-pods.ipynb", "web.yaml"])
def test_an_edited_file_stays_as_it_is(name: str, lesson: Lesson, home: Path, copy: Path) -> None:
    (copy / name).write_text("mine")
    (lesson.folder / "web.yaml").write_text("# newer\n")
    open_workbook(lesson, home)
    assert (copy / name).read_text() == "mine"


@pytest.mark.parametrize("name", ["03-pods.ipynb", "web.yaml"])
def test_a_missing_file_comes_back(name: str, lesson: Lesson, home: Path, copy: Path) -> None:
    before = (copy / name).read_text()
    (copy / name).unlink()
    open_workbook(lesson, home)
    assert (copy / name).read_text() == before


def test_files_of_the_learners_own_stay(lesson: Lesson, home: Path, copy: Path) -> None:
    (copy / "notes.txt").write_text("mine")
    open_workbook(lesson, home)
    assert (copy / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["03-pods.ipynb", "web.yaml"])
def test_a_lesson_that_has_changed_since_is_seen(name: str, lesson: Lesson, home: Path, copy: Path) -> None:
    changed = (lesson.folder / name).read_text().replace("web.yaml", "newer").replace("lab.draw()", "lab.get()")
    (lesson.folder / name).write_text(changed)
    assert open_workbook(lesson, home).outdated


def test_a_changed_answer_does_not_make_a_copy_outdated(lesson: Lesson, home: Path, copy: Path) -> None:
    (lesson.folder / "solution-scale.yaml").write_text("# better\n")
    assert not open_workbook(lesson, home).outdated


@pytest.mark.parametrize("record", ["", "[]", "{}", "\xff"])
def test_a_damaged_record_makes_a_copy_outdated(record: str, lesson: Lesson, home: Path, copy: Path) -> None:
    (copy / ".labkit.json").write_bytes(record.encode("latin-1"))
    assert open_workbook(lesson, home).outdated


# -- renewed -------------------------------------------------------------------------------------------------------------------------------


def test_a_renewed_copy_is_as_the_lesson_is_now(lesson: Lesson, home: Path, copy: Path) -> None:
    fresh = (copy / "03-pods.ipynb").read_text()
    (copy / "03-pods.ipynb").write_text("mine")
    renew_workbook(lesson, home)
    assert (copy / "03-pods.ipynb").read_text() == fresh


def test_the_old_copy_is_kept_whole(lesson: Lesson, home: Path, copy: Path) -> None:
    (copy / "03-pods.ipynb").write_text("mine")
    (copy / "more").mkdir()
    (copy / "more" / "notes.txt").write_text("notes")
    kept = renew_workbook(lesson, home)
    assert kept is not None
    assert ((kept / "03-pods.ipynb").read_text(), (kept / "more" / "notes.txt").read_text()) == ("mine", "notes")


def test_no_kept_copy_takes_the_place_of_another(lesson: Lesson, home: Path, copy: Path) -> None:
    kept = [renew_workbook(lesson, home) for _ in range(3)]
    assert kept == [home / f"03-pods.old-{n}" for n in (1, 2, 3)]


def test_where_there_was_no_copy_none_is_kept(lesson: Lesson, home: Path) -> None:
    assert renew_workbook(lesson, home) is None
    assert (home / "03-pods" / "03-pods.ipynb").exists()


def test_a_lesson_that_cannot_be_read_does_not_cost_the_copy(lesson: Lesson, home: Path, copy: Path) -> None:
    lesson.notebook.write_text("{")
    with pytest.raises(LessonError):
        renew_workbook(lesson, home)
    assert (copy / "03-pods.ipynb").exists()


# -- refused -------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"cells": [1]}', '{"cells": [{}]}'])
def test_what_is_not_a_notebook_is_a_lesson_error(text: str, lesson: Lesson, home: Path) -> None:
    lesson.notebook.write_text(text)
    with pytest.raises(LessonError, match="this is not a notebook"):
        open_workbook(lesson, home)


def test_a_file_that_is_no_text_is_a_lesson_error(lesson: Lesson, home: Path) -> None:
    (lesson.folder / "web.yaml").write_bytes(b"\xff")
    with pytest.raises(LessonError, match=r"web\.yaml"):
        open_workbook(lesson, home)


def test_a_file_in_the_place_of_the_folder_is_a_lab_error(lesson: Lesson, home: Path) -> None:
    home.write_text("in the way")
    with pytest.raises(LabError, match="set LABKIT_HOME to a folder that you may write to"):
        open_workbook(lesson, home)


def test_a_folder_that_cannot_be_made_is_a_lab_error(lesson: Lesson) -> None:
    with pytest.raises(LabError, match="set LABKIT_HOME to a folder that you may write to"):
        open_workbook(lesson, Path("/proc/labkit-lessons"))


def refuse(*arguments: object) -> None:
    raise PermissionError(13, "Permission denied")


def test_a_folder_that_may_not_be_looked_into_is_a_lab_error(lesson: Lesson, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", refuse)
    with pytest.raises(LabError, match="Permission denied"):
        open_workbook(lesson, home)


def test_an_old_copy_that_may_not_be_moved_is_a_lab_error(lesson: Lesson, home: Path, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(LabError, match="Permission denied"):
        renew_workbook(lesson, home)
