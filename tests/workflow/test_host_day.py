"""Whole days of sessions that stream and record apart; the API, the table, the simulator and S3 agree at every step.

What a day costs is reckoned by hand: prices copied from the price list of us-east-1, times from the simulator's log.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from infra.local.simulator.store import StateChange
from tests.host_show import IVS, LET_IN, HostShow, covers_its_marks, is_near, moment
from tests.show import KEY, Shows, destination

pytestmark = pytest.mark.slow

IDLE_HOUR = 0.01  # of a channel, and of a push input
IVS_HOUR = 2.00
TRANSFER_GB = 0.01
PUT = 0.000005
CENT = 0.01


@dataclass
class Branch:
    """What an hour of a channel costs, by hand, and the runs it is to have: how many outputs each has."""

    input: float
    output: float
    flow_bits: int = 0
    pipelines: int = 1
    records: bool = True
    ivs: bool = False
    runs: list[int] = field(default_factory=list)


@dataclass
class Day:
    spec: dict[str, Any]
    branches: dict[str, Branch]
    minutes: float  # how long each part of the day lasts
    stop: str
    start: str


HD_SINGLE = Branch(input=0.1404, output=0.4212, ivs=True)
HOST_DAY = {"source": LET_IN, "provision": False}
DAYS = {
    "a host on IVS, in 1080p30": Day(
        spec={**HOST_DAY, "destinations": [{**IVS, "id": "main"}]},
        branches={"main": HD_SINGLE},
        minutes=2.7,
        stop="finish",
        start="continue_with_gap",
    ),
    "a host on YouTube, in 720p60 with two pipelines": Day(
        spec={
            **HOST_DAY,
            "destinations": [
                {
                    "id": "main",
                    "platform": "youtube",
                    "stream_key": KEY,
                    "profile": "720p60",
                    "channel_class": "STANDARD",
                }
            ],
        },
        branches={"main": Branch(input=0.234, output=1.053, pipelines=2)},
        minutes=1.2,  # shorter than what a run is charged for at least
        stop="continue_with_gap",
        start="finish",
    ),
    "a flow, to two destinations and a recorder": Day(
        spec={
            "provision": False,
            "destinations": [destination("main"), destination("small", profile="480p30")],
            "record": True,
        },
        branches={
            "main": Branch(input=0.1764, output=0.4212, flow_bits=5_128_000, records=False),
            "small": Branch(input=0.1764, output=0.2124, flow_bits=1_628_000, records=False),
            "recorder": Branch(input=0.1764, output=0.4212, flow_bits=5_128_000),
        },
        minutes=2.6,
        stop="refuse",
        start="refuse",
    ),
}


@pytest.mark.parametrize("name", DAYS)
def test_a_day(shows: Shows, name: str) -> None:
    day = DAYS[name]
    hosted = "source" in day.spec
    spec = day.spec if hosted else {**day.spec, "source": {"type": "flow", "flow_arn": shows.flow}}
    walk = Walk(shows, day, shows.post({"name": name, **spec}).id, hosted)
    show = walk.show
    walk.is_now("idle", streams=False, records=False)
    assert show.look()["provisioned"] is False and not [key for key in shows.count() if key != "secret"]

    show.provision()
    show.until("idle")
    if hosted:
        show.publish()
    walk.is_now("idle", streams=False, records=False)

    show.start()
    show.until("live")
    if not hosted:  # it has a recorder, which records from going live on
        walk.goes_on("live", streams=True, records=True)
        show.stop_recording()
        show.until("live")
    walk.goes_on("live", streams=True, records=False)

    show.record()
    show.until("live")
    walk.goes_on("live", streams=True, records=True)

    show.stop_recording()
    show.until("live")
    walk.goes_on("live", streams=True, records=False)

    show.record()
    show.until("live")
    walk.goes_on("live", streams=True, records=True)

    show.stop(day.stop)
    show.until("idle")
    walk.goes_on("idle", streams=False, records=day.stop != "finish")
    if day.stop != "finish":
        show.stop_recording()
        show.until("idle")
        walk.goes_on("idle", streams=False, records=False)

    show.record()
    show.until("idle")
    walk.goes_on("idle", streams=False, records=True)

    show.start(day.start)
    show.until("live")
    walk.goes_on("live", streams=True, records=day.start != "finish")

    show.passes(day.minutes * 60)
    ended = show.ended()
    assert ended["status"] == "ended" and ended["recording"] is None
    shows.nothing_left()
    walk.cost_agrees(final=True)
    recordings = show.recordings()
    assert [one["recording_id"] for one in recordings] == ["r001", "r002", "r003", *([] if hosted else ["r004"])]
    for recording in recordings:
        covers_its_marks(recording)
    gaps = {one["recording_id"]: len(one["gaps"]) for one in recordings}
    wanted = {"finish": {"r002": 0, "r003": 1}, "continue_with_gap": {"r002": 1, "r003": 0}}
    assert gaps == {"r001": 0, **wanted.get(day.stop, {"r002": 0, "r003": 0, "r004": 0})}


class Walk:
    """Follows a day: what was to happen, and whether everybody says that it has."""

    def __init__(self, shows: Shows, day: Day, session_id: str, hosted: bool) -> None:
        self.shows, self.day, self.hosted = shows, day, hosted
        self.show = HostShow(shows.stage, {"session_id": session_id})
        self._was = dict.fromkeys(day.branches, 0)
        for branch in day.branches.values():
            branch.runs.clear()

    def goes_on(self, status: str, streams: bool, records: bool) -> None:
        """Now, and after a while."""
        self.is_now(status, streams, records)
        self.show.passes(self.day.minutes * 60)
        self.is_now(status, streams, records)

    def is_now(self, status: str, streams: bool, records: bool) -> None:
        answer, record = self.show.look(), self.show.view().record
        assert (answer["status"], record.status) == (status, status)
        assert (answer["recording"] is not None, bool(record.open_recording)) == (records, records)
        outputs = {name: self._outputs(name, streams, records) for name in self.day.branches}
        for name, many in outputs.items():
            if many and many != self._was[name]:
                self.day.branches[name].runs.append(many)
            if record.operation.kind != "create":
                assert self.show.state(name) == ("RUNNING" if many else "IDLE"), (name, many)
                assert len(self.show.runs(name)) == len(self.day.branches[name].runs)
        self._was = outputs
        self._ivs_is(streams)
        self._s3_grows_while(any(many for name, many in outputs.items() if self.day.branches[name].records))
        self.cost_agrees()

    def _outputs(self, name: str, streams: bool, records: bool) -> int:
        """Of a host's channel: S3 whenever it runs, and its destination on the air. Of a flow's channels: one each."""
        if self.hosted:
            return (2 if streams else 1) if streams or records else 0
        return int(records if name == "recorder" else streams)

    def _ivs_is(self, live: bool) -> None:
        self.show.passes(10)  # a stream is there, or over, some seconds after what feeds it
        for one in self.shows.stage.simulator.inventory():
            if one.kind == "ivs_channel":
                assert one.state == ("LIVE" if live else "OFFLINE")
        for one in self.show.look()["destinations"]:
            assert one["status"] == ("broadcasting" if live else "idle")

    def _s3_grows_while(self, runs: bool) -> None:
        written, now = self.show.segments(), self.shows.stage.clock.now()
        grows = bool(written) and is_near(written[-1].end, now, timedelta(seconds=5))
        assert grows == runs, (written[-1:], now)

    # By hand

    def cost_agrees(self, final: bool = False) -> None:
        status, _, told = self.shows.stage.request("GET", f"/sessions/{self.show.id}/cost")
        assert status == 200 and told["final"] is final
        total = float(sum(self._by_hand()))
        assert abs(float(told["total"]) - total) <= CENT, (told["total"], total, told["lines"])

    def _by_hand(self) -> Iterator[float]:
        for name, branch in self.day.branches.items():
            if not any(one.key == f"{name}/channel" for one in self.show.view().resources):
                continue
            runs = list(self._runs(name))
            for (start, end), outputs in zip(runs, branch.runs, strict=True):
                seconds = (end - start).total_seconds()
                minutes = max(10, math.ceil(seconds / 60))
                yield minutes / 60 * (branch.input + outputs * branch.output)
                if branch.ivs and outputs == 2:
                    yield seconds / 3600 * IVS_HOUR
            ran = sum((end - start).total_seconds() for start, end in runs)
            for kind in ("channel", "input"):
                yield (self._existed(kind, self._id(name, kind)) - ran) / 3600 * IDLE_HOUR
            if branch.flow_bits:
                existed = self._existed("input", self._id(name, "input"))  # its output comes and goes with it
                yield existed * branch.flow_bits / 8 / 2**30 * TRANSFER_GB
        written = sum(len(self.show.segments(pipeline)) for pipeline in (0, 1))
        copied = sum(one["segments"] or 0 for one in self.show.recordings())
        yield (2 * written + copied) * PUT

    def _runs(self, name: str) -> Iterator[tuple[datetime, datetime]]:
        """From RUNNING until it is at rest: that a channel which stops is charged for is on the safe side."""
        since = None
        for change in self._changes("channel", self._id(name, "channel")):
            if change.state == "RUNNING":
                since = change.at
            elif since is not None and change.state != "STOPPING":
                yield since, change.at
                since = None
        if since is not None:
            yield since, self.shows.stage.clock.now()

    def _existed(self, kind: str, identity: str) -> float:
        changes = self._changes(kind, identity)
        end = changes[-1].at if changes[-1].state == "DELETED" else self.shows.stage.clock.now()
        return (end - changes[0].at).total_seconds()

    def _id(self, name: str, kind: str) -> str:
        found = next(one.resource_id for one in self.show.view().resources if one.key == f"{name}/{kind}")
        assert found is not None
        return found

    def _changes(self, kind: str, identity: str) -> list[StateChange]:
        log = self.shows.stage.simulator.log()
        return [one for one in log if isinstance(one, StateChange) and (one.kind, one.id) == (kind, identity)]


def test_the_hours_of_a_day_are_told_in_its_timeline(shows: Shows) -> None:
    show = HostShow(shows.stage, {"session_id": shows.post({"name": "x", **HOST_DAY, "destinations": [IVS]}).id})
    show.provision()
    show.until("idle")
    show.publish()
    show.start()
    show.until("live")
    show.stop()
    show.until("idle")
    show.ended()
    timeline = show.look()["timeline"]
    assert [one["status"] for one in timeline] == [
        *("idle", "creating", "idle", "starting", "live", "stopping", "idle", "ending", "ended")
    ]
    times = [moment(one["at"]) for one in timeline]
    assert times == sorted(times)
