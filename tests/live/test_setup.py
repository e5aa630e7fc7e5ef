from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from labkit.errors import HostError
from labkit.host.account import podman_account
from labkit.host.facts import Facts, Tool
from labkit.host.gather import gather
from labkit.host.paths import make_runtime_dir
from labkit.host.seat import podman_runner, shell_command
from labkit.host.setup import DEVICES, ensure_setup, setup
from labkit.process import Account, LocalRunner
from labkit.replay import ReplayRunner

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def account() -> Account:
    """Set this host up, and return who runs Podman on it."""
    ensure_setup(print)
    found = podman_account()
    assert found is not None
    return found


@pytest.fixture(scope="module")
def facts(account: Account) -> Facts:
    return gather(podman_runner(), account.name)


def system_state() -> dict[str, object]:
    """Return what only root could have changed."""
    tables = [Path("/etc") / name for name in ("passwd", "group", "subuid", "subgid")]
    texts = {str(table): table.read_text() for table in tables if table.exists()}
    return {**texts, **{str(device): device.stat().st_mode for device in DEVICES if device.exists()}}


def test_a_second_set_up_finds_nothing_to_do(account: Account) -> None:
    assert ensure_setup(print) is False


def test_a_second_set_up_does_not_even_look_for_facts(account: Account) -> None:
    def look(*_: object) -> Facts:
        raise AssertionError("facts were gathered, which starts programs")

    ensure_setup(print, look)


def test_going_through_every_step_again_starts_no_program(account: Account, facts: Facts) -> None:
    runner = ReplayRunner({})
    setup(facts, runner, print, podman=lambda: runner)
    assert runner.calls == []


def test_podman_of_the_lessons_is_rootless(account: Account) -> None:
    info = json.loads(podman_runner().run(["podman", "info", "--format", "json"]).stdout)
    assert info["host"]["security"]["rootless"] is True


def test_the_shell_of_the_lessons_has_the_same_podman(account: Account) -> None:
    question = "podman info --format '{{.Store.GraphRoot}} {{.Host.RemoteSocket.Path}}'"
    shell = LocalRunner().run([*shell_command(), "-c", question])
    assert shell.stdout == podman_runner().run(["sh", "-c", question]).stdout


def test_an_ordinary_user_who_lacks_something_changes_nothing(account: Account, facts: Facts) -> None:
    before = system_state()
    runner = ReplayRunner({})
    lacking = replace(facts, is_root=False, subuid=0, tools={**facts.tools, "newuidmap": Tool()})
    with pytest.raises(HostError, match="no uidmap") as told:
        setup(lacking, runner, print, podman=lambda: runner)
    assert (runner.calls, system_state()) == ([], before)
    assert told.value.fix.startswith("sudo ")


def test_a_runtime_directory_belongs_to_the_account(account: Account, tmp_path: Path) -> None:
    made = make_runtime_dir(account, tmp_path, boot="now")
    assert (made.stat().st_uid, made.stat().st_mode & 0o777) == (account.uid, 0o700)
    assert list(made.iterdir()) == []
