"""Where the benchmarks work: this machine's Podman, under an owner of their own, so that nobody's pods are touched."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator

from labkit import here
from labkit.engines.podman import Podman
from labkit.engines.stamp import OWNER
from labkit.lessons import find_lesson
from labkit.manifests import Document, dump, parse, stamp, validate

__all__ = ["bench", "checked", "stamped", "to_stderr"]

OWNERS = "bench-"


class _Quiet:
    """Says nothing: printing is not what is measured."""

    def command(self, line: str) -> None: ...
    def notice(self, text: str) -> None: ...
    def done(self, text: str) -> None: ...


def to_stderr(line: str) -> None:
    """Say how far it is: standard output is for the table."""
    print(line, file=sys.stderr, flush=True)


@contextlib.contextmanager
def bench() -> Iterator[Podman]:
    """Give the engine of lesson 03 for an owner of this process, and remove what it made: at the end, on an error and on Ctrl-C.

    What a killed run left behind is removed first.
    """
    os.environ["LABKIT_OWNER"] = owner = f"{OWNERS}{os.getpid()}"
    lesson = find_lesson("03")
    here.lesson_images(to_stderr).ensure(lesson.images)
    here.sweeper().sweep(here.garbage(only_owners=OWNERS))
    run = here.claim(lesson)
    engine = here.podman(lesson, run, _Quiet())
    try:
        yield engine
    finally:
        engine.close()
        here.sweeper().sweep(lambda labels: labels.get(OWNER) == owner)
        here.runs().release(run)


def checked(text: str) -> tuple[Document, ...]:
    """Read and check YAML as `Lab.apply` does."""
    documents = parse(text, "bench.yaml")
    for document in documents:
        validate(document)
    return documents


def stamped(text: str, engine: Podman) -> str:
    """Return YAML whose objects carry labkit's labels, so that those of the raw command are found and removed too."""
    return dump([stamp(document, engine.stamp.labels) for document in parse(text, "bench.yaml")])
