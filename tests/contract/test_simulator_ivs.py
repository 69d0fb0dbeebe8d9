"""IVS: channels and keys, and streams that are live because a MediaLive channel feeds them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infra.local.simulator import SimulatorSettings
from infra.local.simulator.ivs_channels import REGIONS
from tests.contract.simulator_air import ENOUGH, OnAir, make_channel, make_input, put_on_air, to_ivs
from tests.contract.simulator_stand import Stand, refused, served


@pytest.fixture
def stand() -> Iterator[Stand]:
    with served() as stand:
        yield stand


def stream_events(stand: Stand) -> list[str]:
    return [one["detail"]["event_name"] for one in stand.events if one["source"] == "aws.ivs"]


def live(stand: Stand, made: Any) -> str | None:
    """The id of the stream that is live on a channel."""
    found = stand.ivs.list_streams()["streams"]
    return next((str(one["streamId"]) for one in found if one["channelArn"] == made["channel"]["arn"]), None)


# Channels and keys


def test_a_channel_comes_with_a_key_and_where_to_push_and_play(stand: Stand) -> None:
    made = stand.ivs.create_channel(name="show", tags={"a": "1"}, type="BASIC")
    channel, key = made["channel"], made["streamKey"]
    assert channel["ingestEndpoint"].endswith(".global-contribute.live-video.net")
    assert channel["playbackUrl"].startswith("https://") and channel["playbackUrl"].endswith(".m3u8")
    assert (channel["type"], channel["latencyMode"], channel["insecureIngest"]) == ("BASIC", "LOW", False)
    assert key["value"].startswith("sk_eu-west-1_") and key["channelArn"] == channel["arn"]
    assert stand.ivs.get_channel(arn=channel["arn"])["channel"] == channel
    assert stand.ivs.get_stream_key(arn=key["arn"])["streamKey"] == key
    kinds = {one.kind: (one.service, one.state, one.name, one.tags) for one in stand.simulator.inventory()}
    assert kinds["ivs_channel"] == ("ivs", "OFFLINE", "show", {"a": "1"})
    assert kinds["ivs_stream_key"][0] == "ivs"


def test_names_repeat_and_lists_have_filters_and_pages(stand: Stand) -> None:
    made = [stand.ivs.create_channel(name=name)["channel"]["arn"] for name in ("a", "b", "a")]
    assert [one["arn"] for one in stand.ivs.list_channels(filterByName="a")["channels"]] == [made[0], made[2]]
    first = stand.ivs.list_channels(maxResults=2)
    rest = stand.ivs.list_channels(maxResults=2, nextToken=first["nextToken"])
    assert [one["arn"] for one in first["channels"] + rest["channels"]] == made and "nextToken" not in rest
    none = "arn:aws:ivs:eu-west-1:111122223333:recording-configuration/none"
    with refused("ConflictException"):
        stand.ivs.list_channels(filterByName="a", filterByRecordingConfigurationArn=none)
    with refused("ValidationException", "Invalid NextToken"):
        stand.ivs.list_channels(nextToken="x")


def test_a_channel_has_one_key_which_is_deleted_before_another_is_made(stand: Stand) -> None:
    made = stand.ivs.create_channel()
    arn = made["channel"]["arn"]
    with refused("ServiceQuotaExceededException") as caught:
        stand.ivs.create_stream_key(channelArn=arn)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 402
    stand.ivs.delete_stream_key(arn=made["streamKey"]["arn"])
    with refused("ResourceNotFoundException"):
        stand.ivs.get_stream_key(arn=made["streamKey"]["arn"])
    fresh = stand.ivs.create_stream_key(channelArn=arn, tags={"a": "1"})["streamKey"]
    assert fresh["value"] != made["streamKey"]["value"]
    (listed,) = stand.ivs.list_stream_keys(channelArn=arn)["streamKeys"]
    assert listed == {"arn": fresh["arn"], "channelArn": arn, "tags": {"a": "1"}}, "a list has no values"


def test_deleting_a_channel_takes_its_keys_with_it_and_leaves_no_tombstone(stand: Stand) -> None:
    made = stand.ivs.create_channel()
    stand.ivs.delete_channel(arn=made["channel"]["arn"])
    for call in (stand.ivs.get_channel, stand.ivs.delete_channel):
        with refused("ResourceNotFoundException"):
            call(arn=made["channel"]["arn"])
    with refused("ResourceNotFoundException"):
        stand.ivs.get_stream_key(arn=made["streamKey"]["arn"])
    assert stand.simulator.inventory() == []


def test_tags_are_those_of_channel_or_key(stand: Stand) -> None:
    made = stand.ivs.create_channel(tags={"a": "1"})
    for arn in (made["channel"]["arn"], made["streamKey"]["arn"]):
        stand.ivs.tag_resource(resourceArn=arn, tags={"b": "2"})
        stand.ivs.untag_resource(resourceArn=arn, tagKeys=["a"])
        assert stand.ivs.list_tags_for_resource(resourceArn=arn)["tags"] == {"b": "2"}
    with refused("ResourceNotFoundException"):
        stand.ivs.list_tags_for_resource(resourceArn=made["channel"]["arn"] + "x")


def test_what_the_model_does_not_allow_is_refused_in_ivs_words(stand: Stand) -> None:
    client = stand.ivs
    for wrong in ({"name": "no spaces"}, {"type": "BEST"}):
        with refused("ValidationException"):
            client.create_channel(**wrong)
    with refused("ValidationException"):
        client.get_channel(arn="arn:aws:ivs:eu-west-1:111122223333:stream-key/x")
    with refused("ResourceNotFoundException", "recording-configuration/none"):
        client.create_channel(
            recordingConfigurationArn="arn:aws:ivs:eu-west-1:111122223333:recording-configuration/none"
        )


def test_channels_are_limited_by_a_quota(stand: Stand) -> None:
    stand.simulator.settings.quotas.ivs_channels = 1
    stand.ivs.create_channel()
    with refused("ServiceQuotaExceededException"):
        stand.ivs.create_channel()


def test_each_operation_is_limited_by_itself() -> None:
    with served(settings=SimulatorSettings()) as stand:
        for _ in range(5):
            stand.ivs.list_channels()
        with refused("ThrottlingException") as caught:
            stand.ivs.list_channels()
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429
        stand.ivs.list_streams()
        stand.passes(0.2)
        stand.ivs.list_channels()


def test_only_seven_regions_have_it() -> None:
    with served() as stand:
        assert stand.ivs.meta.partition == "aws" and len(REGIONS) == 7
        for region in REGIONS:
            stand.client("ivs", region).create_channel()
        with refused("NoEndpoint"):
            stand.client("ivs", "eu-west-2").list_channels()
        assert len(stand.ivs.list_channels()["channels"]) == 1


# Streams


def test_a_stream_is_live_while_a_running_channel_pushes_with_its_key(stand: Stand) -> None:
    made = stand.ivs.create_channel(name="show")
    arn = made["channel"]["arn"]
    channel = make_channel(stand, to_ivs(made))
    with refused("ChannelNotBroadcasting") as caught:
        stand.ivs.get_stream(channelArn=arn)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
    channel.start()
    stand.passes(6)
    stream = stand.ivs.get_stream(channelArn=arn)["stream"]
    assert (stream["state"], stream["health"], stream["channelArn"]) == ("LIVE", "HEALTHY", arn)
    assert len(stream["streamId"]) == 26 and stream["streamId"] == live(stand, made)
    assert channel.alerts() == []
    channel.stop()
    stand.passes(10)
    assert live(stand, made) is None
    assert stream_events(stand) == ["Session Created", "Stream Start", "Session Ended", "Stream End"]
    (event,) = [one for one in stand.events if one["detail"].get("event_name") == "Stream Start"]
    assert event["resources"] == [arn] and event["source"] == "aws.ivs"
    assert event["detail-type"] == "IVS Stream State Change"
    assert event["detail"] == {
        "event_name": "Stream Start",
        "channel_name": "show",
        "stream_id": stream["streamId"],
    }


def test_a_live_channel_is_neither_changed_nor_deleted(stand: Stand) -> None:
    made = stand.ivs.create_channel()
    channel = put_on_air(stand, made)
    for call in (stand.ivs.delete_channel, stand.ivs.update_channel):
        with refused("ConflictException"):
            call(arn=made["channel"]["arn"])
    channel.stop()
    stand.passes(10)
    stand.ivs.update_channel(arn=made["channel"]["arn"], latencyMode="NORMAL", name="other")
    found = stand.ivs.get_channel(arn=made["channel"]["arn"])["channel"]
    assert (found["latencyMode"], found["name"]) == ("NORMAL", "other")
    stand.ivs.delete_channel(arn=made["channel"]["arn"])


def test_a_stopped_stream_is_back_in_a_moment_as_a_new_one(stand: Stand) -> None:
    made = stand.ivs.create_channel()
    channel = put_on_air(stand, made)
    first = live(stand, made)
    stand.ivs.stop_stream(channelArn=made["channel"]["arn"])
    stand.passes(20)
    assert live(stand, made) not in (None, first)
    assert channel.look()["State"] == "RUNNING"
    assert stream_events(stand)[2:4] == ["Session Ended", "Stream End"]
    assert stream_events(stand)[4:] == ["Session Created", "Stream Start"]


def test_a_stopped_stream_stays_away_once_its_key_is_gone(stand: Stand) -> None:
    made = stand.ivs.create_channel()
    channel = put_on_air(stand, made)
    stand.ivs.delete_stream_key(arn=made["streamKey"]["arn"])
    stand.passes(60)
    assert live(stand, made) is not None, "a key that is gone disconnects nobody"
    stand.ivs.stop_stream(channelArn=made["channel"]["arn"])
    stand.passes(20)
    assert live(stand, made) is None
    assert channel.alerts() == ["Failed RTMP Connection"]
    with refused("ChannelNotBroadcasting"):
        stand.ivs.stop_stream(channelArn=made["channel"]["arn"])
    stand.ivs.delete_channel(arn=made["channel"]["arn"])
    channel.stop()
    assert channel.alerts() == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"key": "sk_eu-west-1_wrong_not-real"}, "a wrong key"),
        ({"path": "/live"}, "another application"),
        ({"scheme": "rtmp"}, "without TLS"),
        ({"host": "0000.global-contribute.live-video.net"}, "another endpoint"),
    ],
)
def test_a_push_that_is_not_quite_right_is_refused(stand: Stand, change: dict[str, str], words: str) -> None:
    made = stand.ivs.create_channel()
    group, destination = to_ivs(made, key=change.get("key"))
    host = change.get("host", made["channel"]["ingestEndpoint"])
    url = f"{change.get('scheme', 'rtmps')}://{host}:443{change.get('path', '/app')}"
    destination["Settings"][0]["Url"] = url
    channel = make_channel(stand, (group, destination))
    channel.start()
    stand.passes(60)
    assert live(stand, made) is None, words
    assert channel.alerts() == ["Failed RTMP Connection"] and channel.look()["State"] == "RUNNING"
    assert stream_events(stand) == []
    shown = [one["detail"]["message"] for one in stand.events if "Alert" in one["detail-type"]]
    assert shown and not any("sk_" in message for message in shown), "no message holds a key"


def test_insecure_ingest_takes_rtmp_too(stand: Stand) -> None:
    made = stand.ivs.create_channel(insecureIngest=True)
    group, destination = to_ivs(made)
    destination["Settings"][0]["Url"] = f"rtmp://{made['channel']['ingestEndpoint']}/app/"
    make_channel(stand, (group, destination)).start()
    stand.passes(6)
    assert live(stand, made)


def test_an_output_gets_through_as_soon_as_its_key_exists(stand: Stand) -> None:
    stand.simulator.settings.quotas.ivs_stream_keys = 2
    made, other = stand.ivs.create_channel(), stand.ivs.create_channel()
    group, destination = to_ivs(made, key=other["streamKey"]["value"])
    channel = make_channel(stand, (group, destination))
    channel.start()
    stand.passes(300)
    assert channel.alerts() == ["Failed RTMP Connection"]
    channel.stop()
    stand.passes(ENOUGH)
    destination["Settings"][0]["StreamName"] = made["streamKey"]["value"]
    stand.medialive.update_channel(ChannelId=channel.id, Destinations=[destination])
    stand.passes(6)
    channel.start()
    stand.passes(10)
    assert live(stand, made) and channel.alerts() == []


@pytest.mark.parametrize(("delay", "is_back"), [(0, False), (15, True)])
def test_an_output_that_may_not_restart_gives_up_after_its_retries(stand: Stand, delay: int, is_back: bool) -> None:
    made = stand.ivs.create_channel()
    group, destination = to_ivs(made, RestartDelay=delay)
    group["Outputs"][0]["OutputSettings"]["RtmpOutputSettings"]["NumRetries"] = 2
    stand.simulator.settings.quotas.ivs_streams = 0
    channel = make_channel(stand, (group, destination))
    channel.start()
    stand.passes(30)
    assert channel.alerts() == ["Failed RTMP Connection"]
    stand.simulator.settings.quotas.ivs_streams = 1
    stand.passes(30)
    assert (live(stand, made) is not None, channel.alerts() == []) == (is_back, is_back)


def test_nothing_comes_out_before_anything_has_come_in(stand: Stand) -> None:
    made = stand.ivs.create_channel()
    found = make_input(stand)
    channel = make_channel(stand, to_ivs(made), inputs=[found])
    channel.start()
    stand.passes(60)
    assert live(stand, made) is None
    stand.simulator.publish(found)
    stand.passes(6)
    assert live(stand, made)
    stand.simulator.publish(found, started=False)
    stand.passes(60)
    assert live(stand, made), "black goes on"


def test_a_paused_output_starves_its_stream(stand: Stand) -> None:
    made = stand.ivs.create_channel()
    channel = make_channel(stand, to_ivs(made, InputLossAction="PAUSE_OUTPUT"))
    channel.start()
    stand.passes(6)
    stand.simulator.publish(channel.inputs[0], started=False)
    assert stand.ivs.get_stream(channelArn=made["channel"]["arn"])["stream"]["health"] == "STARVING"
    assert stand.ivs.list_streams(filterBy={"health": "HEALTHY"})["streams"] == []
    assert "Output Group is Paused" in channel.alerts()
    stand.simulator.publish(channel.inputs[0])
    assert stand.ivs.get_stream(channelArn=made["channel"]["arn"])["stream"]["health"] == "HEALTHY"
    health = [one["detail"]["event_name"] for one in stand.events if "Health" in one["detail-type"]]
    assert health == ["Starvation Start", "Starvation End"] and channel.alerts() == []


def two_on_one_key(stand: Stand, made: Any) -> tuple[OnAir, OnAir]:
    first = put_on_air(stand, made)
    second = make_channel(stand, to_ivs(made), Name="second")
    second.start()
    stand.passes(30)
    return first, second


def test_a_second_publisher_takes_a_stream_over(stand: Stand) -> None:
    made = stand.ivs.create_channel()
    first, second = two_on_one_key(stand, made)
    assert stream_events(stand) == ["Session Created", "Stream Start", "Stream Takeover"]
    assert (first.alerts(), second.alerts()) == (["Failed RTMP Connection"], [])
    stream = live(stand, made)
    second.stop()
    stand.passes(30)
    assert live(stand, made) not in (None, stream) and first.alerts() == []


def test_a_second_publisher_may_be_refused(stand: Stand) -> None:
    stand.set_alternatives(second_publisher="refused")
    made = stand.ivs.create_channel()
    first, second = two_on_one_key(stand, made)
    assert set(stream_events(stand)[2:]) == {"Stream Takeover Failure"}
    assert (first.alerts(), second.alerts()) == ([], ["Failed RTMP Connection"])


def test_a_standard_channel_pushes_from_both_pipelines(stand: Stand) -> None:
    one, other = stand.ivs.create_channel(), stand.ivs.create_channel()
    channel = make_channel(stand, to_ivs(one, other), klass="STANDARD")
    channel.start()
    stand.passes(6)
    assert live(stand, one) and live(stand, other)
    assert len(stand.ivs.list_streams(maxResults=1)["streams"]) == 1


def test_streams_are_limited_by_a_quota(stand: Stand) -> None:
    stand.simulator.settings.quotas.ivs_streams = 0
    made = stand.ivs.create_channel()
    assert put_on_air(stand, made).alerts() == ["Failed RTMP Connection"]


# What is not established


def test_a_stream_may_count_as_live_from_its_session_on_and_end_the_other_way_round(stand: Stand) -> None:
    stand.set_alternatives(stream_is_live_from="session_created", stream_ends="stream_first")
    made = stand.ivs.create_channel()
    channel = make_channel(stand, to_ivs(made))
    channel.start()
    assert live(stand, made), "at once"
    stand.passes(6)
    channel.stop()
    assert live(stand, made)
    stand.passes(10)
    assert stream_events(stand)[2:] == ["Stream End", "Session Ended"]


def test_an_error_may_have_its_text_where_boto3_looks_for_it(stand: Stand) -> None:
    arn = stand.ivs.create_channel()["channel"]["arn"]
    with refused("ChannelNotBroadcasting") as caught:
        stand.ivs.get_stream(channelArn=arn)
    assert caught.value.response["Error"]["Message"] == ""
    stand.set_alternatives(ivs_error_text="both")
    with refused("ChannelNotBroadcasting") as caught:
        stand.ivs.get_stream(channelArn=arn)
    assert "is not broadcasting" in caught.value.response["Error"]["Message"]


def test_a_stream_that_ends_before_it_began_was_none(stand: Stand) -> None:
    made = stand.ivs.create_channel()
    channel = make_channel(stand, to_ivs(made))
    channel.start()
    channel.stop()
    stand.passes(30)
    assert live(stand, made) is None
    assert stream_events(stand) in (
        ["Session Created", "Session Ended"],
        ["Session Created", "Stream Start", "Session Ended", "Stream End"],
    )


def test_a_reset_leaves_no_stream_behind(stand: Stand) -> None:
    made = stand.ivs.create_channel()
    put_on_air(stand, made)
    stand.ivs.stop_stream(channelArn=made["channel"]["arn"])
    stand.simulator.reset()
    stand.events.clear()
    stand.passes(ENOUGH)
    assert stand.events == [] and stand.simulator.inventory() == []
