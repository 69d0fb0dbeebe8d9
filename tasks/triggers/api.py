"""The HTTP API: sessions are asked for, looked at, streamed, recorded and ended.

Every route is here, and what all of them have in common is in shared/runtime/api."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from shared.domain.answers import (
    CallerAnswer,
    EventList,
    IngestEndpointList,
    PlaylistAnswer,
    RecordingAnswer,
    RecordingList,
    SegmentLinks,
    SessionAnswer,
    SessionList,
    recording_answer,
    summary,
)
from shared.domain.changes import ChangeList
from shared.domain.cost_answer import CostAnswer
from shared.domain.errors import (
    ExecutionNotFound,
    FlowNotFound,
    IdempotencyKeyReused,
    NotAllowedNow,
    NotYours,
    OperatorsOnly,
    QuotaExceeded,
    RecordingNotFound,
    RecordingNotReady,
    SessionNotFound,
    SweepNotFound,
    WriteConflict,
)
from shared.domain.execution_answers import ExecutionAnswer, ExecutionList
from shared.domain.limits import LimitChanges
from shared.domain.model import Value
from shared.domain.moves import OnRecording
from shared.domain.names import new_sweep_id
from shared.domain.quota_answers import QuotaList
from shared.domain.recording import Recording
from shared.domain.session import EndedReason, SessionStatus
from shared.domain.session_spec import SessionSpec
from shared.domain.sweep_answers import OrphanList, SweepRequest, orphan_list
from shared.domain.sweeps import Sweep
from shared.gateways import audit, orphans, recordings, session_pages
from shared.runtime.api import openapi
from shared.runtime.api.edge import answered, app, body, caller, key, once_for, operator, owner_of, resolve
from shared.runtime.api.idempotency import once
from shared.runtime.api.openapi import told
from shared.runtime.api.requests import check_execution, check_recording_id, check_sweep_id
from shared.runtime.changes import changes_for
from shared.runtime.clock import now
from shared.runtime.create_session import create_session
from shared.runtime.executions import session_execution, session_executions
from shared.runtime.limits import change_limits
from shared.runtime.money import cost_of
from shared.runtime.operations import end_session, provision, start_streaming, stop_streaming
from shared.runtime.quota_report import quota_report
from shared.runtime.recording_links import MOST_LINKS, playlist_of, segment_links
from shared.runtime.recordings import start_recording, stop_recording
from shared.runtime.session_answer import ingest_endpoints, session_answer
from shared.runtime.sweeps import begin_sweep, sweep_as_it_is

PAGE_SIZE = 25
LARGEST_PAGE = 100

SessionId = Annotated[str, Path(description="The session's id.")]
SweepId = Annotated[str, Path(description="The sweep's id.")]
Execution = Annotated[str, Path(description="The execution's name, of this session.")]
RecordingId = Annotated[str, Path(description="The recording's id, of this session.")]
Limit = Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="How many a page holds at most.")]
Cursor = Annotated[str | None, Query(description="The `next_cursor` of the page before.")]

#: What any change of a session may be refused with.
CHANGES = (SessionNotFound, NotAllowedNow, IdempotencyKeyReused, WriteConflict)


class StreamingRequest(Value):
    """``on_recording``: what becomes of an open recording that starting or stopping the stream would cut."""

    on_recording: OnRecording = OnRecording.REFUSE


@app.get("/openapi.json", **told("getContract", "The contract of this API", 200, None, "This document."))
def get_contract() -> Response[Any]:
    return Response(200, "application/json", json.dumps(openapi.document(app)))


@app.get("/caller", **told("getCaller", "Who asks, and whether they are an operator", 200, CallerAnswer, "The caller."))
def get_caller() -> Response[Any]:
    return answered(200, CallerAnswer(**dict(caller())))


@app.get(
    "/changes",
    **told(
        "listChanges",
        "Which sessions have changed since the answer before; asked again and again, instead of reading them all",
        200,
        ChangeList,
        "The sessions, and the cursor to ask with next.",
    ),
)
def get_changes(
    after: Annotated[str | None, Query(description="The `cursor` of the answer before; without it, none.")] = None,
) -> Response[Any]:
    return answered(200, changes_for(caller(), after))


# Sessions


@app.post(
    "/sessions",
    **told(
        "createSession",
        "Ask for a session",
        202,
        SessionAnswer,
        "The session, whose status moves from here on; `Location` is its address.",
        *(NotYours, IdempotencyKeyReused, QuotaExceeded, FlowNotFound, WriteConflict),
    ),
)
def post_session(spec: SessionSpec) -> Response[Any]:
    owned = spec.model_copy(update={"owner": caller().acting_for(spec.owner)})
    record = create_session(owned, body(), key(), caller().name)
    return _session(202, record.session_id, {"Location": f"/sessions/{record.session_id}"})


@app.get(
    "/sessions",
    **told(
        "listSessions", "List one's own sessions; an operator's list has all", 200, SessionList, "A page.", NotYours
    ),
)
def get_sessions(
    status: Annotated[SessionStatus | None, Query(description="Only those.")] = None,
    owner: Annotated[str | None, Query(min_length=1, description="Only theirs; an operator may name any.")] = None,
    limit: Limit = PAGE_SIZE,
    cursor: Cursor = None,
) -> Response[Any]:
    who = caller()
    whose = None if owner is None and who.operator else who.acting_for(owner)
    page = session_pages.page(status, whose, limit, cursor)
    listed = SessionList(sessions=tuple(summary(one) for one in page.sessions), next_cursor=page.next_cursor)
    return answered(200, listed)


@app.get(
    "/sessions/<session_id>",
    **told("getSession", "Look at a session with all that belongs to it", 200, SessionAnswer, "It.", SessionNotFound),
)
def get_session(session_id: SessionId) -> Response[Any]:
    return _session(200, session_id)


@app.patch(
    "/sessions/<session_id>",
    **told(
        "changeLimits",
        "Extend a session, or change its other limits",
        200,
        SessionAnswer,
        "The session with its new limits.",
        *(SessionNotFound, NotAllowedNow, WriteConflict),
    ),
)
def patch_session(session_id: SessionId, changes: LimitChanges) -> Response[Any]:
    owner_of(session_id)
    change_limits(session_id, changes, caller().name)
    return _session(200, session_id)


@app.delete(
    "/sessions/<session_id>",
    **told(
        "endSession",
        "End a session, whatever else is under way; repeatable",
        202,
        SessionAnswer,
        "The session, from which everything is deleted now.",
        *(SessionNotFound, NotAllowedNow, WriteConflict),
    ),
)
def delete_session(session_id: SessionId) -> Response[Any]:
    owner_of(session_id)
    end_session(session_id, EndedReason.REQUESTED, by=caller().name)
    return _session(202, session_id)


@app.get(
    "/sessions/<session_id>/ingest-endpoints",
    **told(
        "getIngestEndpoints",
        "Where the host's encoder pushes to, whole: for the session's owner alone",
        200,
        IngestEndpointList,
        "Secrets: whoever knows them can be on the air.",
        *(SessionNotFound, NotYours),
    ),
)
def get_ingest_endpoints(session_id: SessionId) -> Response[Any]:
    if owner_of(session_id) != caller().name:
        raise NotYours(f"where the host of session {session_id} pushes to is told to its owner alone")
    return answered(200, IngestEndpointList(ingest_endpoints=ingest_endpoints(session_id)))


@app.post(
    "/sessions/<session_id>/medialive",
    **told(
        "provisionSession",
        "Make the channels of a session that was created without any",
        202,
        SessionAnswer,
        "The session, whose channels are being made.",
        *(*CHANGES, QuotaExceeded, FlowNotFound),
    ),
)
def post_medialive(session_id: SessionId) -> Response[Any]:
    return _acted(session_id, lambda by: provision(session_id, by))


# Streaming


@app.post(
    "/sessions/<session_id>/streaming/start",
    **told("startStreaming", "Go on air", 202, SessionAnswer, "The session, which goes on air.", *CHANGES),
)
def post_streaming_start(session_id: SessionId, wish: StreamingRequest | None = None) -> Response[Any]:
    return _acted(session_id, lambda by: start_streaming(session_id, _on_recording(wish), by))


@app.post(
    "/sessions/<session_id>/streaming/stop",
    **told(
        "stopStreaming",
        "Go off the air; the session stays and can go on air again",
        202,
        SessionAnswer,
        "The session, which goes off the air.",
        *CHANGES,
    ),
)
def post_streaming_stop(session_id: SessionId, wish: StreamingRequest | None = None) -> Response[Any]:
    return _acted(session_id, lambda by: stop_streaming(session_id, _on_recording(wish), by))


# Recordings


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
    owner_of(session_id)
    check_recording_id(recording_id)
    return _recording(200, session_id, recording_id)


@app.get(
    "/sessions/<session_id>/recordings/<recording_id>/playlist",
    **told(
        "getPlaylist",
        "The HLS playlist of a recording that is ready, whose segments are had by their links",
        200,
        PlaylistAnswer,
        "The playlist, with names relative to its own place.",
        *(SessionNotFound, RecordingNotFound, RecordingNotReady),
    ),
)
def get_playlist(session_id: SessionId, recording_id: RecordingId) -> Response[Any]:
    owner_of(session_id)
    check_recording_id(recording_id)
    return answered(200, playlist_of(session_id, recording_id))


@app.get(
    "/sessions/<session_id>/recordings/<recording_id>/links",
    **told(
        "getSegmentLinks",
        "Links to a recording's segments, good for an hour",
        200,
        SegmentLinks,
        "The links, in the playlist's order; fewer than asked for where the recording ends.",
        *(SessionNotFound, RecordingNotFound, RecordingNotReady),
    ),
)
def get_segment_links(
    session_id: SessionId,
    recording_id: RecordingId,
    first: Annotated[int, Query(ge=0, description="The place in the playlist of the first one, from 0.")] = 0,
    count: Annotated[int, Query(ge=1, le=MOST_LINKS, description="How many.")] = 100,
) -> Response[Any]:
    owner_of(session_id)
    check_recording_id(recording_id)
    return answered(200, segment_links(session_id, recording_id, first, count))


# What it costs, and what was done


@app.get(
    "/sessions/<session_id>/cost",
    **told(
        "getCost",
        "What a session costs an hour, has cost so far, and cost in all once it is over",
        200,
        CostAnswer,
        "US dollars.",
        SessionNotFound,
    ),
)
def get_cost(session_id: SessionId) -> Response[Any]:
    owner_of(session_id)
    return answered(200, cost_of(session_id))


@app.get(
    "/sessions/<session_id>/events",
    **told("listEvents", "What happened to a session, oldest first", 200, EventList, "A page.", SessionNotFound),
)
def get_events(session_id: SessionId, limit: Limit = PAGE_SIZE, cursor: Cursor = None) -> Response[Any]:
    owner_of(session_id)
    return answered(200, EventList(**dict(audit.page(session_id, limit, cursor))))


# What works for it


@app.get(
    "/sessions/<session_id>/executions",
    **told(
        "listExecutions",
        "List a session's executions: its operations', and those that finalize its recordings; newest first",
        200,
        ExecutionList,
        "The newest.",
        SessionNotFound,
    ),
)
def get_executions(session_id: SessionId) -> Response[Any]:
    owner_of(session_id)
    return answered(200, session_executions(session_id))


@app.get(
    "/sessions/<session_id>/executions/<execution>",
    **told(
        "getExecution",
        "Look at an execution: its machine's graph, and the path that it took through it",
        200,
        ExecutionAnswer,
        "It.",
        *(SessionNotFound, ExecutionNotFound),
    ),
)
def get_execution(session_id: SessionId, execution: Execution) -> Response[Any]:
    owner_of(session_id)
    check_execution(execution)
    return answered(200, session_execution(session_id, execution))


# What is used, and what nobody owns. For operators: it is the whole stage's.


@app.get(
    "/quotas",
    **told(
        "getQuotas",
        "What is allowed, and who has how much of it",
        200,
        QuotaList,
        "The region's quotas, then each known flow's.",
        OperatorsOnly,
    ),
)
def get_quotas() -> Response[Any]:
    operator()
    return answered(200, quota_report())


@app.get(
    "/orphans",
    **told(
        "listOrphans",
        "List what no living session owns, as the last sweep saw it",
        200,
        OrphanList,
        "All of it, ours first.",
        OperatorsOnly,
    ),
)
def get_orphans() -> Response[Any]:
    operator()
    return answered(200, orphan_list(orphans.orphans()))


@app.post(
    "/sweeps",
    **told(
        "startSweep",
        "Sweep now; a dry run, unless told, which deletes nothing and says what would go",
        202,
        Sweep,
        "The sweep, which goes on by itself; `Location` is its address.",
        *(OperatorsOnly, IdempotencyKeyReused, WriteConflict),
    ),
)
def post_sweep(wish: SweepRequest | None = None) -> Response[Any]:
    who, asked = operator(), wish or SweepRequest()
    drawn = new_sweep_id()
    sweep_id = once("POST /sweeps", who, key(), body(), lambda: begin_sweep(drawn, asked, by=who).sweep_id)
    return answered(202, sweep_as_it_is(sweep_id), {"Location": f"/sweeps/{sweep_id}"})


@app.get(
    "/sweeps/<sweep_id>",
    **told(
        "getSweep", "Look at a sweep: what it found and did, and why", 200, Sweep, "It.", OperatorsOnly, SweepNotFound
    ),
)
def get_sweep(sweep_id: SweepId) -> Response[Any]:
    operator()
    check_sweep_id(sweep_id)
    return answered(200, sweep_as_it_is(sweep_id))


# How they are answered


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return resolve(event, context)


def _on_recording(wish: StreamingRequest | None) -> OnRecording:
    return wish.on_recording if wish else OnRecording.REFUSE


def _acted(session_id: str, act: Callable[[str], Any]) -> Response[Any]:
    """Have it done, and answer the session as it is then."""

    def perform() -> str:
        act(caller().name)
        return ""

    once_for(session_id, perform)
    return _session(202, session_id)


def _recorded(session_id: str, act: Callable[[str, str], Recording]) -> Response[Any]:
    """The same for a recording: a repetition answers the recording that the first request was about."""
    recording_id = once_for(session_id, lambda: act(session_id, caller().name).recording_id)
    return _recording(202, session_id, recording_id)


def _session(status: int, session_id: str, headers: dict[str, str] | None = None) -> Response[Any]:
    owner_of(session_id)
    return answered(status, session_answer(session_id), headers)


def _recording(status: int, session_id: str, recording_id: str) -> Response[Any]:
    found = recordings.get(session_id, recording_id)
    return answered(status, recording_answer(found, recordings.runs(session_id), now()))
