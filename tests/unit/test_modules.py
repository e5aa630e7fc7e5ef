from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import labkit

PACKAGE = Path(labkit.__file__).parent
MODULES = {str(file.relative_to(PACKAGE)): file for file in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(file.read_text()) for name, file in MODULES.items()}
LONGEST = 250


def names_its_public(tree: ast.Module) -> bool:
    """Say whether `__all__` is assigned at the top of a module."""
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    targets += [node.target for node in tree.body if isinstance(node, ast.AnnAssign)]
    return any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets)


def test_no_module_has_two_ideas_in_it() -> None:
    lengths = {name: len(file.read_text().splitlines()) for name, file in MODULES.items()}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST} == {}


def test_every_module_says_what_it_is_for() -> None:
    assert [name for name, tree in TREES.items() if not ast.get_docstring(tree)] == []


def test_every_module_names_what_is_public_in_it() -> None:
    assert [name for name, tree in TREES.items() if not names_its_public(tree)] == []


def test_what_a_module_names_is_in_it() -> None:
    names = [".".join(Path("labkit", name).with_suffix("").parts).removesuffix(".__init__") for name in MODULES]
    loaded = [import_module(name) for name in names]
    assert [f"{module.__name__}.{name}" for module in loaded for name in module.__all__ if not hasattr(module, name)] == []


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "common", "misc"}
    assert [name for name, file in MODULES.items() if drawers & {file.stem, *Path(name).parts}] == []
