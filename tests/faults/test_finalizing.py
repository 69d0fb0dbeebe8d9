"""A recording that is finalized while everything breaks: one complete recording, every segment copied once."""

from __future__ import annotations

import pytest

from infra.local.calls import Call
from infra.local.stage import Stage
from shared.domain.names import recording_prefix
from shared.domain.recording import RecordingStatus
from tests.recorded import RECORDING, SESSION, Recorded, honour_conditions_of_copies

STEPS = ("gatherSegments", "copySegments", "writePlaylist", "verifyRecording")
KILLED = "Runtime.ExitError"


@pytest.fixture(autouse=True)
def as_s3_does(monkeypatch: pytest.MonkeyPatch) -> None:
    honour_conditions_of_copies(monkeypatch)


def asked(stage: Stage) -> Recorded:
    """Six segments of two runs, one of which is missing."""
    recorded = Recorded(stage)
    recorded.run(1, 5, missing={4})
    recorded.run(2, 5, begins=20)
    recorded.marked(2, 26)
    return recorded


def is_copy(call: Call) -> bool:
    return f"/{recording_prefix(SESSION, RECORDING)}0" in call.path


@pytest.mark.parametrize("function", STEPS)
def test_a_function_killed_before_or_after_any_of_its_calls_costs_nothing(stage: Stage, function: str) -> None:
    asked(stage).finalized()
    [whole] = [one for one in stage.lambdas.invocations if one.function.key == function]
    assert whole.calls >= 3
    for nth in range(whole.calls + 2):
        stage.reset()
        recorded = asked(stage)
        faults = stage.lambdas.faults
        if nth == 0:
            faults.kill_before(function)
        elif nth > whole.calls:
            faults.kill_at_end(function)
        else:
            faults.kill_after_call(function, nth=nth)
        recorded.finalized()
        errors = [one.error for one in stage.lambdas.invocations if one.function.key == function]
        assert errors == [KILLED, ""], nth
        recording = recorded.complete(6)
        assert (recording.missing_segments, len(recording.gaps)) == (1, 2)


@pytest.mark.enumerated
@pytest.mark.parametrize("fault", ["answer lost", "answer late", "lost before", "refused for a moment"])
@pytest.mark.parametrize("operation", ["GetObject", "ListObjectsV2", "CopyObject"])
def test_a_call_that_breaks_is_made_again_and_nothing_is_copied_twice(stage: Stage, operation: str, fault: str) -> None:
    """Once by the SDK, and once more than the SDK tries."""
    for count in (1, 4):
        stage.reset()
        recorded, faults = asked(stage), stage.faults
        when = is_copy if operation == "CopyObject" else None
        scripted = {
            "answer lost": lambda: faults.lose_answer("s3", operation, count=count, when=when),  # noqa: B023
            "answer late": lambda: faults.lose_answer("s3", operation, count=count, when=when, late=True),  # noqa: B023
            "lost before": lambda: faults.lose("s3", operation, count=count, when=when),  # noqa: B023
            "refused for a moment": lambda: faults.reject("s3", operation, 503, "SlowDown", count=count, when=when),  # noqa: B023
        }[fault]()
        recorded.finalized()
        assert scripted.hits == count
        recorded.complete(6)


@pytest.mark.parametrize("state", ["Gather segments", "Copy segments", "Write playlist", "Verify recording"])
def test_an_execution_that_is_aborted_is_finished_by_the_next(stage: Stage, state: str) -> None:
    """Also while its functions still work: they can't be stopped."""
    recorded = asked(stage)
    stage.faults.delay("s3", "*", after=1.0, count=None)
    first = recorded.finalize()
    stage.wait(lambda: state in stage.path(first), every=0.25)
    stage.client("stepfunctions").stop_execution(executionArn=first)
    assert recorded.row().status in (RecordingStatus.STOPPING, RecordingStatus.PROCESSING)
    stage.clock.sleep(10)
    stage.faults.clear()
    recorded.finalized(2)
    recorded.complete(6)


def test_a_function_that_runs_out_of_time_goes_on_where_it_was(stage: Stage) -> None:
    recorded = asked(stage)
    stage.faults.delay("s3", "CopyObject", before=4.0, count=6, when=is_copy)
    recorded.finalized()
    errors = [one.error for one in stage.lambdas.invocations if one.function.key == "copySegments"]
    assert errors == ["Sandbox.Timedout", ""]
    recorded.complete(6)


def test_two_executions_at_once_make_one_recording(stage: Stage) -> None:
    recorded = asked(stage)
    recorded.finalize(1)
    recorded.finalize(2)
    stage.settle()
    assert [one["status"] for one in stage.executions("FinalizeRecordingMachine")] == ["SUCCEEDED", "SUCCEEDED"]
    assert recorded.complete(6).missing_segments == 1


def test_what_it_consists_of_is_decided_once(stage: Stage) -> None:
    """What comes into the buffer afterwards does not change it, nor does an execution that decides more slowly."""
    recorded = Recorded(stage)
    recorded.run(1, 5)
    recorded.marked(0, 20)
    stage.faults.delay("s3", "*", before=5.0, when=lambda call: call.method == "PUT" and "segments.json" in call.path)
    recorded.finalize(1)
    stage.clock.sleep(1)
    recorded.run(1, 6)
    recorded.finalize(2)
    stage.clock.sleep(1)
    recorded.run(1, 10)
    stage.settle()
    assert [one["status"] for one in stage.executions("FinalizeRecordingMachine")] == ["SUCCEEDED", "SUCCEEDED"]
    recorded.finalized(3)
    assert recorded.seconds(recorded.complete(6).gaps[0].starts_at) == 12


def test_a_recording_that_is_ready_stays_as_it_is_when_the_buffer_is_empty(stage: Stage) -> None:
    recorded = asked(stage)
    before = recorded.finalized()
    for one in recorded.s3.list_objects_v2(Bucket=recorded.bucket, Prefix="buffer/")["Contents"]:
        recorded.s3.delete_object(Bucket=recorded.bucket, Key=one["Key"])
    recorded.finalized(2)
    assert recorded.complete(6) == before
    assert [one["status"] for one in stage.executions("FinalizeRecordingMachine")] == ["SUCCEEDED", "SUCCEEDED"]


def test_what_was_copied_but_not_whole_is_copied_again(stage: Stage) -> None:
    recorded = asked(stage)
    prefix = recording_prefix(SESSION, RECORDING)
    recorded.s3.put_object(Bucket=recorded.bucket, Key=f"{prefix}000001.ts", Body=b"half")
    recorded.finalized()
    assert recorded.copies()["000001.ts"] == 2
    assert recorded.row().status is RecordingStatus.READY and recorded.body("000001.ts") != b"half"


def test_a_recording_whose_segment_somebody_takes_away_is_not_called_ready(stage: Stage) -> None:
    recorded = asked(stage)
    key = f"{recording_prefix(SESSION, RECORDING)}000001.ts"
    arn = recorded.finalize()
    stage.lambdas.faults.kill_before("verifyRecording")
    stage.wait(lambda: "Verify recording" in stage.path(arn), every=0.01)
    recorded.s3.delete_object(Bucket=recorded.bucket, Key=key)
    stage.settle()
    recording = recorded.row()
    assert recording.status is RecordingStatus.FAILED and recording.error is not None
    assert "1 segments are not as they were copied, the first is 1" in recording.error.cause
    assert recorded.finalized(2).status is RecordingStatus.READY
