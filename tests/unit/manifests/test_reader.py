"""Reading: what becomes of texts, files and folders, and what is said about those that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from labkit.errors import ManifestError
from labkit.manifests import dump, parse, read

POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n  - name: app\n    image: tools\n"


def value_of(text: str) -> object:
    return parse(f"value: {text}\n", "a.yaml")[0].data["value"]


def refusal(text: str) -> ManifestError:
    with pytest.raises(ManifestError) as refused:
        parse(text, "a.yaml")
    return refused.value


def test_every_field_knows_its_line() -> None:
    (pod,) = parse(POD, "web.yaml")

    assert [pod.line(path) for path in [("kind",), ("spec",), ("spec", "containers", 0), ("spec", "containers", 0, "image")]] == [
        2,
        4,
        6,
        7,
    ]


def test_a_missing_field_has_the_line_of_its_nearest_parent() -> None:
    (pod,) = parse(POD, "web.yaml")

    assert pod.line(("spec", "containers", 0, "ports", 3, "hostPort")) == 6


def test_documents_are_separated_and_empty_ones_left_out() -> None:
    documents = parse(f"---\n# nothing\n---\n{POD}---\n{POD.replace('web', 'other')}---\n", "web.yaml")

    assert [(document.name, document.line(("kind",))) for document in documents] == [("web", 5), ("other", 13)]


def test_a_list_becomes_its_items_each_with_its_own_lines() -> None:
    items = "".join(f"- apiVersion: v1\n  kind: Pod\n  metadata: {{name: {name}}}\n" for name in ("one", "two"))

    documents = parse(f"apiVersion: v1\nkind: List\nitems:\n{items}", "list.yaml")

    assert [(document.name, document.line(("metadata", "name"))) for document in documents] == [("one", 6), ("two", 9)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("yes", True), ("off", False), ("n", False), ("~", None), ("", None), ("0x1F", 31), ("0644", 420), ("0o17", 15), ("0b11", 3),

        ("1_000", 1000), ("-7", -7), ("08", 8.0), ("1e3", 1000.0), ("12e45", 12e45), (".5", 0.5),
        ("12:30", "12:30"), ("2024-01-31", "2024-01-31"),
        (".inf", ".inf"), ("1.2.3", "1.2.3"), ('"8080"', "8080"), ("'yes'", "yes"), ("!!str 5", "5"), ("!!binary aGk=", "aGk="),
        ("99999999999999999999", 1e20), ("9" * 400, "9" * 400),
    ],
)  # fmt: skip
def test_a_plain_word_means_what_kubernetes_reads(written: str, meant: object) -> None:
    assert value_of(written) == meant


def test_a_scalar_keeps_the_text_that_was_typed() -> None:
    assert parse("mode: 0644\n", "a.yaml")[0].written(("mode",)) == "0644"


def test_a_merge_brings_fields_in_and_own_ones_win() -> None:
    (document,) = parse("base: &b {a: 1, b: 2}\nmore: {<<: *b, b: 3}\n", "a.yaml")

    assert document.data["more"] == {"a": 1, "b": 3}


def test_what_is_dumped_reads_back_the_same() -> None:
    documents = parse('a: ["on", "\\x85\\u2028\\x7f", "☃ 😀", 1.5, null, "line\\nbreak"]\n---\nb: "1e3"\n', "a.yaml")

    assert parse(dump(documents), "again.yaml") == documents


@pytest.mark.parametrize(
    ("text", "line", "found", "fix"),
    [
        ("a: 1\n\tb: 2\n", 2, "tab", "spaces"),
        ("a:\n\t- b\n", 2, "tab", "spaces"),
        ("a: 1\n  b: 2\n", 2, "already has its value", "indent it like"),
        ("a: b: c\n", 1, "second `: `", "quotes"),
        ("a:\n    b: 1\n   c: 1\n", 3, "3 spaces", "indent it exactly"),
        ("- a\nb: c\n", 2, "without `- `", "start it with"),
        ('a: "x" y\n', 1, "after the end", "quotes"),
        ("a: [1, 2\nb: 3\n", 1, "`[` is opened", "close it with `]`"),
        ("a: {b: 1\n", 1, "`{` is opened", "close it with `}`"),
        ("a: 1\nb: 'x\nc: y\n", 2, "never closed", "close the quote"),
        ("a: 1\nno colon\nb: 2\n", 2, "`no colon`", "key: value"),
        ("a: @x\n", 1, "`@`", "quotes"),
        ("a: - b\n", 1, "list item", "next line"),
        ("a: *x\n", 1, "&name", "quote"),
        ('a: "\\q"\n', 1, "backslash", "single quotes"),
        (" a: 1\nb: 2\n", 2, "indented less", "first column"),
        ("a: 1\nb: \x01\n", 2, "U+0001", "delete it"),
        ("a: \ud800\n", 1, "U+D800", "delete it"),
        ("a: 1\nb: 2\na: 3\n", 3, "first on line 1", "keep one"),
        ("a: 1\non: 2\n", 2, "reads as true", 'quote it: "on"'),
        ("? [a]\n: b\n", 1, "as a key", "write a text"),
        ("a: !!python/name:os.system x\n", 1, "!!python", "remove the tag"),
        ("a: !!set {x}\n", 1, "!!set", "remove the tag"),
        ("a: &a\n  b: *a\n", 1, "holds itself", "write the value out"),
        ("a: {<<: 1}\n", 1, "merge", "alias"),
        ("[" * 100_000, 1, "levels deep", "bracket"),
        ("a: 1\n---\n- x\n", 3, "a list", "apiVersion"),
        ("hello\n", 1, "`hello`", "apiVersion"),
        ("kind: List\n", 1, "without a list", "items"),
    ],
)  # fmt: skip
def test_a_text_that_cannot_be_read_is_refused_with_its_line(text: str, line: int, found: str, fix: str) -> None:
    error = refusal(text)

    assert (error.file, error.line) == ("a.yaml", line)
    assert found in error.found
    assert fix in error.fix


def test_aliases_cannot_blow_a_small_text_up() -> None:
    levels = [f"l{level}: &l{level} [{', '.join([f'*l{level - 1}'] * 9 if level else ['x'])}]" for level in range(12)]

    assert "blow the text up" in refusal("\n".join(levels)).found


def test_a_duplicate_key_names_its_field() -> None:
    assert refusal("spec:\n  containers:\n  - {name: a, name: b}\n").field == "spec.containers[0].name"


def test_a_folder_is_read_in_the_order_of_its_files(tmp_path: Path) -> None:
    for name in ("b.yml", "a.yaml", "c.json", "notes.txt"):
        (tmp_path / name).write_text(f"kind: {name}\n")

    assert [document.kind for document in read(tmp_path)] == ["a.yaml", "b.yml", "c.json"]


def test_a_name_that_the_system_refuses_is_a_manifest_error(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="can be read"):
        read(tmp_path / ("x" * 300))


def test_a_missing_file_in_a_missing_folder_says_so(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no manifest in"):
        read(tmp_path / "nowhere" / "web.yaml")


def test_a_missing_file_names_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(POD)

    with pytest.raises(ManifestError, match=r"there is: web\.yaml") as missing:
        read(tmp_path / "wbe.yaml")

    assert missing.value.fix == "write web.yaml"


@pytest.mark.parametrize("content", [b"", b"# only words\n---\n"])
def test_a_file_with_nothing_in_it_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "empty.yaml").write_bytes(content)

    with pytest.raises(ManifestError, match="no object in it"):
        read(tmp_path / "empty.yaml")


def test_a_folder_without_manifests_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"no \.yaml"):
        read(tmp_path)


def test_a_file_that_is_not_utf_8_is_refused_with_the_line_of_the_byte(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: caf\xe9\n")

    with pytest.raises(ManifestError, match="0xE9") as refused:
        read(tmp_path / "latin.yaml")

    assert refused.value.line == 2


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    (tmp_path / "mark.yaml").write_bytes(b"\xef\xbb\xbf" + POD.encode())

    assert read(tmp_path / "mark.yaml")[0].api_version == "v1"


def test_a_text_that_is_too_long_is_refused() -> None:
    assert "the limit is" in refusal("a" * (8 * 2**20 + 1)).found
