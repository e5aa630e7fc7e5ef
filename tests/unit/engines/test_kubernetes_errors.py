from __future__ import annotations

import pytest

from labkit.engines.kubernetes_errors import Refused, explained, field_path, is_immutable
from labkit.errors import ConflictError, LabError, ManifestError
from labkit.manifests import Document, parse
from tests.unit.engines.fake_cluster import refusal

POD = """apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app.kubernetes.io/name: web}}
spec:
  containers:
  - name: log
    image: x
  - name: app
    image: x
    imagee: y
    ports:
    - containerPort: 99999
"""
UNTYPED = "failed to create typed patch object (lab/web; /v1, Kind=Pod): "


@pytest.fixture
def document() -> Document:
    return parse(POD, "web.yaml")[0]


def said(error: Refused, document: Document) -> LabError:
    return explained(error, document, title="pod/web")


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("spec.containers[1].ports[0].containerPort", ("spec", "containers", 1, "ports", 0, "containerPort")),
        ('spec.containers[name="app"].imagee', ("spec", "containers", 1, "imagee")),
        ('spec.containers[name="app"].ports[containerPort=99999,protocol="TCP"].name', ("spec", "containers", 1, "ports", 0, "name")),
        ('spec.containers[name="gone"].image', ("spec", "containers")),
        ("metadata.labels[app.kubernetes.io/name]", ("metadata", "labels", "app.kubernetes.io/name")),
        ("", ()),
    ],
)
def test_a_field_is_found_as_the_server_writes_it(field: str, path: tuple[str | int, ...], document: Document) -> None:
    assert field_path(field, document.data) == path


def test_an_invalid_value_is_told_with_its_line_and_all_its_fellows(document: Document) -> None:
    causes = [
        {"field": "spec.containers[1].ports[0].containerPort", "message": "Invalid value: 99999: must be between 1 and 65535"},
        {"field": "spec.containers[0].image", "message": "Required value"},
    ]
    error = said(refusal(422, "Invalid", "Pod is invalid", causes=causes), document)
    assert isinstance(error, ManifestError)
    assert (error.file, error.line, error.field) == ("web.yaml", 12, "spec.containers[1].ports[0].containerPort")
    assert "spec.containers[0].image (line 7): Required value" in error.found


def test_a_field_that_does_not_exist_is_found_in_the_message(document: Document) -> None:
    message = f'{UNTYPED}.spec.containers[name="app"].imagee: field not declared in schema'
    error = said(refusal(500, "", message), document)
    assert isinstance(error, ManifestError)
    assert (error.line, error.field) == (10, "spec.containers[1].imagee")
    assert "there is no such field" in error.found


def test_several_fields_of_a_wrong_type_are_all_told(document: Document) -> None:
    lines = ".spec.hostNetwork: expected boolean, got string\n  .spec.priority: expected numeric (int or float), got string"
    error = said(refusal(500, "", f"{UNTYPED}errors:\n  {lines}"), document)
    assert "expected boolean" in error.found
    assert "expected numeric" in error.found


def test_a_value_that_cannot_be_read_is_not_blamed_on_the_server(document: Document) -> None:
    error = said(refusal(500, "", "failed to convert new object (lab/web; /v1, Kind=Pod): quantities must match"), document)
    assert error.fix == "correct what the message names"


def test_that_a_wrong_value_may_not_be_changed_is_not_told(document: Document) -> None:
    causes = [
        {"field": "spec", "message": "Forbidden: pod updates may not change fields other than `spec.containers[*].image`"},
        {"field": "spec.restartPolicy", "message": 'Unsupported value: "Sometimes"'},
    ]
    refused = refusal(422, "Invalid", "Pod is invalid", causes=causes)
    assert not is_immutable(refused)
    assert "may not change" not in said(refused, document).found


def test_a_field_that_cannot_be_changed_asks_for_a_new_object(document: Document) -> None:
    causes = [{"field": "spec.selector", "message": "Invalid value: {}: field is immutable\n@@ -1,2 +1,2 @@\n a diff"}]
    refused = refusal(422, "Invalid", "it is invalid", causes=causes)
    assert is_immutable(refused)
    assert 'lab.delete("pod/web")' in said(refused, document).fix
    assert "a diff" not in said(refused, document).found


@pytest.mark.parametrize(
    ("status", "message", "fix"),
    [
        (403, "exceeded quota: small, requested: pods=1", "kubectl describe quota"),
        (403, 'violates PodSecurity "baseline:latest": hostPath volumes', "take out of the pod"),
        (403, 'pods is forbidden: User "anna" cannot create', "kubectl auth can-i"),
        (401, "Unauthorized", "labkit up"),
        (503, "the server is busy", "try again in a moment"),
        (418, "I am a teapot", "kubectl explain"),
    ],
)
def test_a_refusal_has_one_thing_to_do(status: int, message: str, fix: str) -> None:
    assert fix in refusal(status, "Reason", message).fix


def test_a_conflict_is_one(document: Document) -> None:
    assert isinstance(said(refusal(409, "Conflict", "the object has been modified"), document), ConflictError)


def test_an_answer_that_is_no_status_is_told_as_it_is() -> None:
    assert Refused.read("GET /x", 502, "<html>bad gateway</html>").message == "<html>bad gateway</html>"
