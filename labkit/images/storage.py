"""What Podman has already: the images in its storage that labkit made."""

from __future__ import annotations

import json
from dataclasses import dataclass

from labkit.images.recipes import IMAGE_LABEL, RECIPE_LABEL, Base, Recipe
from labkit.process import Runner

__all__ = ["SOURCE_LABEL", "Stored", "is_right", "stored"]

SOURCE_LABEL = "labkit.dev/from"
"""Where the base of an image came from: a reference that was pulled, or `Debian packages`."""


@dataclass(frozen=True)
class Stored:
    """An image in Podman's storage: `size` in bytes, `recipe` and `image` from its labels."""

    id: str
    size: int
    recipe: str
    image: str
    source: str


def stored(runner: Runner) -> dict[str, Stored]:
    """Return the images that carry labkit's label, by every name they have. One command, whatever their number."""
    listed = runner.run(["podman", "images", "--format", "json", "--filter", f"label={RECIPE_LABEL}"])
    found: dict[str, Stored] = {}
    for image in json.loads(listed.stdout or "[]"):
        labels = image.get("Labels") or {}
        recipe, name, source = (labels.get(label, "") for label in (RECIPE_LABEL, IMAGE_LABEL, SOURCE_LABEL))
        entry = Stored(image["Id"], image.get("Size", 0), recipe, name, source)
        found.update(dict.fromkeys(image.get("Names") or (), entry))
    return found


def is_right(image: Stored | None, wanted: Recipe | Base) -> bool:
    """Say whether `image` was made from just this recipe. An image that a learner builds on ours inherits the label, but not the name."""
    return image is not None and image.recipe == wanted.digest and image.image == wanted.name
