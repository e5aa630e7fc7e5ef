"""Read what the node image is made of: `clusters/node`, and a digest that says when two images are the same."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from labkit.errors import LessonError
from labkit.host.tools import architecture

__all__ = ["IMAGE", "LABEL", "NodeRecipe", "Program", "node_recipe"]

IMAGE = "localhost/labkit/node"
"""The name of the node image, without its tag."""

LABEL = "labkit.dev/recipe"
"""The label that holds the digest of the recipe that an image was made from."""

_ASSEMBLERS = ("pod_images.py", "root.py")
"""The modules here that put the parts together: another way of doing that makes another image."""


@dataclass(frozen=True)
class Program:
    """One Go program of the node.

    `module` is a folder of the recipe that pins every module in go.mod and go.sum, `package` is a path in it or an import path, `folder`
    is where the program goes on the node (empty: nowhere), `pods` are its names in the images of the node's pods, `settings` are string
    variables that the linker sets (as variable=value), `sources` is the digest of the module's own files.
    """

    name: str
    module: str
    package: str
    folder: str
    pods: tuple[str, ...]
    settings: tuple[str, ...]
    seconds: int
    sources: str

    @property
    def digest(self) -> str:
        """The sha256, in hex, of everything that decides what is in the program, but for Go itself."""
        return _digest(self.package, *self.settings, self.sources)


@dataclass(frozen=True)
class NodeRecipe:
    """The node image: its parts, and every file of its folder as (path, content)."""

    kubernetes: str
    upstream: str
    suite: str
    packages: tuple[str, ...]
    pod_packages: tuple[str, ...]
    seconds: int
    programs: tuple[Program, ...]
    architecture: str
    folder: Path
    files: tuple[tuple[str, bytes], ...]

    @cached_property
    def digest(self) -> str:
        """The sha256, in hex, of everything that decides what is in the image, pulled or built."""
        contents = (f"{path} {hashlib.sha256(content).hexdigest()}" for path, content in self.files)
        ways = [(Path(__file__).parent / module).read_text(encoding="utf-8") for module in _ASSEMBLERS]
        return _digest(*ways, self.architecture, *contents)

    @property
    def reference(self) -> str:
        """Its name in Podman's storage, which changes with its content: localhost/labkit/node:v1.37.2-0123456789ab."""
        return f"{IMAGE}:{self.kubernetes}-{self.digest[:12]}"

    def below(self, folder: str) -> tuple[tuple[str, bytes], ...]:
        """Return the files below `folder`, by their paths in it."""
        return tuple((path.removeprefix(f"{folder}/"), content) for path, content in self.files if path.startswith(f"{folder}/"))


def node_recipe(folder: Path, machine: str | None = None) -> NodeRecipe:
    """Read `folder` (`node.toml`, the Go modules, files/ and pods/) for a machine of this kind (None: this one).

    Modes of files are not read, since not every checkout keeps them: what begins with `#!` may be executed.
    Raises LessonError when a file is missing or wrong, HostError for a machine that no node image is for.
    """
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    files = tuple((path.relative_to(folder).as_posix(), path.read_bytes()) for path in paths)
    source = folder / "node.toml"
    try:
        table = tomllib.loads(source.read_text(encoding="utf-8"))
        debian = table["debian"]
        return NodeRecipe(
            kubernetes=table["kubernetes"],
            upstream=table["upstream"],
            suite=debian["suite"],
            packages=tuple(debian["packages"]),
            pod_packages=tuple(debian["pod_packages"]),
            seconds=debian["seconds"],
            programs=tuple(_program(program, files) for program in table["program"]),
            architecture=architecture(machine),
            folder=folder,
            files=files,
        )
    except KeyError as missing:
        raise LessonError(f"read {source}", f"there is no {missing}", "write it, as the comments there say") from None
    except (OSError, ValueError, TypeError) as error:
        raise LessonError(f"read {source}", str(error), "correct the file") from None


def _program(table: dict[str, object], files: Iterable[tuple[str, bytes]]) -> Program:
    module = str(table["module"])
    own = [f"{path} {hashlib.sha256(content).hexdigest()}" for path, content in files if path.startswith(f"{module}/")]
    if not any(line.startswith(f"{module}/go.sum ") for line in own):
        raise ValueError(f"{table['name']}: there is no {module}/go.sum, so that nothing pins what it is built from")
    settings, pods = table.get("set", {}), table.get("pods", [])
    if not isinstance(settings, dict) or not isinstance(pods, list):
        raise TypeError(f"{table['name']}: `set` is a table and `pods` is a list")
    return Program(
        name=str(table["name"]),
        module=module,
        package=str(table["package"]),
        folder=str(table.get("folder", "")),
        pods=tuple(map(str, pods)),
        settings=tuple(f"{variable}={value}" for variable, value in settings.items()),
        seconds=int(str(table["seconds"])),
        sources=_digest(*own),
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
