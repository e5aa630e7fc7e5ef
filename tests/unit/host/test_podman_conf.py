from __future__ import annotations

import tomllib
from dataclasses import replace
from itertools import pairwise

import pytest

from labkit.host.facts import Facts
from labkit.host.podman_conf import PodmanConf, podman_conf


def engine(facts: Facts) -> dict[str, str]:
    return dict(tomllib.loads(podman_conf(facts).containers or "")["engine"])


def test_a_normal_laptop_needs_no_file(laptop: Facts) -> None:
    assert podman_conf(laptop) == PodmanConf(None, None)


@pytest.mark.parametrize("cgroup", ["v1", "hybrid"])
def test_cgroup_v1_needs_runc(laptop: Facts, cgroup: str) -> None:
    assert engine(replace(laptop, cgroup=cgroup)) == {"runtime": "runc"}


def test_without_a_systemd_session_cgroups_and_events_are_kept_in_files(laptop: Facts) -> None:
    assert engine(replace(laptop, systemd_user=False)) == {"cgroup_manager": "cgroupfs", "events_logger": "file"}


def test_a_new_account_gets_overlay(bare: Facts) -> None:
    assert tomllib.loads(podman_conf(bare).storage or "") == {"storage": {"driver": "overlay"}}


def test_an_account_with_overlay_keeps_its_file(bare: Facts) -> None:
    assert podman_conf(replace(bare, storage_driver="overlay")).storage == podman_conf(bare).storage


def test_storage_that_exists_keeps_its_driver(bare: Facts) -> None:
    assert podman_conf(replace(bare, storage_driver="vfs")).storage is None


def test_overlay_goes_through_fuse_before_linux_5_13(bare: Facts) -> None:
    told = tomllib.loads(podman_conf(replace(bare, kernel="5.10.0-28-amd64")).storage or "")
    assert told["storage"]["options"]["overlay"]["mount_program"].endswith("fuse-overlayfs")


def test_podmans_machine_on_macos_is_left_alone(bare: Facts) -> None:
    assert podman_conf(replace(bare, system="Darwin")) == PodmanConf(None, None)


def test_every_setting_has_its_reason_above_it(bare: Facts) -> None:
    conf = podman_conf(bare)
    lines = [*(conf.containers or "").splitlines(), *(conf.storage or "").splitlines()]
    reasons = [above for above, line in pairwise(lines) if " = " in line]
    assert len(reasons) == 4
    assert all(reason.startswith("# ") for reason in reasons)
