"""What the doctor says about recorded machines, good and bad."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from labkit.doctor import Finding, findings
from labkit.host.facts import Facts, Tool

GIB = 1024**3
FactsOf = Callable[[str], Facts]

EVERY_HOST = sorted(file.stem for file in (Path(__file__).parent / "hosts").glob("*.json"))

# Host: what was looked at, a word of what was found, the one thing to do.
BAD_HOSTS = {
    "no-podman": (
        "podman",
        "not installed",
        "sudo apt-get install -y podman crun uidmap slirp4netns passt netavark aardvark-dns catatonit",
    ),
    "podman-3.4": ("podman", "3.4.4", "upgrade to Ubuntu 24.04 or later, whose Podman is new enough: sudo do-release-upgrade"),
    "no-subuid": (
        "subuid, subgid",
        "0 user ids",
        "sudo usermod --add-subuids 165536-231071 --add-subgids 165536-231071 ada && podman system migrate",
    ),
    "userns-off": ("user namespaces", "kernel.unprivileged_userns_clone=0", "sudo sysctl -w kernel.unprivileged_userns_clone=1"),
    "userns-zero": ("user namespaces", "user.max_user_namespaces=0", "sudo sysctl -w user.max_user_namespaces=28633"),
    "apparmor": (
        "user namespaces",
        "kernel.apparmor_restrict_unprivileged_userns=1",
        "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
    ),
    "tun-closed": ("/dev/net/tun", "mode 0600", "sudo chmod 0666 /dev/net/tun"),
    "crun-hybrid": ("runtime", "hugetlb", "make setup"),
    "disk-full": ("disk", "1.2 GiB free", "make at least 3 GiB free on the disk of /home/ada/.local/share/containers/storage"),
    "root-without-account": ("account", "no ordinary account", "make setup"),
    "macos": (
        "system",
        "Darwin",
        "brew install podman && podman machine init && podman machine start && podman machine ssh"
        "   (a Linux machine; start labkit in there)",
    ),
}


def rows_with(rows: Sequence[Finding], verdict: str) -> list[Finding]:
    return [row for row in rows if row.verdict == verdict]


def row_of(facts: Facts, what: str) -> Finding:
    return next(row for row in findings(facts) if row.what == what)


def without(facts: Facts, *programs: str) -> Facts:
    return replace(facts, tools={**facts.tools, **dict.fromkeys(programs, Tool())})


@pytest.mark.parametrize(
    ("host", "notes"),
    [("ubuntu-24.04", ["unshare by hand"]), ("fedora-41", []), ("debian-12-hybrid", ["cgroups", "systemd", "registry"])],
)
def test_a_good_host_has_no_fault_and_only_the_notes_it_deserves(facts_of: FactsOf, host: str, notes: list[str]) -> None:
    rows = findings(facts_of(host))
    assert rows_with(rows, "fault") == []
    assert [row.what for row in rows_with(rows, "note")] == notes


@pytest.mark.parametrize("host", BAD_HOSTS)
def test_a_bad_host_has_its_one_fault_and_the_one_thing_to_do(facts_of: FactsOf, host: str) -> None:
    what, word, fix = BAD_HOSTS[host]
    faults = rows_with(findings(facts_of(host)), "fault")
    assert [(row.what, row.fix) for row in faults] == [(what, fix)]
    assert word in faults[0].found


@pytest.mark.parametrize("host", EVERY_HOST)
def test_every_fault_has_something_to_do_and_says_what_it_blocks(facts_of: FactsOf, host: str) -> None:
    for row in findings(facts_of(host)):
        assert row.found
        assert bool(row.blocks) == (row.verdict == "fault")
        assert row.fix or row.verdict != "fault"


def test_everything_is_looked_at_once_on_a_good_host(facts_of: FactsOf) -> None:
    assert [row.what for row in findings(facts_of("fedora-41"))] == [
        "system",
        "account",
        "podman",
        "runtime",
        "network helper",
        "networks",
        "names",
        "firewall",
        "pause program",
        "subuid, subgid",
        "user namespaces",
        "/dev/net/tun",
        "/dev/fuse",
        "podman info",
        "storage",
        "cgroups",
        "systemd",
        "cluster nodes",
        "kind",
        "kubectl",
        "disk",
        "memory",
        "registry",
    ]


@pytest.mark.parametrize(
    ("program", "what", "package"),
    [
        ("slirp4netns", "network helper", "slirp4netns"),
        ("netavark", "networks", "netavark"),
        ("aardvark-dns", "names", "aardvark-dns"),
        ("iptables", "firewall", "iptables"),
        ("catatonit", "pause program", "catatonit"),
        ("newuidmap", "subuid, subgid", "uidmap"),
    ],
)
def test_a_missing_helper_is_one_fault_with_its_package(facts_of: FactsOf, program: str, what: str, package: str) -> None:
    faults = rows_with(findings(without(facts_of("ubuntu-24.04"), program)), "fault")
    assert [(row.what, row.fix) for row in faults] == [(what, f"sudo apt-get install -y {package}")]


def test_podman_5_wants_pasta_and_fedora_installs_it_with_dnf(facts_of: FactsOf) -> None:
    faults = rows_with(findings(without(facts_of("fedora-41"), "pasta")), "fault")
    assert [(row.what, row.fix) for row in faults] == [("network helper", "sudo dnf install -y passt")]


def test_no_runtime_at_all_is_a_fault(facts_of: FactsOf) -> None:
    facts = replace(without(facts_of("ubuntu-24.04"), "crun"), podman_runtime="")
    assert row_of(facts, "runtime").fix == "sudo apt-get install -y crun"


def test_crun_on_a_hybrid_host_with_an_empty_v2_mount_is_no_fault(facts_of: FactsOf) -> None:
    assert row_of(replace(facts_of("crun-hybrid"), unified_controllers=()), "runtime").verdict == "ok"


def test_an_ordinary_user_with_crun_on_a_hybrid_host_installs_runc_first(facts_of: FactsOf) -> None:
    facts = replace(without(facts_of("crun-hybrid"), "runc"), is_root=False)
    assert row_of(facts, "runtime").fix == "sudo apt-get install -y runc && make setup"


@pytest.mark.parametrize("what", ["podman", "subuid, subgid", "/dev/net/tun", "pause program", "podman info"])
def test_root_on_debian_only_needs_set_up(facts_of: FactsOf, what: str) -> None:
    good = facts_of("debian-12-hybrid")
    broken = {
        "podman": without(good, "podman"),
        "subuid, subgid": replace(good, subuid=0, subgid=0),
        "/dev/net/tun": replace(good, device_modes={"/dev/fuse": 0o666, "/dev/net/tun": 0o600}),
        "pause program": without(good, "catatonit"),
        "podman info": replace(good, podman_error="Error: something"),
    }[what]
    row = row_of(broken, what)
    assert (row.verdict, row.fix) == ("fault", "make setup")


def test_only_the_kind_of_ids_that_is_missing_is_added(facts_of: FactsOf) -> None:
    row = row_of(replace(facts_of("ubuntu-24.04"), subgid=1000), "subuid, subgid")
    assert row.fix == "sudo usermod --add-subgids 165536-231071 ada && podman system migrate"


def test_podman_that_fails_for_no_known_cause_is_quoted(facts_of: FactsOf) -> None:
    row = row_of(replace(facts_of("ubuntu-24.04"), podman_error="Error: database is locked"), "podman info")
    assert (row.verdict, row.found) == ("fault", "Error: database is locked")


def test_podman_that_fails_for_a_known_cause_is_not_a_second_fault(facts_of: FactsOf) -> None:
    row = row_of(facts_of("userns-off"), "podman info")
    assert row.verdict == "note"
    assert "cannot clone" in row.found


def test_a_missing_tun_device_is_a_fault(facts_of: FactsOf) -> None:
    row = row_of(replace(facts_of("ubuntu-24.04"), device_modes={"/dev/fuse": 0o666}), "/dev/net/tun")
    assert (row.verdict, row.fix) == ("fault", "sudo modprobe tun")


@pytest.mark.parametrize(
    ("modes", "fix"),
    [({"/dev/net/tun": 0o666}, "sudo modprobe fuse"), ({"/dev/net/tun": 0o666, "/dev/fuse": 0o600}, "sudo chmod 0666 /dev/fuse")],
)
def test_a_host_without_fuse_still_runs_lessons(facts_of: FactsOf, modes: dict[str, int], fix: str) -> None:
    row = row_of(replace(facts_of("ubuntu-24.04"), device_modes=modes), "/dev/fuse")
    assert (row.verdict, row.fix) == ("note", fix)


def test_vfs_storage_is_a_note_and_the_remedy_is_fuse_overlayfs_where_it_lacks(facts_of: FactsOf) -> None:
    vfs = replace(facts_of("ubuntu-24.04"), storage_driver="vfs")
    assert row_of(vfs, "storage").verdict == "note"
    assert row_of(vfs, "storage").fix == ""
    assert row_of(without(vfs, "fuse-overlayfs"), "storage").fix == "sudo apt-get install -y fuse-overlayfs"


def test_cgroup_v1_without_a_v2_mount_is_a_note_too(facts_of: FactsOf) -> None:
    row = row_of(replace(facts_of("debian-12-hybrid"), cgroup="v1", unified_controllers=()), "cgroups")
    assert row.verdict == "note"
    assert "memory limits" in row.found


def test_a_controller_that_is_not_delegated_is_named(facts_of: FactsOf) -> None:
    row = row_of(replace(facts_of("ubuntu-24.04"), delegated_controllers=("memory", "pids")), "cgroups")
    assert row.verdict == "note"
    assert "limits on cpu do not work" in row.found


@pytest.mark.parametrize(("free", "verdict"), [(3 * GIB - 1, "fault"), (3 * GIB, "note"), (6 * GIB - 1, "note"), (6 * GIB, "ok")])
def test_disk_is_a_fault_below_3_and_a_note_below_6_gib(facts_of: FactsOf, free: int, verdict: str) -> None:
    assert row_of(replace(facts_of("ubuntu-24.04"), free_disk=free), "disk").verdict == verdict


@pytest.mark.parametrize(("free", "verdict"), [(GIB - 1, "fault"), (GIB, "note"), (2 * GIB - 1, "note"), (2 * GIB, "ok")])
def test_memory_is_a_fault_below_1_and_a_note_below_2_gib(facts_of: FactsOf, free: int, verdict: str) -> None:
    assert row_of(replace(facts_of("ubuntu-24.04"), free_memory=free), "memory").verdict == verdict


def test_no_registry_and_no_way_to_build_an_image_is_a_fault(facts_of: FactsOf) -> None:
    row = row_of(replace(facts_of("ubuntu-24.04"), registry="", images=0), "registry")
    assert (row.verdict, row.fix) == ("fault", "sudo apt-get install -y mmdebstrap")
    assert "LABKIT_REGISTRY" in row_of(replace(facts_of("fedora-41"), registry="", images=0), "registry").fix


def test_a_laptop_without_network_that_has_images_still_runs_lessons(facts_of: FactsOf) -> None:
    row = row_of(replace(facts_of("ubuntu-24.04"), registry="", images=5), "registry")
    assert row.verdict == "note"
    assert "5 images" in row.found


def test_nothing_is_said_about_registries_that_nobody_asked(facts_of: FactsOf) -> None:
    assert "registry" not in [row.what for row in findings(replace(facts_of("ubuntu-24.04"), registry="", asked_registries=()))]


def test_windows_is_sent_to_a_linux_machine(facts_of: FactsOf) -> None:
    rows = findings(replace(facts_of("macos"), system="Windows"))
    assert [row.verdict for row in rows] == ["fault"]
    assert rows[0].fix.startswith("wsl --install")


def test_a_podman_too_old_on_debian_means_a_newer_debian(facts_of: FactsOf) -> None:
    facts = facts_of("debian-12-hybrid")
    row = row_of(replace(facts, tools={**facts.tools, "podman": Tool("/usr/bin/podman", "3.0.1")}), "podman")
    assert (row.verdict, row.fix.split(",")[0]) == ("fault", "upgrade to Debian 12 or later")
