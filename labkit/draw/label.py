"""Graphviz' HTML-like labels (graphviz.org/doc/info/shapes.html#html): a box with its tag, ports, heading, lines and chips.

Every text passes `escape` on its way in, whoever wrote it. Boxes that stand side by side get the same number of lines, so that they are
equally high and their parts are level. Tags and chips have a size of their own, so that they fit in whatever font the reader has.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from labkit.draw.fit import fit, text_width
from labkit.draw.graph import Chip, ChipRow, Group, Node
from labkit.draw.palette import INK, TONES, style

__all__ = ["BARS", "COLUMN", "GAP", "Label", "edge_label", "escape", "frame_label", "is_plain", "labels", "printable"]

COLUMN = 180
"""Width of a box of one column, in the picture's units: CSS pixels in SVG."""
GAP = 24
BARS = frozenset({"shared", "infra"})
"""Kinds of box that are as wide as their frame, and have their chips right below their text."""
_PADDING = 8
_SIZE, _SMALL, _BIG = 12, 11, 14
_BOLD = 1.15
"""How much wider bold letters are."""
_CHIP_HEIGHT, _SPACING = 20, 4
_WIDEST_CHIP = COLUMN - 2 * _PADDING - 8
_PLAIN = re.compile(r"[A-Za-z0-9 _.:,;/()-]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Label:
    """A label, and the ports of it that an edge reaches from above without crossing anything."""

    html: str
    ports: frozenset[str] = frozenset()


def escape(text: str) -> str:
    """Return a text as it is written in an HTML-like label; XML's own signs become entities."""
    return text if is_plain(text) else html.escape(printable(text))


def is_plain(text: str) -> bool:
    """Say whether a text, as most are, has nothing in it that any format would have to escape."""
    return _PLAIN.fullmatch(text) is not None


def printable(text: str) -> str:
    """Return a text with a replacement character for each one that XML cannot hold."""
    return text if text.isprintable() else _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def labels(nodes: Sequence[Node]) -> dict[str, Label]:
    """Return the labels, by id, of boxes that stand side by side."""
    found = {node.id: Label(_cylinder(node)) for node in nodes if node.kind == "volume"}
    for wide in (True, False):
        boxes = [_Box(node) for node in nodes if node.kind != "volume" and (node.columns > 1 or node.kind in BARS) is wide]
        if boxes:
            most = tuple(max(counts) for counts in zip(*(box.size for box in boxes), strict=True))
            found |= {box.node.id: box.label(most) for box in boxes}
    return found


def frame_label(group: Group) -> str:
    """Return the label of a group's frame: its heading, and its lines below; narrow where arrows come in from above."""
    room = COLUMN - 60 if group.above else _width(group.columns)
    rows = [_text(text, _BIG, INK, bold=True) for text in fit(group.heading, room, _BIG * _BOLD, 4)]
    rows += [_text(text, _SIZE, TONES[line.tone]) for line in group.lines for text in fit(str(line), room, _SIZE)]
    return (
        f'<TABLE WIDTH="{_width(group.columns)}" BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{_cell(_lines(rows), 2)}</TABLE>'
    )


def edge_label(text: str) -> str:
    """Return the label that lies on an edge: text on its own fill, so that a line that passes behind does not disturb it."""
    look = style("label")
    shown = _lines(_text(part, _SMALL, look.ink) for part in fit(text, COLUMN * 0.48, _SMALL, 3))
    frame = f'BORDER="1" CELLBORDER="0" CELLSPACING="0" CELLPADDING="3" STYLE="ROUNDED" COLOR="{look.line}" BGCOLOR="{look.fill}"'
    return f"<TABLE {frame}><TR><TD>{shown}</TD></TR></TABLE>"


class _Box:
    def __init__(self, node: Node) -> None:
        self.node, self.look = node, style(node.kind)
        self.width = _outside_width(node) if node.kind == "outside" else _width(node.columns)
        self.room = room = self.width - 2 * _PADDING - 2 * math.ceil(self.look.width)
        self.top = _Top.of(node, room)
        self.headings = fit(node.heading, room, _BIG * _BOLD, 3) if node.heading and not self.top.heading else []
        self.lines = [(text, line) for line in node.lines for text in fit(str(line), room, _SIZE, 3)]
        self.rows = [part for row in (*self.top.rest, *node.rows) for part in _wrapped(row, room)]
        self.size = (len(self.headings), len(self.lines), sum(map(_row_height, self.rows)))

    def label(self, most: tuple[int, ...]) -> Label:
        headings, lines, high = most
        cells = [_cell(self.top.html, 4)] if self.top.html else []
        heading = [_text(text, _BIG, self.look.ink, bold=True) for text in self.headings] + _blank(headings - len(self.headings), _BIG)
        body = [_text(text, _SIZE, TONES[line.tone]) for text, line in self.lines] + _blank(lines - len(self.lines), _SIZE)
        cells += [_cell(_lines(heading + body), _PADDING)] if heading or body else []
        chips = [_cell(_chips(row, self.room), 0) for row in self.rows]
        blank = [_blank_row(high - self.size[2])]
        # A box's chips stand at its bottom, level with the neighbours'; in a bar they follow the text.
        cells += chips + blank if self.node.kind in BARS else blank + chips
        cells += [_blank_row(_SPACING)] if high else []
        dash = f",{self.look.dash.upper()}" if self.look.dash else ""
        look = f'STYLE="ROUNDED{dash}" BORDER="{self.look.width:g}" COLOR="{self.look.line}" BGCOLOR="{self.look.fill}"'
        return Label(
            f'<TABLE WIDTH="{self.width}" {look} CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">{"".join(cells)}</TABLE>', self.top.ports
        )


@dataclass(frozen=True)
class _Top:
    """The first row of a box: the tag on the left; on the right as many ports as there is room for, or in a wide bar the heading."""

    html: str = ""
    ports: frozenset[str] = frozenset()
    rest: tuple[ChipRow, ...] = ()
    heading: bool = False

    @classmethod
    def of(cls, node: Node, room: float) -> _Top:
        if not node.tag:
            return cls()
        used = text_width(node.tag, _SMALL * _BOLD) + 12
        tag = _fixed(_text(node.tag, _SMALL, "#FFFFFF", bold=True), used, f' STYLE="ROUNDED" BGCOLOR="{style(node.kind).accent}"')
        used += 4
        beside = node.columns > 1 and bool(node.heading)
        shown: list[Chip] = []
        for chip in node.ports:
            if used + sum(_chip_width(each) + 4 for each in (*shown, chip)) > room:
                break
            shown.append(chip)
        rest = node.ports[len(shown) :]
        # The first, which is published, comes last: at the right its arrow stays clear of the frame's heading.
        right = "".join(_chip(chip) for chip in reversed(shown))
        used += sum(_chip_width(chip) + 4 for chip in shown)
        left = ""
        if beside:
            wide = min(text_width(node.heading, _BIG * _BOLD), room - used - 4)
            left = _fixed(_text(fit(node.heading, wide, _BIG * _BOLD, 1)[0], _BIG, style(node.kind).ink, bold=True), wide)
            used += wide + 4
        html_ = _row(f"{tag}{left}{_space(room - used)}{right}")
        more = (ChipRow("also port" if len(rest) == 1 else "also ports", rest),) if rest else ()
        return cls(html_, frozenset(chip.port for chip in shown), more, beside)


def _cylinder(node: Node) -> str:
    room = COLUMN * 0.7
    rows = [_text(text, _SIZE, style("volume").ink, bold=True) for text in fit(node.heading, room, _SIZE * _BOLD, 3)]
    rows += [_text(text, _SMALL, TONES[line.tone]) for line in node.lines for text in fit(str(line), room, _SMALL)]
    return "<BR/>".join(rows)


def _width(columns: int) -> int:
    return columns * COLUMN + (columns - 1) * GAP


def _outside_width(node: Node) -> int:
    widest = max(text_width(node.heading, _BIG * _BOLD), *(text_width(str(line), _SIZE) for line in node.lines))
    return min(COLUMN, int(widest) + 2 * (_PADDING + math.ceil(style(node.kind).width)) + 1)


def _wrapped(row: ChipRow, room: float) -> list[ChipRow]:
    """Break a row of chips where it is too long; its words stand before the first part, or above it when they are long."""
    used = text_width(row.label, _SMALL) + 8 if row.label else 0.0
    if row.label and row.chips and used + _chip_width(row.chips[0]) + 4 > room:
        above = [ChipRow(text, ()) for text in fit(row.label, room - 8, _SMALL)]
        return above + _wrapped(ChipRow("", row.chips), room)
    parts: list[list[Chip]] = [[]]
    for chip in row.chips:
        wide = _chip_width(chip) + 4
        if used + wide > room and used:
            parts.append([])
            used = 0.0
        parts[-1].append(chip)
        used += wide
    return [ChipRow("" if index else row.label, tuple(part)) for index, part in enumerate(parts)]


def _chips(row: ChipRow, room: float) -> str:
    words = text_width(row.label, _SMALL) + 4
    used = sum(_chip_width(chip) + 4 for chip in row.chips) + (words + 4 if row.label else 0)
    high = _row_height(row) - 2 * _SPACING
    label = _fixed(_text(row.label, _SMALL, TONES["muted"]), words, ' ALIGN="LEFT"', high) if row.label else ""
    return _row(f"{_space(1, high)}{label}{''.join(map(_chip, row.chips))}{_space(room - used, high)}")


def _row_height(row: ChipRow) -> int:
    return (_CHIP_HEIGHT if row.chips else _SIZE) + 2 * _SPACING


def _row(cells: str) -> str:
    return f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="{_SPACING}" CELLPADDING="0"><TR>{cells}</TR></TABLE>'


def _blank_row(height: int) -> str:
    return f'<TR><TD FIXEDSIZE="TRUE" WIDTH="1" HEIGHT="{height}"></TD></TR>' if height > 0 else ""


def _space(width: float, height: int = _CHIP_HEIGHT) -> str:
    """Fill a row up: a table that is narrower than its cell would be stretched."""
    return f'<TD FIXEDSIZE="TRUE" WIDTH="{max(1, int(width))}" HEIGHT="{height}"></TD>'


def _chip_width(chip: Chip) -> float:
    return min(text_width(chip.text, _SMALL) + 10, _WIDEST_CHIP)


def _chip(chip: Chip) -> str:
    look = style(chip.kind)
    port = f' PORT="{chip.port}"' if chip.port else ""
    # A cell's tooltip is drawn only where the cell is a link too.
    title = f' HREF="#" TOOLTIP="{escape(chip.title)}"' if chip.title else ""
    wide = _chip_width(chip)
    shown = chip.text if wide < _WIDEST_CHIP else fit(chip.text, wide - 8, _SMALL, 1)[0]
    return _fixed(
        _text(shown, _SMALL, look.ink), wide, f'{port}{title} STYLE="ROUNDED" BORDER="1" COLOR="{look.line}" BGCOLOR="{look.fill}"'
    )


def _fixed(content: str, width: float, look: str = "", height: int = _CHIP_HEIGHT) -> str:
    return f'<TD FIXEDSIZE="TRUE" WIDTH="{int(width)}" HEIGHT="{height}"{look}>{content}</TD>'


def _blank(count: int, size: int) -> list[str]:
    return [_text(" ", size, INK)] * max(0, count)


def _text(text: str, size: int, ink: str, *, bold: bool = False) -> str:
    shown = escape(text) or " "
    return f'<FONT POINT-SIZE="{size}" COLOR="{ink}">{f"<B>{shown}</B>" if bold else shown}</FONT>'


def _lines(rows: Iterable[str]) -> str:
    return "".join(f'{row}<BR ALIGN="LEFT"/>' for row in rows)


def _cell(content: str, padding: int) -> str:
    return f'<TR><TD ALIGN="LEFT" BALIGN="LEFT" CELLPADDING="{padding}">{content}</TD></TR>'
