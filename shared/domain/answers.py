"""What the HTTP API answers: a session as its callers see it, and RFC 9457 problem documents. No secrets, by
construction."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from pydantic import Field

from shared.domain.audit_events import RecordedEvent
from shared.domain.destinations import ChannelClass, split_query
from shared.domain.errors import ErrorInfo, FieldFault, NotAllowedNow, OnAirError
from shared.domain.limits import Limits, LimitWarning
from shared.domain.model import Value
from shared.domain.moves import Move, allowed
from shared.domain.names import RECORDER
from shared.domain.platforms import PLATFORMS, PlatformName
from shared.domain.profiles import ProfileName
from shared.domain.reconcile import cleanups, next_cleanup
from shared.domain.recording import Gap, Recording, RecordingStatus, Run, declared_gaps
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
from shared.domain.session_limits import limit_warnings
from shared.domain.sources import Source

CENT = Decimal("0.01")


class DestinationAnswer(Value):
    destination_id: str
    platform: PlatformName
    url: str | None
    stream_key_hint: str | None
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
    """``finished_at`` is None while it is under way."""

    number: int
    kind: OperationKind
    execution_arn: str
    requested_by: str | None
    finished_at: datetime | None


class IngestEndpoint(Value):
    """Where a host's encoder pushes to: a server (``url``) and a stream name, or key. Both are secrets."""

    url: str = Field(repr=False)
    stream_name: str = Field(repr=False)


class IngestEndpointList(Value):
    """One for each pipeline of the host's channel, empty as long as there is no input. For its owner alone."""

    ingest_endpoints: tuple[IngestEndpoint, ...]


class MaskedIngestEndpoint(Value):
    """That there is one, and at which address: no more than may be known to whoever sees the session."""

    url: str
    stream_name: None = None


class RecordingAnswer(Value):
    """A recording. Times are UTC, ``duration`` is seconds, ``size`` bytes. The segments cover ``starts_at`` to
    ``ends_at``; ``gaps`` are told while it goes on, and measured once it is ready."""

    recording_id: str
    status: RecordingStatus
    requested_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    starts_at: datetime | None
    ends_at: datetime | None
    duration: float | None
    segments: int | None
    missing_segments: int | None
    size: int | None
    gaps: tuple[Gap, ...]
    playlist: str | None
    error: ErrorInfo | None
    updated_at: datetime


class RecordingList(Value):
    recordings: tuple[RecordingAnswer, ...]


class PlaylistAnswer(Value):
    """A recording's HLS playlist as it is stored, and how many segments it names, each by a name of its own."""

    playlist: str
    segments: int


class SegmentLink(Value):
    """Where a segment can be had. Whoever has the ``url`` has the segment, so it is shown to nobody else."""

    name: str
    url: str = Field(repr=False)


class SegmentLinks(Value):
    """``links`` in the playlist's order. They are good until ``expires_at`` at the latest."""

    links: tuple[SegmentLink, ...]
    expires_at: datetime


class CallerAnswer(Value):
    """Who asks. A session of which ``name`` is the owner is theirs; an ``operator`` sees and may do everything."""

    name: str
    operator: bool


class SessionSummary(Value):
    """A session in a list, which reads the sessions' own rows only.

    ``cleanups``: how often its removal was begun; ``next_cleanup_at``: when that of an incomplete one is gone on with.
    """

    session_id: str
    name: str
    owner: str
    status: SessionStatus
    desired_status: DesiredStatus
    ended_reason: EndedReason | None
    error: ErrorInfo | None
    source: Source
    limits: Limits
    lease_expires_at: datetime
    operation: OperationAnswer
    cleanups: int
    next_cleanup_at: datetime | None
    timeline: tuple[StatusChange, ...]
    created_at: datetime
    updated_at: datetime
    live_at: datetime | None
    ended_at: datetime | None


class SessionAnswer(SessionSummary):
    """A session with all that belongs to it.

    ``allowed``: what would change something now. ``ingest_endpoints``: where the host's encoder pushes to, masked, as
    soon as the input exists. ``recording``: the one that is open. ``recorder``: a flow session's recorder.
    ``warnings``: limits that are near. ``spent``: US dollars so far.
    """

    provisioned: bool
    allowed: tuple[Move, ...]
    warnings: tuple[LimitWarning, ...]
    spent: Decimal
    ingest_endpoints: tuple[MaskedIngestEndpoint, ...]
    playback_urls: tuple[str, ...]
    recording: RecordingAnswer | None
    recorder: DestinationState | None
    destinations: tuple[DestinationAnswer, ...]
    resources: tuple[ResourceAnswer, ...]


class SessionList(Value):
    sessions: tuple[SessionSummary, ...]
    next_cursor: str | None


class EventList(Value):
    """A session's audit trail, oldest first."""

    events: tuple[RecordedEvent, ...]
    next_cursor: str | None


class Problem(Value):
    """RFC 9457, with the vocabulary's name, its remedy and runbook, each fault with its field, and what is allowed
    instead."""

    type: str
    title: str
    status: int
    detail: str
    name: str
    remedy: str
    runbook: str | None = None
    errors: tuple[FieldFault, ...] = ()
    allowed: tuple[str, ...] = ()


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
        limits=record.spec.limits,
        lease_expires_at=record.lease_expires_at,
        operation=OperationAnswer(
            number=record.operation.number,
            kind=record.operation.kind,
            execution_arn=record.operation.execution_arn,
            requested_by=record.operation.requested_by,
            finished_at=record.operation.finished_at,
        ),
        cleanups=cleanups(record),
        next_cleanup_at=next_cleanup(record) if record.status is SessionStatus.CLEANUP_INCOMPLETE else None,
        timeline=record.timeline,
        created_at=record.created_at,
        updated_at=record.updated_at,
        live_at=record.live_at,
        ended_at=record.ended_at,
    )


def answer(view: SessionView, spent: Decimal, now: datetime, pushed_to: Iterable[str] = ()) -> SessionAnswer:
    """A session as it is ``now``. ``spent``: US dollars. ``pushed_to``: the addresses a host's encoder pushes to."""
    record = view.record
    states = {state.destination_id: state for state in view.destinations}
    opened = next((one for one in view.recordings if one.recording_id == record.open_recording), None)
    return SessionAnswer(
        **dict(summary(record)),
        provisioned=record.is_provisioned,
        allowed=allowed(record),
        warnings=limit_warnings(view, spent, now),
        spent=spent.quantize(CENT),
        ingest_endpoints=tuple(MaskedIngestEndpoint(url=f"rtmp://{address}/…") for address in pushed_to),
        playback_urls=tuple(
            row.playback_url for row in view.resources if row.playback_url and row.state is ResourceState.CREATED
        ),
        recording=recording_answer(opened, view.runs, now) if opened else None,
        recorder=states.get(RECORDER),
        destinations=tuple(_destination(view.record, state) for state in _in_order(view.record, states)),
        resources=tuple(_resource(row) for row in view.resources),
    )


def recording_answer(recording: Recording, runs: Iterable[Run], now: datetime) -> RecordingAnswer:
    """A recording as its callers see it. Until it is gathered, its gaps are what is known of the channel's runs."""
    gathered = recording.segments is not None
    shown = {name: getattr(recording, name) for name in RecordingAnswer.model_fields}
    return RecordingAnswer(**{**shown, "gaps": recording.gaps if gathered else declared_gaps(recording, runs, now)})


def problem(error: OnAirError) -> Problem:
    return Problem(
        type=f"urn:onair:problem:{error.name()}",
        title=error.title,
        status=error.http_status,
        detail=error.detail,
        name=error.name(),
        remedy=error.info().remedy,
        runbook=error.info().runbook,
        errors=error.faults,
        allowed=error.allowed if isinstance(error, NotAllowedNow) else (),
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
