"""``onair orphans`` against a fake API: what it asks for, what it shows, and how it leaves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from console.cli import app
from tests.unit.console_api import Document, FakeApi, problem, serving

RUN = CliRunner()


@pytest.fixture
def api() -> Iterator[FakeApi]:
    with serving() as fake:
        yield fake


def onair(api: FakeApi, *arguments: str) -> Any:
    return RUN.invoke(app, ["--url", api.url, "orphans", "--every", "0.05", *arguments])


def a_sweep(status: str = "done", **other: Any) -> Document:
    document: Document = {
        "sweep_id": "sweep-7f3k2mexamp1",
        "status": status,
        "dry_run": True,
        "ids": [],
        "not_seen": [],
        "not_found": [],
        "held_back": "",
        "chosen": [],
        "deleted": [],
        "error": "",
    }
    return document | other


def an_orphan(verdict: str, **other: Any) -> Document:
    document: Document = {
        "kind": "channel",
        "id": "1234567",
        "name": "onair-dev-s-[x]-main",
        "place": "",
        "state": "RUNNING",
        "session_id": "s-7f3k2mexamp1",
        "verdict": verdict,
        "reason": "its session is ended",
        "first_seen_at": "2026-01-01T00:05:00Z",
        "last_seen_at": "2026-01-01T00:05:00Z",
        "looks": 1,
        "due_at": "2026-01-01T00:13:07Z" if verdict == "ours" else None,
    }
    return document | other


CHOSEN = {"kind": "channel", "id": "1234567", "name": "left", "verdict": "ours", "reason": "its session is ended"}


def says(api: FakeApi, sweep: Document, *there: Document) -> None:
    """The sweep runs, runs on, and has ended; then the list."""
    api.script = [a_sweep("running"), a_sweep("running"), sweep, {"orphans": list(there)}]


def test_it_looks_and_deletes_nothing_unless_told(api: FakeApi) -> None:
    says(api, a_sweep())
    result = onair(api)
    assert result.exit_code == 0, result.output
    assert "nothing is without an owner" in result.stdout
    assert [(method, target) for method, target, _, _ in api.asked] == [
        ("POST", "/sweeps"),
        ("GET", "/sweeps/sweep-7f3k2mexamp1"),
        ("GET", "/sweeps/sweep-7f3k2mexamp1"),
        ("GET", "/orphans"),
    ]
    assert api.asked[0][3] == {"dry_run": True, "ids": []}


def test_delete_asks_for_what_is_ours_and_for_what_is_named(api: FakeApi) -> None:
    says(api, a_sweep(dry_run=False))
    onair(api, "--delete", "1234567", "input#7654321")
    assert api.asked[0][3] == {"dry_run": False, "ids": ["1234567", "input#7654321"]}


@pytest.mark.parametrize(("verdict", "left"), [("ours", 1), ("unowned", 1), ("duplicate", 0), ("foreign", 0)])
def test_it_leaves_with_one_while_something_is_left_to_do(api: FakeApi, verdict: str, left: int) -> None:
    says(api, a_sweep(), an_orphan(verdict))
    result = onair(api)
    assert result.exit_code == left
    assert verdict in result.stdout and "onair-dev-s-[x]-main" in result.stdout


def test_it_says_when_what_waits_goes(api: FakeApi) -> None:
    says(api, a_sweep(), an_orphan("ours"), an_orphan("ours", id="2", looks=2), an_orphan("foreign", id="3"))
    shown = onair(api).stdout
    assert "on a second look, after 2026-01-01 00:13:07" in shown
    assert "by its id alone" in shown
    assert "onair orphans --delete" in shown


def test_it_says_what_was_deleted_and_what_waits(api: FakeApi) -> None:
    deleted = {"kind": "channel", "id": "1234567", "outcome": "deleted", "reason": "its session is ended"}
    waiting = {"kind": "input", "id": "7654321", "outcome": "waiting", "reason": "NotReady"}
    says(api, a_sweep(dry_run=False, chosen=[CHOSEN], deleted=[deleted, waiting], ids=["1234567"]))
    result = onair(api, "--delete", "1234567")
    assert result.exit_code == 0
    assert "deleted channel 1234567 left: its session is ended" in result.stdout
    assert "waiting input 7654321" in result.stdout


def test_a_channel_and_an_input_of_one_id_are_told_apart(api: FakeApi) -> None:
    gone = [{"kind": kind, "id": "1234567", "outcome": "deleted", "reason": ""} for kind in ("channel", "input")]
    chosen = [CHOSEN, {**CHOSEN, "kind": "input", "name": "fed"}]
    says(api, a_sweep(dry_run=False, chosen=chosen, deleted=gone))
    shown = onair(api, "--delete").stdout
    assert "channel 1234567 left" in shown and "input 1234567 fed" in shown


def test_a_named_one_that_was_not_deleted_is_left(api: FakeApi) -> None:
    kept = {"kind": "input", "id": "7654321", "outcome": "kept", "reason": "it is in use"}
    says(api, a_sweep(dry_run=False, deleted=[kept], ids=["7654321", "7"], not_found=["7"]))
    result = onair(api, "--delete", "7654321", "7")
    assert result.exit_code == 1
    assert "it is in use" in result.stdout
    assert "7 means none of these, or more than one" in result.stdout


def test_it_says_what_could_not_be_seen_and_why_nothing_was_deleted(api: FakeApi) -> None:
    unseen = {"kind": "ivs_channel", "place": "", "reason": "NotPermitted: ListChannels"}
    says(api, a_sweep(not_seen=[unseen], held_back="the table has not one session", chosen=[CHOSEN]))
    result = onair(api)
    shown = result.stdout
    assert result.exit_code == 1
    assert "ivs_channel" in shown and "could not be looked at: NotPermitted" in shown
    assert "the table has not one session" in shown and "UnownedResources.md" in shown
    assert "delete channel 1234567" in shown


@pytest.mark.parametrize("sweep", [a_sweep("failed", error="its execution ended as TIMED_OUT"), a_sweep(error="X")])
def test_a_sweep_that_did_not_come_off_is_said(api: FakeApi, sweep: Document) -> None:
    says(api, sweep)
    result = onair(api)
    assert result.exit_code == 1
    assert f"did not come off: {sweep['error']}" in result.stdout


def test_for_machines_it_is_one_document(api: FakeApi) -> None:
    says(api, a_sweep(), an_orphan("foreign"))
    document = json.loads(onair(api, "--json").stdout)
    assert document == {"sweep": a_sweep(), "orphans": [an_orphan("foreign")]}


def test_who_is_not_an_operator_is_told_so(api: FakeApi) -> None:
    api.refusal = problem(403, "OperatorsOnly", remedy="Ask as an operator.")
    result = onair(api)
    assert result.exit_code == 3
    assert "OperatorsOnly" in result.stderr and "Ask as an operator." in result.stderr
