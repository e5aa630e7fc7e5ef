"""Where kind, kubectl and Go come from."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from labkit.errors import HostError
from labkit.host.tool_sources import GO, KIND, KUBECTL, Archive, Wanted
from labkit.host.tools import GoInstall, OnDisk, Tools, architecture, ways
from labkit.process import Result
from labkit.replay import Answer, ReplayRunner

HERE = Path("/usr/local/bin/kind")
SPOON = b"#!/bin/sh\necho spoon v2.0.0\n"


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (KIND, "kind v0.33.0 go1.26.8 linux/amd64"),
        (KIND, "kind v0.33.2 go1.27.1 darwin/arm64"),
        (KUBECTL, "Client Version: v1.37.1\nKustomize Version: v5.8.1"),
        (KUBECTL, "Client Version: v1.36.0-dispatcher\nKustomize Version: v5.5.0"),
        (GO, "go version go1.26.8 linux/amd64"),
        (GO, "go version go1.27 linux/amd64"),
    ],
)
def test_a_version_of_the_right_age_will_do(wanted: Wanted, said: str) -> None:
    assert wanted.accepts(said)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (KIND, "kind v0.32.0 go1.26.8 linux/amd64"),
        (KIND, "kind v0.34.0-alpha go1.27.1 linux/amd64"),
        (KUBECTL, "Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0"),
        (GO, "go version go1.19.8 linux/amd64"),
        (GO, "exec format error"),
    ],
)
def test_a_version_that_is_too_old_or_too_new_will_not(wanted: Wanted, said: str) -> None:
    assert not wanted.accepts(said)


def test_a_program_on_the_path_is_the_only_way_when_it_will_do() -> None:
    assert ways(KIND, [(HERE, "kind v0.33.0 go1.26.8 linux/amd64")], "amd64") == (OnDisk(HERE),)


def test_the_second_program_on_the_path_is_taken_when_the_first_is_too_old() -> None:
    later = Path("/opt/kind")
    assert ways(KIND, [(HERE, "kind v0.20.0"), (later, "kind v0.33.0")], "amd64") == (OnDisk(later),)


def test_a_file_with_a_known_sha256_comes_before_building() -> None:
    first, last = ways(KIND, [], "arm64")
    assert isinstance(first, Archive)
    assert first.url.endswith("kind-linux-arm64")
    assert last == GoInstall("sigs.k8s.io/kind@v0.33.0")


@pytest.mark.parametrize("wanted", [KIND, KUBECTL, GO])
@pytest.mark.parametrize("processor", ["amd64", "arm64"])
def test_every_file_is_named_with_a_sha256(wanted: Wanted, processor: str) -> None:
    assert wanted.archives[processor]
    for archive in wanted.archives[processor]:
        assert archive.url.startswith("https://")
        assert len(bytes.fromhex(archive.sha256)) == 32


def test_what_would_be_fetched_would_also_do() -> None:
    for wanted in (KIND, KUBECTL, GO):
        assert wanted.accepts(wanted.version)


def test_a_machine_that_nobody_makes_clusters_for_is_told_so() -> None:
    with pytest.raises(HostError, match="s390x"):
        architecture("s390x")


def spoon(sha256: str = "", url: str = "https://example.org/spoon", program: str = "", package: str = "") -> Wanted:
    archive = Archive(url, sha256 or hashlib.sha256(SPOON).hexdigest(), program)
    return Wanted("spoon", "stirs", ("--version",), (2, 0, 0), (3, 0, 0), "v2.0.0", {"amd64": (archive,)}, package)


def tools(folder: Path, answers: Mapping[str, Answer] | None = None, data: bytes = SPOON, path: tuple[str, ...] = ()) -> Tools:
    def fetch(url: str, target: Path) -> None:
        target.write_bytes(data)

    return Tools(ReplayRunner(answers or {}), folder, path, lambda line: None, fetch, "x86_64")


def test_a_program_with_the_right_sha256_is_put_in_its_place_and_may_be_executed(tmp_path: Path) -> None:
    program = tools(tmp_path).have(spoon())
    assert program.read_bytes() == SPOON
    assert program.stat().st_mode & 0o111


def test_a_program_that_was_fetched_once_is_not_fetched_again(tmp_path: Path) -> None:
    first = tools(tmp_path).have(spoon())
    assert tools(tmp_path, {f"{first} --version": "spoon v2.0.0"}, data=b"").have(spoon()) == first


def test_a_program_with_another_sha256_is_refused_and_not_kept(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="its sha256 is"):
        tools(tmp_path, data=b"something else").have(spoon())
    assert list(tmp_path.iterdir()) == []


def test_the_error_names_what_was_found_and_will_not_do(tmp_path: Path) -> None:
    old = tmp_path / "bin/spoon"
    old.parent.mkdir()
    old.write_text("")
    with pytest.raises(HostError, match=r"spoon v1\.0\.0"):
        tools(tmp_path / "own", {f"{old} --version": "spoon v1.0.0"}, b"", (str(old.parent),)).have(spoon())


def test_a_program_inside_a_wheel_comes_with_what_is_beside_it(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        for name, mode in (("spoon/bin/spoon", 0o755), ("spoon/VERSION", 0o644)):
            member = zipfile.ZipInfo(name)
            member.external_attr = mode << 16
            wheel.writestr(member, SPOON)
    wanted = spoon(hashlib.sha256(buffer.getvalue()).hexdigest(), program="spoon/bin/spoon")
    program = tools(tmp_path, data=buffer.getvalue()).have(wanted)
    assert program.stat().st_mode & 0o111
    assert (program.parent.parent / "VERSION").exists()


class Building:
    """A Go that builds an empty program into GOBIN."""

    def run(
        self,
        argv: list[str],
        *,
        stdin: str | bytes | None = None,
        timeout: float = 60.0,
        check: bool = True,
        cwd: Path | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Result:
        target = Path(next(word for word in argv if word.startswith("GOBIN=")).partition("=")[2])
        target.mkdir()
        (target / "spoon").write_text("built")
        return Result(tuple(argv), 0, "", "")


def test_what_cannot_be_fetched_is_built(tmp_path: Path) -> None:
    def offline(url: str, target: Path) -> None:
        raise OSError("no such host")

    found = Tools(Building(), tmp_path, (), lambda line: None, offline, "x86_64")  # type: ignore[arg-type]
    program = found.have(spoon(package="example.org/spoon"), go=lambda: Path("/usr/bin/go"))
    assert program.read_text() == "built"
