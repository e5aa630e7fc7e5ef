"""Read manifests: files, folders and texts, YAML or JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from labkit.errors import ManifestError
from labkit.manifests.compose import compose
from labkit.manifests.document import Document, Place
from labkit.manifests.spelling import closest

__all__ = ["SUFFIXES", "parse", "read"]

SUFFIXES = (".yaml", ".yml", ".json")
"""The files of a folder that are manifests, as for `kubectl apply -f FOLDER`."""


def read(path: Path) -> tuple[Document, ...]:
    """Read a manifest file, or all those of a folder by name (folders in it are left out, as kubectl does).

    Raises ManifestError: no such file (it names those that are there), not UTF-8, no YAML, or nothing in it.
    """
    try:
        files = _files(path)
        documents = tuple(document for file in files for document in _read_file(file))
    except OSError as refused:
        raise ManifestError(f"read {path}", refused.strerror or str(refused), "name a file that can be read", file=str(path)) from None
    if not documents:
        raise ManifestError(f"read {path}", "no object in it", "write a manifest: apiVersion, kind, metadata and spec", file=str(path))
    return documents


def parse(text: str, file: str) -> tuple[Document, ...]:
    """Read manifests from text; `file` is what errors call it.

    Documents are separated by `---`, empty ones are left out, and the items of a `kind: List` become documents of their own. Raises
    ManifestError for what is no YAML, or no mapping.
    """
    return tuple(document for data, place in compose(text, file) if data is not None for document in _objects(data, place, file))


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES and file.is_file())
    if not files:
        raise ManifestError(
            f"read the folder {path}", f"no {', '.join(SUFFIXES)} file in it", "name a folder with manifests", file=str(path)
        )
    return files


def _read_file(path: Path) -> tuple[Document, ...]:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise _missing(path) from None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = raw.count(b"\n", 0, wrong.start) + 1
        raise ManifestError(
            f"read {path}", f"byte 0x{raw[wrong.start]:02X}, which is not UTF-8", "save the file as UTF-8", file=str(path), line=line
        ) from None
    return parse(text, str(path))


def _missing(path: Path) -> ManifestError:
    folder = path.parent
    there = sorted(file.name for file in folder.iterdir() if file.suffix in SUFFIXES) if folder.is_dir() else []
    if not there:
        return ManifestError(f"read {path}", f"no such file, and no manifest in {folder}", "check the folder's name", file=str(path))
    meant = closest(path.name, there)
    fix = f"write {meant}" if meant else "name one of those"
    return ManifestError(f"read {path}", f"no such file; in {folder} there is: {', '.join(there)}", fix, file=str(path))


def _objects(data: Any, place: Place, file: str) -> Iterator[Document]:
    """Yield the object, or the items of a list of objects, each with its own place."""
    document = Document(data if isinstance(data, dict) else {}, file, place)
    if not isinstance(data, dict):
        what = "a list" if isinstance(data, list) else f"`{place.text[:60]}`"
        raise document.error((), f"{what} where an object should be", "start with `apiVersion:` and `kind:`")
    if document.kind != "List":
        yield document
        return
    items = data.get("items")
    if not isinstance(items, list):
        raise document.error(("items",), "a List without a list of `items`", "write the objects under `items:`, each with `- ` before it")
    for index, item in enumerate(items):
        yield from _objects(item, place.at(("items", index)), file)
