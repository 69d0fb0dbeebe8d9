"""Starting and stopping recordings, as the API asks for it."""

from __future__ import annotations

from shared.domain.moves import Move
from shared.domain.recording import Recording, recording_id
from shared.gateways import recordings
from shared.runtime.operations import carry_out


def start_recording(session_id: str, by: str | None = None) -> Recording:
    """Begin a recording, or answer the one that is open. Raises ``NotAllowedNow``."""
    record = carry_out(session_id, Move.START_RECORDING, by=by)
    return recordings.get(session_id, record.open_recording or recording_id(record.recordings))


def stop_recording(session_id: str, by: str | None = None) -> Recording:
    """End the open recording, or answer the last one. Raises ``NotAllowedNow``."""
    record = carry_out(session_id, Move.STOP_RECORDING, by=by)
    return recordings.get(session_id, recording_id(record.recordings))
