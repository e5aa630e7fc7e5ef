from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labkit.errors import HostError
from labkit.host.facts import Facts
from labkit.host.paths import Paths, paths
from labkit.host.setup import is_set_up, setup
from labkit.process import Account, Result
from labkit.replay import ReplayRunner

INFO = json.dumps({"version": {"Version": "4.9.3"}})
Without = Callable[..., Facts]


@pytest.fixture
def own(ourselves: Account) -> Paths:
    return paths(ourselves)


@pytest.fixture
def podman() -> ReplayRunner:
    return ReplayRunner({"podman info": INFO})


def set_up(facts: Facts, podman: ReplayRunner) -> list[str]:
    """Set up as an ordinary user: `podman info` is all that may be started. Return what was said."""
    said: list[str] = []
    setup(facts, ReplayRunner({}), said.append, podman=lambda: podman)
    return said


def test_a_laptop_is_set_up_by_trying_podman(laptop: Facts, own: Paths, podman: ReplayRunner) -> None:
    assert set_up(laptop, podman) == ["trying podman", "podman 4.9.3 works"]


def test_a_second_set_up_starts_no_program(laptop: Facts, own: Paths, podman: ReplayRunner) -> None:
    set_up(laptop, podman)
    assert set_up(laptop, ReplayRunner({})) == []


def test_a_laptop_gets_no_file_but_the_stamp(laptop: Facts, own: Paths, podman: ReplayRunner, tmp_path: Path) -> None:
    set_up(laptop, podman)
    assert [file for file in tmp_path.rglob("*") if file.is_file()] == [own.stamp]


def test_a_host_that_needs_it_gets_a_containers_conf(laptop: Facts, own: Paths, podman: ReplayRunner) -> None:
    set_up(replace(laptop, systemd_user=False), podman)
    assert "cgroupfs" in own.containers_conf.read_text()


def test_a_file_that_is_no_longer_needed_goes(laptop: Facts, own: Paths, podman: ReplayRunner) -> None:
    set_up(replace(laptop, systemd_user=False), podman)
    set_up(laptop, podman)
    assert not own.containers_conf.exists()


def test_the_storage_driver_stays_as_it_was_chosen(laptop: Facts, own: Paths, podman: ReplayRunner) -> None:
    own.config.mkdir()
    own.storage_conf.write_text('[storage]\ndriver = "overlay"\n')
    set_up(laptop, podman)
    assert own.storage_conf.exists()


def test_nothing_is_written_when_something_is_missing(laptop: Facts, own: Paths, tmp_path: Path, without: Without) -> None:
    with pytest.raises(HostError):
        set_up(replace(without(laptop, "newuidmap"), systemd_user=False), ReplayRunner({}))
    assert list(tmp_path.iterdir()) == []


def test_an_ordinary_user_is_told_the_one_command_for_all_that_is_missing(laptop: Facts, own: Paths, without: Without) -> None:
    lacking = replace(without(laptop, "newuidmap"), subuid=0, subgid=0, next_subid=165536, device_modes={"/dev/net/tun": 0o600})
    with pytest.raises(HostError) as told:
        set_up(lacking, ReplayRunner({}))
    assert told.value.fix == (
        "sudo apt-get install -y uidmap"
        " && sudo usermod --add-subuids 165536-231071 --add-subgids 165536-231071 ada"
        " && sudo chmod 0666 /dev/net/tun"
    )


def test_macos_without_podman_is_told_to_install_it(laptop: Facts, own: Paths, without: Without) -> None:
    with pytest.raises(HostError) as told:
        set_up(replace(without(laptop, "podman"), system="Darwin"), ReplayRunner({}))
    assert told.value.fix.startswith("brew install podman")


def test_root_on_another_distribution_is_told_the_command(bare: Facts, own: Paths) -> None:
    with pytest.raises(HostError) as told:
        set_up(replace(bare, distribution="fedora"), ReplayRunner({}))
    assert told.value.fix == "dnf install -y podman"


def test_a_podman_that_does_not_work_is_shown_and_not_stamped(laptop: Facts, own: Paths) -> None:
    broken = ReplayRunner({"podman info": Result((), 125, "", "Error: newuidmap: write to uid_map failed")})
    with pytest.raises(HostError, match="newuidmap: write to uid_map failed"):
        set_up(laptop, broken)
    assert not is_set_up()


@pytest.fixture
def finished(laptop: Facts, own: Paths, podman: ReplayRunner) -> Paths:
    set_up(replace(laptop, systemd_user=False), podman)
    return own


def test_a_finished_set_up_is_known(finished: Paths) -> None:
    assert is_set_up()


def test_the_stamp_does_not_outlive_the_file_it_speaks_of(finished: Paths) -> None:
    finished.containers_conf.unlink()
    assert not is_set_up()


def test_the_stamp_does_not_outlive_a_reboot(finished: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.host.setup.boot_id", lambda: "another boot")
    assert not is_set_up()


def test_the_stamp_does_not_outlive_a_program(finished: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name, path: None)
    monkeypatch.setattr("labkit.host.packages.needed_programs", lambda: ("podman", "a program that was here"))
    assert not is_set_up()


def test_the_stamp_does_not_outlive_the_account(finished: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.host.setup.podman_account", lambda: None)
    assert not is_set_up()


def test_a_stamp_that_is_damaged_counts_for_nothing(finished: Paths) -> None:
    finished.stamp.write_text("{")
    assert not is_set_up()
