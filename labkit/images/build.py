"""Build images from Debian packages, as the account that runs Podman, and leave nothing behind when it is cut short."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labkit.errors import CommandError, DeadlineError, LabError
from labkit.images.failures import explained, in_short
from labkit.images.recipes import IMAGE_LABEL, RECIPE_LABEL, Base, Recipe
from labkit.images.storage import SOURCE_LABEL, is_right, stored
from labkit.process import SYSTEM_PATH, Runner

__all__ = ["Builder"]

_LONGEST = 1800.0
_PACKAGES = "Debian packages"


@dataclass(frozen=True)
class Builder:
    """Builds one image at a time; `folder` belongs to the account, and holds what is only needed meanwhile.

    `registry` is the host of a public registry that answered, or empty: bases are then made by mmdebstrap.
    """

    runner: Runner
    folder: Path
    registry: str

    def build(self, recipe: Recipe, say: Callable[[str], None]) -> None:
        """Build `recipe`, with its base first where that is missing. The name is given at the very end. Raises ImageError."""
        source = self._base(recipe.base, say)
        say(f"building (usually about {recipe.seconds} s)")
        labels = _labels(recipe, source)
        arguments = ["--build-arg", f"BASE={recipe.base.reference}", *(f"--label={name}={value}" for name, value in labels.items())]
        try:
            self._podman_build(recipe.reference, arguments, recipe.context(), say)
        except LabError as error:
            raise explained(recipe.short, error) from None

    def sweep(self) -> None:
        """Remove what a build that was cut short has left: unfinished files, and the containers it was building in."""
        for unfinished in self.folder.glob("*.part"):
            unfinished.unlink(missing_ok=True)
        if self._meanwhile.exists():
            # Some of it belongs to the account's subordinate ids, which only its own user namespace may remove.
            self.runner.run(["podman", "unshare", "rm", "-rf", str(self._meanwhile)], check=False)
        listed = self.runner.run(["podman", "ps", "--all", "--external", "--format", "json"], check=False)
        for container in json.loads(listed.stdout or "[]"):
            # A working container of `podman build` carries no label; only labkit builds on an image of this name.
            if container.get("State") == "storage" and container.get("Image", "").startswith(Base.NAMES):
                self.runner.run(["podman", "rm", "--force", container["Id"]], check=False)

    @property
    def _meanwhile(self) -> Path:
        return self.folder / "building"

    def _podman_build(self, reference: str, arguments: list[str], context: bytes, say: Callable[[str], None]) -> None:
        self.runner.run(["mkdir", "-p", str(self._meanwhile)])
        # apt needs the network, and a build has nothing to hide: the host's is there without slirp4netns or pasta.
        fixed = ["env", f"TMPDIR={self._meanwhile}", "podman", "build", "--layers=false", "--network=host"]
        argv = [*fixed, *arguments, "--tag", reference, "-"]
        self.runner.run(argv, stdin=context, timeout=_LONGEST, on_line=lambda line: _tell(line, "STEP ", "LABEL", say))

    def _base(self, base: Base, say: Callable[[str], None]) -> str:
        """Have `base` in the storage, and return where it came from. Raises ImageError."""
        found = stored(self.runner).get(base.reference)
        if found is not None and is_right(found, base):
            return found.source
        if self.registry and self._pulled(base, say):
            return base.upstream
        say(f"{base.name} from packages (usually about {base.seconds} s)")
        try:
            self._bootstrap(base, say)
        except LabError as error:
            raise explained(base.name, error) from None
        return _PACKAGES

    def _pulled(self, base: Base, say: Callable[[str], None]) -> bool:
        """Pull `base` and put labkit's labels on it, under labkit's name for it. Say why, and return False, when it does not come."""
        say(f"pulling {base.upstream}")
        labels = [f"--label={name}={value}" for name, value in _labels(base, base.upstream).items()]
        try:
            self._podman_build(base.reference, ["--pull", *labels], f"FROM {base.upstream}\n".encode(), say)
        except (CommandError, DeadlineError) as error:
            say(f"not pulled: {in_short(error)}")
            return False
        return True

    def _bootstrap(self, base: Base, say: Callable[[str], None]) -> None:
        archive = self._meanwhile / f"{base.name}.tar"
        labels = [f'LABEL {name}="{value}"' for name, value in _labels(base, _PACKAGES).items()]
        options = [f"--change={change}" for change in (f"ENV PATH={SYSTEM_PATH}", 'CMD ["/bin/sh"]', *labels)]
        self.runner.run(["mkdir", "-p", str(self._meanwhile)])
        try:
            self.runner.run(base.bootstrap(archive), timeout=_LONGEST, on_line=lambda line: _tell(line, "I: ", "hook", say))
            self.runner.run(["podman", "import", "--quiet", *options, str(archive), base.reference], timeout=_LONGEST)
        finally:
            archive.unlink(missing_ok=True)


def _labels(made: Recipe | Base, source: str) -> dict[str, str]:
    return {RECIPE_LABEL: made.digest, IMAGE_LABEL: made.name, SOURCE_LABEL: source}


def _tell(line: str, mark: str, dull: str, say: Callable[[str], None]) -> None:
    """Hand on the lines that say which step has begun, without those that only labkit cares for."""
    if line.startswith(mark) and dull not in line:
        say(f"  {line[:100]}")
