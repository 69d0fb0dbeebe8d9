"""A table's stream reaches the function that serverless.yml maps it to: filtered, in order, and until it is done."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.local.stage import Stage

pytestmark = pytest.mark.slow

WATCHED = "sample-dev-watched"


def put(stage: Stage, pk: str, n: int, **more: str) -> None:
    item = {"pk": {"S": pk}, "n": {"N": str(n)}, **{name: {"S": value} for name, value in more.items()}}
    stage.client("dynamodb").put_item(TableName=WATCHED, Item=item)


def add(stage: Stage, pk: str) -> None:
    stage.client("dynamodb").update_item(
        TableName=WATCHED,
        Key={"pk": {"S": pk}},
        UpdateExpression="ADD n :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
    )


def delete(stage: Stage, pk: str) -> None:
    stage.client("dynamodb").delete_item(TableName=WATCHED, Key={"pk": {"S": pk}})


def notes(stage: Stage) -> list[str]:
    """What the sample's function ``note`` has heard, in its order: ``MODIFY told/a 1 2``."""
    stage.settle(100_000)
    item = stage.client("dynamodb").get_item(TableName="sample-dev-things", Key={"pk": {"S": "notes"}}).get("Item")
    return [each["S"] for each in item["notes"]["L"]] if item else []


def batches(stage: Stage) -> list[str]:
    """The keys that each invocation got."""
    return [line for line in stage.lambdas.logs("note") if line.startswith("told/")]


# What is told


def test_each_change_is_told_with_what_was_and_what_is(stage: Stage) -> None:
    put(stage, "told/a", 1)
    put(stage, "told/a", 2)
    add(stage, "told/a")
    add(stage, "told/b")
    delete(stage, "told/a")
    assert notes(stage) == [
        "INSERT told/a - 1",
        "MODIFY told/a 1 2",
        "MODIFY told/a 2 3",
        "INSERT told/b - 1",
        "REMOVE told/a 3 -",
    ]


def test_what_changed_nothing_is_not_told(stage: Stage) -> None:
    put(stage, "told/a", 1)
    put(stage, "told/a", 1)
    delete(stage, "told/b")
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        stage.client("dynamodb").put_item(
            TableName=WATCHED, Item={"pk": {"S": "told/a"}}, ConditionExpression="attribute_not_exists(pk)"
        )
    assert notes(stage) == ["INSERT told/a - 1"]


def test_a_transaction_is_told_whole_or_not_at_all(stage: Stage) -> None:
    def transact(condition: str) -> None:
        refused = {"TableName": WATCHED, "Item": {"pk": {"S": "told/c"}}, "ConditionExpression": condition}
        puts = [{"Put": {"TableName": WATCHED, "Item": {"pk": {"S": f"told/{name}"}}}} for name in "ab"]
        stage.client("dynamodb").transact_write_items(TransactItems=[*puts, {"Put": refused}])

    with pytest.raises(ClientError, match="TransactionCanceled"):
        transact("attribute_exists(pk)")
    assert notes(stage) == []
    transact("attribute_not_exists(pk)")
    assert notes(stage) == [f"INSERT told/{name} - -" for name in "abc"]


def test_an_image_is_what_the_item_was_then(stage: Stage) -> None:
    put(stage, "told/a", 1)
    for _ in range(3):
        add(stage, "told/a")
    assert not stage.lambdas.invocations, "all four are read later than they were written"
    assert notes(stage) == ["INSERT told/a - 1", *(f"MODIFY told/a {n} {n + 1}" for n in (1, 2, 3))]


def test_a_record_has_the_form_that_lambda_gives_it(stage: Stage) -> None:
    seen: list[Any] = []
    stage.lambdas.faults.kill_before("note", when=lambda event: bool(seen.append(event)), count=None)
    put(stage, "told/a", 1)
    stage.settle()
    (record,) = seen[0]["Records"]
    told = record.pop("dynamodb")
    assert record.pop("eventID")
    assert record == {
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-west-1",
        "eventSourceARN": (
            "arn:aws:dynamodb:eu-west-1:111122223333:table/sample-dev-watched/stream/2026-01-01T00:00:00.000"
        ),
    }
    assert told.pop("SequenceNumber").isdecimal()
    assert 0 <= stage.clock.time() - told.pop("ApproximateCreationDateTime") < 2
    assert told == {
        "Keys": {"pk": {"S": "told/a"}},
        "NewImage": {"pk": {"S": "told/a"}, "n": {"N": "1"}},
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }


# In which order, and to whom


def test_records_come_in_order_and_in_batches_of_the_mappings_size(stage: Stage) -> None:
    for number in range(10):
        put(stage, f"told/{number}", number)
    assert notes(stage) == [f"INSERT told/{number} - {number}" for number in range(10)]
    assert [len(batch.split()) for batch in batches(stage)] == [4, 4, 2]


def test_what_comes_while_a_batch_is_at_work_comes_after_it(stage: Stage) -> None:
    stage.faults.delay("dynamodb", "UpdateItem", before=5, when=lambda call: b"notes" in call.body)
    put(stage, "told/a", 1)
    stage.clock.sleep(2)
    put(stage, "told/a", 2)
    assert notes(stage) == ["INSERT told/a - 1", "MODIFY told/a 1 2"]
    assert batches(stage) == ["told/a", "told/a"]


def test_what_the_filter_leaves_out_invokes_nobody_and_is_read_by_nobody(stage: Stage) -> None:
    put(stage, "other/a", 1)
    assert not stage.streams.pending()
    stage.client("dynamodb").put_item(TableName="sample-dev-things", Item={"pk": {"S": "told/a"}})
    assert not stage.streams.pending()
    assert notes(stage) == []
    assert not stage.lambdas.invocations


def test_settling_waits_for_what_is_still_to_be_told(stage: Stage) -> None:
    put(stage, "told/a", 1)
    assert stage.streams.pending() == 1
    before = stage.clock.time()
    stage.settle()
    assert stage.clock.time() - before == pytest.approx(1, abs=1)
    assert notes(stage) == ["INSERT told/a - 1"]


# Until it is done


@pytest.mark.parametrize("trouble", ["killed before", "killed at the end", "throttled", "out of time"])
def test_a_batch_is_repeated_until_the_function_succeeds(stage: Stage, trouble: str) -> None:
    if trouble == "killed before":
        stage.lambdas.faults.kill_before("note", count=3)
    elif trouble == "killed at the end":
        stage.lambdas.faults.kill_at_end("note", count=2)
    elif trouble == "throttled":
        stage.lambdas.faults.throttle("note", count=20)
    else:
        stage.faults.delay("dynamodb", "UpdateItem", before=60, when=lambda call: b"notes" in call.body)
    put(stage, "told/a", 1)
    put(stage, "told/a", 2)
    told = notes(stage)
    assert told[-2:] == ["INSERT told/a - 1", "MODIFY told/a 1 2"], "in order, however often"
    assert set(told) == set(told[-2:])
    assert not stage.streams.discarded
    stage.clock.sleep(60)  # the late call of a function that ran out of time has landed, too


def test_throttling_is_not_counted_as_a_failure(stage: Stage) -> None:
    stage.lambdas.faults.throttle("note", count=50)
    put(stage, "told/a", 1)
    assert notes(stage) == ["INSERT told/a - 1"]


def test_what_comes_before_a_reported_failure_is_not_repeated(stage: Stage) -> None:
    for name, poison in (("a", ""), ("b", ""), ("c", "reported"), ("d", "")):
        put(stage, f"told/{name}", 1, poison=poison)
    stage.clock.sleep(3)
    put(stage, "told/e", 1)
    told = notes(stage)
    assert sorted(told) == [f"INSERT told/{name} - 1" for name in "abde"], "each of them once"
    assert [[one["dynamodb"]["Keys"]["pk"]["S"] for one in each.records] for each in stage.streams.discarded] == [
        ["told/c"]
    ]


def test_a_batch_that_fails_as_a_whole_is_halved_until_the_poison_is_alone(stage: Stage) -> None:
    for name, poison in (("a", ""), ("b", "raised"), ("c", ""), ("d", "")):
        put(stage, f"told/{name}", 1, poison=poison)
    told = notes(stage)
    assert set(told) == {f"INSERT told/{name} - 1" for name in "acd"}
    assert batches(stage)[:3] == ["told/a told/b told/c told/d", "told/a told/b", "told/a"]
    (given_up,) = stage.streams.discarded
    assert given_up.condition == "RetryAttemptsExhausted"
    assert [one["dynamodb"]["Keys"] for one in given_up.records] == [{"pk": {"S": "told/b"}}]


def test_a_failure_is_retried_as_often_as_the_mapping_says(stage: Stage) -> None:
    put(stage, "told/a", 1, poison="raised")
    stage.settle(100_000)
    assert batches(stage) == ["told/a"] * 4, "once, and three times again"
    assert len(stage.streams.discarded) == 1


def test_after_a_day_the_stream_has_forgotten_a_record(stage: Stage) -> None:
    throttled = stage.lambdas.faults.throttle("note", count=None)
    put(stage, "told/a", 1)
    stage.clock.sleep(25 * 3600)
    throttled.count = 0
    put(stage, "told/b", 1)
    assert notes(stage) == ["INSERT told/b - 1"]
    assert [each.condition for each in stage.streams.discarded] == ["RecordAgeExceeded"]


def test_a_reset_forgets_what_was_to_be_told(stage: Stage) -> None:
    stage.lambdas.faults.kill_before("note", count=None)
    put(stage, "told/a", 1)
    stage.clock.sleep(10)
    put(stage, "told/b", 1)
    stage.reset()
    put(stage, "told/c", 1)
    assert notes(stage) == ["INSERT told/c - 1"]
