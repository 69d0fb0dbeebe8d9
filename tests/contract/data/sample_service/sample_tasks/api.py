"""The sample's HTTP API."""

import json
from typing import Any


def handler(event: dict[str, Any], context: Any) -> Any:
    if event["requestContext"]["http"]["method"] == "GET":
        return {"asked": event["pathParameters"]["thingId"], "query": event.get("queryStringParameters")}
    body = json.loads(event["body"])
    return {"statusCode": 202, "headers": {"Location": f"/things/{body['name']}"}, "body": json.dumps(event)}
