"""Have the images that lessons need: from Podman's storage, the cache, a classroom's registry, or built, in this order."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from labkit.errors import ImageError, LabError
from labkit.images.build import Builder
from labkit.images.cache import Cache
from labkit.images.failures import explained
from labkit.images.pull import pull_finished
from labkit.images.recipes import PREFIX, Recipe
from labkit.images.storage import Stored, is_right, stored
from labkit.process import Runner
from labkit.quantities import humanize_bytes

__all__ = ["ImageState", "Images"]

_LONGEST_OTHER = 3600.0


@dataclass(frozen=True)
class ImageState:
    """How one lesson image stands on this machine, for `labkit images`; `size` in bytes.

    `right`: it was made from the recipe as it is now. `source`: what its base came from. `cached`: its archive is there.
    """

    reference: str
    about: str
    present: bool
    right: bool
    size: int
    source: str
    cached: bool


@dataclass(frozen=True)
class Images:
    """The lesson images of one machine.

    `cache_dir` belongs to the account that `runner` is; `say` gets one line of progress at a time; `registry` is the host of a public
    registry that answered (empty: none did); `mirror` is where finished images may be pulled, as [http://]host[:port][/prefix].
    """

    runner: Runner
    recipes: tuple[Recipe, ...]
    cache_dir: Path
    say: Callable[[str], None] = print
    registry: str = ""
    mirror: str = field(default_factory=lambda: os.environ.get("LABKIT_REGISTRY", "").strip())

    def missing(self, names: Iterable[str] | None = None) -> tuple[Recipe, ...]:
        """Return what `ensure(names)` would have to make. One command of Podman's. Raises ImageError for a name that is no lesson image."""
        wanted = self._named(names)
        there = stored(self.runner) if wanted else {}
        return tuple(recipe for recipe in wanted if not is_right(there.get(recipe.reference), recipe))

    def ensure(self, names: Iterable[str] | None = None) -> None:
        """Have the images called `names` (localhost/labkit/tools:1, or tools:1; None: all) in Podman's storage.

        Two notebooks do not build at once: the second waits for the first, and finds its work done. Raises ImageError.
        """
        chosen = None if names is None else tuple(names)
        if not self.missing(chosen):
            return
        with self._alone() as builder:
            wanted = self.missing(chosen)
            for number, recipe in enumerate(wanted, 1):
                self._make(recipe, builder, f"[{number}/{len(wanted)}] {recipe.short}: ")

    def built(self) -> tuple[ImageState, ...]:
        """Return how every lesson image stands here, in the order of their folders."""
        there = stored(self.runner)
        return tuple(self._state(recipe, there.get(recipe.reference)) for recipe in self.recipes)

    def _state(self, recipe: Recipe, image: Stored | None) -> ImageState:
        right = is_right(image, recipe)
        size, source = (image.size, image.source) if image else (0, "")
        return ImageState(recipe.reference, recipe.about, image is not None, right, size, source, self._cache.archive(recipe).exists())

    def _named(self, names: Iterable[str] | None) -> tuple[Recipe, ...]:
        by_name = {recipe.reference: recipe for recipe in self.recipes}
        wanted = list(by_name) if names is None else [PREFIX + name.removeprefix(PREFIX) for name in dict.fromkeys(names)]
        for reference in wanted:
            if reference not in by_name:
                raise ImageError(f"find the image {reference}", "no folder of images/ makes it", f"use one of: {', '.join(by_name)}")
        return tuple(by_name[reference] for reference in wanted)

    def _make(self, recipe: Recipe, builder: Builder, heading: str) -> None:
        started = time.monotonic()
        replaced = stored(self.runner).get(recipe.reference)

        def tell(line: str) -> None:
            self.say(heading + line)

        try:
            had = self._cache.load(recipe, tell) or (bool(self.mirror) and pull_finished(self.runner, recipe, self.mirror, tell))
        except LabError as error:
            raise explained(recipe.short, error) from None
        if not had:
            builder.build(recipe, tell)
            tell("keeping it in the cache")
            self._cache.save(recipe, tell)
        made = stored(self.runner).get(recipe.reference)
        if made is None or not is_right(made, recipe):
            found = f"{recipe.reference} is not what was just made"
            raise ImageError(f"make the image {recipe.short}", found, "see that nothing else changes Podman's images, then try again")
        if replaced is not None and replaced.id != made.id:
            # Podman refuses while a container still uses it, and that is as it should be.
            self.runner.run(["podman", "image", "rm", replaced.id], check=False)
        tell(f"ready after {time.monotonic() - started:.1f} s, {humanize_bytes(made.size)}")

    @property
    def _cache(self) -> Cache:
        return Cache(self.runner, self.cache_dir)

    @contextmanager
    def _alone(self) -> Iterator[Builder]:
        """Hold the lock of the cache folder, and begin and end without the left-overs of a build that was cut short."""
        from filelock import FileLock, Timeout

        # Made by the account itself: what root makes is not the account's to write to.
        self.runner.run(["mkdir", "-p", str(self.cache_dir)])
        self.runner.run(["touch", str(self.cache_dir / "images.lock")])
        lock = FileLock(self.cache_dir / "images.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            self.say("another notebook is making images: waiting for it")
            try:
                lock.acquire(timeout=_LONGEST_OTHER)
            except Timeout:
                fix = "end the other notebook or command that makes images, then try again"
                raise ImageError("make images", f"somebody has held {lock.lock_file} for an hour", fix) from None
        builder = Builder(self.runner, self.cache_dir, self.registry)
        try:
            builder.sweep()
            yield builder
        finally:
            builder.sweep()
            lock.release()
