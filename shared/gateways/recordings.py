"""Recordings and the runs of channels in the table.

What only describes (a run was seen to run, segments were gathered) is written without a fence: it is a fact, whoever
saw it. Opening and closing a recording goes together with the session's row, in ``shared/gateways/sessions.py``.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from datetime import datetime
from typing import Any

from shared.domain.errors import RecordingNotFound
from shared.domain.recording import Recording, RecordingStatus, Run
from shared.gateways import table
from shared.gateways.translate import ConditionFailed


def get(session_id: str, recording_id: str) -> Recording:
    """Raises ``RecordingNotFound``."""
    item = table.get(table.session_pk(session_id), f"REC#{recording_id}")
    if item is None:
        raise RecordingNotFound(f"session {session_id} has no recording {recording_id}")
    return recording_of(item)


def recordings(session_id: str) -> tuple[Recording, ...]:
    """All of a session, oldest first."""
    return tuple(recording_of(item) for item in table.query(table.session_pk(session_id), "REC#"))


def change(session_id: str, recording_id: str, at: datetime, seen: Collection[RecordingStatus], **changes: Any) -> bool:
    """Write attributes of a recording, if it still is in one of the statuses ``seen``. False when it is not."""
    values = {f":seen{index}": status.value for index, status in enumerate(seen)}
    condition = f"#status IN ({', '.join(values)})"
    sets = {**changes, "updated_at": table.iso(at)}
    try:
        table.update(table.update_request(table.session_pk(session_id), f"REC#{recording_id}", sets, condition, values))
    except ConditionFailed:
        return False
    return True


def runs(session_id: str) -> tuple[Run, ...]:
    """All runs of all channels of a session."""
    return tuple(run_of(item) for item in table.query(table.session_pk(session_id), "RUN#"))


def last_run(session_id: str, destination_id: str) -> Run | None:
    items = table.query(table.session_pk(session_id), f"RUN#{destination_id}#")
    return run_of(items[-1]) if items else None


def begin_run(session_id: str, run: Run) -> None:
    """Say that a channel is about to be started. The same run again changes nothing."""
    with contextlib.suppress(ConditionFailed):
        table.put(
            {"pk": table.session_pk(session_id), "sk": _run_sk(run), **table.stored(run)},
            "attribute_not_exists(pk)",
        )


def note_running(session_id: str, run: Run, at: datetime) -> None:
    """The run's channel was seen RUNNING; the first time counts."""
    _note(session_id, run, "running_at", at, "attribute_exists(pk) AND attribute_not_exists(running_at)")


def note_stopped(session_id: str, run: Run, at: datetime) -> None:
    """The run's channel was seen stopped; the first time counts, and only after it ran."""
    condition = "attribute_exists(running_at) AND attribute_not_exists(stopped_at)"
    _note(session_id, run, "stopped_at", at, condition)


def note_input(session_id: str, run: Run, lost_since: datetime | None) -> bool:
    """The input of a run's channel is gone since then, or there (None). False if the row says something else by now
    than ``run`` does: somebody else has looked, perhaps later than the caller, who must look again."""
    condition = (
        "attribute_exists(pk) AND attribute_not_exists(stopped_at) AND "
        "(attribute_not_exists(input_lost_since) OR input_lost_since = :seen)"
    )
    seen = {":seen": run.input_lost_since and table.iso(run.input_lost_since)}
    sets = {"input_lost_since": lost_since and table.iso(lost_since)}
    try:
        table.update(table.update_request(table.session_pk(session_id), _run_sk(run), sets, condition, seen))
    except ConditionFailed:
        return False
    return True


def recording_item(session_id: str, recording: Recording) -> table.Item:
    return {
        "pk": table.session_pk(session_id),
        "sk": f"REC#{recording.recording_id}",
        **table.stored(recording),
    }


def recording_of(item: table.Item) -> Recording:
    return table.value(Recording, item)


def run_of(item: table.Item) -> Run:
    return table.value(Run, item)


def _note(session_id: str, run: Run, name: str, at: datetime, condition: str) -> None:
    with contextlib.suppress(ConditionFailed):
        table.update(table.update_request(table.session_pk(session_id), _run_sk(run), {name: table.iso(at)}, condition))


def _run_sk(run: Run) -> str:
    return f"RUN#{run.destination_id}#{run.number:04}"
