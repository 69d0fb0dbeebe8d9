"""Requests, specs and records for the unit tests of the domain: a good one each, to be changed in one place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.domain.session import (
    DesiredStatus,
    DestinationState,
    DestinationStatus,
    Operation,
    OperationKind,
    Resource,
    ResourceKind,
    ResourceState,
    SessionRecord,
    SessionStatus,
    SessionView,
    StatusChange,
    channel_key,
)
from shared.domain.session_spec import parse_spec, saved_spec

FLOW_ARN = "arn:aws:mediaconnect:eu-west-1:111122223333:flow:1-AbCdEf0123456789-0123456789ab:main-stage"
SESSION = "s-7f3k2mexamp1"
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def a_destination(**changes: Any) -> dict[str, Any]:
    """A custom destination as a caller writes it; a change to None leaves the field out."""
    body = {
        "id": "main",
        "platform": "custom",
        "url": "rtmp://ingest.example.com/app",
        "stream_key": "example-stream-key-not-real",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def a_request(*destinations: dict[str, Any], **changes: Any) -> dict[str, Any]:
    body = {
        "name": "Friday night show",
        "owner": "studio-1",
        "source": {"type": "flow", "flow_arn": FLOW_ARN},
        "destinations": list(destinations) or [a_destination()],
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def a_record(*destinations: dict[str, Any], **changes: Any) -> SessionRecord:
    return SessionRecord(
        session_id=SESSION,
        spec=saved_spec(parse_spec(a_request(*destinations))),
        status=SessionStatus.CREATING,
        desired_status=DesiredStatus.LIVE,
        operation=Operation(
            number=1,
            kind=OperationKind.PROVISION,
            execution_name=f"{SESSION}-1-provision",
            execution_arn=f"arn:aws:states:eu-west-1:111122223333:execution:onair-dev-provision-session:{SESSION}-1",
            claimed_at=NOON,
        ),
        timeline=(StatusChange(status=SessionStatus.CREATING, at=NOON),),
        request_in_flight_until=NOON,
        lease_expires_at=NOON + timedelta(hours=12),
        created_at=NOON,
        updated_at=NOON,
    ).model_copy(update=changes)


def a_channel_row(destination_id: str, observed: str | None, state: ResourceState = ResourceState.CREATED) -> Resource:
    return Resource(
        key=channel_key(destination_id),
        kind=ResourceKind.CHANNEL,
        destination_id=destination_id,
        name=f"onair-dev-{SESSION}-{destination_id}",
        state=state,
        observed=observed,
        operation=1,
        created_at=NOON,
        updated_at=NOON,
    )


def a_view(states: dict[str, DestinationStatus], *rows: Resource) -> SessionView:
    return SessionView(
        record=a_record(*(a_destination(id=one) for one in states)),
        destinations=tuple(DestinationState(destination_id=one, status=status) for one, status in states.items()),
        resources=rows,
    )
