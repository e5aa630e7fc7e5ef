"""What a picture is made of, before anybody chose a renderer: boxes, groups around them, and arrows.

A graph holds whole texts; how they are wrapped, coloured and placed is the renderer's work. So one graph becomes a picture
(`labkit.draw.dot`) and plain text (`labkit.draw.plain`), and the two cannot differ. `kind` is a key of `labkit.draw.palette`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

__all__ = ["Chip", "ChipRow", "Edge", "Graph", "Group", "Line", "Node", "Tone", "identifier"]

Tone = Literal["plain", "muted", "good", "bad", "idle"]
_OUTSIDE_AN_ID = re.compile(r"[^A-Za-z0-9._-]")


def identifier(*names: object) -> str:
    """Join names into an id that is stable, and valid in SVG and in DOT: `pod-web-container-app`."""
    return _OUTSIDE_AN_ID.sub(lambda found: f"_{ord(found[0]):x}_", "-".join(map(str, names)))


@dataclass(frozen=True)
class Line:
    """A line of text in a box. `mark` is a shape that says the same as the tone's colour, for eyes that do not see it."""

    text: str
    tone: Tone = "plain"
    mark: str = ""

    def __str__(self) -> str:
        return f"{self.mark} {self.text}" if self.mark else self.text


@dataclass(frozen=True)
class Chip:
    """A small tag in a box. `port` is the name by which an edge may end at it; `title` is the tooltip."""

    text: str
    kind: str
    port: str = ""
    title: str = ""


@dataclass(frozen=True)
class ChipRow:
    """Chips that belong together, and the words before them."""

    label: str
    chips: tuple[Chip, ...]


@dataclass(frozen=True)
class Node:
    """A box: a `tag` (what it is), its `ports` beside that, a heading (its name), lines, rows of chips; `columns` says how wide."""

    id: str
    kind: str
    heading: str
    tag: str = ""
    lines: tuple[Line, ...] = ()
    ports: tuple[Chip, ...] = ()
    rows: tuple[ChipRow, ...] = ()
    columns: int = 1
    title: str = ""


@dataclass(frozen=True)
class Edge:
    """An arrow, or with kind `both` a line with two heads; `label` is a line in the picture, `title` the same as a sentence."""

    id: str
    source: str
    target: str
    kind: str
    label: str = ""
    title: str = ""
    target_port: str = ""


@dataclass(frozen=True)
class Group:
    """A frame around boxes. `layers` lie below each other inside it; `above` lies over the frame, outside."""

    id: str
    kind: str
    heading: str
    lines: tuple[Line, ...] = ()
    layers: tuple[tuple[Node, ...], ...] = ()
    above: tuple[Node, ...] = ()
    columns: int = 1
    title: str = ""

    @property
    def nodes(self) -> Iterator[Node]:
        """Give the boxes, those above the frame first."""
        yield from self.above
        for layer in self.layers:
            yield from layer


@dataclass(frozen=True)
class Graph:
    """A whole picture: rows of groups, and edges between boxes. `caption` says in one sentence what it shows.

    `below` is what stands under all groups: nothing, or one bar.
    """

    caption: str
    rows: tuple[tuple[Group, ...], ...] = ()
    edges: tuple[Edge, ...] = ()
    below: tuple[Node, ...] = ()

    @property
    def groups(self) -> Iterator[Group]:
        """Give the groups in reading order."""
        for row in self.rows:
            yield from row
