"""Which cluster a lesson may use: one that labkit made, or one that the user names."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labkit.errors import HostError
from labkit.process import LocalRunner, Result

__all__ = ["Context", "LessonRunner", "choose", "contexts", "lesson_kubeconfig"]


@dataclass(frozen=True)
class Context:
    """A context of a kubeconfig (one file, or several as $KUBECONFIG lists them). `ours`: labkit made the cluster behind it."""

    kubeconfig: str
    name: str
    ours: bool

    @property
    def fix(self) -> str:
        """Return the one thing to do when the cluster does not answer."""
        return "run `labkit up`" if self.ours else f"see to that cluster: `kubectl --context {self.name} get nodes` has to answer"


def choose(ours: Context | None, named: str, kubeconfig: str) -> Context:
    """Return the context to use: the one that is `named`, of the user's own `kubeconfig`, else `ours`, the one that labkit makes.

    Raises HostError when it is not there. The user's current context is never taken for being current: a lesson deletes what it finds.
    """
    if named:
        there = contexts(kubeconfig)
        if named in there:
            return Context(kubeconfig, named, ours=False)
        raise HostError(
            f"use the context {named}", f"{kubeconfig} has: {', '.join(sorted(there)) or 'none'}", "name one of those, or run `labkit up`"
        )
    if ours is None or ours.name not in contexts(ours.kubeconfig):
        current = _current(kubeconfig)
        found = "labkit has made no cluster here"
        if current:
            found += f"; your kubeconfig is set to {current}, which labkit did not make and leaves alone"
        raise HostError(
            "find a cluster for the lesson", found, "run `labkit up`" + (f", or name it: LABKIT_CONTEXT={current}" if current else "")
        )
    return ours


def contexts(kubeconfig: str) -> dict[str, Mapping[str, Any]]:
    """Return the contexts of a kubeconfig by name; of two files the first counts (kubectl: merging kubeconfig files)."""
    found: dict[str, Mapping[str, Any]] = {}
    for config in _read(kubeconfig):
        for each in config.get("contexts") or ():
            found.setdefault(str(each.get("name")), each.get("context") or {})
    return found


def _current(kubeconfig: str) -> str:
    return next((str(config["current-context"]) for config in _read(kubeconfig) if config.get("current-context")), "")


def _read(kubeconfig: str) -> list[Mapping[str, Any]]:
    import yaml

    found: list[Mapping[str, Any]] = []
    for file in (Path(part) for part in kubeconfig.split(os.pathsep) if part):
        try:
            config = yaml.safe_load(file.read_text())
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as wrong:
            raise HostError(
                f"read the kubeconfig {file}", str(wrong), "repair that file, or run `labkit up` for one of labkit's own"
            ) from None
        if isinstance(config, dict):
            found.append(config)
    return found


def lesson_kubeconfig(context: Context, namespace: str, folder: Path) -> str:
    """Write a small kubeconfig that is set to the lesson's namespace, and return a KUBECONFIG that puts it before the real one.

    No credentials are copied, and the real file stays as it is: of two files the first counts.
    """
    there = contexts(context.kubeconfig).get(context.name)
    if there is None:
        raise HostError(f"use the context {context.name}", f"{context.kubeconfig} has no such context", context.fix)
    import yaml

    mine = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": namespace,
        "contexts": [{"name": namespace, "context": {**there, "namespace": namespace}}],
    }
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / f"{namespace}.kubeconfig"
    wanted = yaml.safe_dump(mine, sort_keys=False)
    if not file.is_file() or file.read_text() != wanted:
        # A name of its own: several threads, and several notebooks, may come here at once.
        with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".part", delete=False) as fresh:
            fresh.write(wanted)
        Path(fresh.name).replace(file)
    return os.pathsep.join([str(file), context.kubeconfig])


@dataclass(frozen=True)
class LessonRunner:
    """Start programs with kubectl set to a lesson's namespace, through the small kubeconfig that lies in `folder`.

    `path` is the PATH that they get (empty: our own).
    """

    context: Context
    namespace: str
    folder: Path
    path: str = ""

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
        """Run `argv` as `labkit.process.Runner.run` says."""
        # Written each time: kubectl leaves out a file that is gone, and would quietly work in the namespace `default`.
        kubeconfig = lesson_kubeconfig(self.context, self.namespace, self.folder)
        environment = {"KUBECONFIG": kubeconfig, **({"PATH": self.path} if self.path else {})}
        return LocalRunner(environment=environment).run(argv, stdin=stdin, timeout=timeout, check=check, cwd=cwd, on_line=on_line)
