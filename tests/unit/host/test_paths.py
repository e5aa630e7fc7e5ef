from __future__ import annotations

import os
from pathlib import Path

import pytest

from labkit.errors import HostError
from labkit.host.paths import make_runtime_dir, paths, workbooks
from labkit.process import Account


@pytest.fixture
def plain(monkeypatch: pytest.MonkeyPatch) -> Account:
    """Be an ordinary user with nothing set."""
    for kind in ("CONFIG", "CACHE", "STATE"):
        monkeypatch.delenv(f"LABKIT_{kind}_HOME", raising=False)
        monkeypatch.delenv(f"XDG_{kind}_HOME", raising=False)
    monkeypatch.delenv("LABKIT_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/ada")
    return Account("ada", os.getuid(), os.getgid(), Path("/home/ada"))


@pytest.fixture
def other(tmp_path: Path) -> Account:
    """Another account, with ids that the test may give files to."""
    return Account("labkit", os.getuid(), os.getgid(), tmp_path / "home")


def test_directories_are_where_xdg_says(plain: Account) -> None:
    own = paths(plain)
    assert [str(own.config), str(own.cache), str(own.state)] == [
        "/home/ada/.config/labkit",
        "/home/ada/.cache/labkit",
        "/home/ada/.local/state/labkit",
    ]


def test_xdgs_variables_move_our_own_directories(plain: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/data/config")
    assert paths(plain).config == Path("/data/config/labkit")


def test_xdgs_variables_of_root_say_nothing_about_another_account(plain: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "/data/config")
    another = Account("labkit", os.getuid() + 1, 1001, Path("/home/labkit"))
    assert paths(another).config == Path("/home/labkit/.config/labkit")


def test_labkits_variables_win(plain: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/data/state")
    monkeypatch.setenv("LABKIT_STATE_HOME", "/srv/labkit-state")
    assert paths(plain).state == Path("/srv/labkit-state")


def test_workbooks_are_in_the_home_of_who_runs_podman(plain: Account) -> None:
    assert paths(plain).workbooks == Path("/home/ada/labkit-lessons")


def test_workbooks_can_be_put_elsewhere(ourselves: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_HOME", "/srv/lessons")
    assert workbooks() == Path("/srv/lessons")


def test_root_without_an_account_is_told_to_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 0)
    monkeypatch.setenv("LABKIT_ACCOUNT", "nobody-has-this-name")
    with pytest.raises(HostError) as refused:
        paths()
    assert refused.value.fix == "run `make setup`"


def test_the_runtime_directory_is_the_accounts_alone(tmp_path: Path, other: Account) -> None:
    assert make_runtime_dir(other, tmp_path, boot="one").stat().st_mode & 0o777 == 0o700


def test_the_runtime_directory_is_kept_during_a_boot(tmp_path: Path, other: Account) -> None:
    (make_runtime_dir(other, tmp_path, boot="one") / "containers").touch()
    assert (make_runtime_dir(other, tmp_path, boot="one") / "containers").exists()


def test_what_an_earlier_boot_left_in_the_runtime_directory_is_gone(tmp_path: Path, other: Account) -> None:
    (make_runtime_dir(other, tmp_path, boot="one") / "containers").touch()
    assert list(make_runtime_dir(other, tmp_path, boot="two").iterdir()) == []


def test_a_runtime_directory_that_was_deleted_is_made_again(tmp_path: Path, other: Account) -> None:
    make_runtime_dir(other, tmp_path, boot="one").rmdir()
    assert make_runtime_dir(other, tmp_path, boot="one").is_dir()


def test_a_session_of_systemd_has_a_runtime_directory_already(tmp_path: Path, other: Account) -> None:
    (tmp_path / "user" / str(other.uid) / "systemd/private").mkdir(parents=True)
    assert make_runtime_dir(other, tmp_path, boot="one") == tmp_path / "user" / str(other.uid)


def test_the_home_serves_where_run_cannot_be_written(tmp_path: Path, other: Account) -> None:
    no_directory = tmp_path / "run"
    no_directory.touch()
    assert make_runtime_dir(other, no_directory, boot="one").is_relative_to(other.home)
