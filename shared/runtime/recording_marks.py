"""Opening and closing recordings: marks in the ledger, marks in the stream, and the execution that finalizes one.

The ledger's marks count. Those in the stream are a help to whoever looks at the segments, so nothing fails for want of
one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from shared.domain.errors import ErrorInfo, OnAirError, RecordingEmpty
from shared.domain.moves import Step
from shared.domain.names import finalizing_name
from shared.domain.payloads.marks import mark_request
from shared.domain.plan import plan_resources
from shared.domain.recording import Recording, RecordingStatus, recording_id
from shared.domain.session import SessionRecord, channel_key
from shared.gateways import ledger, medialive, recordings
from shared.gateways.settings import settings
from shared.runtime.log import logger
from shared.runtime.starting import start

#: A recording in one of these has an execution that finalizes it.
FINALIZED = frozenset({RecordingStatus.STOPPING, RecordingStatus.PROCESSING})


def opened(record: SessionRecord, step: Step, moment: datetime, by: str | None) -> Recording:
    """The next recording of a session: it records at once if the channel runs, else as soon as it does."""
    at_once = step.operation is None and not record.is_busy()
    return Recording(
        recording_id=recording_id(record.recordings + 1),
        status=RecordingStatus.RECORDING if at_once else RecordingStatus.STARTING,
        requested_at=moment,
        requested_by=by,
        started_at=moment if at_once else None,
        updated_at=moment,
    )


def closed(record: SessionRecord, moment: datetime, error: ErrorInfo | None = None) -> dict[str, Any]:
    """What closing the open recording writes: one that never began has failed, all others are finalized."""
    found = recordings.get(record.session_id, record.open_recording)
    if found.started_at is None:
        error = error or RecordingEmpty("it was stopped before the channel ran").info()
        changes: dict[str, Any] = {"status": RecordingStatus.FAILED.value, "error": error.model_dump()}
    else:
        changes = {"status": RecordingStatus.STOPPING.value, "attempt": 1}
    return {"recording": {**changes, "ended_at": moment.isoformat()}, "closes": True}


def goes_on(record: SessionRecord, moment: datetime) -> dict[str, Any]:
    """What the open recording, if there is one, gets written as soon as the channel runs: it records, since its first
    run."""
    if not record.open_recording:
        return {}
    found = recordings.get(record.session_id, record.open_recording)
    started_at = found.started_at or moment
    return {"status": RecordingStatus.RECORDING.value, "started_at": started_at.isoformat()}


def finalize_what_is_closed(record: SessionRecord) -> None:
    """Start the execution of every recording that has its end and is not done. Repeatable."""
    for one in recordings.recordings(record.session_id) if record.recordings else ():
        if one.status in FINALIZED:
            start_finalizing(record.session_id, one)


def start_finalizing(session_id: str, recording: Recording) -> None:
    """Start a recording's present attempt at being finalized, once."""
    name = finalizing_name(session_id, recording.recording_id, recording.attempt)
    payload = {"session_id": session_id, "recording_id": recording.recording_id}
    start(settings().finalize_recording_arn, name, payload)


def mark_start(record: SessionRecord) -> None:
    """Mark the beginning of the open recording in the stream."""
    _mark(record, "start")


def mark_stop(record: SessionRecord) -> None:
    """Mark the end of a recording in the stream. ``record``: the session while it still was open."""
    _mark(record, "stop")


def _mark(record: SessionRecord, edge: str) -> None:
    """As well as can be: a channel that does not run takes no mark."""
    if not record.open_recording:
        return
    recorder = plan_resources(settings().stage, record.session_id, record.spec).recorder()
    row = ledger.get(record.session_id, channel_key(recorder.destination_id)) if recorder else None
    if row is None or row.resource_id is None or row.observed != "RUNNING":
        return
    try:
        medialive.mark(mark_request(row.resource_id, record.open_recording, edge))
    except OnAirError as error:
        logger.warning("no mark in the stream", extra={"recording_id": record.open_recording, "reason": error.name()})
