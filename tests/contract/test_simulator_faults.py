"""Faults that are scripted: channels that fail, stick, stop by themselves, or are refused by name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.simulator import Simulator
from tests.contract.simulator_corpus import rtmp
from tests.contract.simulator_stand import Stand, refused, served

ENOUGH = 601.0


@pytest.fixture
def stand() -> Iterator[Stand]:
    with served() as stand:
        yield stand


def make_channel(stand: Stand, name: str) -> str:
    group = stand.medialive.create_input_security_group(WhitelistRules=[{"Cidr": "0.0.0.0/0"}])["SecurityGroup"]["Id"]
    found = stand.medialive.create_input(Type="RTP_PUSH", InputSecurityGroups=[group])["Input"]["Id"]
    return str(stand.medialive.create_channel(Name=name, **rtmp([found]))["Channel"]["Id"])


def state(stand: Stand, channel: str) -> str:
    return str(stand.medialive.describe_channel(ChannelId=channel)["State"])


def test_a_create_fails_once_and_the_wreck_can_be_deleted(stand: Stand) -> None:
    stand.simulator.fail_channel("*-youtube", on="create")
    first, other = make_channel(stand, "show-youtube"), make_channel(stand, "show-twitch")
    again = make_channel(stand, "show-youtube")
    stand.passes(8)
    assert [state(stand, one) for one in (first, other, again)] == ["CREATE_FAILED", "IDLE", "IDLE"]
    assert stand.states() == ["CREATED", "CREATED"], "nothing is known to announce a failed create"
    stand.medialive.delete_channel(ChannelId=first)
    stand.passes(30)
    assert state(stand, first) == "DELETED"


def test_a_start_fails_back_to_idle_and_the_next_one_works(stand: Stand) -> None:
    stand.simulator.fail_channel("show", on="start", message="Insufficient capacity")
    made = make_channel(stand, "show")
    stand.passes(8)
    stand.medialive.start_channel(ChannelId=made)
    stand.passes(ENOUGH)
    assert state(stand, made) == "IDLE"
    assert stand.states() == ["CREATED", "STARTING", "STOPPED"]
    assert stand.events[-1]["detail"]["message"] == "Insufficient capacity"
    stand.medialive.start_channel(ChannelId=made)
    stand.passes(ENOUGH)
    assert state(stand, made) == "RUNNING"


def test_a_running_channel_stops_by_itself(stand: Stand) -> None:
    stand.simulator.fail_channel("show", on="run", message="Output lost", after=100)
    made = make_channel(stand, "show")
    stand.passes(8)
    stand.medialive.start_channel(ChannelId=made)
    while state(stand, made) != "RUNNING":
        stand.passes(1)
    stand.passes(95)
    assert state(stand, made) == "RUNNING"
    stand.passes(6)
    assert state(stand, made) == "RECOVERING"
    stand.passes(20)
    assert state(stand, made) == "IDLE"
    assert stand.states() == ["CREATED", "STARTING", "RUNNING", "STOPPED"]


def test_a_channel_that_is_stopped_in_time_does_not_break_later(stand: Stand) -> None:
    stand.simulator.fail_channel("show", on="run", after=100)
    made = make_channel(stand, "show")
    stand.passes(8)
    stand.medialive.start_channel(ChannelId=made)
    while state(stand, made) != "RUNNING":
        stand.passes(1)
    stand.medialive.stop_channel(ChannelId=made)
    stand.passes(2 * ENOUGH)
    assert stand.states() == ["CREATED", "STARTING", "RUNNING", "STOPPING", "STOPPED"]


@pytest.mark.parametrize("stuck", ["CREATING", "STARTING", "STOPPING", "DELETING"])
def test_a_channel_sticks_until_it_is_released(stand: Stand, stuck: str) -> None:
    stand.simulator.stick_channel("show", stuck)  # type: ignore[arg-type]
    made = make_channel(stand, "show")
    steps = {
        "CREATING": (lambda: None, "IDLE"),
        "STARTING": (lambda: stand.medialive.start_channel(ChannelId=made), "RUNNING"),
        "STOPPING": (lambda: stand.medialive.stop_channel(ChannelId=made), "IDLE"),
        "DELETING": (lambda: stand.medialive.delete_channel(ChannelId=made), "DELETED"),
    }
    stand.passes(ENOUGH)
    if stuck == "STOPPING":
        stand.medialive.start_channel(ChannelId=made)
        stand.passes(ENOUGH)
    act, then = steps[stuck]
    act()
    stand.passes(100 * ENOUGH)
    assert state(stand, made) == stuck
    stand.simulator.release_channels()
    stand.passes(ENOUGH)
    assert state(stand, made) == then


def test_a_channel_stuck_in_starting_can_still_be_stopped(stand: Stand) -> None:
    stand.simulator.stick_channel("show", "STARTING")
    made = make_channel(stand, "show")
    stand.passes(8)
    stand.medialive.start_channel(ChannelId=made)
    stand.medialive.stop_channel(ChannelId=made)
    stand.simulator.release_channels()
    stand.passes(2 * ENOUGH)
    assert state(stand, made) == "IDLE"


def test_channels_of_a_name_are_refused_until_further_notice(stand: Stand) -> None:
    words = "outputGroups[0].outputs[0] StreamName is not valid"
    stand.simulator.reject_channel("*-facebook", words)
    for _ in range(2):
        with refused("UnprocessableEntityException", words):
            make_channel(stand, "show-facebook")
    make_channel(stand, "show-twitch")
    stand.simulator.reject_channel("*-twitch", "no", code="ForbiddenException", count=1)
    with refused("ForbiddenException", "no"):
        make_channel(stand, "show-twitch")
    make_channel(stand, "show-twitch")


def test_a_script_that_makes_no_sense_is_refused_at_once(stand: Stand) -> None:
    simulator: Simulator = stand.simulator
    with pytest.raises(ValueError, match="create, start or run"):
        simulator.fail_channel("*", on="delete")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="sticks in one of"):
        simulator.stick_channel("*", "IDLE")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="unknown error code"):
        simulator.reject_channel("*", "no", code="NoSuchException")
