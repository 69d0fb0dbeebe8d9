"""What each function is given when its cold start is measured: enough to get to its first call of AWS. Used by
``cold_start``."""

from __future__ import annotations

import importlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_type_hints

from infra.local.service import Function, Service

EVENTS = Path(__file__).parents[1] / "contract/data/events"
SESSION = "s-7f3k2mexamp1"
#: By the names that the steps' inputs have; a step takes of these what it knows.
GIVEN: dict[str, Any] = {
    "session_id": SESSION,
    "operation": 1,
    "destination_id": "place-0",
    "recording_id": "r001",
    "security_group_id": "1234567",
    "outcome": "live",
    "reports": [],
    "error": {"Error": "ServiceUnavailable", "Cause": "example"},
    "on_air": True,
    "first": 0,
    "last": 1,
    "sweep_id": "20260101T120000Z",
    "kind": "input",
    "id": "1234567",
    "dry_run": False,
    "ids": [],
    "channels": {},
    "streams": None,
    "reconciled": [],
    "deleted": [],
    "wanted": "running",
    "attempt": 0,
    "since": "2026-01-01T12:00:00Z",
    "task_token": "example-token",
}
_CHANGED = {"pk": {"S": f"SESSION#{SESSION}"}, "sk": {"S": "DEST#place-0"}}


def given(service: Service) -> dict[str, Any]:
    """An input for every function, by its key."""
    return {key: _trigger(key) or _step(function) for key, function in service.functions.items()}


def _step(function: Function) -> dict[str, Any]:
    module, _, name = function.handler.rpartition(".")
    work = getattr(importlib.import_module(module), name).__wrapped__
    takes = next(hint for parameter, hint in get_type_hints(work).items() if parameter != "return")
    return {name: GIVEN[name] for name in takes.model_fields if name in GIVEN}


def _trigger(key: str) -> Mapping[str, Any] | None:
    """For a function that no state machine calls."""
    match key:
        case "api":
            return _request()
        case "channelStateChanged":
            return _event("media_live_channel_running")
        case "channelAlert":
            return _event("media_live_channel_alert")
        case "streamStateChanged":
            return _event("ivs_stream_start")
        case "executionStopped":
            return _event("step_functions_provision_aborted")
        case "sweepDue":
            return {"id": "8f9b8e72-31ae-43a1-9b9d-6a4f0c1f1c11", "time": "2026-01-01T12:00:00Z"}
        case "recordChanges":
            destination = {"destination_id": {"S": "place-0"}, "status": {"S": "starting"}}
            change = {
                "Keys": _CHANGED,
                "NewImage": {**_CHANGED, **destination},
                "SequenceNumber": "1",
                "ApproximateCreationDateTime": 1767268800,
            }
            return {"Records": [{"eventName": "INSERT", "dynamodb": change}]}
    return None


def _event(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    return event


def _request() -> dict[str, Any]:
    path = f"/sessions/{SESSION}"
    http = {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "bench"}
    return {
        "version": "2.0",
        "routeKey": "GET /sessions/{sessionId}",
        "rawPath": path,
        "rawQueryString": "",
        "headers": {"host": "example.execute-api.eu-west-1.amazonaws.com"},
        "pathParameters": {"sessionId": SESSION},
        "requestContext": {
            "authorizer": {"iam": {"userArn": "arn:aws:iam::111122223333:user/example"}},
            "http": http,
            "requestId": "example=",
            "stage": "$default",
            "timeEpoch": 1767268800000,
        },
        "isBase64Encoded": False,
    }
