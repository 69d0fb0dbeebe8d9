"""Notes each change of the watched table, in the order in which it hears of them.

An item with ``poison`` can't be noted: "reported" in the answer, or "raised", which fails the batch.
"""

import os
from typing import Any

import boto3


def handler(event: dict[str, Any], context: Any) -> Any:
    print(" ".join(record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]))
    table = boto3.client("dynamodb")
    for record in event["Records"]:
        told = record["dynamodb"]
        image = told.get("NewImage", told.get("OldImage", {}))
        if image.get("poison", {}).get("S") == "raised":
            raise ValueError("poison")
        if image.get("poison", {}).get("S") == "reported":
            return {"batchItemFailures": [{"itemIdentifier": told["SequenceNumber"]}]}
        old, new = (told.get(side, {}).get("n", {}).get("N", "-") for side in ("OldImage", "NewImage"))
        note = f"{record['eventName']} {told['Keys']['pk']['S']} {old} {new}"
        table.update_item(
            TableName=os.environ["SAMPLE_TABLE"],
            Key={"pk": {"S": "notes"}},
            UpdateExpression="SET notes = list_append(if_not_exists(notes, :none), :note)",
            ExpressionAttributeValues={":none": {"L": []}, ":note": {"L": [{"S": note}]}},
        )
    return None
