"""Keep finished images as files, so that an emptied storage, or a room full of laptops, loads them instead of building them again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labkit.errors import CommandError
from labkit.images.failures import disk_is_full, in_short
from labkit.images.recipes import Recipe
from labkit.images.storage import is_right, stored
from labkit.process import Runner

__all__ = ["Cache"]

_LONGEST = 600.0


@dataclass(frozen=True)
class Cache:
    """A folder of OCI archives, one per image, named by content: tools-1-DIGEST.tar. Its owner is the account that runs Podman.

    One compressed archive each, although they repeat their base: a single file can be copied to another machine, and a damaged one costs
    only itself.
    """

    runner: Runner
    folder: Path

    def archive(self, recipe: Recipe) -> Path:
        """Return where the archive of `recipe` is, or would be."""
        return self.folder / f"{recipe.repository}-{recipe.tag}-{recipe.digest[:12]}.tar"

    def load(self, recipe: Recipe, say: Callable[[str], None]) -> bool:
        """Load `recipe` from its archive, and say whether that gave the right image. A damaged archive is removed.

        Raises CommandError when the disk is full: the archive may well be good.
        """
        archive = self.archive(recipe)
        if not archive.exists():
            return False
        say("loading from the cache")
        try:
            self.runner.run(["podman", "load", "--quiet", "--input", str(archive)], timeout=_LONGEST)
            if is_right(stored(self.runner).get(recipe.reference), recipe):
                return True
            found = "it holds something else"
        except CommandError as error:
            if disk_is_full(error):
                raise
            found = in_short(error)
        say(f"the archive {archive} is damaged, removing it ({found})")
        archive.unlink(missing_ok=True)
        return False

    def save(self, recipe: Recipe, say: Callable[[str], None]) -> None:
        """Keep `recipe` as an archive, and remove the archives of its earlier contents. A full disk is no failure: the image is there."""
        archive = self.archive(recipe)
        unfinished = archive.with_suffix(".part")
        try:
            options = ["--quiet", "--format", "oci-archive", "--output", str(unfinished)]
            self.runner.run(["podman", "save", *options, recipe.reference], timeout=_LONGEST)
            unfinished.replace(archive)
        except (CommandError, OSError) as error:
            unfinished.unlink(missing_ok=True)
            say(f"not kept in the cache: {in_short(error) if isinstance(error, CommandError) else error}")
            return
        for other in self.folder.glob(f"{recipe.repository}-{recipe.tag}-{'?' * 12}.tar"):
            if other != archive:
                other.unlink(missing_ok=True)
