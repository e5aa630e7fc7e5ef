"""How a machine is looked at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from labkit.host import registry
from labkit.host.gather import Machine

Recorded = Callable[[str], Any]


@pytest.mark.parametrize(
    ("host", "program", "version"),
    [
        ("debian-12-hybrid", "podman", "4.3.1"),
        ("debian-12-hybrid", "runc", "1.1.5"),
        ("debian-12-hybrid", "pasta", ""),
        ("debian-12-hybrid", "fuse-overlayfs", "1.10"),
        ("debian-12-hybrid", "catatonit", "0.1.7"),
        ("debian-12-hybrid", "iptables", "1.8.9"),
        ("debian-12-hybrid", "dot", "2.43.0"),
        ("debian-12-hybrid", "newuidmap", ""),
        ("ubuntu-24.04", "pasta", "0.0~git20240220"),
        ("ubuntu-24.04", "nft", "1.0.9"),
        ("fedora-41", "pasta", "0^20241211"),
        ("fedora-41", "crun", "1.19"),
    ],
)
def test_a_version_is_read_from_what_the_program_says(recorded: Recorded, host: str, program: str, version: str) -> None:
    assert recorded(host).gather().tools[program].version == version


def test_helpers_are_found_where_podman_looks_for_them(recorded: Recorded) -> None:
    tools = recorded("fedora-41").gather().tools
    assert tools["netavark"].path == "/usr/libexec/podman/netavark"
    assert tools["catatonit"].path == "/usr/libexec/catatonit/catatonit"
    assert tools["slirp4netns"].path == ""


def test_a_program_that_is_not_there_is_not_started(recorded: Recorded) -> None:
    host = recorded("no-podman")
    host.gather()
    assert not [call for call in host.runner.typed if "podman" in call]


def test_root_without_an_account_asks_podman_nothing_because_it_would_make_roots_storage(recorded: Recorded) -> None:
    host = recorded("root-without-account")
    facts = host.gather()
    assert facts.account == ""
    assert "podman info --format json" not in host.runner.typed


def test_the_kernel_and_the_accounts_files_are_read(recorded: Recorded) -> None:
    facts = recorded("debian-12-hybrid").gather()
    assert (facts.distribution, facts.cgroup, facts.unified_controllers) == ("debian", "hybrid", ("hugetlb",))
    assert (facts.subuid, facts.subgid, facts.next_subid) == (65536, 65536, 165536)
    assert facts.device_modes == {"/dev/fuse": 0o666, "/dev/net/tun": 0o666}
    assert facts.max_user_namespaces == 96364
    assert facts.storage_path == "/home/labkit/.local/share/containers/storage"
    assert facts.free_memory % 1024 == 0
    assert facts.free_memory > 2**30


def test_a_cgroup_v2_host_says_what_is_delegated_and_that_systemd_is_there(recorded: Recorded) -> None:
    facts = recorded("fedora-41").gather()
    assert (facts.cgroup, facts.delegated_controllers, facts.systemd_user) == ("v2", ("cpu", "io", "memory", "pids"), True)


def test_cgroup_v1_is_told_from_a_machine_without_cgroups(recorded: Recorded) -> None:
    host = recorded("debian-12-hybrid")
    (host.root / "sys/fs/cgroup/unified/cgroup.controllers").unlink()
    (host.root / "sys/fs/cgroup/unified").rmdir()
    assert host.gather().cgroup == "v1"
    (host.root / "sys/fs/cgroup/memory/cgroup.procs").unlink()
    (host.root / "sys/fs/cgroup/memory").rmdir()
    assert host.gather().cgroup == ""


def test_subordinate_ids_may_be_given_to_a_uid(recorded: Recorded) -> None:
    host = recorded("no-subuid")
    (host.root / "etc/subuid").write_text("1000:200000:65536\n")
    assert host.gather().subuid == 65536


def test_what_podman_says_when_it_fails_is_kept(recorded: Recorded) -> None:
    assert recorded("apparmor").gather().podman_error.endswith('Error: cannot set up namespace using "/usr/bin/newuidmap": exit status 1')


def test_podman_that_prints_something_else_than_json_is_an_error_too(recorded: Recorded) -> None:
    assert "not JSON" in recorded("ubuntu-24.04", podman_info="4.9.3").gather().podman_error


def test_podman_that_is_taken_away_meanwhile_is_an_error_and_no_exception(recorded: Recorded) -> None:
    assert "no program `podman`" in recorded("ubuntu-24.04", podman_info=LookupError()).gather().podman_error


def test_an_account_that_does_not_exist_is_none() -> None:
    assert Machine.here("there-is-no-such-account").who is None


def test_the_registry_that_is_preferred_wins(recorded: Recorded) -> None:
    assert recorded("ubuntu-24.04").gather(("quay.io", "registry-1.docker.io")).registry == "quay.io"


def test_registries_are_not_asked_when_the_caller_does_not_want_to_wait(recorded: Recorded) -> None:
    facts = recorded("ubuntu-24.04").gather(check_registry=False)
    assert (facts.registry, facts.asked_registries) == ("", ())


@contextmanager
def web_server(status: int) -> Iterator[str]:
    """Serve every request on loopback with `status`; yield HOST:PORT."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(status if self.path == "/v2/" else 500)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(("status", "is_registry"), [(200, True), (401, True), (404, False), (503, False)])
def test_a_registry_is_known_by_its_answer(monkeypatch: pytest.MonkeyPatch, status: int, is_registry: bool) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with web_server(status) as host:
        assert registry.answers(host) is is_registry


def test_a_host_that_does_not_listen_is_no_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with web_server(200) as host:
        pass
    assert registry.answers(host) is False


def test_a_registry_that_never_answers_does_not_hold_up_the_others() -> None:
    forever = threading.Event()
    asked = {"silent": forever.wait, "quick": lambda: True}
    try:
        assert registry.ask(["silent", "quick"], deadline=0.05, asked=lambda host: asked[host]())() == "quick"
        assert registry.ask(["silent"], deadline=0.05, asked=lambda host: asked[host]())() == ""
    finally:
        forever.set()


def test_a_classrooms_mirror_is_asked_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABKIT_REGISTRY", "mirror.example:5000")
    assert registry.preferred() == ("mirror.example:5000", "registry-1.docker.io", "quay.io")
    monkeypatch.delenv("LABKIT_REGISTRY")
    assert registry.preferred() == ("registry-1.docker.io", "quay.io")
