"""Measure the life of a cluster against kind alone, in one run: `python -m benchmarks.clusters`. Some minutes for each round."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.bars import Row, at_most, at_most_times, table
from benchmarks.bench import to_stderr
from benchmarks.pairs import Pairs, seconds_of
from labkit.clusters import Life, the_cluster
from labkit.engines import Quiet
from labkit.errors import LabError
from labkit.process import LocalRunner
from labkit.quantities import humanize_bytes

__all__ = ["main"]

ROUNDS = 3
GIB = 2**30
MEMORY = {"one": 1.2 * GIB, "three": 1.8 * GIB}
"""Bytes that a cluster of each configuration may use."""

AGAIN = """
import sys
from pathlib import Path
from labkit.clusters import the_cluster
from labkit.engines import Quiet
the_cluster(Quiet(), name=sys.argv[1], folder=Path(sys.argv[2])).up()
"""


@dataclass
class Timed:
    """Seconds of each round, and the bytes of memory that the nodes used."""

    up: list[float] = field(default_factory=list)
    kind_create: list[float] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    down: list[float] = field(default_factory=list)
    kind_delete: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Bench:
    """A cluster of the benchmark's own, made by labkit, and one of the same image and configuration, made by kind alone."""

    folder: Path
    name: str = f"labkit-bench-{os.getpid()}"

    @property
    def life(self) -> Life:
        return the_cluster(Quiet(), name=self.name, folder=self.folder / "cluster")

    def kind(self, *arguments: str) -> None:
        kind = self.life.kind
        named = [f"--name={self.name}-raw", f"--kubeconfig={self.folder / 'raw'}"]
        kind.shown.runner.run([str(kind.program), *arguments, *named], timeout=600)

    def kind_create(self, config: str) -> None:
        parts = self.life.parts
        file = self.folder / "raw.yaml"
        file.write_text(parts.config(config).text)
        self.kind("create", "cluster", f"--image={parts.image()}", f"--config={file}", "--wait=180s")

    def one_round(self, timed: Timed) -> None:
        timed.kind_create.append(seconds_of(lambda: self.kind_create("one")))
        timed.kind_delete.append(seconds_of(lambda: self.kind("delete", "cluster")))
        timed.up.append(seconds_of(lambda: self.life.up("one")))
        timed.memory.append(self.memory())
        again = [sys.executable, "-c", AGAIN, self.name, str(self.folder / "cluster")]
        timed.again.append(seconds_of(lambda: LocalRunner().run(again)))
        timed.down.append(seconds_of(self.life.down))

    def memory(self) -> int:
        """Return the bytes of memory that the programs in the nodes use, each its share of what several use (proc_pid_smaps(5), Pss)."""
        containers = self.life.containers
        look = ("sh", "-c", "cat /proc/[0-9]*/smaps_rollup 2> /dev/null; true")
        lines = [line.split() for node in containers.nodes() for line in containers.inside(node.name, *look).splitlines()]
        return 1024 * sum(int(words[1]) for words in lines if words[0] == "Pss:")

    def close(self) -> None:
        self.life.down()
        self.kind("delete", "cluster")


def rows(timed: Timed) -> list[Row]:
    """Return the bars, in the order in which a cluster lives."""
    create = Pairs(tuple(timed.up), tuple(timed.kind_create))
    delete = Pairs(tuple(timed.down), tuple(timed.kind_delete))
    return [
        Row("labkit up, one node", "kind create cluster --wait", create, at_most_times(1.15)),
        Row("labkit up, it runs", "", Pairs(tuple(timed.again)), at_most(2.0)),
        Row("labkit down", "kind delete cluster", delete, at_most_times(1.1)),
    ]


def memory_line(config: str, used: float) -> str:
    verdict = "yes" if used <= MEMORY[config] else "NO"
    return f"memory of {config}: {humanize_bytes(int(used))}, allowed {humanize_bytes(int(MEMORY[config]))}: {verdict}"


def main() -> int:
    """Measure. Returns 1 when a bar is missed, 3 when labkit could not work here, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.clusters", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how many rounds after one that does not count (default {ROUNDS})")
    rounds = parser.parse_args().rounds
    timed, warm_up = Timed(), Timed()
    with TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        try:
            for number in range(rounds + 1):
                to_stderr(f"round {number} of {rounds}")
                bench.one_round(timed if number else warm_up)
                last = timed if number else warm_up
                load = os.getloadavg()[0]
                to_stderr(f"  kind {last.kind_create[-1]:.1f} s, labkit up {last.up[-1]:.1f} s, load {load:.1f}")
            bench.life.up("three")
            three = bench.memory()
        except LabError as error:
            to_stderr(f"{type(error).__name__}\n{error}")
            return 3
        except KeyboardInterrupt:
            to_stderr("stopped; what was made is removed")
            return 130
        finally:
            bench.close()
    used = {"one": median(timed.memory), "three": float(three)}
    print(table(rows(timed)))
    print(*(memory_line(config, bytes_) for config, bytes_ in used.items()), sep="\n")
    return int(any(row.ok is False for row in rows(timed)) or any(bytes_ > MEMORY[config] for config, bytes_ in used.items()))


if __name__ == "__main__":
    sys.exit(main())
