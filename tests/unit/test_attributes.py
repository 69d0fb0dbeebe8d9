"""A row's values on the wire: as boto3's own conversion has them, but for what no row holds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from shared.domain.session import SessionStatus
from shared.gateways.attributes import from_wire, to_wire

ROWS: list[Any] = [
    None,
    "",
    "words, é and •",
    True,
    False,
    0,
    -7,
    10**20,
    Decimal("12.5"),
    SessionStatus.LIVE,
    [],
    ["a", 1, None, [False]],
    ("a", "b"),
    {},
    {"name": "a", "list": [{"n": 1}], "map": {"deep": {"deeper": True}}},
]


@pytest.mark.parametrize("value", ROWS, ids=repr)
def test_a_value_goes_over_the_wire_as_boto3_sends_it(value: Any) -> None:
    assert to_wire(value) == TypeSerializer().serialize(value)


@pytest.mark.parametrize("value", [row for row in ROWS if not isinstance(row, tuple)], ids=repr)
def test_a_value_comes_back_as_it_was(value: Any) -> None:
    assert from_wire(to_wire(value)) == value == TypeDeserializer().deserialize(to_wire(value))


def test_whole_numbers_come_back_as_int() -> None:
    assert isinstance(from_wire({"N": "3"}), int) and isinstance(from_wire({"N": "3.00"}), int)
    assert from_wire({"N": "3.25"}) == 3.25


@pytest.mark.parametrize("value", [1.5, {"a"}, b"bytes", object()], ids=lambda value: type(value).__name__)
def test_what_would_not_come_back_as_it_was_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        to_wire(value)
    with pytest.raises(TypeError):
        to_wire([{"inside": value}])


def test_what_no_row_of_ours_holds_is_refused() -> None:
    with pytest.raises(TypeError):
        from_wire({"SS": ["a"]})
