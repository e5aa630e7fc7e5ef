"""The recipe of the node: read, and told apart by content."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from fake_machine import write_recipe

from labkit.errors import HostError, LessonError
from labkit.node_image import NodeRecipe, node_recipe
from labkit.node_image.pod_images import PODS_IMAGE, image_commands

OURS = Path(__file__).resolve().parents[3] / "clusters/node"


@pytest.fixture(scope="module")
def ours() -> NodeRecipe:
    return node_recipe(OURS, "x86_64")


def test_a_changed_byte_gives_another_name(tmp_path: Path) -> None:
    before = node_recipe(write_recipe(tmp_path), "x86_64").reference
    (tmp_path / "files/usr/local/bin/entrypoint").write_text("#!/bin/sh -e\n")
    assert node_recipe(tmp_path, "x86_64").reference != before


def test_another_processor_gives_another_name(tmp_path: Path) -> None:
    write_recipe(tmp_path)
    assert node_recipe(tmp_path, "x86_64").reference != node_recipe(tmp_path, "aarch64").reference


def test_a_program_is_the_same_whatever_else_of_the_node_changes(tmp_path: Path) -> None:
    before = node_recipe(write_recipe(tmp_path), "x86_64").programs[0].digest
    (tmp_path / "files/usr/local/bin/entrypoint").write_text("#!/bin/sh -e\n")
    assert node_recipe(tmp_path, "x86_64").programs[0].digest == before


def test_a_program_is_another_one_when_a_module_of_it_is(tmp_path: Path) -> None:
    before = node_recipe(write_recipe(tmp_path), "x86_64").programs[0].digest
    (tmp_path / "kubernetes/go.sum").write_text("example.org/ctr v1.0.1 h1:=\n")
    assert node_recipe(tmp_path, "x86_64").programs[0].digest != before


def test_a_module_that_nothing_pins_is_refused(tmp_path: Path) -> None:
    (write_recipe(tmp_path) / "kubernetes/go.sum").unlink()
    with pytest.raises(LessonError, match=r"no kubernetes/go\.sum"):
        node_recipe(tmp_path, "x86_64")


def test_a_recipe_without_a_field_says_which(tmp_path: Path) -> None:
    source = write_recipe(tmp_path) / "node.toml"
    source.write_text(source.read_text().replace("suite", "release"))
    with pytest.raises(LessonError, match="'suite'"):
        node_recipe(tmp_path, "x86_64")


def test_a_machine_that_nobody_makes_nodes_for_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="riscv64"):
        node_recipe(write_recipe(tmp_path), "riscv64")


def test_every_part_of_kubernetes_is_of_the_version_that_the_recipe_names(ours: NodeRecipe) -> None:
    mod = dict(ours.files)["kubernetes/go.mod"].decode()
    staged = ours.kubernetes.replace("v1.", "v0.")
    assert f"k8s.io/kubernetes {ours.kubernetes}" in mod
    assert set(re.findall(r"=> k8s\.io/\S+ (\S+)", mod)) == {staged}


def test_the_programs_say_the_version_that_the_recipe_names(ours: NodeRecipe) -> None:
    kube = next(program for program in ours.programs if program.name == "kube")
    assert f"k8s.io/component-base/version.gitVersion={ours.kubernetes}" in kube.settings


def test_the_image_of_a_registry_is_named_by_its_digest(ours: NodeRecipe) -> None:
    assert re.fullmatch(r"docker\.io/kindest/node:v[\d.]+@sha256:[0-9a-f]{64}", ours.upstream)


def test_every_pod_that_comes_with_a_cluster_uses_the_image_that_is_in_the_node(ours: NodeRecipe) -> None:
    manifests = [content.decode() for path, content in ours.below("files/kind/manifests")]
    # kind templates the file before anybody reads it as YAML; the marks stand in a string.
    objects = [document for text in manifests for document in yaml.safe_load_all(text)]
    used = [
        container["image"]
        for document in objects
        if document["kind"] in ("Deployment", "DaemonSet")
        for container in document["spec"]["template"]["spec"]["containers"]
    ]
    assert len(manifests) == 2
    assert set(used) == {PODS_IMAGE}


def test_kind_is_asked_to_fill_in_the_addresses_of_pods(ours: NodeRecipe) -> None:
    network = dict(ours.below("files/kind/manifests"))["default-cni.yaml"].decode()
    assert "would you kindly template this file" in network


def test_every_program_that_an_image_starts_is_in_it(ours: NodeRecipe) -> None:
    wanted = [
        f"registry.k8s.io/{name}:v1" for name in ("kube-apiserver", "kube-controller-manager", "kube-proxy", "kube-scheduler", "etcd")
    ]
    names = {name for program in ours.programs for name in program.pods}
    assert {command[0] for command in image_commands([*wanted, "registry.k8s.io/coredns/coredns:v1"]).values()} - {"sh"} <= names
