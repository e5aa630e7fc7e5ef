"""Build the Go programs of the node, each once: kept by what it is built from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labkit.node_image.recipe import Program
from labkit.process import Runner

__all__ = ["Programs"]

_LONGEST = 3600.0
_PACKAGES_A_LINE = 400


@dataclass(frozen=True)
class Programs:
    """Built programs in `folder`, as NAME-DIGEST; `modules` is where the folders of Go modules are, `go` the Go to build with."""

    runner: Runner
    folder: Path
    modules: Path
    architecture: str
    go: Path

    def file(self, program: Program) -> Path:
        """Return where a program is, or would be."""
        return self.folder / f"{program.name}-{self.architecture}-{program.digest[:12]}"

    def missing(self, programs: tuple[Program, ...]) -> tuple[Program, ...]:
        """Return those of `programs` that are still to be built."""
        return tuple(program for program in programs if not self.file(program).exists())

    def build(self, program: Program, say: Callable[[str], None]) -> Path:
        """Build `program` and return its file. Every module is compared with go.sum (go.dev/ref/mod#go-sum-files).

        Raises CommandError with the compiler's words.
        """
        unfinished = self.folder / f"{program.name}.part"
        self.folder.mkdir(parents=True, exist_ok=True)
        flags = " ".join(["-s", "-w", *(f"-X {setting}" for setting in program.settings)])
        command = [str(self.go), "build", "-v", "-trimpath", "-buildvcs=false", f"-ldflags={flags}", "-o", str(unfinished), program.package]
        compiled = 0

        def count(line: str) -> None:
            nonlocal compiled
            # go build -v prints the import path of each package, and `go: downloading ...` before that.
            compiled += not line.startswith("go: ") and " " not in line
            if compiled and compiled % _PACKAGES_A_LINE == 0:
                say(f"  {compiled} packages compiled")

        self.runner.run(["env", *self._environment(), *command], timeout=_LONGEST, cwd=self.modules / program.module, on_line=count)
        unfinished.replace(self.file(program))
        return self.file(program)

    def tidy(self, programs: tuple[Program, ...]) -> None:
        """Remove what was only needed to build, some gigabytes, and the programs of earlier recipes."""
        self.runner.run(["rm", "-rf", str(self._go_folder)], timeout=600)
        kept = {self.file(program) for program in programs}
        for file in self.folder.glob("*-*-*"):
            if file not in kept:
                file.unlink(missing_ok=True)

    @property
    def _go_folder(self) -> Path:
        return self.folder / "go"

    def _environment(self) -> list[str]:
        """Return settings of go(1): static programs, folders of our own, and nothing of the user's that would change what is built."""
        folders = [f"GOMODCACHE={self._go_folder / 'modules'}", f"GOCACHE={self._go_folder / 'build'}"]
        return [
            *folders,
            f"GOARCH={self.architecture}",
            "CGO_ENABLED=0",
            "GOOS=linux",
            "GOTOOLCHAIN=local",
            "GOWORK=off",
            "GOFLAGS=-modcacherw",
        ]
