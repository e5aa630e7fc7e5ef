"""The parts of labkit put together for this machine: its Podman, its folders, its images."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from labkit.engines import Quiet, Report
from labkit.engines.kept import Kept
from labkit.engines.podman import Podman
from labkit.engines.podman_cli import PodmanCli
from labkit.engines.podman_sweep import Sweeper
from labkit.engines.quirks import Limits
from labkit.engines.stamp import LESSON, OWNER, RUN, SPEC, Stamp
from labkit.host.paths import paths
from labkit.host.readings import cgroup, delegated_controllers
from labkit.host.registry import PUBLIC, ask
from labkit.host.runs import Run, Runs, this_process
from labkit.host.seat import podman_runner
from labkit.images import Images, recipes
from labkit.lessons import Lesson, course_folder
from labkit.process import Account

__all__ = [
    "Item",
    "ask_registry",
    "claim",
    "forget_traces",
    "garbage",
    "inventory",
    "kept_manifests",
    "lesson_images",
    "look_only",
    "owner",
    "podman",
    "podman_limits",
    "runs",
    "sweeper",
]


def owner() -> str:
    """Return whose objects we make: LABKIT_OWNER, else the name of the user."""
    return os.environ.get("LABKIT_OWNER") or getpass.getuser()


def podman_limits(account: Account | None, root: Path = Path("/")) -> Limits:
    """Return what this host lets rootless Podman limit: nothing on cgroup v1, and on v2 what is delegated to the user (cgroups(7))."""
    uid = (account or Account.current()).uid
    delegated = delegated_controllers(root, uid) if cgroup(root) == "v2" else ()
    return Limits(resources="memory" in delegated and "cpu" in delegated)


def runs() -> Runs:
    """Return the record of which process works on which lesson."""
    return Runs(paths().state / "runs")


def claim(lesson: Lesson) -> Run:
    """Write down that this process works on a lesson."""
    run = this_process(lesson.name, owner())
    runs().claim(run)
    return run


def podman(lesson: Lesson, run: Run, report: Report) -> Podman:
    """Return the Podman of this machine, for one run of a lesson."""
    runner = podman_runner()
    return Podman(runner, Stamp(lesson.name, run.id, run.owner), report, podman_limits(runner.account), kept_manifests())


def lesson_images(say: Callable[[str], None], registry: str = "") -> Images:
    """Return the lesson images of this machine; `registry` is the host of one that answered."""
    return Images(podman_runner(), recipes(course_folder().parent / "images"), paths().cache / "images", say, registry)


def look_only(lesson: Lesson) -> Run:
    """Return this process as a run of a lesson without writing it down: it makes nothing."""
    return this_process(lesson.name, owner())


def ask_registry() -> str:
    """Return the host of the first public registry that answers within a second, or an empty string."""
    return ask(PUBLIC)()


def sweeper(report: Report | None = None) -> Sweeper:
    """Return what finds and deletes labelled objects of any lesson and owner."""
    nobody = Stamp("", "", "")
    return Sweeper(PodmanCli(podman_runner(), report or Quiet(), nobody), nobody)


def garbage(only_owners: str = "") -> Callable[[Mapping[str, str]], bool]:
    """Return what tells the objects of killed runs: no live process works on their lesson for their owner.

    With `only_owners`, only those whose owner's name begins so.
    """
    record = runs()

    def left(labels: Mapping[str, str]) -> bool:
        who = labels.get(OWNER, "")
        return who.startswith(only_owners) and record.current(labels.get(LESSON, ""), who) is None

    return left


class Item(NamedTuple):
    """Something that labkit made: `in_use` says that a living process works on its lesson."""

    name: str
    lesson: str
    owner: str
    run: str
    in_use: bool


def inventory() -> tuple[Item, ...]:
    """Return everything on this machine that carries labkit's labels."""
    found = sweeper().belongings(lambda labels: True)
    left = garbage()
    return tuple(Item(name, labels[LESSON], labels.get(OWNER, ""), labels.get(RUN, ""), not left(labels)) for name, labels in found.items)


def forget_traces() -> None:
    """Forget the kept manifests of pods that are gone, and the claims of processes that have ended."""
    runs().forget_dead()
    found = sweeper().belongings(lambda labels: True)
    kept_manifests().drop_all_but({labels.get(SPEC, "") for labels in found.pods.values()})


def kept_manifests() -> Kept:
    """Return where the manifests of pods are kept."""
    return Kept(paths().state / "pods")
