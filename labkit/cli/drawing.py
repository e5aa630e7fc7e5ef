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

    # In the lessons' own folder a lesson's name is a folder, too.
    missing = [name for name in what if not Path(name).exists() or Path(name).is_dir()]
    if not missing:
        documents = [document for name in what for document in manifests.read(Path(name))]
        for document in documents:
            manifests.validate(document)
        return manifests.predicted(documents)
    if len(what) == 1 and Path(missing[0]).suffix not in (".yaml", ".yml", ".json"):
        return _live(missing[0])
    raise LabError(f"draw {' '.join(what)}", f"there is no file {missing[0]}", "name manifests, or one lesson")


def _live(lesson: str) -> Snapshot:
    from labkit.cli.engines import snapshot_now
    from labkit.lessons import find_lesson

    return snapshot_now(find_lesson(lesson))
