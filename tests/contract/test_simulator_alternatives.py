"""What nobody could establish: each alternative does what the table says, and the table is the model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from infra.local.simulator import Alternatives
from infra.local.simulator.alternatives import table
from tests.contract.simulator_corpus import INPUTS, rtmp, several_rtmp
from tests.contract.simulator_stand import Stand, refused, served

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "simulator.md"
ENOUGH = 601.0


@pytest.fixture
def stand() -> Iterator[Stand]:
    with served() as stand:
        yield stand


def make_group(stand: Stand) -> str:
    made = stand.medialive.create_input_security_group(WhitelistRules=[{"Cidr": "0.0.0.0/0"}])
    return str(made["SecurityGroup"]["Id"])


def make_input(stand: Stand, group: str | None = None, **more: Any) -> str:
    groups = [group or make_group(stand)]
    return str(stand.medialive.create_input(Type="RTP_PUSH", InputSecurityGroups=groups, **more)["Input"]["Id"])


def make_channel(stand: Stand, name: str = "a-channel") -> str:
    made = stand.medialive.create_channel(Name=name, **rtmp([make_input(stand)]))["Channel"]["Id"]
    stand.passes(8)
    return str(made)


def test_the_page_lists_every_alternative_as_the_model_has_it() -> None:
    assert table() in PAGE.read_text(encoding="utf-8"), f"put this into {PAGE.name}:\n{table()}"


def test_every_row_names_its_default_its_alternatives_and_a_reason() -> None:
    rows = [row.strip("| ").split(" | ") for row in table().splitlines()[2:]]
    assert [row[0].strip("`") for row in rows] == list(Alternatives.model_fields)
    assert all(len(row) == 4 and all(row) for row in rows)


def test_a_choice_that_is_none_is_refused() -> None:
    with pytest.raises(ValidationError):
        Alternatives(stop_of_idle="maybe")  # type: ignore[arg-type]
    with pytest.raises(ValidationError):
        Alternatives(list_lag=-1)
    with pytest.raises(ValidationError, match="frozen"):
        Alternatives().list_lag = 1.0  # type: ignore[misc]


def test_request_ids_may_be_refused_or_ignored(stand: Stand) -> None:
    group = make_group(stand)
    stand.set_alternatives(request_id_replay="refused")
    first = make_input(stand, group, RequestId="r-1")
    with refused("ConflictException"):
        make_input(stand, group, RequestId="r-1")
    stand.set_alternatives(request_id_replay="ignored")
    assert make_input(stand, group, RequestId="r-1") != first


def test_create_channel_may_require_more_or_nothing(stand: Stand) -> None:
    request = rtmp([make_input(stand)])
    del request["RoleArn"], request["InputSpecification"]
    stand.set_alternatives(unmodelled_required="all")
    with refused("UnprocessableEntityException", "roleArn is required; inputSpecification is required"):
        stand.medialive.create_channel(**request)
    stand.set_alternatives(unmodelled_required="structural")
    stand.medialive.create_channel(**request)
    stand.set_alternatives(unmodelled_required="none")
    stand.medialive.create_channel(Name="nothing at all")


def test_the_codes_of_known_texts_can_be_others(stand: Stand) -> None:
    stand.set_alternatives(
        destination_error="UnprocessableEntityException",
        quota_error="BadRequestException",
        pass_role_error="BadRequestException",
        duplicate_output="ConflictException",
        start_of_creating="BadRequestException",
        attached_input_delete_text="Input is in use",
    )
    found = make_input(stand)
    stand.passes(3)
    request = rtmp([found])
    with refused("UnprocessableEntityException", "Exactly 2 destinations settings required"):
        stand.medialive.create_channel(**{**request, "ChannelClass": "STANDARD"})
    with refused("BadRequestException", "iam:PassRole"):
        stand.medialive.create_channel(**{**request, "RoleArn": "nobody"})
    made = stand.medialive.create_channel(**request)["Channel"]["Id"]
    with refused("BadRequestException"):
        stand.medialive.start_channel(ChannelId=made)
    with refused("ConflictException", "Input is in use"):
        stand.medialive.delete_input(InputId=found)
    stand.simulator.settings.quotas.push_inputs = 1
    with refused("BadRequestException", "Too many push inputs"):
        make_input(stand)
    flow = stand.simulator.seed_flow()
    output = {"Name": "o", "Protocol": "rtp", "Destination": "203.0.113.7", "Port": 5000}
    stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=[output])
    with refused("ConflictException"):
        stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=[output])


def test_inputs_may_be_stricter_or_laxer(stand: Stand) -> None:
    stand.set_alternatives(
        push_input_without_group="accepted",
        mediaconnect_counts_as_push="no",
        single_input_on_standard_channel="refused",
        creating_input_attachable="refused",
        delete_of_creating="ok",
    )
    without = stand.medialive.create_input(Type="RTP_PUSH")["Input"]["Id"]
    with refused("UnprocessableEntityException", "still being created"):
        stand.medialive.create_channel(**rtmp([without]))
    stand.medialive.delete_input(InputId=without)
    stand.passes(3)
    assert stand.medialive.describe_input(InputId=without)["State"] == "DELETED"
    many = [stand.medialive.create_input(**INPUTS["mediaconnect, one flow"])["Input"]["Id"] for _ in range(6)]
    stand.passes(3)
    with refused("UnprocessableEntityException", "a STANDARD channel requires two"):
        stand.medialive.create_channel(**several_rtmp(many[:1]))
    stand.medialive.create_channel(**rtmp(many))


def test_what_create_input_answers_may_differ(stand: Stand) -> None:
    group = make_group(stand)
    stand.set_alternatives(created_input_state="DETACHED")
    ready = stand.medialive.create_input(Type="RTP_PUSH", InputSecurityGroups=[group])["Input"]
    assert (ready["State"], len(ready["Destinations"])) == ("DETACHED", 2)
    stand.set_alternatives(created_input_state="CREATING", endpoints_at_create="later")
    made = stand.medialive.create_input(Type="RTP_PUSH", InputSecurityGroups=[group])["Input"]
    assert made["Destinations"] == []
    stand.passes(3)
    assert len(stand.medialive.describe_input(InputId=made["Id"])["Destinations"]) == 2


def test_a_dry_run_makes_nothing_or_is_ignored(stand: Stand) -> None:
    request = {"Name": "dry", "DryRun": True, **rtmp([make_input(stand)])}
    answer = stand.medialive.create_channel(**request)["Channel"]
    assert "Id" not in answer and answer["Name"] == "dry"
    assert stand.medialive.list_channels()["Channels"] == []
    with refused("BadRequestException"):
        stand.medialive.create_channel(**{**request, "ChannelClass": "STANDARD"})
    stand.set_alternatives(dry_run="ignored")
    made = stand.medialive.create_channel(**request)["Channel"]["Id"]
    stand.passes(8)
    stand.set_alternatives(dry_run="validates")
    assert stand.medialive.update_channel(ChannelId=made, Name="wet", DryRun=True)["Channel"]["Name"] == "wet"
    assert stand.medialive.describe_channel(ChannelId=made)["Name"] == "dry"


def test_calls_at_the_wrong_time_may_be_taken(stand: Stand) -> None:
    stand.set_alternatives(start_of_running="ok", stop_of_idle="ok", delete_of_creating="ok")
    made = make_channel(stand)
    assert stand.medialive.stop_channel(ChannelId=made)["State"] == "IDLE"
    stand.medialive.start_channel(ChannelId=made)
    assert stand.medialive.start_channel(ChannelId=made)["State"] == "STARTING"
    stand.passes(ENOUGH)
    assert stand.medialive.start_channel(ChannelId=made)["State"] == "RUNNING"
    assert stand.states() == ["CREATED", "STARTING", "RUNNING"], "what changed nothing announced nothing"
    other = stand.medialive.create_channel(**rtmp([make_input(stand)]))["Channel"]["Id"]
    assert stand.medialive.delete_channel(ChannelId=other)["State"] == "DELETING"
    assert stand.medialive.delete_channel(ChannelId=other)["State"] == "DELETING"
    stand.set_alternatives(delete_of_deleting="conflict")
    with refused("ConflictException"):
        stand.medialive.delete_channel(ChannelId=other)


def test_more_or_fewer_events_may_be_sent(stand: Stand) -> None:
    stand.set_alternatives(announced_states="all", failed_create_event="CREATE_FAILED", failed_start_event="none")
    stand.simulator.fail_channel("wreck", on="create", message="No capacity")
    stand.simulator.fail_channel("show", on="start")
    stand.simulator.fail_channel("show", on="run")
    make_channel(stand, "wreck")
    assert stand.states() == ["CREATING", "CREATE_FAILED"]
    stand.events.clear()
    made = make_channel(stand, "show")
    stand.medialive.start_channel(ChannelId=made)
    stand.passes(ENOUGH)
    stand.medialive.start_channel(ChannelId=made)
    stand.passes(2 * ENOUGH)
    stand.medialive.delete_channel(ChannelId=made)
    stand.passes(30)
    starts = ["STARTING", "STARTING", "RUNNING"]
    assert stand.states() == ["CREATING", "CREATED", *starts, "RECOVERING", "STOPPED", "DELETING", "DELETED"]


def test_the_deleted_may_be_gone_at_once_or_stay_in_lists(stand: Stand) -> None:
    made = make_channel(stand)
    stand.medialive.delete_channel(ChannelId=made)
    stand.passes(30)
    stand.set_alternatives(list_shows_deleted="yes")
    (listed,) = stand.medialive.list_channels()["Channels"]
    assert (listed["Id"], listed["State"]) == (made, "DELETED")
    assert all(resource.kind != "channel" for resource in stand.simulator.inventory())
    stand.set_alternatives(deleted_resources="not_found")
    for call in (stand.medialive.describe_channel, stand.medialive.delete_channel):
        with refused("NotFoundException"):
            call(ChannelId=made)


def test_reads_may_lag_behind(stand: Stand) -> None:
    stand.set_alternatives(list_lag=5.0, describe_lag=2.0)
    found = make_input(stand)
    with refused("NotFoundException"):
        stand.medialive.describe_input(InputId=found)
    stand.passes(2)
    stand.medialive.describe_input(InputId=found)
    assert stand.medialive.list_inputs()["Inputs"] == []
    stand.passes(3)
    assert [one["Id"] for one in stand.medialive.list_inputs()["Inputs"]] == [found]


def test_a_security_group_may_take_its_time_and_take_an_empty_list(stand: Stand) -> None:
    group = make_group(stand)
    stand.set_alternatives(security_group_update="updating", empty_whitelist_update="accepted")
    client, one = stand.medialive, {"InputSecurityGroupId": group}
    answer = client.update_input_security_group(**one, WhitelistRules=[])["SecurityGroup"]
    assert (answer["State"], answer["WhitelistRules"]) == ("UPDATING", [{"Cidr": "0.0.0.0/0"}])
    with refused("ConflictException"):
        client.update_input_security_group(**one, WhitelistRules=[])
    stand.passes(2)
    found = client.describe_input_security_group(**one)
    assert (found["State"], found["WhitelistRules"]) == ("IDLE", [])


def test_a_change_of_a_flow_may_be_invisible_or_keep_others_out(stand: Stand) -> None:
    flow = stand.simulator.seed_flow()
    output = {"Protocol": "rtp", "Destination": "203.0.113.7", "Port": 5000}
    stand.set_alternatives(flow_update="invisible")
    stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=[output])
    assert stand.mediaconnect.describe_flow(FlowArn=flow)["Flow"]["Status"] == "ACTIVE"
    stand.set_alternatives(flow_update="exclusive")
    stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=[{**output, "Port": 5002}])
    for call in (
        lambda: stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=[{**output, "Port": 5004}]),
        lambda: stand.mediaconnect.stop_flow(FlowArn=flow),
    ):
        with refused("BadRequestException", "UPDATING"):
            call()
    stand.passes(2)
    stand.mediaconnect.add_flow_outputs(FlowArn=flow, Outputs=[{**output, "Port": 5004}])


def test_a_flows_address_stays_over_a_restart_or_changes(stand: Stand) -> None:
    flow = stand.simulator.seed_flow(status="STANDBY")

    def address_after_a_restart() -> str:
        stand.mediaconnect.start_flow(FlowArn=flow)
        stand.passes(30)
        found = stand.mediaconnect.describe_flow(FlowArn=flow)["Flow"]["EgressIp"]
        stand.mediaconnect.stop_flow(FlowArn=flow)
        stand.passes(20)
        return str(found)

    first = address_after_a_restart()
    assert address_after_a_restart() == first
    stand.set_alternatives(egress_ip_on_restart="changes")
    assert address_after_a_restart() != first
