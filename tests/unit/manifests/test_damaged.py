"""Damaged manifests end in objects or in a ManifestError that says what to do: never in another exception."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.errors import ManifestError
from labkit.manifests import Document, dump, parse, predicted, stamp, validate

TEXTS = [path.read_text() for path in sorted((Path(__file__).parent / "examples").glob("*.yaml"))]
VALUES = st.sampled_from(
    [None, True, -1, 0, 70000, 1.5, "", "x y", "80", "Always", [], [None], ["x"], [[]], {}, {"name": "x"}, {"x": None}]
)


def play(text: str) -> None:
    """Do with a text all that happens to it before an engine sees it."""
    documents = parse(text, "damaged.yaml")
    for document in documents:
        validate(document)
    marked = [stamp(document, {"labkit.dev/run": "7"}) for document in documents]
    assert parse(dump(marked), "again.yaml") == tuple(marked)
    predicted(marked)


def ends_well(text: str) -> bool:
    """Say whether a text plays, or is refused with a file, a finding and a fix. Any other exception goes through."""
    try:
        play(text)
    except ManifestError as refused:
        return bool(refused.fix and refused.found and refused.file == "damaged.yaml")
    return True


@st.composite
def torn(draw: st.DrawFn) -> str:
    """Cut, insert, repeat and change the indentation of a text."""
    text = draw(st.sampled_from(TEXTS))
    for _ in range(draw(st.integers(1, 3))):
        lines = text.splitlines(keepends=True) or [""]
        at = draw(st.integers(0, len(text)))
        line = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["cut", "insert", "repeat", "drop", "indent"])):
            case "cut":
                text = text[:at]
            case "insert":
                text = (
                    text[:at]
                    + draw(
                        st.text(min_size=1, max_size=4) | st.sampled_from(["\t", ": ", "- ", "[", "{", "*a", "&a ", "!x ", "'", "---\n"])
                    )
                    + text[at:]
                )
            case "repeat":
                text = "".join([*lines[: line + 1], lines[line], *lines[line + 1 :]])
            case "drop":
                text = "".join([*lines[:line], *lines[line + 1 :]])
            case "indent":
                text = "".join([*lines[:line], " " * draw(st.integers(0, 6)), lines[line].lstrip(" "), *lines[line + 1 :]])
    return text


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every container in a value, with each of its keys."""
    keys = list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    return [(value, key) for key in keys] + [place for key in keys for place in places(value[key])]


@st.composite
def changed(draw: st.DrawFn) -> str:
    """Drop, rename and replace values of an object."""
    documents = parse(draw(st.sampled_from(TEXTS)), "whole.yaml")
    data = json.loads(json.dumps(draw(st.sampled_from(documents)).data))
    for _ in range(draw(st.integers(1, 3))):
        found = places(data)
        if not found:
            break
        holder, key = draw(st.sampled_from(found))
        match draw(st.sampled_from(["drop", "rename", "replace"])):
            case "drop":
                del holder[key]
            case "rename" if isinstance(holder, dict):
                holder[draw(st.sampled_from([key[:-1], key.upper(), f"{key}s", "name", "spec"]))] = holder.pop(key)
            case _:
                holder[key] = copy.deepcopy(draw(VALUES))
    return json.dumps(data, indent=1)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(torn())
def test_a_torn_manifest_ends_in_objects_or_in_an_error_with_a_fix(text: str) -> None:
    assert ends_well(text)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(changed())
def test_a_changed_manifest_ends_in_objects_or_in_an_error_with_a_fix(text: str) -> None:
    assert ends_well(text)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=60) | st.text(alphabet="a:-[]{}&*!#|>'\"%@,?\n\t ~<1", max_size=40).map(str.encode))
def test_bytes_at_random_end_in_documents_or_in_an_error_with_a_fix(data: bytes) -> None:
    assert ends_well(data.decode(errors="replace"))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.dictionaries(
        st.text(), st.recursive(st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(), st.lists, max_leaves=8), min_size=1
    )
)
def test_whatever_json_holds_reads_back_the_same(data: dict[str, Any]) -> None:
    document = Document({**data, "kind": "Any"}, "any.json")

    assert parse(dump([document]), "again.yaml") == (document,)
