"""A machine in memory, and a small recipe for it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labkit.errors import CommandError
from labkit.node_image import NodeImage
from labkit.node_image.recipe import LABEL
from labkit.process import Result

DIGEST = "sha256:" + "a" * 64
UPSTREAM = f"docker.io/kindest/node@{DIGEST}"
IMAGES = "registry.k8s.io/kube-apiserver:v1.37.2\nregistry.k8s.io/coredns/coredns:v1.14.6\nregistry.k8s.io/pause:3.10.2\n"
FULL = "write /usr/bin/kube: no space left on device"

NODE_TOML = f"""
kubernetes = "v1.37.2"
upstream = "docker.io/kindest/node:v1.37.0@{DIGEST}"
[debian]
suite = "bookworm"
seconds = 1
packages = ["systemd"]
pod_packages = ["busybox"]
[[program]]
name = "kube"
module = "kubernetes"
package = "./kube"
pods = ["kube-apiserver", "kubectl"]
seconds = 3
set = {{ "example.org/version" = "v1.37.2" }}
[[program]]
name = "ctr"
module = "kubernetes"
package = "example.org/ctr"
folder = "usr/local/bin"
seconds = 1
"""


def write_recipe(folder: Path) -> Path:
    files = {
        "node.toml": NODE_TOML,
        "prepare.sh": "#!/bin/sh\n",
        "kubernetes/go.mod": "module example.org\n",
        "kubernetes/go.sum": "example.org/ctr v1.0.0 h1:=\n",
        "files/etc/containerd/config.toml": "version = 3\n",
        "files/usr/local/bin/entrypoint": "#!/bin/sh\n",
        "pods/usr/local/bin/pod-network": "#!/bin/sh\n",
    }
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return folder


@dataclass
class FakeMachine:
    """A Runner: enough of podman, mmdebstrap and go to have a node image, and to say no.

    `images` maps names to labels; `registry` are the names that can be pulled; `refused` maps a word of a command to what it says instead.
    """

    images: dict[str, dict[str, str]] = field(default_factory=dict)
    registry: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)

    def started(self, words: str) -> list[str]:
        return [call for call in self.calls if words in call]

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
        call = " ".join(argv)
        self.calls.append(call)
        for word, said in self.refused.items():
            if word in call:
                raise CommandError(argv, 1, "", said)
        if argv[0] == "podman":
            return self._podman(list(argv), check)
        if argv[0] == "mmdebstrap":
            target = Path(argv[-1])
            if "--variant=extract" in argv:
                target.write_bytes(b"a layer of Debian")
            else:
                target.mkdir()
        if " build " in call and argv[0] == "env":
            Path(argv[argv.index("-o") + 1]).write_text(argv[-1])
            if on_line:
                on_line("k8s.io/api")
        if argv[0] == "rm":
            shutil.rmtree(argv[-1], ignore_errors=True)
        return Result(tuple(argv), 0, IMAGES if "images list" in call else "", "")

    def _podman(self, words: list[str], check: bool) -> Result:
        command, name, said = " ".join(words[1:3]), words[-1], ""
        if command == "image inspect":
            if name not in self.images:
                return Result(tuple(words), 125, "", "Error: no such image")
            labels = dict(self.images[name])
            said = json.dumps([{"Labels": labels, "RepoDigests": labels.pop("digests", "").split(), "Size": 2**20}])
        elif words[1] == "import":
            label = next(word for word in words if LABEL in word)
            self.images[name] = {LABEL: label.split('"')[1]}
        elif words[1] == "pull":
            if name not in self.registry:
                raise CommandError(words, 125, "", "Error: connection refused")
            self.images[name] = {"digests": name}
        elif words[1] == "tag":
            self.images[name] = self.images[words[-2]]
        elif words[1] == "images":
            said = json.dumps([{"Names": [image]} for image in self.images])
        elif command == "image rm":
            del self.images[name]
        return Result(tuple(words), 0, said, "")


@dataclass
class Desk:
    """A recipe, an empty machine, and what was said."""

    machine: FakeMachine
    image: NodeImage
    folder: Path
    said: list[str]
