"""Look at how the branches ended: the session is kept and moves on to ``live`` (or ``idle``), or it is abandoned.

With ``live`` the pivot is passed: from here on nothing is rolled back, only ended. A session that records is recorded
from this very moment; the state after this one marks it in the stream.
"""

from __future__ import annotations

from datetime import datetime

from shared.domain.errors import ChannelStartFailed
from shared.domain.lifecycle import BranchOutcome, BranchReport, Settlement, settle
from shared.domain.model import Value
from shared.domain.plan import ChannelPlan, plan_resources
from shared.domain.recording import Recording, RecordingStatus, recording_id
from shared.domain.session import SessionRecord, SessionStatus
from shared.gateways import sessions
from shared.gateways.settings import settings
from shared.runtime.clock import now
from shared.runtime.steps import SessionStep, open_session
from shared.runtime.task import task


class SettleStep(SessionStep):
    reports: tuple[BranchReport, ...]


class Settled(Value):
    settlement: Settlement
    records: bool


@task
def handler(step: SettleStep) -> Settled:
    record = open_session(step)
    plan = plan_resources(settings().stage, step.session_id, record.spec)
    streaming = {channel.destination_id for channel in plan.streaming()}
    on_air = [report for report in step.reports if report.destination_id in streaming]
    complete = all(report.outcome in (BranchOutcome.IDLE, BranchOutcome.LIVE) for report in step.reports)
    settlement = settle(record.spec.on_destination_failure, on_air, complete)
    if settlement is Settlement.ABANDON:
        return Settled(settlement=settlement, records=False)
    moment = now()
    live = any(report.outcome is BranchOutcome.LIVE for report in on_air)
    opened = _recording(record, plan.recorder(), step.reports, moment) if live and record.spec.record else None
    change = sessions.Change(
        status=SessionStatus.LIVE if live else SessionStatus.IDLE,
        sets={"live_at": moment.isoformat()} if live else {},
        opened=opened,
    )
    sessions.finish(record, step.operation, moment, change)
    return Settled(settlement=settlement, records=opened is not None and opened.status is RecordingStatus.RECORDING)


def _recording(
    record: SessionRecord, recorder: ChannelPlan | None, reports: tuple[BranchReport, ...], moment: datetime
) -> Recording | None:
    """The recording that begins now; one that has failed at once if the recorder could not be brought up."""
    if recorder is None:
        return None
    runs = any(
        report.destination_id == recorder.destination_id and report.outcome is BranchOutcome.LIVE for report in reports
    )
    unknown = ChannelStartFailed("the recorder did not come up, and why could not be noted")
    errors = {one.destination_id: one.error for one in sessions.destinations(record.session_id)}
    return Recording(
        recording_id=recording_id(record.recordings + 1),
        status=RecordingStatus.RECORDING if runs else RecordingStatus.FAILED,
        requested_at=moment,
        requested_by=record.operation.requested_by,
        started_at=moment if runs else None,
        error=None if runs else errors.get(recorder.destination_id) or unknown.info(),
        updated_at=moment,
    )
