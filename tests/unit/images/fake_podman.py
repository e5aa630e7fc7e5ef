"""A Podman in memory, and recipes for it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labkit.errors import CommandError, HostError
from labkit.images import Images
from labkit.process import Result

FULL = "write /etc/hosts: no space left on device"
OFFLINE = "W: Temporary failure resolving 'deb.debian.org'"


@dataclass
class FakePodman:
    """A Runner with a storage of its own: enough of podman and mmdebstrap to have images, and to say no.

    `images` maps names to labels; `mirror` is what a registry would give; `refused` maps the beginning of a command to what it says
    instead.
    """

    images: dict[str, dict[str, str]] = field(default_factory=dict)
    mirror: dict[str, dict[str, str]] = field(default_factory=dict)
    refused: dict[str, str | HostError] = field(default_factory=dict)
    containers: list[dict[str, object]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def started(self, program: str) -> list[str]:
        return [call for call in self.calls if call.startswith(program)]

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: str | bytes | None = None,
        timeout: float = 60.0,
        check: bool = True,
        cwd: Path | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Result:
        words = list(argv[2:] if argv[0] == "env" else argv)
        self.calls.append(" ".join(words))
        for beginning, said in self.refused.items():
            if self.calls[-1].startswith(beginning):
                if isinstance(said, HostError):
                    raise said
                if check:
                    raise CommandError(words, 125, "", said)
        answer = getattr(self, "_" + "_".join(words[: 1 if words[0] != "podman" else 2]), lambda *_: "")(words)
        if on_line:
            on_line("STEP 1/1: RUN true")
        return Result(tuple(argv), 0, answer, "")

    def _mkdir(self, words: list[str]) -> str:
        Path(words[-1]).mkdir(parents=True, exist_ok=True)
        return ""

    def _mmdebstrap(self, words: list[str]) -> str:
        Path(words[-1]).write_text("a root file system")
        return ""

    def _podman_images(self, words: list[str]) -> str:
        return json.dumps([{"Id": name, "Names": [name], "Size": 1000, "Labels": labels} for name, labels in self.images.items()])

    def _podman_ps(self, words: list[str]) -> str:
        return json.dumps(self.containers)

    def _podman_unshare(self, words: list[str]) -> str:
        shutil.rmtree(words[-1])
        return ""

    def _podman_rm(self, words: list[str]) -> str:
        self.containers = [container for container in self.containers if container["Id"] != words[-1]]
        return ""

    def _podman_import(self, words: list[str]) -> str:
        self.images[words[-1]] = dict(re.findall(r'LABEL (\S+)="([^"]*)"', " ".join(words)))
        return ""

    def _podman_build(self, words: list[str]) -> str:
        labels = [word.removeprefix("--label=").split("=", 1) for word in words if word.startswith("--label=")]
        self.images[words[words.index("--tag") + 1]] = dict(labels)
        return ""

    def _podman_save(self, words: list[str]) -> str:
        Path(words[words.index("--output") + 1]).write_text(json.dumps({words[-1]: self.images[words[-1]]}))
        return ""

    def _podman_load(self, words: list[str]) -> str:
        try:
            self.images.update(json.loads(Path(words[-1]).read_text()))
        except ValueError:
            raise CommandError(words, 125, "", "payload does not match any of the supported image formats") from None
        return ""

    def _podman_pull(self, words: list[str]) -> str:
        if words[-1] not in self.mirror:
            raise CommandError(words, 125, "", "Error: connection refused")
        self.images[words[-1]] = self.mirror[words[-1]]
        return ""

    def _podman_tag(self, words: list[str]) -> str:
        self.images[words[-1]] = self.images[words[-2]]
        return ""

    def _podman_image(self, words: list[str]) -> str:
        self.images.pop(words[-1], None)
        return ""

    def _podman_untag(self, words: list[str]) -> str:
        del self.images[words[-1]]
        return ""


@dataclass
class Desk:
    """Two recipes, an empty storage, and what was said."""

    podman: FakePodman
    images: Images
    folder: Path
    said: list[str]

    @property
    def files(self) -> set[str]:
        return {path.name for path in self.images.cache_dir.iterdir()} - {"images.lock"}


BASES = '[debian-12]\nsuite = "bookworm"\nupstream = "docker.io/library/debian:12-slim"\nseconds = 15\n'


def write_recipe(folder: Path, name: str, *, tag: str = "1", repository: str = "", base: str = "debian-12", command: str = "true") -> Path:
    own = folder / name
    own.mkdir(parents=True, exist_ok=True)
    (folder / "bases.toml").write_text(BASES)
    (own / "Containerfile").write_text(f"ARG BASE\nFROM ${{BASE}}\nRUN {command}\n")
    fields = {"about": f"{name} for a test", "repository": repository or name, "tag": tag, "base": base}
    (own / "image.toml").write_text("".join(f'{key} = "{value}"\n' for key, value in fields.items()) + "seconds = 1\n")
    return own
