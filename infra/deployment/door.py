"""Nobody new comes in while a stage is taken away: its API answers nothing, and no sweep begins. Used by ``destroy``,
which shuts it, and by ``deploy``, which leaves it open.

A function whose reserved concurrency is 0 is not run (Lambda developer guide, "Configuring reserved concurrency"). The
API is the only place where a session begins. It holds whoever else is told to stop, too, and outlasts this process: a
destruction that was broken off has left nobody an open door.
"""

from __future__ import annotations

from botocore.exceptions import ClientError

from infra.deployment.account import Stage
from shared.gateways.translate import code_of

API, SWEEP = "api", "sweepDue"


def shut(stage: Stage, function: str) -> None:
    """A function that is gone is shut."""
    try:
        stage.client("lambda").put_function_concurrency(
            FunctionName=f"onair-{stage.name}-{function}", ReservedConcurrentExecutions=0
        )
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise


def open_again(stage: Stage) -> list[str]:
    """The functions that were shut. A concurrency that somebody has reserved for them stays."""
    opened = [function for function in (API, SWEEP) if is_shut(stage, function)]
    for function in opened:
        stage.client("lambda").delete_function_concurrency(FunctionName=f"onair-{stage.name}-{function}")
    return opened


def is_shut(stage: Stage, function: str) -> bool:
    """A function that is gone can't be opened."""
    try:
        found = stage.client("lambda").get_function_concurrency(FunctionName=f"onair-{stage.name}-{function}")
    except ClientError as error:
        if code_of(error) != "ResourceNotFoundException":
            raise
        return False
    return bool(found.get("ReservedConcurrentExecutions") == 0)
