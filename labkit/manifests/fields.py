"""Check an object against Kubernetes' table of fields: names, kinds of value, and what must be there.

`fields.json` says for every type which fields it has, and what each holds: `text`, `whole` (a whole number), `number`, `switch` (true or
false), `quantity`, `number-or-text`, `base64`, `any`, another type, `[...]` a list and `{...}` a mapping of those; `!` marks what must be
there. It is made from the models of the Kubernetes client (the API reference of 1.37) by the test that guards it.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from labkit.manifests.document import Document, FieldPath, dotted
from labkit.manifests.remedies import SCALARS
from labkit.manifests.spelling import closest

__all__ = ["Rule", "Table", "check_fields", "table", "title"]

Rule = Callable[[Document, Mapping[str, Any], FieldPath], None]
"""Checks one value of a type beyond its fields; raises ManifestError."""

_ENUMS = {
    "V1PodSpec.restartPolicy": ("Always", "OnFailure", "Never"),
    "V1PodSpec.dnsPolicy": ("ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
    "V1Container.imagePullPolicy": ("Always", "IfNotPresent", "Never"),
    "V1Container.restartPolicy": ("Always", "OnFailure", "Never"),
    "V1Container.terminationMessagePolicy": ("File", "FallbackToLogsOnError"),
    "V1ContainerPort.protocol": ("TCP", "UDP", "SCTP"),
    "V1ServicePort.protocol": ("TCP", "UDP", "SCTP"),
    "V1NetworkPolicyPort.protocol": ("TCP", "UDP", "SCTP"),
    "V1HTTPGetAction.scheme": ("HTTP", "HTTPS"),
    "V1ServiceSpec.type": ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName"),
    "V1DeploymentStrategy.type": ("RollingUpdate", "Recreate"),
    "V1StatefulSetUpdateStrategy.type": ("RollingUpdate", "OnDelete"),
    "V1CronJobSpec.concurrencyPolicy": ("Allow", "Forbid", "Replace"),
    "V1Toleration.operator": ("Exists", "Equal", "Lt", "Gt"),
    "V1Toleration.effect": ("NoSchedule", "PreferNoSchedule", "NoExecute"),
    "V1TopologySpreadConstraint.whenUnsatisfiable": ("DoNotSchedule", "ScheduleAnyway"),
    "V1LabelSelectorRequirement.operator": ("In", "NotIn", "Exists", "DoesNotExist"),
}
"""Fields that take one of a few words (k8s.io/api/*/types.go); the client's models do not say which."""

_MANY = 14


class Table(NamedTuple):
    """Kubernetes' API: `kinds` maps apiVersion/kind to a type, and `types` a type's fields to what they hold."""

    kinds: Mapping[str, str]
    types: Mapping[str, Mapping[str, str]]


@functools.cache
def table() -> Table:
    """Return the table of fields; the file is read once, at the first check."""
    return Table(**json.loads(Path(__file__).with_name("fields.json").read_text(encoding="utf-8")))


def title(kind: str) -> str:
    """Return a type's name without its version: V1PodSpec is PodSpec."""
    return re.sub(r"^[A-Za-z]*?V\d+((alpha|beta)\d+)?(?=[A-Z])", "", kind)


def check_fields(doc: Document, value: Any, kind: str, path: FieldPath, rules: Mapping[str, Rule]) -> None:
    """Check `value`, which stands at `path`, to be a `kind`, and everything in it; then apply the rules of its type, inner ones first.

    Raises ManifestError for the first fault. A null is a field that is not there, as for Kubernetes.
    """
    _Walk(doc, rules).check(value, kind, path, ())


class _Walk:
    def __init__(self, doc: Document, rules: Mapping[str, Rule]) -> None:
        self.doc, self.rules, self.types = doc, rules, table().types

    def check(self, value: Any, kind: str, path: FieldPath, around: tuple[tuple[str, FieldPath], ...]) -> None:
        if kind[0] == "[":
            if not isinstance(value, list):
                raise self.doc.error(path, f"{self.shown(value, path)} where a list should be", "write a list: start each item with `- `")
            for index, item in enumerate(value):
                if item is None:
                    raise self.doc.error((*path, index), "an item with nothing in it", "write a value after the `-`, or remove it")
                self.check(item, kind[1:-1], (*path, index), around)
        elif kind[0] == "{":
            self.must_be_mapping(value, path, "a mapping", "write `name: value` lines under it")
            for name, item in value.items():
                if item is not None:
                    self.check(item, kind[1:-1], (*path, name), around)
        elif kind in SCALARS:
            wanted, remedy = SCALARS[kind]
            fix = remedy(value, self.doc.written(path))
            if fix:
                raise self.doc.error(path, f"{self.shown(value, path)} where {wanted} should be", fix)
        else:
            self.check_type(value, kind, path, around)

    def check_type(self, value: Any, kind: str, path: FieldPath, around: tuple[tuple[str, FieldPath], ...]) -> None:
        fields = self.types[kind]
        self.must_be_mapping(value, path, f"the fields of a {title(kind)}", "write them under it, indented")
        for name in value:
            if name not in fields:
                raise self.unknown(name, value, kind, path, around)
        for name, inner in fields.items():
            if inner[-1] == "!" and value.get(name) is None:
                raise self.doc.error((*path, name), f"a {title(kind)} without `{name}`", f"add `{name}:`")
        for name, item in value.items():
            if item is not None:
                self.check(item, fields[name].removesuffix("!"), (*path, name), (*around, (kind, path)))
                words = _ENUMS.get(f"{kind}.{name}")
                if words and item not in words:
                    meant = closest(item, words) or f"one of {', '.join(words)}"
                    raise self.doc.error((*path, name), f"`{item}`", f"write {meant}")
        if kind in self.rules:
            self.rules[kind](self.doc, value, path)

    def must_be_mapping(self, value: Any, path: FieldPath, wanted: str, fix: str) -> None:
        if not isinstance(value, dict):
            raise self.doc.error(path, f"{self.shown(value, path)} where {wanted} should be", fix)

    def shown(self, value: Any, path: FieldPath) -> str:
        """Return what was found, in words: `yes`, read as true."""
        written = self.doc.written(path) or json.dumps(value)
        match value:
            case bool():
                return f"`{written}`, which YAML reads as {str(value).lower()},"
            case int() | float():
                return f"the number `{written}`"
            case str():
                return f"the text `{written[:60]}`"
        return "a list" if isinstance(value, list) else "a mapping"

    def unknown(
        self, name: str, value: Mapping[str, Any], kind: str, path: FieldPath, around: tuple[tuple[str, FieldPath], ...]
    ) -> Exception:
        """Say where a field that is not in this type belongs: under a sibling, further out, or under another name."""
        fields = self.types[kind]
        inside = [key for key in value if key in fields and name in self.types.get(fields[key].strip("[{}]!"), ())]
        outside = [where for outer, where in reversed(around) if name in self.types[outer]]
        meant = closest(name, fields)
        if len(inside) == 1:
            fix = f"indent it to belong to `{inside[0]}`"
        elif outside:
            fix = f"indent it less: it belongs to {dotted(outside[0]) or 'the top level'}"
        elif meant:
            fix = f"write `{meant}`"
        else:
            fix = "remove it" + (f"; there is: {', '.join(fields)}" if len(fields) <= _MANY else "")
        return self.doc.error((*path, name), f"`{name}`, which is no field of a {title(kind)}", fix)
