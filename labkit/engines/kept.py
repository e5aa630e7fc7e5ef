"""The manifests of pods that are there, kept by the hash that the pod carries as its label labkit.dev/spec.

Podman keeps no manifest, and refuses annotations over 63 characters in `kube play`. Any later process - another kernel, `labkit draw` -
reads here which container is a sidecar and what its probes are.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from labkit.engines.stamp import SPEC

__all__ = ["Kept"]


class Kept:
    """A folder with one small file for each manifest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, Mapping[str, Any]] = {}

    def put(self, spec: str, manifest: str) -> None:
        """Keep a manifest: JSON text of {"pod": as it was asked for, "config": the ConfigMaps that it uses}. Only we may read it."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self._folder / f"{spec}.json"
        if not file.exists():
            fresh = file.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_text(manifest)
            fresh.replace(file)

    def get(self, labels: Mapping[str, str] | None) -> Mapping[str, Any] | None:
        """Return the manifest of an object with these labels, or None when there is none."""
        spec = (labels or {}).get(SPEC, "")
        if spec and spec not in self._read:
            try:
                self._read[spec] = json.loads((self._folder / f"{spec}.json").read_text())
            except (OSError, ValueError):
                return None
        return self._read.get(spec)

    def drop_all_but(self, specs: Collection[str]) -> None:
        """Forget the manifests of pods that are gone."""
        for file in self._folder.glob("*.json"):
            if file.stem not in specs:
                file.unlink(missing_ok=True)
