"""EventBridge schedules of serverless.yml, on the stage's clock: each invokes its function every so many seconds."""

from __future__ import annotations

import json
from collections.abc import Callable

from infra.local.clock import Clock
from infra.local.lambdas import Lambdas
from infra.local.service import ACCOUNT, REGION, Schedule


def run_schedule(schedule: Schedule, clock: Clock, lambdas: Lambdas, alive: Callable[[], bool]) -> None:
    """Fire for as long as ``alive()`` says so, the first time after one period."""

    def due() -> None:
        if alive():
            fire(schedule, clock, lambdas)
            clock.call_later(schedule.seconds, due)

    if schedule.enabled:
        clock.call_later(schedule.seconds, due)


def fire(schedule: Schedule, clock: Clock, lambdas: Lambdas) -> None:
    """Have the schedule's function invoked once, now."""
    payload = json.dumps(_event(schedule, clock)).encode()
    clock.thread(lambdas.invoke_async, (schedule.function, payload), name=schedule.name)


def _event(schedule: Schedule, clock: Clock) -> object:
    if schedule.input is not None:
        return schedule.input
    return {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{schedule.name}"],
        "detail": {},
    }
