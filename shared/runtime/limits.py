"""Changing a session's limits: extending its lease, another budget. Asked by the API."""

from __future__ import annotations

from shared.domain.errors import NotAllowedNow, WriteConflict
from shared.domain.limits import LimitChanges
from shared.domain.moves import ENDING, allowed
from shared.domain.session import SessionRecord
from shared.gateways import sessions
from shared.runtime.clock import now

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
        sets = {"spec": spec.model_dump(mode="json"), "lease_expires_at": lease.isoformat(), "limits_changed_by": by}
        try:
            sessions.move(record, now(), sessions.Change(sets=sets))
        except WriteConflict:
            continue
        return sessions.get(session_id)
    raise WriteConflict(f"session {session_id} is changing all the time; try again")
