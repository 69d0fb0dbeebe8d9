"""When a channel has lost its input, by its alerts, and a session, by its channels; and what its rows say of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from shared.domain.input_loss import LOSS_ALERTS, ActiveAlert, input_lost_since, lost_since
from shared.domain.limits import GivenWarning, LimitChanges, WarningKind, WarningLevel
from shared.domain.recording import Run
from shared.domain.session import DestinationState, DestinationStatus, SessionRecord, SessionView
from shared.gateways import recordings, sessions, table
from shared.runtime.limits import change_limits, warn
from tests.unit.domain_objects import NOON, SESSION, a_record
from tests.unit.table_on_moto import Hands, empty_table


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def alert(type_: str, since: float, pipeline: str = "0") -> ActiveAlert:
    return ActiveAlert(type=type_, pipeline=pipeline, since=at(since))


def a_run(branch: str = "main", lost: float | None = None, end: float | None = None, number: int = 1) -> Run:
    return Run(
        destination_id=branch,
        number=number,
        channel_id="1234567",
        streams=True,
        asked_at=at(number - 1),
        running_at=at(number),
        stopped_at=None if end is None else at(end),
        input_lost_since=None if lost is None else at(lost),
    )


# A channel


@pytest.mark.parametrize("type_", sorted(LOSS_ALERTS))
def test_a_channel_whose_pipeline_gets_nothing_has_lost_its_input(type_: str) -> None:
    assert lost_since([alert(type_, 3)], 1, NOON) == at(3)


@pytest.mark.parametrize(
    "type_",
    [
        "Audio Not Detected",
        "Video Not Detected",
        "Black Video Detected",
        "Failed RTMP Connection",
        "Output Group is Paused",
        "Input Double-Publishing Detected",
        "An Alert That Comes With Next Year's Firmware",
    ],
)
def test_what_arrives_and_what_goes_out_are_not_lost_input(type_: str) -> None:
    assert lost_since([alert(type_, 3)], 1, NOON) is None


def test_a_channel_with_two_pipelines_has_input_as_long_as_one_of_them_has() -> None:
    both = [alert("Stopped Receiving UDP Input", 3, "1"), alert("Stopped Receiving UDP Input", 5, "0")]
    assert lost_since(both, 2, NOON) == at(5)
    assert lost_since(both[:1], 2, NOON) is None
    assert lost_since(both[:1], 1, NOON) is None, "an alert of a pipeline that it does not have"


def test_a_pipeline_with_several_alerts_has_been_without_input_since_the_first() -> None:
    assert lost_since([alert("RTMP Server Disconnected", 4), alert("RTMP Has No Audio/Video", 3)], 1, NOON) == at(3)


def test_an_alert_that_an_earlier_run_has_left_says_nothing() -> None:
    assert lost_since([alert("RTMP Has No Audio/Video", -1)], 1, NOON) is None


# A session


def view(*runs: Run) -> SessionView:
    return SessionView(record=a_record(), destinations=(), resources=(), runs=runs)


def test_a_session_has_lost_its_input_with_the_last_of_its_running_channels() -> None:
    assert input_lost_since(view(a_run("a", 3), a_run("b", 7))) == at(7)
    assert input_lost_since(view(a_run("a", 3), a_run("b"))) is None
    assert input_lost_since(view(a_run("a", 3), a_run("b", end=5))) == at(3), "what does not run has none to lose"


def test_without_a_running_channel_no_input_is_missed() -> None:
    assert input_lost_since(view()) is None
    assert input_lost_since(view(a_run(lost=3, end=5))) is None
    not_yet = a_run(lost=3).model_copy(update={"running_at": None})
    assert input_lost_since(view(not_yet)) is None


def test_the_next_run_knows_nothing_of_what_the_last_one_had_lost() -> None:
    unseen_stop = a_run(lost=3)
    assert input_lost_since(view(unseen_stop, a_run(number=10))) is None


# The rows


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hands]:
    with empty_table(monkeypatch) as hands:
        sessions.create(a_record(), (DestinationState(destination_id="main", status=DestinationStatus.IDLE),), None)
        yield hands


def the_run() -> Run:
    run = recordings.last_run(SESSION, "main")
    assert run is not None
    return run


def test_who_has_looked_earlier_does_not_write_over_what_another_saw_since(hands: Hands) -> None:
    recordings.begin_run(SESSION, a_run())
    early = the_run()
    assert recordings.note_input(SESSION, the_run(), at(3))
    assert not recordings.note_input(SESSION, early, at(1)) and the_run().input_lost_since == at(3)
    lost = the_run()
    assert recordings.note_input(SESSION, lost, None) and the_run().input_lost_since is None
    assert not recordings.note_input(SESSION, lost, at(1))
    assert recordings.note_input(SESSION, the_run(), at(9)) and the_run().input_lost_since == at(9)


def test_of_a_run_that_is_over_nothing_more_is_written(hands: Hands) -> None:
    recordings.begin_run(SESSION, a_run())
    run = the_run()
    recordings.note_stopped(SESSION, run, at(5))
    assert not recordings.note_input(SESSION, run, at(3)) and the_run().input_lost_since is None


def warning(kind: WarningKind, limit: str) -> GivenWarning:
    return GivenWarning(kind=kind, level=WarningLevel.NEAR, limit=limit, given_at=NOON, message="soon")


def of_lease(record: SessionRecord) -> GivenWarning:
    return warning(WarningKind.LEASE, record.lease_expires_at.isoformat())


def test_two_who_warn_at_once_give_one_warning(hands: Hands) -> None:
    record = sessions.get(SESSION)
    assert warn(record, [of_lease(record)])
    assert not warn(record, [of_lease(record)]), "decided on a session that had not been warned"
    assert sessions.get(SESSION).warned == (of_lease(record),)
    idle = warning(WarningKind.IDLE, "a loss")
    assert warn(sessions.get(SESSION), [idle])
    assert sessions.get(SESSION).warned == (of_lease(record), idle)


def test_a_limit_that_was_changed_meanwhile_is_not_warned_of(hands: Hands) -> None:
    record = sessions.get(SESSION)
    change_limits(SESSION, LimitChanges.model_validate({"budget": {"usd": Decimal("7")}}))
    assert not warn(record, [of_lease(record)])
    assert sessions.get(SESSION).warned == ()


def test_a_row_that_an_older_version_wrote_can_be_warned(hands: Hands) -> None:
    item = table.get(table.session_pk(SESSION), "SESSION")
    assert item is not None and item.pop("warned") == []
    table.put(item)
    record = sessions.get(SESSION)
    assert warn(record, [of_lease(record)]) and sessions.get(SESSION).warned
