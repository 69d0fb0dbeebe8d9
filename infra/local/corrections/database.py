"""DynamoDB: one request at a time."""

from __future__ import annotations

import threading
from typing import Any

from infra.local.corrections.engine import Correction, replace


def _apply() -> None:
    from moto.dynamodb.responses import DynamoHandler

    lock = threading.RLock()
    call_action = DynamoHandler.call_action

    def one_at_a_time(self: Any) -> Any:
        with lock:
            return call_action(self)

    replace(DynamoHandler, "call_action", one_at_a_time)


CORRECTIONS = (
    Correction(
        "dynamodb_loses_no_update",
        "moto's DynamoDB is not thread-safe: of 200 concurrent ADDs some are lost, and with them the ledger and the "
        "fencing numbers that a saga rests on.",
        _apply,
    ),
)
