"""Who pushes to an input, and what its channel makes of it: alerts, set and cleared."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.simulator_air import ENOUGH, OnAir, make_channel, make_input, to_ivs, to_s3
from tests.contract.simulator_corpus import INPUTS, rtmp
from tests.contract.simulator_stand import Stand, served

WAITING = "RTMP Has No Audio/Video"
DOUBLE = "Input Double-Publishing Detected"


@pytest.fixture
def stand() -> Iterator[Stand]:
    with served() as stand:
        yield stand


def on_air(stand: Stand, *inputs: str, klass: str = "SINGLE_PIPELINE") -> OnAir:
    places = [f"s3ssl://example-{name}/show/index" for name in ("a", "b")[: 1 if klass == "SINGLE_PIPELINE" else 2]]
    channel = make_channel(stand, to_s3(*places), inputs=list(inputs), klass=klass)
    channel.start()
    return channel


def alert_events(stand: Stand) -> list[tuple[str, str, str]]:
    found = [one["detail"] for one in stand.events if one["detail-type"] == "MediaLive Channel Alert"]
    return [(one["alarm_state"], one["alert_type"], one["pipeline"]) for one in found]


def test_an_alert_says_that_nobody_pushes_and_is_cleared_when_somebody_does(stand: Stand) -> None:
    found = make_input(stand)
    channel = on_air(stand, found)
    assert channel.alerts() == [WAITING]
    assert stand.simulator.publish(found)
    assert channel.alerts() == [] and channel.alerts("CLEARED") == [WAITING]
    stand.simulator.publish(found, started=False)
    assert alert_events(stand) == [("SET", WAITING, "0"), ("CLEARED", WAITING, "0"), ("SET", WAITING, "0")]
    first, again = [one for one in stand.events if one["detail-type"] == "MediaLive Channel Alert"][:2]
    assert first["detail"]["alarm_id"] == again["detail"]["alarm_id"]
    assert first["detail"]["message"] == "Waiting for RTMP input"
    assert first["detail"]["channel_arn"] == channel.look()["Arn"] == first["resources"][0]


@pytest.mark.parametrize("words", ["RTMP Stream Not Found", "RTMP Server Disconnected"])
def test_the_alert_may_have_another_name(stand: Stand, words: str) -> None:
    stand.set_alternatives(rtmp_loss_alert=words)
    assert on_air(stand, make_input(stand)).alerts() == [words]


def test_an_encoder_that_is_there_before_the_channel_runs_is_found(stand: Stand) -> None:
    found = make_input(stand)
    stand.simulator.publish(found)
    assert on_air(stand, found).alerts() == []
    assert alert_events(stand) == []


def test_nothing_is_said_of_a_channel_that_does_not_run(stand: Stand) -> None:
    found = make_input(stand)
    channel = on_air(stand, found)
    channel.stop()
    assert channel.alerts() == [], "a stop clears them"
    stand.passes(ENOUGH)
    stand.events.clear()
    stand.simulator.publish(found)
    stand.simulator.publish(found, started=False)
    assert stand.events == []


def test_a_stop_may_leave_alerts_set(stand: Stand) -> None:
    stand.set_alternatives(alerts_of_stopped_channel="kept")
    channel = on_air(stand, make_input(stand))
    channel.stop()
    assert channel.alerts() == [WAITING]


def test_two_sources_to_one_endpoint_are_double_publishing(stand: Stand) -> None:
    found = make_input(stand)
    channel = on_air(stand, found)
    for source in ("198.51.100.1", "198.51.100.1", "198.51.100.2"):
        stand.simulator.publish(found, source=source)
    assert channel.alerts() == [DOUBLE]
    stand.simulator.publish(found, started=False, source="198.51.100.1")
    assert channel.alerts() == []
    stand.simulator.publish(found, started=False, source="198.51.100.2")
    assert channel.alerts() == [WAITING]


def test_a_security_group_keeps_addresses_out(stand: Stand) -> None:
    found = make_input(stand, cidr="198.51.100.0/24")
    channel = on_air(stand, found)
    assert not stand.simulator.publish(found, source="203.0.113.9")
    assert channel.alerts() == [WAITING]
    assert stand.simulator.publish(found, source="198.51.100.9")
    assert channel.alerts() == []


def test_each_endpoint_feeds_its_pipeline(stand: Stand) -> None:
    found = make_input(stand, streams=2)
    channel = on_air(stand, found, klass="STANDARD")
    stand.simulator.publish(found, endpoint=1)
    alerts = stand.medialive.list_alerts(ChannelId=channel.id, StateFilter="SET")["Alerts"]
    assert [(one["AlertType"], one["PipelineId"]) for one in alerts] == [(WAITING, "0")]
    stand.passes(10)
    assert {bucket for bucket, _ in stand.s3.objects} == {"example-b"}


def test_a_single_pipeline_takes_only_the_first_endpoint(stand: Stand) -> None:
    found = make_input(stand, streams=2)
    channel = on_air(stand, found)
    stand.simulator.publish(found, endpoint=1)
    assert channel.alerts() == [WAITING]


def test_only_the_active_input_matters(stand: Stand) -> None:
    first, second = make_input(stand), make_input(stand)
    stand.simulator.publish(first)
    channel = on_air(stand, first, second)
    assert channel.alerts() == []
    switch = {"InputSwitchSettings": {"InputAttachmentNameReference": f"input-{second}"}}
    now = {"ImmediateModeScheduleActionStartSettings": {}}
    action = {"ActionName": "go", "ScheduleActionSettings": switch, "ScheduleActionStartSettings": now}
    stand.medialive.batch_update_schedule(ChannelId=channel.id, Creates={"ScheduleActions": [action]})
    assert channel.alerts() == [WAITING]
    stand.simulator.publish(second)
    assert channel.alerts() == []


def test_other_inputs_are_fed_unless_it_is_said_that_they_are_not(stand: Stand) -> None:
    found = make_input(stand, "RTP_PUSH")
    channel = on_air(stand, found)
    assert channel.alerts() == []
    stand.simulator.publish(found, started=False)
    assert channel.alerts() == ["Stopped Receiving UDP Input"]
    (event,) = [one for one in stand.events if one["detail-type"] == "MediaLive Channel Alert"]
    assert event["detail"]["message"] == "Stopped receiving network data on [rtp://:5000]"
    stand.simulator.publish(found)
    assert channel.alerts() == []


def test_a_channel_to_somewhere_else_is_not_bothered(stand: Stand) -> None:
    """What goes to other platforms is taken to arrive."""
    found = make_input(stand, "RTP_PUSH")
    made = stand.medialive.create_channel(Name="elsewhere", **rtmp([found]))["Channel"]["Id"]
    stand.passes(8)
    channel = OnAir(stand, made, [found])
    channel.start()
    stand.passes(60)
    assert channel.alerts() == [] and [one["source"] for one in stand.events] == ["aws.medialive"] * 3


def test_a_group_that_pauses_says_so(stand: Stand) -> None:
    found = make_input(stand)
    stand.simulator.publish(found)
    channel = make_channel(stand, to_s3(InputLossAction="PAUSE_OUTPUT"), inputs=[found])
    channel.start()
    stand.simulator.publish(found, started=False)
    assert sorted(channel.alerts()) == ["Output Group is Paused", WAITING]
    stand.simulator.publish(found)
    assert channel.alerts() == []


def test_a_paused_stream_comes_back_starving_only_while_it_is(stand: Stand) -> None:
    made = stand.ivs.create_channel()
    channel = make_channel(stand, to_ivs(made, InputLossAction="PAUSE_OUTPUT"))
    channel.start()
    stand.passes(6)
    stand.simulator.publish(channel.inputs[0], started=False)
    stand.ivs.stop_stream(channelArn=made["channel"]["arn"])
    stand.passes(30)
    (stream,) = stand.ivs.list_streams()["streams"]
    assert stream["health"] == "STARVING"


def test_a_script_that_makes_no_sense_is_refused_at_once(stand: Stand) -> None:
    with pytest.raises(KeyError):
        stand.simulator.publish("1")
    pulled = stand.medialive.create_input(**INPUTS["mp4 file"])["Input"]["Id"]
    with pytest.raises(ValueError, match="nobody pushes to an input of type MP4_FILE"):
        stand.simulator.publish(pulled)
