"""Put the root file system of the node together: Debian, our files, the programs, and the images of its pods."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from labkit.node_image.pod_images import LINKS, Layers, image_commands, write_images, write_layer
from labkit.node_image.programs import Programs
from labkit.node_image.recipe import LABEL, NodeRecipe
from labkit.process import SYSTEM_PATH, Runner

__all__ = ["RootBuilder"]

_LONGEST = 1800.0
_BOOTSTRAP = (
    "mmdebstrap",
    "--mode=root",
    "--aptopt=APT::Install-Recommends false",
    '--aptopt=Acquire::Languages "none"',
    # No fsync, since a half-made tree is thrown away; and nothing to read, since nobody reads it in a node.
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
)
_MERGED_USR = "--hook-dir=/usr/share/mmdebstrap/hooks/maybe-merged-usr"
_INSIDE = 'mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; exec chroot "$0" /bin/sh /prepare.sh /images.tar'
_CHANGES = (
    f"ENV PATH={SYSTEM_PATH}",
    # systemd looks for it, to know that it runs in a container, and ends on this signal (systemd(1)).
    "ENV container=podman",
    "STOPSIGNAL SIGRTMIN+3",
    'ENTRYPOINT ["/usr/local/bin/entrypoint", "/sbin/init"]',
)


@dataclass(frozen=True)
class RootBuilder:
    """Builds in `folder`, which is empty before and gone after; we must be root. `pause` is the program that holds a pod's namespaces."""

    runner: Runner
    recipe: NodeRecipe
    programs: Programs
    folder: Path
    pause: Path

    def build(self, say: Callable[[str], None]) -> None:
        """Have the image in Podman's storage; its programs are built already. Raises CommandError."""
        with self._empty_folder():
            say(f"installing Debian packages (usually about {self.recipe.seconds} s)")
            self._bootstrap("minbase", self.recipe.packages, self._root, _MERGED_USR)
            self._bootstrap("extract", self.recipe.pod_packages, self._layers.debian)
            say("putting the images of the node's pods together (usually about 2 s)")
            self._write_pod_images()
            self._fill_root()
            say("unpacking them in the node (usually about 5 s)")
            apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child"]
            self.runner.run([*apart, "sh", "-ec", _INSIDE, str(self._root)], timeout=_LONGEST)
            (self._root / "prepare.sh").unlink()
            say("importing the node into Podman (usually about 15 s)")
            self._import()

    def sweep(self) -> None:
        """Remove what a build that was cut short has left; its mounts and processes ended with it."""
        if self.folder.exists():
            self.runner.run(["rm", "-rf", "--one-file-system", str(self.folder)], timeout=600)

    @property
    def _root(self) -> Path:
        return self.folder / "root"

    @property
    def _layers(self) -> Layers:
        return Layers(self.folder / "debian.tar", self.folder / "programs.tar", self.folder / "pause.tar")

    @contextlib.contextmanager
    def _empty_folder(self) -> Iterator[None]:
        self.sweep()
        self.folder.mkdir(parents=True)
        try:
            yield
        finally:
            self.sweep()

    def _bootstrap(self, variant: str, packages: tuple[str, ...], target: Path, *options: str) -> None:
        command = [*_BOOTSTRAP, f"--variant={variant}", f"--include={','.join(packages)}", *options, self.recipe.suite, str(target)]
        self.runner.run(command, timeout=_LONGEST)

    def _write_pod_images(self) -> None:
        recipe, layers = self.recipe, self._layers
        ours = {program: self.programs.file(program) for program in recipe.programs if program.pods}
        links = {f"usr/local/bin/{name}": program.name for program in ours for name in program.pods if name != program.name}
        write_layer(
            layers.programs,
            {f"usr/local/bin/{program.name}": file for program, file in ours.items()},
            recipe.below("pods"),
            {**links, **LINKS},
        )
        write_layer(layers.pause, {"pause": self.pause}, (), {})
        # The one program knows which name it is called by, and which images its version of Kubernetes wants.
        kubeadm = self.folder / "kubeadm"
        kubeadm.symlink_to(next(file for program, file in ours.items() if "kube-apiserver" in program.pods))
        wanted = self.runner.run([str(kubeadm), "config", "images", "list", "--kubernetes-version", recipe.kubernetes])
        write_images(self._root / "images.tar", layers, image_commands(wanted.stdout.split()), recipe.architecture)

    def _fill_root(self) -> None:
        contents = [*self.recipe.below("files"), ("prepare.sh", dict(self.recipe.files)["prepare.sh"])]
        contents.append(("kind/version", f"{self.recipe.kubernetes}\n".encode()))
        for path, content in contents:
            file = self._root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            file.chmod(0o755 if content.startswith(b"#!") else 0o644)
        for program in self.recipe.programs:
            if program.folder:
                folder = self._root / program.folder
                folder.mkdir(parents=True, exist_ok=True)
                self.runner.run(["install", "-m", "755", str(self.programs.file(program)), str(folder / program.name)])

    def _import(self) -> None:
        archive = self.folder / "root.tar"
        self.runner.run(["tar", "-C", str(self._root), "--numeric-owner", "-cf", str(archive), "."], timeout=_LONGEST)
        changes = [*_CHANGES, f'LABEL {LABEL}="{self.recipe.digest}"']
        options = [f"--change={change}" for change in changes]
        self.runner.run(["podman", "import", "--quiet", *options, str(archive), self.recipe.reference], timeout=_LONGEST)
