"""`python -m benchmarks`: measure, print the table, and exit with 1 when a bar is missed."""

from __future__ import annotations

import argparse
import json
import os
import sys

from benchmarks.bars import table
from benchmarks.bench import bench, to_stderr
from benchmarks.measure import MEASURES
from benchmarks.pairs import FEWEST, PAIRS
from labkit.errors import LabError

__all__ = ["main"]


def main() -> int:
    """Run the measures that were asked for, or all. Returns 1 when a bar is missed, 3 when labkit could not work here, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure labkit against the raw commands, in one run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure (default: all of {', '.join(MEASURES)})")
    parser.add_argument("--pairs", type=int, default=PAIRS, help=f"how many pairs of each (default {PAIRS}, at least {FEWEST})")
    parser.add_argument("--json", action="store_true", help="print JSON for a program to read")
    asked = parser.parse_args()
    if unknown := set(asked.names) - MEASURES.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}; there is: {', '.join(MEASURES)}")
    if asked.pairs < FEWEST:
        parser.error(f"fewer than {FEWEST} pairs say nothing")
    if os.getloadavg()[0] > (os.cpu_count() or 1) / 2:
        to_stderr(f"something else keeps this machine busy (load {os.getloadavg()[0]:.1f}): the figures will say less")
    rows = []
    try:
        with bench() as engine:
            for name in asked.names or MEASURES:
                to_stderr(f"measuring: {name}")
                rows.append(MEASURES[name](engine, asked.pairs))
    except LabError as error:
        to_stderr(f"{type(error).__name__}\n{error}")
        return 3
    except KeyboardInterrupt:
        to_stderr("stopped; what was made is removed")
        return 130
    print(json.dumps([row.as_record() for row in rows], indent=1) if asked.json else table(rows))
    return int(any(row.ok is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
