"""No production code depends on a behaviour that nobody could establish: each alternative is flipped.

In `make test` several at once, which are told apart only when one of them matters; with the slow proofs each by itself.
"""

from __future__ import annotations

import os
from typing import Any, Literal, get_args, get_origin

import pytest

from infra.local.simulator.alternatives import Alternatives
from tests.show import Shows, destination

#: So many that no switch has more values than there are groups.
GROUPS = 12


def flips() -> list[tuple[str, Any]]:
    """Every other value of every switch; five seconds for a lag."""
    found: list[tuple[str, Any]] = []
    for name, field in Alternatives.model_fields.items():
        if get_origin(field.annotation) is Literal:
            found += [(name, choice) for choice in get_args(field.annotation) if choice != field.default]
        elif isinstance(field.default, float):
            found.append((name, 5.0))
        else:
            found.append((name, "Other words."))
    return found


def together() -> list[dict[str, Any]]:
    """The flips in groups, each with one value of a switch at most."""
    if "ONAIR_EXAMPLES" in os.environ:
        return [{name: value} for name, value in flips()]
    groups: list[dict[str, Any]] = [{} for _ in range(GROUPS)]
    for number, (name, value) in enumerate(flips()):
        following = groups[number % GROUPS :] + groups[: number % GROUPS]
        next(group for group in following if name not in group)[name] = value
    return groups


@pytest.mark.parametrize("flipped", together(), ids=" ".join)
def test_a_show_with_lost_answers_is_the_same_whatever_the_service_does(shows: Shows, flipped: dict[str, Any]) -> None:
    stage = shows.stage
    stage.simulator.settings.alternatives = Alternatives(**flipped)
    stage.faults.lose_answer("medialive", "CreateInput")
    stage.faults.lose_answer("medialive", "CreateChannel")
    stage.faults.lose_answer("mediaconnect", "AddFlowOutputs")
    stage.simulator.fail_channel("*-bad", on="start")
    show = shows.ask(destination("good"), destination("bad"))
    show.until("live")
    assert show.destination("good")["status"] == "broadcasting"
    assert show.destination("bad")["error"]["name"] in ("ChannelStartFailed", "StepTimedOut")
    assert shows.count() == {"channel": 1, "input": 1, "flow_output": 1, "input_security_group": 1, "secret": 2}
    show.ended()
    shows.nothing_left()
