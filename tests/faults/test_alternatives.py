"""No production code depends on a behaviour that nobody could establish: each alternative is flipped in turn."""

from __future__ import annotations

from typing import Any, Literal, get_args, get_origin

import pytest

from infra.local.simulator.alternatives import Alternatives
from tests.show import Shows, destination


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


@pytest.mark.parametrize(("name", "value"), flips())
def test_a_show_with_lost_answers_is_the_same_whatever_the_service_does(shows: Shows, name: str, value: Any) -> None:
    stage = shows.stage
    stage.simulator.settings.alternatives = Alternatives(**{name: value})
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
