"""What a state caught, explained: an error of the vocabulary as it is, and for one of AWS's own which state it was.

A Catch is given an error's name and cause and not where it came from, so for a function that timed out or was killed
the execution's history is looked up. Called by the last step of every way that fails.
"""

from __future__ import annotations

from contextlib import suppress

from shared.domain.errors import VOCABULARY, ErrorInfo, OnAirError, from_state
from shared.gateways import executions
from shared.runtime.steps import Caught


def explained(caught: Caught, execution_arn: str, destination_id: str | None = None) -> ErrorInfo:
    """``execution_arn``: where it was caught; ``destination_id``: in the branch of that destination, if in one."""
    state = "" if caught.Error in VOCABULARY else _failed_state(caught, execution_arn, destination_id)
    return from_state(caught.Error, caught.Cause, state)


def _failed_state(caught: Caught, execution_arn: str, destination_id: str | None) -> str:
    """The first state that was left for this error; empty when the history doesn't tell."""
    with suppress(OnAirError):
        left = executions.states_left_failed(execution_arn)
        for one in left:
            same = one.error == caught.Error and (one.cause or "") == caught.Cause
            if same and (destination_id is None or one.given.get("destination_id") == destination_id):
                return one.name
    return ""
