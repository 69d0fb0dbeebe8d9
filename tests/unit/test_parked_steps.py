"""A parked step: the token first, then a look; and whoever looks next decides by the channel, not by the event."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from shared.domain.session import DestinationState, DestinationStatus, ResourceState
from shared.gateways import executions, ledger, medialive, parking, sessions
from tasks.triggers.channel_state_changed import handler as channel_state_changed
from tasks.waiting.await_channel import handler as await_channel
from tests.unit.domain_objects import SESSION, a_channel_row, a_record
from tests.unit.table_on_moto import Hands, empty_table

CHANNEL = "1234567"
EVENT = {"detail": {"channel_arn": f"arn:aws:medialive:eu-west-1:111122223333:channel:{CHANNEL}", "state": "RUNNING"}}


class World:
    """The channel as MediaLive would describe it, and what Step Functions was told."""

    def __init__(self, hands: Hands) -> None:
        self.hands = hands
        self.entered: dict[str, datetime] = {}
        self.state = "IDLE"
        self.woken: list[tuple[str, str]] = []
        self.described_before_parking = False

    def describe(self, channel_id: str) -> medialive.SeenChannel:
        assert channel_id == CHANNEL
        self.described_before_parking |= not parking.parked(CHANNEL)
        return medialive.SeenChannel.model_validate({"Id": CHANNEL, "State": self.state})

    def resume(self, token: str, output: Any) -> None:
        self.woken.append((token, "resumed"))

    def fail(self, token: str, error: str, cause: str) -> None:
        self.woken.append((token, error))

    def park(self, wanted: str, attempt: int = 0) -> str:
        token = f"token-{wanted}-{attempt}"
        await_channel(
            {
                "session_id": SESSION,
                "operation": 1,
                "destination_id": "main",
                "wanted": wanted,
                "attempt": attempt,
                "since": self.entered.setdefault(wanted, self.hands.moment).isoformat(),
                "task_token": token,
            },
            None,
        )
        return token


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with empty_table(monkeypatch) as hands:
        world = World(hands)
        monkeypatch.setattr(medialive, "describe_channel", world.describe)
        monkeypatch.setattr(executions, "resume", world.resume)
        monkeypatch.setattr(executions, "fail", world.fail)
        sessions.create(a_record(), (DestinationState(destination_id="main", status=DestinationStatus.IDLE),), None)
        row = a_channel_row("main", "IDLE", ResourceState.CREATED).model_copy(update={"resource_id": CHANNEL})
        ledger.record(SESSION, row)
        parking.set_owner(parking.ChannelOwner(channel_id=CHANNEL, session_id=SESSION, destination_id="main"))
        yield world


def test_a_step_whose_channel_is_there_already_is_resumed_at_once(world: World) -> None:
    token = world.park("created")
    assert world.woken == [(token, "resumed")]
    assert parking.parked(CHANNEL) == ()


def test_the_token_is_stored_before_anybody_looks(world: World) -> None:
    world.park("running")
    assert not world.described_before_parking


def test_an_event_wakes_the_step_once_the_channel_is_there(world: World) -> None:
    token = world.park("running")
    channel_state_changed(EVENT, None)
    assert world.woken == [], "the event says RUNNING, the channel does not: the channel is believed"
    world.state = "RUNNING"
    channel_state_changed(EVENT, None)
    channel_state_changed(EVENT, None)
    assert world.woken == [(token, "resumed")]


def test_a_channel_that_goes_back_to_idle_fails_its_start(world: World) -> None:
    world.state = "STARTING"
    token = world.park("running")
    world.state = "IDLE"
    world.hands.forward(20)
    channel_state_changed(EVENT, None)
    assert world.woken == [(token, "ChannelStartFailed")]


def test_a_lost_event_of_a_failed_start_costs_a_minute_and_not_the_whole_deadline(world: World) -> None:
    world.state = "STARTING"
    world.park("running", attempt=0)
    world.state = "IDLE"  # and the event that says so is lost
    world.hands.forward(60)
    token = world.park("running", attempt=1)
    assert world.woken == [(token, "ChannelStartFailed")]


def test_an_event_of_a_channel_that_is_not_ours_is_left_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(medialive, "describe_channel", lambda _: pytest.fail("it was described"))
    other = {"detail": {"channel_arn": "arn:aws:medialive:eu-west-1:111122223333:channel:7654321"}}
    events: list[dict[str, Any]] = [other, {}, {"detail": {}}, {"detail": {"channelArn": "x"}}]
    for event in events:
        channel_state_changed(event, None)
    assert world.woken == []


def test_a_straggling_attempt_does_not_look_for_the_one_that_followed(world: World) -> None:
    world.park("running", attempt=1)
    world.state = "RUNNING"
    world.park("running", attempt=0)
    assert world.woken == []
    assert [step.token for step in parking.parked(CHANNEL)] == ["token-running-1"]


def test_what_is_seen_is_noted_for_whoever_watches(world: World) -> None:
    world.state = "STARTING"
    channel_state_changed(EVENT, None)
    assert sessions.view(SESSION).resources[0].observed == "STARTING"
