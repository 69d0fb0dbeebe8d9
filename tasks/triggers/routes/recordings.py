"""Recordings begin, end, and are looked at and played."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from shared.domain.answers import PlaylistAnswer, RecordingAnswer, RecordingList, SegmentLinks, recording_answer
from shared.domain.errors import RecordingNotFound, RecordingNotReady, SessionNotFound
from shared.domain.recording import Recording
from shared.gateways import recordings
from shared.runtime.api.edge import answered, app, caller, once_for, owner_of
from shared.runtime.api.openapi import told
from shared.runtime.api.requests import check_recording_id
from shared.runtime.clock import now
from shared.runtime.recording_links import MOST_LINKS, playlist_of, segment_links
from shared.runtime.recordings import start_recording, stop_recording
from tasks.triggers.routes.changing import CHANGES
from tasks.triggers.routes.parameters import RecordingId, SessionId

#: What looking into a recording may be refused with.
NOT_PLAYABLE = (SessionNotFound, RecordingNotFound, RecordingNotReady)


@app.post(
    "/sessions/<session_id>/recording/start",
    **told("startRecording", "Begin a recording", 202, RecordingAnswer, "The recording that is open now.", *CHANGES),
)
def post_recording_start(session_id: SessionId) -> Response[Any]:
    return _recorded(session_id, start_recording)


@app.post(
    "/sessions/<session_id>/recording/stop",
    **told(
        "stopRecording",
        "End the open recording, which is then made ready to play",
        202,
        RecordingAnswer,
        "The recording that was open.",
        *CHANGES,
    ),
)
def post_recording_stop(session_id: SessionId) -> Response[Any]:
    return _recorded(session_id, stop_recording)


@app.get(
    "/sessions/<session_id>/recordings",
    **told("listRecordings", "List a session's recordings, oldest first", 200, RecordingList, "All.", SessionNotFound),
)
def get_recordings(session_id: SessionId) -> Response[Any]:
    owner_of(session_id)
    runs, moment = recordings.runs(session_id), now()
    listed = tuple(recording_answer(one, runs, moment) for one in recordings.recordings(session_id))
    return answered(200, RecordingList(recordings=listed))


@app.get(
    "/sessions/<session_id>/recordings/<recording_id>",
    **told("getRecording", "Look at a recording", 200, RecordingAnswer, "It.", SessionNotFound, RecordingNotFound),
)
def get_recording(session_id: SessionId, recording_id: RecordingId) -> Response[Any]:
    _may_see(session_id, recording_id)
    return _recording(200, session_id, recording_id)


@app.get(
    "/sessions/<session_id>/recordings/<recording_id>/playlist",
    **told(
        "getPlaylist",
        "The HLS playlist of a recording that is ready, whose segments are had by their links",
        200,
        PlaylistAnswer,
        "The playlist, with names relative to its own place.",
        *NOT_PLAYABLE,
    ),
)
def get_playlist(session_id: SessionId, recording_id: RecordingId) -> Response[Any]:
    _may_see(session_id, recording_id)
    return answered(200, playlist_of(session_id, recording_id))


@app.get(
    "/sessions/<session_id>/recordings/<recording_id>/links",
    **told(
        "getSegmentLinks",
        "Links to a recording's segments, good for an hour",
        200,
        SegmentLinks,
        "The links, in the playlist's order; fewer than asked for where the recording ends.",
        *NOT_PLAYABLE,
    ),
)
def get_segment_links(
    session_id: SessionId,
    recording_id: RecordingId,
    first: Annotated[int, Query(ge=0, description="The place in the playlist of the first one, from 0.")] = 0,
    count: Annotated[int, Query(ge=1, le=MOST_LINKS, description="How many.")] = 100,
) -> Response[Any]:
    _may_see(session_id, recording_id)
    return answered(200, segment_links(session_id, recording_id, first, count))


def _may_see(session_id: str, recording_id: str) -> None:
    """Raises ``SessionNotFound``, and ``RecordingNotFound`` for what no recording can be called."""
    owner_of(session_id)
    check_recording_id(recording_id)


def _recorded(session_id: str, act: Callable[[str, str], Recording]) -> Response[Any]:
    """Have it done, and answer the recording; a repetition answers the one that the first request was about."""
    recording_id = once_for(session_id, lambda: act(session_id, caller().name).recording_id)
    return _recording(202, session_id, recording_id)


def _recording(status: int, session_id: str, recording_id: str) -> Response[Any]:
    found = recordings.get(session_id, recording_id)
    return answered(status, recording_answer(found, recordings.runs(session_id), now()))
