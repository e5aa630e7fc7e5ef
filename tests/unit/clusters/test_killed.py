"""A run that is killed at any step is put right by the next `up` or `down`."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from cluster_bench import ClusterBench
from fake_host import Killed

from labkit.clusters.journal import Step


def die_making(step: Step) -> Callable[[ClusterBench], object]:
    return lambda bench: bench.life(die_at=step).up("three")


def die_in_kind(made: str) -> Callable[[ClusterBench], object]:
    def begin(bench: ClusterBench) -> None:
        bench.host.dies_during_create = made
        bench.life().up("three")

    return begin


def die_removing(step: Step) -> Callable[[ClusterBench], object]:
    def begin(bench: ClusterBench) -> None:
        bench.life().up("three")
        bench.life(die_at=step).down()

    return begin


def die_stopping(step: Step) -> Callable[[ClusterBench], object]:
    def begin(bench: ClusterBench) -> None:
        bench.life().up("three")
        bench.life(die_at=step).stop()

    return begin


def die_starting(step: Step) -> Callable[[ClusterBench], object]:
    def begin(bench: ClusterBench) -> None:
        bench.life().up("three")
        bench.life().stop()
        bench.life(die_at=step).up()

    return begin


MOMENTS = {
    **{f"up, at {step}": die_making(step) for step in (Step.CREATE, Step.SETTLE, Step.READY)},
    **{f"up, kind has made {made}": die_in_kind(made) for made in ("volume", "node", "nodes")},
    **{f"stop, at {step}": die_stopping(step) for step in (Step.STOP, Step.STOPPED)},
    **{f"up of a stopped one, at {step}": die_starting(step) for step in (Step.START, Step.SETTLE, Step.READY)},
    **{f"down, at {step}": die_removing(step) for step in (Step.DELETE, Step.VOLUMES, Step.NETWORK, Step.FILES)},
}


@pytest.fixture(params=MOMENTS)
def killed(request: pytest.FixtureRequest, bench: ClusterBench) -> ClusterBench:
    with pytest.raises(Killed):
        MOMENTS[request.param](bench)
    bench.host.dies_during_create = ""
    return bench


def test_every_step_has_its_moment() -> None:
    assert {step for step in Step if not any(f"at {step}" in moment for moment in MOMENTS)} == set()


def test_the_next_up_has_a_cluster_that_works(killed: ClusterBench) -> None:
    killed.life().up("three")
    assert killed.life().status().state == "running"
    assert set(killed.host.nodes.values()) == {"running"}


def test_the_next_up_leaves_no_volume_of_the_killed_one(killed: ClusterBench) -> None:
    killed.life().up("three")
    assert len(killed.host.volumes) == 3


def test_the_next_down_leaves_nothing(killed: ClusterBench) -> None:
    killed.life().down()
    assert killed.left() == []


def test_a_down_that_is_killed_in_between_is_finished_by_another(killed: ClusterBench) -> None:
    with contextlib.suppress(Killed):
        killed.life(die_at=Step.VOLUMES).down()
    killed.life().down()
    assert killed.left() == []
