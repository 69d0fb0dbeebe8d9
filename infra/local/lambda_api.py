"""Lambda's own Invoke operation over HTTP, for plain boto3 and the ``aws`` command. Used by ``endpoint``."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

from infra.local.calls import Call
from infra.local.lambdas import LambdaRefused, Lambdas


def answer_invoke(lambdas: Lambdas, call: Call, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], bytes]:
    """(status, headers, body) of an Invoke call."""
    name = unquote(call.path.split("/functions/")[1].split("/invocations")[0])
    try:
        if environ.get("HTTP_X_AMZ_INVOCATION_TYPE") == "Event":
            lambdas.invoke_async(name, call.body)
            return 202, [], b""
        answer = lambdas.invoke(name, call.body or b"{}")
    except LambdaRefused as refused:
        body = json.dumps({"Type": "User", "Message": refused.message, "message": refused.message}).encode()
        return refused.status, [("x-amzn-ErrorType", refused.code), ("Content-Type", "application/json")], body
    headers = [("X-Amz-Executed-Version", "$LATEST"), ("Content-Type", "application/json")]
    if answer.error:
        headers.append(("X-Amz-Function-Error", "Unhandled"))
    return 200, headers, answer.payload
