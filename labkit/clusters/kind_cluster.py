"""pytest-kind's KindCluster as a program of its own: `python -m labkit.clusters.kind_cluster create|delete ...`.

KindCluster starts kind with our environment, in our working folder, where it makes `.pytest-kind`, and without a deadline. In a process of
its own the environment and the folder are only its own, its words can be read, and a deadline or Ctrl-C ends it together with kind.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["command", "main"]


def command(action: str, kind: Path, kubectl: Path, named: Sequence[str], made_of: Sequence[str] = ()) -> list[str]:
    """Return the command that creates or deletes a cluster; `named` and `made_of` are written as kind's own options are."""
    return [sys.executable, "-m", __name__, action, f"--kind={kind}", f"--kubectl={kubectl}", *named, *made_of]


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what `command` says, in the current folder. Return 1 when that fails: kind has said why by then."""
    parser = argparse.ArgumentParser(prog="labkit.clusters.kind_cluster")
    parser.add_argument("action", choices=("create", "delete"))
    for option in ("kind", "kubectl", "kubeconfig", "config"):
        parser.add_argument(f"--{option}", type=Path)
    for option in ("name", "image"):
        parser.add_argument(f"--{option}")
    asked = parser.parse_args(arguments)
    from pytest_kind import KindCluster

    cluster = KindCluster(asked.name, asked.kubeconfig, image=asked.image, kind_path=asked.kind, kubectl_path=asked.kubectl)
    try:
        cluster.create(asked.config) if asked.action == "create" else cluster.delete()
    except Exception as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
