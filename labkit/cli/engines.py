"""What the commands ask of a lesson's engine, whichever it is."""

from __future__ import annotations

import typer

from labkit import here
from labkit.engines import Quiet
from labkit.engines.stamp import LESSON, OWNER
from labkit.lessons import Lesson
from labkit.model import Snapshot
from labkit.notebook.output import Printed

__all__ = ["clear", "make_ready", "snapshot_now"]


def make_ready(lesson: Lesson) -> None:
    """Have a lesson's images, and the cluster where it needs one, before the notebook opens: a browser shows no progress."""
    if here.lesson_images(typer.echo).missing(lesson.images):
        here.lesson_images(typer.echo, here.ask_registry()).ensure(lesson.images)
    if lesson.engine != "podman":
        from labkit.here_cluster import ready_cluster
        from labkit.here_kubernetes import named_context

        if not named_context():
            ready_cluster(lesson, Printed())


def clear(lesson: Lesson) -> tuple[str, ...]:
    """Remove what a lesson of this owner made, on every engine that it runs on, and return the names."""
    me = here.owner()
    gone: tuple[str, ...] = ()
    if lesson.engine != "kubernetes":
        gone += here.sweeper().sweep(lambda labels: labels.get(LESSON) == lesson.name and labels.get(OWNER) == me)
    if lesson.engine != "podman" and _has_cluster():
        from labkit.here_kubernetes import kubernetes

        gone += kubernetes(lesson, here.look_only(lesson), Quiet()).reset()
    return gone


def snapshot_now(lesson: Lesson) -> Snapshot:
    """Return what a lesson's engine holds now; for a lesson of both, Podman."""
    if lesson.engine == "kubernetes":
        from labkit.here_kubernetes import kubernetes

        return kubernetes(lesson, here.look_only(lesson), Quiet()).snapshot()
    return here.podman(lesson, here.look_only(lesson), Quiet()).snapshot()


def _has_cluster() -> bool:
    from labkit.clusters.machine import status_here
    from labkit.here_kubernetes import named_context

    return bool(named_context()) or status_here().state == "running"
