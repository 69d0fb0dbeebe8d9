"""What is sent to DynamoDB: placeholders for every name that may be reserved, values on the wire and back."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.quotas import QuotaLimits
from shared.gateways import table
from shared.gateways.settings import Settings

GATEWAYS = Path(table.__file__).parent
#: DynamoDB's list, as moto ships it.
RESERVED = {
    word.strip() for word in files("moto.dynamodb.parsing").joinpath("reserved_keywords.txt").read_text().split()
}
FUNCTIONS = {"attribute_exists", "attribute_not_exists", "begins_with", "AND", "OR", "NOT"}


@pytest.fixture(autouse=True)
def a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    limits = QuotaLimits()
    told = Settings(
        stage="dev",
        table="onair-dev-sessions",
        bucket="onair-dev-media",
        media_live_role_arn="arn:aws:iam::111122223333:role/example",
        provision_session_arn="arn:aws:states:eu-west-1:111122223333:stateMachine:p",
        start_streaming_arn="arn:aws:states:eu-west-1:111122223333:stateMachine:a",
        stop_streaming_arn="arn:aws:states:eu-west-1:111122223333:stateMachine:b",
        start_recorder_arn="arn:aws:states:eu-west-1:111122223333:stateMachine:c",
        stop_recorder_arn="arn:aws:states:eu-west-1:111122223333:stateMachine:d",
        finalize_recording_arn="arn:aws:states:eu-west-1:111122223333:stateMachine:f",
        end_session_arn="arn:aws:states:eu-west-1:111122223333:stateMachine:e",
        remove_destination_arn="arn:aws:states:eu-west-1:111122223333:stateMachine:r",
        sweep_arn="arn:aws:states:eu-west-1:111122223333:stateMachine:w",
        operators=(),
        quotas=limits,
    )
    monkeypatch.setattr(table, "settings", lambda: told)


def test_a_put_leaves_out_what_is_none() -> None:
    request = table.put_request({"pk": "A", "sk": "B", "error": None, "count": 3, "list": ["x"], "on": True})
    assert request == {
        "TableName": "onair-dev-sessions",
        "Item": {
            "pk": {"S": "A"},
            "sk": {"S": "B"},
            "schema": {"N": "1"},
            "count": {"N": "3"},
            "list": {"L": [{"S": "x"}]},
            "on": {"BOOL": True},
        },
    }


def test_a_conditions_placeholders_stand_for_the_names_without_the_mark() -> None:
    request = table.put_request(
        {"pk": "A", "sk": "B"}, "attribute_not_exists(#pk) OR (#until < :now AND #state <> :s)", {":now": 1, ":s": "x"}
    )
    assert request["ExpressionAttributeNames"] == {"#pk": "pk", "#until": "until", "#state": "state"}
    assert request["ExpressionAttributeValues"] == {":now": {"N": "1"}, ":s": {"S": "x"}}


def test_a_condition_without_placeholders_sends_no_names() -> None:
    request = table.check_request("A", "B", "fence = :fence", {":fence": 2})
    assert "ExpressionAttributeNames" not in request
    assert request["Key"] == {"pk": {"S": "A"}, "sk": {"S": "B"}}


def test_an_update_names_every_attribute_by_a_placeholder_beside_the_conditions_own() -> None:
    request = table.update_request(
        "A",
        "B",
        {"status": "live", "timeline": []},
        "fence = :fence AND #status = :seen",
        {":fence": 2, ":seen": "idle"},
    )
    assert request["UpdateExpression"] == "SET #s0 = :s0, #s1 = :s1"
    assert request["ConditionExpression"] == "fence = :fence AND #status = :seen"
    assert request["ExpressionAttributeNames"] == {"#s0": "status", "#s1": "timeline", "#status": "status"}
    assert request["ExpressionAttributeValues"] == {
        ":s0": {"S": "live"},
        ":s1": {"L": []},
        ":fence": {"N": "2"},
        ":seen": {"S": "idle"},
    }


def conditions() -> Iterator[tuple[str, str]]:
    """Every condition that a gateway sends: the texts in which something is compared with a value's placeholder."""
    for path in sorted(GATEWAYS.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
                if re.search(r"(=|<|>|<>) :\w+|attribute_(not_)?exists\(|begins_with\(", text) and "``" not in text:
                    yield path.name, text


SENT = sorted(set(conditions()))


def test_the_conditions_are_found() -> None:
    assert {name for name, _ in SENT} >= {"ledger.py", "locks.py", "parking.py", "sessions.py", "table.py"}


@pytest.mark.parametrize(("file", "condition"), SENT)
def test_a_condition_of_ours_gives_each_placeholder_its_name_and_uses_no_reserved_word(
    file: str, condition: str
) -> None:
    placeholders = set(re.findall(r"#\w+", condition))
    assert set(table._placeholders(condition)) == placeholders
    plain = set(re.findall(r"(?<![#:\w])[a-zA-Z_]\w*", condition)) - FUNCTIONS
    assert {word for word in plain if word.upper() in RESERVED} == set(), "a reserved word needs a placeholder"


def test_the_list_of_reserved_words_is_one() -> None:
    assert {"STATUS", "STATE", "UNTIL", "NAME", "OWNER"} <= RESERVED


scalars = st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(max_size=20)
items = st.dictionaries(
    st.text(min_size=1, max_size=10),
    st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_size=5,
)


@settings(deadline=None)
@given(items)
def test_what_is_dumped_loads_as_it_was(item: dict[str, Any]) -> None:
    loaded = table.load(table.dump(item))
    assert loaded == item
    assert [type(value) for value in loaded.values()] == [type(value) for value in item.values()]


def test_a_moment_is_not_dumped_unsaid() -> None:
    with pytest.raises(TypeError):
        table.dump({"at": datetime.now(UTC)})
