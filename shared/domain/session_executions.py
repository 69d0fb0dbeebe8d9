"""Which executions a session has: one for each of its operations, and those that finalize its recordings.

Their names follow from the session (``names.py``) and their machines from their ARNs; who asked for an earlier
operation is in the audit trail. Pure; called by ``shared/runtime/executions.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from shared.domain.audit_events import AuditEvent
from shared.domain.model import Value
from shared.domain.names import finalizing_name, operation_of
from shared.domain.recording import Recording, RecordingStatus
from shared.domain.session import SessionView

#: So long after its end AWS keeps an execution (Step Functions developer guide, "Quotas").
KEPT = timedelta(days=90)

_HAS_ITS_END = frozenset(
    {RecordingStatus.STOPPING, RecordingStatus.PROCESSING, RecordingStatus.READY, RecordingStatus.FAILED}
)


class SessionExecution(Value):
    """An execution that a session has or had, so far as our own rows tell. ``since``: when it was asked for."""

    name: str
    arn: str
    operation: int | None = None
    recording_id: str | None = None
    requested_by: str | None = None
    since: datetime

    def machine(self, stage: str) -> str:
        """The machine's name as its file is called: ``provision_session``."""
        return self.arn.split(":")[6].removeprefix(f"onair-{stage}-").replace("-", "_")

    def machine_arn(self) -> str:
        return self.arn.rpartition(":")[0].replace(":execution:", ":stateMachine:")

    def without_execution(self, now: datetime) -> str:
        """What it is when AWS knows nothing of it: ``NOT_STARTED``, or ``GONE`` when it is too long ago to be kept."""
        return "GONE" if now > self.since + KEPT else "NOT_STARTED"


def executions_of(view: SessionView, begun: Iterable[AuditEvent], finalizing_arn: str) -> tuple[SessionExecution, ...]:
    """All of them, the newest first.

    ``begun``: the trail's ``operation.begun`` events, which come a moment late; the session's own row tells its present
    operation and the ARN of the one before. ``finalizing_arn``: of an execution that finalizes, up to its name.
    """
    record = view.record
    found: dict[str, SessionExecution] = {}
    if previous := _of_arn(record.previous_execution_arn or "", record.operation.claimed_at):
        found[previous.name] = previous
    for event in begun:
        one = _of_arn(event.operation.execution_arn or "", event.at) if event.operation is not None else None
        if one is not None and event.operation is not None:
            found[one.name] = one.model_copy(update={"requested_by": event.operation.requested_by})
    if present := _of_arn(record.operation.execution_arn, record.operation.claimed_at):
        found[present.name] = present.model_copy(update={"requested_by": record.operation.requested_by})
    finalizing = [one for each in view.recordings for one in _finalizing(record.session_id, each, finalizing_arn)]
    return tuple(sorted((*found.values(), *finalizing), key=lambda one: one.since, reverse=True))


def _of_arn(arn: str, since: datetime) -> SessionExecution | None:
    """An operation's execution; None for the operation that has none."""
    name = arn.rpartition(":")[2]
    number = operation_of(name)
    return SessionExecution(name=name, arn=arn, operation=number, since=since) if number is not None else None


def _finalizing(session_id: str, recording: Recording, arn: str) -> Iterable[SessionExecution]:
    if recording.status not in _HAS_ITS_END:
        return
    for attempt in range(1, recording.attempt + 1):
        name = finalizing_name(session_id, recording.recording_id, attempt)
        since = recording.ended_at or recording.updated_at
        yield SessionExecution(name=name, arn=f"{arn}{name}", recording_id=recording.recording_id, since=since)
