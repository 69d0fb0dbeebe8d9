"""The simulator takes what people really send, and gives it back on describe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.contract.simulator_corpus import CHANNELS, INPUTS, Kind, Request
from tests.contract.simulator_stand import Stand, served


@pytest.fixture
def stand() -> Iterator[Stand]:
    with served() as stand:
        yield stand


@pytest.fixture
def group(stand: Stand) -> str:
    made = stand.medialive.create_input_security_group(WhitelistRules=[{"Cidr": "0.0.0.0/0"}])
    return str(made["SecurityGroup"]["Id"])


def make_input(stand: Stand, kind: str, group: str, name: str = "an-input") -> dict[str, Any]:
    request: Request = {"Name": name, **INPUTS[kind]}
    if "InputSecurityGroups" in request:
        request["InputSecurityGroups"] = [group]
    made: dict[str, Any] = stand.medialive.create_input(**request)["Input"]
    return made


@pytest.mark.parametrize("kind", INPUTS)
def test_an_input_of_each_kind_is_made_and_described(stand: Stand, group: str, kind: str) -> None:
    made = make_input(stand, kind, group)
    stand.passes(3)
    found = stand.medialive.describe_input(InputId=made["Id"])
    assert (found["State"], found["Type"], found["Name"]) == ("DETACHED", INPUTS[kind]["Type"], "an-input")
    for name in ("Sources", "MediaConnectFlows", "InputDevices", "SrtSettings"):
        assert found.get(name) == INPUTS[kind].get(name)


@pytest.mark.parametrize("kind", CHANNELS.values(), ids=CHANNELS.keys())
def test_a_channel_of_each_kind_is_made_and_given_back_as_it_was_sent(stand: Stand, group: str, kind: Kind) -> None:
    inputs = [make_input(stand, name, group)["Id"] for name in kind.inputs]
    request = {"Name": "a-channel", **kind.build(inputs)}
    made = stand.medialive.create_channel(**request)["Channel"]
    stand.passes(8)
    found = stand.medialive.describe_channel(ChannelId=made["Id"])
    assert found["State"] == "IDLE"
    for name in ("Name", "RoleArn", "InputSpecification", "InputAttachments", "Destinations", "EncoderSettings"):
        assert found[name] == request[name]
    assert found["ChannelClass"] == request.get("ChannelClass", "STANDARD")
    assert found["Tags"] == request.get("Tags", {})
    assert len(found["EgressEndpoints"]) == (2 if found["ChannelClass"] == "STANDARD" else 1)
    attached = [stand.medialive.describe_input(InputId=one) for one in inputs]
    assert {one["State"] for one in attached} == {"ATTACHED"}
    assert {tuple(one["AttachedChannels"]) for one in attached} == {(made["Id"],)}


def test_an_accepted_channel_can_be_changed_to_any_other_kind(stand: Stand, group: str) -> None:
    first = make_input(stand, "rtp push", group)["Id"]
    second = make_input(stand, "udp push", group)["Id"]
    made = stand.medialive.create_channel(**CHANNELS["udp with fec"].build([first]))["Channel"]["Id"]
    stand.passes(8)
    wanted = CHANNELS["archive, standard, bare descriptions"].build([second])
    del wanted["ChannelClass"]
    answer = stand.medialive.update_channel(ChannelId=made, Name="changed", **wanted)["Channel"]
    assert answer["State"] == "UPDATING"
    stand.passes(6)
    found = stand.medialive.describe_channel(ChannelId=made)
    assert (found["State"], found["Name"], found["EncoderSettings"]) == ("IDLE", "changed", wanted["EncoderSettings"])
    assert stand.medialive.describe_input(InputId=first)["State"] == "DETACHED"
    assert stand.medialive.describe_input(InputId=second)["State"] == "ATTACHED"
    assert stand.states() == ["CREATED"], "no event says UPDATING"
