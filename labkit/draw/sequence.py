"""Sequence diagrams: a lifeline for each actor, an arrow for each message, time flowing down; as DOT and as a table in plain text.

Graphviz places nothing here: every part has its place (layout `nop2`), in the picture's units, which are CSS pixels in SVG. Everything
lies on one panel with a fill of its own, so it reads the same on a dark and on a light page.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from labkit.draw.dot import FONTS, quoted
from labkit.draw.fit import fit, text_width
from labkit.draw.graph import Tone
from labkit.draw.label import escape
from labkit.draw.palette import INK, TONES, style

__all__ = ["Actor", "Diagram", "Message", "diagram_to_dot", "diagram_to_text"]

WIDTH = 900
"""What a notebook shows without shrinking; only many lifelines make a wider picture."""
_SIZE, _SMALL, _LINE = 12, 11, 15
_WIDER = 1.15
"""How much wider bold letters are."""
_EDGE, _TIME, _BETWEEN, _GAP, _GUTTER = 14, 62, 10, 14, 12
_COLUMN, _NARROW, _MANY = 118, 72, 7
"""Width of a column; where there are many, each is only as wide as its heading needs, and this at least."""
_WORDS = 340
"""Room that a message's words get at least: where the picture ends before, they begin left of their arrow."""


@dataclass(frozen=True)
class Actor:
    """Somebody with a lifeline: `kind` is a key of `labkit.draw.palette`, `lines` tell more (its node)."""

    id: str
    heading: str
    lines: tuple[str, ...] = ()
    kind: str = "outside"

    def __str__(self) -> str:
        return " ".join((self.heading, *self.lines))


@dataclass(frozen=True)
class Message:
    """An arrow from one actor to another, by their ids, and its words. `time` is empty where nobody wrote one down.

    `inferred`: no event says it. `pause` says how much time passes before it, where that is left out of the picture. `teller` is who
    exactly, where the source's lifeline stands for several.
    """

    id: str
    source: str
    target: str
    heading: str
    words: str = ""
    time: str = ""
    tone: Tone = "plain"
    inferred: bool = False
    pause: str = ""
    teller: str = ""
    title: str = ""

    def __str__(self) -> str:
        return f"{self.heading}: {self.words}" if self.words else self.heading


@dataclass(frozen=True)
class Diagram:
    """A whole sequence diagram; `notes` are sentences below it. `caption` says in one sentence what it shows."""

    caption: str
    actors: tuple[Actor, ...] = ()
    messages: tuple[Message, ...] = ()
    notes: tuple[str, ...] = ()


def diagram_to_text(diagram: Diagram) -> str:
    """Return the diagram as a table: time, who tells whom, what; then the notes."""
    return "\n".join(_table(diagram))


def diagram_to_dot(diagram: Diagram) -> str:
    """Return the diagram as DOT; the same diagram gives the same text, and each part has its own `id` and `tooltip`."""
    return "\n".join(_Placed(diagram).dot()) + "\n"


def _table(diagram: Diagram) -> Iterator[str]:
    names = {actor.id: str(actor) for actor in diagram.actors}
    who = [f"{each.teller or names[each.source]} -> {names[each.target]}" for each in diagram.messages]
    times = max((len(each.time) for each in diagram.messages), default=0)
    widest = max(map(len, who), default=0)
    if diagram.messages:
        yield f"{'time':<{times}}  {'who':<{widest}}  what"
    for each, pair in zip(diagram.messages, who, strict=True):
        if each.pause:
            yield f"{'':<{times}}  ({each.pause})"
        yield f"{each.time:<{times}}  {pair:<{widest}}  {each}"
    yield from diagram.notes


@dataclass(frozen=True)
class _Words:
    """A message's words, broken for the room there is: beside its heading where they fit, else on lines of their own."""

    heading: list[str]
    beside: str
    below: list[str]

    @classmethod
    def of(cls, message: Message, room: float) -> _Words:
        if _bold(message.heading) + _BETWEEN + text_width(message.words, _SMALL) <= room:
            return cls([message.heading], message.words, [])
        return cls(fit(message.heading, room, _SIZE * _WIDER, 1), "", fit(message.words, room, _SMALL) if message.words else [])

    @property
    def lines(self) -> int:
        return len(self.heading) + len(self.below)

    @property
    def width(self) -> float:
        beside = _BETWEEN + text_width(self.beside, _SMALL) if self.beside else 0
        return max([*(_bold(line) + beside for line in self.heading), *(text_width(line, _SMALL) for line in self.below)])


class _Placed:
    """A diagram with a place for everything; y counts downwards from the top of the panel."""

    def __init__(self, diagram: Diagram) -> None:
        self.diagram = diagram
        self.columns = {actor.id: _column(actor) if len(diagram.actors) >= _MANY else _COLUMN for actor in diagram.actors}
        ends = list(accumulate(self.columns.values(), initial=_EDGE + _TIME))
        self.x = {name: end + wide // 2 for (name, wide), end in zip(self.columns.items(), ends, strict=False)}
        wanted = [self._left(each) + _Words.of(each, 1.5 * _WORDS).width + _EDGE for each in diagram.messages]
        self.width = max(ends[-1] + _EDGE, _WORDS + 2 * _EDGE, min(WIDTH, math.ceil(max(wanted, default=0))))
        self.heads = {actor.id: self._head(actor) for actor in diagram.actors}
        self.begin = _EDGE + max((_LINE * len(head) + 10 for head in self.heads.values()), default=0)

    def dot(self) -> Iterator[str]:
        """Give the lines of the DOT: what lies below comes first, arrows last."""
        parts, arrows, end = self._messages()
        notes = [part for note in self.diagram.notes for part in fit(note, self.width - 2 * _EDGE, _SMALL, 4)]
        height = end + _LINE * len(notes) + _EDGE // 2
        fonts = f'fontname="{FONTS}", fontsize="{_SIZE}", fontcolor="{INK}"'
        yield "digraph picture {"
        yield f'  graph [id="picture", layout="nop2", outputorder="nodesfirst", bgcolor="transparent", pad="0.04", {fonts}];'
        yield f'  node [shape="box", margin="0", fixedsize="true", label="", {fonts}];'
        yield f'  edge [dir="both", arrowtail="dot", arrowsize="0.7", penwidth="1.4", {fonts}];'
        yield _box("panel", self.diagram.caption, _filled("pod"), self.width / 2, height / 2, self.width, height)
        for actor in self.diagram.actors:
            x, long, high = self.x[actor.id], end - self.begin, self.begin - _EDGE
            yield _box(f"{actor.id}-lifeline", str(actor), _line(actor.kind), x, self.begin + long / 2, 1.4, long)
            head = f"{_filled(actor.kind)}, label=<{'<BR/>'.join(self.heads[actor.id])}>"
            yield _box(actor.id, str(actor), head, x, _EDGE + high / 2, self.columns[actor.id] - _GUTTER, high)
        yield from parts
        if notes:
            yield _text("notes", [_font(part) for part in notes], _EDGE, end + 2, self.width - 2 * _EDGE)
        yield from arrows
        yield "}"

    def _messages(self) -> tuple[list[str], list[str], int]:
        """Return the words, the arrows, and how far down they reach."""
        parts: list[str] = []
        arrows: list[str] = []
        y = self.begin + _GAP
        for each in self.diagram.messages:
            if each.pause:
                parts.append(_text(f"{each.id}-pause", [_font(each.pause)], _EDGE, y - 2, self.width - 2 * _EDGE))
                y += _LINE + _GAP
            words = _Words.of(each, max(_WORDS, self.width - _EDGE - self._left(each)))
            parts += self._words(each, words, y)
            y += _LINE * words.lines + 4
            if each.time:
                parts.append(_text(f"{each.id}-time", [_font(each.time)], _EDGE, y - _LINE // 2, _TIME - 8))
            arrows += self._arrow(each, y)
            y += _GAP
        return parts, arrows, y

    def _left(self, message: Message) -> int:
        return min(self.x[message.source], self.x[message.target]) + 8

    def _head(self, actor: Actor) -> list[str]:
        room = self.columns[actor.id] - _GUTTER - 8
        small = [_font(part) for line in actor.lines for part in fit(line, room, _SMALL, 3)]
        return [_font(part, _SIZE, style(actor.kind).ink, bold=True) for part in fit(actor.heading, room, _SIZE * _WIDER)] + small

    def _words(self, message: Message, words: _Words, y: int) -> Iterator[str]:
        left = min(self._left(message), self.width - _EDGE - words.width)
        heading = [_font(line, _SIZE, TONES[message.tone], bold=True) for line in words.heading]
        wide = _bold(message.heading) if words.beside else words.width
        yield _text(f"{message.id}-words", heading + [_font(line) for line in words.below], left, y, wide)
        if words.beside:
            yield _text(f"{message.id}-more", [_font(words.beside)], left + wide + _BETWEEN, y, words.width - wide - _BETWEEN)

    def _arrow(self, message: Message, y: int) -> Iterator[str]:
        ends = [quoted(f"{message.id}-{end}") for end in ("from", "to")]
        for end, actor in zip(ends, (message.source, message.target), strict=True):
            yield f'  {end} [style="invis", width="0", height="0", pos="{self.x[actor]},{-y}"];'
        look = f'color="{TONES[message.tone]}"' + (', style="dashed"' if message.inferred else "")
        yield f"  {' -> '.join(ends)} [id={quoted(message.id)}, tooltip={quoted(message.title or str(message))}, {look}];"


def _column(actor: Actor) -> int:
    return max(_NARROW, math.ceil(max(map(_bold, actor.heading.split()))) + _GUTTER + 8)


def _bold(text: str) -> float:
    return text_width(text, _SIZE * _WIDER)


def _font(text: str, size: int = _SMALL, ink: str = TONES["muted"], *, bold: bool = False) -> str:
    shown = escape(text)
    return f'<FONT POINT-SIZE="{size}" COLOR="{ink}">{f"<B>{shown}</B>" if bold else shown}</FONT>'


def _filled(kind: str) -> str:
    look = style(kind)
    return f'style="filled,rounded", fillcolor="{look.fill}", color="{look.line}", penwidth="{look.width:g}"'


def _line(kind: str) -> str:
    return f'style="filled", fillcolor="{style(kind).line}", penwidth="0"'


def _box(name: str, title: str, look: str, x: float, y: float, width: float, height: float) -> str:
    size = f'width="{width / 72:.4f}", height="{height / 72:.4f}", pos="{x:g},{-y:g}"'
    return f"  {quoted(name)} [id={quoted(name)}, tooltip={quoted(title)}, {look}, {size}];"


def _text(name: str, lines: Sequence[str], left: float, top: float, width: float) -> str:
    """Return lines of text that cover what passes behind them."""
    width = math.ceil(width)
    cell = f'<TD FIXEDSIZE="TRUE" WIDTH="{width}" HEIGHT="{_LINE}" ALIGN="LEFT" BALIGN="LEFT">'
    rows = "".join(f'<TR>{cell}{line}<BR ALIGN="LEFT"/></TD></TR>' for line in lines)
    html = f'<TABLE BGCOLOR="{style("pod").fill}" BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{rows}</TABLE>'
    place = f"{left + width / 2:g},{-top - _LINE * len(lines) / 2:g}"
    return f'  {quoted(name)} [id={quoted(name)}, shape="plain", label=<{html}>, pos="{place}"];'
