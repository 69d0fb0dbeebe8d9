"""The path that a history tells: branches, retries, catches, waits, ends, and what a history's missing beginning
leaves. Histories of the real engine are told in tests/workflow/test_executions_told.py."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain.execution_graph import graph_of
from shared.domain.execution_path import Awaited, Ending, Path, path_of, with_waits
from shared.domain.execution_visits import RETRIES_TOLD, ExecutionError, Visit, VisitStatus, WaitsFor, error_in_words
from shared.domain.waits import Wanted

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
TASK = {"Type": "Task", "Next": "Each"}
GRAPH = graph_of(
    {
        "StartAt": "First",
        "States": {
            "First": TASK,
            "Each": {
                "Type": "Map",
                "Next": "Last",
                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Sorry"}],
                "ItemProcessor": {
                    "StartAt": "Make",
                    "States": {
                        "Make": {
                            "Type": "Task",
                            "Next": "Await",
                            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Undo"}],
                        },
                        "Await": {"Type": "Task", "End": True},
                        "Undo": {"Type": "Task", "End": True},
                    },
                },
            },
            "Last": {"Type": "Succeed"},
            "Sorry": {"Type": "Fail"},
        },
    }
)
#: What Lambda says of an exception: with a stack that nobody is to see.
CAUSE = json.dumps(
    {"errorMessage": "CreateInput: too fast", "errorType": "Throttled", "stackTrace": ['File "/var/task/x.py"']}
)


class Story:
    """Writes a history: each event is a second after the one before, and follows it unless told."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def __call__(self, kind: str, after: int | None = None, **details: Any) -> int:
        number = len(self.events) + 1
        previous = number - 1 if after is None else after
        event = {"id": number, "previousEventId": previous, "type": kind, "timestamp": at(number)}
        if details:
            name = (
                "stateEnteredEventDetails" if kind.endswith("Entered") else f"{kind[0].lower()}{kind[1:]}EventDetails"
            )
            event[name] = details
        self.events.append(event)
        return number

    def entered(self, name: str, after: int | None = None, kind: str = "Task", given: Any = None) -> int:
        return self(f"{kind}StateEntered", after, name=name, input=json.dumps(given or {}))

    def exited(self, name: str, after: int | None = None, kind: str = "Task") -> int:
        return self(f"{kind}StateExited", after, name=name)

    def done(self, name: str, after: int | None = None, given: Any = None) -> int:
        """A task that comes off."""
        self.entered(name, after, given=given)
        self("LambdaFunctionScheduled")
        self("LambdaFunctionSucceeded")
        return self.exited(name)

    def failed(self, error: str, cause: str = CAUSE) -> int:
        self("LambdaFunctionScheduled")
        return self("LambdaFunctionFailed", error=error, cause=cause)

    def parked(self, after: int | None = None, wanted: str = "running") -> int:
        payload = {"destination_id": "youtube", "wanted": wanted, "task_token": "example-token-not-real"}
        given = json.dumps({"FunctionName": "f", "Payload": payload})
        self("TaskScheduled", after, resourceType="lambda", resource="invoke.waitForTaskToken", parameters=given)
        return self("TaskSubmitted", resourceType="lambda", resource="invoke.waitForTaskToken", output="{}")

    def map(self) -> int:
        self("ExecutionStarted")
        self.done("First", 0)
        self.entered("Each", kind="Map")
        return self("MapStateStarted", length=2)

    def item(self, index: int, after: int) -> int:
        return self("MapIterationStarted", after, name="Each", index=index)

    def told(self, ending: Ending | None = None, first: int = 1) -> Path:
        """``first``: of the events that were read."""
        return path_of(GRAPH, reversed(self.events[first - 1 :]), ending)


def at(number: int) -> datetime:
    return BEGAN + timedelta(seconds=number)


def short(visits: tuple[Visit, ...]) -> list[tuple[str, int | None, str]]:
    return [(one.state, one.item, one.status.value) for one in visits]


def one(path: Path, state: str, item: int | None = None) -> Visit:
    [found] = [each for each in path.visits if each.state == state and each.item == item]
    return found


def two_items() -> Story:
    """Two items whose events are told in turns: the first comes off, the second is undone."""
    story = Story()
    started = story.map()
    first = story.item(0, started)
    second = story.item(1, started)
    first = story.done("Make", first, {"destination_id": "youtube"})
    story.entered("Make", second, given={"destination_id": "twitch"})
    failed = story.failed("RejectedByService")
    first = story.entered("Await", first)
    second = story.exited("Make", failed)
    second = story.done("Undo", second, {"destination_id": "twitch"})
    story("MapIterationSucceeded", second, name="Each", index=1)
    story.parked(first)
    story("TaskSucceeded")
    story.exited("Await")
    last = story("MapIterationSucceeded", name="Each", index=0)
    story("MapStateSucceeded", last)
    story.exited("Each", last, kind="Map")
    story.entered("Last", kind="Succeed")
    story.exited("Last", kind="Succeed")
    story("ExecutionSucceeded", output="{}")
    return story


def test_branches_are_told_apart() -> None:
    path = two_items().told(Ending(status="SUCCEEDED", at=at(99)))
    assert short(path.visits) == [
        ("First", None, "succeeded"),
        ("Each", None, "succeeded"),
        ("Make", 0, "succeeded"),
        ("Make", 1, "caught"),
        ("Await", 0, "succeeded"),
        ("Undo", 1, "succeeded"),
        ("Last", None, "succeeded"),
    ]
    assert [(each.inside, each.item_label) for each in path.visits] == [
        (None, None),
        (None, None),
        ("Each", "youtube"),
        ("Each", "twitch"),
        ("Each", "youtube"),
        ("Each", "twitch"),
        (None, None),
    ]
    assert [each.left_to for each in path.visits] == ["Each", "Last", "Await", "Undo", None, None, None]
    make = one(path, "Make", 1)
    assert make.error is not None and make.error.name == "RejectedByService"
    assert make.error.cause.startswith("AWS refused the request as it stands: CreateInput: too fast. What to do: ")
    assert make.entered_at is not None and make.left_at is not None and make.entered_at < make.left_at


def test_attempts_that_failed_are_told_in_words_and_without_a_stack() -> None:
    story = Story()
    story("ExecutionStarted")
    story.entered("First", 0)
    when = [story.failed("Throttled") for _ in range(2)]
    story.failed("Lambda.TooManyRequestsException", "Rate Exceeded. key=example-secret-not-real")
    first = one(story.told(), "First")
    assert (first.status, first.retry_count) == (VisitStatus.RUNNING, 3), "the next attempt is about to come"
    assert [each.at for each in first.retries[:2]] == [at(number) for number in when]
    assert first.retries[0].cause == "AWS asked to slow down: CreateInput: too fast"
    assert first.retries[2].cause == "the step First ended with Lambda.TooManyRequestsException"
    story("LambdaFunctionScheduled")
    story("LambdaFunctionSucceeded")
    story.exited("First")
    first = one(story.told(), "First")
    assert (first.status, first.retry_count, first.error) == (VisitStatus.SUCCEEDED, 3, None)


def test_of_many_retries_the_last_are_told() -> None:
    story = Story()
    story("ExecutionStarted")
    story.entered("First", 0)
    when = [story.failed("NotReady") for _ in range(180)]
    first = one(story.told(), "First")
    assert first.retry_count == 180
    assert [each.at for each in first.retries] == [at(number) for number in when[-RETRIES_TOLD:]]


def waiting() -> Story:
    story = Story()
    started = story.map()
    story.item(0, started)
    story.done("Make", given={"destination_id": "youtube"})
    story.entered("Await")
    story.parked()
    return story


def test_a_parked_step_waits_until_it_is_answered() -> None:
    story = waiting()
    path = story.told()
    number = path.visits.index(one(path, "Await", 0))
    awaited = Awaited(destination_id="youtube", wanted=Wanted.RUNNING)
    assert one(path, "Await", 0).status is VisitStatus.WAITING
    assert path.awaited == {number: awaited}
    waits = WaitsFor(channel_id="1234567", wanted=Wanted.RUNNING, event="an event", since=BEGAN)
    assert [each.waits_for for each in with_waits(path, {awaited: waits})] == [None, None, None, waits]
    assert "example-token-not-real" not in path.model_dump_json()
    timed_out = story("TaskTimedOut", resourceType="lambda", resource="x", error="States.Timeout")
    path = story.told()
    assert not path.awaited and one(path, "Await", 0).status is VisitStatus.RUNNING
    assert [each.at for each in one(path, "Await", 0).retries] == [at(timed_out)]
    story.parked()
    assert one(story.told(), "Await", 0).status is VisitStatus.WAITING
    story("TaskSucceeded", resourceType="lambda", resource="x")
    assert one(story.told(), "Await", 0).status is VisitStatus.RUNNING


@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT"])
def test_what_is_open_is_aborted_with_its_execution(status: str) -> None:
    story = waiting()
    story("ExecutionAborted" if status == "ABORTED" else "ExecutionTimedOut", 0)
    path = story.told(Ending(status=status, at=at(100)))
    assert short(path.visits)[1:] == [("Each", None, "aborted"), ("Make", 0, "succeeded"), ("Await", 0, "aborted")]
    assert {each.left_at for each in path.visits if each.status is VisitStatus.ABORTED} == {at(100)}
    assert not path.awaited
    story = Story()
    story("ExecutionStarted")
    story.entered("First", 0)
    story.failed("NotReady")
    first = one(story.told(Ending(status=status, at=at(100))), "First")
    assert (first.status, first.error, first.retry_count) == (VisitStatus.ABORTED, None, 1), "between two attempts"


def test_a_fail_state_says_what_its_execution_failed_for() -> None:
    story = Story()
    story("ExecutionStarted")
    story.entered("First", 0)
    failed = story.failed("Throttled")
    story.exited("First", failed)
    story.entered("Sorry", kind="Fail")
    story("ExecutionFailed", error="Throttled", cause="x")
    error = ExecutionError(name="Throttled", cause="in words")
    path = story.told(Ending(status="FAILED", at=at(50), error=error))
    assert short(path.visits) == [("First", None, "caught"), ("Sorry", None, "failed")]
    assert one(path, "Sorry").error == error and one(path, "Sorry").left_at == at(50)


def test_a_map_whose_item_fails_ends_its_other_items() -> None:
    story = Story()
    started = story.map()
    first, second = story.item(0, started), story.item(1, started)
    first = story.entered("Await", first, given={"destination_id": "youtube"})
    story.parked(first)
    story.entered("Undo", second, given={"destination_id": "twitch"})
    story.failed("Superseded")
    story("MapIterationFailed", name="Each", index=1)
    story("MapStateFailed")
    exited = story.exited("Each", kind="Map")
    story.entered("Sorry", kind="Fail")
    path = story.told()
    assert short(path.visits)[1:] == [
        ("Each", None, "caught"),
        ("Await", 0, "aborted"),
        ("Undo", 1, "failed"),
        ("Sorry", None, "running"),
    ]
    assert one(path, "Await", 0).left_at == at(exited)
    each, undo = one(path, "Each"), one(path, "Undo", 1)
    assert each.left_to == "Sorry"
    assert each.error == undo.error and undo.error is not None and undo.error.name == "Superseded"


def test_an_item_that_begins_when_another_is_done_belongs_to_the_same_map() -> None:
    story = Story()
    story.item(0, story.map())
    story.done("Undo", given={"destination_id": "youtube"})
    story.item(1, story("MapIterationSucceeded", name="Each", index=0))
    story.entered("Undo", given={"destination_id": "twitch"})
    story.failed("Superseded")
    story("MapIterationFailed", name="Each", index=1)
    story("MapStateFailed")
    story.exited("Each", kind="Map")
    assert short(story.told().visits)[1:] == [("Each", None, "caught"), ("Undo", 0, "succeeded"), ("Undo", 1, "failed")]


def test_an_execution_that_was_not_read_to_its_end_is_told_as_far_as_it_was() -> None:
    story = Story()
    assert story.told() == Path(visits=(), awaited={})
    story("ExecutionStarted")
    story.entered("First", 0)
    path = story.told(Ending(status="SUCCEEDED", at=at(9)))
    assert short(path.visits) == [("First", None, "succeeded")], "AWS's history may lag behind"


def test_a_history_without_its_beginning_tells_the_rest() -> None:
    story = two_items()
    whole = story.told()
    known = {(each.state, each.entered_at): each for each in whole.visits}
    for first in range(1, len(story.events) + 1):
        path = story.told(first=first)
        for each in path.visits:
            if each.entered_at is None:
                assert each.state in {one.state for one in whole.visits}
                continue
            was = known[each.state, each.entered_at]
            assert (each.status, each.left_at, each.left_to, each.error, each.inside) == (
                was.status,
                was.left_at,
                was.left_to,
                was.error,
                was.inside,
            )
            assert each.item in (was.item, None)
        entered = [each.entered_at for each in path.visits if each.entered_at is not None]
        assert entered == [at for at in (one.entered_at for one in whole.visits) if at is not None and at in entered]
        assert len(entered) == len([event for event in story.events[first - 1 :] if "Entered" in event["type"]])


def test_what_runs_since_before_the_beginning_is_told_if_it_can_be() -> None:
    story = waiting()
    path = story.told(first=len(story.events) - 2)  # from Await on
    assert short(path.visits) == [("Each", None, "running"), ("Await", None, "waiting")]
    assert path.visits[0].entered_at is None
    assert [*path.awaited.values()] == [Awaited(destination_id="youtube", wanted=Wanted.RUNNING)]
    story = two_items()
    exits = next(event["id"] for event in story.events if event["type"] == "TaskStateExited" and event["id"] > 15)
    assert story.told(first=exits).visits[0].entered_at is None


@pytest.mark.parametrize(
    ("error", "cause", "said"),
    [
        (
            "States.Timeout",
            "",
            "A step did not finish within its time: the step X ended with States.Timeout. What to do",
        ),
        ("KeyError", "{'key': 'example-secret-not-real'}", "the step X ended with KeyError. What to do: Look at"),
        ("ChannelLost", "it is gone", "The channel was deleted by somebody else: it is gone. What to do: Find out"),
        (
            "ChannelLost",
            "The channel was deleted by somebody else: gone. W",
            "The channel was deleted by somebody else: g",
        ),
    ],
)
def test_an_error_is_told_in_words(error: str, cause: str, said: str) -> None:
    told = error_in_words(error, cause, "X")
    assert told.name == error and told.cause.startswith(said)
    assert "not-real" not in told.cause
    assert len(error_in_words("ChannelLost", "x" * 9000).cause) < 2500
