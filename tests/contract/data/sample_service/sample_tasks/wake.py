"""Resumes the execution that waits for a thing."""

import os
from typing import Any

import boto3


def handler(event: dict[str, Any], context: Any) -> None:
    key = {"pk": {"S": f"parked/{event['detail']['thing']}"}}
    item = boto3.client("dynamodb").get_item(TableName=os.environ["SAMPLE_TABLE"], Key=key)["Item"]
    boto3.client("stepfunctions").send_task_success(taskToken=item["token"]["S"], output='{"ready": true}')
