"""Checking what holds pods, or is none: each fault is placed in its file, line and field with the one thing to do."""

from __future__ import annotations

import pytest

from labkit.errors import ManifestError
from labkit.manifests import parse, validate

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  selector:
    matchLabels: {app: shop}
  template:
    metadata:
      labels: {app: shop}
    spec:
      containers: [{name: app, image: tools}]
"""
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: shop}\n"


def refusal(text: str) -> ManifestError:
    (document,) = parse(text, "web.yaml")
    with pytest.raises(ManifestError) as refused:
        validate(document)
    return refused.value


@pytest.mark.parametrize(
    ("text", "line", "field", "fix"),
    [
        (DEPLOYMENT.replace("labels: {app", "labels: {ap"), 6, "spec.selector.matchLabels.app", "`app: shop` under template"),
        (DEPLOYMENT.replace("    matchLabels: {app: shop}", "    matchExpressions: [{key: tier, operator: Exists}]"), 6,
         "spec.selector.matchExpressions[0].key", "change `tier`"),
        (DEPLOYMENT.replace("    matchLabels: {app: shop}", "    matchExpressions: [{key: app, operator: NotIn, values: [shop]}]"), 6,
         "spec.selector.matchExpressions[0].key", "change `app`"),
        (DEPLOYMENT.replace("    matchLabels: {app: shop}", "    matchExpressions: [{key: app, operator: DoesNotExist}]"), 6,
         "spec.selector.matchExpressions[0].key", "change `app`"),
        (DEPLOYMENT.replace("    matchLabels: {app: shop}", "    matchLabels: {}"), 5, "spec.selector", "matchLabels"),
        (DEPLOYMENT.replace("  selector:\n    matchLabels: {app: shop}\n", ""), 4, "spec.selector", "add `selector:`"),
        (DEPLOYMENT.replace("spec:\n  sel", "spec:\n  replicas: -1\n  sel"), 5, "spec.replicas", "0 or more"),
        (DEPLOYMENT.replace("    spec:", "    spec:\n      restartPolicy: Never"), 11, "spec.template.spec.restartPolicy", "Always"),
        (DEPLOYMENT.replace("image: tools", "image: tools, port: 80"), 11, "spec.template.spec.containers[0].port", "write `ports`"),
        ("apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec:\n  template:\n    spec: {containers: [{name: a, image: b}]}\n", 6,
         "spec.template.spec.restartPolicy", "write restartPolicy: OnFailure"),
        ("apiVersion: batch/v1\nkind: Job\nmetadata: {name: a}\nspec:\n  template: {}\n", 5, "spec.template.spec", "add `spec:`"),
        (f"{SERVICE}spec: {{}}\n", 4, "spec.ports", "add `ports:`"),
        (f"{SERVICE}spec:\n  ports: [{{port: 1}}, {{port: 2}}]\n", 5, "spec.ports[0].name", "add `name:`"),
        (f"{SERVICE}spec:\n  ports: [{{port: 80, targetPort: 0}}]\n", 5, "spec.ports[0].targetPort", "1 to 65535"),
        (f"{SERVICE}spec:\n  ports: [{{port: 1, name: a}}, {{port: 2, name: a}}]\n", 5, "spec.ports[1].name", "another one"),
        (SERVICE.replace("shop", "1shop"), 3, "metadata.name", "choose such a name"),
        ("apiVersion: v1\nkind: Namespace\nmetadata: {name: a.b}\n", 3, "metadata.name", "write a-b"),
        ("apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a/b}\n", 3, "metadata.name", "without `/`"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  debug: on\n", 5, "data.debug", 'quote it: "on"'),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a/b: x\n", 5, "data[a/b]", "use letters"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: x}\nbinaryData: {k: eA==}\n", 5, "binaryData.k", "keep one"),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  key: hunter2\n", 5, "data.key", "stringData"),
        ("apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  key: 1234\n", 5, "data.key", 'quote it: "1234"'),
        ("apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec: {}\n", 4, "spec.accessModes", "ReadWriteOnce"),
        ("apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a}\nspec: {accessModes: [ReadWriteOnce]}\n", 4,
         "spec.resources.requests.storage", "1Gi"),
        ("apiVersion: example.org/v1\nkind: Wombat\nspec: {}\n", 1, "metadata", "add `metadata:`"),
    ],
)  # fmt: skip
def test_a_fault_in_another_object_is_placed(text: str, line: int, field: str, fix: str) -> None:
    error = refusal(text)

    assert (error.line, error.field) == (line, field)
    assert fix in error.fix
