"""What a notebook holds: one lesson, one engine, kubectl's verbs."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from labkit import here, manifests
from labkit.engines import Engine
from labkit.errors import LabError
from labkit.grading import Check, Verdict, load_checks
from labkit.lessons import Lesson, find_lesson
from labkit.model import Snapshot
from labkit.notebook.output import Output, Printed, Table, pods_table

if TYPE_CHECKING:
    from labkit.draw import Picture
    from labkit.engines.kubernetes import Kubernetes
    from labkit.engines.podman import Podman
    from labkit.here_cluster import NodeShell
    from labkit.host.runs import Run

__all__ = ["Lab"]


class Lab:
    """A lesson on a real engine.

    `lesson` is a lesson's name or number; `engine` is podman or kubernetes, for a lesson that runs on both; `context` names a kubeconfig
    context of your own in place of labkit's cluster. Making a Lab again, after a restart of the kernel, goes on with what is there.
    Everything that it makes carries labels, and only that is ever deleted. Without `claim` it only looks, beside whoever works on it.
    """

    def __init__(self, lesson: str, *, engine: str = "", context: str = "", folder: Path | None = None, claim: bool = True) -> None:
        self.lesson: Lesson = find_lesson(lesson)
        place = folder or Path.cwd()
        self.folder = place if folder or (place / self.lesson.notebook.name).exists() else self.lesson.folder
        self._report = Printed()
        self._checks: dict[str, Check] = load_checks(self.lesson.folder)
        self._hinted: dict[str, int] = {}
        on_cluster = self._chosen(engine) == "kubernetes"
        self.engine: Engine = self._kubernetes(context, claim) if on_cluster else self._podman(claim)

    def _chosen(self, engine: str) -> str:
        offered = ("podman", "kubernetes") if self.lesson.engine == "both" else (self.lesson.engine,)
        if engine and engine not in offered:
            raise LabError(
                f"run lesson {self.lesson.name} on {engine}", f"it runs on {' or '.join(offered)}", f"take engine={offered[0]!r}"
            )
        return engine or offered[0]

    def _run(self, claim: bool) -> Run:
        return here.claim(self.lesson) if claim else here.look_only(self.lesson)

    def _podman(self, claim: bool) -> Podman:
        here.lesson_images(self._report.done).ensure(self.lesson.images)
        engine = here.podman(self.lesson, self._run(claim), self._report)
        if claim:
            engine.adopt()
        return engine

    def _kubernetes(self, context: str, claim: bool) -> Kubernetes:
        from labkit.here_cluster import ready_cluster
        from labkit.here_kubernetes import kubernetes, named_context

        if claim and not named_context(context):
            here.lesson_images(self._report.done).ensure(self.lesson.images)
            ready_cluster(self.lesson, self._report)
        return kubernetes(self.lesson, self._run(claim), self._report, context=context)

    def __repr__(self) -> str:
        return f"<Lab {self.lesson.name} on {self.engine.name}>"

    # -- doing ---------------------------------------------------------------------------------------------------------------------------

    def apply(self, what: str | Path, *, wait: float = 10.0) -> None:
        """Make what a manifest says: a file of the lesson, or YAML text.

        A second time changes nothing. Waits up to `wait` seconds for each pod to be ready, and then says how it stands.
        Raises ManifestError with file, line and field; ConflictError when a name is taken; ImageError. A failure leaves nothing behind.
        """
        text = str(what)
        documents = manifests.parse(text, "yours.yaml") if "\n" in text or "{" in text else manifests.read(self._file(text))
        for document in documents:
            manifests.validate(document)
        self.engine.apply(documents, wait=wait)

    def _file(self, name: str) -> Path:
        """Return a file beside the notebook, by the name that the learner gave it, else of the lesson as it was published."""
        if self.folder == Path.cwd() and Path(name).exists():
            return Path(name)
        for folder in (self.folder, self.lesson.folder):
            if (folder / name).exists():
                return folder / name
        return self.folder / name

    def delete(self, name: str, *, grace: int = 0) -> None:
        """Delete `pod/NAME` or `container/NAME`, and look that it is gone. `grace`: seconds it gets to end by itself."""
        self.engine.delete(name, grace=grace)
        print(f"{name if '/' in name else f'pod/{name}'} deleted")

    def reset(self) -> None:
        """Delete everything that this lesson made, and look that nothing is left."""
        gone = self.engine.reset()
        print(f"gone: {', '.join(gone)}" if gone else "nothing was left to remove")

    def run(self, command: str, *, timeout: float = 120.0) -> Output:
        """Run any command, shown as typed, and return its output. Raises CommandError when it fails. `timeout` in seconds."""
        return Output(self.engine.run(command, cwd=self.folder, timeout=timeout))

    def exec(self, pod: str, command: str | Sequence[str], *, container: str = "") -> Output:
        """Run a command inside a container (the first app of the pod, unless named) and return its output."""
        words = shlex.split(command) if isinstance(command, str) else list(command)
        return Output(self.engine.exec(pod, words, container=container))

    def wait(self, name: str, condition: str = "Ready", *, timeout: float = 60.0) -> None:
        """Wait until `pod/NAME` is Ready, Running, Succeeded, Failed or deleted. Raises DeadlineError with the last that was seen."""
        self.engine.wait(name, condition, timeout=timeout)
        print(f"{name} is {condition}")

    # -- looking -------------------------------------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return what is there now, as plain values: see `labkit.model`."""
        return self.engine.snapshot()

    def get(self, name: str = "") -> Table:
        """Return a table of this lesson's pods and containers, or only of those called `name`."""
        table = pods_table(self.snapshot())
        wanted = [row for row in table.rows if not name or name in (row[0], row[0].partition("/")[2])]
        return Table(table.headings, wanted, f"there is no {name}" if name else "nothing is here: no pod, no container")

    def logs(self, pod: str, *, container: str = "") -> Output:
        """Return what a container wrote (the first app of the pod, unless named)."""
        return Output(self.engine.logs(pod, container=container))

    def draw(self, *names: str) -> Picture:
        """Draw the inside of this lesson's pods, and its separate containers; or only those named."""
        from labkit.draw import draw_pods

        return draw_pods(self.snapshot(), *(name.rpartition("/")[2] for name in names))

    def story(self, *names: str) -> Picture:
        """Draw what happened, in order, from the engine's events: of all pods, or only of those named."""
        from labkit.draw import draw_story

        return draw_story(self.snapshot(), *(name.rpartition("/")[2] for name in names))

    def node(self, command: str, *, name: str = "") -> Output:
        """Run a command inside a node of labkit's cluster (the control plane, unless named), and return its output."""
        return Output(self._nodes.run(command, name))

    @cached_property
    def _nodes(self) -> NodeShell:
        from labkit.here_cluster import NodeShell

        return NodeShell(self._report)

    # -- learning ------------------------------------------------------------------------------------------------------------------------

    def check(self, name: str, *, settling: float = 3.0) -> Verdict:
        """Judge an exercise by what the engine does. While the answer is "not yet" it is asked again for `settling` seconds."""
        with self._report.each_once():
            return self._check(name).run(self, settling=settling)

    def checks(self) -> tuple[str, ...]:
        """Return the names of this lesson's exercises."""
        return tuple(self._checks)

    def hint(self, name: str) -> None:
        """Give the next hint of an exercise: first a question, then a pointer."""
        hints = self._check(name).hints
        given = self._hinted.get(name, 0)
        if given >= len(hints):
            print(f"that was the last hint of {len(hints)}")
            return
        self._hinted[name] = given + 1
        print(f"hint {given + 1} of {len(hints)}: {hints[given]}")

    def _check(self, name: str) -> Check:
        found = self._checks.get(name)
        if found is None:
            raise LabError(
                f"check {name}", f"lesson {self.lesson.number} has no exercise {name}", f"take one of: {', '.join(self._checks) or 'none'}"
            )
        return found
