"""A task that does what its event asks for."""

import os
from typing import Any

import boto3


class Temporary(Exception):
    """Worth another try."""


def handler(event: dict[str, Any], context: Any) -> Any:
    asked = event["input"]
    print(f"working for {event['execution']}")
    while asked.get("spin"):
        pass
    table = boto3.client("dynamodb")
    key = {"pk": {"S": asked.get("thing", "thing")}}
    for _ in range(asked.get("adds", 1)):
        table.update_item(
            TableName=os.environ["SAMPLE_TABLE"],
            Key=key,
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
    if asked.get("fails"):
        raise ValueError(asked["fails"])
    done = table.get_item(TableName=os.environ["SAMPLE_TABLE"], Key=key)["Item"]["n"]["N"]
    if int(done) <= asked.get("temporary", 0):
        raise Temporary(f"attempt {done}")
    if asked.get("marshal"):
        return {1, 2}
    return {"n": int(done), "left_ms": context.get_remaining_time_in_millis()}
