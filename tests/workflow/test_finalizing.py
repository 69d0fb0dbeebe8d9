"""From two marks to a recording that plays: what a channel really writes, what is missing, what is waited for."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from infra.local.backends import put_object
from infra.local.stage import Stage
from shared.domain.names import buffer_prefix, recording_prefix
from shared.domain.recording import RecordingStatus, Run
from shared.gateways import recordings
from tests.contract.simulator_air import decode, to_s3
from tests.contract.simulator_corpus import audio, encoder, video
from tests.contract.simulator_corpus import channel as channel_request
from tests.recorded import RECORDING, SESSION, Recorded

FORWARD = [
    "Gather segments",
    "Copy ranges",
    "Copy segments",
    "Write playlist",
    "Verify recording",
    "Recording ready",
]

#: In `make test-slow` as many as five and a half hours have.
SEGMENTS = 10_000 if "ONAIR_EXAMPLES" in os.environ else 1_000


@pytest.fixture
def recorded(stage: Stage) -> Recorded:
    return Recorded(stage)


# What a channel really writes


class OnAir:
    """A host's channel that records, one run after the other."""

    def __init__(self, recorded: Recorded, klass: str = "SINGLE_PIPELINE") -> None:
        self.recorded, self.stage, self.klass = recorded, recorded.stage, klass
        self.medialive = recorded.stage.client("medialive")
        self.runs = 0

    def start(self) -> None:
        """A channel of its own for each run, as each run writes to a place of its own. Returns when it runs."""
        self.runs += 1
        prefix = buffer_prefix(SESSION, self.runs)
        pipelines = range(1 if self.klass == "SINGLE_PIPELINE" else 2)
        group = self.medialive.create_input_security_group(WhitelistRules=[{"Cidr": "0.0.0.0/0"}])
        self.input = self.medialive.create_input(
            Type="RTMP_PUSH",
            InputSecurityGroups=[group["SecurityGroup"]["Id"]],
            Destinations=[{"StreamName": f"live/{number}"} for number in pipelines],
        )["Input"]["Id"]
        places = [f"s3ssl://{self.recorded.bucket}/{prefix}{number}/show" for number in pipelines]
        outputs, destination = to_s3(*places, SegmentLength=2)
        made = encoder([outputs], [video()], [audio()], TimecodeConfig={"Source": "SYSTEMCLOCK"})
        self.stage.clock.sleep(3)
        self.publish()
        request = channel_request([self.input], [destination], made, self.klass, Name=f"show-{self.runs}")
        self.channel = self.medialive.create_channel(**request)["Channel"]["Id"]
        self._reaches("IDLE")
        self.run = Run(
            destination_id="host",
            number=self.runs,
            channel_id=self.channel,
            prefix=prefix,
            streams=True,
            asked_at=self.stage.clock.now(),
        )
        recordings.begin_run(SESSION, self.run)
        self.medialive.start_channel(ChannelId=self.channel)
        self._reaches("RUNNING")
        recordings.note_running(SESSION, self.run, self.stage.clock.now())

    def publish(self, *, started: bool = True) -> None:
        for endpoint in range(1 if self.klass == "SINGLE_PIPELINE" else 2):
            self.stage.simulator.publish(self.input, started=started, endpoint=endpoint)

    def stop(self) -> None:
        self.medialive.stop_channel(ChannelId=self.channel)
        self._reaches("IDLE")
        recordings.note_stopped(SESSION, self.run, self.stage.clock.now())

    def _reaches(self, state: str) -> None:
        self.stage.wait(lambda: self.medialive.describe_channel(ChannelId=self.channel)["State"] == state)


def now(recorded: Recorded) -> float:
    """A whole second: a playlist's times are whole milliseconds, and marks and segments must meet exactly."""
    recorded.stage.clock.sleep(1 - recorded.stage.clock.time() % 1)
    return round(recorded.seconds(recorded.stage.clock.now()))


def pictures(recorded: Recorded) -> list[float]:
    """The times of all pictures of the finished recording, in the order of its playlist."""
    names = [line for line in recorded.playlist() if not line.startswith("#")]
    return [moment for name in names for moment in decode(recorded.body(name)).pictures]


@pytest.mark.parametrize("klass", ["SINGLE_PIPELINE", "STANDARD"])
def test_a_recording_plays_and_is_as_long_as_it_was_asked_to_be(recorded: Recorded, klass: str) -> None:
    on_air = OnAir(recorded, klass)
    on_air.start()
    recorded.stage.clock.sleep(17.3)
    started = now(recorded)
    recorded.stage.clock.sleep(61.7)
    recorded.marked(started, now(recorded))
    arn = recorded.finalize()
    recorded.stage.settle()
    assert recorded.stage.path(arn)[-3:] == FORWARD[-3:]
    recording = recorded.row()
    assert recording.status is RecordingStatus.READY and recording.gaps == () and recording.missing_segments == 0
    assert recording.duration == pytest.approx(61.7, abs=2.0)
    shown = pictures(recorded)
    assert len(shown) * 0.2 == pytest.approx(recording.duration)
    assert {round(later - earlier, 6) for earlier, later in pairwise(shown)} == {0.2}, "it goes on without a break"
    assert recorded.complete(recording.segments or 0) == recording
    state = on_air.medialive.describe_channel(ChannelId=on_air.channel)["State"]
    assert state == "RUNNING", "nobody's stream was touched"


def test_a_recording_over_a_restart_has_a_discontinuity_and_says_where_it_has_no_pictures(recorded: Recorded) -> None:
    on_air = OnAir(recorded)
    on_air.start()
    recorded.stage.clock.sleep(10)
    started = now(recorded)
    recorded.stage.clock.sleep(25)
    stopping = now(recorded)
    on_air.stop()
    recorded.stage.clock.sleep(30)
    on_air.start()
    running = now(recorded)
    recorded.stage.clock.sleep(21)
    recorded.marked(started, now(recorded))
    recording = recorded.finalized()
    recorded.complete(recording.segments or 0)
    [gap] = recording.gaps
    assert recorded.seconds(gap.starts_at) == pytest.approx(stopping, abs=2.0)
    assert recorded.seconds(gap.ends_at) == pytest.approx(running, abs=2.0)
    lines = recorded.playlist()
    assert lines.count("#EXT-X-DISCONTINUITY") == 1
    dated = lines[lines.index("#EXT-X-DISCONTINUITY") + 1]
    assert datetime.fromisoformat(dated.partition(":")[2]) == gap.ends_at.replace(
        microsecond=gap.ends_at.microsecond // 1000 * 1000
    )
    assert len(pictures(recorded)) * 0.2 == pytest.approx(recording.duration)


def test_two_recordings_of_one_run_that_follow_on_each_other_have_all_of_it(recorded: Recorded) -> None:
    recorded.run(1, 20)
    recorded.marked(5.3, 20.2)
    first = recorded.finalized()
    recorded.marked(20.2, 33.9)
    prefix = recording_prefix(SESSION, RECORDING)
    for one in recorded.s3.list_objects_v2(Bucket=recorded.bucket, Prefix=prefix)["Contents"]:
        recorded.s3.delete_object(Bucket=recorded.bucket, Key=one["Key"])
    second = recorded.finalized(2)
    assert first.ends_at == second.starts_at


# What is missing


def test_the_way_of_a_recording(recorded: Recorded) -> None:
    recorded.run(1, 10)
    recorded.marked(3.2, 15.1)
    arn = recorded.finalize()
    recorded.stage.settle()
    assert recorded.stage.path(arn) == FORWARD
    recording = recorded.complete(6)
    assert (recorded.seconds(recording.starts_at), recorded.seconds(recording.ends_at)) == (4, 16)
    assert recording.playlist == f"s3://{recorded.bucket}/{recording_prefix(SESSION, RECORDING)}playlist.m3u8"
    assert recorded.body("000000.ts") == recorded.content(1, 3)
    head = recorded.s3.head_object(Bucket=recorded.bucket, Key=f"{recording_prefix(SESSION, RECORDING)}playlist.m3u8")
    assert head["ContentType"] == "application/vnd.apple.mpegurl"


def test_a_segment_that_was_never_written_is_a_gap_and_the_rest_is_kept(recorded: Recorded) -> None:
    recorded.run(1, 10, missing={4, 5, 9})
    recorded.marked(0, 20)
    recording = recorded.finalized()
    recorded.complete(7)
    assert recording.missing_segments == 3
    assert [(recorded.seconds(gap.starts_at), recorded.seconds(gap.ends_at)) for gap in recording.gaps] == [
        (6, 10),
        (16, 18),
    ]
    assert recorded.playlist().count("#EXT-X-DISCONTINUITY") == 2


def test_a_channel_that_ran_later_and_less_long_than_the_recording_leaves_gaps_at_its_ends(recorded: Recorded) -> None:
    recorded.run(1, 5, begins=10)
    recorded.run(2, 5, begins=40)
    recorded.marked(4, 60)
    recording = recorded.finalized()
    recorded.complete(10)
    assert [(recorded.seconds(gap.starts_at), recorded.seconds(gap.ends_at)) for gap in recording.gaps] == [
        (4, 10),
        (20, 40),
        (50, 60),
    ]


def test_of_two_pipelines_the_one_with_more_is_taken(recorded: Recorded) -> None:
    recorded.run(1, 3)
    recorded.run(1, 10, pipeline=1)
    recorded.marked(0, 20)
    assert recorded.finalized().gaps == ()
    recorded.complete(10)


@pytest.mark.parametrize("lost", ["all of it", "the run"])
def test_a_recording_of_nothing_fails_and_says_so(recorded: Recorded, lost: str) -> None:
    if lost == "all of it":
        recorded.run(1, 5, missing=range(1, 6))
    recorded.marked(0, 10)
    arn = recorded.finalize()
    recorded.stage.settle()
    recording = recorded.row()
    assert recording.status is RecordingStatus.FAILED
    assert recording.error is not None and recording.error.name == "RecordingEmpty"
    assert recorded.stage.path(arn)[-2:] == ["Fail recording", "Recording failed"]
    assert recorded.stage.execution(arn)["error"] == "RecordingEmpty"
    assert not recorded.copies()


def test_a_bucket_that_may_not_be_read_fails_the_recording_until_it_may(recorded: Recorded) -> None:
    recorded.run(1, 5)
    recorded.marked(0, 10)
    refused = recorded.stage.faults.reject("s3", "*", 403, "AccessDenied", count=None)
    arn = recorded.finalize()
    recorded.stage.settle()
    failed = recorded.row()
    assert failed.status is RecordingStatus.FAILED and failed.error is not None
    assert failed.error.name == "NotPermitted" and recorded.stage.path(arn)[-1] == "Recording failed"
    refused.cancel()
    recorded.finalized(2)
    assert recorded.complete(5).error is None


# What is waited for


def test_the_last_segment_is_waited_for(recorded: Recorded) -> None:
    zero = now(recorded)
    recorded.run(1, 4, begins=zero - 8, over=False)
    recorded.marked(zero - 6, zero + 1)
    arn = recorded.finalize()
    recorded.stage.clock.sleep(60)
    assert recorded.stage.path(arn) == ["Gather segments"]
    assert recorded.row().status is RecordingStatus.STOPPING
    recorded.run(1, 5, begins=zero - 8, over=False)
    recorded.stage.clock.sleep(6)
    recording = recorded.complete(3)
    assert (recorded.seconds(recording.ends_at), recording.gaps) == (zero, ())


def test_after_five_minutes_there_is_what_there_is(recorded: Recorded) -> None:
    zero = now(recorded)
    recorded.run(1, 4, begins=zero - 8, over=False)
    recorded.marked(zero - 8, zero + 20)
    before = recorded.stage.clock.time()
    recording = recorded.finalized()
    assert 300 <= recorded.stage.clock.time() - before <= 330
    recorded.complete(4)
    assert [(recorded.seconds(gap.starts_at), recorded.seconds(gap.ends_at)) for gap in recording.gaps] == [
        (zero, zero + 20)
    ]


@pytest.mark.parametrize("noted", [True, False])
def test_a_run_that_is_over_is_not_waited_for(recorded: Recorded, noted: bool) -> None:
    """Its playlist has ended, or its row says that the channel stopped."""
    zero = now(recorded)
    recorded.run(1, 4, begins=zero - 40, over=True, noted=noted)
    if noted:
        recorded.run(1, 4, begins=zero - 40, over=False)  # a playlist that does not say so
    recorded.marked(zero - 40, zero)
    before = recorded.stage.clock.time()
    recorded.finalized()
    assert recorded.stage.clock.time() - before < 10
    recorded.complete(4)


def test_a_pipeline_that_lags_is_waited_for_half_a_minute(recorded: Recorded) -> None:
    zero = now(recorded)
    recorded.run(1, 10, begins=zero - 18, over=False)
    recorded.run(1, 3, begins=zero - 18, over=False, pipeline=1)
    recorded.marked(zero - 18, zero)
    before = recorded.stage.clock.time()
    recorded.finalized()
    assert 25 <= recorded.stage.clock.time() - before <= 40
    recorded.complete(9)


# How much it may be


@pytest.mark.slow
def test_thousands_of_segments_that_another_execution_has_begun_to_copy(recorded: Recorded) -> None:
    """Aborted when it had copied more than half: the next one goes on. Within all limits, whatever was copied.

    With the slow proofs these are 10,000.
    """
    recorded.run(1, SEGMENTS)
    recorded.marked(0.7, 2 * SEGMENTS - 0.6)
    recorded.stage.lambdas.faults.kill_before("copySegments", count=None)
    aborted = recorded.finalize()
    recorded.stage.wait(lambda: recorded.row().status is RecordingStatus.PROCESSING)
    recorded.stage.client("stepfunctions").stop_execution(executionArn=aborted)
    recorded.stage.lambdas.faults.clear()
    prefix = recording_prefix(SESSION, RECORDING)
    copied = SEGMENTS * 4 // 5
    for number in range(copied):
        put_object(recorded.bucket, f"{prefix}{number:06}.ts", recorded.content(1, number + 1))
    arn = recorded.finalize(2)
    recorded.stage.settle()
    recording = recorded.row()
    assert (recording.status, recording.segments, recording.duration) == (
        RecordingStatus.READY,
        SEGMENTS,
        2.0 * SEGMENTS,
    )
    assert recording.missing_segments == 0 and recording.gaps == ()
    calls = recorded.stage.endpoint.calls("s3", "CopyObject")
    assert [call.status for call in calls if call.function.endswith("copySegments")] == [200] * (SEGMENTS - copied)
    history = recorded.stage.history(arn)
    assert len(history) < 25_000 / 10
    largest = max(len(str(value)) for event in history for value in event.values())
    assert largest < 256 * 1024 / 10
    taken = [one.ended - one.started for one in recorded.stage.lambdas.invocations if one.ended is not None]
    assert max(taken) < 15


def test_a_recording_is_found_by_its_marks_in_an_hour_that_was_all_recorded(recorded: Recorded) -> None:
    """Another number of digits, and other playlists and segments beside those it is made of."""
    recorded.run(1, 30)
    recorded.run(10, 30, begins=100)
    recorded.run(2, 30, begins=200)
    recorded.marked(30, 40)
    recording = recorded.finalized()
    assert recording.ends_at is not None and recording.starts_at is not None
    assert recording.ends_at - recording.starts_at == timedelta(seconds=10)
    assert recorded.body("000000.ts") == recorded.content(1, 16)
    recorded.complete(5)
