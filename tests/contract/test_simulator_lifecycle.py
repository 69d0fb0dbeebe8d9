"""States over time: what follows what, what is legal when, which events say so, and what stays after a delete."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.simulator import Duration
from tests.contract.simulator_corpus import rtmp, several_rtmp
from tests.contract.simulator_stand import Stand, refused, served

ENOUGH = 601.0  # seconds for any transition, tails included


@pytest.fixture
def stand() -> Iterator[Stand]:
    with served() as stand:
        yield stand


def make_group(stand: Stand) -> str:
    made = stand.medialive.create_input_security_group(WhitelistRules=[{"Cidr": "203.0.113.7/32"}])
    return str(made["SecurityGroup"]["Id"])


def make_input(stand: Stand, group: str | None = None) -> str:
    groups = [group or make_group(stand)]
    return str(stand.medialive.create_input(Type="RTP_PUSH", Name="in", InputSecurityGroups=groups)["Input"]["Id"])


def make_channel(stand: Stand, name: str = "a-channel", wait: bool = True) -> str:
    made = stand.medialive.create_channel(Name=name, **rtmp([make_input(stand)]))["Channel"]["Id"]
    if wait:
        stand.passes(8)
    return str(made)


def channel(stand: Stand, identity: str) -> dict[str, Any]:
    found: dict[str, Any] = stand.medialive.describe_channel(ChannelId=identity)
    return found


def input_state(stand: Stand, identity: str) -> str:
    return str(stand.medialive.describe_input(InputId=identity)["State"])


def test_a_channel_goes_on_air_and_comes_off_again(stand: Stand) -> None:
    made = make_channel(stand, wait=False)
    assert channel(stand, made)["State"] == "CREATING"
    stand.passes(8)
    assert channel(stand, made)["State"] == "IDLE"
    assert stand.medialive.start_channel(ChannelId=made)["State"] == "STARTING"
    stand.passes(59)
    assert channel(stand, made)["State"] == "STARTING"
    stand.passes(ENOUGH)
    running = channel(stand, made)
    assert (running["State"], running["PipelinesRunningCount"]) == ("RUNNING", 1)
    assert [pipeline["PipelineId"] for pipeline in running["PipelineDetails"]] == ["0"]
    attachment = running["InputAttachments"][0]["InputAttachmentName"]
    assert running["PipelineDetails"][0]["ActiveInputAttachmentName"] == attachment
    assert stand.medialive.stop_channel(ChannelId=made)["State"] == "STOPPING"
    stand.passes(ENOUGH)
    assert channel(stand, made)["State"] == "IDLE"
    assert stand.medialive.delete_channel(ChannelId=made)["State"] == "DELETING"
    stand.passes(30)
    assert channel(stand, made)["State"] == "DELETED"
    assert stand.states() == ["CREATED", "STARTING", "RUNNING", "STOPPING", "STOPPED", "DELETED"]


def test_an_event_has_exactly_the_shape_that_the_service_sends(stand: Stand) -> None:
    made = make_channel(stand)
    arn = f"arn:aws:medialive:eu-west-1:111122223333:channel:{made}"
    event = dict(stand.events[0])
    assert event.pop("id")
    assert event == {
        "version": "0",
        "detail-type": "MediaLive Channel State Change",
        "source": "aws.medialive",
        "account": "111122223333",
        "time": event["time"],
        "region": "eu-west-1",
        "resources": [arn],
        "detail": {
            "channel_arn": arn,
            "state": "CREATED",
            "message": "Created channel",
            "pipelines_running_count": 0,
        },
    }
    assert event["time"].startswith("2026-01-01T00:00:0") and event["time"].endswith("Z")


def test_a_standard_channel_runs_two_pipelines(stand: Stand) -> None:
    made = stand.medialive.create_channel(**several_rtmp([make_input(stand)]))["Channel"]["Id"]
    stand.passes(8)
    stand.medialive.start_channel(ChannelId=made)
    stand.passes(ENOUGH)
    assert channel(stand, made)["PipelinesRunningCount"] == 2
    assert len(channel(stand, made)["PipelineDetails"]) == 2
    counts = [event["detail"]["pipelines_running_count"] for event in stand.events]
    assert counts == [0, 0, 2]


def test_what_is_illegal_in_a_state_is_a_conflict(stand: Stand) -> None:
    made = make_channel(stand, wait=False)
    client = stand.medialive
    with refused("ConflictException"):
        client.start_channel(ChannelId=made)
    with refused("ConflictException"):
        client.delete_channel(ChannelId=made)
    stand.passes(8)
    with refused("ConflictException"):
        client.stop_channel(ChannelId=made)
    client.start_channel(ChannelId=made)
    with refused("ConflictException"):
        client.start_channel(ChannelId=made)
    unstopped = "Cannot delete a channel that has not been stopped yet. Please stop the channel"
    with refused("ConflictException", unstopped):
        client.delete_channel(ChannelId=made)
    stand.passes(ENOUGH)
    with refused("ConflictException", unstopped):
        client.delete_channel(ChannelId=made)
    with refused("ConflictException"):
        client.update_channel(ChannelId=made, Name="new")
    client.stop_channel(ChannelId=made)
    with refused("ConflictException"):
        client.stop_channel(ChannelId=made)


def test_a_channel_can_be_stopped_while_it_starts(stand: Stand) -> None:
    made = make_channel(stand)
    stand.medialive.start_channel(ChannelId=made)
    stand.passes(10)
    stand.medialive.stop_channel(ChannelId=made)
    stand.passes(2 * ENOUGH)
    assert channel(stand, made)["State"] == "IDLE"
    assert stand.states() == ["CREATED", "STARTING", "STOPPING", "STOPPED"], "the start that was under way is over"


def test_the_deleted_stay_readable_and_may_be_deleted_again(stand: Stand) -> None:
    made = make_channel(stand)
    found = channel(stand, made)["InputAttachments"][0]["InputId"]
    group = stand.medialive.describe_input(InputId=found)["SecurityGroups"][0]
    stand.medialive.delete_channel(ChannelId=made)
    assert input_state(stand, found) == "ATTACHED", "released only when the channel is DELETED"
    stand.passes(30)
    assert input_state(stand, found) == "DETACHED"
    stand.medialive.delete_input(InputId=found)
    assert input_state(stand, found) == "DELETING"
    stand.passes(1.5)
    assert input_state(stand, found) == "DELETED"
    stand.medialive.delete_input_security_group(InputSecurityGroupId=group)
    again = stand.medialive
    assert again.delete_channel(ChannelId=made)["State"] == "DELETED"
    again.delete_input(InputId=found)
    again.delete_input_security_group(InputSecurityGroupId=group)
    assert again.describe_input_security_group(InputSecurityGroupId=group)["State"] == "DELETED"
    assert again.list_channels()["Channels"] == again.list_inputs()["Inputs"] == []
    assert again.list_input_security_groups()["InputSecurityGroups"] == []
    assert stand.simulator.inventory() == []


def test_what_never_was_is_not_found(stand: Stand) -> None:
    client = stand.medialive
    for call, parameter in (
        (client.describe_channel, "ChannelId"),
        (client.start_channel, "ChannelId"),
        (client.stop_channel, "ChannelId"),
        (client.delete_channel, "ChannelId"),
        (client.update_channel, "ChannelId"),
        (client.list_alerts, "ChannelId"),
        (client.describe_input, "InputId"),
        (client.delete_input, "InputId"),
        (client.update_input, "InputId"),
        (client.describe_input_security_group, "InputSecurityGroupId"),
        (client.update_input_security_group, "InputSecurityGroupId"),
        (client.delete_input_security_group, "InputSecurityGroupId"),
    ):
        with refused("NotFoundException"):
            call(**{parameter: "424242"})


def test_an_input_is_created_detached_attached_and_not_deletable_meanwhile(stand: Stand) -> None:
    group = make_group(stand)
    made = stand.medialive.create_input(Type="RTP_PUSH", InputSecurityGroups=[group])["Input"]
    assert (made["State"], made["AttachedChannels"]) == ("CREATING", [])
    with refused("ConflictException"):
        stand.medialive.delete_input(InputId=made["Id"])
    stand.passes(3)
    assert input_state(stand, made["Id"]) == "DETACHED"
    owner = stand.medialive.create_channel(**rtmp([made["Id"]]))["Channel"]["Id"]
    found = stand.medialive.describe_input(InputId=made["Id"])
    assert (found["State"], found["AttachedChannels"]) == ("ATTACHED", [owner])
    with refused("ConflictException"):
        stand.medialive.delete_input(InputId=made["Id"])


def test_push_inputs_have_endpoints_from_the_start(stand: Stand) -> None:
    group = make_group(stand)
    rtp = stand.medialive.create_input(Type="RTP_PUSH", InputSecurityGroups=[group])["Input"]
    first, second = rtp["Destinations"]
    assert first == {"Ip": first["Ip"], "Port": "5000", "Url": f"rtp://{first['Ip']}:5000"}
    assert first["Ip"] != second["Ip"] and rtp["InputClass"] == "STANDARD"
    rtmp_input = stand.medialive.create_input(
        Type="RTMP_PUSH", InputSecurityGroups=[group], Destinations=[{"StreamName": "live/show"}]
    )["Input"]
    (only,) = rtmp_input["Destinations"]
    assert (only["Port"], only["Url"]) == ("1935", f"rtmp://{only['Ip']}:1935/live/show")
    assert rtmp_input["InputClass"] == "SINGLE_PIPELINE"
    changed = stand.medialive.update_input(InputId=rtmp_input["Id"], Destinations=[{"StreamName": "live/other"}])
    assert changed["Input"]["Destinations"][0]["Url"] == f"rtmp://{only['Ip']}:1935/live/other"


def test_a_security_group_is_in_use_while_an_input_lives(stand: Stand) -> None:
    group = make_group(stand)

    def described() -> tuple[str, list[str]]:
        found = stand.medialive.describe_input_security_group(InputSecurityGroupId=group)
        return found["State"], found["Inputs"]

    assert described() == ("IDLE", [])
    found = make_input(stand, group)
    assert described() == ("IN_USE", [found])
    stand.passes(3)
    words = f"Input Security Group {group} cannot be deleted because it is still being used by inputs."
    with refused("ConflictException", words):
        stand.medialive.delete_input_security_group(InputSecurityGroupId=group)
    rules = [{"Cidr": "203.0.113.8/32"}, {"Cidr": "203.0.113.9/32"}]
    answer = stand.medialive.update_input_security_group(InputSecurityGroupId=group, WhitelistRules=rules)
    assert answer["SecurityGroup"]["WhitelistRules"] == rules, "the list replaces the old one"
    stand.medialive.delete_input(InputId=found)
    stand.passes(2)
    assert described() == ("IDLE", [])
    stand.medialive.delete_input_security_group(InputSecurityGroupId=group)


def test_batch_operations_fail_one_by_one_inside_an_answer_that_succeeds(stand: Stand) -> None:
    first, second = make_channel(stand, "one"), make_channel(stand, "two")
    started = stand.medialive.batch_start(ChannelIds=[first, "424242"])
    assert [entry["Id"] for entry in started["Successful"]] == [first]
    assert started["Successful"][0]["State"] == "STARTING"
    assert [(entry["Id"], entry["Code"]) for entry in started["Failed"]] == [("424242", "NotFoundException")]
    stand.passes(ENOUGH)
    deleted = stand.medialive.batch_delete(ChannelIds=[first, second], InputIds=["424242"])
    assert [entry["Id"] for entry in deleted["Successful"]] == [second]
    assert [entry["Code"] for entry in deleted["Failed"]] == ["ConflictException", "NotFoundException"]
    stopped = stand.medialive.batch_stop(ChannelIds=[first, second])
    assert [entry["Id"] for entry in stopped["Successful"]] == [first]


def test_alerts_are_events_and_a_list(stand: Stand) -> None:
    made = make_channel(stand)
    arn = channel(stand, made)["Arn"]
    alert = stand.simulator.raise_alert(made, "RTMP Has No Audio/Video", "Waiting for RTMP input")
    (listed,) = stand.medialive.list_alerts(ChannelId=made)["Alerts"]
    assert (listed["State"], listed["AlertType"], listed["Id"]) == ("SET", "RTMP Has No Audio/Video", alert)
    stand.passes(5)
    stand.simulator.clear_alert(alert)
    assert stand.medialive.list_alerts(ChannelId=made, StateFilter="SET")["Alerts"] == []
    (listed,) = stand.medialive.list_alerts(ChannelId=made, StateFilter="CLEARED")["Alerts"]
    assert (listed["ClearedTimestamp"] - listed["SetTimestamp"]).total_seconds() == 5
    alerts = [event for event in stand.events if event["detail-type"] == "MediaLive Channel Alert"]
    detail = {
        "alarm_state": "SET",
        "alarm_id": alert,
        "alert_type": "RTMP Has No Audio/Video",
        "pipeline": "0",
        "channel_arn": arn,
        "message": "Waiting for RTMP input",
    }
    assert [event["detail"] for event in alerts] == [detail, {**detail, "alarm_state": "CLEARED"}]
    assert alerts[0]["resources"] == [arn]


def test_regions_know_nothing_of_each_other(stand: Stand) -> None:
    make_group(stand)
    abroad = stand.client("medialive", "us-east-1")
    assert abroad.list_input_security_groups()["InputSecurityGroups"] == []
    made = abroad.create_input_security_group(WhitelistRules=[{"Cidr": "0.0.0.0/0"}])["SecurityGroup"]
    assert made["Arn"] == f"arn:aws:medialive:us-east-1:111122223333:inputSecurityGroup:{made['Id']}"
    assert made["Id"].isdigit() and 6 <= len(made["Id"]) <= 7


def test_the_same_seed_and_names_make_the_same_times_and_ids() -> None:
    def run() -> list[tuple[Any, ...]]:
        with served() as stand:
            made = make_channel(stand)
            stand.medialive.start_channel(ChannelId=made)
            stand.passes(ENOUGH)
            return [(event["time"], event["id"], event["resources"]) for event in stand.events]

    assert run() == run()


def test_the_log_has_every_call_and_every_change_of_state(stand: Stand) -> None:
    made = make_channel(stand)
    with refused("ConflictException"):
        stand.medialive.stop_channel(ChannelId=made)
    log = stand.simulator.log()
    calls = [(entry.operation, entry.outcome) for entry in log if hasattr(entry, "operation")]
    assert calls[-2:] == [("CreateChannel", "OK"), ("StopChannel", "ConflictException")]
    moves = [entry.state for entry in log if hasattr(entry, "state") and entry.id == made]
    assert moves == ["CREATING", "IDLE"]


def test_reset_forgets_everything_and_what_was_under_way(stand: Stand) -> None:
    make_channel(stand, wait=False)
    stand.simulator.seed_flow()
    stand.simulator.reset()
    assert stand.simulator.inventory() == []
    stand.passes(ENOUGH)
    assert stand.events == []


def test_a_start_now_and_then_takes_as_long_as_the_tail_says(stand: Stand) -> None:
    stand.simulator.settings.durations.channel_start = Duration(low=1, high=2, tail=600, tail_probability=1)
    made = make_channel(stand)
    stand.medialive.start_channel(ChannelId=made)
    stand.passes(2)
    assert channel(stand, made)["State"] == "STARTING"
    stand.passes(ENOUGH)
    assert channel(stand, made)["State"] == "RUNNING"
