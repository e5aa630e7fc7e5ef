from __future__ import annotations

from pathlib import Path

import pytest

from labkit import lessons
from labkit.errors import LessonError
from labkit.lessons import all_lessons, course_folder, find_lesson, read_lesson

GOOD = {
    "title": '"Pods"',
    "question": '"What is a pod?"',
    "engine": '"podman"',
    "minutes": "30",
    "images": '["tools:1"]',
    "memory": '"256Mi"',
    "needs": '["01-start"]',
}


def write(course: Path, name: str, **changed: str | None) -> Path:
    """Write a lesson.toml with some fields changed, or left out where they are None."""
    (course / name).mkdir(parents=True)
    fields = {key: value for key, value in (GOOD | changed).items() if value is not None}
    (course / name / "lesson.toml").write_text("".join(f"{key} = {value}\n" for key, value in fields.items()))
    return course / name


def test_a_lesson_is_what_its_file_says(tmp_path: Path) -> None:
    lesson = read_lesson(write(tmp_path, "03-pods"))
    assert (lesson.title, lesson.question, lesson.engine, lesson.minutes, lesson.images, lesson.memory, lesson.needs) == (
        "Pods",
        "What is a pod?",
        "podman",
        30,
        ("tools:1",),
        "256Mi",
        ("01-start",),
    )


def test_a_lesson_is_called_what_its_folder_is(tmp_path: Path) -> None:
    lesson = read_lesson(write(tmp_path, "03-pods"))
    assert (lesson.name, lesson.number, lesson.notebook) == ("03-pods", "03", tmp_path / "03-pods" / "03-pods.ipynb")


@pytest.mark.parametrize("engine", ["podman", "kubernetes", "both"])
def test_a_lesson_may_name_each_engine(engine: str, tmp_path: Path) -> None:
    assert read_lesson(write(tmp_path, "03-pods", engine=f'"{engine}"')).engine == engine


@pytest.mark.parametrize(
    ("field", "value", "found"),
    [
        ("title", None, "title is None"),
        ("title", "5", "title is 5"),
        ("minutes", '"30"', "minutes is '30'"),
        ("minutes", "true", "minutes is True"),
        ("minutes", "1.5", "minutes is 1.5"),
        ("images", '"tools:1"', "images is 'tools:1'"),
        ("needs", "[1]", r"needs is \[1\]"),
        ("engine", '"docker"', "engine is 'docker'"),
        ("colour", '"red"', "there is no field colour"),
        ("title", '"half', "Illegal character|Unterminated"),
    ],
)
def test_a_fault_in_the_file_is_named(field: str, value: str | None, found: str, tmp_path: Path) -> None:
    with pytest.raises(LessonError, match=found):
        read_lesson(write(tmp_path, "03-pods", **{field: value}))


def test_a_fault_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(LessonError, match=f"read {tmp_path}/03-pods/lesson.toml"):
        read_lesson(tmp_path / "03-pods")


def test_a_file_that_is_not_utf8_is_a_lesson_error(tmp_path: Path) -> None:
    (write(tmp_path, "03-pods") / "lesson.toml").write_bytes(b'title = "\xff"')
    with pytest.raises(LessonError, match="utf-8"):
        read_lesson(tmp_path / "03-pods")


def test_lessons_are_in_order_and_other_folders_are_none(tmp_path: Path) -> None:
    for name in ("10-last", "02-second", "01-first"):
        write(tmp_path, name)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "03-notes.txt").touch()
    assert [lesson.name for lesson in all_lessons(tmp_path)] == ["01-first", "02-second", "10-last"]


@pytest.mark.parametrize("wanted", ["3", "03", "03-pods", "pods"])
def test_a_lesson_is_found_by_number_or_name(wanted: str, tmp_path: Path) -> None:
    for name in ("03-pods", "13-services"):
        write(tmp_path, name)
    assert find_lesson(wanted, all_lessons(tmp_path)).name == "03-pods"


def test_a_lesson_that_is_not_there_is_answered_with_those_that_are(tmp_path: Path) -> None:
    write(tmp_path, "03-pods")
    with pytest.raises(LessonError, match="there is: 03-pods"):
        find_lesson("4", all_lessons(tmp_path))


def test_a_course_without_lessons_says_so() -> None:
    with pytest.raises(LessonError, match="there is: none"):
        find_lesson("4", ())


def test_labkit_without_its_course_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lessons, "__file__", str(tmp_path / "labkit" / "lessons.py"))
    with pytest.raises(LessonError, match="from a checkout of the course"):
        course_folder()


def test_every_lesson_of_the_course_can_be_read() -> None:
    folders = [folder.name for folder in sorted(course_folder().iterdir()) if (folder / "lesson.toml").exists()]
    assert [lesson.name for lesson in all_lessons()] == folders


def test_every_lesson_needs_only_lessons_before_it() -> None:
    known = [lesson.name for lesson in all_lessons()]
    assert [(x.name, need) for x in all_lessons() for need in x.needs if need not in known[: known.index(x.name)]] == []
