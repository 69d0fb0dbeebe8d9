"""Changing a session's limits through the API: what follows, what is refused, and two who change them at once."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.faults.test_operations import at_once
from tests.show import Show, Shows


def patch(show: Show, **changes: Any) -> tuple[int, dict[str, Any]]:
    status, _, answer = show.stage.request("PATCH", f"/sessions/{show.id}", changes)
    return status, answer


def test_a_lease_is_extended_and_a_budget_warned_of(shows: Shows) -> None:
    show = shows.ask(go_live=False)
    show.until("idle")
    created = datetime.fromisoformat(show.look()["created_at"])
    status, answer = patch(show, max_continuous_duration=90_000, budget={"usd": 0.01})
    assert status == 200
    assert datetime.fromisoformat(answer["lease_expires_at"]) == created + timedelta(seconds=90_000)
    assert answer["limits"]["budget"] == {"usd": "0.01", "when_spent": "warn"}
    shows.stage.clock.sleep(3600)
    (warning,) = show.look()["warnings"]
    assert warning["kind"] == "budget" and "of 0.01 USD are spent" in warning["message"]
    assert patch(show, budget=None)[1]["warnings"] == []
    shows.stage.clock.sleep(90_000 - 3600 - 1200)
    (warning,) = show.look()["warnings"]
    assert warning["kind"] == "lease"
    show.ended()


def test_what_is_no_limit_is_told_and_changes_nothing(shows: Shows) -> None:
    show = shows.ask(go_live=False)
    show.until("idle")
    before = show.look()["limits"]
    for wrong in (
        {"max_continuous_duration": 5},
        {"budget": {"usd": -1}},
        {"name": "another"},
        {"idle_timeout": "long"},
    ):
        status, answer = patch(show, **wrong)
        assert (status, answer["name"]) == (422, "InvalidRequest"), wrong
    assert show.look()["limits"] == before
    assert patch(show)[0] == 200 and show.look()["limits"] == before
    show.ended()
    status, answer = patch(show, max_continuous_duration=90_000)
    assert (status, answer["name"], answer["allowed"]) == (409, "NotAllowedNow", [])


def test_two_who_change_different_limits_at_once_both_have_their_way(shows: Shows) -> None:
    show = shows.ask(go_live=False)
    show.until("idle")
    wishes: list[dict[str, Any]] = [
        {"max_continuous_duration": 90_000},
        {"idle_timeout": 600},
        {"budget": {"usd": 7}},
    ]
    answers = at_once(shows, 3, lambda: patch(show, **wishes.pop()))
    assert [status for status, _ in answers] == [200] * 3
    limits = show.look()["limits"]
    assert (limits["max_continuous_duration"], limits["idle_timeout"]) == (90_000, 600)
    assert limits["budget"]["usd"] == "7"
    show.ended()
    shows.nothing_left()
