"""Write the images of the node's own pods as one archive: all of them are the same two layers, called by different names."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from labkit.errors import ImageError
from labkit.process import SYSTEM_PATH

__all__ = ["PODS_IMAGE", "Layers", "image_commands", "write_images", "write_layer"]

PODS_IMAGE = "localhost/labkit/node-pods:1"
"""The image of the pods that kind adds to a cluster: the pod network and the storage (clusters/node/files/kind/manifests)."""

_SERVERS = ("kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "etcd", "coredns")
_FIXED = {"pause": ("/pause", "-P")}
_APPLETS = (
    "awk",
    "cat",
    "chmod",
    "cp",
    "cut",
    "date",
    "grep",
    "head",
    "id",
    "ls",
    "mkdir",
    "mv",
    "nc",
    "nslookup",
    "ps",
    "rm",
    "sed",
    "sh",
    "sleep",
    "tail",
    "timeout",
    "tr",
)
_TABLES = [f"{name}{end}" for name in ("iptables", "ip6tables") for end in ("", "-save", "-restore")]
LINKS = {
    **{f"bin/{applet}": "busybox" for applet in _APPLETS},
    # Debian chooses these two ways to be iptables when the package is set up, which a layer never is.
    **{f"usr/sbin/{name}": "xtables-nft-multi" for name in _TABLES},
}
"""Symbolic links of the pods' layer, by path."""


@dataclass(frozen=True)
class Layers:
    """The layers of the images, as uncompressed tar archives: Debian's programs, our programs on them, and `pause` alone."""

    debian: Path
    programs: Path
    pause: Path


def write_layer(target: Path, programs: Mapping[str, Path], texts: Iterable[tuple[str, bytes]], links: Mapping[str, str]) -> None:
    """Write one layer: files by their path in it, all of them executable, and symbolic links. The same input gives the same bytes."""
    with tarfile.open(target, "w") as archive:
        for path, source in sorted(programs.items()):
            with source.open("rb") as content:
                archive.addfile(_entry(path, source.stat().st_size), content)
        for path, data in sorted(texts):
            archive.addfile(_entry(path, len(data)), io.BytesIO(data))
        for path, goal in sorted(links.items()):
            entry = _entry(path, 0)
            entry.type, entry.linkname = tarfile.SYMTYPE, goal
            archive.addfile(entry)


def image_commands(wanted: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the images that kubeadm wants (`kubeadm config images list`) and our own, each with the command that it starts.

    Raises ImageError for one that the recipe has nothing for.
    """
    commands: dict[str, tuple[str, ...]] = {PODS_IMAGE: ("sh",)}
    for reference in wanted:
        name = reference.rpartition(":")[0].rpartition("/")[2]
        if name not in (*_SERVERS, *_FIXED):
            found = f"it wants {reference}"
            raise ImageError(
                "make the images that kubeadm wants", found, "add it to labkit/node_image/pod_images.py and to clusters/node/node.toml"
            )
        commands[reference] = _FIXED.get(name, (name,))
    return commands


def write_images(target: Path, layers: Layers, commands: Mapping[str, tuple[str, ...]], architecture: str) -> None:
    """Write `target`, an archive as `docker save` makes it (OCI image specification, image-layout and config), with these images."""
    digests = {layer: _sha256(layer) for layer in (layers.debian, layers.programs, layers.pause)}
    with tarfile.open(target, "w") as archive:
        for layer, digest in digests.items():
            archive.add(layer, arcname=f"{digest}.tar")
        manifest = []
        for reference, command in commands.items():
            own = [layers.pause] if command[0] == "/pause" else [layers.debian, layers.programs]
            config = _config(command, [digests[layer] for layer in own], architecture)
            name = f"{hashlib.sha256(config).hexdigest()}.json"
            _add(archive, name, config)
            manifest.append({"Config": name, "RepoTags": [reference], "Layers": [f"{digests[layer]}.tar" for layer in own]})
        _add(archive, "manifest.json", json.dumps(manifest).encode())


def _config(command: tuple[str, ...], layers: list[str], architecture: str) -> bytes:
    # An entrypoint, since kubeadm gives CoreDNS only arguments; the other pods name their command themselves.
    config = {"Env": [f"PATH={SYSTEM_PATH}"], "Entrypoint": list(command)}
    rootfs = {"type": "layers", "diff_ids": [f"sha256:{layer}" for layer in layers]}
    return json.dumps({"architecture": architecture, "os": "linux", "config": config, "rootfs": rootfs}).encode()


def _entry(path: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = size, 0o755
    return entry


def _add(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    archive.addfile(_entry(name, len(data)), io.BytesIO(data))


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
