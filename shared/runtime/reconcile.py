"""Look at a session, decide whether anything has to be done about it, and do it.

Called by every trigger that hears of a change and by the sweep. What is done is claimed under the condition that the
session still is as it was decided on, so two that decide at once do it once, and a newer operation is never ended for
what an older one had come to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from shared.domain.errors import SessionAbandoned, Superseded, WriteConflict
from shared.domain.names import removal_name
from shared.domain.plan import plan_resources
from shared.domain.reconcile import Action, Decision, Observed, decide, desired_of
from shared.domain.session import (
    EndedReason,
    OperationKind,
    ResourceKind,
    ResourceState,
    SessionRecord,
    SessionStatus,
    SessionView,
)
from shared.gateways import executions, parking, sessions
from shared.gateways.settings import settings
from shared.runtime import limits
from shared.runtime.clock import now
from shared.runtime.log import logger
from shared.runtime.operations import begin_end, begin_stop, give_up, start_operation
from shared.runtime.recording_marks import finalize_what_is_closed
from shared.runtime.starting import start
from shared.runtime.waits import look, observe

#: How often a session is decided on anew when it has changed between look and write.
_LOOKS = 3


def reconcile(session_id: str, ended: Mapping[str, str] | None = None, act: bool = True) -> Decision:
    """Decide about a session by its rows, and do it unless ``act`` says no.

    ``ended``: how executions have ended, by ARN, from whoever was told; all others are asked for. Raises
    ``SessionNotFound``, and ``WriteConflict`` when the session is changing all the time.
    """
    for _ in range(_LOOKS):
        view = sessions.view(session_id)
        decision = _decided(view, ended or {})
        if decision.by_state:
            _look_at_every_channel(view)
            view = sessions.view(session_id)
            decision = _decided(view, ended or {})
        if decision.action is Action.NOTHING:
            return decision
        told = {"session_id": session_id, "action": decision.action, "reason": decision.reason}
        logger.warning("reconcile", extra=told)
        if not act:
            return decision
        try:
            _CARRY_OUT[decision.action](view, decision)
        except (WriteConflict, Superseded):
            continue
        return decision
    raise WriteConflict(f"session {session_id} is changing all the time")


def _decided(view: SessionView, ended: Mapping[str, str]) -> Decision:
    plan = plan_resources(settings().stage, view.record.session_id, view.record.spec)
    return decide(desired_of(view, plan), _observed(view, ended), now())


def _observed(view: SessionView, ended: Mapping[str, str]) -> Observed:
    channels = [row for row in view.resources if row.kind is ResourceKind.CHANNEL and row.observed is not None]
    steps = [step for channel_id in _channel_ids(view) for step in parking.parked(channel_id)]
    return Observed(
        channels={row.destination_id: row.observed or "" for row in channels},
        execution=_execution(view.record, ended),
        parked_since=min((step.since for step in steps), default=None),
        limits=limits.judge(view, now()),
    )


def _execution(record: SessionRecord, ended: Mapping[str, str]) -> str | None:
    arn = record.operation.execution_arn
    if not record.is_busy() or arn in ended:
        return ended.get(arn)
    found = executions.describe(arn)
    return found.status if found is not None else None


def _channel_ids(view: SessionView) -> list[str]:
    return [
        row.resource_id
        for row in view.resources
        if row.kind is ResourceKind.CHANNEL and row.state is ResourceState.CREATED and row.resource_id is not None
    ]


def _look_at_every_channel(view: SessionView) -> None:
    for channel_id in _channel_ids(view):
        observe(channel_id)


# What is done


def _start(view: SessionView, decision: Decision) -> None:
    start_operation(view.record)


def _wake(view: SessionView, decision: Decision) -> None:
    for channel_id in _channel_ids(view):
        look(*parking.parked(channel_id))


def _warn(view: SessionView, decision: Decision) -> None:
    limits.warn(view.record, decision.warnings)


def _give_up(view: SessionView, decision: Decision) -> None:
    give_up(view.record, decision.error)


def _stop_streaming(view: SessionView, decision: Decision) -> None:
    begin_stop(view.record, OperationKind.STOP_STREAMING, decision.error)


def _stop_recorder(view: SessionView, decision: Decision) -> None:
    begin_stop(view.record, OperationKind.STOP_RECORDER, decision.error)


def _remove_destination(view: SessionView, decision: Decision) -> None:
    record, destination_id = view.record, decision.destination_id or ""
    told = next((one.error for one in view.destinations if one.destination_id == destination_id), None)
    error = told or decision.error or SessionAbandoned(decision.reason).info()
    payload = {
        "session_id": record.session_id,
        "operation": record.operation.number,
        "destination_id": destination_id,
        "error": {"Error": error.name, "Cause": error.cause},
    }
    name = removal_name(record.session_id, record.operation.number, destination_id, now())
    start(settings().remove_destination_arn, name, payload)


def _end(view: SessionView, decision: Decision) -> None:
    begin_end(view.record, decision.ended_reason or EndedReason.ERROR, decision.error)


def _note(view: SessionView, decision: Decision) -> None:
    """Say what can't be mended by itself: a removal that is incomplete, a recorder that would not stop."""
    record = view.record
    error = decision.error.model_dump() if decision.error else None
    ends = record.operation.kind is OperationKind.END
    change = sessions.Change(
        status=SessionStatus.CLEANUP_INCOMPLETE if ends else None, sets={"left" if ends else "error": error}
    )
    sessions.finish(record, record.operation.number, now(), change)
    finalize_what_is_closed(record)


_CARRY_OUT: dict[Action, Callable[[SessionView, Decision], None]] = {
    Action.WARN: _warn,
    Action.WAKE: _wake,
    Action.START: _start,
    Action.GIVE_UP: _give_up,
    Action.STOP_STREAMING: _stop_streaming,
    Action.STOP_RECORDER: _stop_recorder,
    Action.REMOVE_DESTINATION: _remove_destination,
    Action.END: _end,
    Action.NOTE: _note,
}
