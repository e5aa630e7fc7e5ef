from __future__ import annotations

import pytest
from cluster_bench import ClusterBench

from labkit.clusters.journal import Step
from labkit.errors import ConflictError, HostError


def test_up_makes_a_cluster_that_works(bench: ClusterBench) -> None:
    assert bench.life().up().nodes == ("labkit-control-plane",)
    assert bench.life().status().state == "running"


def test_a_second_up_makes_nothing(bench: ClusterBench) -> None:
    bench.life().up()
    bench.host.calls.clear()
    bench.life().up()
    assert not [
        line
        for line in map(" ".join, bench.host.calls)
        if not line.startswith(("podman ps", "podman inspect", "podman exec")) and "get" not in line
    ]


def test_up_never_touches_the_users_kubeconfig(bench: ClusterBench) -> None:
    bench.life().up()
    named = {word for call in bench.host.calls for word in call if word.startswith("--kubeconfig=")}
    assert named == {f"--kubeconfig={bench.home / 'kubeconfig'}"}


def test_down_leaves_nothing(bench: ClusterBench) -> None:
    bench.life().up()
    assert bench.life().down() == ("labkit-control-plane",)
    assert bench.left() == []


def test_down_without_a_cluster_removes_nothing(bench: ClusterBench) -> None:
    assert bench.life().down() == ()


def test_down_leaves_a_network_that_was_there_before(bench: ClusterBench) -> None:
    bench.host.network = True
    bench.life().up()
    bench.life().down()
    assert bench.left() == ["network"]


def test_a_cluster_that_labkit_did_not_make_is_left_alone(bench: ClusterBench) -> None:
    bench.host.nodes["labkit-control-plane"] = "running"
    for act in (bench.life().up, bench.life().down, bench.life().stop):
        with pytest.raises(ConflictError, match="labkit did not make"):
            act()
    assert bench.host.nodes == {"labkit-control-plane": "running"}


def test_a_cluster_made_by_hand_in_the_place_of_ours_is_left_alone(bench: ClusterBench) -> None:
    bench.life().up()
    bench.host.nodes["labkit-by-hand"] = "running"
    with pytest.raises(ConflictError, match="labkit-by-hand"):
        bench.life().down()


def test_a_cluster_of_another_configuration_is_not_thrown_away(bench: ClusterBench) -> None:
    bench.life().up("one")
    with pytest.raises(HostError, match="--config three --recreate"):
        bench.life().up("three")


def test_recreate_makes_another_configuration(bench: ClusterBench) -> None:
    bench.life().up("one")
    assert set(bench.life().up("three", recreate=True).nodes) == {"labkit-control-plane", "labkit-worker", "labkit-worker2"}


def test_without_a_name_up_keeps_the_configuration(bench: ClusterBench) -> None:
    bench.life().up("three")
    assert len(bench.life().up(recreate=True).nodes) == 3


def test_stopped_nodes_are_started_in_the_order_of_their_first_addresses(bench: ClusterBench) -> None:
    by_address = bench.life().up("three").nodes
    bench.life().stop()
    bench.life().up()
    assert by_address == ("labkit-worker2", "labkit-worker", "labkit-control-plane")
    assert bench.host.ran("podman start") == [f"podman start {name}" for name in by_address]


def test_stopped_nodes_are_not_made_again(bench: ClusterBench) -> None:
    bench.life().up()
    bench.life().stop()
    assert bench.life().status().state == "stopped"
    bench.life().up()
    assert bench.host.made == 1


def test_a_paused_node_goes_on(bench: ClusterBench) -> None:
    bench.life().up()
    bench.host.nodes["labkit-control-plane"] = "paused"
    bench.life().up()
    assert bench.host.ran("podman unpause") == ["podman unpause labkit-control-plane"]
    assert bench.host.made == 1


def test_a_cluster_whose_node_is_gone_is_made_again_and_why_is_said(bench: ClusterBench) -> None:
    bench.life().up("three")
    del bench.host.nodes["labkit-worker"]
    bench.life().up()
    assert "making the cluster again: its node labkit-worker is gone" in bench.host.said
    assert len(bench.host.nodes) == 3


def test_a_lost_kubeconfig_is_written_again(bench: ClusterBench) -> None:
    bench.life().up()
    (bench.home / "kubeconfig").unlink()
    bench.life().up()
    assert len(bench.host.ran("/bin/kind export kubeconfig")) == 1
    assert bench.host.made == 1


def test_a_dead_cluster_is_said_in_a_sentence(bench: ClusterBench) -> None:
    bench.life().up()
    bench.host.sick = True
    with pytest.raises(HostError, match="its API does not answer") as dead:
        bench.life().cluster()
    assert dead.value.fix == "run `labkit up`"


def test_a_stopped_cluster_is_said_in_a_sentence(bench: ClusterBench) -> None:
    bench.life().up()
    bench.life().stop()
    with pytest.raises(HostError, match="its node labkit-control-plane is exited"):
        bench.life().cluster()


def test_no_cluster_is_said_in_a_sentence(bench: ClusterBench) -> None:
    with pytest.raises(HostError, match="there is none"):
        bench.life().cluster()


def test_what_kind_could_not_make_is_removed_at_once(bench: ClusterBench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(argv: list[str]) -> LookupError:
        bench.host.volumes["leaked"] = "labkit-control-plane"
        return LookupError("ERROR: could not find a log line")

    monkeypatch.setattr(bench.host, "_create", fails)
    with pytest.raises(Exception, match="kind create cluster"):
        bench.life().up()
    assert bench.left() == []


def test_each_change_is_shown_as_one_would_type_it(bench: ClusterBench) -> None:
    bench.life().up()
    shown = [line.split()[1:3] for line in bench.host.said if line.startswith("$ ")]
    assert shown[0] == ["kind", "create"]


def test_the_journal_is_written_before_each_step(bench: ClusterBench) -> None:
    steps: list[tuple[Step, int]] = []
    life = bench.life()
    object.__setattr__(life.journal, "written", lambda step: steps.append((step, bench.host.made)))
    life.up()
    life.down()
    assert steps[0] == (Step.CREATE, 0)
    assert [step for step, _ in steps] == [Step.CREATE, Step.SETTLE, Step.READY, Step.DELETE, Step.VOLUMES, Step.NETWORK, Step.FILES]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for nothing: look once."""
    monkeypatch.setattr("labkit.clusters.life._PATIENCE", 0.0)
    monkeypatch.setattr("labkit.clusters.settle._LONGEST", 0.0)


def test_a_cluster_that_does_not_get_well_by_itself_is_restarted(bench: ClusterBench, impatient: None) -> None:
    bench.life().up()
    bench.host.sick, bench.host.cured_by = True, "podman start"
    bench.life().up()
    assert bench.host.made == 1
    assert bench.life().status().state == "running"


def test_a_cluster_that_a_restart_does_not_cure_is_made_again_and_why_is_said(bench: ClusterBench, impatient: None) -> None:
    bench.life().up()
    bench.host.sick, bench.host.cured_by = True, "podman kill"
    bench.life().up()
    assert "making the cluster again: it does not answer" in bench.host.said
    assert bench.host.made == 2
