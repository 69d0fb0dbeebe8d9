"""What is asked with an Idempotency-Key is done once, and a repetition has the same outcome."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.domain.errors import IdempotencyKeyReused, NotAllowedNow
from shared.gateways import idempotency
from shared.gateways.clients import client
from shared.gateways.settings import settings
from shared.runtime.api.idempotency import once
from tests.unit.table_on_moto import Hands, empty_table

ROUTE = "POST /sessions/s-7f3k2mexamp1/recording/start"


class Recorder:
    """Makes one recording after the other. ``refuses``: what it says instead, once."""

    def __init__(self) -> None:
        self.made = 0
        self.refuses: Exception | None = None

    def __call__(self) -> str:
        if self.refuses is not None:
            refusal, self.refuses = self.refuses, None
            raise refusal
        self.made += 1
        return f"r{self.made:03}"


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    with empty_table(monkeypatch) as hands:
        yield hands


@pytest.fixture
def recorder(hands: Hands) -> Recorder:
    return Recorder()


def test_without_a_key_each_request_is_its_own(recorder: Recorder) -> None:
    assert [once(ROUTE, "host-1", None, b"", recorder) for _ in range(2)] == ["r001", "r002"]


def test_a_repetition_has_the_first_ones_outcome_for_24_hours(recorder: Recorder, hands: Hands) -> None:
    assert once(ROUTE, "host-1", "k", b"", recorder) == "r001"
    hands.forward(23 * 3600)
    assert once(ROUTE, "host-1", "k", b"", recorder) == "r001"
    assert recorder.made == 1
    hands.forward(2 * 3600)
    assert once(ROUTE, "host-1", "k", b"", recorder) == "r002"


def test_another_body_is_refused_and_nothing_is_done(recorder: Recorder) -> None:
    once(ROUTE, "host-1", "k", b"{}", recorder)
    with pytest.raises(IdempotencyKeyReused):
        once(ROUTE, "host-1", "k", b"{ }", recorder)
    assert recorder.made == 1


def test_a_key_is_the_owners_and_the_routes(recorder: Recorder) -> None:
    once(ROUTE, "host-1", "k", b"", recorder)
    assert once(ROUTE, "host-2", "k", b"other", recorder) == "r002"
    assert once(ROUTE.replace("start", "stop"), "host-1", "k", b"other", recorder) == "r003"
    assert once(ROUTE, "host-1\nk", "k", b"other", recorder) == "r004"


def test_what_was_refused_may_be_allowed_later_under_the_same_key(recorder: Recorder) -> None:
    recorder.refuses = NotAllowedNow("the session is starting")
    with pytest.raises(NotAllowedNow):
        once(ROUTE, "host-1", "k", b"", recorder)
    assert once(ROUTE, "host-1", "k", b"", recorder) == "r001"


def test_who_died_before_the_outcome_was_noted_is_repeated(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "note_outcome", _dies)
        with pytest.raises(SystemExit):
            once(ROUTE, "host-1", "k", b"", recorder)
    assert once(ROUTE, "host-1", "k", b"", recorder) == "r002"
    assert once(ROUTE, "host-1", "k", b"", recorder) == "r002"


def test_a_row_tells_neither_key_nor_body(recorder: Recorder) -> None:
    once(ROUTE, "host-1", "example-key-not-real", b"example-body-not-real", recorder)
    [row] = client("dynamodb").scan(TableName=settings().table)["Items"]
    assert "not-real" not in str(row) and "host-1" not in str(row)


def _dies(key_hash: str, outcome: str) -> None:
    raise SystemExit
