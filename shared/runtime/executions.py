"""A session's executions, as the API shows them: which there are, and the path that one of them took.

Reads what Step Functions says of them and what steps are parked for; the rest is ``execution_path.py``'s.
"""

from __future__ import annotations

from functools import lru_cache

from shared.domain.audit_events import AuditKind
from shared.domain.errors import VOCABULARY, ExecutionNotFound
from shared.domain.execution_answers import ExecutionAnswer, ExecutionList, ExecutionSummary
from shared.domain.execution_graph import Graph, graph_of
from shared.domain.execution_path import ENDS, Awaited, Ending, Path, path_of, with_waits
from shared.domain.execution_visits import ExecutionError, WaitsFor, error_in_words
from shared.domain.names import removed_by
from shared.domain.session import DestinationStatus, SessionView, channel_key
from shared.domain.session_executions import SessionExecution, executions_of
from shared.gateways import audit, executions, parking, sessions
from shared.gateways.executions import SeenExecution
from shared.gateways.settings import settings
from shared.runtime.clock import now

#: So many are listed: each is asked for by a call of its own.
MOST_LISTED = 50
#: So many of the stage's newest removals are looked through for a session's.
_REMOVALS = 200
#: What wakes a step that is parked for a channel (tasks/triggers/channel_state_changed.py).
_WAKES = "MediaLive Channel State Change"


def session_executions(session_id: str) -> ExecutionList:
    """The newest ``MOST_LISTED`` executions of a session. Raises ``SessionNotFound``."""
    view = sessions.view(session_id)
    known = (*_known(view), *_removals(view))
    newest = sorted(known, key=lambda one: one.since, reverse=True)[:MOST_LISTED]
    told = [_summary(one, executions.describe(one.arn)) for one in newest]
    told.sort(key=lambda one: one.started_at or now(), reverse=True)
    return ExecutionList(executions=tuple(told), truncated=len(known) > MOST_LISTED)


def session_execution(session_id: str, name: str) -> ExecutionAnswer:
    """One execution of a session, with its graph and its path.

    One that AWS does not know (any more) has no visits, and the graph that its machine has now. Raises
    ``SessionNotFound``, ``ExecutionNotFound``.
    """
    view = sessions.view(session_id)
    one = _removal(session_id, name) or next((each for each in _known(view) if each.name == name), None)
    seen = executions.describe(one.arn) if one is not None else None
    if one is None or (seen is None and removed_by(name)):
        raise ExecutionNotFound(f"session {session_id} has no execution {name}")
    graph = _graph(one.arn) if seen is not None else None
    if seen is None or graph is None:
        now_has = graph_of(executions.machine_definition(one.machine_arn()))
        return ExecutionAnswer(**dict(_summary(one, None)), error=None, truncated=False, graph=now_has, visits=())
    history = executions.history(one.arn)
    if seen.status == "RUNNING" and any(event["type"] in ENDS for event in history.events.values()):
        seen = executions.describe(one.arn) or seen  # it has ended between the two looks
    path = path_of(graph, history.events.values(), _ending(seen))
    return ExecutionAnswer(
        **dict(_summary(one, seen)),
        error=_error(seen),
        truncated=history.truncated,
        graph=graph,
        visits=with_waits(path, _parked(view, path)),
    )


def _known(view: SessionView) -> tuple[SessionExecution, ...]:
    """What the session's rows and its trail tell."""
    begun = audit.of_kind(view.record.session_id, AuditKind.OPERATION_BEGUN)
    finalizing = executions.execution_arn(settings().finalize_recording_arn, "")
    return executions_of(view, begun, finalizing)


def _removals(view: SessionView) -> tuple[SessionExecution, ...]:
    """The executions that took destinations off a session which went on: no row names them."""
    if not any(one.status is DestinationStatus.ERRORED for one in view.destinations):
        return ()
    names = executions.newest(settings().remove_destination_arn, _REMOVALS)
    return tuple(one for name in names if (one := _removal(view.record.session_id, name)))


def _removal(session_id: str, name: str) -> SessionExecution | None:
    found = removed_by(name)
    if found is None or found[0] != session_id:
        return None
    arn = executions.execution_arn(settings().remove_destination_arn, name)
    return SessionExecution(name=name, arn=arn, operation=found[1], since=found[2])


@lru_cache(maxsize=64)
def _graph(arn: str) -> Graph | None:
    """Kept by the function's process: an execution's definition does not change, and whoever watches one asks every few
    seconds."""
    definition = executions.definition(arn)
    return graph_of(definition) if definition is not None else None


def _summary(one: SessionExecution, seen: SeenExecution | None) -> ExecutionSummary:
    return ExecutionSummary(
        execution=one.name,
        arn=one.arn,
        machine=one.machine(settings().stage),
        status=seen.status if seen is not None else one.without_execution(now()),
        operation=one.operation,
        recording_id=one.recording_id,
        requested_by=one.requested_by,
        started_at=seen.started_at if seen is not None else None,
        stopped_at=seen.stopped_at if seen is not None else None,
    )


def _error(seen: SeenExecution) -> ExecutionError | None:
    """Why it came to nothing. Who stopped it has said so in words of theirs, which are told as they are."""
    if seen.error is None and seen.cause is None:
        return None
    name, cause = seen.error or seen.status, seen.cause or ""
    if seen.status == "ABORTED" and name not in VOCABULARY:
        return ExecutionError(name=name, cause=cause)
    return error_in_words(name, cause)


def _ending(seen: SeenExecution) -> Ending | None:
    return None if seen.status == "RUNNING" else Ending(status=seen.status, at=seen.stopped_at, error=_error(seen))


def _parked(view: SessionView, path: Path) -> dict[Awaited, WaitsFor]:
    """What the steps that wait are parked for, by their channels' rows. A step that is about to park has none yet."""
    channels = {row.key: row.resource_id for row in view.resources}
    found = {}
    for awaited in set(path.awaited.values()):
        channel_id = channels.get(channel_key(awaited.destination_id))
        for step in parking.parked(channel_id) if channel_id is not None else ():
            if step.wanted is awaited.wanted:
                found[awaited] = WaitsFor(
                    channel_id=step.channel_id, wanted=step.wanted, event=_WAKES, since=step.since
                )
    return found
