"""The audit trail: what happened to a session, told from what changed in its rows.

The table's stream gives each change of a row as the row before and after it (``tasks/triggers/record_changes.py``).
Rows are read leniently, as plain items, for the stream may hold what an older version wrote; and only fields that are
named here or in ``audit_events.py`` are taken from them, so that nothing reaches the trail, or an event, that was not
meant to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from shared.domain.audit_events import (
    AuditEvent,
    AuditKind,
    ToldBudget,
    ToldError,
    ToldLimits,
    ToldOperation,
    ToldRecording,
    ToldResource,
    ToldWarning,
)

#: A row of the table, as plain values.
Item = Mapping[str, Any]

SESSION_PREFIX = "SESSION#"


def events_of(before: Item | None, after: Item | None, at: datetime) -> tuple[AuditEvent, ...]:
    """What one change of one row means, in the order in which it is to be read. ``at``: when the stream got it.

    Rows of other kinds, and rows that went away, mean nothing. Raises pydantic's ``ValidationError`` (a ValueError) or
    KeyError for a row that can't be read.
    """
    if after is None or not str(after.get("pk", "")).startswith(SESSION_PREFIX):
        return ()
    kind = str(after["sk"]).partition("#")[0]
    tell = {"SESSION": _session, "DEST": _destination, "REC": _recording, "RUN": _run, "RES": _resource}.get(kind)
    if tell is None:
        return ()
    session_id = str(after["pk"]).removeprefix(SESSION_PREFIX)
    return tuple(
        AuditEvent(**{"session_id": session_id, "at": after.get("updated_at") or at, **told})
        for told in tell(before or {}, after)
    )


def unreadable(after: Item, at: datetime) -> AuditEvent:
    """In the place of ``events_of`` for a row that it can't read: that something is missing is told, at least."""
    return AuditEvent(
        kind=AuditKind.ROW_UNREADABLE,
        session_id=str(after["pk"]).removeprefix(SESSION_PREFIX),
        at=at,
        resource=ToldResource(kind="row", key=str(after["sk"])),
    )


def _session(before: Item, after: Item) -> Iterator[dict[str, Any]]:
    operation = _operation(after)
    if before:
        yield from _session_wanted(before, after)
    yield from _warned(before, after)
    statuses = list(_statuses(before, after))
    yield from (told for told in statuses if told["kind"] is AuditKind.SESSION_CREATED)
    yield from _operation_begun(before, after)
    yield from (told for told in statuses if told["kind"] is not AuditKind.SESSION_CREATED)
    finished = _finished_at(after)
    if finished and finished != _finished_at(before):
        yield {"kind": AuditKind.OPERATION_FINISHED, "at": finished, "operation": operation, "status": after["status"]}


def _session_wanted(before: Item, after: Item) -> Iterator[dict[str, Any]]:
    if before.get("desired_status") != after.get("desired_status"):
        yield {
            "kind": AuditKind.DESIRED_STATUS_CHANGED,
            "status": after.get("desired_status"),
            "previous_status": before.get("desired_status"),
            "operation": _operation(after),
        }
    limits, previous = _limits(after), _limits(before)
    if limits != previous:
        by = after.get("limits_changed_by")
        yield {"kind": AuditKind.LIMITS_CHANGED, "limits": limits, "previous_limits": previous, "requested_by": by}


def _warned(before: Item, after: Item) -> Iterator[dict[str, Any]]:
    """Every warning that the row has gained."""
    had = before.get("warned") or ()
    for given in after.get("warned") or ():
        if given not in had:
            told = {name: given.get(name) for name in ToldWarning.model_fields}
            yield {
                "kind": AuditKind.SESSION_WARNED,
                "at": given["given_at"],
                "status": after["status"],
                "warning": ToldWarning(**told),
            }


def _operation_begun(before: Item, after: Item) -> Iterator[dict[str, Any]]:
    operation, previous = _operation(after), _operation(before)
    if operation is None or (previous is not None and previous.number == operation.number):
        return
    at = after["operation"].get("claimed_at")
    if previous is not None and not _finished_at(before):
        yield {"kind": AuditKind.OPERATION_SUPERSEDED, "at": at, "operation": previous}
    yield {"kind": AuditKind.OPERATION_BEGUN, "at": at, "operation": operation}


def _statuses(before: Item, after: Item) -> Iterator[dict[str, Any]]:
    """Every status that the row's timeline has gained."""
    timeline, seen = after.get("timeline") or (), len(before.get("timeline") or ())
    previous = before.get("status")
    for change in timeline[seen:]:
        status = change["status"]
        kind = AuditKind.SESSION_STATUS_CHANGED
        if previous is None:
            kind = AuditKind.SESSION_CREATED
        elif status in ("ended", "failed"):
            kind = AuditKind.SESSION_ENDED
        yield {
            "kind": kind,
            "at": change["at"],
            "status": status,
            "previous_status": previous,
            "reason": after.get("ended_reason"),
            "error": _error(after.get("left") if status == "cleanup_incomplete" else after.get("error")),
            "operation": _operation(after),
        }
        previous = status


def _destination(before: Item, after: Item) -> Iterator[dict[str, Any]]:
    if before.get("status") != after["status"]:
        yield {
            "kind": AuditKind.DESTINATION_STATUS_CHANGED,
            "destination_id": after["destination_id"],
            "status": after["status"],
            "previous_status": before.get("status"),
            "error": _error(after.get("error")),
        }


def _recording(before: Item, after: Item) -> Iterator[dict[str, Any]]:
    status = after["status"]
    if before.get("status") == status:
        return
    kinds = {"ready": AuditKind.RECORDING_READY, "failed": AuditKind.RECORDING_FAILED}
    told = {name: after.get(name) for name in ToldRecording.model_fields if after.get(name) is not None}
    yield {
        "kind": kinds.get(status, AuditKind.RECORDING_STATUS_CHANGED) if before else AuditKind.RECORDING_OPENED,
        "recording_id": after["recording_id"],
        "status": status,
        "previous_status": before.get("status"),
        "recording": ToldRecording(**{**told, "gaps": len(after.get("gaps") or ())}),
        "error": _error(after.get("error")),
    }


def _run(before: Item, after: Item) -> Iterator[dict[str, Any]]:
    for name, kind in (("running_at", AuditKind.CHANNEL_RUNNING), ("stopped_at", AuditKind.CHANNEL_STOPPED)):
        if after.get(name) and not before.get(name):
            channel = ToldResource(kind="channel", id=after.get("channel_id"))
            yield {"kind": kind, "at": after[name], "destination_id": after["destination_id"], "resource": channel}


def _resource(before: Item, after: Item) -> Iterator[dict[str, Any]]:
    kinds = {"created": AuditKind.RESOURCE_CREATED, "deleted": AuditKind.RESOURCE_DELETED}
    state = after["state"]
    if before.get("state") == state or state not in kinds:
        return
    resource = ToldResource(
        kind=after["kind"],
        key=after.get("key"),
        name=after.get("name"),
        id=after.get("resource_id"),
        arn=after.get("arn"),
    )
    yield {"kind": kinds[state], "destination_id": after.get("destination_id"), "resource": resource}


def _operation(row: Item) -> ToldOperation | None:
    operation = row.get("operation")
    if not operation:
        return None
    return ToldOperation(
        number=operation["number"],
        kind=operation["kind"],
        execution_arn=operation.get("execution_arn") or None,
        requested_by=operation.get("requested_by"),
    )


def _finished_at(row: Item) -> str | None:
    return (row.get("operation") or {}).get("finished_at")


def _limits(row: Item) -> ToldLimits:
    spec = row.get("spec") or {}
    budget = spec.get("budget")
    return ToldLimits(
        max_continuous_duration=spec.get("max_continuous_duration"),
        idle_timeout=spec.get("idle_timeout"),
        budget=ToldBudget(usd=str(budget["usd"]), when_spent=str(budget.get("when_spent", "warn"))) if budget else None,
        lease_expires_at=row.get("lease_expires_at"),
    )


def _error(error: Item | None) -> ToldError | None:
    if not error:
        return None
    return ToldError(name=error["name"], title=error.get("title", ""), cause=error.get("cause", ""))
