"""The lessons of the course, as their folders describe them."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from labkit.errors import LessonError

__all__ = ["Lesson", "all_lessons", "course_folder", "find_lesson", "read_lesson"]

_FIELDS: dict[str, type] = {"title": str, "question": str, "engine": str, "minutes": int, "images": list, "memory": str, "needs": list}


_WORDS = {str: "a text", int: "a whole number", list: "a list of texts"}


@dataclass(frozen=True)
class Lesson:
    """A lesson, from its lesson.toml. `name` is its folder's: 03-one-pod-one-network; `engine` is podman, kubernetes or both."""

    folder: Path
    title: str
    question: str
    engine: str
    minutes: int
    images: tuple[str, ...]
    memory: str
    needs: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return the folder's name, which is also the value of the label labkit.dev/lesson."""
        return self.folder.name

    @property
    def number(self) -> str:
        """Return the two digits that a learner types."""
        return self.name.partition("-")[0]

    @property
    def notebook(self) -> Path:
        """Return the lesson's notebook."""
        return self.folder / f"{self.name}.ipynb"


def course_folder() -> Path:
    """Return the folder that holds the lessons: `lessons` beside the package. Raises LessonError when it is not there."""
    folder = Path(__file__).resolve().parent.parent / "lessons"
    if not folder.is_dir():
        raise LessonError(f"read {folder}", "there is no such folder", "run labkit from a checkout of the course")
    return folder


def read_lesson(folder: Path) -> Lesson:
    """Read a lesson's lesson.toml. Raises LessonError naming the file and the field."""
    file = folder / "lesson.toml"
    try:
        data = tomllib.loads(file.read_text())
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise LessonError(f"read {file}", str(wrong), "write the file as docs/architecture.md describes") from None
    for name, kind in _FIELDS.items():
        if not _is(data.get(name), kind):
            raise LessonError(f"read {file}", f"{name} is {data.get(name)!r}", f"give {name} {_WORDS[kind]}")
    for name in data.keys() - _FIELDS.keys():
        raise LessonError(f"read {file}", f"there is no field {name}", f"take one of {', '.join(_FIELDS)}")
    if data["engine"] not in ("podman", "kubernetes", "both"):
        raise LessonError(f"read {file}", f"engine is {data['engine']!r}", "write podman, kubernetes or both")
    return Lesson(**{**data, "folder": folder, "images": tuple(data["images"]), "needs": tuple(data["needs"])})


def _is(value: object, kind: type) -> bool:
    # `true` is an int to Python, and not to whoever writes `minutes`.
    return type(value) is kind and (not isinstance(value, list) or all(isinstance(item, str) for item in value))


def all_lessons(course: Path | None = None) -> tuple[Lesson, ...]:
    """Return every lesson, in order."""
    folder = course or course_folder()
    return tuple(read_lesson(found) for found in sorted(folder.iterdir()) if found.is_dir() and found.name[:2].isdigit())


def find_lesson(wanted: str, lessons: Sequence[Lesson] | None = None) -> Lesson:
    """Find a lesson by number (3, 03) or name. Raises LessonError naming those that there are."""
    known = all_lessons() if lessons is None else lessons
    for lesson in known:
        if wanted in (lesson.name, lesson.number, lesson.number.lstrip("0"), lesson.name.partition("-")[2]):
            return lesson
    raise LessonError(
        f"find lesson {wanted}",
        f"there is no such lesson; there is: {', '.join(x.name for x in known) or 'none'}",
        "name one of these, or its number",
    )
