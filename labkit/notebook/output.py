"""How labkit speaks in a notebook: plain lines, so that a screen reader and a test read the same as an eye."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from labkit.model import Container, Pod, Role, Snapshot, State

__all__ = ["Output", "Printed", "Table", "pods_table"]


class Printed:
    """Print what an engine does; a notice is said once, a command as often as it runs."""

    def __init__(self) -> None:
        self._said: set[str] = set()
        self._shown: set[str] | None = None

    def command(self, line: str) -> None:
        """Show a command as one would type it."""
        if self._shown is None or line not in self._shown:
            print(f"$ {line}", flush=True)
        if self._shown is not None:
            self._shown.add(line)

    @contextmanager
    def each_once(self) -> Iterator[None]:
        """Show each command only the first time: what looks again and again would fill the cell."""
        self._shown = set()
        try:
            yield
        finally:
            self._shown = None

    def notice(self, text: str) -> None:
        """Say what is done differently, the first time."""
        if text not in self._said:
            self._said.add(text)
            print(f"  note: {text}", flush=True)

    def done(self, text: str) -> None:
        """Say what came of it."""
        print(text, flush=True)


class Output(str):
    """What a command wrote: text, shown as it is at the end of a cell."""

    __slots__ = ()

    def _ipython_display_(self) -> None:
        """Show the text below the command that wrote it; a command that wrote nothing shows nothing (IPython calls this)."""
        if self.strip():
            print(self.rstrip("\n"), flush=True)


class Table:
    """Rows under headings, shown aligned at the end of a cell."""

    def __init__(self, headings: Sequence[str], rows: Iterable[Sequence[str]], empty: str) -> None:
        self.headings, self.rows, self._empty = tuple(headings), tuple(tuple(row) for row in rows), empty

    def __repr__(self) -> str:
        if not self.rows:
            return self._empty
        widths = [max(len(row[i]) for row in (self.headings, *self.rows)) for i in range(len(self.headings))]
        return "\n".join(
            "   ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip() for row in (self.headings, *self.rows)
        )

    def __len__(self) -> int:
        return len(self.rows)


def pods_table(snapshot: Snapshot) -> Table:
    """Return what `kubectl get pods` would say, and the containers that are in no pod."""
    rows = []
    for pod in snapshot.pods:
        serving = [c for c in pod.containers if c.role in (Role.APP, Role.SIDECAR)]
        ready = f"{sum(c.ready for c in serving)}/{len(serving)}"
        rows.append((f"pod/{pod.name}", ready, _status(pod), str(sum(c.restarts for c in pod.containers)), pod.ip))
    rows += [
        (f"container/{c.name}", f"{int(c.ready)}/1", c.reason or c.state.capitalize(), str(c.restarts), c.ip) for c in snapshot.containers
    ]
    return Table(("NAME", "READY", "STATUS", "RESTARTS", "IP"), rows, "nothing is here: no pod, no container")


def _status(pod: Pod) -> str:
    """Return the word that kubectl prints: the reason of a container that is in trouble, else the phase (kubernetes, printPod)."""
    first = [c for c in pod.containers if c.role in (Role.INIT, Role.SIDECAR)]
    apps = [c for c in pod.containers if c.role is Role.APP]
    if not any(c.state in (State.RUNNING, State.TERMINATED) for c in apps):
        for done, container in enumerate(first):
            if not _has_done_its_part(container):
                reason = "" if container.reason == "PodInitializing" else container.reason
                return f"Init:{reason or f'{done}/{len(first)}'}"
    troubled = next((c for c in apps if c.reason not in ("", "Completed", "PodInitializing")), None)
    if troubled:
        return troubled.reason
    if any(c.reason == "Completed" for c in apps):
        return "NotReady" if any(c.state is State.RUNNING for c in apps) else "Completed"
    return pod.phase


def _has_done_its_part(container: Container) -> bool:
    """Say whether the containers after this one, an init container or a sidecar, may start."""
    if container.role is Role.SIDECAR:
        return container.state is State.RUNNING
    return container.state is State.TERMINATED and container.exit_code == 0
