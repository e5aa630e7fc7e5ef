"""Decide where kind, kubectl and Go come from, and fetch what is missing; nothing is installed outside labkit's own folder."""

from __future__ import annotations

import hashlib
import platform
import shutil
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labkit.errors import CommandError, DeadlineError, HostError, LabError
from labkit.host.tool_sources import Archive, Wanted
from labkit.process import Runner

__all__ = ["GoInstall", "OnDisk", "Tools", "Way", "architecture", "download", "ways"]

_LONGEST = 900.0
_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_MORE_PLACES = ("/usr/local/go/bin", "/usr/lib/go/bin")
"""Where Go says that it should be put, which is on nobody's path by itself (go.dev/doc/install)."""


@dataclass(frozen=True)
class OnDisk:
    """A program that is there already and will do."""

    path: Path


@dataclass(frozen=True)
class GoInstall:
    """A program that Go builds from its module, which is compared with Go's checksum database (go.dev/ref/mod#checksum-database)."""

    package: str


Way = OnDisk | Archive | GoInstall
"""One way to have a program."""


def architecture(machine: str | None = None) -> str:
    """Return what Go and image registries call a machine of this kind (None: this one): amd64 or arm64.

    Raises HostError for any other: nobody makes clusters for it.
    """
    name = machine or platform.machine()
    if name.lower() not in _ARCHITECTURES:
        raise HostError("make a cluster on this machine", f"it is a {name}", "use a machine with an x86-64 or a 64-bit ARM processor")
    return _ARCHITECTURES[name.lower()]


def ways(wanted: Wanted, found: Sequence[tuple[Path, str]], architecture: str) -> tuple[Way, ...]:
    """Return the ways to have a program, the preferred one first.

    `found` are the programs of this name on this machine, in the order of the path, each with what it says about its version. One of them
    that will do is the only way; else files with a known sha256, and last what Go builds.
    """
    for path, said in found:
        if wanted.accepts(said):
            return (OnDisk(path),)
    built = (GoInstall(f"{wanted.package}@{wanted.version}"),) if wanted.package else ()
    return (*wanted.archives.get(architecture, ()), *built)


def download(url: str, target: Path) -> None:
    """Write what `url` gives to `target`. Raises OSError. Proxies are those of the environment."""
    with urllib.request.urlopen(url, timeout=30) as reply, target.open("wb") as file:
        shutil.copyfileobj(reply, file)


@dataclass(frozen=True)
class Tools:
    """The programs of one machine: those on `path` (folders), and those in `folder`, which labkit fetched.

    `go` gives the Go to build with, asked for only when nothing else has worked.
    """

    runner: Runner
    folder: Path
    path: Sequence[str]
    say: Callable[[str], None] = print
    fetch: Callable[[str, Path], None] = download
    machine: str | None = field(default=None)

    def have(self, wanted: Wanted, go: Callable[[], Path] | None = None) -> Path:
        """Return a program that will do; fetch it when there is none. Raises HostError with the one thing to do.

        Without `go` nothing is built.
        """
        refused: list[str] = []
        for way in ways(wanted, self._found(wanted, refused), architecture(self.machine)):
            try:
                if isinstance(way, OnDisk):
                    return way.path
                if isinstance(way, Archive):
                    return self._fetched(wanted, way)
                if go is not None:
                    return self._built(wanted, way, go())
            except (LabError, OSError, zipfile.BadZipFile, KeyError) as error:
                refused.append(_in_short(way, error))
        found = "\n".join(refused) or "no way to get it"
        raise HostError(
            f"have {wanted.name} {wanted.version}, which {wanted.about}", found, f"install {wanted.name} {wanted.version} on the path"
        )

    def _home(self, wanted: Wanted) -> Path:
        return self.folder / f"{wanted.name}-{wanted.version}"

    def _found(self, wanted: Wanted, refused: list[str]) -> list[tuple[Path, str]]:
        places = [Path(folder) / wanted.name for folder in (*self.path, *_MORE_PLACES) if folder]
        own = [self._home(wanted) / (archive.program or wanted.name) for archives in wanted.archives.values() for archive in archives]
        found = []
        for program in dict.fromkeys([*places, *own, self._home(wanted) / wanted.name]):
            if not program.is_file():
                continue
            try:
                said = self.runner.run([str(program), *wanted.ask]).stdout.strip()
            except LabError as error:
                said = error.found
            found.append((program, said))
            if wanted.accepts(said):
                break
            refused.append(f"{program} will not do: {(said.splitlines() or ['it says nothing'])[0]}")
        return found

    def _fetched(self, wanted: Wanted, archive: Archive) -> Path:
        """Fetch one file, compare its sha256, and put the program in its place, whole or not at all."""
        self.say(f"fetching {wanted.name} {wanted.version} from {archive.url.split('/')[2]}")
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder) as meanwhile:
            file, new = Path(meanwhile) / "file", Path(meanwhile) / "new"
            self.fetch(archive.url, file)
            with file.open("rb") as content:
                sha256 = hashlib.file_digest(content, "sha256").hexdigest()
            if sha256 != archive.sha256:
                raise OSError(f"its sha256 is {sha256}, not {archive.sha256}")
            new.mkdir()
            if archive.program:
                _unpack(file, new)
            else:
                file.replace(new / wanted.name)
                (new / wanted.name).chmod(0o755)
            (new / (archive.program or wanted.name)).stat()
            return self._put(wanted, new) / (archive.program or wanted.name)

    def _built(self, wanted: Wanted, way: GoInstall, go: Path) -> Path:
        self.say(f"building {wanted.name} {wanted.version} with Go (usually about half a minute)")
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.folder) as meanwhile:
            own = [f"{name}={meanwhile}/{folder}" for name, folder in (("GOBIN", "new"), ("GOMODCACHE", "modules"), ("GOCACHE", "build"))]
            settings = ["CGO_ENABLED=0", "GOTOOLCHAIN=local", "GOFLAGS=-modcacherw"]
            self.runner.run(["env", *own, *settings, str(go), "install", "-trimpath", way.package], timeout=_LONGEST, cwd=self.folder)
            return self._put(wanted, Path(meanwhile) / "new") / wanted.name

    def _put(self, wanted: Wanted, new: Path) -> Path:
        home = self._home(wanted)
        shutil.rmtree(home, ignore_errors=True)
        new.chmod(0o755)
        return new.replace(home)


def _unpack(file: Path, folder: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        for member in archive.infolist():
            unpacked = Path(archive.extract(member, folder))
            # extract() leaves out the mode, which zip keeps in the upper half (APPNOTE, external file attributes).
            if member.external_attr >> 16 & 0o111:
                unpacked.chmod(0o755)


def _in_short(way: Way, error: Exception) -> str:
    place = way.url.split("/")[2] if isinstance(way, Archive) else "go install"
    if isinstance(error, CommandError):
        said = (error.stderr or error.stdout).strip().splitlines() or [f"exit code {error.returncode}"]
        return f"{place}: {said[-1]}"
    if isinstance(error, DeadlineError):
        return f"{place}: it took too long"
    return f"{place}: {error.found if isinstance(error, LabError) else error}"
