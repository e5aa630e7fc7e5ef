from __future__ import annotations

from pathlib import Path

import pytest
from fake_machine import Desk, FakeMachine, write_recipe

from labkit.node_image import NodeImage, node_recipe


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = write_recipe(tmp_path / "node")
    pause = tmp_path / "catatonit"
    pause.write_text("a program that waits")
    machine, said = FakeMachine(), list[str]()
    image = NodeImage(
        machine,
        tmp_path / "cache",
        said.append,
        node_recipe(folder, "x86_64"),
        go=lambda: Path("/usr/bin/go"),
        pause=lambda: str(pause),
        is_root=True,
        free_disk=lambda _: 2**40,
    )
    return Desk(machine, image, folder, said)
