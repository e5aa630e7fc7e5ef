"""Have the node image in Podman's storage: pulled by its digest where a registry answers, else built from packages, and never twice."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from labkit.errors import CommandError, DeadlineError, HostError, ImageError, LabError
from labkit.host.tool_sources import GO
from labkit.host.tools import Tools
from labkit.images.failures import explained, in_short
from labkit.node_image.programs import Programs
from labkit.node_image.recipe import IMAGE, LABEL, NodeRecipe, Program, node_recipe
from labkit.node_image.root import RootBuilder
from labkit.process import SYSTEM_PATH, Runner
from labkit.quantities import humanize_bytes

__all__ = ["NodeImage"]

_OUR_TAG = re.compile(rf"{re.escape(IMAGE)}:v[0-9.]+-[0-9a-f]{{12}}")
_LONGEST_OTHER = 3600.0
_LONGEST_PULL = 1800.0
_FOLDER = Path(__file__).resolve().parents[2] / "clusters" / "node"
_ROOM = 10 * 2**30
"""Bytes that a build needs meanwhile: the modules of Kubernetes and what is compiled of them."""


@dataclass(frozen=True)
class NodeImage:
    """The node image of one machine.

    `runner` runs the Podman that kind uses; `cache_dir` keeps the built programs, and belongs to whoever we are; `say` gets one line of
    progress at a time; `registry` is the host of a public registry that answered (empty: none did); `go` gives the Go to build with, asked
    only when something is to be built (None: `labkit.host.tools` finds or fetches it); `pause` gives the program that holds a pod's
    namespaces (catatonit(1), option -P); `free_disk` counts bytes.
    """

    runner: Runner
    cache_dir: Path
    say: Callable[[str], None] = print
    recipe: NodeRecipe = field(default_factory=lambda: node_recipe(_FOLDER))
    registry: str = ""
    go: Callable[[], Path] | None = None
    pause: Callable[[], str] = field(default=lambda: shutil.which("catatonit") or "/usr/libexec/podman/catatonit")
    is_root: bool = field(default_factory=lambda: os.geteuid() == 0)
    free_disk: Callable[[Path], int] = field(default=lambda folder: shutil.disk_usage(folder).free)

    @property
    def reference(self) -> str:
        """Its name in Podman's storage, as `kind create cluster --image` takes it."""
        return self.recipe.reference

    def missing(self) -> bool:
        """Say whether `ensure` would have to pull or build. One command of Podman's."""
        found = self.runner.run(["podman", "image", "inspect", self.reference], check=False)
        if found.returncode != 0:
            return True
        image = json.loads(found.stdout)[0]
        made_here = (image.get("Labels") or {}).get(LABEL) == self.recipe.digest
        return not made_here and not any(self._upstream_digest in name for name in image.get("RepoDigests") or ())

    def ensure(self) -> None:
        """Have the image. Two at once: the second waits for the first, and finds its work done.

        What was built before a build was cut short is kept. Raises ImageError or HostError with the one thing to do.
        """
        if not self.missing():
            return
        with self._alone():
            if not self.missing():
                return
            started = time.monotonic()
            if not (self.registry and self._pulled()):
                self._build()
            if self.missing():
                found = f"{self.reference} is not what was just made"
                raise ImageError("make the node image", found, "see that nothing else changes Podman's images, then try again")
            self._remove_earlier()
            self.say(f"the node image is ready after {time.monotonic() - started:.0f} s, {humanize_bytes(self._size())}")

    def _pulled(self) -> bool:
        """Pull the image that kind itself would take, under our name for it. Say why, and return False, when it does not come."""
        upstream = self.recipe.upstream
        # Podman takes a tag or a digest, not both (podman-pull(1)).
        name = f"{upstream.partition('@')[0].rpartition(':')[0]}@{self._upstream_digest}"
        self.say(f"pulling {upstream.partition('@')[0]} (usually about a minute)")
        try:
            self.runner.run(["podman", "pull", "--quiet", name], timeout=_LONGEST_PULL)
        except (CommandError, DeadlineError) as error:
            self.say(f"not pulled: {in_short(error)}")
            return False
        self.runner.run(["podman", "tag", name, self.reference])
        return True

    def _build(self) -> None:
        if not self.is_root:
            found = "no registry answers, and only root can build it from packages"
            raise HostError("have the node image", found, "connect to a network with docker.io, or run: sudo labkit images node")
        programs = Programs(self.runner, self.cache_dir / "programs", self.recipe.folder, self.recipe.architecture, Path("go"))
        wanted = programs.missing(self.recipe.programs)
        if wanted:
            self._need_room()
            programs = replace(programs, go=(self.go or self._found_go)())
        root = RootBuilder(self.runner, self.recipe, programs, self.cache_dir / "building", Path(self.pause()))
        try:
            self._build_programs(programs, wanted)
            root.build(lambda line: self.say(f"node: {line}"))
        except LabError as error:
            raise explained("of the node", error) from None
        programs.tidy(self.recipe.programs)

    def _build_programs(self, programs: Programs, wanted: tuple[Program, ...]) -> None:
        minutes = max(1, round(sum(program.seconds for program in wanted) / 60))
        if wanted:
            self.say(f"building {len(wanted)} programs from Go modules, once (usually about {minutes} min on two cores)")
        for number, program in enumerate(wanted, 1):
            heading = f"[{number}/{len(wanted)}] {program.name}: "
            self.say(f"{heading}building (usually about {program.seconds} s)")
            programs.build(program, lambda line, heading=heading: self.say(heading + line))  # type: ignore[misc]

    def _need_room(self) -> None:
        free = self.free_disk(self.cache_dir)
        if free < _ROOM:
            found = f"{humanize_bytes(free)} of disk are free at {self.cache_dir}, a build needs {humanize_bytes(_ROOM)} meanwhile"
            raise HostError(
                "build the node image", found, "free some disk space, or name another place: LABKIT_CACHE_HOME=FOLDER labkit images node"
            )

    def _found_go(self) -> Path:
        path = os.environ.get("PATH", SYSTEM_PATH).split(os.pathsep)
        return Tools(self.runner, self.cache_dir / "tools", path, self.say).have(GO)

    @property
    def _upstream_digest(self) -> str:
        return self.recipe.upstream.partition("@")[2]

    def _size(self) -> int:
        found = self.runner.run(["podman", "image", "inspect", self.reference])
        return int(json.loads(found.stdout)[0].get("Size", 0))

    def _remove_earlier(self) -> None:
        listed = self.runner.run(["podman", "images", "--format", "json", "--filter", f"reference={IMAGE}"])
        for image in json.loads(listed.stdout or "[]"):
            for name in image.get("Names") or ():
                if name != self.reference and _OUR_TAG.fullmatch(name):
                    # Podman refuses while a cluster still runs on it, and that is as it should be.
                    self.runner.run(["podman", "image", "rm", name], check=False)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the lock of the cache folder, and begin without the left-overs of a build that was cut short."""
        from filelock import FileLock, Timeout

        self.cache_dir.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.cache_dir / "node.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            self.say("somebody else is making the node image: waiting for them")
            try:
                lock.acquire(timeout=_LONGEST_OTHER)
            except Timeout:
                fix = "end the other command that makes it, then try again"
                raise ImageError("make the node image", f"somebody has held {lock.lock_file} for an hour", fix) from None
        try:
            yield
        finally:
            lock.release()
