"""What the API is, and as whom it knows the caller."""

from __future__ import annotations

import json
from typing import Any

from aws_lambda_powertools.event_handler import Response

from shared.domain.answers import CallerAnswer
from shared.runtime.api import openapi
from shared.runtime.api.edge import answered, app, caller
from shared.runtime.api.openapi import told


@app.get("/openapi.json", **told("getContract", "The contract of this API", 200, None, "This document."))
def get_contract() -> Response[Any]:
    return Response(200, "application/json", json.dumps(openapi.document(app)))


@app.get("/caller", **told("getCaller", "Who asks, and whether they are an operator", 200, CallerAnswer, "The caller."))
def get_caller() -> Response[Any]:
    return answered(200, CallerAnswer(**dict(caller())))
