"""Turn YAML text into plain JSON values and the places where they were written.

PyYAML's composer (libyaml where it is built in) makes the nodes; this module gives them Kubernetes' meaning, and refuses what Kubernetes
refuses: duplicate keys, values without a JSON form, and texts made to exhaust a reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from labkit.errors import ManifestError
from labkit.manifests.document import FieldPath, Place, dotted
from labkit.manifests.scalars import MERGE, plain_scalar
from labkit.manifests.syntax import complaint, unprintable

__all__ = ["DEEPEST", "LARGEST_TEXT", "compose"]

DEEPEST = 100
"""How deep values may nest. Kubernetes' own objects stay below 30."""

LARGEST_TEXT = 8 * 2**20
"""The longest text that is read, in characters. Kubernetes takes objects up to 1.5 MiB (etcd's request limit)."""

_COST_OF_A_VALUE = 256
_BUDGET = 64 * 2**20

_PREFIX = "tag:yaml.org,2002:"
_STRING, _PLAIN = f"{_PREFIX}str", "plain"
_AS_WRITTEN = {_STRING, f"{_PREFIX}binary", f"{_PREFIX}timestamp"}
_CONVERTED = {f"{_PREFIX}{name}" for name in ("null", "bool", "int", "float")} | {_PLAIN}
_COLLECTIONS = {f"{_PREFIX}map", f"{_PREFIX}seq"}

_BaseLoader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


class _TooDeep(Exception):
    """Nesting went below DEEPEST at `line`; the composer calls itself for every level, so this comes before the stack ends."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _Loader(_BaseLoader):  # type: ignore[misc]
    """PyYAML's composer that knows plain words from quoted ones, and counts how deep it is."""

    depth = 0

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: Any) -> str:
        if kind is yaml.ScalarNode:
            return _PLAIN if implicit[0] else _STRING
        return f"{_PREFIX}map" if kind is yaml.MappingNode else f"{_PREFIX}seq"

    def descend_resolver(self, parent: yaml.Node | None, index: Any) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _TooDeep(_line(parent) if parent else 1)

    def ascend_resolver(self) -> None:
        self.depth -= 1


def compose(text: str, file: str) -> Iterator[tuple[Any, Place]]:
    """Yield the value of every document in `text`, with its place; empty ones too, as None.

    Raises ManifestError, with file and line, for whatever is no YAML or has no JSON form.
    """
    if len(text) > LARGEST_TEXT:
        raise ManifestError(
            f"read {file}", f"{len(text)} characters; the limit is {LARGEST_TEXT}", "split it into several files", file=file
        )
    bad = unprintable(text)
    if bad:
        raise ManifestError(f"read {file}", bad.found, bad.fix, file=file, line=bad.line)
    loader = _Loader(text)
    builder = _Builder(file)
    try:
        while loader.check_node():
            yield builder.value(loader.get_node(), ())
    except _TooDeep as deep:
        found = f"values nested more than {DEEPEST} levels deep"
        raise ManifestError(f"read {file}", found, "look for a bracket that is never closed", file=file, line=deep.line) from None
    except yaml.YAMLError as wrong:
        line, found, fix = complaint(wrong, text)
        raise ManifestError(f"read {file}", found, fix, file=file, line=line) from None
    finally:
        loader.dispose()


class _Builder:
    """Turns nodes into values; `spent` bounds what aliases may blow a small text up to."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.spent = 0

    def error(self, node: yaml.Node, path: FieldPath, found: str, fix: str) -> ManifestError:
        return ManifestError(f"read {self.file}", found, fix, file=self.file, line=_line(node), field=dotted(path))

    def value(self, node: yaml.Node, path: FieldPath) -> tuple[Any, Place]:
        if len(path) > DEEPEST:
            raise self.error(node, path[:3], "an alias that holds itself", "write the value out instead of `*name`")
        if isinstance(node, yaml.ScalarNode):
            self.spend(node, path, len(node.value))
            return self.scalar(node, path), Place(_line(node), node.value)
        self.spend(node, path, 0)
        if node.tag not in _COLLECTIONS:
            raise self.error(node, path, f"the YAML tag {_tag(node)}, which has no JSON form", "remove the tag")
        if isinstance(node, yaml.SequenceNode):
            items = [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
            return [value for value, _ in items], Place(_line(node), "", {index: place for index, (_, place) in enumerate(items)})
        assert isinstance(node, yaml.MappingNode)
        return self.mapping(node, path)

    def spend(self, node: yaml.Node, path: FieldPath, characters: int) -> None:
        self.spent += _COST_OF_A_VALUE + characters
        if self.spent > _BUDGET:
            raise self.error(
                node,
                path,
                "aliases that blow the text up to more values than a manifest can hold",
                "write the values out instead of `*name`",
            )

    def scalar(self, node: yaml.ScalarNode, path: FieldPath) -> str | int | float | bool | None:
        if node.tag in _AS_WRITTEN:
            return str(node.value)
        if node.tag not in _CONVERTED:
            raise self.error(
                node,
                path,
                f"the YAML tag {_tag(node)}, which has no JSON form",
                "remove the tag, or quote the text if it only starts with `!`",
            )
        return plain_scalar(node.value)

    def mapping(self, node: yaml.MappingNode, path: FieldPath) -> tuple[dict[str, Any], Place]:
        data: dict[str, Any] = {}
        places: dict[str | int, Place] = {}
        merged: list[tuple[dict[str, Any], Place]] = []
        for key_node, value_node in node.value:
            if key_node.value == MERGE and key_node.tag == _PLAIN:
                merged += self.merged(value_node, path)
                continue
            key = self.key(key_node, path)
            if key in data:
                found = f"`{key}` twice in one mapping: first on line {places[key].line}"
                raise self.error(key_node, (*path, key), found, f"keep one of the two `{key}`")
            data[key], place = self.value(value_node, (*path, key))
            places[key] = place._replace(line=_line(key_node))
        for other, place in merged:
            data = {**other, **data}
            places = {**place.parts, **places}
        return data, Place(_line(node), "", places)

    def key(self, node: yaml.Node, path: FieldPath) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self.error(node, path, "a list or mapping as a key", "write a text as the key; quote a value that starts with `{` or `[`")
        value = self.scalar(node, path)
        if value is None or isinstance(value, bool):
            read = "nothing" if value is None else str(value).lower()
            raise self.error(node, path, f"the key `{node.value}`, which YAML reads as {read}", f'quote it: "{node.value}"')
        return str(node.value)

    def merged(self, node: yaml.Node, path: FieldPath) -> list[tuple[dict[str, Any], Place]]:
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for item in nodes:
            if not isinstance(item, yaml.MappingNode):
                raise self.error(item, path, "a merge `<<` of something that is no mapping", "give `<<` the alias of a mapping")
        # One level deeper than they stand, so that a mapping which merges itself ends too.
        return [self.value(item, (*path, MERGE)) for item in nodes]


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _tag(node: yaml.Node) -> str:
    return str(node.tag).replace(_PREFIX, "!!")
