"""What `labkit draw` draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from labkit.errors import LabError
from labkit.model import Snapshot

__all__ = ["snapshot_of"]


def snapshot_of(what: Sequence[str]) -> Snapshot:
    """Return a lesson's pods as they are now, or the pods that manifests ask for. Raises LabError for what is neither."""
    from labkit import manifests

    files = [Path(name) for name in what if Path(name).exists()]
    if len(files) == len(what):
        return manifests.predicted([document for file in files for document in manifests.read(file)])
    if len(what) == 1:
        return _live(what[0])
    missing = next(name for name in what if not Path(name).exists())
    raise LabError(f"draw {' '.join(what)}", f"there is no file {missing}", "name manifests, or one lesson")


def _live(lesson: str) -> Snapshot:
    from labkit import here
    from labkit.lessons import find_lesson
    from labkit.notebook.output import Printed

    chosen = find_lesson(lesson)
    return here.podman(chosen, here.look_only(chosen), Printed()).snapshot()
