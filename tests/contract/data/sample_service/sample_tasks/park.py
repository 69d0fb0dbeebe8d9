"""Keeps the task token of an execution that waits."""

import os
from typing import Any

import boto3


def handler(event: dict[str, Any], context: Any) -> None:
    boto3.client("dynamodb").put_item(
        TableName=os.environ["SAMPLE_TABLE"],
        Item={"pk": {"S": f"parked/{event['thing']}"}, "token": {"S": event["token"]}},
    )
