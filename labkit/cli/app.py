"""The commands. Each is short: it puts parts together and prints."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, ParamSpec

import typer

from labkit.errors import LabError

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Lessons on containers, pods and Kubernetes, on real engines.",
    epilog="For example: `labkit start 03` opens lesson 03, `labkit reset 03` removes what it made, `labkit doctor` looks at this machine.",
)
P = ParamSpec("P")
Number = Annotated[str, typer.Argument(metavar="NN", help="A lesson's number or name.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


def plainly(command: Callable[P, None]) -> Callable[P, None]:
    """Print a LabError as its three lines and exit with 3; LABKIT_DEBUG=1 shows the traceback as well."""

    @wraps(command)
    def told(*args: P.args, **named: P.kwargs) -> None:
        try:
            command(*args, **named)
        except LabError as error:
            if os.environ.get("LABKIT_DEBUG") == "1":
                raise
            typer.echo(f"{type(error).__name__}\n{error}", err=True)
            raise typer.Exit(3) from None
        except KeyboardInterrupt:
            raise typer.Exit(130) from None

    return told


@app.command(epilog="For example: labkit setup")
@plainly
def setup() -> None:
    """Install what the lessons need and is missing (as root), or say what to type."""
    from labkit.host.setup import ensure_setup

    ensure_setup(typer.echo)


@app.command(epilog="For example: labkit doctor --json | jq '.[] | select(.verdict == \"fault\")'")
@plainly
def doctor(as_json: Json = False) -> None:
    """Say what this machine can do, and the one thing to do about what it cannot. Exit code 1 when a lesson could not run."""
    import shutil

    from labkit import doctor as practice
    from labkit.host.account import podman_account
    from labkit.host.gather import gather
    from labkit.host.seat import podman_runner
    from labkit.process import LocalRunner

    account = podman_account()
    found = practice.findings(gather(podman_runner(), account.name) if account else gather(LocalRunner(), ""))
    typer.echo(practice.as_json(found) if as_json else practice.table(found, shutil.get_terminal_size((100, 24)).columns))
    raise typer.Exit(practice.exit_code(found))


@app.command(epilog="For example: labkit start 03")
@plainly
def start(
    lesson: Number,
    browser: Annotated[
        bool | None, typer.Option("--browser/--no-browser", help="Open a browser (default: where there is a display).")
    ] = None,
    server: Annotated[bool, typer.Option("--server/--no-server", help="Start JupyterLab, or only make the copy and the images.")] = True,
) -> None:
    """Make your own copy of a lesson, have its images, and open JupyterLab on it."""
    from labkit.cli.engines import make_ready
    from labkit.host.account import acting_as
    from labkit.host.paths import workbooks
    from labkit.host.seat import podman_runner, shell_command
    from labkit.lessons import find_lesson
    from labkit.notebook.server import has_display, plan_server
    from labkit.notebook.workbook import open_workbook
    from labkit.process import Account, become

    chosen = find_lesson(lesson)
    with acting_as(podman_runner().account or Account.current()):
        copy = open_workbook(chosen, workbooks())
    typer.echo(f"lesson {chosen.number}: {chosen.title} - {chosen.question}")
    typer.echo(f"your copy: {copy.notebook}{' (new)' if copy.made else ''}")
    if copy.outdated:
        typer.echo(f"the lesson has changed since: `labkit reset {chosen.number} --copy` makes a new copy and keeps yours beside it")
    make_ready(chosen)
    if not server:
        return
    opened = has_display() if browser is None else browser
    plan = plan_server(copy.notebook, shell_command(), browser=opened, root=os.getuid() == 0)
    typer.echo(f"\n  {plan.address}\n\nopen it in a browser on this machine; it answers in a few seconds. Ctrl-C here ends it")
    become(plan.argv, plan.environment, copy.notebook.parent)


@app.command(epilog="For example: labkit reset 03 --copy")
@plainly
def reset(
    lesson: Number,
    copy: Annotated[bool, typer.Option("--copy", help="Also put a fresh copy in the place of yours, which is kept.")] = False,
    as_json: Json = False,
) -> None:
    """Remove everything that a lesson made on the engine."""
    from labkit.cli.engines import clear
    from labkit.host.account import acting_as
    from labkit.host.paths import workbooks
    from labkit.host.seat import podman_runner
    from labkit.lessons import find_lesson
    from labkit.notebook.workbook import renew_workbook
    from labkit.process import Account

    chosen = find_lesson(lesson)
    gone = clear(chosen)
    kept = None
    if copy:
        with acting_as(podman_runner().account or Account.current()):
            kept = renew_workbook(chosen, workbooks())
    if as_json:
        typer.echo(json.dumps({"removed": gone, "kept_copy": str(kept) if kept else None}))
        return
    typer.echo(f"removed {', '.join(gone)}" if gone else "nothing was there to remove")
    if copy:
        typer.echo(f"a fresh copy is in {workbooks() / chosen.name}" + (f"; yours is in {kept}" if kept else ""))


@app.command(epilog="For example: labkit check 03 localhost")
@plainly
def check(
    lesson: Number, names: Annotated[list[str] | None, typer.Argument(metavar="[EXERCISE]...")] = None, as_json: Json = False
) -> None:
    """Judge a lesson's exercises by what the engine does now. Exit code 1 unless all that were asked for pass."""
    import contextlib
    import dataclasses

    from labkit.lab import Lab

    # What labkit shows of its commands is for people; standard output is for the verdicts.
    with contextlib.redirect_stdout(sys.stderr):
        lab = Lab(lesson, claim=False)
        verdicts = [lab.check(name) for name in names or lab.checks()]
        lab.engine.close()
    typer.echo(json.dumps([dataclasses.asdict(v) for v in verdicts], indent=1) if as_json else "\n".join(repr(v) for v in verdicts))
    raise typer.Exit(0 if all(verdicts) else 1)


@app.command(epilog="For example: labkit gc")
@plainly
def gc(as_json: Json = False) -> None:
    """Remove what ended or killed runs left behind, by its labels, and say what."""
    from labkit import here
    from labkit.here_kubernetes import remove_namespaces

    gone = here.sweeper().sweep(here.garbage()) + remove_namespaces(here.garbage())
    here.forget_traces()
    typer.echo(json.dumps({"removed": gone}) if as_json else f"removed {', '.join(gone)}" if gone else "nothing was left behind")


@app.command(epilog="For example: labkit draw 03 -o now.svg; labkit draw lessons/03-one-pod-one-network/web.yaml -o web.png")
@plainly
def draw(
    what: Annotated[list[str], typer.Argument(metavar="NN|FILE...", help="A lesson, drawn as it is now, or manifests, drawn as they ask.")],
    output: Annotated[Path | None, typer.Option("-o", "--output", help="A file: .svg, .png, .dot or .txt; without it, words.")] = None,
    as_json: Json = False,
) -> None:
    """Draw the inside of pods: of a lesson as it is now, or as manifests ask for."""
    from labkit.cli.drawing import snapshot_of
    from labkit.draw import draw_pods

    snapshot = snapshot_of(what)
    if as_json:
        typer.echo(snapshot.to_json())
        return
    picture = draw_pods(snapshot)
    try:
        typer.echo(str(picture.save(output)) if output else picture.text)
    except (ValueError, OSError) as wrong:
        raise LabError(
            f"write {output}", str(wrong), "name a file that ends in .svg, .png, .dot or .txt, in a folder that is there"
        ) from None


@app.command(epilog="For example: labkit shell")
@plainly
def shell() -> None:
    """Open a shell in which `podman` is the one that the lessons use."""
    from labkit.host.seat import shell_command
    from labkit.process import become

    become(shell_command(), {}, Path.cwd())
