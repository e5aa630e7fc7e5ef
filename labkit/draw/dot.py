"""Graphs as DOT, and DOT as SVG or PNG: the only module that runs Graphviz."""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, zip_longest

from labkit.draw.graph import Edge, Graph, Group, Line, Node
from labkit.draw.label import BARS, COLUMN, GAP, Label, edge_label, frame_label, is_plain, labels, printable
from labkit.draw.palette import INK, LINE, style
from labkit.errors import CommandError, HostError

__all__ = ["FONTS", "graph_to_dot", "quoted", "render"]

FONTS = "Helvetica,Arial,sans-serif"
_NODESEP = GAP // 4
"""Least space between two things, in points; boxes stand four times as far apart, so that lines pass between them."""
_ARROWS = {
    "way-in": 'penwidth="1.8", weight="10"',
    "idle-way-in": 'arrowhead="empty", style="dashed", weight="10"',
    "reads": 'dir="back", arrowtail="normal"',
    "reads-and-writes": 'dir="both", arrowhead="normal", arrowtail="normal"',
}


def graph_to_dot(graph: Graph) -> str:
    """Return a graph as DOT: the same graph gives the same text, and each box, frame and edge has its own `id` and `tooltip`."""
    return "\n".join(_lines(graph)) + "\n"


def render(dot: str, format: str) -> bytes:
    """Return DOT drawn as `svg` or `png`, by this machine's `dot`, else by the one in the Python package graphviz-pure.

    Raises HostError when there is neither, CommandError when `dot` refuses the text.
    """
    import graphviz
    from graphviz.backend import dot_command

    source = graphviz.Source(dot)
    try:
        try:
            return bytes(source.pipe(format=format, quiet=True))
        except graphviz.ExecutableNotFound:
            ours, before = _packaged_dot(), dot_command.DOT_BINARY
            dot_command.DOT_BINARY = ours
            try:
                return bytes(source.pipe(format=format, quiet=True))
            finally:
                dot_command.DOT_BINARY = before
    except graphviz.CalledProcessError as refused:
        said = (refused.stderr or b"").decode(errors="replace")
        raise CommandError([str(part) for part in refused.cmd], refused.returncode, "", said) from None


def _packaged_dot() -> os.PathLike[str]:
    import importlib.metadata

    lost = HostError("draw a picture", "there is neither `dot` nor graphviz-pure on this machine", "pip install graphviz-pure")
    try:
        files = importlib.metadata.files("graphviz-pure") or []
    except importlib.metadata.PackageNotFoundError:
        raise lost from None
    for file in files:
        if file.stem == "graphviz-pure" and file.suffix in ("", ".exe"):
            return file.locate()
    raise lost


def _lines(graph: Graph) -> Iterator[str]:
    ports: set[tuple[str, str]] = set()
    # Graphviz doubles every minlen as soon as one edge has a label.
    chain = f'style="invis", weight="100", minlen="{2 if any(edge.label for edge in graph.edges) else 4}"'
    under, far = _from_volumes(graph.groups)
    # A label on a line that passes between boxes would lie on others: the box itself says it.
    said: dict[str, list[Line]] = {}
    for edge in graph.edges:
        if edge.label and edge.source in far:
            said.setdefault(edge.source, []).append(Line(f"mount {edge.label}", "muted"))
    yield "digraph picture {"
    # A second look for crossings, over frames, forgets the order of the boxes inside them.
    space = f'remincross="false", nodesep="{_NODESEP / 72:.4f}", ranksep="0.3", pad="0.04"'
    yield f'  graph [id="picture", bgcolor="transparent", newrank="true", {space}, {_fonts()}];'
    for node in graph.below:
        yield f'  graph [label=<{labels([node])[node.id].html}>, labelloc="b", labeljust="l"];'
    yield f'  node [shape="plain", margin="0", {_fonts()}];'
    yield f'  edge [color="{LINE}", arrowsize="0.7", {_fonts()}];'
    for row in graph.rows:
        shown = _labels(row, said)
        ports |= {(node_id, port) for node_id, label in shown.items() for port in label.ports}
        for group in row:
            yield from _group(group, shown, chain)
        for level in ([group.above for group in row], [_first_boxes(group) for group in row]):
            side_by_side = [node for nodes in level for node in nodes]
            if len(side_by_side) > 1:
                yield f'  {{ rank="same"; {"; ".join(quoted(node.id) for node in side_by_side)}; }}'
    for above, below in pairwise(graph.rows):
        yield from _below(above, below)
    for edge in graph.edges:
        yield _edge(edge, ports, labelled=edge.source not in far, upwards=edge.source in under)
    yield "}"


def _labels(row: Sequence[Group], said: Mapping[str, Sequence[Line]]) -> dict[str, Label]:
    """Return the labels of a row of groups; boxes at the same depth stand side by side, in whatever group they are.

    `said` are lines that a box, by its id, has beside its own.
    """
    found = labels([node for group in row for node in group.above])
    for level in zip_longest(*(group.layers for group in row), fillvalue=()):
        nodes = [node for nodes in level for node in nodes]
        found |= labels([replace(node, lines=(*node.lines, *said[node.id])) if node.id in said else node for node in nodes])
    return found


def _group(group: Group, shown: Mapping[str, Label], chain: str) -> Iterator[str]:
    yield from _layer(group.above, shown, chain, "  ")
    yield f"  subgraph {quoted('cluster-' + group.id)} {{"
    if group.kind:
        look = style(group.kind)
        yield f'    id={quoted(group.id)}; tooltip={quoted(group.title)}; margin="12";'
        yield f'    label=<{frame_label(group)}>; labeljust="l"; labelloc="t";'
        dash = f",{look.dash}" if look.dash else ""
        yield f'    style="filled,rounded{dash}"; fillcolor="{look.fill}"; color="{look.line}"; penwidth="{look.width:g}";'
    else:
        yield '    peripheries="0"; label="";'
    for layer in group.layers:
        yield from _layer(layer, shown, chain, "    ")
    yield from _spine(group)
    yield "  }"


def _layer(nodes: Sequence[Node], shown: Mapping[str, Label], chain: str, indent: str) -> Iterator[str]:
    for node in nodes:
        known = f"id={quoted(node.id)}, tooltip={quoted(node.title)}"
        yield f"{indent}{quoted(node.id)} [{known}{_shape(node)}, label=<{shown[node.id].html}>];"
    if len(nodes) > 1:
        yield f'{indent}{{ rank="same"; {" -> ".join(quoted(node.id) for node in nodes)} [{chain}]; }}'


def _shape(node: Node) -> str:
    if node.kind != "volume":
        return ""
    look = style(node.kind)
    size = f'margin="0.12,0.08", width="{COLUMN * 0.6 / 72:.3f}"'
    return f', shape="cylinder", style="filled", fillcolor="{look.fill}", color="{look.line}", {size}'


def _spine(group: Group) -> Iterator[str]:
    """Keep layers below each other, boxes in columns, and the bars' left ends in line with the boxes'."""
    for upper, lower in pairwise(group.layers):
        yield f'    {quoted(upper[0].id)} -> {quoted(lower[0].id)} [style="invis", weight="0"];'
    boxes = [layer for layer in group.layers if layer[0].kind != "volume"]
    roomy = ', minlen="2"' if any(layer[0].kind == "volume" for layer in group.layers) else ""
    for upper, lower in pairwise(boxes):
        apart = "" if {upper[0].kind, lower[0].kind} & BARS else roomy
        for source, target in zip(upper, lower, strict=False):
            yield f'    {quoted(source.id)}:sw -> {quoted(target.id)}:nw [style="invis", weight="50"{apart}];'


def _first_boxes(group: Group) -> Sequence[Node]:
    """Return the first layer that is no bar, else the first, else nothing."""
    return next((layer for layer in group.layers if layer[0].kind not in BARS), group.layers[0] if group.layers else ())


def _from_volumes(groups: Iterable[Group]) -> tuple[set[str], set[str]]:
    """Return the ids of the boxes below their group's volumes, and of those that other boxes are between."""
    under, far = set[str](), set[str]()
    for group in groups:
        levels = [index for index, layer in enumerate(group.layers) if layer[0].kind == "volume"]
        if levels:
            under |= {node.id for layer in group.layers[levels[-1] + 1 :] for node in layer}
            far |= {node.id for layer in group.layers[: max(0, levels[0] - 1)] for node in layer}
    return under, far


def _below(above: Sequence[Group], below: Sequence[Group]) -> Iterator[str]:
    for group in below:
        first = group.above or (group.layers[0] if group.layers else ())
        for other in above:
            if other.layers and first:
                yield f'  {quoted(other.layers[-1][0].id)} -> {quoted(first[0].id)} [style="invis", minlen="2"];'


def _edge(edge: Edge, ports: Container[tuple[str, str]], *, labelled: bool, upwards: bool) -> str:
    source, target = quoted(edge.source), quoted(edge.target)
    arrows = _ARROWS[edge.kind]
    if (edge.target, edge.target_port) in ports:
        target += f":{quoted(edge.target_port)}:n"
    elif edge.label:
        if upwards:
            source, target, arrows = target, source, arrows.replace('"back"', '"forward"')
        source, target = source + ":s", target + ":n"
    label = f", label=<{edge_label(edge.label)}>" if edge.label and labelled else ""
    return f"  {source} -> {target} [id={quoted(edge.id)}, tooltip={quoted(edge.title)}, {arrows}{label}];"


def _fonts() -> str:
    return f'fontname="{FONTS}", fontsize="12", fontcolor="{INK}"'


def quoted(text: str) -> str:
    r"""Return a DOT string. Graphviz reads `\` and `&` in it, so both are escaped, as is what XML cannot hold."""
    if is_plain(text):
        return f'"{text}"'
    return '"' + printable(text).replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') + '"'
