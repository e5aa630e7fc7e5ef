from __future__ import annotations

import json

import pytest

from labkit.engines.podman_plan import Plan, configuration, plan
from labkit.engines.quirks import Limits
from labkit.errors import ManifestError
from labkit.model import Role
from tests.unit.engines.conftest import STAMP, TWO, documents

POD = """
apiVersion: v1
kind: Pod
metadata: {{name: web, labels: {{app: web}}}}
spec:
  {more}
  containers:
  - name: app
    image: {image}
    {container}
"""


def planned(container: str = "", more: str = "", *, others: str = "", image: str = "localhost/labkit/tools:1", limits: bool = True) -> Plan:
    found = documents(POD.format(container=container, more=more, image=image) + others)
    return plan(found[0], configuration(found), STAMP, Limits(resources=limits))


def played(wanted: Plan) -> dict:  # type: ignore[type-arg]
    return json.loads(wanted.played.split("---\n")[-1])


def test_a_pod_is_played_with_the_three_labels_beside_its_own() -> None:
    labels = played(planned())["metadata"]["labels"]
    assert labels["app"] == "web"
    assert STAMP.labels.items() <= labels.items()


def test_the_same_manifest_has_the_same_spec_label_and_another_has_another() -> None:
    assert planned().labels == planned().labels
    assert planned().labels != planned("args: [x]").labels


def test_a_changed_config_map_changes_the_spec_label() -> None:
    uses = "envFrom: [{configMapRef: {name: c}}]"
    one = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {A: '1'}\n"
    assert planned(uses, others=one).labels != planned(uses, others=one.replace("'1'", "'2'")).labels


def test_an_empty_dir_becomes_a_labelled_volume_of_this_pod_alone() -> None:
    wanted = planned("volumeMounts: [{name: data, mountPath: /data}]", "volumes: [{name: data, emptyDir: {}}]")
    assert [(v.name, v.pod, v.memory) for v in wanted.volumes] == [("web-data", "web", False)]
    assert played(wanted)["spec"]["volumes"] == [{"name": "data", "persistentVolumeClaim": {"claimName": "web-data"}}]


def test_an_empty_dir_in_memory_stays_in_memory() -> None:
    wanted = planned(more="volumes: [{name: data, emptyDir: {medium: Memory}}]")
    assert wanted.volumes[0].memory


def test_a_claim_keeps_its_name_and_outlives_the_pod() -> None:
    wanted = planned(more="volumes: [{name: data, persistentVolumeClaim: {claimName: shop}}]")
    assert [(v.name, v.pod) for v in wanted.volumes] == [("shop", "")]


def test_a_secret_volume_is_played_as_a_config_map_with_its_decoded_data() -> None:
    secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {password: aHVudGVyMg==}\n"
    wanted = planned(more="volumes: [{name: key, secret: {secretName: s}}]", others=secret)
    config = json.loads(wanted.played.split("---\n")[0])
    assert (config["kind"], config["data"]) == ("ConfigMap", {"password": "hunter2"})
    assert played(wanted)["spec"]["volumes"][0]["configMap"]["name"] == config["metadata"]["name"]


def test_environment_from_a_secret_is_spelled_out() -> None:
    secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: hunter2}\n"
    wanted = planned("env: [{name: P, valueFrom: {secretKeyRef: {name: s, key: password}}}]", others=secret)
    assert played(wanted)["spec"]["containers"][0]["env"] == [{"name": "P", "value": "hunter2"}]


def test_a_config_map_that_is_not_in_the_file_is_named_with_its_place() -> None:
    with pytest.raises(ManifestError, match="there is no ConfigMap c") as caught:
        planned("envFrom: [{configMapRef: {name: c}}]")
    assert caught.value.file == "web.yaml"
    assert caught.value.field.startswith("spec.containers[0].env")


def test_an_optional_config_map_may_be_missing() -> None:
    wanted = planned("envFrom: [{configMapRef: {name: c, optional: true}}]")
    assert played(wanted)["spec"]["containers"][0].get("env", []) == []


def test_resources_are_left_out_with_a_notice_where_the_host_cannot_limit() -> None:
    wanted = planned("resources: {limits: {memory: 64Mi}}", limits=False)
    assert "resources" not in played(wanted)["spec"]["containers"][0]
    assert any("resources of app are left out" in notice for notice in wanted.notices)


def test_resources_stay_where_the_host_can_limit() -> None:
    wanted = planned("resources: {limits: {memory: 64Mi}}")
    assert played(wanted)["spec"]["containers"][0]["resources"] == {"limits": {"memory": "64Mi"}}
    assert wanted.notices == ()


def test_probes_are_taken_over_by_labkit_with_a_notice() -> None:
    wanted = planned("readinessProbe: {tcpSocket: {port: 80}}")
    assert wanted.needs_kubelet
    assert "readinessProbe" not in played(wanted)["spec"]["containers"][0]
    assert any("labkit probes it" in notice for notice in wanted.notices)


def test_a_plain_pod_needs_no_help() -> None:
    wanted = plan(documents(TWO)[0], {}, STAMP, Limits())
    assert (wanted.needs_kubelet, wanted.steps, wanted.notices) == (False, (), ())
    assert wanted.apps == ("web-app", "web-side")


def test_init_containers_and_sidecars_become_steps_in_their_order() -> None:
    init = "initContainers: [{name: a, image: i, restartPolicy: Always}, {name: b, image: i}]"
    wanted = planned(more=init)
    assert [(s.container, s.role) for s in wanted.steps] == [("a", Role.SIDECAR), ("b", Role.INIT)]
    assert "initContainers" not in played(wanted)["spec"]


def test_a_lesson_image_is_never_pulled_and_another_is_left_to_podman() -> None:
    assert played(planned())["spec"]["containers"][0]["imagePullPolicy"] == "Never"
    assert "imagePullPolicy" not in played(planned(image="docker.io/library/nginx"))["spec"]["containers"][0]


@pytest.mark.parametrize("field", ["nodeSelector: {a: b}", "serviceAccountName: me", "dnsPolicy: Default"])
def test_a_field_that_podman_ignores_is_said(field: str) -> None:
    assert any(f"Podman ignores {field.partition(':')[0]}" in notice for notice in planned(more=field).notices)


def test_a_port_without_a_host_port_is_not_played() -> None:
    ports = played(planned("ports: [{containerPort: 80, hostPort: 8080}, {containerPort: 3306}]"))["spec"]["containers"][0]["ports"]
    assert ports == [{"containerPort": 80, "hostPort": 8080}]


def test_a_volume_that_podman_cannot_make_is_refused_with_its_place() -> None:
    with pytest.raises(ManifestError, match="Podman cannot make a volume of kind nfs") as caught:
        planned(more="volumes: [{name: data, nfs: {server: a, path: /}}]")
    assert caught.value.field == "spec.volumes[0]"
