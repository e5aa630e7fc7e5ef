from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from labkit.errors import HostError
from labkit.host.facts import Facts, Tool
from labkit.host.packages import install, install_command, missing
from labkit.process import Result
from labkit.replay import ReplayRunner

Without = Callable[..., Facts]
APT = "env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120"
FAILED = Result((), 100, "E: Unable to locate package crun\n", "")


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    (tmp_path / "deb.debian.org_dists_bookworm_main_binary-amd64_Packages.lz4").touch()
    return tmp_path


def test_a_laptop_with_podman_lacks_nothing(laptop: Facts) -> None:
    assert missing(laptop) == []


def test_a_bare_host_with_cgroup_v1_lacks_everything_and_wants_runc(bare: Facts) -> None:
    assert missing(bare) == ["podman", "runc", "uidmap", "slirp4netns", "passt", "netavark", "aardvark-dns", "catatonit", "iptables"]


def test_a_bare_host_with_cgroup_v2_wants_crun(bare: Facts) -> None:
    assert "crun" in missing(replace(bare, cgroup="v2"))


def test_crun_alone_is_not_enough_for_cgroup_v1(laptop: Facts) -> None:
    assert missing(replace(laptop, cgroup="hybrid")) == ["runc"]


@pytest.mark.parametrize(
    ("program", "package"),
    [
        ("newuidmap", "uidmap"),
        ("slirp4netns", "slirp4netns"),
        ("netavark", "netavark"),
        ("aardvark-dns", "aardvark-dns"),
        ("catatonit", "catatonit"),
        ("iptables", "iptables"),
    ],
)
def test_each_program_that_is_taken_away_is_asked_for(laptop: Facts, without: Without, program: str, package: str) -> None:
    assert missing(without(laptop, program)) == [package]


def test_either_network_helper_may_be_podmans_while_there_is_no_podman(laptop: Facts, without: Without) -> None:
    assert missing(without(laptop, "podman", "slirp4netns")) == ["podman", "slirp4netns", "passt"]


def test_podman_5_wants_pasta_instead_of_slirp4netns(laptop: Facts, without: Without) -> None:
    five = without(laptop, "slirp4netns")
    assert missing(replace(five, tools={**five.tools, "podman": Tool("/usr/bin/podman", "5.4.2")})) == ["passt"]


def test_podman_5_is_content_with_nft(laptop: Facts, without: Without) -> None:
    fedora = without(laptop, "iptables")
    newer = {"podman": Tool("/usr/bin/podman", "5.4.2"), "pasta": Tool("/usr/bin/pasta"), "nft": Tool("/usr/sbin/nft")}
    assert missing(replace(fedora, tools={**fedora.tools, **newer})) == []


def test_what_only_helps_is_not_asked_of_an_ordinary_user(laptop: Facts) -> None:
    assert missing(laptop, comforts=True) == ["fuse-overlayfs", "graphviz"]


def test_images_are_built_from_packages_where_no_registry_answers(laptop: Facts) -> None:
    assert "mmdebstrap" in missing(replace(laptop, registry=""), comforts=True)


@pytest.mark.parametrize(
    ("distribution", "command"),
    [
        ("debian", "sudo apt-get install -y podman uidmap"),
        ("ubuntu", "sudo apt-get install -y podman uidmap"),
        ("fedora", "sudo dnf install -y podman"),
        ("arch", "sudo pacman -S --needed podman"),
        ("opensuse-leap", "sudo zypper install podman"),
    ],
)
def test_every_distribution_has_its_own_command(laptop: Facts, distribution: str, command: str) -> None:
    assert install_command(replace(laptop, distribution=distribution), ["podman", "uidmap"]) == command


def test_other_distributions_are_asked_by_their_own_names(laptop: Facts) -> None:
    assert install_command(replace(laptop, distribution="fedora"), ["uidmap"]) == "sudo dnf install -y shadow-utils"


def test_root_is_not_told_to_use_sudo(bare: Facts) -> None:
    assert install_command(bare, ["runc"]) == "apt-get install -y runc"


def test_macos_is_told_to_make_a_machine(laptop: Facts) -> None:
    assert (
        install_command(replace(laptop, system="Darwin"), ["podman"])
        == "brew install podman && podman machine init && podman machine start"
    )


def test_installing_tells_each_package_as_it_is_set_up(lists: Path) -> None:
    said: list[str] = []
    runner = ReplayRunner({f"{APT} install": "Unpacking runc (1.1.5) ...\nSetting up runc (1.1.5) ...\n"})
    install(runner, ["runc"], said.append, lists=lists)
    assert said == ["installing runc", "  runc"]


def test_installing_takes_no_recommended_packages(lists: Path) -> None:
    runner = ReplayRunner({APT: ""})
    install(runner, ["runc"], lambda line: None, lists=lists)
    assert runner.typed == [f"{APT} install --yes --no-install-recommends runc"]


def test_lists_are_fetched_first_where_there_are_none(tmp_path: Path) -> None:
    runner = ReplayRunner({APT: ""})
    install(runner, ["runc"], lambda line: None, lists=tmp_path)
    assert [call[-1] for call in runner.calls] == ["update", "runc"]


def test_lists_that_are_out_of_date_are_fetched_once(lists: Path) -> None:
    runner = ReplayRunner({f"{APT} install": [FAILED, "Setting up crun (1.8) ...\n"], f"{APT} update": ""})
    install(runner, ["crun"], lambda line: None, lists=lists)
    assert [call[-1] for call in runner.calls] == ["crun", "update", "crun"]


def test_an_installation_that_fails_twice_shows_apts_own_words(lists: Path) -> None:
    runner = ReplayRunner({f"{APT} install": FAILED, f"{APT} update": ""})
    with pytest.raises(HostError, match="Unable to locate package crun") as refused:
        install(runner, ["crun"], lambda line: None, lists=lists)
    assert refused.value.fix.endswith("apt-get install crun")
