"""The stage as a place where scenarios run. Used by the tests of corrections and of executions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from infra.local.corrections import ENGINE
from infra.local.stage import Stage
from infra.local.streams import Change


class StageWorld:
    """The stage, on virtual time."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._changes: list[Change] = []
        tell = ENGINE.changed

        def changed(change: Change) -> None:
            self._changes.append(change)
            tell(change)

        ENGINE.changed = changed

    def client(self, service: str) -> Any:
        return self._stage.client(service)

    def sleep(self, seconds: float) -> None:
        self._stage.clock.sleep(seconds)

    def now(self) -> datetime:
        return self._stage.clock.now()

    def status_events(self, arn: str) -> list[str]:
        deliveries = self._stage.bus.log("Step Functions Execution Status Change")
        details = [delivery.event["detail"] for delivery in deliveries]
        return [detail["status"] for detail in details if detail["executionArn"] == arn]

    def changes(self, table_name: str) -> list[str]:
        return [change.name for change in self._changes if change.table == table_name]
