"""A plan is what will exist, by names that are always the same and never another session's."""

from __future__ import annotations

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain import names
from shared.domain.names import ID_PATTERN
from shared.domain.plan import plan_resources
from shared.domain.session import channel_key, flow_output_key, input_key
from shared.domain.session_spec import parse_spec
from tests.unit.domain_objects import SESSION, a_destination, a_request

ids = st.from_regex(ID_PATTERN, fullmatch=True).filter(lambda one: "\n" not in one)
session_ids = st.builds(names.new_session_id)


def test_a_destination_has_an_input_a_channel_and_an_output_for_each_pipeline() -> None:
    plan = plan_resources(
        "dev",
        SESSION,
        parse_spec(
            a_request(
                a_destination(), {"platform": "youtube", "channel_class": "STANDARD", "stream_key": "example-not-real"}
            )
        ),
    )
    assert [channel.destination_id for channel in plan.channels] == ["main", "youtube"]
    assert plan.channel("main").flow_output_names == (f"onair-dev-{SESSION}-main-0",)
    assert plan.channel("youtube").flow_output_names == (
        f"onair-dev-{SESSION}-youtube-0",
        f"onair-dev-{SESSION}-youtube-1",
    )
    assert plan.channel("youtube").channel_name == plan.channel("youtube").input_name == f"onair-dev-{SESSION}-youtube"
    assert plan.needs().model_dump() == {"push_inputs": 2, "channels": 2, "flow_outputs": 3}
    with pytest.raises(KeyError):
        plan.channel("twitch")


def test_the_same_spec_always_gives_the_same_plan() -> None:
    spec = parse_spec(a_request(a_destination(), a_destination(id="two")))
    assert plan_resources("dev", SESSION, spec) == plan_resources("dev", SESSION, spec)


@settings(deadline=None)
@given(ids, session_ids, st.sampled_from(["dev", "prod"]))
def test_whatever_is_named_is_letters_digits_and_hyphens(destination: str, session: str, stage: str) -> None:
    name = names.branch_name(stage, session, destination)
    for made in (
        name,
        names.flow_output_name(stage, session, destination, 1),
        names.request_id(name, "channel", 3),
        names.execution_name(session, 3, "provision"),
    ):
        assert re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?", made)
        assert len(made) <= 80, "Step Functions' limit for the name of an execution; the others take more"


@settings(deadline=None)
@given(st.lists(ids, min_size=2, max_size=4, unique=True), st.lists(session_ids, min_size=2, max_size=3, unique=True))
def test_no_two_things_of_a_kind_have_the_same_name(destinations: list[str], sessions: list[str]) -> None:
    everything = list(product(sessions, destinations))
    branches = [names.branch_name("dev", session, one) for session, one in everything]
    outputs = [names.flow_output_name("dev", *each, pipeline) for each in everything for pipeline in (0, 1)]
    requests = [
        names.request_id(one, kind, number) for one in branches for kind in ("input", "channel") for number in (1, 2)
    ]
    for made in (branches, outputs, requests):
        assert len(set(made)) == len(made)


def test_the_keys_of_the_ledger_are_of_a_destination_and_a_kind() -> None:
    assert (input_key("a"), channel_key("a"), flow_output_key("a", 1)) == ("a/input", "a/channel", "a/flow-output-1")


def test_a_session_id_is_drawn_at_random_without_look_alikes() -> None:
    drawn = {names.new_session_id() for _ in range(500)}
    assert len(drawn) == 500
    assert all(re.fullmatch(r"s-[a-hjkmnp-tv-z0-9]{12}", one) for one in drawn)


def test_a_request_id_is_the_same_in_a_retry_and_another_in_the_next_operation() -> None:
    assert names.request_id("n", "input", 1) == names.request_id("n", "input", 1)
    assert names.request_id("n", "input", 1) != names.request_id("n", "input", 2)


def test_a_secrets_parameter_is_below_the_stage_and_the_session() -> None:
    assert names.parameter_name("dev", SESSION, "main", "stream-key") == f"/onair/dev/{SESSION}/main/stream-key"


def test_whose_an_execution_is_is_told_by_its_name() -> None:
    session = names.new_session_id()
    assert names.session_of(names.execution_name(session, 12, "start_streaming")) == session
    assert names.finalized_by(names.finalizing_name(session, "r001", 3)) == (session, "r001", 3)
    assert names.finalized_by(names.execution_name(session, 12, "start_streaming")) is None


def test_tags_say_whose_it_is() -> None:
    assert names.session_tags("dev", SESSION) == {"onair:stage": "dev", "onair:session": SESSION}
    assert names.security_group_tags("dev", 2) == {"onair:stage": "dev", "onair:security-group": "2"}
