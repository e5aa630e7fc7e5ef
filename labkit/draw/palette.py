"""One palette for every picture.

The hues are Okabe and Ito's (jfly.uni-koeln.de/color), which people with any colour blindness can tell apart, darkened until white
text on them has WCAG's contrast of 4.5:1. Boxes bring their own fill and ink, so they read the same on a dark and on a light page;
`LINE` is the one colour that lies on the page itself, and has 3:1 on white and on #111111 both.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from labkit.draw.graph import Tone

__all__ = ["INK", "LINE", "STYLES", "TONES", "Style", "style"]

INK = "#1B1F24"
LINE = "#7A7A7A"


@dataclass(frozen=True)
class Style:
    """How a kind of thing looks: its fill, the text on it, its border, what its tag is filled with; `dash` is a Graphviz style word."""

    fill: str
    ink: str = INK
    line: str = LINE
    accent: str = ""
    dash: str = ""
    width: float = 1.0


STYLES = MappingProxyType(
    {
        "pod": Style("#EEF3F8", line="#6F8296", width=1.5),
        "outside-any-pod": Style("#F7F4EF", line="#8A8072", dash="dashed", width=1.5),
        "shared": Style("#CFE6F7", line="#56A0CC", accent="#0B5C8F", width=1.5),
        "app": Style("#FFFFFF", line="#0072B2", accent="#0072B2", width=2),
        "sidecar": Style("#FFFFFF", line="#00755A", accent="#00755A", width=2),
        "init": Style("#FFFFFF", line="#A85B00", accent="#A85B00", width=2, dash="dashed"),
        "infra": Style("#E1E5EA", line="#8793A0", accent="#56616D"),
        "alone": Style("#FFFFFF", line="#9A4A7C", accent="#9A4A7C", width=2),
        "volume": Style("#FBF6DC", line="#A08C1F"),
        "outside": Style("#E6E6E6", line=LINE, accent="#4D4D4D"),
        "note": Style("#F7F4EF", line="#8A8072"),
        "shared-namespace": Style("#0B5C8F", "#FFFFFF"),
        "own-namespace": Style("#FAE8A0", "#3D3200"),
        "port": Style("#FFFFFF", "#0B3F63", line="#0B5C8F"),
        "idle-port": Style("#E8EEF2", "#4A5560", line="#7D8B98"),
        "label": Style("#FFFFFF", "#3A444E", line="#C9D1D9"),
    }
)

TONES: MappingProxyType[Tone, str] = MappingProxyType(
    {"plain": INK, "muted": "#4A5560", "good": "#006349", "bad": "#A83A00", "idle": "#5A4B66"}
)
"""The ink of a line, by what it says. Each is readable on every fill that holds lines."""


def style(kind: str) -> Style:
    """Return how a kind looks. Raises KeyError for a kind that the palette lacks."""
    return STYLES[kind]
