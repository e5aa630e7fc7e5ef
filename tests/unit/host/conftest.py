from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labkit.host.facts import Facts, Tool
from labkit.process import Account

LAPTOP = Facts(
    distribution="ubuntu",
    kernel="6.8.0-51-generic",
    account="ada",
    tools={
        "podman": Tool("/usr/bin/podman", "4.9.3"),
        "crun": Tool("/usr/bin/crun", "1.14.1"),
        "newuidmap": Tool("/usr/bin/newuidmap"),
        "slirp4netns": Tool("/usr/bin/slirp4netns", "1.2.1"),
        "netavark": Tool("/usr/lib/podman/netavark", "1.4.0"),
        "aardvark-dns": Tool("/usr/lib/podman/aardvark-dns", "1.4.0"),
        "catatonit": Tool("/usr/bin/catatonit", "0.1.7"),
        "iptables": Tool("/usr/sbin/iptables", "1.8.10"),
        "runc": Tool(),
        "pasta": Tool(),
        "nft": Tool(),
        "dot": Tool(),
        "mmdebstrap": Tool(),
        "fuse-overlayfs": Tool(),
    },
    cgroup="v2",
    delegated_controllers=("cpu", "memory", "pids"),
    systemd_user=True,
    subuid=65536,
    subgid=65536,
    device_modes={"/dev/fuse": 0o666, "/dev/net/tun": 0o666},
    podman_runtime="crun",
    storage_driver="overlay",
    registry="registry-1.docker.io",
)
"""Ubuntu 24.04 on a laptop, Podman installed, an ordinary user."""

BARE = Facts(
    distribution="debian",
    kernel="6.1.0-18-amd64",
    is_root=True,
    tools=dict.fromkeys(LAPTOP.tools, Tool()),
    cgroup="hybrid",
    device_modes={"/dev/fuse": 0o666, "/dev/net/tun": 0o600},
)
"""Debian 12 in a virtual machine without systemd: root, and nothing installed yet."""


@pytest.fixture
def laptop() -> Facts:
    return LAPTOP


@pytest.fixture
def bare() -> Facts:
    return BARE


@pytest.fixture
def without() -> Callable[..., Facts]:
    """Take programs away from a host."""

    def take(facts: Facts, *programs: str) -> Facts:
        return replace(facts, tools={**facts.tools, **dict.fromkeys(programs, Tool())})

    return take


@pytest.fixture
def ourselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Account:
    """Run podman as whoever runs the tests, with all of labkit's directories in the test's own folder."""
    account = Account.current()
    monkeypatch.setenv("LABKIT_ACCOUNT", account.name)
    for kind in ("CONFIG", "CACHE", "STATE"):
        monkeypatch.setenv(f"LABKIT_{kind}_HOME", str(tmp_path / kind.lower()))
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path / "lessons"))
    return account
