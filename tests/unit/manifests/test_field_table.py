"""The table of fields is the Kubernetes client's: `python tests/unit/manifests/test_field_table.py` writes it anew.

The client is generated from Kubernetes' own OpenAPI document, so its models are the API reference in Python. Two things are lost there,
which the table puts back: which texts are quantities, and which values may be a number or a text (IntOrString).
"""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path
from typing import Any

from labkit.manifests import container_rules, fields, object_rules, pod_rules, remedies

QUANTITIES = {
    "V1ResourceRequirements": ("limits", "requests"),
    "V1VolumeResourceRequirements": ("limits", "requests"),
    "V1PodSpec": ("overhead",),
    "V1Overhead": ("podFixed",),
    "V1EmptyDirVolumeSource": ("sizeLimit",),
    "V1ResourceFieldSelector": ("divisor",),
    "V1ResourceQuotaSpec": ("hard",),
    "V1LimitRangeItem": ("default", "defaultRequest", "max", "maxLimitRequestRatio", "min"),
    "V1PersistentVolumeSpec": ("capacity",),
    "V1CSIStorageCapacity": ("capacity", "maximumVolumeSize"),
    "V2MetricTarget": ("averageValue", "value"),
    "V1CapacityRequirements": ("requests",),
}
"""Fields whose Go type is resource.Quantity (k8s.io/api/*/types.go)."""

NUMBER_OR_TEXT = {"port", "targetPort", "maxSurge", "maxUnavailable", "minAvailable"}
"""Fields whose Go type is intstr.IntOrString, among those that the client calls `object`."""

SCALARS = {"str": "text", "int": "whole", "float": "number", "bool": "switch", "datetime": "text", "bytes": "base64", "object": "any"}


def table() -> dict[str, dict[str, Any]]:
    """Return `kinds` (apiVersion/kind to type) and `types` (type to its fields, and what each holds)."""
    from kubernetes.client import models

    kinds = _kinds()
    types: dict[str, dict[str, str]] = {}
    waiting = sorted(set(kinds.values()))
    while waiting:
        name = waiting.pop()
        if name in types:
            continue
        model = getattr(models, name)
        required = {info.serialization_alias or field for field, info in model.model_fields.items() if info.is_required()}
        types[name] = {}
        for attribute, python in model.openapi_types.items():
            field = model.attribute_map[attribute]
            # What the API server writes is not checked: nobody types it.
            value = "any" if field in ("status", "managedFields") else _value(name, field, python)
            types[name][field] = value + ("!" if field in required else "")
            waiting += re.findall(r"[A-Z]\w+", value)
    return {"kinds": dict(sorted(kinds.items())), "types": dict(sorted(types.items()))}


def _kinds() -> dict[str, str]:
    """Return every kind that a built-in group can create, found in the client's API classes."""
    from kubernetes import client

    kinds = {}
    for name in dir(client):
        if not re.search(r"V\d\w*Api$", name):
            continue
        api = getattr(client, name)
        for method in [m for m in vars(api) if re.fullmatch(r"create_\w+(?<!_with_http_info)", m)]:
            path = re.search(
                r"resource_path='/apis?/([^'{]*?)/(?:namespaces/\{namespace\}/)?\w+'",
                inspect.getsource(getattr(api, f"_{method}_serialize")),
            )
            if path:
                model = inspect.signature(getattr(api, method)).return_annotation.__name__
                kinds[f"{path[1]}/{fields.title(model)}"] = model
    return kinds


def _value(owner: str, field: str, python: str) -> str:
    if field in QUANTITIES.get(owner, ()):
        return "{quantity}" if python.startswith("Dict") else "quantity"
    if python == "object" and field in NUMBER_OR_TEXT:
        return "number-or-text"
    many = re.fullmatch(r"List\[(.*)\]", python)
    if many:
        return f"[{_value(owner, '', many[1])}]"
    named = re.fullmatch(r"Dict\[str, (.*)\]", python)
    if named:
        return f"{{{_value(owner, '', named[1])}}}"
    return SCALARS.get(python, python)


def written() -> str:
    """Return the file's text: one kind or type on each line, so that a change reads well in a diff."""
    made = table()
    parts = [",\n".join(f" {json.dumps(name)}: {json.dumps(value)}" for name, value in made[part].items()) for part in ("kinds", "types")]
    return f'{{"kinds": {{\n{parts[0]}\n}},\n"types": {{\n{parts[1]}\n}}}}\n'


def test_the_table_of_fields_says_what_the_kubernetes_client_says() -> None:
    assert (Path(fields.__file__).with_name("fields.json")).read_text(encoding="utf-8") == written()


def test_every_kind_of_value_in_the_table_can_be_checked() -> None:
    held = {value.strip("[{}]!") for type_fields in fields.table().types.values() for value in type_fields.values()}

    assert held <= {*remedies.SCALARS, *fields.table().types}


def test_every_rule_belongs_to_a_type_of_the_table() -> None:
    rules = {*pod_rules.POD_RULES, *container_rules.CONTAINER_RULES, *object_rules.OBJECT_RULES}

    assert rules <= set(fields.table().types)


if __name__ == "__main__":
    Path(fields.__file__).with_name("fields.json").write_text(written(), encoding="utf-8")
