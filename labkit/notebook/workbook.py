"""A learner's copy of a lesson: without the solutions, and never written over."""

from __future__ import annotations

import hashlib
import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit.errors import LabError, LessonError
from labkit.lessons import Lesson

__all__ = ["Workbook", "open_workbook", "renew_workbook", "stripped"]

_RECORD = ".labkit.json"


@dataclass(frozen=True)
class Workbook:
    """A copy: `made` says that it is new, `outdated` that the lesson has changed since."""

    notebook: Path
    made: bool
    outdated: bool


def stripped(notebook: str) -> str:
    """Return a notebook's text without the cells tagged `solution` and without outputs."""
    data: dict[str, Any] = json.loads(notebook)
    data["cells"] = [cell for cell in data["cells"] if "solution" not in cell.get("metadata", {}).get("tags", [])]
    for cell in data["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _published(lesson: Lesson) -> dict[str, str]:
    """Return the files that a learner gets, by name: the notebook and what lies beside it, without solutions and checks."""
    try:
        files = {lesson.notebook.name: stripped(lesson.notebook.read_text())}
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as wrong:
        raise LessonError(f"read {lesson.notebook}", f"this is not a notebook: {wrong}", "mend the notebook") from None
    for file in sorted(lesson.folder.iterdir()):
        if file.is_file() and file != lesson.notebook and not file.name.startswith((".", "solution", "checks.py", "lesson.toml")):
            try:
                files[file.name] = file.read_text()
            except (OSError, ValueError) as wrong:
                raise LessonError(f"read {file}", str(wrong), "mend the file") from None
    return files


def _digest(files: dict[str, str]) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()


def open_workbook(lesson: Lesson, workbooks: Path) -> Workbook:
    """Return the learner's copy of a lesson, made if there is none. Files that are there stay as they are; missing ones are added."""
    folder = workbooks / lesson.name
    files = _published(lesson)
    notebook = folder / lesson.notebook.name
    try:
        made = not notebook.exists()
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            if not (folder / name).exists():
                _write(folder / name, text)
        record = folder / _RECORD
        if made or not record.exists():
            _write(record, json.dumps({"lesson": _digest(files)}))
        outdated = json.loads(record.read_text()).get("lesson") != _digest(files)
    except OSError as wrong:
        raise _refused(folder, wrong) from None
    except (ValueError, AttributeError):
        outdated = True
    return Workbook(notebook, made, outdated)


def renew_workbook(lesson: Lesson, workbooks: Path) -> Path | None:
    """Put a fresh copy in the place of the learner's, which is kept whole beside it. Returns where, or None when there was no copy."""
    folder = workbooks / lesson.name
    kept: Path | None = None
    # A lesson that cannot be read must not cost the learner the copy.
    _published(lesson)
    try:
        if folder.exists():
            kept = next(place for n in itertools.count(1) if not (place := workbooks / f"{lesson.name}.old-{n}").exists())
            folder.rename(kept)
    except OSError as wrong:
        raise _refused(folder, wrong) from None
    open_workbook(lesson, workbooks)
    return kept


def _refused(folder: Path, wrong: OSError) -> LabError:
    return LabError(f"make {folder}", str(wrong), "set LABKIT_HOME to a folder that you may write to")


def _write(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    fresh = file.with_name(f".{file.name}.new")
    fresh.write_text(text)
    fresh.replace(file)
