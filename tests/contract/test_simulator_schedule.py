"""The schedule of a channel: what a batch may say, when its actions are done, and what becomes of them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.simulator import Duration
from tests.contract.simulator_air import ENOUGH, OnAir, make_channel, make_input
from tests.contract.simulator_corpus import Request, rtmp
from tests.contract.simulator_stand import REGION, Stand, refused, served

INVALID = "UnprocessableEntityException"


@pytest.fixture
def stand() -> Iterator[Stand]:
    with served() as stand:
        yield stand


def file_input(stand: Stand, url: str = "s3ssl://example-bucket/slate.mp4") -> str:
    return str(stand.medialive.create_input(Type="MP4_FILE", Sources=[{"Url": url}])["Input"]["Id"])


def two_inputs(stand: Stand, klass: str = "SINGLE_PIPELINE", **more: Any) -> OnAir:
    """``host`` is an RTMP input that is pushed to, ``slate`` a file that ends, ``loop`` one that does not."""
    host = make_input(stand, streams=2 if klass == "STANDARD" else 1)
    stand.simulator.publish(host)
    request = rtmp([host])
    attachments = [
        {"InputId": host, "InputAttachmentName": "host"},
        {
            "InputId": file_input(stand),
            "InputAttachmentName": "slate",
            "InputSettings": {"SourceEndBehavior": "CONTINUE"},
        },
        {"InputId": file_input(stand), "InputAttachmentName": "loop", "InputSettings": {"SourceEndBehavior": "LOOP"}},
    ]
    (group,) = request["EncoderSettings"]["OutputGroups"]
    (destination,) = request["Destinations"]
    destination["Settings"] *= 2 if klass == "STANDARD" else 1
    return make_channel(
        stand, (group, destination), inputs=[], klass=klass, **{"InputAttachments": attachments, **more}
    )


def at(stand: Stand, seconds: float) -> str:
    """So many seconds from now, as an action's time."""
    moment = datetime.fromtimestamp(stand.clock.time() + seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def fixed(time: str) -> Request:
    return {"FixedModeScheduleActionStartSettings": {"Time": time}}


def after(name: str, point: str = "END") -> Request:
    return {"FollowModeScheduleActionStartSettings": {"ReferenceActionName": name, "FollowPoint": point}}


NOW: Request = {"ImmediateModeScheduleActionStartSettings": {}}
TAG: Request = {"Id3SegmentTaggingSettings": {"Tag": "recording"}}
PAUSE: Request = {"PauseStateSettings": {"Pipelines": [{"PipelineId": "PIPELINE_0"}]}}


def to(attachment: str) -> Request:
    return {"InputSwitchSettings": {"InputAttachmentNameReference": attachment}}


def action(name: str, settings: Request, begins: Request) -> Request:
    return {"ActionName": name, "ScheduleActionSettings": settings, "ScheduleActionStartSettings": begins}


def put(channel: OnAir, *actions: Request, deletes: list[str] | None = None) -> Any:
    """One batch."""
    batch: Request = {"Creates": {"ScheduleActions": list(actions)}} if actions else {}
    if deletes is not None:
        batch["Deletes"] = {"ActionNames": deletes}
    return channel.stand.medialive.batch_update_schedule(ChannelId=channel.id, **batch)


def names(channel: OnAir) -> list[str]:
    found = channel.stand.medialive.describe_schedule(ChannelId=channel.id)
    return [one["ActionName"] for one in found["ScheduleActions"]]


def active(channel: OnAir) -> list[tuple[str, str]]:
    details = channel.look()["PipelineDetails"]
    return [(one["ActiveInputAttachmentName"], one["ActiveInputSwitchActionName"]) for one in details]


# What is kept


def test_a_batch_answers_what_it_made_and_deleted(stand: Stand) -> None:
    channel = two_inputs(stand)
    first = action("a", to("slate"), fixed(at(stand, 60)))
    assert put(channel, first)["Creates"] == {"ScheduleActions": [first]}
    second = action("b", TAG, NOW)
    answer = put(channel, second, deletes=["a"])
    assert answer["Deletes"] == {"ScheduleActions": [first]} and names(channel) == ["b"]


def test_a_schedule_comes_in_pages(stand: Stand) -> None:
    channel = two_inputs(stand)
    put(channel, *(action(f"a{number}", TAG, fixed(at(stand, 60))) for number in range(7)))
    pages = stand.medialive.get_paginator("describe_schedule").paginate(
        ChannelId=channel.id, PaginationConfig={"PageSize": 3}
    )
    assert [len(page["ScheduleActions"]) for page in pages] == [3, 3, 1]
    with refused("BadRequestException", "Invalid NextToken"):
        stand.medialive.describe_schedule(ChannelId=channel.id, NextToken="x")


def test_a_name_is_free_in_the_batch_that_deletes_it(stand: Stand) -> None:
    channel = two_inputs(stand)
    put(channel, action("a", TAG, fixed(at(stand, 60))))
    put(channel, action("a", to("slate"), fixed(at(stand, 90))), deletes=["a"])
    (found,) = stand.medialive.describe_schedule(ChannelId=channel.id)["ScheduleActions"]
    assert found["ScheduleActionSettings"] == to("slate")


def test_a_batch_is_all_or_nothing(stand: Stand) -> None:
    channel = two_inputs(stand)
    put(channel, action("a", TAG, fixed(at(stand, 60))))
    with refused(INVALID):
        put(
            channel,
            action("b", TAG, fixed(at(stand, 60))),
            action("c", to("nowhere"), fixed(at(stand, 60))),
            deletes=["a"],
        )
    assert names(channel) == ["a"]


def test_a_schedule_is_deleted_only_while_idle(stand: Stand) -> None:
    channel = two_inputs(stand)
    put(channel, action("a", TAG, fixed(at(stand, 2 * ENOUGH))))
    channel.start()
    with refused("BadRequestException"):
        stand.medialive.delete_schedule(ChannelId=channel.id)
    channel.stop()
    with refused("ConflictException"):
        put(channel, action("b", TAG, NOW))
    stand.passes(ENOUGH)
    stand.medialive.delete_schedule(ChannelId=channel.id)
    assert names(channel) == []


def test_a_channel_that_never_was_has_no_schedule(stand: Stand) -> None:
    for call in (stand.medialive.describe_schedule, stand.medialive.delete_schedule):
        with refused("NotFoundException"):
            call(ChannelId="1")


# What is refused, in the words that were seen


def test_fifteen_seconds_ahead_is_the_least(stand: Stand) -> None:
    channel = two_inputs(stand)
    stand.passes(1 - stand.clock.time() % 1)
    time = at(stand, 14).replace(".000Z", "Z")
    words = f"actionName: X error: Cannot schedule actionName=X with action time={time}, missed deadline of 15 seconds"
    with refused(INVALID) as caught:
        put(channel, action("X", to("slate"), fixed(at(stand, 14))))
    assert caught.value.response["Error"]["Message"] == words
    put(channel, action("X", to("slate"), fixed(at(stand, 15))))


def test_two_weeks_ahead_is_the_most(stand: Stand) -> None:
    channel = two_inputs(stand)
    day = 24 * 3600
    put(channel, action("a", TAG, fixed(at(stand, 14 * day))))
    with refused(INVALID, "14 days"):
        put(channel, action("b", TAG, fixed(at(stand, 14 * day + 1))))
    with refused(INVALID, "Invalid time"):
        put(channel, action("b", TAG, fixed("tomorrow")))


def test_switches_are_five_seconds_apart(stand: Stand) -> None:
    channel = two_inputs(stand)
    with refused(INVALID) as caught:
        put(
            channel,
            action("A", to("slate"), fixed(at(stand, 60))),
            action("B", to("host"), fixed(at(stand, 64))),
        )
    path = "schedule_actions[1].schedule_action_start_settings.time"
    words = (
        "actionName: B error: Input switch actions must be separated by at least 5 seconds;"
        " violation found between action names [A] and [B]."
    )
    assert caught.value.response["Error"]["Message"] == f"{path} {words}"
    assert caught.value.response["ValidationErrors"] == [{"ElementPath": path, "ErrorMessage": words}]
    put(channel, action("A", to("slate"), fixed(at(stand, 60))))
    with refused(INVALID, "[B] and [A]"):
        put(channel, action("B", to("host"), fixed(at(stand, 56))))
    put(channel, action("B", to("host"), fixed(at(stand, 55))), action("T", TAG, fixed(at(stand, 61))))


def test_only_one_switch_follows_another(stand: Stand) -> None:
    channel = two_inputs(stand)
    with refused(INVALID) as caught:
        put(
            channel,
            action("A", to("slate"), fixed(at(stand, 60))),
            action("B", to("host"), after("A")),
            action("C", to("loop"), after("A")),
        )
    faults = [
        f"schedule_actions[{index}].schedule_action_start_settings.reference_action_name actionName: {name} error:"
        " Reference action name A is used for multiple input switch follow actions."
        " Only one input switch can follow another."
        for index, name in ((1, "B"), (2, "C"))
    ]
    assert caught.value.response["Error"]["Message"] == "; ".join(faults)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: action("B", to("nowhere"), NOW), "Input attachment nowhere does not exist"),
        (lambda: action("B", to("host"), after("nothing")), "Reference action name nothing does not exist"),
        (lambda: action("B", to("host"), after("B")), "Reference action name B does not exist"),
        (lambda: action("B", to("host"), after("loops")), "never ends"),
        (lambda: action("B", to("host"), after("live")), "never ends"),
        (lambda: action("B", to("host"), after("tag")), "is not an input switch"),
        (lambda: action("B", to("host"), after("file", "START")), "can only follow the end"),
        (lambda: action("B", TAG, after("file")), "cannot follow"),
        (lambda: action("B", PAUSE, after("file")), "cannot follow"),
        (lambda: action("B", {**to("host"), **TAG}, NOW), "Exactly one action setting"),
        (lambda: action("B", to("host"), {**NOW, **after("file")}), "Exactly one start setting"),
        (lambda: action("B", {"InputPrepareSettings": {}}, NOW), "not enabled"),
        (lambda: action("B", {"PauseStateSettings": {"Pipelines": [{"PipelineId": "PIPELINE_1"}]}}, NOW), "PIPELINE_1"),
        (lambda: action("B", {"HlsTimedMetadataSettings": {"Id3": "SUQz"}}, after("file")), "cannot follow"),
        (lambda: action("tag", TAG, NOW), "not unique"),
    ],
)
def test_what_makes_no_sense_is_refused(stand: Stand, wrong: Any, words: str) -> None:
    channel = two_inputs(stand)
    put(
        channel,
        action("file", to("slate"), fixed(at(stand, 60))),
        action("loops", to("loop"), fixed(at(stand, 120))),
        action("live", to("host"), fixed(at(stand, 180))),
        action("tag", TAG, fixed(at(stand, 60))),
    )
    with refused(INVALID, words):
        put(channel, wrong())


def test_names_are_unique_within_a_batch_too(stand: Stand) -> None:
    channel = two_inputs(stand)
    with refused(INVALID, "not unique"):
        put(channel, action("a", TAG, NOW), action("a", TAG, NOW))
    stand.set_alternatives(duplicate_action="ConflictException")
    with refused("ConflictException", "not unique"):
        put(channel, action("a", TAG, NOW), action("a", TAG, NOW))


def test_fifteen_hundred_actions_are_the_most(stand: Stand) -> None:
    channel = two_inputs(stand)
    for hundred in range(15):
        put(channel, *(action(f"a{hundred}-{one}", TAG, fixed(at(stand, 60))) for one in range(100)))
    with refused(INVALID, "at most 1500"):
        put(channel, action("one-more", TAG, fixed(at(stand, 60))))
    put(channel, action("one-more", TAG, fixed(at(stand, 60))), deletes=["a0-0"])


def test_what_is_to_come_within_fifteen_seconds_stays(stand: Stand) -> None:
    channel = two_inputs(stand)
    put(channel, action("a", TAG, fixed(at(stand, 20))))
    stand.passes(6)
    with refused(INVALID, "missed deadline"):
        put(channel, deletes=["a"])
    with refused(INVALID, "does not exist in the schedule"):
        put(channel, deletes=["b"])


def test_what_another_action_follows_is_not_deleted(stand: Stand) -> None:
    channel = two_inputs(stand)
    put(channel, action("a", to("slate"), fixed(at(stand, 60))), action("b", to("host"), after("a")))
    with refused(INVALID, "Reference action name a does not exist"):
        put(channel, deletes=["a"])
    put(channel, deletes=["a", "b"])


def test_two_writers_at_once_are_told_apart(stand: Stand) -> None:
    """The second comes while the first is still sending its request, and is done before it."""
    channel = two_inputs(stand)

    class SlowBody(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            put(channel, action("quick", TAG, NOW))
            return super().read(size)

    body = json.dumps({"creates": {"scheduleActions": []}, "deletes": {"actionNames": []}}).encode()
    environ = {
        "REQUEST_METHOD": "PUT",
        "PATH_INFO": f"/prod/channels/{channel.id}/schedule",
        "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=example/20260101/{REGION}/medialive/aws4_request",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": SlowBody(body),
    }
    told: list[str] = []
    answer = b"".join(stand.simulator(environ, lambda status, headers: told.append(status)))
    assert told == ["409 Conflict"]
    assert json.loads(answer)["message"] == "Resource has been changed by another request, please re-submit"
    assert names(channel) == ["quick"]
    put(channel, action("next", TAG, NOW))


# What is done


def test_a_running_channel_switches_at_the_time(stand: Stand) -> None:
    channel = two_inputs(stand)
    channel.start()
    assert active(channel) == [("host", "")]
    put(channel, action("go", to("slate"), fixed(at(stand, 30))))
    stand.passes(29)
    assert active(channel) == [("host", "")]
    stand.passes(1)
    assert active(channel) == [("slate", "go")]
    (event,) = [one for one in stand.events if one["detail-type"] == "MediaLive Channel Input Change"]
    assert event["detail"]["active_input_attachment_name"] == "slate"
    assert event["detail"]["active_input_switch_action_name"] == "go"
    done = [entry for entry in stand.simulator.log() if getattr(entry, "kind", "") == "schedule_action"]
    assert [(entry.name, entry.state) for entry in done] == [("go", "PENDING"), ("go", "EXECUTED")]  # type: ignore[union-attr]


def test_immediately_is_at_once_with_one_pipeline_and_soon_with_two(stand: Stand) -> None:
    single, standard = two_inputs(stand), two_inputs(stand, klass="STANDARD")
    for channel in (single, standard):
        channel.start()
        put(channel, action("go", to("loop"), NOW))
    assert active(single) == [("loop", "go")]
    assert active(standard) == [("host", "")] * 2
    stand.passes(10)
    assert active(standard) == [("loop", "go")] * 2


def test_a_switch_follows_the_end_of_a_file(stand: Stand) -> None:
    stand.simulator.settings.durations.input_file = Duration(low=40, high=40)
    channel = two_inputs(stand)
    channel.start()
    put(channel, action("file", to("slate"), fixed(at(stand, 20))), action("back", to("host"), after("file")))
    stand.passes(59)
    assert active(channel) == [("slate", "file")]
    stand.passes(1)
    assert active(channel) == [("host", "back")]


def test_a_channel_starts_where_the_schedule_says(stand: Stand) -> None:
    channel = two_inputs(stand)
    put(
        channel,
        action("overdue", to("slate"), fixed(at(stand, 40))),
        action("long overdue", to("loop"), fixed(at(stand, 20))),
    )
    channel.start()
    assert active(channel) == [("slate", "overdue")]
    channel.stop()
    stand.passes(ENOUGH)
    put(channel, action("first", to("loop"), NOW))
    assert channel.look()["PipelineDetails"] == []
    channel.start()
    assert active(channel) == [("loop", "first")]


def test_what_is_pending_survives_a_stop_and_what_was_done_is_not_done_again(stand: Stand) -> None:
    channel = two_inputs(stand)
    channel.start()
    put(channel, action("now", to("loop"), NOW), action("later", to("slate"), fixed(at(stand, 3000))))
    channel.stop()
    stand.passes(ENOUGH)
    channel.start()
    assert active(channel) == [("host", "")]
    stand.passes(3000 - ENOUGH - 60)
    assert active(channel) == [("slate", "later")]


def test_deleting_what_was_done_undoes_nothing_and_what_is_in_effect_stays(stand: Stand) -> None:
    channel = two_inputs(stand)
    channel.start()
    put(channel, action("a", to("slate"), NOW))
    stand.passes(10)
    put(channel, action("b", to("loop"), NOW))
    with refused(INVALID, "in effect"):
        put(channel, deletes=["b"])
    put(channel, deletes=["a"])
    assert active(channel) == [("loop", "b")]


def test_what_was_done_vanishes_after_an_hour(stand: Stand) -> None:
    channel = two_inputs(stand)
    channel.start()
    put(channel, action("a", TAG, NOW), action("b", TAG, fixed(at(stand, 5000))))
    stand.passes(3599)
    assert names(channel) == ["a", "b"]
    stand.passes(2)
    assert names(channel) == ["b"]
    put(channel, action("a", TAG, NOW))


def test_pauses_overlays_and_cues_are_taken_and_told(stand: Stand) -> None:
    channel = two_inputs(stand)
    channel.start()
    cue = {"Scte35SpliceInsertSettings": {"SpliceEventId": 1, "Duration": 90000}}
    put(
        channel,
        action("pause", PAUSE, NOW),
        action("cue", cue, NOW),
        action("unlay", {"StaticImageDeactivateSettings": {}}, NOW),
        action("go", to("slate"), fixed(at(stand, 20))),
        action("with-go", cue, after("go", "START")),
    )
    stand.passes(20)
    states = {
        entry.name: entry.state  # type: ignore[union-attr]
        for entry in stand.simulator.log()
        if getattr(entry, "kind", "") == "schedule_action"
    }
    assert set(states) == {"pause", "cue", "unlay", "go", "with-go"} and set(states.values()) == {"EXECUTED"}


def test_a_reset_forgets_what_was_to_come(stand: Stand) -> None:
    channel = two_inputs(stand)
    channel.start()
    put(channel, action("go", to("slate"), fixed(at(stand, 30))))
    stand.simulator.reset()
    stand.events.clear()
    stand.passes(60)
    assert stand.events == []


# What is not established


def test_other_codes_for_the_wrong_state(stand: Stand) -> None:
    stand.set_alternatives(
        schedule_between_states="UnprocessableEntityException", delete_schedule_of_running="ConflictException"
    )
    channel = two_inputs(stand)
    channel.start()
    with refused("ConflictException"):
        stand.medialive.delete_schedule(ChannelId=channel.id)
    channel.stop()
    with refused(INVALID, "STOPPING"):
        put(channel, action("a", TAG, NOW))
