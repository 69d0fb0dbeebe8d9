"""Rows of older and newer versions: read by one function, and what only a newer version knows is not lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import Field

from shared.domain.model import Value
from shared.domain.schema import SCHEMA, Row, upgraded
from shared.gateways import table


def _renamed(row: Row) -> Row:
    """From a made-up version 1 to 2: ``colour`` was ``color``, in shows' rows alone."""
    if not str(row["sk"]).startswith("SHOW"):
        return row
    return {("colour" if name == "color" else name): value for name, value in row.items()}


def _counted(row: Row) -> Row:
    """From 2 to 3: every row has a count."""
    return {"count": 0, **row}


UPGRADES = (_renamed, _counted)


@pytest.mark.parametrize(
    ("row", "read"),
    [
        ({"sk": "SHOW", "color": "red"}, {"sk": "SHOW", "colour": "red", "count": 0}),
        ({"sk": "SHOW", "color": "red", "schema": 1}, {"sk": "SHOW", "colour": "red", "count": 0}),
        ({"sk": "LOCK", "color": "red", "schema": 1}, {"sk": "LOCK", "color": "red", "count": 0}),
        ({"sk": "SHOW", "colour": "red", "schema": 2}, {"sk": "SHOW", "colour": "red", "count": 0}),
        ({"sk": "SHOW", "colour": "red", "count": 7, "schema": 3}, {"sk": "SHOW", "colour": "red", "count": 7}),
        ({"sk": "SHOW", "shade": "red", "schema": 4}, {"sk": "SHOW", "shade": "red", "schema": 4}),
    ],
)
def test_an_older_row_is_made_into_todays_step_by_step_and_a_newer_one_is_left(
    row: dict[str, Any], read: dict[str, Any]
) -> None:
    assert upgraded(row, UPGRADES) == read


class Place(Value):
    name: str


class Show(Value):
    name: str
    where: Place
    stops: tuple[Place, ...] = ()
    by_day: dict[str, Place] = Field(default_factory=dict)


KEYS = {"pk": "A", "sk": "SHOW"}
OURS = {"name": "one", "where": {"name": "here"}, "stops": [{"name": "there"}], "by_day": {"mon": {"name": "home"}}}
NEWER = {
    "name": "one",
    "where": {"name": "here", "floor": 3},
    "stops": [{"name": "there", "map": {"x": 1, "y": None}}],
    "by_day": {"mon": {"name": "home", "floor": 2}},
    "colour": "red",
    "schema": SCHEMA + 1,
}


@pytest.fixture(autouse=True)
def _a_table(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(table, "settings", lambda: type("", (), {"table": "shows"})())
    yield


def test_a_row_of_this_version_tells_so_and_is_read_as_it_was_written() -> None:
    written = table.put_request({**KEYS, **OURS})["Item"]
    assert written["schema"] == {"N": str(SCHEMA)}
    show = table.value(Show, table.load(written))
    assert show == Show.model_validate(OURS)
    assert table.stored(show) == OURS == show.model_dump(mode="json")


def test_what_only_a_newer_version_knows_is_kept_wherever_it_is() -> None:
    show = table.value(Show, {**KEYS, **NEWER})
    assert (show.name, show.where.name) == ("one", "here")
    assert table.stored(show) == NEWER
    moved = show.model_copy(update={"name": "two"})
    assert table.stored(moved) == {**NEWER, "name": "two"}
    assert table.load(table.put_request({**KEYS, **table.stored(moved)})["Item"])["schema"] == SCHEMA + 1


def test_nobody_sees_what_only_a_newer_version_knows() -> None:
    show = table.value(Show, {**KEYS, **NEWER})
    assert show.model_dump(mode="json") == OURS
    assert "floor" not in show.model_dump_json()


def test_a_request_with_an_unknown_field_is_refused_as_ever() -> None:
    with pytest.raises(ValueError, match="colour"):
        Show.model_validate({**OURS, "colour": "red"})
