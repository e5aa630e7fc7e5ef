"""Run every step of `make test`, go on after a failure, and end with a summary: exit code 1 if any step failed.

What needs no engine runs beside what does: the one keeps a processor busy, the other mostly waits for containers.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from labkit.process import LocalRunner, Result, typed

__all__ = ["main"]

BIN = Path(sys.executable).parent
WITHOUT_ENGINE = (
    ("ruff", "check"),
    ("ruff", "format", "--check"),
    ("mypy",),
    ("lint-imports",),
    ("pytest", "tests/unit"),
)
ON_THE_ENGINE = (
    ("pytest", "tests/live"),
    ("pytest", "tests/lessons"),
    ("pytest", "-p", "no:randomly", "--nbval-lax", "lessons"),
)
HOUR = 3600.0


def run(argv: tuple[str, ...], on_line: Callable[[str], None]) -> Result:
    return LocalRunner().run([str(BIN / argv[0]), *argv[1:]], timeout=HOUR, check=False, on_line=on_line)


def aside(argv: tuple[str, ...]) -> Result:
    """Run a step whose output is shown whole when it has ended: lines of two steps would be mixed up."""
    result = run(argv, lambda _: None)
    quiet = result.returncode == 0 and argv[0] != "pytest"
    print(f"\n== {typed(argv)}\n{'' if quiet else result.stdout}", end="", flush=True)
    return result


def in_view(argv: tuple[str, ...]) -> Result:
    """Run a step whose output is seen while it runs."""
    print(f"\n== {typed(argv)}", flush=True)
    return run(argv, lambda line: print(line, flush=True))


def main() -> int:
    started = time.monotonic()
    with ThreadPoolExecutor(max_workers=1) as beside:
        without = beside.submit(lambda: [aside(argv) for argv in WITHOUT_ENGINE])
        results = [in_view(argv) for argv in ON_THE_ENGINE]
        results = without.result() + results
    print(f"\n== summary, after {time.monotonic() - started:.0f} s")
    for argv, result in zip((*WITHOUT_ENGINE, *ON_THE_ENGINE), results, strict=True):
        print(f"{'ok    ' if result.returncode == 0 else 'FAILED'} {result.seconds:7.1f} s  {typed(argv)}")
    return int(any(result.returncode != 0 for result in results))


if __name__ == "__main__":
    sys.exit(main())
