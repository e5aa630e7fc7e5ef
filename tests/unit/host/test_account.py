from __future__ import annotations

from pathlib import Path

import pytest

from labkit.errors import HostError
from labkit.host.account import account_name, ensure_account, free_range, owned_ids, podman_account
from labkit.process import Account
from labkit.replay import ReplayRunner

PEOPLE = "root:x:0:0:root:/root:/bin/bash\nada:x:1000:1000:Ada:/home/ada:/bin/bash\nlabkit:x:1001:1001::/home/labkit:/bin/bash\n"


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    (tmp_path / "passwd").write_text(PEOPLE)
    (tmp_path / "shadow").write_text("root:*:1::::::\nada:$y$j9T$x:1::::::\nlabkit:!:1::::::\n")
    (tmp_path / "subuid").write_text("ada:100000:65536\nlabkit:165536:65536\n")
    (tmp_path / "subgid").write_text("ada:100000:65536\nlabkit:165536:65536\n")
    return tmp_path


def commands(etc: Path, name: str) -> list[str]:
    runner = ReplayRunner({"useradd": "", "usermod": ""})
    ensure_account(runner, name, lambda line: None, etc)
    return runner.typed


def test_an_account_that_has_everything_is_left_alone(etc: Path) -> None:
    assert commands(etc, "labkit") == []


def test_a_new_account_gets_ids_where_useradd_gave_it_none(etc: Path) -> None:
    made, given = commands(etc, "lessons")
    assert made.startswith("useradd --create-home")
    assert given == "usermod --add-subuids 231072-296607 --add-subgids 231072-296607 lessons"


def test_only_the_missing_kind_of_ids_is_added(etc: Path) -> None:
    (etc / "subgid").write_text("ada:100000:65536\n")
    assert commands(etc, "labkit") == ["usermod --add-subgids 231072-296607 labkit"]


def test_a_persons_account_is_refused_and_left_alone(etc: Path) -> None:
    runner = ReplayRunner({})
    with pytest.raises(HostError, match="belongs to a person"):
        ensure_account(runner, "ada", lambda line: None, etc)


def test_an_account_that_is_entered_by_a_key_is_a_persons(etc: Path, tmp_path: Path) -> None:
    (tmp_path / "home/.ssh").mkdir(parents=True)
    (tmp_path / "home/.ssh/authorized_keys").touch()
    (etc / "passwd").write_text(f"{PEOPLE}bob:x:1002:1002::{tmp_path}/home:/bin/bash\n")
    with pytest.raises(HostError, match="belongs to a person"):
        ensure_account(ReplayRunner({}), "bob", lambda line: None, etc)


def test_the_systems_own_account_is_refused(etc: Path) -> None:
    with pytest.raises(HostError, match="belongs to the system"):
        ensure_account(ReplayRunner({}), "root", lambda line: None, etc)


def test_a_gap_that_is_too_small_is_not_taken() -> None:
    assert free_range("ada:100000:65536\n", "bob:200000:65536\n").start == 265536


def test_the_first_range_is_free_where_nobody_has_any() -> None:
    assert free_range("", "") == range(100000, 165536)


def test_ids_in_several_lines_are_added_up() -> None:
    assert owned_ids("ada:100000:1000\nbob:200000:65536\nada:300000:500\n", "ada") == 1500


def test_a_line_that_is_no_range_is_passed_over() -> None:
    assert owned_ids("# ids\n\nada:many:65536\nada:100000:10\n", "ada") == 10


def test_another_account_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_ACCOUNT", "podman-lessons")
    assert account_name() == "podman-lessons"


def test_root_without_an_account_has_nobody_to_run_podman_as(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 0)
    monkeypatch.setenv("LABKIT_ACCOUNT", "nobody-has-this-name")
    assert podman_account() is None


def test_an_ordinary_user_runs_podman_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    ourselves = Account("ada", 1000, 1000, Path("/home/ada"))
    monkeypatch.setattr("os.getuid", lambda: 1000)
    monkeypatch.setattr(Account, "current", lambda: ourselves)
    assert podman_account() == ourselves
