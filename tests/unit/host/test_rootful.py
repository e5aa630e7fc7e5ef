"""What root's Podman is told on a host, before it runs nodes."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from labkit.host.rootful import RootfulHost, prepare_mounts, rootful_conf, rootful_host
from labkit.replay import ReplayRunner

LAPTOP = RootfulHost(cgroup="v2", systemd=True, raises_limits=True, open_files=1048576, processes=4194304)
CONTAINER = RootfulHost(cgroup="hybrid", systemd=False, raises_limits=False, open_files=20000, processes=32768)

SHARED = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
PRIVATE = "22 1 8:1 / / rw,relatime - ext4 /dev/vda rw\n23 22 0:5 / /dev rw shared:2 - devtmpfs udev rw\n"


def test_a_laptop_keeps_its_own_limits_and_runtime() -> None:
    conf = tomllib.loads(rootful_conf(LAPTOP))
    assert set(conf) == {"network"}


def test_a_host_that_cannot_raise_limits_is_asked_for_none_above_its_own() -> None:
    conf = tomllib.loads(rootful_conf(CONTAINER))
    assert conf["containers"]["default_ulimits"] == ["nofile=20000:20000", "nproc=32768:32768"]


@pytest.mark.parametrize("cgroup", ["v1", "hybrid"])
def test_cgroup_v1_gets_the_runtime_that_works_there(cgroup: str) -> None:
    assert tomllib.loads(rootful_conf(replace(LAPTOP, cgroup=cgroup)))["engine"] == {"runtime": "runc"}


def test_without_systemd_podman_makes_the_cgroups_itself() -> None:
    assert tomllib.loads(rootful_conf(CONTAINER))["engine"]["cgroup_manager"] == "cgroupfs"


@pytest.mark.parametrize(("capabilities", "raises"), [("000001ffffffffff", True), ("000001fffeffffff", False)])
def test_the_right_to_raise_limits_is_read_from_the_capabilities(tmp_path: Path, capabilities: str, raises: bool) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/status").write_text(f"Name:\tpython\nCapEff:\t{capabilities}\n")
    assert rootful_host(tmp_path).raises_limits is raises


@pytest.mark.parametrize(("mounts", "commands"), [(SHARED, []), (PRIVATE, ["mount --make-rshared /"])])
def test_mounts_are_shared_only_where_they_are_not(tmp_path: Path, mounts: str, commands: list[str]) -> None:
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/mountinfo").write_text(mounts)
    runner = ReplayRunner({"mount --make-rshared /": ""})
    prepare_mounts(runner, tmp_path)
    assert runner.typed == commands
    assert (tmp_path / "lib/modules").is_dir()
