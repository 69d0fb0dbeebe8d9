"""Whether a running channel has input: its alerts are asked for, and its run's row says what they tell.

The row of the run, not the channel's in the ledger: it is changed attribute by attribute and never written whole, so
that no other writer can lose what stands there or bring it back; and the next run begins with a row of its own.
"""

from __future__ import annotations

from contextlib import suppress

from shared.domain.errors import OnAirError, SessionNotFound
from shared.domain.input_loss import lost_since
from shared.domain.plan import pipelines, plan_resources
from shared.domain.recording import Run
from shared.gateways import medialive, recordings, sessions
from shared.gateways.settings import settings
from shared.runtime.log import logger

#: How often alerts are asked for anew when the run's row has changed between look and write.
_LOOKS = 3


def look_at_input(session_id: str, destination_id: str) -> None:
    """Ask for the alerts of a branch's channel, if it runs, and write down since when it has had no input. Repeatable.

    Raises the errors of ListAlerts and of the table.
    """
    for _ in range(_LOOKS):
        run = recordings.last_run(session_id, destination_id)
        if run is None or run.running_at is None or run.stopped_at is not None:
            return
        try:
            lost = lost_since(medialive.active_alerts(run.channel_id), _pipelines(session_id, run), run.asked_at)
        except (SessionNotFound, KeyError):  # the branch is no longer part of the session
            return
        if lost == run.input_lost_since or recordings.note_input(session_id, run, lost):
            logger.info("input", extra={"channel_id": run.channel_id, "lost_since": str(lost)})
            return


def glance_at_input(session_id: str, destination_id: str) -> None:
    """``look_at_input`` for who has more important things to do: if it can't be told now, an alert will tell."""
    with suppress(OnAirError):
        look_at_input(session_id, destination_id)


def _pipelines(session_id: str, run: Run) -> int:
    """Raises ``SessionNotFound``, and KeyError for a branch that the session has no more."""
    plan = plan_resources(settings().stage, session_id, sessions.get(session_id).spec)
    return pipelines(plan.channel(run.destination_id).channel_class)
