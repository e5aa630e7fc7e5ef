"""Lesson images: read their recipes, and have them in Podman's storage."""

from labkit.images.lesson_images import Images, ImageState
from labkit.images.recipes import Recipe, recipes

__all__ = ["ImageState", "Images", "Recipe", "recipes"]
