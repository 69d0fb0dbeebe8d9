"""Which flows the sweep looks at for forgotten outputs: those that a session has used, as long as it may matter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from shared.domain.errors import FlowNotFound, NotPermitted
from shared.domain.names import flow_output_name
from shared.gateways import ivs, mediaconnect, medialive, objects, parameters
from shared.gateways.known_flows import KnownFlow, forget, known_flows, note_look, note_use
from shared.gateways.mediaconnect import SeenFlow
from shared.runtime.orphans import FLOW_KEPT_FOR, Look, look_around
from tests.unit.domain_objects import FLOW_ARN, SESSION
from tests.unit.table_on_moto import NOON, Hands, empty_table

OTHER = FLOW_ARN.replace("main-stage", "other")
DAY = FLOW_KEPT_FOR.total_seconds()


class Flows:
    """The flows that there are, by ARN with their outputs' names; in which order they were asked for."""

    def __init__(self) -> None:
        self.there: dict[str, list[str]] = {FLOW_ARN: [], OTHER: []}
        self.refused: set[str] = set()
        self.asked: list[str] = []

    def describe(self, flow_arn: str) -> SeenFlow:
        self.asked.append(flow_arn)
        if flow_arn in self.refused:
            raise NotPermitted("DescribeFlow")
        if flow_arn not in self.there:
            raise FlowNotFound(flow_arn)
        outputs = [{"Name": name, "OutputArn": f"arn:{name}"} for name in self.there[flow_arn]]
        return SeenFlow.model_validate({"FlowArn": flow_arn, "Outputs": outputs})


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    with empty_table(monkeypatch) as hands:
        yield hands


@pytest.fixture
def flows(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> Flows:
    """All other lists are empty."""
    found = Flows()
    monkeypatch.setattr(mediaconnect, "describe_flow", found.describe)
    for module, name in (
        (medialive, "list_channels"),
        (medialive, "list_inputs"),
        (medialive, "list_security_groups"),
        (ivs, "list_channels"),
        (objects, "unfinished_uploads"),
    ):
        monkeypatch.setattr(module, name, lambda: iter(()))
    monkeypatch.setattr(parameters, "secrets_below", lambda path: ())
    return found


def look(now: datetime) -> Look:
    """With time for all that there is."""
    return look_around(now, now + timedelta(hours=1))


def arns() -> list[str]:
    return [one.flow_arn for one in known_flows()]


def test_a_flow_is_known_from_its_first_use_on(hands: Hands, flows: Flows) -> None:
    flows.there[FLOW_ARN] = [flow_output_name("dev", SESSION, "main", 0), "theirs", "onair-dev-nobody-0"]
    assert look(NOON).seen == ()
    note_use(FLOW_ARN, NOON)
    (seen,) = look(NOON).seen
    assert (seen.session_id, seen.place) == (SESSION, FLOW_ARN)


def test_a_flow_that_nobody_has_used_for_a_day_is_forgotten(hands: Hands, flows: Flows) -> None:
    note_use(FLOW_ARN, NOON)
    look(hands.forward(DAY))
    assert arns() == [FLOW_ARN]
    look(hands.forward(1))
    assert arns() == []


def test_a_flow_with_an_output_of_ours_is_never_forgotten(hands: Hands, flows: Flows) -> None:
    flows.there[FLOW_ARN] = [flow_output_name("dev", SESSION, "main", 0)]
    note_use(FLOW_ARN, NOON)
    assert len(look(hands.forward(30 * DAY)).seen) == 1
    assert arns() == [FLOW_ARN]


def test_a_flow_that_its_owner_has_deleted_is_forgotten(hands: Hands, flows: Flows) -> None:
    note_use(FLOW_ARN, NOON)
    del flows.there[FLOW_ARN]
    assert look(NOON).unseen == ()
    assert arns() == []


def test_a_flow_that_may_not_be_looked_at_is_told_and_kept(hands: Hands, flows: Flows) -> None:
    note_use(FLOW_ARN, NOON)
    note_use(OTHER, NOON)
    flows.refused.add(FLOW_ARN)
    (unseen,) = look(hands.forward(30 * DAY)).unseen
    assert unseen.place == FLOW_ARN
    assert arns() == [FLOW_ARN]


def test_the_flow_that_was_not_looked_at_for_longest_is_the_first(hands: Hands, flows: Flows) -> None:
    """If the service can't take them all at once, each has its turn."""
    for index, arn in enumerate((FLOW_ARN, OTHER)):
        note_use(arn, NOON)
        look(NOON + timedelta(minutes=index))
    flows.asked.clear()
    note_look(next(one for one in known_flows() if one.flow_arn == FLOW_ARN), NOON + timedelta(hours=1))
    look(NOON + timedelta(hours=2))
    assert flows.asked == [OTHER, FLOW_ARN]


def test_a_flow_that_comes_into_use_while_it_is_forgotten_stays_known(hands: Hands) -> None:
    note_use(FLOW_ARN, NOON)
    (before,) = known_flows()
    note_use(FLOW_ARN, NOON + timedelta(days=2))
    forget(before)
    assert arns() == [FLOW_ARN]
    forget(known_flows()[0])
    note_look(KnownFlow(flow_arn=FLOW_ARN, used_at=NOON), NOON)
    assert arns() == []
