"""The namespace of one lesson and owner: made when it is first needed, and only used when it is ours."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

from labkit import wait
from labkit.engines import Report
from labkit.engines.kubernetes_api import NAMESPACE, Api, Json, labels_of
from labkit.engines.kubernetes_errors import Refused, is_gone
from labkit.engines.stamp import LESSON, OWNER, Stamp
from labkit.errors import ConflictError

__all__ = ["Home", "label_safe", "namespace_name"]

_LONGEST = 63
"""Characters of a namespace's name and of a label's value (RFC 1123 label; Kubernetes, labels and selectors)."""
POD_SECURITY = {"pod-security.kubernetes.io/enforce": "baseline"}


def namespace_name(stamp: Stamp) -> str:
    """Return `lab-11-anna` for lesson 11-what-a-cluster-is of anna."""
    return _safe(f"lab-{stamp.lesson.partition('-')[0]}-{stamp.owner}", "-")


def label_safe(stamp: Stamp) -> Stamp:
    """Return a stamp whose parts may stand as values of labels in a cluster."""
    return replace(stamp, lesson=_safe(stamp.lesson, "-_."), owner=_safe(stamp.owner, "-_."))


def _safe(text: str, also: str) -> str:
    """Return text with only letters, digits and `also`; what had to be changed ends in a hash, so that two never become one."""
    upper = "A-Z" if "_" in also else ""
    plain = re.sub(f"[^a-z0-9{upper}{re.escape(also)}]+", "-", text if upper else text.lower()).strip("-_.")
    if plain == text and len(text) <= _LONGEST:
        return text
    return f"{plain[: _LONGEST - 7].rstrip('-_.')}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


class Home:
    """A namespace of the cluster with labkit's labels."""

    def __init__(self, api: Api, report: Report, stamp: Stamp, name: str) -> None:
        self.api, self.report, self.stamp, self.name = api, report, stamp, name

    def look(self) -> Json | None:
        """Return the namespace, or None when there is none. Raises ConflictError when it is not this lesson's and owner's."""
        try:
            found = self.api.ask("GET", NAMESPACE.path(name=self.name)).data
        except Refused as error:
            if is_gone(error):
                return None
            raise
        labels = labels_of(found)
        if not self.stamp.owns(labels):
            whose = (
                f"it belongs to lesson {labels[LESSON]} of {labels.get(OWNER, 'somebody')}"
                if LESSON in labels
                else "labkit did not make it"
            )
            raise ConflictError(
                f"use the namespace {self.name}", whose, f"remove it by hand if nobody needs it: kubectl delete namespace {self.name}"
            )
        return found

    def ensure(self) -> None:
        """Have the namespace, with Pod Security baseline (Kubernetes, Pod Security Standards), ready to take pods."""
        found = self.look()
        if found and found["status"].get("phase") == "Terminating":
            fix = f"look what holds it: kubectl get namespace {self.name} --output yaml"
            found = wait.until(
                self.look, lambda seen: seen is None, what=f"namespace {self.name} is deleted", timeout=60, fix=fix, describe=_phase
            )
        if found is None:
            self.report.command(f"kubectl create namespace {self.name}")
            labels = {**self.stamp.labels, **POD_SECURITY}
            body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": self.name, "labels": labels}}
            self.api.ask("PATCH", NAMESPACE.path(name=self.name), body=body)
            # Pods are refused until their account is there, and wait a minute for the certificate if they come before it.
            for path in ("serviceaccounts/default", "configmaps/kube-root-ca.crt"):
                self._until_there(f"{NAMESPACE.path(name=self.name)}/{path}")

    def _until_there(self, path: str) -> None:
        def there() -> bool:
            try:
                return bool(self.api.ask("GET", path).data)
            except Refused as error:
                if is_gone(error):
                    return False
                raise

        wait.until(there, bool, what=f"the cluster makes {path}", timeout=30, fix="run `labkit up`", first_pause=0.01)


def _phase(found: Json | None) -> str:
    return f"it is {found['status'].get('phase')}" if found else "it is gone"
