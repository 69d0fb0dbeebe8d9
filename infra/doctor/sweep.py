"""Whether the sweep runs: every five minutes, and nothing that is left behind goes without it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from infra.doctor.finding import Finding, fine, unseen, wrong
from infra.doctor.look import Look

CHECK = "the sweep"
#: One begins every five minutes (serverless.yml).
LATE = timedelta(minutes=10)
_MATTERS = "Without it no limit ends a session, and what is left behind stays, and costs money."


def sweep(look: Look) -> Iterator[Finding]:
    """For a stage that is deployed."""
    machine = look.arn("states", f"stateMachine:{look.prefix}-sweep")
    told = look.aws.ask("stepfunctions", "ListExecutions", stateMachineArn=machine, maxResults=20)
    assert look.stack is not None
    yield judged(told["executions"], look.now, look.stack.made_at)


def judged(executions: list[dict[str, Any]], now: datetime, deployed_at: datetime) -> Finding:
    """``executions``: the last ones, newest first, as Step Functions lists them."""
    done = [one for one in executions if one["status"] == "SUCCEEDED" and now - one["stopDate"] <= LATE]
    if done:
        return fine(CHECK, f"the last ended {_ago(now - done[0]['stopDate'])} ago")
    if now - deployed_at <= LATE:
        return unseen(CHECK, f"the stage was deployed {_ago(now - deployed_at)} ago; look again after ten minutes")
    if not executions or now - executions[0]["startDate"] > LATE:
        return wrong(
            CHECK,
            "none has begun within the last ten minutes",
            matters=_MATTERS,
            do="docs/runbooks/SweepStopped.md: is the rule that begins it disabled?",
        )
    return wrong(
        CHECK,
        f"none has come off within the last ten minutes; the last is {executions[0]['status']}",
        matters=_MATTERS,
        do="docs/runbooks/SweepFailed.md",
    )


def _ago(time: timedelta) -> str:
    seconds = max(0, round(time.total_seconds()))
    return f"{seconds} s" if seconds < 120 else f"{seconds // 60} min"
