from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest

from labkit.records import from_json, to_json


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Wheel:
    size: float
    colour: Colour = Colour.RED


@dataclass(frozen=True)
class Cart:
    name: str
    wheels: tuple[Wheel, ...] = ()
    load: Mapping[str, int] = field(default_factory=dict)
    owner: str | None = None


CART = Cart("cart", (Wheel(1.5), Wheel(2.0)), {"hay": 3}, "ada")


@pytest.mark.parametrize("cart", [CART, Cart("empty")], ids=["full", "empty"])
def test_a_record_comes_back_as_it_was(cart: Cart) -> None:
    assert from_json(Cart, to_json(cart)) == cart


def test_text_becomes_the_member_of_its_enumeration_again() -> None:
    assert isinstance(from_json(Cart, to_json(CART)).wheels[0].colour, Colour)


def test_a_field_that_is_left_out_gets_its_default() -> None:
    assert from_json(Cart, '{"name": "cart"}') == Cart("cart")


def test_a_whole_number_may_stand_where_a_number_does() -> None:
    assert from_json(Wheel, '{"size": 2}') == Wheel(2.0)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"name": "cart", "brake": 1}', "brake"),
        ('{"wheels": []}', "name"),
        ('{"name": 1}', "1 is not of type str"),
        ('{"name": "cart", "owner": 1}', "1 is not of type str"),
        ('{"name": "cart", "load": {"hay": true}}', "True is not of type int"),
        ('{"name": "cart", "load": ["hay"]}', "items"),
        ('{"name": "cart", "wheels": [{"size": "big"}]}', "'big' is not of type float"),
    ],
)
def test_the_error_says_what_does_not_fit(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"this is not a Cart: .*{why}"):
        from_json(Cart, text)


def test_the_text_is_indented_for_people_and_diffs() -> None:
    expected: Any = '{\n "size": 1.5,\n "colour": "red"\n}'
    assert to_json(Wheel(1.5)) == expected
