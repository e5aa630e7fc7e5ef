"""Recorded hosts: hosts/*.json hold the files, device modes and programs' words of one machine each.

`debian-12-hybrid` was recorded as it is; the others are written after what such machines say. A host that is `like` another one holds only
what differs (JSON merge patch, RFC 7396), which keeps a bad host one fault away from a good one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from labkit.host.facts import Facts
from labkit.host.gather import Machine, gather
from labkit.process import Account, Result
from labkit.replay import Answer, ReplayRunner

HOSTS = Path(__file__).parent / "hosts"


@dataclass(frozen=True)
class RecordedHost:
    runner: ReplayRunner
    root: Path
    machine: Machine

    def gather(self, registries: tuple[str, ...] = ("registry-1.docker.io", "quay.io"), *, check_registry: bool = True) -> Facts:
        account = self.machine.who.name if self.machine.who else ""
        options = {"registries": registries, "check_registry": check_registry}
        return gather(self.runner, account, root=self.root, machine=self.machine, **options)


@pytest.fixture
def recorded(tmp_path: Path) -> Callable[..., RecordedHost]:
    """Return a function that makes a recorded host; `podman_info` is what that command says instead."""

    def make(name: str, *, podman_info: Answer | None = None) -> RecordedHost:
        return _make(_read(name), tmp_path / name, podman_info)

    return make


@pytest.fixture
def facts_of(recorded: Callable[..., RecordedHost]) -> Callable[[str], Facts]:
    return lambda name: recorded(name).gather()


def _read(name: str) -> dict[str, Any]:
    host = json.loads((HOSTS / f"{name}.json").read_text())
    return _patched(_read(host["like"]), host) if "like" in host else host


def _patched(whole: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    base = whole if isinstance(whole, dict) else {}
    kept = {name: value for name, value in base.items() if name not in patch}
    return kept | {name: _patched(base.get(name), value) for name, value in patch.items() if value is not None}


def _make(host: dict[str, Any], root: Path, podman_info: Answer | None) -> RecordedHost:
    files = host["files"] | dict.fromkeys(host["programs"], "") | dict.fromkeys(host["modes"], "")
    for name, text in files.items():
        place = root / name.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    for name, mode in (dict.fromkeys(host["programs"], "0755") | host["modes"]).items():
        (root / name.lstrip("/")).chmod(int(mode, 8))
    info = host.get("podman info", {"failed": "there is no Podman to ask"})
    failed = info.get("failed")
    answers = {
        **host["programs"],
        "podman info": podman_info or (Result((), 125, "", failed) if failed else json.dumps(info)),
        "unshare --user --map-root-user true": Result((), 1, "", host["unshare"]) if host["unshare"] else "",
    }
    who = host.get("account")
    account = Account(who["name"], who["uid"], who["gid"], Path(who["home"])) if who else None
    machine = Machine(
        host["system"],
        host["is_root"],
        account,
        host["path"],
        free_disk=lambda folder: host["free_disk"],
        answers=lambda name: name in host["registries"],
    )
    return RecordedHost(ReplayRunner(answers), root, machine)
