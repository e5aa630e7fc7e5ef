"""How findings are shown."""

from __future__ import annotations

import json

import pytest

from labkit.doctor import Finding, as_json, exit_code, table

FINE = Finding("disk", "90 GiB free")
DIFFERENT = Finding("cgroups", "v1: memory limits do not work here, so that labkit takes them out and says so each time", "note")
BROKEN = Finding("/dev/net/tun", "mode 0600", "fault", "sudo chmod 0666 /dev/net/tun", ("podman",))


def test_found_starts_in_one_column() -> None:
    lines = table([FINE, BROKEN]).splitlines()
    assert lines[0].index("90 GiB") == lines[1].index("mode 0600") == lines[2].index("do: ")


def test_the_mark_is_a_word_and_a_fault_is_in_capitals() -> None:
    assert [line.split()[0] for line in table([FINE, DIFFERENT, BROKEN], 200).splitlines()[:3]] == ["ok", "note", "FAULT"]


def test_what_was_found_is_wrapped_below_itself() -> None:
    lines = table([DIFFERENT], 50).splitlines()
    column = lines[0].index("v1:")
    below = lines[1 : lines.index("")]
    assert below
    assert all(line[:column].isspace() and not line[column].isspace() for line in below)
    assert max(map(len, lines)) <= 50


def test_a_command_is_never_broken_in_two() -> None:
    assert "do: sudo chmod 0666 /dev/net/tun" in table([BROKEN], 30)


def test_a_message_of_several_lines_is_one_paragraph() -> None:
    row = Finding("podman info", "cannot clone\nError: cannot re-exec", "fault", "make setup", ("podman",))
    assert "cannot clone Error: cannot re-exec" in table([row])


@pytest.mark.parametrize(
    ("rows", "last"),
    [
        ([FINE], "Lessons can run here."),
        ([FINE, DIFFERENT], "Lessons can run here; 1 note on what is different on this machine."),
        ([DIFFERENT, BROKEN], "1 fault: lessons on Podman could not run here. Do what the table says, then run `labkit doctor` again."),
        (
            [BROKEN, Finding("memory", "0 B", "fault", "add some", ("podman", "kubernetes"))],
            "2 faults: lessons on Podman and Kubernetes could not run here. Do what the first one says, then run `labkit doctor` again.",
        ),
    ],
)
def test_the_last_line_says_what_it_all_means(rows: list[Finding], last: str) -> None:
    assert table(rows, 200).splitlines()[-1] == last


def test_json_holds_every_finding_and_whether_lessons_can_run() -> None:
    said = json.loads(as_json([FINE, BROKEN]))
    assert said["ready"] is False
    assert said["findings"][0] == {"what": "disk", "found": "90 GiB free", "verdict": "ok", "fix": "", "blocks": []}
    assert said["findings"][1]["fix"] == "sudo chmod 0666 /dev/net/tun"
    assert json.loads(as_json([FINE, DIFFERENT]))["ready"] is True


def test_only_a_fault_makes_the_exit_code_1() -> None:
    assert exit_code([FINE, DIFFERENT]) == 0
    assert exit_code([FINE, BROKEN]) == 1
