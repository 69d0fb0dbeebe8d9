"""``make demo`` does what README says: everything it expects holds, and nothing is left behind."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import Any

from tests.e2e.running import ROOT, onair, started


def test_the_demo_ends_with_nothing_left_behind_in_well_under_a_minute() -> None:
    begun = time.monotonic()
    shown = onair("demo")
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert shown.stdout.splitlines()[-1] == "left behind: 0 resources"
    assert "✗ expected" not in shown.stdout
    assert shown.stdout.count("it plays, and is as long as it was asked for") == 2
    assert time.monotonic() - begun < 60


def test_the_demo_in_json_tells_each_expectation_and_leaves_its_stage_to_look_at_if_it_is_to() -> None:
    with started("demo", "--json", "--speed", "100", "--keep") as process:
        told: list[dict[str, Any]] = []
        while not told or told[-1]["type"] != "result":
            assert process.stdout is not None
            told.append(json.loads(process.stdout.readline()))
        [page] = [line["page_url"] for line in told if line["type"] == "page"]
        address, _, token = page.partition("#token=")
        assert "<title>OnAir</title>" in answer(address)
        sessions = json.loads(answer(f"{address}sessions", token))["sessions"]
        assert [session["status"] for session in sessions] == ["ended"] * 3
        assert goes_on_the_air(address, token), "an encoder pushes for whoever plays with it"
    assert process.returncode == 0, [line for line in told if line.get("held") is False]
    assert [line["held"] for line in told if line["type"] == "expectation"].count(True) > 20
    assert len([line for line in told if line["type"] == "cost" and float(line["total"])]) == 3
    assert told[-1] == {"type": "result", "ok": True, "broken": [], "left_behind": 0}


def goes_on_the_air(address: str, token: str) -> bool:
    """Whether a host's show that is made on the stage gets its stream, within a minute."""
    spec = {**json.loads((ROOT / "examples/03-host-to-ivs.json").read_text(encoding="utf-8")), "go_live": True}
    made = json.loads(answer(f"{address}sessions", token, json.dumps(spec).encode()))
    until = time.monotonic() + 60
    while time.monotonic() < until:
        shown = json.loads(answer(f"{address}sessions/{made['session_id']}", token))
        if [one["status"] for one in shown["destinations"]] == ["broadcasting"]:
            return True
        time.sleep(0.2)
    return False


def answer(address: str, token: str = "", body: bytes | None = None) -> str:
    """Of a GET, or of a POST if there is a body."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(address, body, headers)
    with urllib.request.urlopen(request, timeout=20) as found:
        return str(found.read().decode())
