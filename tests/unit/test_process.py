from __future__ import annotations

import contextlib
import dataclasses
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from labkit import process, wait
from labkit.errors import CommandError, DeadlineError, HostError
from labkit.process import SYSTEM_PATH, Account, LocalRunner, become, typed

RUNNER = LocalRunner()
LONG = "exec sleep 60"


def ignored(line: str) -> None:
    pass


def is_gone(pid: int) -> bool:
    """Say whether a process has ended; one that nobody has asked after yet is a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def ends(pid: int) -> bool:
    with contextlib.suppress(DeadlineError):
        return wait.until(lambda: is_gone(pid), bool, what=f"process {pid} ends", timeout=5, fix="look at it")
    return False


# A runner reads in one of two ways: at the end, or line by line while the program runs.
both_ways = pytest.mark.parametrize("on_line", [None, ignored], ids=["at the end", "line by line"])


@both_ways
@pytest.mark.parametrize("stdin", ["grüße\n", "grüße\n".encode()], ids=["text", "bytes"])
def test_a_program_reads_what_it_is_given(stdin: str | bytes, on_line: Callable[[str], None] | None) -> None:
    assert RUNNER.run(["cat"], stdin=stdin, on_line=on_line).stdout == "grüße\n"


@both_ways
def test_a_program_without_input_reads_nothing(on_line: Callable[[str], None] | None) -> None:
    assert RUNNER.run(["cat"], on_line=on_line).stdout == ""


@both_ways
def test_a_program_need_not_read_what_it_is_given(on_line: Callable[[str], None] | None) -> None:
    assert RUNNER.run(["true"], stdin="x" * 1_000_000, on_line=on_line).returncode == 0


def test_the_two_streams_are_kept_apart() -> None:
    result = RUNNER.run(["sh", "-c", "echo out; echo err >&2"])
    assert (result.stdout, result.stderr) == ("out\n", "err\n")


def test_line_by_line_the_two_streams_come_in_their_order() -> None:
    lines: list[str] = []
    RUNNER.run(["sh", "-c", "echo out; echo err >&2; printf end"], on_line=lines.append)
    assert lines == ["out", "err", "end"]


def test_a_line_is_handed_over_while_the_program_runs(tmp_path: Path) -> None:
    fifo = tmp_path / "answer"
    os.mkfifo(fifo)
    lines: list[str] = []

    def answer(line: str) -> None:
        lines.append(line)
        if line == "ready":
            fifo.write_text("go\n")

    RUNNER.run(["sh", "-c", f"echo ready; read word < {fifo}; echo $word"], on_line=answer, timeout=10)
    assert lines == ["ready", "go"]


@both_ways
def test_a_great_deal_goes_in_and_comes_out(on_line: Callable[[str], None] | None) -> None:
    text = "grüße\n" * 200_000
    assert RUNNER.run(["cat"], stdin=text, on_line=on_line).stdout == text


def test_output_that_is_not_utf8_can_be_read() -> None:
    assert RUNNER.run(["printf", r"\377"]).stdout == "\N{REPLACEMENT CHARACTER}"


def test_a_missing_program_is_named() -> None:
    with pytest.raises(HostError, match="there is no program `no-such-program`"):
        RUNNER.run(["no-such-program"])


def test_a_missing_folder_is_not_taken_for_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=f"there is no folder {tmp_path / 'gone'}"):
        RUNNER.run(["true"], cwd=tmp_path / "gone")


def test_a_file_that_is_no_program_is_a_lab_error(tmp_path: Path) -> None:
    file = tmp_path / "program"
    file.write_text("no shebang")
    file.chmod(0o755)
    with pytest.raises(HostError, match="Exec format error"):
        RUNNER.run([str(file)])


def test_a_program_that_fails_is_an_error_with_both_streams() -> None:
    with pytest.raises(CommandError) as caught:
        RUNNER.run(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert (caught.value.returncode, caught.value.stdout, caught.value.stderr) == (3, "out\n", "err\n")


@both_ways
def test_a_program_may_fail_where_nobody_checks(on_line: Callable[[str], None] | None) -> None:
    assert RUNNER.run(["sh", "-c", "exit 3"], check=False, on_line=on_line).returncode == 3


# -- deadlines -----------------------------------------------------------------------------------------------------------------------------


@both_ways
def test_a_late_program_is_an_error_with_its_last_output(on_line: Callable[[str], None] | None) -> None:
    with pytest.raises(DeadlineError) as caught:
        RUNNER.run(["sh", "-c", f"echo one; echo two; {LONG}"], timeout=0.2, on_line=on_line)
    assert caught.value.last == "one\ntwo\n"


def test_a_late_program_that_said_nothing_is_told_so() -> None:
    with pytest.raises(DeadlineError, match="no output so far"):
        RUNNER.run(["sleep", "60"], timeout=0.05)


@both_ways
def test_a_late_program_takes_what_it_started_with_it(on_line: Callable[[str], None] | None) -> None:
    with pytest.raises(DeadlineError) as caught:
        RUNNER.run(["sh", "-c", "sleep 60 & echo $$ $!; wait"], timeout=0.2, on_line=on_line)
    assert all(ends(int(pid)) for pid in caught.value.last.split())


def test_a_late_program_cannot_leave_behind_what_ignores_being_asked_to_end() -> None:
    deaf = "trap '' TERM; exec sleep 60"
    with pytest.raises(DeadlineError) as caught:
        RUNNER.run(["sh", "-c", f'sh -c "{deaf}" >/dev/null 2>&1 & echo $!; {LONG}'], timeout=0.2)
    assert ends(int(caught.value.last))


def test_a_late_program_that_ignores_being_asked_to_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_GRACE", 0.1)
    with pytest.raises(DeadlineError) as caught:
        RUNNER.run(["sh", "-c", f"trap '' TERM; echo $$; {LONG}"], timeout=0.2)
    assert ends(int(caught.value.last))


def test_a_daemon_that_holds_the_output_does_not_hold_up_the_deadline() -> None:
    with pytest.raises(DeadlineError) as caught:
        RUNNER.run(["sh", "-c", f"setsid sleep 60 & echo $!; {LONG}"], timeout=0.2, on_line=ignored)
    os.kill(int(caught.value.last), signal.SIGKILL)


def test_a_program_that_never_stops_talking_has_a_deadline_too() -> None:
    with pytest.raises(DeadlineError):
        RUNNER.run(["yes"], timeout=0.1, on_line=ignored)


def test_a_program_ends_when_whoever_reads_its_lines_fails() -> None:
    pids: list[str] = []

    def fail(line: str) -> None:
        pids.append(line)
        raise RuntimeError("the reader is broken")

    with pytest.raises(RuntimeError, match="the reader is broken"):
        RUNNER.run(["sh", "-c", f"echo $$; {LONG}"], on_line=fail)
    assert ends(int(pids[0]))


INTERRUPTED = """
import signal, sys
from labkit.process import LocalRunner
signal.signal(signal.SIGINT, signal.default_int_handler)
# It reads first: what it is given comes when it is being followed, and no longer being started.
script = f"read go; echo $$ >> {sys.argv[1]}; kill -INT $PPID; exec sleep 60"
for on_line in (None, lambda line: None):
    try:
        LocalRunner().run(["sh", "-c", script], stdin="go\\n", on_line=on_line)
    except KeyboardInterrupt:
        print("interrupted", flush=True)
"""


def test_ctrl_c_ends_the_program_and_goes_on_to_the_caller(tmp_path: Path) -> None:
    said = RUNNER.run([sys.executable, "-c", INTERRUPTED, str(tmp_path / "pids")]).stdout
    assert said.splitlines() == ["interrupted"] * 2
    assert all(is_gone(int(pid)) for pid in (tmp_path / "pids").read_text().split())


# -- whose environment, which folder -------------------------------------------------------------------------------------------------------

ADA = Account("ada", 4000, 4000, Path("/home/ada"))


def test_our_own_programs_get_our_environment_and_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "1")
    environment = LocalRunner(environment={"MORE": "2"}).environ()
    assert (environment["OURS"], environment["MORE"]) == ("1", "2")


def test_another_account_gets_a_clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name in ("SECRET", "PATH", "HOME", "PYTHONPATH", "TERM", "LANG", "https_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "ours")
    own = {"HOME": "/home/ada", "USER": "ada", "LOGNAME": "ada", "PATH": SYSTEM_PATH}
    kept = dict.fromkeys(("TERM", "LANG", "https_proxy", "NO_PROXY"), "ours")
    assert LocalRunner(ADA, {"XDG_RUNTIME_DIR": "/run/ada"}).environ() == {**own, **kept, "XDG_RUNTIME_DIR": "/run/ada"}


def test_another_account_starts_where_it_may_enter() -> None:
    assert LocalRunner(ADA).directory(Path("/usr")) == Path("/usr")


def test_another_account_starts_at_home_where_it_may_not_enter(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    assert LocalRunner(ADA).directory(tmp_path) == ADA.home


def test_another_account_starts_at_home_where_our_own_folder_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    assert LocalRunner(ADA).directory(None) == ADA.home


NOBODY = dataclasses.replace(Account.of("nobody"), home=Path("/"))

if os.getuid() == 0:

    def test_root_starts_programs_as_another_account(tmp_path: Path) -> None:
        tmp_path.chmod(0o700)
        said = LocalRunner(NOBODY).run(["sh", "-c", "id -u; id -G; pwd"], cwd=tmp_path).stdout
        assert said.split() == [str(NOBODY.uid), str(NOBODY.gid), "/"]
else:

    def test_only_root_starts_programs_as_another_account() -> None:
        with pytest.raises(HostError, match="not permitted"):
            LocalRunner(NOBODY).run(["true"])


def test_the_current_account_is_whoever_runs_the_tests() -> None:
    assert Account.current().uid == os.getuid()


def test_a_command_is_shown_quoted_where_the_shell_needs_it() -> None:
    assert typed(["podman", "exec", "web", "sh", "-c", "echo $HOME"]) == "podman exec web sh -c 'echo $HOME'"


# -- becoming another program --------------------------------------------------------------------------------------------------------------


def test_a_process_becomes_another_program() -> None:
    becoming = (
        "from labkit.process import become; from pathlib import Path; become(['sh', '-c', 'echo $WORD; pwd'], {'WORD': 'hello'}, Path('/'))"
    )
    assert RUNNER.run([sys.executable, "-c", becoming]).stdout == "hello\n/\n"


@pytest.mark.parametrize(("program", "folder"), [("no-such-program", "."), ("true", "gone")], ids=["no program", "no folder"])
def test_a_process_that_cannot_become_it_is_told(program: str, folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(HostError, match="No such file"):
        become([program], {}, tmp_path / folder)
