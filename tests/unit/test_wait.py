from __future__ import annotations

import threading

import pytest

from labkit import wait
from labkit.errors import DeadlineError


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_what_is_so_already_is_not_waited_for(clock: Clock) -> None:
    assert wait.until(lambda: "Ready", lambda s: s == "Ready", what="", timeout=5, fix="", clock=clock, sleep=clock.sleep) == "Ready"
    assert clock.pauses == []


def test_the_observation_that_was_accepted_is_returned(clock: Clock) -> None:
    seen = iter(["Pending", "Running"])
    assert wait.until(lambda: next(seen), lambda s: s == "Running", what="", timeout=5, fix="", clock=clock, sleep=clock.sleep) == "Running"


def test_without_any_time_it_looks_once(clock: Clock) -> None:
    seen: list[float] = []
    with pytest.raises(DeadlineError):
        wait.until(lambda: seen.append(clock.now), bool, what="", timeout=0, fix="", clock=clock, sleep=clock.sleep)
    assert seen == [100.0]


def test_it_looks_once_more_at_the_deadline(clock: Clock) -> None:
    assert wait.until(clock, lambda now: now >= 103, what="", timeout=3, fix="", clock=clock, sleep=clock.sleep) == 103


def test_a_slow_look_that_ends_after_the_deadline_is_followed_by_another(clock: Clock) -> None:
    def slow_look() -> float:
        before = clock.now
        clock.now += 2
        return before

    assert wait.until(slow_look, lambda seen: seen >= 101, what="", timeout=1, fix="", clock=clock, sleep=clock.sleep) == 102


def test_pauses_double_up_to_the_longest(clock: Clock) -> None:
    with pytest.raises(DeadlineError):
        wait.until(bool, bool, what="", timeout=3, fix="", first_pause=0.25, longest_pause=1, clock=clock, sleep=clock.sleep)
    assert clock.pauses == [0.25, 0.5, 1, 1, 0.25]


def test_the_error_says_what_was_waited_for_what_was_seen_last_and_what_to_do(clock: Clock) -> None:
    seen = iter(range(100))
    with pytest.raises(DeadlineError) as caught:
        wait.until(
            lambda: next(seen),
            lambda n: n > 99,
            what="pod/web is ready",
            timeout=1,
            fix="look at its logs",
            describe=lambda n: f"look {n}",
            first_pause=0.5,
            clock=clock,
            sleep=clock.sleep,
        )
    error = caught.value
    assert (error.tried, error.last, error.fix) == ("pod/web is ready within 1 s", "look 2", "look at its logs")


def test_background_work_is_done_until_it_is_stopped() -> None:
    stop, done = threading.Event(), []

    def act() -> None:
        done.append(1)
        if len(done) == 3:
            stop.set()

    wait.every(0, act, stop)
    assert len(done) == 3


def test_background_work_that_is_stopped_already_is_not_begun() -> None:
    stop = threading.Event()
    stop.set()
    wait.every(0, lambda: pytest.fail("it was begun"), stop)
