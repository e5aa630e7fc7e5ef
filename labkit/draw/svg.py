"""Make Graphviz' SVG a good guest on a page: sized in CSS pixels, never wider than the page, named for screen readers, with no links."""

from __future__ import annotations

import html
import re

__all__ = ["page_svg"]

_ROOT = re.compile(r'<svg width="([\d.]+)pt" height="([\d.]+)pt"\s+viewBox="([^"]*)"')
_NODE_NAME = re.compile(r"<title>[^<]*</title>\n?")
_LINK = re.compile(r'<a [^>]*?xlink:title="([^"]*)"[^>]*>')


def page_svg(svg: str, caption: str) -> str:
    """Return SVG text whose unit is a CSS pixel, with role, label and title; the XML prologue, which a page must not hold, is left out.

    Graphviz makes a link of what has a tooltip, and pages underline links: each becomes a group with a title, in the place of Graphviz'
    own titles, which are the ids.
    """
    body = _NODE_NAME.sub("", svg[svg.index("<svg") :])
    body = _LINK.sub(r"<g><title>\1</title>", body).replace("</a>", "</g>")
    name = html.escape(caption)

    def root(found: re.Match[str]) -> str:
        width, height, box = found.groups()
        look = "max-width:100%;height:auto;background:transparent"
        return f'<svg width="{width}" height="{height}" viewBox="{box}" role="img" aria-label="{name}" style="{look}"'

    sized = _ROOT.sub(root, body, count=1)
    start = sized.index(">") + 1
    return f"{sized[:start]}<title>{name}</title>{sized[start:]}"
