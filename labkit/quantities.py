"""Kubernetes quantities: 100m of a CPU, 1Gi of memory."""

from __future__ import annotations

import re
from decimal import Decimal, DecimalException

__all__ = ["humanize_bytes", "parse_quantity"]

_SUFFIXES = {
    **{name: Decimal(1024) ** power for power, name in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"), 1)},
    **{name: Decimal(1000) ** power for power, name in enumerate(("k", "M", "G", "T", "P", "E"), 1)},
    "m": Decimal("0.001"),
    "u": Decimal("0.000001"),
    "n": Decimal("0.000000001"),
    "": Decimal(1),
}
_FORM = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]))?", re.ASCII)


def parse_quantity(text: str | int | float) -> Decimal:
    """Return the number that a quantity stands for: cores for a CPU, bytes for memory.

    `100m` equals `0.1`, and `1Gi` equals `1024Mi`. Raises ValueError for what Kubernetes would not read either
    (k8s.io/apimachinery, pkg/api/resource/quantity.go).
    """
    found = _FORM.fullmatch(str(text))
    if not found:
        raise ValueError(f"{text!r} is not a quantity such as 250m, 1.5, 64Mi or 1Gi")
    number, exponent, suffix = found.groups()
    try:
        return Decimal(number + (exponent or "")) * _SUFFIXES[suffix or ""]
    except DecimalException:
        raise ValueError(f"{text!r} is out of all bounds") from None


def humanize_bytes(count: int | Decimal) -> str:
    """Return a size that reads well: 512 B, 64 MiB, 1.5 GiB."""
    size = Decimal(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            break
        size /= 1024
    return f"{size:.1f}".rstrip("0").rstrip(".") + f" {unit}"
