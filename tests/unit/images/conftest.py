from __future__ import annotations

from pathlib import Path

import pytest
from fake_podman import Desk, FakePodman, write_recipe

from labkit.images import Images, recipes


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    for name in ("apple", "pear"):
        write_recipe(tmp_path / "images", name)
    podman, said = FakePodman(), []
    images = Images(podman, recipes(tmp_path / "images"), tmp_path / "cache", say=said.append, mirror="")
    return Desk(podman, images, tmp_path / "images", said)
