"""The command for images: those of the lessons, and the node that a cluster is made of."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Annotated

import typer

from labkit.cli.app import Json, app, plainly

if TYPE_CHECKING:
    from labkit.images import ImageState

__all__: list[str] = []

NODE = "node"


@app.command(epilog="For example: labkit images tools:1 nginx:1; labkit images node")
@plainly
def images(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME:TAG]...|node", help="Lesson images (default: all), or the node.")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Only say how they stand.")] = False,
    as_json: Json = False,
) -> None:
    """Pull or build the lessons' images that are missing, and list them; with `node`, the image that a cluster is made of."""
    from labkit import here

    def say(line: str) -> None:
        typer.echo(line, err=as_json)

    wanted = [name for name in names or [] if name != NODE]
    if NODE in (names or []):
        _node(as_json)
    if names and not wanted:
        return
    store = here.lesson_images(say)
    if not listed and store.missing(wanted or None):
        here.lesson_images(say, here.ask_registry()).ensure(wanted or None)
    states = store.built()
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(s) for s in states], indent=1))
    else:
        typer.echo(_table(states))


def _node(as_json: bool) -> None:
    """Have the node image, and name it."""
    from labkit.clusters import the_cluster
    from labkit.engines import Quiet
    from labkit.notebook.output import Printed

    reference = the_cluster(Quiet() if as_json else Printed()).parts.image()
    typer.echo(json.dumps({"reference": reference}) if as_json else f"{reference} is ready")


def _table(states: tuple[ImageState, ...]) -> str:
    from labkit.notebook.output import Table
    from labkit.quantities import humanize_bytes

    def state(s: ImageState) -> str:
        return "ready" if s.right else "outdated" if s.present else "missing"

    rows = [(s.reference, state(s), humanize_bytes(s.size) if s.present else "", s.about) for s in states]
    return repr(Table(("IMAGE", "STATE", "SIZE", "FOR"), rows, "there are no lesson images"))
