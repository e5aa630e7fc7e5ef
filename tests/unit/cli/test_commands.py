from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import Result

from labkit import here
from labkit.cli import app
from labkit.doctor import exit_code, findings
from labkit.errors import HostError, LabError
from labkit.grading import Verdict
from labkit.host.facts import Facts, Tool
from labkit.host.runs import this_process

Labkit = Callable[..., Result]
COMMANDS = [str(command.name or command.callback.__name__) for command in app.registered_commands if command.callback]


def test_help_lists_every_command(labkit: Labkit) -> None:
    listed = labkit("--help").stdout
    assert [name for name in COMMANDS if f"\n  {name} " not in listed] == []


def test_help_has_an_example(labkit: Labkit) -> None:
    assert "For example: `labkit start 03`" in labkit("--help").stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_has_an_example(command: str, labkit: Labkit) -> None:
    assert f"For example: labkit {command}" in labkit(command, "--help").stdout


@pytest.mark.parametrize("arguments", [["no-such-command"], ["draw"], ["reset"], ["status", "--colour"]])
def test_wrong_usage_exits_with_2(arguments: list[str], labkit: Labkit) -> None:
    assert labkit(*arguments).exit_code == 2


# -- errors


def refused(*arguments: object) -> None:
    raise HostError("ask podman", "no podman here", "run `make setup`")


def test_an_error_is_its_lines_on_stderr(labkit: Labkit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.here.inventory", refused)
    result = labkit("status")
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.splitlines() == ["HostError", "tried: ask podman", "found: no podman here", "do:    run `make setup`"]


def test_whoever_debugs_gets_the_traceback(labkit: Labkit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.here.inventory", refused)
    monkeypatch.setenv("LABKIT_DEBUG", "1")
    assert isinstance(labkit("status").exception, HostError)


def test_ctrl_c_exits_as_shells_expect(labkit: Labkit, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("labkit.here.inventory", interrupted)
    result = labkit("status")
    assert (result.exit_code, result.output) == (130, "")


@pytest.mark.parametrize("command", ["start", "reset", "check", "draw"])
def test_a_lesson_that_is_not_there_is_answered_with_those_that_are(command: str, labkit: Labkit, lesson: Path) -> None:
    result = labkit(command, "99")
    assert result.exit_code == 3
    assert "there is: 03-one-pod-one-network" in result.stderr


# -- doctor

HEALTHY = Facts(
    distribution="fedora",
    kernel="6.12.0",
    account="ada",
    tools=dict.fromkeys(("crun", "newuidmap", "netavark", "aardvark-dns", "catatonit", "pasta", "nft", "dot"), Tool("/usr/bin/x", "9.9.9"))
    | {"podman": Tool("/usr/bin/podman", "5.6.2")}
    | dict.fromkeys(("runc", "slirp4netns", "iptables", "mmdebstrap", "fuse-overlayfs"), Tool()),
    cgroup="v2",
    delegated_controllers=("cpu", "memory", "pids"),
    systemd_user=True,
    subuid=65536,
    subgid=65536,
    device_modes={"/dev/fuse": 0o666, "/dev/net/tun": 0o666},
    podman_runtime="crun",
    storage_driver="overlay",
    free_disk=2**36,
    free_memory=2**33,
    registry="quay.io",
)


@pytest.mark.parametrize(("facts", "code"), [(HEALTHY, 0), (Facts(system="Darwin"), 1)], ids=["healthy", "not Linux"])
def test_the_doctors_exit_code_says_whether_lessons_run(facts: Facts, code: int, labkit: Labkit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.host.gather.gather", lambda *arguments: facts)
    assert (labkit("doctor").exit_code, exit_code(findings(facts))) == (code, code)


def test_the_doctor_speaks_json(labkit: Labkit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labkit.host.gather.gather", lambda *arguments: Facts(system="Darwin"))
    assert json.loads(labkit("doctor", "--json").stdout)["ready"] is False


# -- start


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What a command turned this process into."""
    became: list[tuple[object, ...]] = []
    monkeypatch.setattr("labkit.process.become", lambda *what: became.append(what))
    return became


def test_start_without_a_server_makes_the_copy(labkit: Labkit, lesson: Path, learner: Path, became: list[object]) -> None:
    assert "(new)" in labkit("start", "3", "--no-server").stdout
    assert (learner / "labkit-lessons" / lesson.name / f"{lesson.name}.ipynb").exists()
    assert became == []


def test_start_opens_jupyterlab_at_the_address_that_it_prints(labkit: Labkit, lesson: Path, became: list[tuple[object, ...]]) -> None:
    said = labkit("start", "3", "--no-browser").stdout
    ((argv, environment, folder),) = became
    assert f"token={environment['JUPYTER_TOKEN']}" in said  # type: ignore[index]
    assert ("jupyterlab" in argv, folder.name) == (True, lesson.name)  # type: ignore[attr-defined, operator]


def test_start_says_that_the_lesson_has_changed_since(labkit: Labkit, lesson: Path) -> None:
    labkit("start", "3", "--no-server")
    (lesson / "web.yaml").write_text("kind: Pod\n")
    assert "labkit reset 03 --copy" in labkit("start", "3", "--no-server").stdout


def test_shell_opens_a_shell(labkit: Labkit, became: list[tuple[object, ...]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/sh")
    labkit("shell")
    assert [argv for argv, *_ in became] == [["/bin/sh"]]


# -- check


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lab in which `localhost` passes and `ports` does not, and which shows what it runs."""

    def judge(name: str) -> Verdict:
        print(f"$ podman exec {name}")
        return Verdict(name == "localhost", "seen", check=name)

    engine = SimpleNamespace(close=lambda: None)
    made = SimpleNamespace(check=judge, checks=lambda: ("localhost", "ports"), engine=engine)
    monkeypatch.setattr("labkit.lab.Lab", lambda lesson, claim: made)


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize(
    ("names", "code"), [([], 1), (["localhost"], 0), (["ports"], 1), (["localhost", "ports"], 1)], ids=["all", "passes", "misses", "both"]
)
def test_check_exits_with_0_only_if_all_that_were_asked_for_pass(names: list[str], code: int, labkit: Labkit) -> None:
    assert labkit("check", "3", *names).exit_code == code


@pytest.mark.usefixtures("lab")
def test_check_prints_verdicts_and_keeps_commands_out_of_the_way(labkit: Labkit) -> None:
    result = labkit("check", "3")
    assert result.stdout.splitlines() == ["✓ localhost: seen", "✗ ports: not yet", "  found:    seen"]
    assert "$ podman exec ports" in result.stderr


@pytest.mark.usefixtures("lab")
def test_check_speaks_json(labkit: Labkit) -> None:
    assert [(v["check"], v["passed"]) for v in json.loads(labkit("check", "3", "--json").stdout)] == [("localhost", True), ("ports", False)]


def test_an_exercise_that_is_not_there_is_a_lab_error(labkit: Labkit, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> Verdict:
        raise LabError(f"check {name}", "there is none", "take one of: localhost")

    monkeypatch.setattr("labkit.lab.Lab", lambda lesson, claim: SimpleNamespace(check=unknown))
    assert labkit("check", "3", "wrong").exit_code == 3


def test_a_living_process_is_known_to_be_at_work(labkit: Labkit, podman: object) -> None:
    here.runs().claim(this_process("03-one-pod-one-network", "ada"))
    assert {row["in_use"] for row in json.loads(labkit("status", "--json").stdout)} == {True}
