"""A graph as plain text, an indented tree: for screen readers, terminals and tests."""

from __future__ import annotations

from collections.abc import Iterator

from labkit.draw.graph import Graph, Node

__all__ = ["graph_to_text"]


def graph_to_text(graph: Graph) -> str:
    """Return the words of a picture: frames, the boxes inside them, and below each box the sentences of the edges that start there."""
    return "\n".join(_lines(graph))


def _lines(graph: Graph) -> Iterator[str]:
    sentences: dict[str, list[str]] = {}
    for edge in graph.edges:
        sentences.setdefault(edge.source, []).append(edge.title)
    for group in graph.groups:
        inside = ""
        if group.heading:
            yield "  ".join([group.heading, *map(str, group.lines)])
            inside = "  "
        for node in group.nodes:
            yield from (inside + line for line in _node(node))
            yield from (f"{inside}  -> {sentence}" for sentence in sentences.get(node.id, ()))
    for node in graph.below:
        yield from _node(node)


def _node(node: Node) -> Iterator[str]:
    tag = f"({node.tag})" if node.tag and node.heading else node.tag
    kind = "volume " if node.kind == "volume" else ""
    yield " ".join(part for part in (kind + node.heading, tag) if part)
    for line in node.lines:
        yield f"  {line}"
    if node.ports:
        yield f"  port {', '.join(chip.text for chip in node.ports)}"
    for row in node.rows:
        chips = ", ".join(chip.text for chip in row.chips)
        yield f"  {row.label}: {chips}" if row.label else f"  {chips}"
