"""Read what the lesson images are made of: one folder per image, and a digest that says when two of them are the same."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from labkit.errors import LessonError

__all__ = ["IMAGE_LABEL", "PREFIX", "RECIPE_LABEL", "Base", "Recipe", "recipes"]

PREFIX = "localhost/labkit/"
"""What the name of every image begins with, as manifests write it."""

RECIPE_LABEL = "labkit.dev/recipe"
IMAGE_LABEL = "labkit.dev/image"

_STRIPPED = (
    "--variant=minbase",
    # Debian 12 would install usrmerge, and with it 50 MB of Perl; this hook of mmdebstrap's makes the merged /usr itself.
    "--hook-dir=/usr/share/mmdebstrap/hooks/maybe-merged-usr",
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=APT::Install-Recommends "false"',
    # The same files that the slim image of Debian leaves out; and no fsync, since a half-made tree is thrown away.
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    # A package must not start its server while an image is made (invoke-rc.d(8)).
    '--customize-hook=printf "#!/bin/sh\\nexit 101\\n" > "$1/usr/sbin/policy-rc.d" && chmod 0755 "$1/usr/sbin/policy-rc.d"',
)


@dataclass(frozen=True)
class Base:
    """What images are built on; `seconds` is how long it usually takes to make it from packages."""

    NAMES: ClassVar[str] = f"{PREFIX}base:"

    name: str
    suite: str
    upstream: str
    seconds: int

    @property
    def reference(self) -> str:
        """Its name in Podman's storage, however it got there: localhost/labkit/base:debian-12."""
        return self.NAMES + self.name

    @property
    def digest(self) -> str:
        """The sha256, in hex, of everything that decides what is in it."""
        return _digest(self.suite, self.upstream, *_STRIPPED)

    def bootstrap(self, archive: Path) -> list[str]:
        """Return the command that makes its root file system from Debian packages, without being root (mmdebstrap(1), unshare mode)."""
        return ["mmdebstrap", "--mode=unshare", "--format=tar", *_STRIPPED, self.suite, str(archive)]


@dataclass(frozen=True)
class Recipe:
    """One lesson image: what it is for, its name, its base, and the files of its folder as (path, content).

    `seconds` is how long it usually takes to build.
    """

    name: str
    about: str
    repository: str
    tag: str
    base: Base
    seconds: int
    files: tuple[tuple[str, bytes], ...]

    @property
    def short(self) -> str:
        """Its name as one says it: tools:1."""
        return f"{self.repository}:{self.tag}"

    @property
    def reference(self) -> str:
        """Its name as manifests write it: localhost/labkit/tools:1."""
        return PREFIX + self.short

    @property
    def digest(self) -> str:
        """The sha256, in hex, of its base, its Containerfile and the files beside it: what it is, whatever it is called."""
        return _digest(self.base.digest, *(f"{path} {hashlib.sha256(content).hexdigest()}" for path, content in self.files))

    def context(self) -> bytes:
        """Return its build context as a tar archive, for `podman build -`: no folder that another account would have to read."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for path, content in self.files:
                entry = tarfile.TarInfo(path)
                entry.size, entry.mode = len(content), 0o644
                archive.addfile(entry, io.BytesIO(content))
        return buffer.getvalue()


def recipes(folder: Path) -> tuple[Recipe, ...]:
    """Read every image of `folder` (`NAME/image.toml` and `NAME/Containerfile`, `bases.toml`), in the order of their names.

    Modes of files are not read, since not every checkout keeps them: a Containerfile sets them with `COPY --chmod`.
    Raises LessonError when a file is missing or wrong, or when two images have one name.
    """
    bases = {name: _base(folder / "bases.toml", name, table) for name, table in _toml(folder / "bases.toml").items()}
    found = tuple(_recipe(file.parent, bases) for file in sorted(folder.glob("*/image.toml")))
    references = [recipe.reference for recipe in found]
    for twice in {reference for reference in references if references.count(reference) > 1}:
        raise LessonError(f"read the images of {folder}", f"{twice} is made by two folders", "give one of them another `tag`")
    return found


def _recipe(folder: Path, bases: dict[str, Base]) -> Recipe:
    source = folder / "image.toml"
    table = _fields(source, _toml(source), text=("about", "repository", "tag", "base"))
    base = bases.get(str(table["base"]))
    if base is None:
        raise LessonError(f"read {source}", f"no base is called {table['base']!r}", f"write one of: {', '.join(bases)}")
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and path != source and not path.name.startswith(".")]
    files = tuple((path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths)
    if "Containerfile" not in dict(files):
        raise LessonError(f"read {folder}", "there is no Containerfile", "write one, beginning with `ARG BASE` and `FROM ${BASE}`")
    about, repository, tag = (str(table[key]) for key in ("about", "repository", "tag"))
    return Recipe(folder.name, about, repository, tag, base, int(str(table["seconds"])), files)


def _base(source: Path, name: str, table: object) -> Base:
    found = _fields(source, table, text=("suite", "upstream"))
    return Base(name, str(found["suite"]), str(found["upstream"]), int(str(found["seconds"])))


def _fields(source: Path, table: object, *, text: tuple[str, ...]) -> dict[str, object]:
    """Return `table` when it has exactly the fields `text` (strings) and `seconds` (an integer)."""
    wanted = {**dict.fromkeys(text, str), "seconds": int}
    found = table if isinstance(table, dict) else {}
    wrong = [name for name in {**wanted, **found} if name not in wanted or not isinstance(found.get(name), wanted[name])]
    if wrong:
        shown = f"missing, unknown or not of the right kind: {', '.join(wrong)}"
        raise LessonError(f"read {source}", shown, f"write exactly: {', '.join(wanted)}")
    return found


def _toml(source: Path) -> dict[str, object]:
    try:
        return tomllib.loads(source.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LessonError(f"read {source}", str(error), "correct the file") from None


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
