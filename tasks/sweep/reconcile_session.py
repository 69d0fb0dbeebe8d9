"""Look whether a session is as it should be, and do something about it if it is not.

State of ``sweep``, for each session that is not over. What an event should have told, and did not, is found here:
states of channels, an IVS stream's end, an execution that was never started or has stopped, a limit that is reached.
"""

from __future__ import annotations

from contextlib import suppress

from shared.domain.errors import SessionNotFound, Superseded
from shared.domain.model import Value
from shared.domain.reconcile import Action
from shared.domain.session import (
    DestinationState,
    DestinationStatus,
    ResourceKind,
    ResourceState,
    SessionStatus,
    SessionView,
)
from shared.domain.sweeps import Reconciled
from shared.gateways import ledger, sessions
from shared.runtime.finalizing import look_after_recordings
from shared.runtime.reconcile import reconcile
from shared.runtime.streams import status_by_stream, status_on_air
from shared.runtime.task import task
from shared.runtime.waits import observe


class ReconcileStep(Value):
    """``channels`` and ``streams`` as ``List sessions`` tells them."""

    session_id: str
    channels: dict[str, str]
    streams: tuple[str, ...] | None
    dry_run: bool


@task
def handler(step: ReconcileStep) -> Reconciled:
    try:
        view = sessions.view(step.session_id)
        _note_channels(step, view)
        with suppress(Superseded):
            _note_streams(step, view)
        decision = reconcile(step.session_id, act=not step.dry_run)
        if not step.dry_run:
            look_after_recordings(view)
    except SessionNotFound:
        return Reconciled(session_id=step.session_id, action=Action.NOTHING, reason="it does not exist any more")
    return Reconciled(session_id=step.session_id, action=decision.action, reason=decision.reason)


def _note_channels(step: ReconcileStep, view: SessionView) -> None:
    """See that the ledger tells the state of each channel. The list is as old as the sweep, and a run that it wrongly
    called stopped would have its end: so it only says which channels to ask."""
    for row in view.resources:
        if row.kind is not ResourceKind.CHANNEL or row.state is not ResourceState.CREATED or row.resource_id is None:
            continue
        listed = step.channels.get(row.resource_id)
        if listed is None or listed != row.observed:
            observe(row.resource_id)


def _note_streams(step: ReconcileStep, view: SessionView) -> None:
    """Keep the status of a destination on IVS true while its session is on the air; where the list says something else,
    IVS is asked. Raises ``Superseded``."""
    if step.streams is None or view.record.status is not SessionStatus.LIVE:
        return
    states: dict[str, DestinationState] = {one.destination_id: one for one in view.destinations}
    for row in view.resources:
        state = states.get(row.destination_id)
        if row.kind is not ResourceKind.IVS_CHANNEL or state is None or state.status is DestinationStatus.ERRORED:
            continue
        if status_by_stream(row.resource_id in step.streams, state.status) is state.status:
            continue
        after = status_on_air(step.session_id, row.destination_id, state.status)
        if after is not state.status:
            ledger.set_destination(step.session_id, view.record.operation.number, row.destination_id, after)
