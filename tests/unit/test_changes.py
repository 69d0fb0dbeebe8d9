"""What has changed is told once or twice and never not at all, in whatever order its rows come to be seen."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.domain import changes as rules
from shared.domain.changes import KEPT, LOOK_BACK, MOST_TOLD, SLOWEST, ChangeCursor, ChangeRow, news
from shared.domain.errors import InvalidRequest, Throttled
from shared.gateways import changes, clients, sessions, table
from shared.runtime.api.caller import Caller
from shared.runtime.changes import changes_for, tell_changes
from tasks.triggers import record_changes
from tasks.triggers.record_changes import handler
from tests.unit.domain_objects import SESSION, a_record
from tests.unit.table_on_moto import NOON, Hands, empty_table

CHIEF = Caller(name="chief", operator=True)
OTHER = "s-000000000001"


@pytest.fixture(autouse=True)
def hands(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    with empty_table(monkeypatch) as hands:
        yield hands


class Reader:
    """Asks again and again, with the cursor of the answer before."""

    def __init__(self, who: Caller = CHIEF) -> None:
        self.who = who
        self.cursor = changes_for(who, None).cursor

    def asks(self) -> list[str]:
        answer = changes_for(self.who, self.cursor)
        assert answer.complete
        self.cursor = answer.cursor
        return list(answer.sessions)


def stream(*session_ids: str, number: int = 1) -> dict[str, Any]:
    """A batch of the table's stream, of rows that no event is told of."""
    records = []
    for place, session_id in enumerate(session_ids):
        key = table.dump({"pk": table.session_pk(session_id), "sk": "RUN#a#0001"})
        row = table.dump({"pk": table.session_pk(session_id), "sk": "RUN#a#0001", "number": place})
        told = {"Keys": key, "NewImage": row, "OldImage": row, "SequenceNumber": str(number + place)}
        records.append({"dynamodb": {**told, "ApproximateCreationDateTime": NOON.timestamp()}})
    return {"Records": records}


def test_what_changed_is_told_once_and_then_nothing(hands: Hands) -> None:
    reader = Reader()
    hands.forward(1)
    assert handler(stream(SESSION, OTHER, SESSION), None) == {"batchItemFailures": []}
    assert reader.asks() == [SESSION, OTHER]
    for _ in range(15):
        assert reader.asks() == []
        hands.forward(1)


def test_a_batch_is_one_row_that_goes_by_itself(hands: Hands) -> None:
    handler(stream(*[f"s-{number:012}" for number in range(100)]), None)
    rows = clients.client("dynamodb").scan(TableName="onair-dev-sessions")["Items"]
    [row] = [row for row in rows if row["pk"]["S"] == "CHANGES"]
    assert KEPT <= datetime.fromtimestamp(int(row["expires_at"]["N"]), UTC) - hands.moment <= KEPT + LOOK_BACK


def test_two_batches_at_one_time_are_two_rows(hands: Hands) -> None:
    reader = Reader()
    handler(stream(SESSION, number=1), None)
    handler(stream(OTHER, number=2), None)
    assert sorted(reader.asks()) == sorted([SESSION, OTHER])


def test_a_row_that_is_seen_late_is_told(hands: Hands) -> None:
    """Two readers of the stream: the one that began first is done last, as late as may be."""
    reader = Reader()
    hands.forward(20)
    begun = hands.moment
    changes.write([OTHER], hands.forward(3), "2")
    assert reader.asks() == [OTHER]
    hands.forward((SLOWEST - timedelta(seconds=3)).total_seconds())
    assert reader.asks() == []
    changes.write([SESSION], begun, "1")
    assert reader.asks() == [SESSION]
    assert reader.asks() == []


@pytest.mark.parametrize("seed", range(6))
def test_whatever_the_order_nothing_is_lost(hands: Hands, seed: int) -> None:
    """Writers whose clocks differ by seconds and whose writes take as long as they may, and a reader in between."""
    drawn = random.Random(seed)
    reader, heard = Reader(), []
    seen_at = []
    for number in range(60):
        began = hands.moment + timedelta(seconds=drawn.uniform(0, 40))
        skew = timedelta(seconds=drawn.uniform(-2, 2))
        seen_at.append((began + drawn.random() * SLOWEST, began + skew, f"s-{number:012}"))
    for visible, at, session_id in sorted(seen_at):
        while hands.moment < visible:
            hands.forward(drawn.choice([0.3, 1.0, 2.0]))
            heard += reader.asks()
        changes.write([session_id], at, session_id)
    heard += reader.asks()
    assert set(heard) == {session_id for _, _, session_id in seen_at}
    assert len(heard) == len(set(heard)), "and nothing twice, as long as the cursor holds them all"


def test_what_took_too_long_to_write_is_written_again(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, waits, write = Reader(), [30.0, 6.0, 1.0], changes.write
    hands.forward(20)

    def slowly(*given: Any) -> None:
        hands.forward(waits.pop(0))
        reader.asks()
        write(*given)

    monkeypatch.setattr(changes, "write", slowly)
    tell_changes([SESSION], "1")
    assert waits == []
    assert reader.asks() == [SESSION]


def test_what_can_not_be_written_is_told_again_with_all_of_its_batch(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*given: Any) -> None:
        raise Throttled("slow down")

    monkeypatch.setattr(changes, "write", refuse)
    batch = stream(SESSION, OTHER, number=7)
    assert handler(batch, None) == {"batchItemFailures": [{"itemIdentifier": "7"}]}


def test_what_a_session_is_does_not_wait_for_the_bus(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = Reader()
    monkeypatch.setattr(record_changes, "_tell", lambda told: "8")
    assert handler(stream(SESSION, OTHER, number=7), None) == {"batchItemFailures": [{"itemIdentifier": "8"}]}
    assert reader.asks() == [SESSION, OTHER]


def test_a_caller_is_told_of_their_own_and_of_none_that_does_not_exist(hands: Hands) -> None:
    record = a_record()
    theirs = record.model_copy(update={"session_id": OTHER, "spec": record.spec.model_copy(update={"owner": "else"})})
    for one in (record, theirs):
        sessions.create(one, (), None)
    readers = [Reader(Caller(name=record.spec.owner)), Reader(Caller(name="else")), Reader(Caller(name="nobody"))]
    chief = Reader()
    changes.write([SESSION, OTHER, "s-000000000009"], hands.moment, "1")
    assert [reader.asks() for reader in readers] == [[SESSION], [OTHER], []]
    assert chief.asks() == [SESSION, OTHER, "s-000000000009"]


# Cursors


def test_a_first_cursor_tells_the_last_seconds_once_more(hands: Hands) -> None:
    changes.write([SESSION], hands.moment, "1")
    hands.forward(3)
    assert Reader().asks() == [SESSION]
    hands.forward(8)
    assert Reader().asks() == []


@pytest.mark.parametrize(
    "cursor", ["", "x", "=", "AAAA", "AAAAAAAAAAA", "YWZ0ZXI", "ünïcode", "AAAAAAAAAAA AAAA", "A" * 3000]
)
def test_a_cursor_that_is_not_ours_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        changes_for(CHIEF, cursor)
    assert refused.value.faults[0].field == "after"


@pytest.mark.parametrize(
    ("age", "complete"),
    [
        (timedelta(), True),
        (KEPT - LOOK_BACK, True),
        (KEPT - LOOK_BACK + timedelta(seconds=1), False),
        (timedelta(days=7), False),
        (-LOOK_BACK, True),
        (-LOOK_BACK - timedelta(seconds=1), False),
    ],
    ids=str,
)
def test_a_cursor_is_good_for_an_hour(hands: Hands, age: timedelta, complete: bool) -> None:
    answer = changes_for(CHIEF, str(ChangeCursor.of(NOON - age)))
    assert (answer.complete, answer.sessions) == (complete, ())
    assert ChangeCursor.parse(answer.cursor).until == ChangeCursor.of(NOON).until, "the next one is of now"


@pytest.mark.parametrize("until", [0, 2**64 - 1])
def test_a_cursor_of_another_age_of_the_world_is_too_old(until: int) -> None:
    assert not changes_for(CHIEF, str(ChangeCursor(until=until))).complete


def test_too_much_is_said_to_be_too_much_and_the_next_cursor_is_good(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "MOST_ROWS", 6)
    reader = Reader()
    for number in range(8):
        changes.write([f"s-{number:012}"], hands.forward(3), str(number))
    answer = changes_for(CHIEF, reader.cursor)
    assert (answer.complete, answer.sessions) == (False, ())
    hands.forward(6)
    changes.write([SESSION], hands.moment, "9")
    following = changes_for(CHIEF, answer.cursor)
    assert following.complete and SESSION in following.sessions


def test_more_sessions_than_anybody_reads_one_by_one_are_too_much(hands: Hands) -> None:
    reader = Reader()
    changes.write([f"s-{number:012}" for number in range(101)], hands.moment, "1")
    answer = changes_for(CHIEF, reader.cursor)
    assert not answer.complete
    assert changes_for(Caller(name="nobody"), reader.cursor).complete, "none of them is theirs"
    assert changes_for(CHIEF, answer.cursor).complete


def test_a_cursor_has_its_place_in_an_address_and_what_it_leaves_out_is_told_again() -> None:
    rows = [ChangeRow(name=f"{number:04}", at=NOON, sessions=(f"s-{number:012}",)) for number in range(MOST_TOLD + 3)]
    cursor = str(ChangeCursor.of(NOON, rows))
    assert len(cursor) < 3000
    assert len(news(ChangeCursor.parse(cursor), rows)) == 3


def test_readers_look_further_back_than_a_write_may_take() -> None:
    assert rules.LOOK_BACK >= 2 * rules.SLOWEST
