"""Run every step of `make test`, go on after a failure, and end with a summary: exit code 1 if any step failed."""

from __future__ import annotations

import sys
from pathlib import Path

from labkit.process import LocalRunner, Result, typed

__all__ = ["main"]

BIN = Path(sys.executable).parent
FORM = (
    ("ruff", "check"),
    ("ruff", "format", "--check"),
    ("mypy",),
    ("lint-imports",),
)
BEHAVIOUR = (
    ("pytest", "tests/unit"),
    ("pytest", "tests/live"),
    ("pytest", "tests/lessons"),
    ("pytest", "-p", "no:randomly", "--nbval-lax", "lessons"),
)
HOUR = 3600.0


def step(argv: tuple[str, ...], *, show: bool) -> Result:
    """Run one step; with `show` its output is seen while it runs, else only when it fails."""
    print(f"== {typed(argv)}", flush=True)
    result = LocalRunner().run([str(BIN / argv[0]), *argv[1:]], timeout=HOUR, check=False, on_line=seen if show else unseen)
    if result.returncode != 0 and not show:
        print(result.stdout, flush=True)
    return result


def seen(line: str) -> None:
    print(line, flush=True)


def unseen(line: str) -> None:
    pass


def main() -> int:
    steps = [(argv, step(argv, show=argv in BEHAVIOUR)) for argv in (*FORM, *BEHAVIOUR)]
    print("\n== summary")
    for argv, result in steps:
        print(f"{'ok    ' if result.returncode == 0 else 'FAILED'} {result.seconds:7.1f} s  {typed(argv)}")
    return int(any(result.returncode != 0 for _, result in steps))


if __name__ == "__main__":
    sys.exit(main())
