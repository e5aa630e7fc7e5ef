"""The arithmetic of the benchmarks. How long something takes is measured there, and never in a test."""

from __future__ import annotations

import pytest

from benchmarks.bars import Allowed, Row, at_most, at_most_more, at_most_times, for_information, table
from benchmarks.pairs import Pairs, alternate, seconds_of


def row(allowed: Allowed, ours: float, peer: float | None = 1.0) -> Row:
    return Row("apply", "podman kube play -", Pairs((ours,), () if peer is None else (peer,)), allowed)


def test_peer_and_ours_take_turns() -> None:
    turns: list[str] = []

    def side(name: str) -> float:
        turns.append(name)
        return 1.0

    alternate(lambda: side("ours"), lambda: side("peer"), pairs=2)
    assert turns == ["peer", "ours"] * 3


def test_the_first_turn_of_each_does_not_count() -> None:
    ours, peer = iter([90.0, 2.0, 3.0]), iter([80.0, 1.0, 1.0])
    assert alternate(lambda: next(ours), lambda: next(peer), pairs=2) == Pairs((2.0, 3.0), (1.0, 1.0))


def test_a_disturbed_turn_does_not_move_the_median() -> None:
    assert Pairs((2.0, 2.0, 50.0), (1.0, 30.0, 1.0)).ratio == 2.0


def test_only_the_act_itself_is_timed() -> None:
    clock = iter([10.0, 12.5])
    assert seconds_of(lambda: None, lambda: next(clock)) == 2.5


@pytest.mark.parametrize(
    ("allowed", "kept", "missed"),
    [(at_most_times(1.25), 1.25, 1.26), (at_most_more(0.15), 1.14, 1.16), (at_most(0.5), 0.4, 0.5)],
)
def test_a_bar_is_kept_on_one_side_of_what_it_allows(allowed: Allowed, kept: float, missed: float) -> None:
    assert (row(allowed, kept).ok, row(allowed, missed).ok) == (True, False)


def test_what_is_measured_for_information_is_neither_kept_nor_missed() -> None:
    assert row(for_information(), 99.0, peer=None).ok is None


def test_a_missed_bar_is_shouted_in_the_table() -> None:
    assert table([row(at_most_times(1.25), 2.0)]).splitlines()[1].split()[-5:] == ["1.25", "x", "the", "peer", "NO"]


def test_the_record_of_a_row_holds_medians_in_seconds() -> None:
    record = row(at_most_times(1.25), 1.2).as_record()
    assert (record["ours_seconds"], record["peer_seconds"], record["ratio"], record["ok"]) == (1.2, 1.0, 1.2, True)
