from __future__ import annotations

from pathlib import Path

import pytest

from labkit.errors import HostError
from labkit.host.paths import paths
from labkit.host.seat import podman_runner, shell_command
from labkit.process import Account


@pytest.fixture
def containers_conf(ourselves: Account) -> Path:
    file = paths().containers_conf
    file.parent.mkdir()
    file.write_text("[engine]\n")
    return file


@pytest.fixture
def root_and_account(ourselves: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    """Look like root beside an account that is made for Podman."""
    account = Account("labkit", 1001, 1002, tmp_path)
    monkeypatch.setattr("os.getuid", lambda: 0)
    monkeypatch.setattr(Account, "of", lambda name: account)
    monkeypatch.setattr("labkit.host.seat.make_runtime_dir", lambda owner: Path("/run/labkit") / str(owner.uid))
    return account


def test_a_host_without_labkits_files_runs_podman_as_it_is(ourselves: Account) -> None:
    assert (podman_runner().account, podman_runner().environment) == (None, {})


def test_only_files_that_exist_are_named_to_podman(containers_conf: Path) -> None:
    assert podman_runner().environment == {"CONTAINERS_CONF": str(containers_conf)}


def test_root_runs_podman_as_the_account(root_and_account: Account) -> None:
    assert podman_runner().account == root_and_account


def test_the_account_gets_a_runtime_directory_and_the_files(containers_conf: Path, root_and_account: Account) -> None:
    assert podman_runner().environment == {"XDG_RUNTIME_DIR": "/run/labkit/1001", "CONTAINERS_CONF": str(containers_conf)}


def test_root_without_an_account_is_told_to_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getuid", lambda: 0)
    monkeypatch.setenv("LABKIT_ACCOUNT", "nobody-has-this-name")
    with pytest.raises(HostError) as refused:
        podman_runner()
    assert refused.value.fix == "run `make setup`"


def test_a_shell_of_ours_is_the_users_own(ourselves: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/zsh")
    assert shell_command() == ["/bin/zsh"]


def test_a_shell_of_ours_knows_labkits_files(containers_conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/zsh")
    assert shell_command() == ["env", f"CONTAINERS_CONF={containers_conf}", "/bin/zsh"]


def test_a_shell_of_root_becomes_the_account(root_and_account: Account) -> None:
    assert shell_command()[:3] == ["setpriv", "--reuid=1001", "--regid=1002"]


def test_a_shell_of_root_starts_among_the_workbooks(root_and_account: Account) -> None:
    paths().workbooks.mkdir()
    assert f"--chdir={paths().workbooks}" in shell_command()


def test_a_shell_of_root_does_not_inherit_roots_environment(root_and_account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_ROOT", "1")
    assert not [word for word in shell_command() if "SECRET" in word]
