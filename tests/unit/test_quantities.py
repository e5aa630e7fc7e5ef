from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labkit.quantities import humanize_bytes, parse_quantity


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("100m", "0.1"),
        ("1Gi", "1024Mi"),
        ("1Mi", "1048576"),
        ("1G", "1000M"),
        ("1k", "1000"),
        ("1e3", "1k"),
        ("1E3", "1k"),
        ("1E", "1e18"),
        ("1Ei", "1024Pi"),
        ("1Ti", "1024Gi"),
        ("1T", "1000G"),
        ("1P", "1000T"),
        ("12e-1", "1200m"),
        ("1000u", "1m"),
        ("1000n", "1u"),
        (".5", "500m"),
        ("5.", "5"),
        ("+1", "1"),
        ("-0.5", "-500m"),
        ("0", "0Ki"),
        (2, "2"),
        (0.5, "500m"),
        ("1.5Gi", "1536Mi"),
    ],
)
def test_two_ways_to_write_a_quantity_are_equal(one: str | float, other: str) -> None:
    assert parse_quantity(one) == parse_quantity(other)


@pytest.mark.parametrize(("text", "number"), [("250m", "0.25"), ("64Mi", "67108864"), ("1.5", "1.5")])
def test_a_quantity_is_cores_or_bytes(text: str, number: str) -> None:
    assert parse_quantity(text) == Decimal(number)


@pytest.mark.parametrize(
    "text",
    ["", ".", "m", "Ki", "1K", "1KB", "1kB", "1Kib", "1ki", "1mi", "1 Gi", " 1", "1\n", "1,5", "1_000", "0x10", "1e", "1e1.5", "1e3Mi",
     "--1", "1-", "lots", "nan", "inf", "١", True, None, float("inf")],
)  # fmt: skip
def test_what_kubernetes_would_not_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a quantity such as"):
        parse_quantity(text)


@pytest.mark.parametrize("text", ["1e99999999999999999999", "1e-99999999999999999999", "9e999999999999999999E"])
def test_what_no_machine_could_hold_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"out of all bounds|is not a quantity"):
        parse_quantity(text)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.integers(-(2**53), 2**53))
def test_a_unit_multiplies_the_number(number: int) -> None:
    assert [parse_quantity(f"{number}{unit}") for unit in ("", "k", "Ki")] == [number, number * 1000, number * 1024]


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 B"),
        (100, "100 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (64 * 1024**2, "64 MiB"),
        (3 * 1024**3 // 2, "1.5 GiB"),
        (5 * 1024**4, "5120 GiB"),
        (Decimal(2048), "2 KiB"),
    ],
)
def test_a_size_reads_well(size: int, words: str) -> None:
    assert humanize_bytes(size) == words
