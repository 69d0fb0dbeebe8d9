"""The ``onair`` events on EventBridge: every status change of a session, destination or recording, and every warning.

docs/reference/events.md shows each of them. Whoever listens may rely on what stands here: fields are added, but none is
taken away or given another meaning.
"""

from __future__ import annotations

from datetime import datetime

from shared.domain.audit_events import AuditKind, RecordedEvent, ToldError, ToldRecording, ToldWarning
from shared.domain.model import Value

SOURCE = "onair"
#: Told by the sweep, not by the table's stream: no session has a part in it.
UNOWNED = "OnAir Unowned Resources"


class OperationDetail(Value):
    """The operation that owned the session: its number, and ``provision``, ``end`` and so on."""

    number: int
    kind: str


class Detail(Value):
    """What every event says. ``event_id`` is the event's in the audit trail; the same event may come more than once,
    and events may overtake each other: sort by ``event_id`` and drop what was there. ``at`` is when it happened. A
    warning changes no status: its ``previous_status`` is null."""

    event_id: str
    session_id: str
    at: datetime
    status: str
    previous_status: str | None


class SessionStatusDetail(Detail):
    """``reason`` is why the session ends or has ended, ``error`` what kept it off the air or could not be deleted."""

    operation: OperationDetail | None
    reason: str | None
    error: ToldError | None


class DestinationStatusDetail(Detail):
    destination_id: str
    error: ToldError | None


class RecordingStatusDetail(Detail):
    recording_id: str
    recording: ToldRecording
    error: ToldError | None


class SessionWarningDetail(Detail):
    """``status`` is the session's, when it was warned."""

    warning: ToldWarning


class UnownedResource(Value):
    """A resource that carries this stage's tags, and whose session is not in the table."""

    kind: str
    id: str
    name: str
    session_id: str | None
    reason: str


class UnownedDetail(Value):
    """What a sweep has found that nobody owns: ``unowned`` such resources in all, ``new`` of them not told before, the
    first hundred of which are in ``resources``. ``held_back`` says why nothing at all was deleted, if that is so."""

    sweep_id: str
    at: datetime
    unowned: int
    new: int
    held_back: str
    resources: tuple[UnownedResource, ...]


class BusEvent(Value):
    """One entry for PutEvents."""

    detail_type: str
    detail: SessionStatusDetail | DestinationStatusDetail | RecordingStatusDetail | SessionWarningDetail | UnownedDetail


#: Which events of the audit trail go out, and what they are called on the bus.
DETAIL_TYPES: dict[AuditKind, str] = {
    AuditKind.SESSION_CREATED: "OnAir Session Status Change",
    AuditKind.SESSION_STATUS_CHANGED: "OnAir Session Status Change",
    AuditKind.SESSION_ENDED: "OnAir Session Status Change",
    AuditKind.SESSION_WARNED: "OnAir Session Warning",
    AuditKind.DESTINATION_STATUS_CHANGED: "OnAir Destination Status Change",
    AuditKind.RECORDING_OPENED: "OnAir Recording Status Change",
    AuditKind.RECORDING_STATUS_CHANGED: "OnAir Recording Status Change",
    AuditKind.RECORDING_READY: "OnAir Recording Status Change",
    AuditKind.RECORDING_FAILED: "OnAir Recording Status Change",
}

_DETAILS: dict[
    str, type[SessionStatusDetail | DestinationStatusDetail | RecordingStatusDetail | SessionWarningDetail]
] = {
    "OnAir Session Status Change": SessionStatusDetail,
    "OnAir Session Warning": SessionWarningDetail,
    "OnAir Destination Status Change": DestinationStatusDetail,
    "OnAir Recording Status Change": RecordingStatusDetail,
}


def bus_event(event: RecordedEvent) -> BusEvent | None:
    """The event as others hear of it, or None for what stays in the audit trail."""
    detail_type = DETAIL_TYPES.get(event.kind)
    if detail_type is None:
        return None
    shape = _DETAILS[detail_type]
    fields = {name: getattr(event, name) for name in shape.model_fields}
    if event.operation is not None and "operation" in fields:
        fields["operation"] = OperationDetail(number=event.operation.number, kind=event.operation.kind)
    return BusEvent(detail_type=detail_type, detail=shape(**fields))


def unowned_event(detail: UnownedDetail) -> BusEvent:
    """The alarm about resources that nobody owns."""
    return BusEvent(detail_type=UNOWNED, detail=detail)
