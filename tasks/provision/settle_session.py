"""Look at how the branches ended: the session is kept and moves on to ``live`` (or ``idle``), or it is abandoned.

Last step of ``provision_session``. With ``live`` the pivot is passed: from here on nothing is rolled back, only ended.
"""

from __future__ import annotations

from shared.domain.lifecycle import BranchOutcome, BranchReport, Settlement, settle
from shared.domain.model import Value
from shared.domain.session import SessionStatus, StatusChange
from shared.gateways import sessions
from shared.runtime.clock import now
from shared.runtime.steps import SessionStep, open_session
from shared.runtime.task import task


class SettleStep(SessionStep):
    reports: tuple[BranchReport, ...]


class Settled(Value):
    settlement: Settlement


@task
def handler(step: SettleStep) -> Settled:
    record = open_session(step)
    settlement = settle(record.spec.on_destination_failure, step.reports)
    if settlement is Settlement.KEEP:
        moment = now()
        live = any(report.outcome is BranchOutcome.LIVE for report in step.reports)
        status = SessionStatus.LIVE if live else SessionStatus.IDLE
        changes = {"live_at": moment.isoformat()} if live else {}
        sessions.advance(record, step.operation, StatusChange(status=status, at=moment), **changes)
    return Settled(settlement=settlement)
