"""A channel with pictures on the air: what it writes into S3, and what IVS makes of what it sends there.

Its input is a file of ten seconds, over and over; its other input is an endpoint that nobody pushes to, so that a
switch to it is a loss of input.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from tests.smoke_aws import making, requests
from tests.smoke_aws.probes.channels import FOLDER
from tests.smoke_aws.probes.finding import LONG, SHORT, Finding, Rig, Scene, asked
from tests.smoke_aws.run import NotInTime

STREAM_CHANGE = "IVS Stream State Change"
_SHORT_SEGMENT, _LONG_SEGMENT = 2, 6
_MARK = "ONAIRSMOKE"
_LEAD = 20.0  # an action is at least 15 seconds ahead (facts §6)
_PAUSE = 25.0
_AFTER_THE_TAG = 60
_STARTS = 45.0  # seconds that no channel starts within


@dataclass(frozen=True)
class _Entry:
    """A segment as a playlist has it."""

    name: str
    seconds: float
    dated: float | None
    breaks: bool


def on_the_air(rig: Rig) -> Iterator[Finding]:
    run = rig.run
    ivs, key = making.ivs_channel(run, "stream")
    yield _error_text(rig, ivs["arn"])
    url = making.picture(run, rig.stage.bucket, "picture.ts")
    channel, folder = _channel(rig, url, ivs, key)
    one = {"ChannelId": channel}
    rig.medialive.start_channel(**one)
    live_at = _live(rig, channel, ivs["arn"])
    run.sleep(3 * _LONG_SEGMENT)
    yield _second_publisher(rig, url, ivs, key)
    _act(rig, channel, "tag", {"HlsId3SegmentTaggingSettings": {"Tag": _MARK}})
    run.sleep(_LEAD + 4 * _SHORT_SEGMENT)
    _loses_its_input(rig, channel)
    run.sleep(_LONG_SEGMENT * 2.5)
    rig.medialive.stop_channel(**one)
    rig.reaches(rig.channel, channel, "IDLE", measured="channel_stop")
    yield from _written(rig, folder)
    yield from _streamed(rig, ivs["arn"], live_at)


def _error_text(rig: Rig, arn: str) -> Finding:
    """A channel that is not on the air has no stream."""
    from botocore.exceptions import ClientError

    try:
        rig.ivs.get_stream(channelArn=arn)
    except ClientError as refusal:
        shown = refusal.response["Error"].get("Message")
        hidden = refusal.response.get("exceptionMessage")
        seen = f"message {'there' if shown else 'missing'}, exceptionMessage {'there' if hidden else 'missing'}"
        return Finding("ivs_error_text", "both" if shown else "exceptionMessage", seen)
    return Finding("ivs_error_text", None, "GetStream of a channel that is not on the air was answered")


def _channel(rig: Rig, url: str, ivs: dict[str, Any], key: str) -> tuple[str, str]:
    run = rig.run
    group = making.security_group(run, "pictures")
    file = making.file_input(run, "pictures", url)["Id"]
    nobody = making.rtmp_input(run, "nobody", group)["Id"]
    for each in (file, nobody):
        rig.reaches(rig.input, each, "DETACHED", patience=SHORT)
    folder = f"{FOLDER}/{run.name('pictures')}"
    bucket = rig.stage.bucket
    paused = {"InputLossAction": "PAUSE_OUTPUT", "ProgramDateTimeClock": "INITIALIZE_FROM_OUTPUT_TIMECODE"}
    body = requests.channel(
        rig.stage.role,
        [requests.attachment(file, "file", "LOOP"), requests.attachment(nobody, "nobody")],
        requests.hls("names", bucket, folder, _SHORT_SEGMENT, HlsId3SegmentTagging="ENABLED"),
        requests.hls("pauses", bucket, folder, _LONG_SEGMENT, **paused),
        requests.rtmp("ivs", f"rtmps://{ivs['ingestEndpoint']}:443/app/", key),
    )
    channel = making.channel(run, "pictures", **body)["Id"]
    rig.reaches(rig.channel, channel, "IDLE", patience=SHORT, measured="channel_create")
    return channel, folder


def _live(rig: Rig, channel: str, arn: str) -> float | None:
    """Wait until it runs and its stream is live; when GetStream first answered."""
    since, live_at = rig.now(), None
    running = False
    while rig.now() - since < LONG and not (running and live_at is not None):
        if live_at is None and asked(rig.ivs.get_stream, channelArn=arn).code is None:
            live_at = rig.now()
        if not running and rig.channel(channel) == "RUNNING":
            running = True
            rig.run.measure("channel_start", since)
            since = rig.now() - LONG + SHORT  # its stream is given two minutes more
        rig.run.sleep(2.0 if not running and rig.now() - since < _STARTS else 0.5)
    if not running:
        raise NotInTime("the channel did not run")
    return live_at


def _act(rig: Rig, channel: str, name: str, settings: dict[str, Any], after: float = 0.0) -> None:
    at = datetime.fromtimestamp(rig.now() + _LEAD + after, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    starts = {"FixedModeScheduleActionStartSettings": {"Time": at}}
    action = {"ActionName": name, "ScheduleActionSettings": settings, "ScheduleActionStartSettings": starts}
    rig.medialive.batch_update_schedule(ChannelId=channel, Creates={"ScheduleActions": [action]})


def _loses_its_input(rig: Rig, channel: str) -> None:
    for name, to, after in (("away", "nobody", 0.0), ("back", "file", _PAUSE)):
        _act(rig, channel, name, {"InputSwitchSettings": {"InputAttachmentNameReference": to}}, after)
    rig.run.sleep(_LEAD + _PAUSE)


# What it wrote


def _written(rig: Rig, folder: str) -> Iterator[Finding]:
    pages = rig.s3.get_paginator("list_objects_v2").paginate(Bucket=rig.stage.bucket, Prefix=folder + "/")
    keys = [one["Key"] for page in pages for one in page.get("Contents", [])]
    names = _playlist(rig, keys, "names_v")
    pauses = _playlist(rig, keys, "pauses_v")
    if not names:
        for name in ("segment_counter", "dates_in_names", "id3_segment_tagging", "program_date_time_clock"):
            yield Finding(name, None, "nothing was written")
    else:
        yield from _names(names)
        yield _tagged(rig, folder, names)
        yield _clock(rig, names)
    if not pauses:
        for name in ("last_segment", "program_date_time_after_pause"):
            yield Finding(name, None, "nothing was written")
    else:
        yield _last(pauses)
        yield _after_the_pause(pauses)


def _playlist(rig: Rig, keys: list[str], name: str) -> list[_Entry]:
    found = [key for key in keys if key.rpartition("/")[2].startswith(name) and key.endswith(".m3u8")]
    if not found:
        return []
    text = rig.s3.get_object(Bucket=rig.stage.bucket, Key=found[0])["Body"].read().decode()
    entries: list[_Entry] = []
    seconds, dated, breaks = 0.0, None, False
    for line in text.splitlines():
        if line.startswith("#EXTINF:"):
            seconds = float(line.removeprefix("#EXTINF:").split(",")[0])
        elif line.startswith("#EXT-X-PROGRAM-DATE-TIME:"):
            said = line.partition(":")[2].replace("Z", "+00:00")
            dated = datetime.fromisoformat(said).timestamp()
        elif line == "#EXT-X-DISCONTINUITY":
            breaks = True
        elif line and not line.startswith("#"):
            entries.append(_Entry(line, seconds, dated, breaks))
            dated, breaks = None, False
    return entries


def _names(entries: list[_Entry]) -> Iterator[Finding]:
    counter = re.search(r"_(\d+)\.ts$", entries[0].name)
    first = counter[1] if counter else None
    yield Finding("segment_counter", first, f"the first segment's name ends in {first}")
    times = {found[1] for one in entries if (found := re.search(r"(\d{8}T\d{6}\d*)", one.name))}
    if not times:
        yield Finding("dates_in_names", None, "there is no date in the names")
    else:
        of_each = len(times) > 1
        yield Finding("dates_in_names", "segment" if of_each else "run", f"{len(times)} times in {len(entries)} names")


def _tagged(rig: Rig, folder: str, entries: list[_Entry]) -> Finding:
    """The tag came after the greater part of them."""
    tagged, entries = 0, entries[-_AFTER_THE_TAG:]
    for entry in entries:
        answer = asked(rig.s3.get_object, Bucket=rig.stage.bucket, Key=f"{folder}/{entry.name}")
        tagged += answer.code is None and _MARK.encode() in answer.body["Body"].read()
    value = None if not tagged else "once" if tagged == 1 else "every_segment"
    return Finding("id3_segment_tagging", value, f"in {tagged} of the last {len(entries)} segments")


def _clock(rig: Rig, entries: list[_Entry]) -> Finding:
    """The timecode counts from zero: whoever goes by it is not of today."""
    dated = next((one.dated for one in entries if one.dated is not None), None)
    if dated is None:
        return Finding("program_date_time_clock", None, "there is no program date-time")
    today = abs(rig.now() - dated) < 86_400 / 2
    when = datetime.fromtimestamp(dated, UTC).isoformat()
    return Finding("program_date_time_clock", "SYSTEM_CLOCK" if today else "INITIALIZE_FROM_OUTPUT_TIMECODE", when)


def _last(entries: list[_Entry]) -> Finding:
    """Before the pause and at the end: both are cut short."""
    ends = [index for index, one in enumerate(entries) if index + 1 == len(entries) or entries[index + 1].breaks]
    cut = [entries[index].seconds for index in ends]
    short = [one for one in cut if one < _LONG_SEGMENT - 0.15]
    said = ", ".join(f"{one:.1f} s" for one in cut)
    return Finding("last_segment", "written" if short else "suppressed", f"the last ones before a break or end: {said}")


def _after_the_pause(entries: list[_Entry]) -> Finding:
    name = "program_date_time_after_pause"
    for before, after in pairwise(entries):
        if after.breaks and before.dated is not None and after.dated is not None:
            gap = after.dated - (before.dated + before.seconds)
            return Finding(
                name, "jumps" if gap > _PAUSE / 2 else "lags", f"{gap:.1f} s more over a pause of {_PAUSE:.0f}"
            )
    return Finding(name, None, "there is no break in the playlist")


# What IVS made of it


def _second_publisher(rig: Rig, url: str, ivs: dict[str, Any], key: str) -> Finding:
    run = rig.run
    file = making.file_input(run, "second", url)["Id"]
    rig.reaches(rig.input, file, "DETACHED", patience=SHORT)
    output = requests.rtmp("ivs", f"rtmps://{ivs['ingestEndpoint']}:443/app/", key)
    body = requests.channel(rig.stage.role, [requests.attachment(file, "file", "LOOP")], output)
    channel = making.channel(run, "second", **body)["Id"]
    rig.reaches(rig.channel, channel, "IDLE", patience=SHORT, measured="channel_create")
    rig.medialive.start_channel(ChannelId=channel)
    rig.reaches(rig.channel, channel, "RUNNING", measured="channel_start")

    def told() -> set[str]:
        events = rig.catcher.of(ivs["arn"], STREAM_CHANGE)
        return {event["detail"]["event_name"] for event in events} & {"Stream Takeover", "Stream Takeover Failure"}

    heard: set[str] = set()
    with suppress(NotInTime):
        heard = rig.run.until(told, "a takeover", SHORT / 2)
    rig.medialive.stop_channel(ChannelId=channel)
    rig.reaches(rig.channel, channel, "IDLE", measured="channel_stop")
    value = "takes_over" if "Stream Takeover" in heard else "refused" if heard else None
    return Finding("second_publisher", value, ", ".join(sorted(heard)) or "no event of a takeover was heard")


def _streamed(rig: Rig, arn: str, live_at: float | None) -> Iterator[Finding]:
    rig.catcher.listen()
    events = rig.catcher.of(arn, STREAM_CHANGE)
    names = [event["detail"]["event_name"] for event in events]
    times = [datetime.fromisoformat(event["time"].replace("Z", "+00:00")).timestamp() for event in events]
    if "Stream Start" not in names or live_at is None:
        yield Finding("stream_is_live_from", None, f"GetStream {'answered' if live_at else 'never answered'}; {names}")
    else:
        early = times[names.index("Stream Start")] - live_at
        seen = f"GetStream answered {early:.1f} s before Stream Start"
        yield Finding("stream_is_live_from", "session_created" if early > 0.5 else "stream_start", seen)
    if "Stream End" not in names or "Session Ended" not in names:
        yield Finding("stream_ends", None, f"heard: {', '.join(names) or 'nothing'}")
        return
    last = {
        name: max(index for index, each in enumerate(names) if each == name) for name in ("Stream End", "Session Ended")
    }
    first = last["Session Ended"] < last["Stream End"]
    yield Finding("stream_ends", "session_first" if first else "stream_first", ", ".join(names))


SCENES = (
    Scene(
        "on the air",
        (
            "ivs_error_text",
            "second_publisher",
            "segment_counter",
            "dates_in_names",
            "id3_segment_tagging",
            "program_date_time_clock",
            "last_segment",
            "program_date_time_after_pause",
            "stream_is_live_from",
            "stream_ends",
        ),
        "a channel that runs for five minutes into S3 and IVS, and a second one into the same stream",
        on_the_air,
        runs=((2, 3), (1, 1)),
        ivs=True,
    ),
)
