"""EventBridge: what handlers put and what Step Functions itself sends reaches the stage's bus."""

from __future__ import annotations

import json
import uuid
from typing import Any

from infra.local.corrections.engine import ENGINE, Correction, replace
from infra.local.events import timestamp


def _apply_put() -> None:
    from moto.events.models import EventsBackend, Rule

    put_events: Any = EventsBackend.put_events

    def put_and_publish(self: Any, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        entries = put_events(self, events)
        for event, entry in zip(events, entries, strict=False):
            if "EventId" in entry and event.get("EventBusName", "default").endswith("default"):
                ENGINE.publish(
                    {
                        "version": "0",
                        "id": entry["EventId"],
                        "detail-type": event["DetailType"],
                        "source": event["Source"],
                        "account": self.account_id,
                        "time": timestamp(ENGINE.clock.now()),
                        "region": self.region_name,
                        "resources": event.get("Resources", []),
                        "detail": json.loads(event["Detail"]),
                    }
                )
        return list(entries)

    def leave_it_to_the_bus(self: Any, original_event: Any, transform_input: bool = True) -> None:
        """moto's own rules deliver nothing; those of serverless.yml do."""

    replace(EventsBackend, "put_events", put_and_publish)
    replace(Rule, "send_to_targets", leave_it_to_the_bus)


def _publish_status(execution: Any, status: str) -> None:
    """The event of AWS's documentation, "Automating Step Functions event delivery with EventBridge"."""
    ended = status != "RUNNING"
    output = json.dumps(execution.output) if status == "SUCCEEDED" else None
    detail: dict[str, Any] = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine_arn,
        "name": execution.name,
        "status": status,
        "startDate": int(execution.start_date.timestamp() * 1000),
        "stopDate": int(execution.stop_date.timestamp() * 1000) if ended else None,
        "input": execution.execution_input,
        "inputDetails": {"included": True},
        "output": output,
        "outputDetails": {"included": True} if output is not None else None,
    }
    ENGINE.publish(
        {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Step Functions Execution Status Change",
            "source": "aws.states",
            "account": execution.account_id,
            "time": timestamp(ENGINE.clock.now()),
            "region": execution.region_name,
            "resources": [execution.exec_arn],
            "detail": detail,
        }
    )


def _apply_status() -> None:
    from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution

    start = Execution.start
    reflect: Any = BaseExecutionWorkerCommunication._reflect_execution_status

    def start_and_tell(self: Any) -> None:
        _publish_status(self, "RUNNING")
        start(self)

    def reflect_and_tell(self: Any) -> None:
        reflect(self)
        _publish_status(self.execution, self.execution.status)

    replace(Execution, "start", start_and_tell)
    replace(BaseExecutionWorkerCommunication, "_reflect_execution_status", reflect_and_tell)


CORRECTIONS = (
    Correction(
        "events_reach_the_bus",
        "PutEvents raises NotImplementedError for Lambda and Step Functions targets; here events go to the stage's "
        "bus.",
        _apply_put,
    ),
    Correction(
        "status_events",
        "moto sends no `Step Functions Execution Status Change` events; AWS sends one when an execution starts and "
        "ends.",
        _apply_status,
    ),
)
