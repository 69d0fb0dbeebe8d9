"""The people of a soak's day: each show is a script that asks the API, waits, looks, and says when it wants to be live.

A script is a generator that yields how many seconds it does nothing; ``day.py`` lets each go on in its time, on the
stage's clock and in one thread.
"""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

from tests.soak.player import House, Player, Script

KEY = "example-key-not-real"
LET_IN = {"type": "rtmp", "allowed_cidrs": ["203.0.113.7/32"]}
#: How likely somebody who looks finds an execution to abort, if any runs.
ABORTED = 0.7


def flow_show(house: House, number: int) -> Script:
    """A show from a running flow to one to four places; some of these are no good, some recorded, some forgotten."""
    player = Player(house, number, "flow")
    chance, simulator = player.chance, house.stage.simulator
    names = [f"d{number}{letter}" for letter in "abcd"[: chance.choice([1, 1, 2, 2, 3, 4])]]
    longest = chance.choice([1800, 3600, 7200])
    records = chance.random() < 0.25
    spec: dict[str, Any] = {
        "name": f"Show {number}",
        "owner": "studio-1",
        "source": {"type": "flow", "flow_arn": chance.choice(house.flows)},
        "destinations": [_place(name) for name in names],
        "record": records,
        "on_destination_failure": chance.choice(["continue", "continue", "abort"]),
        "max_continuous_duration": longest,
    }
    for name in names:
        _bad_luck(simulator, f"*-{name}", chance)
    if not (yield from player.create(spec)):
        return
    player.wants()
    on_air = chance.uniform(120, min(longest, 900 if records else longest))
    if chance.random() < 0.15:
        player.walks_away()
        return
    if chance.random() < 0.1:
        yield chance.uniform(1, 400)  # somebody thinks better of it, at any moment of the making
        yield from player.end()
        return
    yield on_air / 2
    if records and chance.random() < 0.5:
        yield from player.move("recording/stop")
    if chance.random() < 0.2:
        changes = {"max_continuous_duration": longest + 1800}
        yield from house.ask(player.show, "PATCH", player.path, changes)
    yield on_air / 2
    yield from player.end()


def host_show(house: House, number: int) -> Script:
    """A host that streams into IVS or elsewhere, records, stops, starts again; its encoder falls silent at times."""
    player = Player(house, number, "host")
    chance, name = player.chance, f"d{number}a"
    longest = 4 * 3600
    later = chance.random() < 0.2
    spec: dict[str, Any] = {
        "name": f"Show {number}",
        "owner": "studio-1",
        "source": LET_IN,
        "destinations": [{"id": name, "platform": "ivs"} if chance.random() < 0.7 else _place(name)],
        "provision": not later,
        "max_continuous_duration": longest,
    }
    _bad_luck(house.stage.simulator, f"*-{name}", chance)
    if not (yield from player.create(spec)):
        return
    if later:
        yield chance.uniform(0, 900)
        yield from player.move("medialive")
    if (yield from player.until("idle")) == "idle":
        player.pushes(True)
        for _ in range(chance.choice([1, 2, 2, 3])):
            yield from _round(player)
    if chance.random() < 0.1:
        player.wants_no_more()  # it rests, and its lease ends it
        player.walks_away()
        return
    yield from player.end()


def silent_host(house: House, number: int) -> Script:
    """A host that goes live and whose encoder never comes: the session is ended for it."""
    player = Player(house, number, "silent host")
    spec: dict[str, Any] = {
        "name": f"Show {number}",
        "owner": "studio-1",
        "source": LET_IN,
        "destinations": [_place(f"d{number}a")],
        "go_live": True,
        "idle_timeout": 900,
        "max_continuous_duration": 2 * 3600,
    }
    if (yield from player.create(spec)):
        player.walks_away()


def _round(player: Player) -> Script:
    """On the air and off it again, perhaps recorded; what is refused is left out."""
    chance = player.chance
    if chance.random() < 0.3:
        yield from player.move("recording/start")
        yield chance.uniform(60, 300)
    player.wants()
    status, _ = yield from player.move("streaming/start", {"on_recording": _cut(chance)})
    if status >= 300:
        player.wants_no_more()
        return
    yield from player.until("live", "idle")
    yield chance.uniform(60, 900)
    if chance.random() < 0.4:
        yield from player.move("recording/start")
        yield chance.uniform(30, 300)
        if chance.random() < 0.6:
            yield from player.move("recording/stop")
    if chance.random() < 0.3:
        player.pushes(False)
        yield chance.uniform(30, 900)
        player.pushes(True)
        yield chance.uniform(60, 300)
    player.wants_no_more()
    yield from player.move("streaming/stop", {"on_recording": _cut(chance)})
    yield from player.until("idle")
    yield chance.uniform(10, 300)
    if chance.random() < 0.5:
        yield from player.move("recording/stop")
        yield chance.uniform(10, 120)


def _cut(chance: random.Random) -> str:
    return chance.choice(["finish", "continue_with_gap"])


def _place(name: str) -> dict[str, Any]:
    return {"id": name, "platform": "custom", "url": f"rtmp://{name}.example.net/live", "stream_key": f"{KEY}-{name}"}


def _bad_luck(simulator: Any, channel: str, chance: random.Random) -> None:
    """What MediaLive itself does to a channel of that name."""
    lot = chance.random()
    if lot < 0.03:
        simulator.reject_channel(channel, "a setting that the service does not take", count=1)
    elif lot < 0.05:
        simulator.fail_channel(channel, "create")
    elif lot < 0.08:
        simulator.fail_channel(channel, "start")
    elif lot < 0.14:
        simulator.fail_channel(channel, "run", after=chance.uniform(5, 1800))
    elif lot < 0.18:
        simulator.stick_channel(channel, chance.choice(["CREATING", "STARTING", "STOPPING", "DELETING"]))


def aborts(house: House, until: datetime) -> Script:
    """Until that time somebody stops an execution by hand now and then. What sticks goes on at last."""
    chance = house.chance("aborts")
    while True:
        yield chance.uniform(300, 1200)
        house.stage.simulator.release_channels()
        if house.now() >= until:
            return
        running = sorted(house.stage.executions(status="RUNNING"), key=lambda one: str(one["name"]))
        if running and chance.random() < ABORTED:
            one = chance.choice(running)
            house.stage.client("stepfunctions").stop_execution(executionArn=one["executionArn"])
            house.aborted.append(str(one["name"]))
