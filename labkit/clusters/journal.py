"""What labkit is doing with its cluster, written down before it is done: a killed run is put right by what it wrote."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from labkit.errors import HostError
from labkit.records import from_json, to_json

__all__ = ["JOURNAL", "Journal", "Record", "Step"]


JOURNAL = "journal.json"
"""The name of the journal's file in the folder of a cluster."""


class Step(StrEnum):
    """What is being done, or was when the run ended."""

    CREATE = "create"
    """kind makes the nodes."""
    SETTLE = "settle"
    """The nodes run; waiting until the cluster is healthy, and proving it."""
    READY = "ready"
    """The cluster was healthy and proven."""
    START = "start"
    """Nodes that are there are started again."""
    STOP = "stop"
    STOPPED = "stopped"
    DELETE = "delete"
    """kind deletes the nodes."""
    VOLUMES = "volumes"
    """What kind may leave behind of them is deleted."""
    NETWORK = "network"
    FILES = "files"


@dataclass(frozen=True)
class Record:
    """What labkit knows of its cluster.

    `config` and `image` are what it was made of, `provider` is docker or podman, `nodes` are the names that kind gives and `ids` those of
    the containers (empty until kind has made them all). `made_network`: kind's network was not there before. `proofs`: how often
    it was to be proven.
    """

    step: Step
    config: str
    image: str
    provider: str
    nodes: tuple[str, ...]
    ids: tuple[str, ...] = ()
    made_network: bool = False
    proofs: int = 0

    def at(self, step: Step) -> Record:
        """Return the record, one step on."""
        return replace(self, step=step)


@dataclass(frozen=True)
class Journal:
    """One file, which is never half-written; `written` is called right after each entry (tests end the process there)."""

    file: Path
    written: Callable[[Step], object] = lambda step: None

    def read(self) -> Record | None:
        """Return the last entry; None: labkit has no cluster. Raises HostError when the file is damaged."""
        try:
            return from_json(Record, self.file.read_text())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as wrong:
            fix = f"delete what is left with `kind delete cluster`, then remove {self.file}"
            raise HostError(f"read the journal {self.file}", str(wrong), fix) from None

    def write(self, record: Record) -> Record:
        """Write an entry down, for good, and return it."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self.file.with_suffix(".part")
        with fresh.open("w") as file:
            file.write(to_json(record))
            file.flush()
            # A machine that loses power must not find the old entry, or an empty file (fsync(2)).
            os.fsync(file.fileno())
        fresh.replace(self.file)
        self.written(record.step)
        return record

    def forget(self) -> None:
        """Write down that there is no cluster."""
        self.file.unlink(missing_ok=True)
