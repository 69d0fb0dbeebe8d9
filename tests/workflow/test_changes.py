"""Whoever asks ``GET /changes`` again and again hears of every change of their own sessions, for next to nothing."""

from __future__ import annotations

from typing import Any

import pytest

from infra.local.stage import Stage
from shared.domain.changes import ChangeCursor
from tests.show import Shows, destination


class Listener:
    """Asks as one caller, with the cursor of the answer before."""

    def __init__(self, stage: Stage, token: str) -> None:
        self.stage = stage
        self.token = token
        self.cursor = ""
        assert self.asks() == (True, [])

    def asks(self) -> tuple[bool, list[str]]:
        query = {"after": self.cursor} if self.cursor else {}
        status, _, answer = self.stage.request("GET", "/changes", query=query, token=self.token)
        assert status == 200, answer
        self.cursor = answer["cursor"]
        return answer["complete"], answer["sessions"]


def calls(stage: Stage, function: str) -> list[str]:
    """What a function has asked of the table."""
    return [one.operation for one in stage.endpoint.calls("dynamodb") if one.function.endswith(function)]


def test_the_caller_is_told_who_they_are(shows: Shows) -> None:
    def told(token: str) -> Any:
        return shows.stage.request("GET", "/caller", token=token)[2]

    assert told(shows.stage.token) == {"name": "local", "operator": True}
    assert told(shows.stage.token_for("studio-1")) == {"name": "studio-1", "operator": False}


def test_a_session_is_told_of_as_it_moves_to_its_owner_and_to_operators(shows: Shows) -> None:
    stage = shows.stage
    host, stranger = (Listener(stage, stage.token_for(name)) for name in ("studio-1", "studio-2"))
    chief = Listener(stage, stage.token)
    show = shows.ask(destination("main"))
    shown = [show.look()["status"]]
    while shown[-1] != "live":
        stage.clock.sleep(1)
        if host.asks() == (True, [show.id]):
            shown.append(show.look()["status"])
        assert stranger.asks() == (True, [])
    assert show.look()["resources"] and len(shown) > 3, "whoever reads only what is told of sees it go live"
    assert chief.asks() == (True, [show.id])

    stage.settle()
    stage.clock.sleep(1)
    host.asks()
    stage.endpoint.reset()
    assert host.asks() == (True, []) and calls(stage, "-api") == ["Query"], "nothing new is one read"
    stage.endpoint.reset()
    assert Listener(stage, host.token).cursor and calls(stage, "-api") == [], "the first cursor is none"


def test_a_change_is_told_whatever_breaks_on_its_way(shows: Shows) -> None:
    stage = shows.stage
    host = Listener(stage, stage.token_for("studio-1"))
    stage.lambdas.faults.kill_after_call("recordChanges", "dynamodb", "BatchWriteItem", count=2)
    stage.faults.reject("dynamodb", "PutItem", 500, "InternalServerError", when=_of_changes, count=4)
    show = shows.ask(go_live=False)
    show.until("idle")
    assert host.asks() == (True, [show.id])
    assert not stage.streams.discarded


def _of_changes(call: Any) -> bool:
    return bool(call.parameters().get("Item", {}).get("pk") == {"S": "CHANGES"})


def test_a_batch_costs_one_write_more(shows: Shows) -> None:
    """What telling of changes adds to each batch of the stream."""
    stage = shows.stage
    shows.ask(go_live=False).until("idle")
    written = calls(stage, "recordChanges")
    batches = [one for one in stage.lambdas.invocations if one.function.key == "recordChanges"]
    assert written.count("PutItem") == len(batches) and set(written) == {"PutItem", "BatchWriteItem"}


@pytest.mark.parametrize("cursor", ["x", "", "bm90LW91cnM"])
def test_a_cursor_that_is_not_ours_is_refused(shows: Shows, cursor: str) -> None:
    status, _, problem = shows.stage.request("GET", "/changes", query={"after": cursor})
    assert (status, problem["name"]) == (422, "InvalidRequest")
    assert [fault["field"] for fault in problem["errors"]] == ["after"]


def test_a_cursor_of_last_week_says_that_all_is_to_be_read_anew(shows: Shows) -> None:
    old = Listener(shows.stage, shows.stage.token)
    shows.stage.clock.sleep(7 * 86400)
    assert old.asks() == (False, [])
    assert old.asks() == (True, [])
    assert ChangeCursor.parse(old.cursor).told == ()
