"""Delete what carries labkit's labels, and look that it is gone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from labkit.engines.podman_cli import PodmanCli
from labkit.engines.stamp import LESSON, OWNER, POD, RUN, Stamp
from labkit.errors import CommandError, ConflictError, LabError

__all__ = ["Belongings", "Sweeper"]


@dataclass(frozen=True)
class Belongings:
    """Names of labelled objects, by kind, with the labels of each."""

    pods: Mapping[str, Mapping[str, str]]
    containers: Mapping[str, Mapping[str, str]]
    volumes: Mapping[str, Mapping[str, str]]
    networks: Mapping[str, Mapping[str, str]]

    @property
    def names(self) -> tuple[str, ...]:
        """Return kind/name of each, pods first."""
        return tuple(name for name, _ in self.items)

    @property
    def items(self) -> tuple[tuple[str, Mapping[str, str]], ...]:
        """Return kind/name and labels of each, pods first."""
        kinds = (("pod", self.pods), ("container", self.containers), ("volume", self.volumes), ("network", self.networks))
        return tuple((f"{kind}/{name}", labels) for kind, named in kinds for name, labels in sorted(named.items()))


class Sweeper:
    """Find and delete labelled objects."""

    def __init__(self, cli: PodmanCli, stamp: Stamp) -> None:
        self._cli, self._stamp = cli, stamp

    def belongings(self, ours: Callable[[Mapping[str, str]], bool]) -> Belongings:
        """Return every object that carries labkit's labels and of which `ours` says yes."""

        def chosen(
            rows: list[dict[str, Any]], name: Callable[[dict[str, Any]], str], labels: str = "Labels"
        ) -> dict[str, Mapping[str, str]]:
            return {name(row): row.get(labels) or {} for row in rows if _labelled(row.get(labels)) and ours(row[labels])}

        looks = (self._cli.pods, self._cli.containers, self._cli.volumes, self._cli.networks)
        # Side by side: each look is a whole start of Podman, and somebody waits for the sum of them.
        with ThreadPoolExecutor(len(looks)) as pool:
            pods, containers, volumes, networks = pool.map(lambda look: look(), looks)
        return Belongings(
            chosen(pods, lambda row: str(row["Name"])),
            chosen([row for row in containers if not row.get("Pod")], lambda row: str(row["Names"][0])),
            chosen(volumes, lambda row: str(row["Name"])),
            chosen(networks, lambda row: str(row.get("name") or row.get("Name")), "labels"),
        )

    def sweep(self, ours: Callable[[Mapping[str, str]], bool] | None = None) -> tuple[str, ...]:
        """Delete all of it and return the names. Raises LabError, naming what is left, when something would not go."""
        chosen = ours or self._stamp.owns
        found = self.belongings(chosen)
        if not found.names:
            return ()
        left = found
        while left.names:
            refused = self._remove_once(left)
            before, left = left, self.belongings(chosen)
            # A container whose namespace another one uses goes only after that one: go round as long as each round removes something.
            if len(left.names) >= len(before.names):
                said = "\n".join(refused)
                raise LabError("delete " + ", ".join(found.names), f"still there: {', '.join(left.names)}\n{said}", "run `labkit gc`")
        return found.names

    def _remove_once(self, found: Belongings) -> list[str]:
        """Remove what goes, and return what Podman said of the rest."""
        removals: tuple[Callable[[], object], ...] = (
            lambda: self._cli.remove_pods(sorted(found.pods)),
            lambda: self._cli.remove_containers(sorted(found.containers)),
            lambda: self._remove("volume", sorted(found.volumes)),
            lambda: self._remove("network", sorted(found.networks)),
        )
        refused: list[str] = []
        for remove in removals:
            try:
                remove()
            except CommandError as error:
                # Another process may have removed the same thing: what counts is the look afterwards.
                refused.append(error.stderr.strip())
        return refused

    def _remove(self, kind: str, names: list[str]) -> None:
        if names:
            self._cli.run(kind, "rm", *names)

    def delete_pod(self, name: str, *, grace: int = 0) -> None:
        """Delete one pod and the volumes that live with it. Raises ConflictError for a pod that is not this lesson's."""
        row = next((row for row in self._cli.pods() if row["Name"] == name), None)
        if row is None:
            raise LabError(f"delete pod/{name}", f"there is no pod {name}", "run lab.get() to see what is there")
        self._refuse_others(f"pod/{name}", row.get("Labels") or {})
        self._cli.remove_pods([name], grace=grace)
        # Side by side: what is left to look at has nothing to do with what is left to remove.
        with ThreadPoolExecutor(1) as pool:
            after = pool.submit(self._cli.pods)
            self.drop_volumes(name)
        if any(row["Name"] == name for row in after.result()):
            raise LabError(f"delete pod/{name}", "it is still there", "run `labkit gc`")

    def drop_volumes(self, pod: str) -> None:
        """Delete the volumes that live and die with a pod of this lesson and owner."""
        names = [str(v["Name"]) for v in self._cli.volumes() if self._stamp.owns(v.get("Labels")) and v["Labels"].get(POD) == pod]
        if names:
            self._cli.run("volume", "rm", *names, shown=None)

    def delete_container(self, name: str, *, grace: int = 0) -> None:
        """Delete one container that is in no pod. Raises ConflictError for one that is not this lesson's."""
        row = next((row for row in self._cli.containers() if name in row["Names"]), None)
        if row is None:
            raise LabError(f"delete container/{name}", f"there is no container {name}", "run lab.get() to see what is there")
        self._refuse_others(f"container/{name}", row.get("Labels") or {})
        self._cli.remove_containers([name], grace=grace)

    def roll_back(self, pod: str, volumes: Sequence[str]) -> None:
        """Remove what a failed play left of a pod, and `volumes`, as far as it goes: the failure itself is what will be told."""
        with contextlib.suppress(LabError):
            if any(row["Name"] == pod and self._stamp.owns(row.get("Labels")) for row in self._cli.pods()):
                self._cli.runner.run(["podman", "pod", "stop", "--time", "0", pod], check=False)
                removed = self._cli.runner.run(["podman", "pod", "rm", pod], check=False)
                if removed.returncode != 0:
                    # Ten times slower, so only where it has to be.
                    self._cli.runner.run(["podman", "pod", "rm", "--force", pod], check=False)
            self.drop_volumes(pod)
            if volumes:
                self._cli.runner.run(["podman", "volume", "rm", *volumes], check=False)

    def _refuse_others(self, what: str, labels: Mapping[str, str]) -> None:
        if not self._stamp.owns(labels):
            raise ConflictError(f"delete {what}", whose(labels), "leave it, or remove it by hand with podman")


def whose(labels: Mapping[str, str]) -> str:
    """Return to whom an object with these labels belongs, in words."""
    if not _labelled(labels):
        return "labkit did not make it"
    return f"it belongs to lesson {labels[LESSON]} of {labels.get(OWNER, 'somebody')} (run {labels.get(RUN, '?')})"


def _labelled(labels: Mapping[str, str] | None) -> bool:
    return bool(labels) and LESSON in labels  # type: ignore[operator]
