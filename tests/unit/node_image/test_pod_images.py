"""The archive of images that a node holds from the start."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path

import pytest

from labkit.errors import ImageError
from labkit.node_image.pod_images import PODS_IMAGE, Layers, image_commands, write_images, write_layer


@pytest.fixture
def layers(tmp_path: Path) -> Layers:
    found = Layers(*(tmp_path / f"{name}.tar" for name in ("debian", "programs", "pause")))
    for layer in (found.debian, found.programs, found.pause):
        write_layer(layer, {}, [(layer.stem, b"content")], {})
    return found


def configs(archive: Path) -> dict[str, dict[str, object]]:
    with tarfile.open(archive) as opened:

        def read(name: str) -> object:
            file = opened.extractfile(name)
            assert file is not None
            return json.load(file)

        manifest = read("manifest.json")
        assert isinstance(manifest, list)
        return {image["RepoTags"][0]: {"layers": image["Layers"], **dict(read(image["Config"]))} for image in manifest}  # type: ignore[call-overload]


def test_every_image_that_kubeadm_wants_starts_the_program_of_its_name() -> None:
    commands = image_commands(["registry.k8s.io/coredns/coredns:v1.14.6", "registry.k8s.io/pause:3.10.2"])
    assert commands["registry.k8s.io/coredns/coredns:v1.14.6"] == ("coredns",)
    assert commands["registry.k8s.io/pause:3.10.2"] == ("/pause", "-P")


def test_an_image_that_nothing_is_built_for_is_refused_by_name() -> None:
    with pytest.raises(ImageError, match="kube-dashboard"):
        image_commands(["registry.k8s.io/kube-dashboard:v1"])


def test_all_images_but_pause_share_two_layers(tmp_path: Path, layers: Layers) -> None:
    commands = image_commands(["registry.k8s.io/etcd:3.7.0-0", "registry.k8s.io/pause:3.10.2"])
    write_images(tmp_path / "images.tar", layers, commands, "amd64")
    found = configs(tmp_path / "images.tar")
    assert found["registry.k8s.io/etcd:3.7.0-0"]["layers"] == found[PODS_IMAGE]["layers"]
    assert len(found[PODS_IMAGE]["layers"]) == 2  # type: ignore[arg-type]
    assert len(found["registry.k8s.io/pause:3.10.2"]["layers"]) == 1  # type: ignore[arg-type]


def test_an_image_says_which_processor_it_is_for(tmp_path: Path, layers: Layers) -> None:
    write_images(tmp_path / "images.tar", layers, image_commands([]), "arm64")
    assert configs(tmp_path / "images.tar")[PODS_IMAGE]["architecture"] == "arm64"


def test_the_same_files_make_the_same_layer(tmp_path: Path) -> None:
    program = tmp_path / "kube"
    program.write_text("a program")
    for name in ("one.tar", "two.tar"):
        write_layer(tmp_path / name, {"usr/local/bin/kube": program}, [("usr/local/bin/script", b"#!/bin/sh\n")], {"bin/sh": "busybox"})
    assert (tmp_path / "one.tar").read_bytes() == (tmp_path / "two.tar").read_bytes()


def test_programs_in_a_layer_may_be_executed_and_links_point_where_they_should(tmp_path: Path) -> None:
    program = tmp_path / "kube"
    program.write_text("a program")
    program.chmod(0o600)
    write_layer(tmp_path / "layer.tar", {"usr/local/bin/kube": program}, [], {"usr/local/bin/kubectl": "kube"})
    with tarfile.open(tmp_path / "layer.tar") as layer:
        assert layer.getmember("usr/local/bin/kube").mode == 0o755
        assert layer.getmember("usr/local/bin/kubectl").linkname == "kube"
