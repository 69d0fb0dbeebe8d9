"""What the audit trail says: the kinds of things that happen to a session, and what is told of each.

Worked out from the table's changes by ``audit.py``, answered by the API, and put on EventBridge (``bus_events.py``).
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from shared.domain.model import Value


class AuditKind(StrEnum):
    """What kind of thing happened. ``operation.superseded``: a newer operation took over before it had finished;
    ``row.unreadable``: a row changed, and what that means could not be told."""

    SESSION_CREATED = "session.created"
    SESSION_STATUS_CHANGED = "session.status_changed"
    SESSION_ENDED = "session.ended"
    DESIRED_STATUS_CHANGED = "session.desired_status_changed"
    LIMITS_CHANGED = "session.limits_changed"
    SESSION_WARNED = "session.warned"
    OPERATION_BEGUN = "operation.begun"
    OPERATION_FINISHED = "operation.finished"
    OPERATION_SUPERSEDED = "operation.superseded"
    DESTINATION_STATUS_CHANGED = "destination.status_changed"
    CHANNEL_RUNNING = "channel.running"
    CHANNEL_STOPPED = "channel.stopped"
    RECORDING_OPENED = "recording.opened"
    RECORDING_STATUS_CHANGED = "recording.status_changed"
    RECORDING_READY = "recording.ready"
    RECORDING_FAILED = "recording.failed"
    RESOURCE_CREATED = "resource.created"
    RESOURCE_DELETED = "resource.deleted"
    ROW_UNREADABLE = "row.unreadable"


class ToldError(Value):
    """An error of the vocabulary, without what a person is to do about it."""

    name: str
    title: str = ""
    cause: str = ""


class ToldOperation(Value):
    """The operation that owned the session. ``requested_by`` is None where nobody is known to have asked for it."""

    number: int
    kind: str
    execution_arn: str | None = None
    requested_by: str | None = None


class ToldBudget(Value):
    """``usd`` is dollars, as a decimal number."""

    usd: str
    when_spent: str


class ToldLimits(Value):
    """Seconds and dollars; None: no such limit. ``lease_expires_at`` is when the longest duration is over."""

    max_continuous_duration: int | None = None
    idle_timeout: int | None = None
    budget: ToldBudget | None = None
    lease_expires_at: datetime | None = None


class ToldWarning(Value):
    """A warning of a limit: ``lease``, ``budget`` or ``idle``, and how near it is: ``near``, ``imminent``, ``reached``.
    ``ends_at``: when the session ends by it, None if that is not known or it only warns."""

    kind: str
    level: str
    message: str
    ends_at: datetime | None = None


class ToldResource(Value):
    """One thing at AWS. ``id`` is what its service calls it."""

    kind: str
    key: str | None = None
    name: str | None = None
    id: str | None = None
    arn: str | None = None


class ToldRecording(Value):
    """What a recording's row says of its contents so far. ``duration`` is seconds, ``gaps`` counts them."""

    requested_by: str | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    duration: float | None = None
    gaps: int = 0
    missing_segments: int | None = None
    playlist: str | None = None


class AuditEvent(Value):
    """One thing that happened to a session. What does not apply to its kind is None.

    ``at`` is when, by the row itself where it says so, else by the stream, which tells whole seconds. ``status`` and
    ``previous_status`` are those of what the kind speaks of; a status that is the first has no previous one.
    """

    kind: AuditKind
    session_id: str
    at: datetime
    status: str | None = None
    previous_status: str | None = None
    reason: str | None = None
    error: ToldError | None = None
    operation: ToldOperation | None = None
    destination_id: str | None = None
    recording_id: str | None = None
    recording: ToldRecording | None = None
    resource: ToldResource | None = None
    limits: ToldLimits | None = None
    requested_by: str | None = None
    previous_limits: ToldLimits | None = None
    warning: ToldWarning | None = None


class RecordedEvent(AuditEvent):
    """An event with its id, which is the same however often the change is told. Ids of one session sort by time."""

    event_id: str
