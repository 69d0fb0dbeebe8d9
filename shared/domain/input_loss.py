"""When a channel has lost its input, by its alerts, and when a session has, by its channels.

Lost means that nothing arrives. What arrives may be black or silent: that is the show's affair, so alerts about content
(5101 Audio Not Detected, 5201 Video Not Detected, 5202 Black Video Detected and so on) say nothing here, nor do those
about outputs, nor any that we don't know. Alerts by name and code: facts §1.1.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from shared.domain.model import Value
from shared.domain.recording import Run, with_ends
from shared.domain.session import SessionView

#: The alerts that are set as long as a pipeline gets nothing from its input.
LOSS_ALERTS = frozenset(
    {
        "Stopped Receiving UDP Input",  # 5302: RTP, no packets for a second
        "RTMP Stream Not Found",  # 5305
        "RTMP Has No Audio/Video",  # 5307: also while nobody has pushed yet
        "RTMP Server Disconnected",  # 5308
        "RTMP Input Connect Failed",  # 5309
    }
)


class ActiveAlert(Value):
    """An alert that is set. ``pipeline`` is its number as a string, ``since`` the service's own time."""

    type: str
    pipeline: str
    since: datetime


def lost_since(alerts: Iterable[ActiveAlert], pipelines: int, run_began: datetime) -> datetime | None:
    """Since when none of a channel's ``pipelines`` has had input, or None if one has.

    An alert from before ``run_began``, when the channel was asked to start, says nothing of this run: whether a stop
    clears alerts is not documented.
    """
    first: dict[str, datetime] = {}
    for alert in alerts:
        if alert.type in LOSS_ALERTS and alert.since >= run_began:
            first[alert.pipeline] = min(alert.since, first.get(alert.pipeline, alert.since))
    lost = [first[str(number)] for number in range(pipelines) if str(number) in first]
    return max(lost) if len(lost) == pipelines else None


def running(view: SessionView) -> tuple[Run, ...]:
    """The runs that have begun and not ended, as far as anybody has seen."""
    return tuple(run for run in with_ends(view.runs) if run.running_at is not None and run.stopped_at is None)


def input_lost_since(view: SessionView) -> datetime | None:
    """Since when a session has had no input: None unless every channel that runs for it has lost its own."""
    lost = [run.input_lost_since for run in running(view)]
    since = [moment for moment in lost if moment is not None]
    return max(since) if since and len(since) == len(lost) else None
