"""The stage's DynamoDB keeps transactions whole and partitions apart, while it copies and looks at less than moto."""

from __future__ import annotations

import random
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.stage import Stage

pytestmark = pytest.mark.slow

TABLE = "rows"
PARTITIONS, ROWS = "abc", "xyz"
ADD = {"UpdateExpression": "ADD n :one", "ExpressionAttributeValues": {":one": {"N": "1"}}}


@pytest.fixture
def client(stage: Stage) -> Any:
    found = stage.client("dynamodb")
    found.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    return found


def rows(client: Any) -> list[dict[str, Any]]:
    return list(client.scan(TableName=TABLE)["Items"])


def key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def some_writes(chance: random.Random) -> list[dict[str, Any]]:
    """Writes to distinct rows, of all kinds."""
    places = [(pk, sk) for pk in PARTITIONS for sk in ROWS]
    writes: list[dict[str, Any]] = []
    for pk, sk in chance.sample(places, 4):
        at = {"TableName": TABLE, "Key": key(pk, sk)}
        put = {"TableName": TABLE, "Item": {**key(pk, sk), "n": {"N": str(chance.randrange(100, 200))}}}
        writes.append(chance.choice([{"Update": {**at, **ADD}}, {"Delete": at}, {"Put": put}]))
    return writes


def test_a_transaction_that_fails_leaves_every_row_as_it_was(client: Any) -> None:
    chance = random.Random(3)
    never = {"TableName": TABLE, "Key": key("nobody", "x"), "ConditionExpression": "attribute_exists(pk)"}
    changed = 0
    for _ in range(60):
        writes, before = some_writes(chance), rows(client)
        with pytest.raises(ClientError, match="TransactionCanceled"):
            client.transact_write_items(TransactItems=[*writes, {"ConditionCheck": never}])
        assert rows(client) == before
        client.transact_write_items(TransactItems=writes)
        changed += rows(client) != before
    assert changed > 50


def test_a_query_finds_its_partition_and_leaves_the_others_alone(client: Any) -> None:
    for pk in PARTITIONS:
        for sk in ROWS:
            client.put_item(TableName=TABLE, Item=key(pk, sk))
    before = rows(client)

    def query(pk: str, **more: Any) -> Any:
        values = {":pk": {"S": pk}}
        return client.query(
            TableName=TABLE, KeyConditionExpression="pk = :pk", ExpressionAttributeValues=values, **more
        )

    assert query("b")["Items"] == [key("b", sk) for sk in ROWS]
    assert query("nobody")["Items"] == []
    page = query("b", Limit=2, ScanIndexForward=False)
    assert page["Items"] == [key("b", "z"), key("b", "y")]
    rest = query("b", ScanIndexForward=False, ExclusiveStartKey=page["LastEvaluatedKey"])
    assert rest["Items"] == [key("b", "x")]
    assert rows(client) == before
