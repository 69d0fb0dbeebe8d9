"""Examples for the contract: requests that work, and what a problem may say. A test runs each through its model."""

from __future__ import annotations

from typing import Any

from shared.domain.errors import FieldFault

_FLOW = "arn:aws:mediaconnect:eu-west-1:111122223333:flow:1-AbCdEf0123456789-0123456789ab:main-stage"

#: By operation: the examples of its body.
REQUESTS: dict[str, dict[str, Any]] = {
    "createSession": {
        "flow": {
            "summary": "A show from a MediaConnect flow, to one platform",
            "value": {
                "name": "Friday night show",
                "source": {"type": "flow", "flow_arn": _FLOW},
                "destinations": [{"platform": "restream", "stream_key": "example-stream-key-not-real"}],
            },
        },
        "host": {
            "summary": "A host's encoder pushes RTMP; the session makes the IVS channel",
            "value": {
                "name": "Saturday with a host",
                "source": {"type": "rtmp", "allowed_cidrs": ["198.51.100.0/24"]},
                "destinations": [{"platform": "ivs"}],
                "max_continuous_duration": 14400,
                "budget": {"usd": 25, "when_spent": "warn"},
            },
        },
    },
    "changeLimits": {
        "extend": {"summary": "Two hours more than the twelve", "value": {"max_continuous_duration": 50400}},
        "no budget": {"summary": "Take the budget away", "value": {"budget": None}},
    },
    "startStreaming": {
        "plain": {"summary": "Refused if that would cut a recording", "value": {"on_recording": "refuse"}}
    },
    "startSweep": {
        "look": {"summary": "Look, and delete nothing", "value": {"dry_run": True}},
        "delete": {
            "summary": "Delete what is ours, and an input of somebody else that nobody uses",
            "value": {"dry_run": False, "ids": ["1234567"]},
        },
    },
    "stopStreaming": {"finish": {"summary": "Finish the open recording first", "value": {"on_recording": "finish"}}},
}

#: By error: what its example has wrong, and says.
DETAILS: dict[str, tuple[tuple[FieldFault, ...], str]] = {
    "InvalidRequest": (
        (FieldFault(field="destinations.0.url", message="is missing"),),
        "destinations.0.url is missing",
    ),
    "NotAllowedNow": ((), "the session is ending"),
    "SessionNotFound": ((), "no session s-7f3k2mexamp1"),
}
