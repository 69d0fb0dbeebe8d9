"""What the HTTP API answers: a session as its callers see it, and RFC 9457 problem documents. No secrets, by
construction."""

from __future__ import annotations

from datetime import datetime

from shared.domain.errors import ErrorInfo, FieldFault, OnAirError
from shared.domain.model import Value
from shared.domain.platforms import PLATFORMS, PlatformName
from shared.domain.profiles import ProfileName
from shared.domain.session import (
    DesiredStatus,
    DestinationState,
    DestinationStatus,
    EndedReason,
    OperationKind,
    Resource,
    ResourceKind,
    ResourceState,
    SessionRecord,
    SessionStatus,
    SessionView,
    StatusChange,
)
from shared.domain.session_spec import ChannelClass, Source, split_query


class DestinationAnswer(Value):
    destination_id: str
    platform: PlatformName
    url: str | None
    stream_key_hint: str
    profile: ProfileName
    channel_class: ChannelClass
    status: DestinationStatus
    error: ErrorInfo | None


class ResourceAnswer(Value):
    key: str
    kind: ResourceKind
    destination_id: str
    name: str
    id: str | None
    arn: str | None
    state: ResourceState
    observed: str | None
    updated_at: datetime


class OperationAnswer(Value):
    number: int
    kind: OperationKind
    execution_arn: str


class SessionSummary(Value):
    """A session in a list, which reads the sessions' own rows only."""

    session_id: str
    name: str
    owner: str
    status: SessionStatus
    desired_status: DesiredStatus
    ended_reason: EndedReason | None
    error: ErrorInfo | None
    source: Source
    operation: OperationAnswer
    timeline: tuple[StatusChange, ...]
    created_at: datetime
    updated_at: datetime
    live_at: datetime | None
    ended_at: datetime | None


class SessionAnswer(SessionSummary):
    """A session with all that belongs to it."""

    destinations: tuple[DestinationAnswer, ...]
    resources: tuple[ResourceAnswer, ...]


class SessionList(Value):
    sessions: tuple[SessionSummary, ...]
    next_cursor: str | None


class Problem(Value):
    """RFC 9457, with the vocabulary's name, its remedy, and each fault with its field."""

    type: str
    title: str
    status: int
    detail: str
    name: str
    remedy: str
    errors: tuple[FieldFault, ...] = ()


def summary(record: SessionRecord) -> SessionSummary:
    return SessionSummary(
        session_id=record.session_id,
        name=record.spec.name,
        owner=record.spec.owner,
        status=record.status,
        desired_status=record.desired_status,
        ended_reason=record.ended_reason,
        error=record.left or record.error,
        source=record.spec.source,
        operation=OperationAnswer(
            number=record.operation.number,
            kind=record.operation.kind,
            execution_arn=record.operation.execution_arn,
        ),
        timeline=record.timeline,
        created_at=record.created_at,
        updated_at=record.updated_at,
        live_at=record.live_at,
        ended_at=record.ended_at,
    )


def answer(view: SessionView) -> SessionAnswer:
    states = {state.destination_id: state for state in view.destinations}
    return SessionAnswer(
        **dict(summary(view.record)),
        destinations=tuple(_destination(view.record, state) for state in _in_order(view.record, states)),
        resources=tuple(_resource(row) for row in view.resources),
    )


def problem(error: OnAirError) -> Problem:
    return Problem(
        type=f"urn:onair:problem:{error.name()}",
        title=error.title,
        status=error.http_status,
        detail=error.detail,
        name=error.name(),
        remedy=error.remedy,
        errors=error.faults,
    )


def _in_order(record: SessionRecord, states: dict[str, DestinationState]) -> list[DestinationState]:
    return [states[one.id] for one in record.spec.destinations if one.id in states]


def _destination(record: SessionRecord, state: DestinationState) -> DestinationAnswer:
    saved = record.spec.destination(state.destination_id)
    url = saved.url or PLATFORMS[saved.platform].url
    return DestinationAnswer(
        destination_id=saved.id,
        platform=saved.platform,
        url=split_query(url)[0] if url else None,
        stream_key_hint=saved.stream_key_hint,
        profile=saved.profile,
        channel_class=saved.channel_class,
        status=state.status,
        error=state.error,
    )


def _resource(row: Resource) -> ResourceAnswer:
    return ResourceAnswer(
        key=row.key,
        kind=row.kind,
        destination_id=row.destination_id,
        name=row.name,
        id=row.resource_id,
        arn=row.arn,
        state=row.state,
        observed=row.observed,
        updated_at=row.updated_at,
    )
