"""What running channels write to S3: names, playlists, program date-time, and segments that a decoder takes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from infra.local.simulator import Duration
from infra.local.stage import Stage
from tests.contract.simulator_air import BUCKET, ENOUGH, OnAir, decode, entries, make_channel, make_input, to_ivs, to_s3
from tests.contract.simulator_corpus import Request, encoder
from tests.contract.simulator_corpus import channel as channel_request
from tests.contract.simulator_stand import Stand, served

PLAYLIST = "show/index_1080.m3u8"
NOW: Request = {"ImmediateModeScheduleActionStartSettings": {}}


@pytest.fixture
def stand() -> Iterator[Stand]:
    with served() as stand:
        stand.simulator.settings.segment_delay = 0.0
        yield stand


def segments(stand: Stand, playlist: str = PLAYLIST) -> list[tuple[str, float, str | None]]:
    return entries(stand.s3.text(playlist))


def body(stand: Stand, name: str, bucket: str = BUCKET) -> bytes:
    return stand.s3.objects[bucket, f"show/{name}"]


def seconds(text: str | None) -> float:
    assert text is not None
    return datetime.fromisoformat(text).timestamp()


def on_air(stand: Stand, *for_seconds: float, **settings: Any) -> OnAir:
    """A channel that records, after so many seconds on the air."""
    channel = make_channel(stand, to_s3(**settings))
    channel.start()
    for some in for_seconds:
        stand.passes(some)
    return channel


# Segments


def test_segments_decode_and_are_exactly_as_long_as_they_say(stand: Stand) -> None:
    on_air(stand, 30)
    found = segments(stand)
    assert [(name, duration) for name, duration, _ in found] == [(f"index_1080_0000{n}.ts", 6.0) for n in range(1, 6)]
    for number, (name, duration, _) in enumerate(found):
        decoded = decode(body(stand, name))
        assert decoded.pictures[0] == pytest.approx(10 + 6 * number), "each begins where the last ended"
        gaps = {round(after - before, 6) for before, after in pairwise(decoded.pictures)}
        assert gaps == {0.2} and len(decoded.pictures) * 0.2 == pytest.approx(duration)
        assert all(brightness > 40 for brightness in decoded.brightness)


def test_a_run_is_continuous_over_its_segments(stand: Stand) -> None:
    """In one piece it decodes like one file: neither picture nor sound has a gap, and no packet is missing."""
    on_air(stand, 61, SegmentLength=5)
    whole = b"".join(body(stand, name) for name, _, _ in segments(stand))
    decoded = decode(whole)
    assert len(decoded.pictures) == 300 and len(decoded.sounds) == 469
    assert {round(after - before, 6) for before, after in pairwise(decoded.pictures)} == {0.2}
    assert {round(after - before, 6) for before, after in pairwise(decoded.sounds)} == {0.128}
    following: dict[int, int] = {}
    for at in range(0, len(whole), 188):
        packet = whole[at : at + 188]
        assert packet[0] == 0x47
        pid, counter = int.from_bytes(packet[1:3], "big") & 0x1FFF, packet[3] & 0x0F
        assert following.get(pid, counter) == counter, f"a packet of PID {pid} is missing"
        following[pid] = (counter + 1) % 16


def test_a_segment_can_be_decoded_by_itself(stand: Stand) -> None:
    on_air(stand, 30)
    decoded = decode(body(stand, segments(stand)[3][0]))
    assert len(decoded.pictures) == 30 and len(decoded.sounds) in (46, 47)


def test_the_last_segment_is_as_long_as_what_was_left(stand: Stand) -> None:
    channel = on_air(stand, 15)
    channel.stop()
    *whole, (name, duration, _) = segments(stand)
    assert len(whole) == 2 and duration == 3.0
    assert len(decode(body(stand, name)).pictures) == 15


def test_the_last_segment_may_be_suppressed(stand: Stand) -> None:
    told = on_air(stand, 15, IncompleteSegmentBehavior="SUPPRESS")
    told.stop()
    assert [duration for _, duration, _ in segments(stand)] == [6.0, 6.0]
    stand.passes(ENOUGH)
    stand.set_alternatives(last_segment="suppressed")
    channel = on_air(stand, 15)
    channel.stop()
    assert [duration for _, duration, _ in segments(stand)] == [6.0, 6.0]


def test_a_segment_is_there_a_moment_after_its_end(stand: Stand) -> None:
    stand.simulator.settings.segment_delay = 2.0
    on_air(stand, 7)
    assert stand.s3.keys() == []
    stand.passes(1)
    assert stand.s3.keys(".ts") == ["show/index_1080_00001.ts"]


def test_timestamps_can_be_moved(stand: Stand) -> None:
    on_air(stand, 6, TimestampDeltaMilliseconds=1500)
    assert decode(body(stand, segments(stand)[0][0])).pictures[0] == pytest.approx(11.5)


# Names


def test_names_repeat_over_runs_unless_they_have_a_date(stand: Stand) -> None:
    channel = on_air(stand, 12)
    first = body(stand, "index_1080_00002.ts")
    stand.simulator.settings.durations.channel_stop = Duration(low=30, high=30)
    channel.stop()
    stand.passes(30)
    channel.start()
    stand.passes(6)
    assert len(segments(stand)) == 1 and stand.s3.keys(".ts") == [
        "show/index_1080_00001.ts",
        "show/index_1080_00002.ts",
    ]
    assert body(stand, "index_1080_00002.ts") == first, "a leftover that no playlist names"
    stand.passes(6)
    assert len(segments(stand)) == 2 and stand.s3.written.count("show/index_1080_00002.ts") == 2


def test_a_date_in_a_name_is_each_segments_own(stand: Stand) -> None:
    channel = make_channel(stand, to_s3(modifier="_$dt$", segment="-$d$-$t$-$h%05$-$f$-$rv$-$$"))
    began = channel.start()
    stand.passes(12)
    (playlist,) = [key for key in stand.s3.keys(".m3u8") if key != "show/index.m3u8"]
    names = [name for name, _, _ in segments(stand, playlist)]
    assert playlist == f"show/index_{_date(began)}.m3u8"
    day, clock = _date(began + 6).split("T")
    assert names[1] == f"index_{_date(began + 6)}-{day}-{clock}-01080-30-6000-$_00002.ts"


def _date(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y%m%dT%H%M%S")


def test_two_runs_with_dates_share_no_name(stand: Stand) -> None:
    channel = make_channel(stand, to_s3(modifier="_$dt$"))
    for _ in range(2):
        channel.start()
        stand.passes(18)
        channel.stop()
        stand.passes(ENOUGH)
    assert len(stand.s3.keys(".ts")) == 6 == len([key for key in stand.s3.written if key.endswith(".ts")])


def test_counters_and_dates_may_be_otherwise(stand: Stand) -> None:
    stand.set_alternatives(segment_counter="000002", dates_in_names="run")
    channel = make_channel(stand, to_s3(modifier="_$dt$"))
    began = channel.start()
    stand.passes(12)
    assert stand.s3.keys(".ts") == [f"show/index_{_date(began)}_00000{n}.ts" for n in (2, 3)]


# Playlists


def test_a_playlist_is_an_event_while_the_channel_runs_and_then_vod(stand: Stand) -> None:
    channel = on_air(stand, 12)
    text = stand.s3.text(PLAYLIST)
    assert text.startswith("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n")
    assert "#EXT-X-PLAYLIST-TYPE:EVENT" in text and "#EXT-X-ENDLIST" not in text
    channel.stop()
    text = stand.s3.text(PLAYLIST)
    assert "#EXT-X-PLAYLIST-TYPE:VOD" in text and text.endswith("#EXT-X-ENDLIST\n")


def test_a_master_playlist_names_its_renditions(stand: Stand) -> None:
    on_air(stand, 6)
    lines = stand.s3.text("show/index.m3u8").splitlines()
    assert lines[-1] == "index_1080.m3u8"
    assert "RESOLUTION=1920x1080" in lines[-2] and "AVERAGE-BANDWIDTH=6128000" in lines[-2]


@pytest.mark.parametrize(
    ("selection", "kinds"),
    [
        ("VARIANT_MANIFESTS_AND_SEGMENTS", ["show/index_1080.m3u8", "show/index_1080_00001.ts"]),
        ("SEGMENTS_ONLY", ["show/index_1080_00001.ts"]),
    ],
)
def test_only_what_is_selected_is_written(stand: Stand, selection: str, kinds: list[str]) -> None:
    on_air(stand, 6, OutputSelection=selection)
    assert stand.s3.keys() == kinds


def test_a_live_playlist_is_a_window_and_what_fell_out_of_it_is_removed(stand: Stand) -> None:
    on_air(stand, 60, Mode="LIVE", IndexNSegments=3, KeepSegments=5)
    text = stand.s3.text(PLAYLIST)
    assert "#EXT-X-MEDIA-SEQUENCE:8" in text and "PLAYLIST-TYPE" not in text
    assert [name for name, _, _ in entries(text)] == [f"index_1080_{n:05}.ts" for n in (8, 9, 10)]
    assert stand.s3.keys(".ts") == [f"show/index_1080_{n:05}.ts" for n in (6, 7, 8, 9, 10)]


def test_durations_may_be_whole_seconds(stand: Stand) -> None:
    on_air(stand, 6, ManifestDurationFormat="INTEGER")
    assert "#EXTINF:6,\n" in stand.s3.text(PLAYLIST)


def test_each_pipeline_writes_to_a_place_of_its_own(stand: Stand) -> None:
    places = ("s3ssl://example-a/show/index", "s3://example-b/show/index")
    channel = make_channel(stand, to_s3(*places), klass="STANDARD")
    channel.start()
    stand.passes(6)
    assert body(stand, "index_1080_00001.ts", "example-a") == body(stand, "index_1080_00001.ts", "example-b")


def test_other_places_than_buckets_are_left_alone(stand: Stand) -> None:
    channel = make_channel(stand, to_s3("https://origin.example/show/index"))
    channel.start()
    stand.passes(12)
    assert stand.s3.written == []


# Program date-time


def test_the_system_clocks_date_time_is_the_clock(stand: Stand) -> None:
    channel = make_channel(stand, to_s3())
    began = channel.start()
    stand.passes(18)
    dates = [seconds(date) for _, _, date in segments(stand)]
    assert dates == [pytest.approx(began + 6 * number, abs=0.001) for number in range(3)]


@pytest.mark.parametrize("source", ["EMBEDDED", "ZEROBASED"])
def test_without_a_timecode_of_its_own_a_source_starts_at_zero(stand: Stand, source: str) -> None:
    channel = make_channel(stand, to_s3(), source=source)
    channel.start()
    stand.passes(12)
    assert [date for _, _, date in segments(stand)] == ["1970-01-01T00:00:00.000Z", "1970-01-01T00:00:06.000Z"]


def test_a_source_with_a_timecode_is_dated_by_it(stand: Stand) -> None:
    stand.simulator.settings.timecoded_inputs = ("RTP_PUSH",)
    channel = make_channel(stand, to_s3(), source="EMBEDDED", inputs=[make_input(stand, "RTP_PUSH")])
    began = channel.start()
    stand.passes(6)
    assert seconds(segments(stand)[0][2]) == pytest.approx(began, abs=0.001)


def test_the_groups_own_clock_needs_no_timecode(stand: Stand) -> None:
    channel = make_channel(stand, to_s3(ProgramDateTimeClock="SYSTEM_CLOCK"), source="EMBEDDED")
    began = channel.start()
    stand.passes(6)
    assert seconds(segments(stand)[0][2]) == pytest.approx(began, abs=0.001)
    stand.set_alternatives(program_date_time_clock="SYSTEM_CLOCK")
    channel.stop()
    stand.passes(ENOUGH)
    other = make_channel(stand, to_s3("s3ssl://example-b/show/other"), source="EMBEDDED", Name="other")
    began = other.start()
    stand.passes(6)
    assert seconds(segments(stand, "show/other_1080.m3u8")[0][2]) == pytest.approx(began, abs=0.001)


def test_dates_come_once_a_period_or_not_at_all(stand: Stand) -> None:
    on_air(stand, 42, ProgramDateTimePeriod=18)
    assert [bool(date) for _, _, date in segments(stand)] == [True, False, False, True, False, False, True]
    stand.s3.objects.clear()
    on_air(stand, 12, ProgramDateTime="EXCLUDE")
    assert [date for _, _, date in segments(stand)] == [None, None]


# When the input is lost


def lose(stand: Stand, channel: OnAir, *, after: float, for_seconds: float) -> None:
    stand.passes(after)
    stand.simulator.publish(channel.inputs[0], started=False)
    stand.passes(for_seconds)
    stand.simulator.publish(channel.inputs[0])


def test_black_goes_out_while_there_is_no_input(stand: Stand) -> None:
    channel = on_air(stand)
    lose(stand, channel, after=18, for_seconds=12)
    stand.passes(6)
    black = [decode(body(stand, name)).brightness[0] < 20 for name, _, _ in segments(stand)]
    assert black == [False, False, False, True, True, False]
    assert "#EXT-X-DISCONTINUITY" not in stand.s3.text(PLAYLIST)


def test_a_paused_output_has_a_hole_and_says_so(stand: Stand) -> None:
    channel = make_channel(stand, to_s3(InputLossAction="PAUSE_OUTPUT", ProgramDateTimeClock="SYSTEM_CLOCK"))
    began = channel.start()
    lose(stand, channel, after=14, for_seconds=60)
    stand.passes(12)
    found = segments(stand)
    assert [duration for _, duration, _ in found] == [6, 6, 2, 6, 6]
    starts = [seconds(date) - began for _, _, date in found]
    assert starts == [pytest.approx(at, abs=0.001) for at in (0, 6, 12, 74, 80)]
    lines = stand.s3.text(PLAYLIST).splitlines()
    assert lines.count("#EXT-X-DISCONTINUITY") == 1
    assert lines[lines.index("#EXT-X-DISCONTINUITY") + 3] == "index_1080_00004.ts"
    assert decode(body(stand, "index_1080_00004.ts")).pictures[0] == pytest.approx(84)


def test_a_pause_is_missing_from_a_date_time_by_timecode(stand: Stand) -> None:
    """Unless it catches up: nobody knows."""
    for choice, expected in (("lags", 14), ("jumps", 74)):
        stand.s3.objects.clear()
        stand.set_alternatives(program_date_time_after_pause=choice)
        channel = make_channel(stand, to_s3(InputLossAction="PAUSE_OUTPUT"))
        began = channel.start()
        lose(stand, channel, after=14, for_seconds=60)
        stand.passes(6)
        assert seconds(segments(stand)[3][2]) - began == pytest.approx(expected, abs=0.001)


def test_a_discontinuity_may_go_unsaid(stand: Stand) -> None:
    channel = on_air(stand, InputLossAction="PAUSE_OUTPUT", DiscontinuityTags="NEVER_INSERT")
    lose(stand, channel, after=12, for_seconds=12)
    stand.passes(6)
    assert len(segments(stand)) == 3 and "DISCONTINUITY" not in stand.s3.text(PLAYLIST)


def test_nothing_is_written_before_anything_came_in(stand: Stand) -> None:
    found = make_input(stand)
    channel = make_channel(stand, to_s3(), inputs=[found])
    channel.start()
    stand.passes(60)
    assert stand.s3.written == []
    stand.simulator.publish(found)
    stand.passes(6)
    assert len(segments(stand)) == 1
    channel.stop()
    stand.passes(ENOUGH)
    stand.simulator.publish(found, started=False)
    stand.set_alternatives(output_before_first_input="black")
    channel.start()
    stand.passes(6)
    assert decode(body(stand, segments(stand)[0][0])).brightness[0] < 20


def test_it_stops_when_the_channel_breaks(stand: Stand) -> None:
    stand.simulator.fail_channel("show", on="run", after=15)
    on_air(stand, 100)
    assert [duration for _, duration, _ in segments(stand)] == [6, 6, 3]
    assert stand.s3.text(PLAYLIST).endswith("#EXT-X-ENDLIST\n")


# ID3


def tag(stand: Stand, channel: OnAir, name: str, settings: Request) -> None:
    action = {"ActionName": name, "ScheduleActionSettings": settings, "ScheduleActionStartSettings": NOW}
    stand.medialive.batch_update_schedule(ChannelId=channel.id, Creates={"ScheduleActions": [action]})


def tags(stand: Stand) -> list[list[tuple[float, bytes]]]:
    return [decode(body(stand, name)).tags for name, _, _ in segments(stand)]


def test_metadata_is_in_the_segment_of_its_moment_once(stand: Stand) -> None:
    channel = on_air(stand, 8)
    tag(stand, channel, "mark", {"TimedMetadataSettings": {"Id3": "SUQzBAAAAAAAAA=="}})
    stand.passes(16)
    assert tags(stand) == [[], [(pytest.approx(18), b"ID3\x04\0\0\0\0\0\0")], [], []]


def test_a_segment_tag_is_in_every_segment_from_its_moment_on(stand: Stand) -> None:
    channel = on_air(stand, 8)
    tag(stand, channel, "start", {"Id3SegmentTaggingSettings": {"Tag": "recording r-1 $sn$"}})
    stand.passes(12)
    tag(stand, channel, "stop", {"HlsId3SegmentTaggingSettings": {"Tag": "none"}})
    stand.passes(4)
    (first, second, third, fourth) = tags(stand)
    assert first == []
    ((at, content),) = second
    assert at == pytest.approx(18) and content.startswith(b"ID3\x04") and b"TXXX" in content
    assert b"recording r-1 00002" in content
    ((at, content),) = third
    assert at == pytest.approx(22) and b"recording r-1 00003" in content
    assert b"none" in fourth[0][1]


def test_a_segment_tag_may_be_in_one_segment_only(stand: Stand) -> None:
    stand.set_alternatives(id3_segment_tagging="once")
    channel = on_air(stand, 8)
    tag(stand, channel, "start", {"Id3SegmentTaggingSettings": {"Tag": "recording"}})
    stand.passes(16)
    assert [len(one) for one in tags(stand)] == [0, 1, 0, 0]


def test_without_its_switches_no_tag_is_written(stand: Stand) -> None:
    channel = on_air(stand, 8, HlsId3SegmentTagging="DISABLED")
    tag(stand, channel, "start", {"Id3SegmentTaggingSettings": {"Tag": "recording"}})
    stand.passes(10)
    assert tags(stand) == [[], [], []]
    group, destination = to_s3("s3ssl://example-b/show/other")
    rendition = group["Outputs"][0]["OutputSettings"]["HlsOutputSettings"]
    rendition["HlsSettings"]["StandardHlsSettings"]["M3u8Settings"] = {}
    other = make_channel(stand, (group, destination), Name="other")
    other.start()
    tag(stand, other, "start", {"Id3SegmentTaggingSettings": {"Tag": "recording"}})
    tag(stand, other, "mark", {"TimedMetadataSettings": {"Id3": "SUQz"}})
    stand.passes(12)
    assert [decode(body(stand, name, "example-b")).tags for name, _, _ in segments(stand, "show/other_1080.m3u8")] == [
        [],
        [],
    ]


# Where it goes wrong, and what it costs


def test_a_bucket_that_is_not_there_is_an_alert(stand: Stand) -> None:
    stand.s3.missing.add(BUCKET)
    channel = on_air(stand, 12)
    assert channel.alerts() == ["Failed to Write to Output"] and stand.s3.written == []
    stand.s3.missing.clear()
    stand.passes(6)
    assert channel.alerts() == []
    assert stand.s3.keys(".ts") == ["show/index_1080_00003.ts"], "what was not written is lost"


def test_streaming_and_recording_are_two_groups_of_one_channel(stand: Stand) -> None:
    made = stand.ivs.create_channel()
    channel = make_channel(stand, to_ivs(made), to_s3())
    channel.start()
    stand.passes(12)
    assert len(segments(stand)) == 2
    assert stand.ivs.get_stream(channelArn=made["channel"]["arn"])["stream"]["state"] == "LIVE"


def test_what_is_written_when_somebody_looks_is_the_same(stand: Stand) -> None:
    def day() -> dict[tuple[str, str], bytes]:
        channel = on_air(stand, InputLossAction="PAUSE_OUTPUT")
        tag(stand, channel, "start", {"Id3SegmentTaggingSettings": {"Tag": "recording"}})
        lose(stand, channel, after=100.4, for_seconds=30)
        stand.passes(50)
        stand.simulator.write_out()
        return dict(stand.s3.objects)

    at_once = day()
    stand.simulator.reset()
    stand.s3.objects.clear()
    stand.s3.written.clear()
    stand.simulator.settings.segments_written = "when_looked_at"
    stand.clock.sleep(1 - stand.clock.time() % 1)
    later = day()
    assert later.keys() == at_once.keys() and len(stand.s3.written) < len(at_once) + 5
    segments_at_once = {key: found for key, found in at_once.items() if key[1].endswith(".ts")}
    assert segments_at_once.items() <= later.items()


@pytest.mark.slow
def test_a_day_on_the_air_takes_seconds(stand: Stand) -> None:
    stand.simulator.settings.segments_written = "when_looked_at"
    on_air(stand)
    before = time.perf_counter()
    stand.passes(24 * 3600)
    assert time.perf_counter() - before < 1.0, "nobody looked, so nothing was done"
    stand.simulator.write_out()
    assert len(segments(stand)) == 14_400
    last = decode(body(stand, segments(stand)[-1][0]))
    assert last.pictures[0] == pytest.approx((10 + 14_399 * 6) % (2**33 / 90_000))


def test_a_reset_ends_what_is_on_the_air(stand: Stand) -> None:
    on_air(stand, 6)
    stand.simulator.reset()
    stand.s3.written.clear()
    stand.passes(ENOUGH)
    stand.simulator.write_out()
    assert stand.s3.written == []


@pytest.mark.slow
def test_a_stage_has_in_its_s3_what_its_channels_wrote_by_now(stage: Stage) -> None:
    s3, medialive = stage.client("s3"), stage.client("medialive")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    group = medialive.create_input_security_group(WhitelistRules=[{"Cidr": "0.0.0.0/0"}])["SecurityGroup"]["Id"]
    streams = [{"StreamName": "live/a"}]
    made = medialive.create_input(Type="RTMP_PUSH", InputSecurityGroups=[group], Destinations=streams)["Input"]["Id"]
    stage.simulator.publish(made)
    outputs, destination = to_s3()
    request = channel_request([made], [destination], encoder([outputs]))
    identity = medialive.create_channel(Name="show", **request)["Channel"]["Id"]
    stage.clock.sleep(10)
    medialive.start_channel(ChannelId=identity)
    stage.wait(lambda: medialive.describe_channel(ChannelId=identity)["State"] == "RUNNING")
    stage.clock.sleep(20)
    found = s3.list_objects_v2(Bucket=BUCKET, Prefix="show/")["Contents"]
    assert [one["Key"] for one in found if one["Key"].endswith(".ts")] == [
        f"show/index_1080_0000{n}.ts" for n in (1, 2, 3)
    ]
    stage.clock.sleep(6)
    playlist = s3.get_object(Bucket=BUCKET, Key=PLAYLIST)["Body"].read().decode()
    assert len(entries(playlist)) == 4
