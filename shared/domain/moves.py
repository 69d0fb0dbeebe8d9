"""What may be asked of a session now, and what is then done. Pure: the one place that knows the rules.

Streaming and recording are asked for apart. In a host session one channel serves both, so starting or stopping the
stream would cut an open recording: there the caller decides (``on_recording``). A flow session's recorder is a channel
of its own, and nothing done to the stream touches it.
"""

from __future__ import annotations

from enum import StrEnum

from shared.domain.errors import NotAllowedNow
from shared.domain.model import Value
from shared.domain.session import FINISHED, OperationKind, SessionRecord, SessionStatus


class Move(StrEnum):
    """What a caller may ask, by its route below ``/sessions/{sessionId}``; ``end`` is the session's DELETE."""

    PROVISION = "medialive"
    START_STREAMING = "streaming/start"
    STOP_STREAMING = "streaming/stop"
    START_RECORDING = "recording/start"
    STOP_RECORDING = "recording/stop"
    END = "end"


class OnRecording(StrEnum):
    """What becomes of an open recording that starting or stopping the stream would cut."""

    REFUSE = "refuse"
    FINISH = "finish"
    CONTINUE_WITH_GAP = "continue_with_gap"


class Step(Value):
    """What is done. ``operation``: the one to begin, None if no channel changes. ``opens`` and ``closes``: a recording
    begins, or the open one gets its end. ``done``: it has taken effect already, and nothing is done."""

    done: bool = False
    operation: OperationKind | None = None
    opens: bool = False
    closes: bool = False


DONE = Step(done=True)
#: In one of these a session is over or can only be ended.
ENDING = frozenset({SessionStatus.ENDING, SessionStatus.CLEANUP_INCOMPLETE}) | FINISHED


def decide(record: SessionRecord, move: Move, on_recording: OnRecording = OnRecording.REFUSE) -> Step:
    """What ``move`` does to the session as it is. Raises ``NotAllowedNow``, with why and with what is allowed."""
    try:
        return _DECIDE[move](record, on_recording)
    except _Refused as refused:
        raise NotAllowedNow(str(refused), allowed=tuple(one.value for one in allowed(record))) from None


def allowed(record: SessionRecord) -> tuple[Move, ...]:
    """The moves that would change something now. One that needs an ``on_recording`` is among them."""
    return tuple(move for move in Move if _would_change(record, move))


class _Refused(Exception):
    """Why not, in words."""


def _would_change(record: SessionRecord, move: Move) -> bool:
    for on_recording in (OnRecording.REFUSE, OnRecording.FINISH):
        try:
            return not _DECIDE[move](record, on_recording).done
        except _Refused:
            continue
    return False


def _provision(record: SessionRecord, _: OnRecording) -> Step:
    if record.operation.kind is not OperationKind.CREATE and record.status not in ENDING:
        return DONE
    _refuse_if_over(record)
    return Step(operation=OperationKind.PROVISION)


def _start_streaming(record: SessionRecord, on_recording: OnRecording) -> Step:
    if record.status in (SessionStatus.LIVE, SessionStatus.STARTING):
        return DONE
    _refuse_unless_at_rest(record)
    operation = OperationKind.START_STREAMING
    if not _is_cut(record):
        return Step(operation=operation)
    return Step(operation=operation, closes=_finishes(record, on_recording, "starting"))


def _stop_streaming(record: SessionRecord, on_recording: OnRecording) -> Step:
    if record.status is SessionStatus.STOPPING or (record.status is SessionStatus.IDLE and record.is_provisioned):
        return DONE
    _refuse_if_over(record)
    starting = record.is_busy(OperationKind.START_STREAMING)  # a stop wins over a start that is under way
    if not starting:
        _refuse_unless_at_rest(record)
    operation = OperationKind.STOP_STREAMING
    if not _is_cut(record):
        return Step(operation=operation)
    return Step(operation=operation, closes=_finishes(record, on_recording, "stopping"))


def _start_recording(record: SessionRecord, _: OnRecording) -> Step:
    _refuse_if_over(record)
    if record.open_recording:
        return DONE
    if not record.spec.is_hosted and not record.spec.record:
        raise _Refused("the session was made without a recorder (record: true)")
    if record.spec.is_hosted and record.is_busy(OperationKind.START_STREAMING):
        return Step(opens=True)  # it begins as soon as the channel runs
    _refuse_unless_at_rest(record)
    if record.spec.is_hosted and record.status is SessionStatus.LIVE:
        return Step(opens=True)
    return Step(operation=OperationKind.START_RECORDER, opens=True)


def _stop_recording(record: SessionRecord, _: OnRecording) -> Step:
    if not record.open_recording:
        if record.recordings:
            return DONE
        raise _Refused("nothing is being recorded")
    _refuse_if_over(record)
    if record.spec.is_hosted and record.status in (SessionStatus.LIVE, SessionStatus.STARTING):
        return Step(closes=True)
    if not record.is_busy(OperationKind.START_RECORDER):  # a stop wins over a start that is under way
        _refuse_unless_at_rest(record)
    return Step(operation=OperationKind.STOP_RECORDER, closes=True)


def _end(record: SessionRecord, _: OnRecording) -> Step:
    return DONE if record.status in FINISHED else Step(operation=OperationKind.END)


def _refuse_if_over(record: SessionRecord) -> None:
    if record.status in ENDING:
        raise _Refused(f"the session is {record.status}")


def _refuse_unless_at_rest(record: SessionRecord) -> None:
    _refuse_if_over(record)
    if record.operation.kind is OperationKind.CREATE:
        raise _Refused("the session has no channel yet")
    if record.is_busy():
        raise _Refused(f"the session is {record.status}, and its operation {record.operation.kind} is under way")


def _is_cut(record: SessionRecord) -> bool:
    return record.spec.is_hosted and bool(record.open_recording)


def _finishes(record: SessionRecord, on_recording: OnRecording, doing: str) -> bool:
    if on_recording is OnRecording.REFUSE:
        raise _Refused(
            f"{doing} the stream would cut recording {record.open_recording}, which is open: "
            "say on_recording: finish, or continue_with_gap"
        )
    return on_recording is OnRecording.FINISH


_DECIDE = {
    Move.PROVISION: _provision,
    Move.START_STREAMING: _start_streaming,
    Move.STOP_STREAMING: _stop_streaming,
    Move.START_RECORDING: _start_recording,
    Move.STOP_RECORDING: _stop_recording,
    Move.END: _end,
}
