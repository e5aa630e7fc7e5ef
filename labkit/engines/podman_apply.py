"""Make pods: nothing twice, nothing half."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence

from labkit.engines.kept import Kept
from labkit.engines.podman_cli import PodmanCli
from labkit.engines.podman_errors import explained, says_name_in_use
from labkit.engines.podman_kubelet import Kubelet
from labkit.engines.podman_plan import Plan, VolumePlan, configuration, plan
from labkit.engines.podman_sweep import Sweeper, whose
from labkit.engines.quirks import PLAYED, SKIPPED, Limits
from labkit.engines.stamp import LESSON, SPEC, Stamp
from labkit.errors import CommandError, ConflictError, LabError, ManifestError
from labkit.manifests import Document, parse
from labkit.manifests.workloads import expand

__all__ = ["Applier"]

_USED = ("ConfigMap", "Secret", "PersistentVolumeClaim")


class Applier:
    """Turn documents into pods on Podman, and remember the plans of this process by pod name."""

    def __init__(self, cli: PodmanCli, kubelet: Kubelet, sweeper: Sweeper, stamp: Stamp, limits: Limits, kept: Kept) -> None:
        self._cli, self._kubelet, self._sweeper, self._stamp, self._limits, self._kept = cli, kubelet, sweeper, stamp, limits, kept
        self.plans: dict[str, Plan] = {}
        self._volumes: dict[str, list[str]] = {}

    def apply(self, documents: Sequence[Document]) -> tuple[str, ...]:
        """Make every pod; return the names of those that were made or made anew.

        All documents are read before the first is made. When one fails, those that this call made are removed again.
        """
        plans = self._plans(documents)
        fresh: list[str] = []
        files: set[str] = set()
        try:
            for wanted in plans:
                for notice in wanted.notices:
                    self._cli.report.notice(notice)
                if self._make(wanted, show=wanted.file not in files):
                    fresh.append(wanted.name)
                files.add(wanted.file)
        except BaseException:
            # Also Ctrl-C: the next cell has to find a clean ground.
            for name in fresh:
                self.roll_back(name)
            raise
        return tuple(fresh)

    def _plans(self, documents: Sequence[Document]) -> list[Plan]:
        for document in documents:
            if document.kind in SKIPPED:
                self._cli.report.notice(f"{document.kind.lower()}/{document.name} is left out: {SKIPPED[document.kind]}")
            elif document.kind not in (*PLAYED, *_USED):
                raise _unplayable(document)
        config = configuration(documents)
        pods = [pod for document in documents if document.kind in PLAYED for pod in expand(document)]
        if not pods:
            first = documents[0] if documents else None
            file, kinds = (first.file if first else "-"), ", ".join(sorted({d.kind for d in documents})) or "nothing"
            raise ManifestError(f"apply {file}", f"there is no pod in it: {kinds}", "add a Pod or a Deployment", file=file)
        for document in documents:
            if document.kind == "Deployment":
                about = "Podman has no controllers: its pods are started once, and one that is deleted stays deleted"
                self._cli.report.notice(f"deployment/{document.name}: {about}")
        return [plan(pod, config, self._stamp, self._limits) for pod in pods]

    def _make(self, wanted: Plan, *, show: bool) -> bool:
        """Make one pod; say False when the same is there already. One command plays a whole file: it is shown once, with `show`."""
        made = self._volumes[wanted.name] = []
        try:
            for volume in wanted.volumes:
                made += self._volume(volume)
            self._cli.play(wanted, start=not wanted.steps, show=show)
        except CommandError as error:
            if says_name_in_use(error) == wanted.name:
                return self._make_over(wanted)
            self.roll_back(wanted.name)
            raise explained(error, f"$ podman kube play {wanted.file}, pod {wanted.name}") from None
        except BaseException:
            self.roll_back(wanted.name)
            raise
        self._kept.put(wanted.labels[SPEC], wanted.manifest)
        self.plans[wanted.name] = wanted
        if wanted.needs_kubelet:
            self._kubelet.watch(wanted)
        return True

    def _make_over(self, wanted: Plan) -> bool:
        """Deal with a pod of that name that is there: leave it when it is the same, replace it when it is ours, refuse when it is not."""
        row = next((row for row in self._cli.pods() if row["Name"] == wanted.name), None)
        if row is None:
            # The name belongs to a container, not to a pod.
            raise ConflictError(f"make pod/{wanted.name}", f"a container is called {wanted.name}", "rename the pod or remove the container")
        labels: Mapping[str, str] = row.get("Labels") or {}
        if not self._stamp.owns(labels):
            raise ConflictError(f"make pod/{wanted.name}", f"there is a pod {wanted.name}: {whose(labels)}", _fix(labels, wanted.name))
        if labels.get(SPEC) == wanted.labels[SPEC] and row["Status"] in ("Running", "Degraded", "Exited"):
            self._cli.report.done(f"pod/{wanted.name} unchanged")
            self.plans[wanted.name] = wanted
            if wanted.needs_kubelet and self._kubelet.watched(wanted.name) is None:
                self._kubelet.watch(wanted)
            return False
        self._cli.report.notice(f"pod/{wanted.name} is another one than in the file (or was stopped half-way): it is made again")
        self._kubelet.forget(wanted.name)
        self._sweeper.delete_pod(wanted.name)
        return self._make(wanted, show=False)

    def roll_back(self, name: str) -> None:
        """Remove a pod that could not be made, and the volumes that were made for it."""
        self._kubelet.forget(name)
        self._sweeper.roll_back(name, self._volumes.pop(name, []))

    def _volume(self, volume: VolumePlan) -> list[str]:
        """Have a volume, and return its name if it was made here."""
        try:
            self._cli.create_volume(volume)
        except CommandError as error:
            if not says_name_in_use(error):
                raise
            row = next((row for row in self._cli.volumes() if row["Name"] == volume.name), {"Labels": None})
            if not self._stamp.owns(row["Labels"]):
                raise ConflictError(
                    f"make volume {volume.name}",
                    f"there is a volume of that name: {whose(row['Labels'] or {})}",
                    "rename yours in the manifest",
                ) from None
            # A claim is meant to outlive its pods; any other volume without its pod is left over, with old content.
            if volume.pod and all(pod["Name"] != volume.pod for pod in self._cli.pods()):
                self._cli.run("volume", "rm", volume.name, shown=None)
                self._cli.create_volume(volume)
                return [volume.name]
            return []
        return [volume.name]

    def adopt(self) -> None:
        """Watch the pods of this lesson and owner that an earlier process made and that need it."""
        for row in self._cli.pods():
            if self._stamp.owns(row.get("Labels")) and self._kubelet.watched(str(row["Name"])) is None:
                manifest = self._kept.get(row["Labels"])
                if manifest:
                    again = plan(parse(json.dumps(manifest["pod"]), f"pod/{row['Name']}")[0], manifest["config"], self._stamp, self._limits)
                    again = dataclasses.replace(again, labels=dict(row["Labels"]))
                    self.plans[again.name] = again
                    if again.needs_kubelet:
                        self._kubelet.watch(again)


def _unplayable(document: Document) -> LabError:
    return document.error(
        ("kind",), f"Podman cannot play a {document.kind}", "use " + " or ".join(PLAYED) + ", or run this lesson on Kubernetes"
    )


def _fix(labels: Mapping[str, str], pod: str) -> str:
    lesson = labels.get(LESSON)
    return (
        f"run `labkit reset {lesson.partition('-')[0]}`, or `labkit gc` if that run is dead"
        if lesson
        else f"rename yours, or remove it by hand: podman pod rm -f {pod}"
    )
