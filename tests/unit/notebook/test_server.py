from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from labkit.notebook.server import Server, free_port, has_display, plan_server

NOTEBOOK = Path("/home/ada/labkit lessons/03-pods/03-pods.ipynb")


def plan(*, browser: bool = False, root: bool = False) -> Server:
    return plan_server(NOTEBOOK, ["bash", "-i"], browser=browser, root=root)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on loopback that somebody listens on."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_it_listens_on_loopback_only() -> None:
    assert [word for word in plan().argv if ".ip=" in word] == ["--ServerApp.ip=127.0.0.1"]


def test_the_address_is_on_loopback_and_holds_the_token() -> None:
    server = plan()
    address = urlsplit(server.address)
    assert (address.hostname, parse_qs(address.query)["token"]) == ("127.0.0.1", [server.environment["JUPYTER_TOKEN"]])


def test_the_token_is_not_on_the_command_line() -> None:
    server = plan()
    assert server.environment["JUPYTER_TOKEN"] not in " ".join(server.argv)


def test_each_start_has_a_token_of_its_own() -> None:
    assert plan().environment != plan().environment


def test_the_address_names_the_port_that_the_server_gets() -> None:
    server = plan()
    assert f"--ServerApp.port={urlsplit(server.address).port}" in server.argv


def test_the_address_and_the_start_page_are_the_notebook() -> None:
    server = plan()
    assert urlsplit(server.address).path == "/lab/tree/03-pods/03-pods.ipynb"
    assert "--LabApp.default_url=/lab/tree/03-pods/03-pods.ipynb" in server.argv


def test_the_other_lessons_are_at_hand() -> None:
    assert "--ServerApp.root_dir=/home/ada/labkit lessons" in plan().argv


def test_terminals_run_the_lessons_shell() -> None:
    assert "--ServerApp.terminado_settings={'shell_command': ['bash', '-i']}" in plan().argv


@pytest.mark.parametrize("root", [True, False])
def test_only_root_says_that_it_is_root(root: bool) -> None:
    assert ("--allow-root" in plan(root=root).argv) is root


@pytest.mark.parametrize("browser", [True, False])
def test_a_browser_is_opened_where_it_is_wanted(browser: bool) -> None:
    assert f"--ServerApp.open_browser={browser}" in plan(browser=browser).argv


def test_a_taken_port_is_passed_over(taken: int) -> None:
    assert free_port(taken) != taken


def test_where_all_ports_are_taken_any_free_one_is_found(taken: int) -> None:
    assert free_port(taken, tries=1) not in (0, taken)


@pytest.mark.parametrize(
    ("environment", "platform", "display"),
    [
        ({}, "linux", False),
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({"DISPLAY": ""}, "linux", False),
        ({}, "darwin", True),
    ],
)
def test_a_display_is_known_by_the_environment(environment: dict[str, str], platform: str, display: bool) -> None:
    assert has_display(environment, platform) is display
