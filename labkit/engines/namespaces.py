"""The Linux namespaces of a process, read from /proc (namespaces(7))."""

from __future__ import annotations

import re
from pathlib import Path

from labkit.model import NAMESPACE_KINDS

__all__ = ["namespaces_of"]


def namespaces_of(pid: int, proc: Path = Path("/proc")) -> dict[str, int]:
    """Return the inode of each namespace that a process is in, by kind; empty when the process has ended or may not be looked at."""
    found: dict[str, int] = {}
    for kind in NAMESPACE_KINDS:
        try:
            link = str((proc / str(pid) / "ns" / kind).readlink())
        except OSError:
            continue
        inode = re.fullmatch(r"\w+:\[(\d+)\]", link)
        if inode:
            found[kind] = int(inode[1])
    return found
