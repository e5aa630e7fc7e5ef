"""The commands for labkit's own cluster, up, down and stop, and the one that says what is here."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from labkit.cli.app import Json, app, plainly

__all__: list[str] = []

Config = Annotated[str, typer.Option(help="What to make it of: a name in clusters/, such as one or three (default: as it is, else one).")]


@app.command(epilog="For example: labkit up --config three")
@plainly
def up(
    config: Config = "", recreate: Annotated[bool, typer.Option("--recreate", help="Make a new one, whatever is there.")] = False
) -> None:
    """Have a Kubernetes cluster that works: use the one that is there, heal it, or make one."""
    from labkit.clusters import the_cluster
    from labkit.notebook.output import Printed

    cluster = the_cluster(Printed()).up(config, recreate=recreate)
    typer.echo(f"\n  export KUBECONFIG={cluster.kubeconfig}\n  kubectl get nodes\n")
    typer.echo("`labkit stop kubernetes` frees its memory, `labkit down` removes it")


@app.command(epilog="For example: labkit down")
@plainly
def down() -> None:
    """Remove the cluster, with everything that is in it."""
    from labkit.clusters import the_cluster
    from labkit.notebook.output import Printed

    gone = the_cluster(Printed()).down()
    typer.echo(f"removed {', '.join(gone)}" if gone else "there was no cluster to remove")


@app.command(epilog="For example: labkit stop kubernetes")
@plainly
def stop(what: Annotated[str, typer.Argument(metavar="kubernetes", help="What to stop.")]) -> None:
    """Stop the cluster without losing it: its memory is free until `labkit up`."""
    from labkit.clusters import the_cluster
    from labkit.notebook.output import Printed

    if what != "kubernetes":
        raise typer.BadParameter(f"there is nothing called {what} to stop; there is: kubernetes")
    stopped = the_cluster(Printed()).stop()
    typer.echo(f"stopped {', '.join(stopped)}; `labkit up` starts it again" if stopped else "no node was running")


@app.command(epilog="For example: labkit status --json")
@plainly
def status(as_json: Json = False) -> None:
    """List what labkit made on this machine and is still there, whether somebody works with it, and how the cluster stands."""
    from labkit import here
    from labkit.clusters import status_here
    from labkit.notebook.output import Table

    rows, cluster = here.inventory(), status_here()
    if as_json:
        typer.echo(json.dumps([*(row._asdict() for row in rows), *cluster.as_rows()], indent=1))
        return
    shown = [(r.name, r.lesson, r.owner, "open" if r.in_use else "left by a run that has ended") for r in rows]
    typer.echo(repr(Table(("NAME", "LESSON", "OWNER", "NOTEBOOK"), shown, "nothing of labkit's is here")))
    if cluster.state != "none":
        typer.echo(f"\n{cluster}")
