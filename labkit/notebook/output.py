"""How labkit speaks in a notebook: plain lines, so that a screen reader and a test read the same as an eye."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from labkit.model import Container, Role, Snapshot

__all__ = ["Output", "Printed", "Table", "pods_table"]


class Printed:
    """Print what an engine does; a notice is said once, a command as often as it runs."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def command(self, line: str) -> None:
        """Show a command as one would type it."""
        print(f"$ {line}", flush=True)

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

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(self.rstrip("\n"))


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
        rows.append((f"pod/{pod.name}", ready, _status(pod.phase, pod.containers), str(sum(c.restarts for c in pod.containers)), pod.ip))
    rows += [
        (f"container/{c.name}", f"{int(c.ready)}/1", c.reason or c.state.capitalize(), str(c.restarts), c.ip) for c in snapshot.containers
    ]
    return Table(("NAME", "READY", "STATUS", "RESTARTS", "IP"), rows, "nothing is here: no pod, no container")


def _status(phase: str, containers: Sequence[Container]) -> str:
    """Return the word that kubectl prints: the reason of a container that is in trouble, else the phase."""
    inits = [c for c in containers if c.role is Role.INIT]
    waiting = next((c for c in inits if c.reason not in ("", "Completed")), None)
    if waiting:
        return f"Init:{waiting.reason}"
    troubled = next((c for c in containers if c.role is Role.APP and c.reason not in ("", "Completed", "PodInitializing")), None)
    return troubled.reason if troubled else phase
