from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from labkit.clusters.config import Needs, Patch, patches, read_config
from labkit.errors import LessonError

CLUSTERS = Path(__file__).parents[3] / "clusters"
NOTHING = Needs(cgroup_v1=False, keeps_oom_scores=False, search=())


def with_needs(needs: Needs, name: str = "one") -> dict[str, object]:
    return yaml.safe_load(read_config(CLUSTERS, name, "labkit", patches(needs)).text)


def test_a_host_that_needs_nothing_gets_the_file_as_it_is() -> None:
    assert with_needs(NOTHING) == yaml.safe_load((CLUSTERS / "one.yaml").read_text())


def test_on_cgroup_v1_the_kubelet_is_told_not_to_refuse_it() -> None:
    (patch,) = with_needs(Needs(cgroup_v1=True, keeps_oom_scores=False, search=()))["kubeadmConfigPatches"]
    assert yaml.safe_load(patch)["failCgroupV1"] is False


def test_where_oom_scores_cannot_be_lowered_containerd_is_told_not_to_try() -> None:
    (patch,) = with_needs(Needs(cgroup_v1=False, keeps_oom_scores=True, search=()))["containerdConfigPatches"]
    assert "restrict_oom_score_adj = true" in patch


def test_where_the_host_searches_domains_the_nodes_search_none() -> None:
    assert with_needs(Needs(cgroup_v1=False, keeps_oom_scores=False, search=("lan",)))["networking"] == {"dnsSearch": []}


def test_every_patch_says_why() -> None:
    assert all(patch.shown and patch.why for patch in patches(Needs(True, True, ("lan",))))


def test_a_patch_keeps_what_the_file_says_beside_it(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text("kind: Cluster\nnetworking: {ipFamily: ipv4}\nnodes: [{role: control-plane}]\n")
    addition = Patch("", "", {"networking": {"dnsSearch": []}, "nodes": [{"role": "worker"}]})
    patched = yaml.safe_load(read_config(tmp_path, "own", "labkit", [addition]).text)
    assert patched["networking"] == {"ipFamily": "ipv4", "dnsSearch": []}
    assert [node["role"] for node in patched["nodes"]] == ["control-plane", "worker"]


def test_the_nodes_have_the_names_that_kind_gives() -> None:
    assert read_config(CLUSTERS, "three", "labkit", ()).nodes == ("labkit-control-plane", "labkit-worker", "labkit-worker2")


def test_a_configuration_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(LessonError, match="one, three"):
        read_config(CLUSTERS, "four", "labkit", ())


@pytest.mark.parametrize(
    "text", ["kind: Cluster\nnodes: [{image: x}]", "kind: Cluster\n", "kind: Cluster\nnodes: [", "kind: Cluster\nnodes: 3"]
)
def test_a_damaged_configuration_is_said(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(LessonError, match=r"bad\.yaml"):
        read_config(tmp_path, "bad", "labkit", ())
