from __future__ import annotations

from typing import Any

import pytest

from labkit.engines.probes import ProbeCommand, Tally, probe_command

PROBE = ProbeCommand(("true",), delay=0, period=1, timeout=1, failures=3, successes=2)


def after(*results: bool) -> Tally:
    tally = Tally()
    for passed in results:
        tally = tally.after(passed, "", PROBE)
    return tally


@pytest.mark.parametrize(
    ("results", "passing"),
    [
        ((), None),
        ((True,), None),
        ((True, True), True),
        ((False, False), None),
        ((False, False, False), False),
        ((True, True, False, False), True),
        ((True, True, False, False, False), False),
        ((False, False, False, True), False),
        ((False, False, True, False, False), None),
    ],
)
def test_a_probe_changes_its_mind_only_after_its_thresholds(results: tuple[bool, ...], passing: bool | None) -> None:
    assert after(*results).passing is passing


@pytest.mark.parametrize(
    ("probe", "argv"),
    [
        ({"exec": {"command": ["test", "-e", "/x"]}}, ["test", "-e", "/x"]),
        ({"tcpSocket": {"port": 5432}}, ["nc", "-z", "-w", "1", "localhost", "5432"]),
        ({"tcpSocket": {"port": "db"}}, ["nc", "-z", "-w", "1", "localhost", "5432"]),
    ],
)
def test_a_probe_is_a_command_inside_the_container(probe: dict[str, Any], argv: list[str]) -> None:
    container = {"ports": [{"name": "db", "containerPort": 5432}], "readinessProbe": probe}
    command = probe_command(container, "readiness")
    assert command is not None
    assert list(command.argv) == argv


def test_an_http_probe_fetches_its_path_with_its_headers() -> None:
    get = {"port": 80, "path": "/health", "httpHeaders": [{"name": "X", "value": "1"}]}
    command = probe_command({"livenessProbe": {"httpGet": get}}, "liveness")
    assert command is not None
    assert command.argv[0] == "curl"
    assert command.argv[-3:] == ("--header", "X: 1", "http://localhost:80/health")


def test_times_and_thresholds_default_as_in_kubernetes() -> None:
    command = probe_command({"startupProbe": {"exec": {"command": ["true"]}}}, "startup")
    assert command is not None
    assert (command.delay, command.period, command.timeout, command.failures, command.successes) == (0, 10, 1, 3, 1)


def test_a_container_without_the_probe_has_no_command() -> None:
    assert probe_command({}, "readiness") is None
