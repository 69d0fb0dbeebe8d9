"""``make demo`` does what README says: everything it expects holds, and nothing is left behind."""

from __future__ import annotations

import json
import time

import pytest

from tests.e2e.running import onair

pytestmark = pytest.mark.xdist_group("demo")


def test_the_demo_ends_with_nothing_left_behind_in_well_under_a_minute() -> None:
    begun = time.monotonic()
    shown = onair("demo")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert shown.stdout.splitlines()[-1] == "left behind: 0 resources"
    assert "✗ expected" not in shown.stdout
    assert shown.stdout.count("it plays, and is as long as it was asked for") == 2
    assert time.monotonic() - begun < 60


def test_the_demo_in_json_tells_each_expectation() -> None:
    shown = onair("demo", "--json", "--speed", "100")
    told = [json.loads(line) for line in shown.stdout.splitlines()]
    assert shown.returncode == 0, [line for line in told if line.get("held") is False]
    assert [line["held"] for line in told if line["type"] == "expectation"].count(True) > 20
    assert len([line for line in told if line["type"] == "cost" and float(line["total"])]) == 3
    assert told[-1] == {"type": "result", "ok": True, "broken": [], "left_behind": 0}
