"""Checking: manifests that are right pass, and each fault is placed in its file, line and field with the one thing to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit.errors import ManifestError
from labkit.manifests import parse, read, validate

EXAMPLES = sorted((Path(__file__).parent / "examples").iterdir())

POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
  - name: app
    image: tools
"""


def refusal(text: str) -> ManifestError:
    (document,) = parse(text, "web.yaml")
    with pytest.raises(ManifestError) as refused:
        validate(document)
    return refused.value


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_passes(path: Path) -> None:
    for document in read(path):
        validate(document)


@pytest.mark.parametrize(
    ("old", "new", "line", "field", "fix"),
    [
        ("kind: Pod", "kind: Pood", 2, "kind", "write kind: Pod"),
        ("kind: Pod", "kind: pod", 2, "kind", "write kind: Pod"),
        ("kind: Pod", "kind: Wombat", 2, "kind", "write a kind such as Pod"),
        ("kind: Pod", "kind: [Pod]", 2, "kind", "write one text"),
        ("kind: Pod", "kind: Deployment", 1, "apiVersion", "write apiVersion: apps/v1"),
        ("v1", "v2", 1, "apiVersion", "write apiVersion: v1"),
        ("v1", "1", 1, "apiVersion", "write one text"),
        ("apiVersion: v1\nkind: Pod", "apiVersion: v9\nkind: Wombat", 1, "apiVersion", "write apiVersion: v1"),
        ("apiVersion: v1\n", "", 1, "apiVersion", "add `apiVersion: v1`"),
        ("apiVersion", "apiversion", 1, "apiversion", "write `apiVersion`"),
        ("kind: Pod\n", "", 1, "kind", "add `kind: Pod`"),
        ("metadata:\n  name: web\n", "", 1, "metadata", "add `metadata:`"),
        ("metadata:\n  name: web\n", "metadata: web\n", 3, "metadata", "write them under it"),
        ("  name: web\n", "  labels: {}\n", 3, "metadata.name", "add `name:`"),
        ("name: web", "name: Web_1", 4, "metadata.name", "write web-1"),
        ("name: web", "name: 8080", 4, "metadata.name", 'quote it: "8080"'),
        ("name: web", f"name: {'x' * 254}", 4, "metadata.name", "at most 253"),
        ("name: web", "name: web\n  labels: {tier: yes}", 5, "metadata.labels.tier", 'quote it: "yes"'),
        ("name: web", "name: web\n  labels: {tier: a b}", 5, "metadata.labels.tier", "at most 63"),
        ("name: web", "name: web\n  labels: {a.b/: x}", 5, "metadata.labels[a.b/]", "1 to 63"),
        ("name: web", "name: web\n  labels: {_/x: x}", 5, "metadata.labels[_/x]", "prefix"),
        ("name: web", "name: web\n  namespace: My_Space", 5, "metadata.namespace", "write my-space"),
        ("name: web", "name: web\n  label: {a: x}", 5, "metadata.label", "write `labels`"),
        ("containers", "contianers", 6, "spec.contianers", "write `containers`"),
        ("  containers:\n  - name: app\n    image: tools\n", "  hostNetwork: true\n", 5, "spec.containers", "add `containers:`"),
        ("spec:\n  containers:\n  - name: app\n    image: tools\n", "", 1, "spec", "add `spec:`"),
        ("  containers:\n  - name: app\n    image: tools\n", "  containers: []\n", 6, "spec.containers", "its name and its image"),
        ("  - name: app\n    image", "    name: app\n    image", 6, "spec.containers", "start each item with `- `"),
        ("  - name: app\n    image: tools\n", "  - app\n", 7, "spec.containers[0]", "write them under it"),
        ("  - name: app\n", "  -\n  - name: app\n", 7, "spec.containers[0]", "write a value after the `-`"),
        ("  - name: app\n    image", "  - image", 7, "spec.containers[0].name", "add `name:`"),
        ("name: app", "name: App", 7, "spec.containers[0].name", "write app"),
        ("    image: tools\n", "", 7, "spec.containers[0].image", "add `image:`"),
        ("image: tools", "image: tools :1", 8, "spec.containers[0].image", "write tools:1"),
        ("    image: tools\n", "  image: tools\n", 8, "spec.image", "indent it to belong to `containers`"),
    ],
)  # fmt: skip
def test_a_fault_in_a_pod_is_placed(old: str, new: str, line: int, field: str, fix: str) -> None:
    error = refusal(POD.replace(old, new, 1))

    assert (error.file, error.line, error.field) == ("web.yaml", line, field)
    assert fix in error.fix


@pytest.mark.parametrize(
    ("more", "line", "field", "fix"),
    [
        ("    imagePullPollicy: Never\n", 9, "imagePullPollicy", "write `imagePullPolicy`"),
        ("    imagePullPolicy: never\n", 9, "imagePullPolicy", "write Never"),
        ("    nodeSelector: {a: b}\n", 9, "nodeSelector", "it belongs to spec"),
        ("    wombat: 1\n", 9, "wombat", "remove it"),
        ("    command: sleep 5\n", 9, "command", "start each item with `- `"),
        ("    command: [sleep, 1e3]\n", 9, "command[1]", 'quote it: "1e3"'),
        ("    args: [{a: b}]\n", 9, "args[0]", "write one text"),
        ("    env:\n    - name: A\n      value: 8080\n", 11, "env[0].value", 'quote it: "8080"'),
        ("    env: [{name: A=B}]\n", 9, "env[0].name", "letters, digits"),
        ("    env: [{name: A, value: x, valueFrom: {fieldRef: {fieldPath: a}}}]\n", 9, "env[0].valueFrom", "keep one"),
        ("    env: [{name: A, valueFrom: {}}]\n", 9, "env[0].valueFrom", "configMapKeyRef"),
        ("    tty: 'true'\n", 9, "tty", "without quotes: true"),
        ("    tty: 1\n", 9, "tty", "true or false"),
        ("    ports:\n    - containerPort: '80'\n", 10, "ports[0].containerPort", "without quotes: 80"),
        ("    ports:\n    - containerPort: web\n", 10, "ports[0].containerPort", "a whole number"),
        ("    ports:\n    - containerPort: 0\n", 10, "ports[0].containerPort", "1 to 65535"),
        ("    ports:\n    - {containerPort: 80, hostPort: 70000}\n", 10, "ports[0].hostPort", "1 to 65535"),
        ("    ports:\n    - {containerPort: 80, protocol: tcp}\n", 10, "ports[0].protocol", "write TCP"),
        ("    ports:\n    - {containerPort: 80, name: a-name-that-is-too-long}\n", 10, "ports[0].name", "at most 15"),
        ("    ports:\n    - {containerPort: 80, name: '80'}\n", 10, "ports[0].name", "with a letter"),
        ("    ports:\n    - {containerPort: 80, name: a}\n    - {containerPort: 81, name: a}\n", 11, "ports[1].name", "another one"),
        ("    ports: [{containerPort: 80, hostPort: 1}, {containerPort: 81, hostPort: 1}]\n", 9, "ports[1].hostPort", "another one"),
        ("    livenessProbe: {}\n", 9, "livenessProbe", "add one of httpGet"),
        ("    livenessProbe:\n      httpGet:\n", 10, "livenessProbe.httpGet", "add one of httpGet"),
        ("    livenessProbe:\n      httpGet: {port: 80}\n      exec: {command: [a]}\n", 10, "livenessProbe.httpGet", "keep one"),
        ("    livenessProbe:\n      httpGet: {path: /}\n", 10, "livenessProbe.httpGet.port", "add `port:`"),
        ("    livenessProbe:\n      httpGet: {port: '80'}\n", 10, "livenessProbe.httpGet.port", "without quotes: 80"),
        ("    livenessProbe:\n      tcpSocket: {port: 99999}\n", 10, "livenessProbe.tcpSocket.port", "1 to 65535"),
        ("    livenessProbe:\n      tcpSocket: {port: no}\n", 10, "livenessProbe.tcpSocket.port", "whole number or a text"),
        ("    livenessProbe:\n      grpc: {port: 0}\n", 10, "livenessProbe.grpc.port", "1 to 65535"),
        ("    livenessProbe:\n      exec: {command: []}\n", 10, "livenessProbe.exec.command", "the program"),
        ("    livenessProbe:\n      exec: {command: [a]}\n      periodSeconds: -1\n", 11, "livenessProbe.periodSeconds", "0 or more"),
        ("    livenessProbe:\n      exec: {command: [a]}\n      successThreshold: 2\n", 11, "livenessProbe.successThreshold", "write 1"),
        ("    lifecycle: {preStop: {}}\n", 9, "lifecycle.preStop", "add one of exec"),
        ("    resources:\n      limits: {memory: 64MB}\n", 10, "resources.limits.memory", "64Mi"),
        ("    resources:\n      limits: {cpu: -1}\n", 10, "resources.limits.cpu", "0 or more"),
        ("    resources:\n      limits: {cpu: [1]}\n", 10, "resources.limits.cpu", "64Mi"),
        ("    resources:\n      limits: {cpu: 1}\n      requests: {cpu: 1500m}\n", 11, "resources.requests.cpu", "at most 1"),
        ("    volumeMounts: [{name: data, mountPath: /data}]\n", 9, "volumeMounts[0].name", "add a volume `data`"),
        ("    volumeMounts: [{name: data}]\n", 9, "volumeMounts[0].mountPath", "add `mountPath:`"),
    ],
)  # fmt: skip
def test_a_fault_in_a_container_is_placed(more: str, line: int, field: str, fix: str) -> None:
    error = refusal(POD + more)

    assert (error.line, error.field) == (line, f"spec.containers[0].{field}")
    assert fix in error.fix


@pytest.mark.parametrize(
    ("more", "line", "field", "fix"),
    [
        ("  - {name: app, image: tools}\n", 9, "containers[1].name", "another one"),
        ("  restartPolicy: always\n", 9, "restartPolicy", "write Always"),
        ("  terminationGracePeriodSeconds: 1.5\n", 9, "terminationGracePeriodSeconds", "a whole number"),
        ("  initContainers: [{name: app, image: tools}]\n", 7, "containers[0].name", "another one"),
        ("  initContainers:\n  - {name: a, image: b, restartPolicy: Never}\n", 10, "initContainers[0].restartPolicy", "Always"),
        ("  initContainers:\n  - {name: a, image: b, lifecycle: {}}\n", 10, "initContainers[0].lifecycle", "remove it"),
        ("  volumes: [{name: data}]\n", 9, "volumes[0]", "emptyDir: {}"),
        ("  volumes:\n  - name: data\n    emptyDir:\n", 11, "volumes[0].emptyDir", "write `emptyDir: {}`"),
        ("  volumes: [{name: data, emptyDir: {}, hostPath: {path: /}}]\n", 9, "volumes[0].hostPath", "keep one"),
        ("  volumes: [{name: data, emptydir: {}}]\n", 9, "volumes[0].emptydir", "write `emptyDir`"),
        ("  volumes: [{name: a, emptyDir: {}}, {name: a, emptyDir: {}}]\n", 9, "volumes[1].name", "another one"),
        ("  hostNetwork: true\n  initContainers:\n  - {name: a, image: b, ports: [{containerPort: 1, hostPort: 2}]}\n", 11,
         "initContainers[0].ports[0].hostPort", "write hostPort: 1"),
    ],
)  # fmt: skip
def test_a_fault_between_the_parts_of_a_pod_is_placed(more: str, line: int, field: str, fix: str) -> None:
    error = refusal(POD + more)

    assert (error.line, error.field) == (line, f"spec.{field}")
    assert fix in error.fix


def test_a_mount_of_a_misspelt_volume_names_the_right_one() -> None:
    mount = "    volumeMounts: [{name: dtaa, mountPath: /data}]\n"

    assert refusal(f"{POD}{mount}  volumes: [{{name: data, emptyDir: {{}}}}]\n").fix == "write data"


def test_a_path_is_mounted_once() -> None:
    mounts = "    volumeMounts: [{name: a, mountPath: /a}, {name: a, mountPath: /a}]\n  volumes: [{name: a, emptyDir: {}}]\n"

    assert refusal(POD + mounts).field == "spec.containers[0].volumeMounts[1].mountPath"


def test_an_empty_mount_path_is_refused() -> None:
    mounts = "    volumeMounts: [{name: a, mountPath: ''}]\n  volumes: [{name: a, emptyDir: {}}]\n"

    assert refusal(POD + mounts).field == "spec.containers[0].volumeMounts[0].mountPath"


def test_a_custom_resource_may_hold_anything() -> None:
    (document,) = parse("apiVersion: example.org/v1\nkind: Wombat\nmetadata: {name: w}\nspec: {anything: [1, {}]}\n", "w.yaml")

    validate(document)


def test_an_init_container_may_use_the_port_of_an_app() -> None:
    ports = "ports: [{containerPort: 80, hostPort: 8080}]"
    (document,) = parse(f"{POD}    {ports}\n  initContainers: [{{name: first, image: tools, {ports}}}]\n", "web.yaml")

    validate(document)


def test_a_field_without_a_value_is_a_field_that_is_not_there() -> None:
    (document,) = parse(f"{POD}    env:\n  volumes:\n", "web.yaml")

    validate(document)
