"""Beginning what is asked of a session: claim the next operation's number, then start its execution.

Used by the API, and by a workflow that gives up. If we die between claim and start, the claim names the execution,
whose input follows from it: whoever repeats the call starts it under the same name.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from shared.domain.errors import ErrorInfo, NotAllowedNow, OnAirError, SessionNotFound, WriteConflict
from shared.domain.moves import Move, OnRecording, Step, decide
from shared.domain.names import execution_name
from shared.domain.session import (
    FINISHED,
    DesiredStatus,
    EndedReason,
    Operation,
    OperationKind,
    SessionRecord,
    SessionStatus,
    StatusChange,
)
from shared.gateways import executions, sessions
from shared.gateways.settings import settings
from shared.runtime import recording_marks
from shared.runtime.admission import admit, give_back
from shared.runtime.clock import now
from shared.runtime.starting import start

#: How often a caller's request is decided anew when the session has changed between look and write.
_LOOKS = 5

_STATUS = {
    OperationKind.PROVISION: SessionStatus.CREATING,
    OperationKind.START_STREAMING: SessionStatus.STARTING,
    OperationKind.STOP_STREAMING: SessionStatus.STOPPING,
}
_DESIRED = {
    OperationKind.START_STREAMING: DesiredStatus.LIVE,
    OperationKind.STOP_STREAMING: DesiredStatus.IDLE,
}


def new_operation(
    session_id: str, number: int, kind: OperationKind, moment: datetime, by: str | None = None
) -> Operation:
    name = execution_name(session_id, number, kind.value)
    return Operation(
        number=number,
        kind=kind,
        execution_name=name,
        execution_arn=executions.execution_arn(_machine(kind), name),
        claimed_at=moment,
        requested_by=by,
    )


def start_operation(record: SessionRecord) -> None:
    """Start the execution of the session's claimed operation. Repeatable."""
    operation = record.operation
    payload = {"session_id": record.session_id, "operation": operation.number}
    start(_machine(operation.kind), operation.execution_name, payload)


def provision(session_id: str, by: str | None = None) -> SessionRecord:
    """Make the channels of a session that exists without any. Raises ``NotAllowedNow``, ``QuotaExceeded``,
    ``FlowNotFound``.

    A reservation that no operation follows is given back at once, or else by the sweep.
    """
    record = sessions.get(session_id)
    reserved = not decide(record, Move.PROVISION).done and admit(session_id, record.spec)
    try:
        return carry_out(session_id, Move.PROVISION, by=by)
    except (NotAllowedNow, SessionNotFound):
        if reserved:
            with suppress(OnAirError):  # else the sweep does
                give_back(session_id)
        raise


def start_streaming(session_id: str, on_recording: OnRecording, by: str | None = None) -> SessionRecord:
    """Raises ``NotAllowedNow``."""
    return carry_out(session_id, Move.START_STREAMING, on_recording, by)


def stop_streaming(session_id: str, on_recording: OnRecording, by: str | None = None) -> SessionRecord:
    """Raises ``NotAllowedNow``."""
    return carry_out(session_id, Move.STOP_STREAMING, on_recording, by)


def carry_out(
    session_id: str, move: Move, on_recording: OnRecording = OnRecording.REFUSE, by: str | None = None
) -> SessionRecord:
    """Do what a caller asks of a session as it is at this moment, and answer how it is then.

    What has taken effect already is success, and what an earlier request left undone of it (an execution that was not
    started) is done now. Raises ``NotAllowedNow``, ``SessionNotFound``, ``WriteConflict``.
    """
    for _ in range(_LOOKS):
        record = sessions.get(session_id)
        step = decide(record, move, on_recording)
        if not step.done:
            moment = now()
            try:
                sessions.move(record, moment, _change(record, step, moment, by))
            except WriteConflict:
                continue
            if step.closes:
                recording_marks.mark_stop(record)
            record = sessions.get(session_id)
        if step.opens and not step.operation:
            recording_marks.mark_start(record)
        if record.is_busy():
            start_operation(record)
        recording_marks.finalize_what_is_closed(record)
        return record
    raise WriteConflict(f"session {session_id} is changing all the time; try again")


def _change(record: SessionRecord, step: Step, moment: datetime, by: str | None) -> sessions.Change:
    change = sessions.Change()
    if step.opens:
        change = change.model_copy(update={"opened": recording_marks.opened(record, step, moment, by)})
    if step.closes:
        change = change.model_copy(update=recording_marks.closed(record, moment))
    if step.operation is None:
        return change
    sets = {"desired_status": _DESIRED[step.operation].value} if step.operation in _DESIRED else {}
    operation = new_operation(record.session_id, record.operation.number + 1, step.operation, moment, by)
    return change.model_copy(
        update={"operation": operation, "status": _STATUS.get(step.operation), "sets": {**sets, "error": None}}
    )


def give_up(record: SessionRecord, error: ErrorInfo | None) -> SessionRecord:
    """Bring a session back to rest whose start did not come off: begin the stop of whatever it started. Raises
    ``WriteConflict``."""
    recorder = record.operation.kind is OperationKind.START_RECORDER
    return begin_stop(record, OperationKind.STOP_RECORDER if recorder else OperationKind.STOP_STREAMING, error)


def begin_stop(record: SessionRecord, kind: OperationKind, error: ErrorInfo | None = None) -> SessionRecord:
    """Begin to stop the stream or the recorder, if the session still is as ``record`` says. Raises ``WriteConflict``.

    A recording that was to begin, or whose channel is stopped with it, is closed. It says itself why it never began;
    all else the session says.
    """
    moment = now()
    streaming = kind is OperationKind.STOP_STREAMING
    change = sessions.Change(
        operation=new_operation(record.session_id, record.operation.number + 1, kind, moment),
        status=_STATUS.get(kind),
    )
    if record.open_recording and (not streaming or record.spec.is_hosted):
        change = change.model_copy(update=recording_marks.closed(record, moment, error))
    sets: dict[str, Any] = {"desired_status": _DESIRED[kind].value} if kind in _DESIRED else {}
    if error and (streaming or "error" not in change.recording):
        sets = {**sets, "error": error.model_dump()}
    sessions.move(record, moment, change.model_copy(update={"sets": sets}))
    record = sessions.get(record.session_id)
    start_operation(record)
    recording_marks.finalize_what_is_closed(record)
    return record


def end_session(
    session_id: str, reason: EndedReason, error: ErrorInfo | None = None, by: str | None = None
) -> SessionRecord:
    """Begin to end a session, whatever else is under way: the end always wins. Returns its record.

    Repeatable: a session that is ending or ended stays so, and its execution is started if that was missed. An end that
    came to nothing (incomplete, or its execution was aborted) is begun again. If another operation is faster by a
    moment, that one is ended, too. Raises ``SessionNotFound``, ``NotAllowedNow`` (another was faster twice).
    """
    try:
        return _end(session_id, reason, error, by)
    except NotAllowedNow:
        return _end(session_id, reason, error, by)


def _end(session_id: str, reason: EndedReason, error: ErrorInfo | None, by: str | None) -> SessionRecord:
    record = sessions.get(session_id)
    if record.status in FINISHED:
        return record
    if record.operation.kind is OperationKind.END and not _came_to_nothing(record):
        start_operation(record)
        return record
    moment = now()
    operation = new_operation(session_id, record.operation.number + 1, OperationKind.END, moment, by)
    changes = _ending(record, reason, error)
    sessions.claim(record, operation, changes, StatusChange(status=SessionStatus.ENDING, at=moment))
    record = sessions.get(session_id)
    start_operation(record)
    return record


def begin_end(record: SessionRecord, reason: EndedReason, error: ErrorInfo | None = None) -> SessionRecord:
    """Begin to end a session for something that was seen of it, if it still is as ``record`` says, its limits too.

    Raises ``WriteConflict``: what was seen may not hold any more.
    """
    moment = now()
    change = sessions.Change(
        operation=new_operation(record.session_id, record.operation.number + 1, OperationKind.END, moment),
        status=SessionStatus.ENDING,
        sets={**_ending(record, reason, error), "spec": record.spec},
    )
    sessions.move(record, moment, change)
    record = sessions.get(record.session_id)
    start_operation(record)
    return record


def _ending(record: SessionRecord, reason: EndedReason, error: ErrorInfo | None) -> dict[str, Any]:
    return {
        "desired_status": DesiredStatus.ENDED.value,
        "ended_reason": (record.ended_reason or reason).value,
        **({"error": error.model_dump()} if error else {}),
    }


def _came_to_nothing(record: SessionRecord) -> bool:
    """Whether an end's execution has stopped and the session has not ended."""
    if record.status is SessionStatus.CLEANUP_INCOMPLETE:
        return True
    execution = executions.describe(record.operation.execution_arn)
    return execution is not None and execution.status != "RUNNING"


def _machine(kind: OperationKind) -> str:
    """The ARN of the machine that carries a kind of operation out. Raises KeyError for ``create``, which has none."""
    return {
        OperationKind.PROVISION: settings().provision_session_arn,
        OperationKind.START_STREAMING: settings().start_streaming_arn,
        OperationKind.STOP_STREAMING: settings().stop_streaming_arn,
        OperationKind.START_RECORDER: settings().start_recorder_arn,
        OperationKind.STOP_RECORDER: settings().stop_recorder_arn,
        OperationKind.END: settings().end_session_arn,
    }[kind]
