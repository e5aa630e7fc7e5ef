"""Put lesson images into the nodes: one archive for all that a lesson needs, only what is missing, and then a look."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from labkit.clusters.containers import Containers
from labkit.clusters.kind import Kind
from labkit.clusters.shown import Shown
from labkit.errors import CommandError, ImageError
from labkit.wait import until

__all__ = ["Loader", "held_images", "lacking"]

_LONGEST = 600.0


def held_images(listed: str) -> Mapping[str, str]:
    """Return which image each name stands for in a node, as sha256:ID, from `ctr images list`.

    containerd knows an image by its manifest. Kubernetes' side of it (CRI) adds a name `sha256:ID` for the digest of its configuration,
    which is what Podman calls the image's id.
    """
    # ctr has no JSON; name, type and digest are the first three words of each line but the first.
    manifests = {words[0]: words[2] for words in (line.split() for line in listed.splitlines()[1:]) if len(words) > 2}
    ids = {manifest: name for name, manifest in manifests.items() if name.startswith("sha256:")}
    return {name: ids.get(manifest, "") for name, manifest in manifests.items()}


def lacking(wanted: Mapping[str, str], held: Mapping[str, Mapping[str, str]]) -> dict[str, tuple[str, ...]]:
    """Return the names that each node lacks, or has for another image; `wanted` and `held` (by node) are ids by name."""
    found = {node: tuple(name for name, id in wanted.items() if there.get(name) != id) for node, there in held.items()}
    return {node: names for node, names in found.items() if names}


@dataclass(frozen=True)
class Loader:
    """Takes images from the lessons' Podman (`lessons` runs it) to `nodes`, through archives in `folder`, which is its account's."""

    lessons: Shown
    folder: Path
    kind: Kind
    containers: Containers
    nodes: tuple[str, ...]

    def missing(self, references: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return the images that each node lacks; a node with all of them is not named. Raises ImageError for one that is not here."""
        return lacking(self._ids(references), self._held())

    def holds(self, name: str) -> bool:
        """Say whether every node has an image of this name, whichever."""
        return all(name in held for held in self._held().values())

    def load(self, references: Iterable[str]) -> tuple[str, ...]:
        """Put what is missing into the nodes, look that it is there, and return its names. Raises ImageError."""
        wanted = self._ids(references)
        gaps = lacking(wanted, self._held())
        if not gaps:
            return ()
        names = tuple(name for name in wanted if any(name in lacks for lacks in gaps.values()))
        self.kind.load(self._archive({name: wanted[name] for name in names}), tuple(gaps))
        # CRI hears of an image a moment after containerd has it.
        until(
            lambda: lacking({name: wanted[name] for name in names}, self._held()),
            lambda left: not left,
            what="the loaded images in every node",
            timeout=15.0,
            fix="run `labkit up --recreate`",
            describe=lambda left: "; ".join(f"{node} lacks {', '.join(lacks)}" for node, lacks in left.items()),
        )
        return names

    def _ids(self, references: Iterable[str]) -> dict[str, str]:
        names = list(dict.fromkeys(references))
        try:
            shown = self.lessons.runner.run(["podman", "image", "inspect", *names]).stdout if names else "[]"
        except CommandError as refused:
            raise ImageError(f"load {', '.join(names)} into the cluster", refused.stderr, "run `labkit images`") from None
        return {name: f"sha256:{image['Id']}" for name, image in zip(names, json.loads(shown), strict=True)}

    def _held(self) -> dict[str, Mapping[str, str]]:
        command = ("ctr", "--namespace", "k8s.io", "images", "list")
        return {node: held_images(self.containers.inside(node, *command)) for node in self.nodes}

    def _archive(self, images: Mapping[str, str]) -> Path:
        """Return one archive that holds these images, named by their ids; an archive of their earlier contents is removed."""
        names = _short_digest("\n".join(sorted(images)))
        archive = self.folder / f"{names}-{_short_digest(json.dumps(sorted(images.items())))}.tar"
        if not archive.exists():
            # As the account itself: what root makes is not the account's to write to.
            self.lessons.runner.run(["mkdir", "-p", str(self.folder)])
            unfinished = archive.with_suffix(".part")
            kind_of = ["--quiet", "--format", "docker-archive", "--multi-image-archive"]
            try:
                unfinished.unlink(missing_ok=True)
                self.lessons.run(["podman", "save", *kind_of, "--output", str(unfinished), *images], "3 s", timeout=_LONGEST)
                unfinished.replace(archive)
            finally:
                unfinished.unlink(missing_ok=True)
        for other in self.folder.glob(f"{names}-*.tar"):
            if other != archive:
                other.unlink(missing_ok=True)
        return archive


def _short_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
