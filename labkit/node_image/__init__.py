"""The node image: the machine that kind makes a cluster of, pulled where a registry answers and built from packages where none does.

recipe (what it is made of) -> programs, pod_images, root (its three parts) -> node_image (has it in Podman's storage).
"""

from labkit.node_image.node_image import NodeImage
from labkit.node_image.recipe import NodeRecipe, node_recipe

__all__ = ["NodeImage", "NodeRecipe", "node_recipe"]
