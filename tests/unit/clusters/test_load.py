from __future__ import annotations

import pytest
from cluster_bench import ClusterBench
from fake_host import RECORDED

from labkit.clusters.load import held_images, lacking
from labkit.errors import CommandError, HostError, ImageError


def test_a_name_stands_for_the_image_whose_id_podman_gives() -> None:
    held = held_images((RECORDED / "ctr-images.txt").read_text())
    assert held["localhost/labkit/tools:1"] == "sha256:19d8ff4d8f0cfb748054b16d8adce0a19f9119b08a1ed210a4c5b12d3a8106eb"


def test_a_name_without_an_id_stands_for_nothing_known() -> None:
    assert held_images("REF TYPE DIGEST\ntools:1 type sha256:manifest\n") == {"tools:1": ""}


def test_only_nodes_that_lack_something_are_named() -> None:
    held = {"first": {"tools:1": "sha256:new"}, "second": {"tools:1": "sha256:old"}, "third": {}}
    assert lacking({"tools:1": "sha256:new"}, held) == {"second": ("tools:1",), "third": ("tools:1",)}


def test_what_is_missing_goes_into_every_node_by_one_archive(bench: ClusterBench) -> None:
    bench.life().up("three")
    assert bench.life().load(["tools:1", "nginx:1"]) == ("tools:1", "nginx:1")
    assert len(bench.host.ran("podman save")) == len(bench.host.ran("/bin/kind load")) == 1


def test_a_second_load_does_nothing(bench: ClusterBench) -> None:
    bench.life().up()
    bench.life().load(["tools:1"])
    assert bench.life().load(["tools:1"]) == ()
    assert len(bench.host.ran("/bin/kind load")) == 1


def test_only_what_is_missing_is_loaded(bench: ClusterBench) -> None:
    bench.life().up()
    bench.life().load(["tools:1"])
    assert bench.life().load(["tools:1", "nginx:1"]) == ("nginx:1",)


def test_an_image_that_has_changed_under_its_name_is_loaded_again(bench: ClusterBench) -> None:
    bench.life().up()
    bench.host.loaded["tools:1"] = "old-tools:1"
    assert bench.life().load(["tools:1"]) == ("tools:1",)


def test_a_kept_archive_is_not_saved_again(bench: ClusterBench) -> None:
    bench.life().up()
    bench.life().load(["tools:1"])
    bench.life().up(recreate=True)
    bench.life().load(["tools:1"])
    assert len(bench.host.ran("podman save")) == 1
    assert len(bench.host.ran("/bin/kind load")) == 2


def test_a_save_that_fails_leaves_no_archive(bench: ClusterBench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.life().up()
    podman = bench.host._podman
    monkeypatch.setattr(bench.host, "_podman", lambda argv: LookupError("no space left on device") if argv[0] == "save" else podman(argv))
    with pytest.raises(CommandError, match="no space left"):
        bench.life().load(["tools:1"])
    assert list((bench.folder / "archives").iterdir()) == []


def test_an_image_that_is_not_here_is_named_with_what_to_do(bench: ClusterBench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.life().up()
    podman = bench.host._podman
    monkeypatch.setattr(bench.host, "_podman", lambda argv: LookupError("no such image") if argv[0] == "image" else podman(argv))
    with pytest.raises(ImageError, match="run `labkit images`"):
        bench.life().load(["tools:1"])


def test_without_a_cluster_nothing_is_saved(bench: ClusterBench) -> None:
    with pytest.raises(HostError, match="labkit up"):
        bench.life().load(["tools:1"])
    assert bench.host.ran("podman save") == []
