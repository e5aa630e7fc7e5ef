from __future__ import annotations

import json
import sys

import pytest

import labkit
from labkit.process import LocalRunner

HEAVY = ("kubernetes", "graphviz", "ipywidgets", "jupyterlab", "nbformat", "pytest", "IPython", "yaml", "typer")
IMPORTS = f"""
import json, sys
loaded = lambda: sorted(name for name in {HEAVY} if name in sys.modules)
import labkit
first = loaded()
from labkit import Lab
print(json.dumps([first, loaded()]))
"""


@pytest.fixture(scope="module")
def loaded() -> tuple[list[str], list[str]]:
    """Which heavy modules are there after `import labkit`, and then after `from labkit import Lab`, in an interpreter of its own."""
    first, then = json.loads(LocalRunner().run([sys.executable, "-c", IMPORTS]).stdout)
    return first, then


@pytest.mark.parametrize("name", labkit.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(labkit, name).__name__ == name


def test_the_public_names_are_what_is_offered_at_the_tab_key() -> None:
    assert dir(labkit) == sorted(labkit.__all__)


def test_every_error_is_public() -> None:
    from labkit import errors

    assert set(errors.__all__) <= set(labkit.__all__)


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'labkit' has no attribute 'Lap'"):
        _ = labkit.Lap


def test_importing_labkit_loads_nothing_heavy(loaded: tuple[list[str], list[str]]) -> None:
    assert loaded[0] == []


def test_importing_lab_loads_only_what_reads_manifests(loaded: tuple[list[str], list[str]]) -> None:
    assert loaded[1] == ["yaml"]
