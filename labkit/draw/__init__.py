"""Pictures of what an engine holds: pure functions of a `labkit.model.Snapshot`.

A picture is DOT text first, which anybody can read and compare; Graphviz is asked only when it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from labkit.draw.dot import graph_to_dot, render
from labkit.draw.graph import Graph
from labkit.draw.plain import graph_to_text
from labkit.draw.pod import pod_graph
from labkit.draw.sequence import diagram_to_dot, diagram_to_text
from labkit.draw.story import story_diagram
from labkit.draw.svg import page_svg
from labkit.model import Snapshot

__all__ = ["Picture", "draw_graph", "draw_pods", "draw_story", "pod_graph", "story_diagram"]


@dataclass(frozen=True)
class Picture:
    """A picture: its DOT text, a caption of one sentence, and the same in words. Equal pictures have equal DOT."""

    dot: str
    caption: str
    text: str

    @cached_property
    def svg(self) -> str:
        """Return it as SVG text. Raises HostError when no Graphviz is there."""
        return page_svg(render(self.dot, "svg").decode(), self.caption)

    def save(self, path: str | Path) -> Path:
        """Write it to a file, as its ending says: .svg, .png, .dot or .txt. Raises ValueError for another."""
        path = Path(path)
        if path.suffix == ".svg":
            path.write_text(self.svg, encoding="utf-8")
        elif path.suffix == ".png":
            path.write_bytes(render(self.dot, "png"))
        elif path.suffix in (".dot", ".txt"):
            path.write_text(self.dot if path.suffix == ".dot" else self.text + "\n", encoding="utf-8")
        else:
            raise ValueError(f"a picture is saved as .svg, .png, .dot or .txt, not as {path.name}")
        return path

    def __str__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Show it in a notebook (IPython calls this): the SVG, and the words for what shows no SVG.

        As HTML first: JupyterLab makes an <img> of an SVG, which has no tooltips and is cut off where it is wider than the page.
        """
        return {"text/html": self.svg, "image/svg+xml": self.svg, "text/plain": self.text}


def draw_graph(graph: Graph) -> Picture:
    """Return the picture of a graph."""
    return Picture(graph_to_dot(graph), graph.caption, graph_to_text(graph))


def draw_pods(snapshot: Snapshot, *names: str) -> Picture:
    """Return the picture of pods and of separate containers, all or those named. Raises LabError when a name is not in the snapshot."""
    return draw_graph(pod_graph(snapshot, *names))


def draw_story(snapshot: Snapshot, *names: str) -> Picture:
    """Return the picture of what happened, in order, to all or to those named. Raises LabError when a name is not in the snapshot."""
    diagram = story_diagram(snapshot, *names)
    return Picture(diagram_to_dot(diagram), diagram.caption, diagram_to_text(diagram))
