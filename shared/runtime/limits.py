"""A session's limits: changing them, asked by the API; judging and warning, asked by the sweep and by events."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from shared.domain.ended_reason import EndedReason
from shared.domain.errors import NotAllowedNow, WriteConflict
from shared.domain.input_loss import running
from shared.domain.limits import GivenWarning, LimitChanges, LimitVerdict, with_given
from shared.domain.moves import ENDING, allowed
from shared.domain.session import SessionRecord, SessionView
from shared.domain.session_limits import limit_verdict
from shared.gateways import sessions
from shared.runtime.clock import now
from shared.runtime.input_loss import look_at_input
from shared.runtime.money import spent
from shared.runtime.waits import observe

#: How often a request is decided anew when the session has changed between look and write.
_LOOKS = 5


def change_limits(session_id: str, changes: LimitChanges, by: str | None = None) -> SessionRecord:
    """Write new limits and the lease that follows from them. Repeatable.

    Raises ``NotAllowedNow`` for a session that is over or ending, ``SessionNotFound``, ``WriteConflict``.
    """
    for _ in range(_LOOKS):
        record = sessions.get(session_id)
        if record.status in ENDING:
            still = tuple(move.value for move in allowed(record))
            raise NotAllowedNow(f"the session is {record.status}: its limits do not matter any more", allowed=still)
        limits = changes.applied_to(record.spec.limits)
        spec = record.spec.model_copy(update=dict(limits))
        lease = limits.lease_expires_at(record.created_at)
        # A limit that is moved away and back is warned of anew.
        warned = with_given(record.warned, (), limits, lease)
        sets = {
            "spec": spec,
            "lease_expires_at": lease.isoformat(),
            "limits_changed_by": by,
            "warned": [one.model_dump(mode="json") for one in warned],
        }
        try:
            sessions.move(record, now(), sessions.Change(sets=sets))
        except WriteConflict:
            continue
        return sessions.get(session_id)
    raise WriteConflict(f"session {session_id} is changing all the time; try again")


def judge(view: SessionView, moment: datetime) -> LimitVerdict:
    """What a session's limits ask for at a moment. Writes nothing but what AWS tells of its channels.

    Before a session is ended because its input is lost, its channels and their alerts are asked once more: an event
    that the input is back may have been lost. Raises the errors of these calls, and ``SessionNotFound``.
    """
    verdict = limit_verdict(view, spent(view, moment).total, moment)
    if verdict.ended_reason is not EndedReason.INPUT_LOST:
        return verdict
    session_id = view.record.session_id
    for run in running(view):
        observe(run.channel_id)
        look_at_input(session_id, run.destination_id)
    view = sessions.view(session_id)
    return limit_verdict(view, spent(view, moment).total, moment)


def warn(record: SessionRecord, warnings: Sequence[GivenWarning]) -> bool:
    """Give warnings: write them into the session's row, from which they are told. False, and nothing is written, if the
    session has changed or somebody else has warned meanwhile: then judge anew, at the next look."""
    if not warnings:
        return False
    warned = with_given(record.warned, warnings, record.spec.limits, record.lease_expires_at)
    return sessions.note_warned(record, warned, now())
