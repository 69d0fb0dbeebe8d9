"""Random sequences of calls, right ones and wrong ones, with crashes and odd events between any two writes.

After each settling the invariants are looked for. ``ONAIR_EXAMPLES`` says how many sequences there are; each has a
number, which always gives the same steps.
"""

from __future__ import annotations

import os
import random
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from infra.local.events import EventFault
from infra.local.invocation import current
from shared.runtime import create_session
from tests.host_show import LET_IN, SEGMENT, HostShow, moment
from tests.show import KEY, Shows, destination

pytestmark = pytest.mark.slow

EXAMPLES = int(os.environ.get("ONAIR_EXAMPLES", "2"))
STEPS = 16
LEGAL = {
    ("creating", "idle"),
    ("idle", "creating"),
    ("idle", "starting"),
    ("starting", "live"),
    ("starting", "stopping"),
    ("live", "stopping"),
    ("stopping", "idle"),
    ("ending", "ended"),
    ("ending", "failed"),
    ("ending", "cleanup_incomplete"),
    ("cleanup_incomplete", "ending"),
    *((status, "ending") for status in ("creating", "idle", "starting", "live", "stopping")),
}
RUNS = ("STARTING", "RUNNING", "RECOVERING", "STOPPING")
#: In these an execution makes its last write: a newer one may have begun.
LAST_STATES = (
    "Settle",
    "Give up",
    "Abandon",
    "Record",
    "Finish",
    "On air",
    "Off air",
    "Provisioned",
    "Ended",
    "Start g",
)
#: States in which a newer execution only waits until the older one is over.
WAITS_FOR_OLDER = ("Plan removal", "Drain session")
EVENTS = ("MediaLive Channel State Change", "IVS Stream State Change")


class Sequence:
    """One session, what is asked of it by chance, and what must then be true."""

    def __init__(self, shows: Shows, seed: int) -> None:
        self.shows, self.stage, self.chance = shows, shows.stage, random.Random(seed)
        self.told: list[str] = []
        self._event_faults: list[EventFault] = []
        spec = self._spec()
        self._say(f"asks for {spec}")
        status, answer = self._insist("POST", "/sessions", {"name": "A show", **spec}, {"idempotency-key": f"k{seed}"})
        assert status == 202, answer
        self.show = HostShow(self.stage, answer)

    def _spec(self) -> dict[str, Any]:
        provision = self.chance.random() < 0.8
        host = {"source": LET_IN, "provision": provision}
        youtube = {"id": "main", "platform": "youtube", "stream_key": KEY, "channel_class": "STANDARD"}
        flow = {"source": {"type": "flow", "flow_arn": self.shows.flow}, "record": True, "provision": provision}
        idle = {"go_live": False} if self.chance.random() < 0.5 else {}
        return self.chance.choice(
            [
                {**host, "destinations": [{"id": "main", "platform": "ivs"}]},
                {**host, "destinations": [destination("main")]},
                {**host, "destinations": [youtube]},
                {**flow, **idle, "destinations": [destination("main")]},
            ]
        )

    # What happens

    def run(self) -> None:
        if self.chance.random() < 0.8:
            self._settles()
            self._encoder(True)
        for _ in range(STEPS):
            for step, odds in (
                (self._crash, 0.4),
                (self._call_fails, 0.2),
                (self._event, 0.2),
                (self._encoder, 0.1),
                (self._move, 1.0),
                (self._abort, 0.03),
                (self._passes, 0.5),
                (self._settles, 0.5),
            ):
                if self.chance.random() < odds:
                    step()
        self._settles()
        self._ends()

    def _move(self) -> None:
        on_recording = self.chance.choice(["refuse", "finish", "finish", "continue_with_gap", "continue_with_gap"])
        moves = ["streaming/start", "streaming/stop", "recording/start", "recording/stop", "medialive"]
        lot = self.chance.random()
        if lot < 0.65:
            moves = [move for move in self._look()["allowed"] if move != "end"] or moves
        move = self.chance.choice(moves)
        if lot > 0.98:
            self._ask("DELETE", "")
        elif lot > 0.9:
            self._ask("PATCH", "", self.chance.choice([{"budget": {"usd": "5.00"}}, {"max_continuous_duration": 5}]))
        else:
            wish = {"on_recording": "x" if lot > 0.88 else on_recording}
            self._ask("POST", f"/{move}", wish if move.startswith("streaming") else None)

    def _ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        status, answer = self._insist(method, f"/sessions/{self.show.id}{path}", body)
        self._say(f"{method} {path} {body or ''} -> {status} {answer.get('status')} {answer.get('detail', '')}")
        assert status in (200, 202, 409, 422), answer
        return status, answer

    def _look(self) -> dict[str, Any]:
        return dict(self._insist("GET", f"/sessions/{self.show.id}", None)[1])

    def _insist(self, method: str, path: str, body: Any, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        for _ in range(8):
            status, _, answer = self.stage.request(method, path, body, headers)
            if status < 500:
                break
            self._say(f"{method} {path} -> {status}")
            self.stage.clock.sleep(1)
        return status, answer

    def _settles(self) -> None:
        self._say("settles")
        self.stage.settle(6 * 3600)
        if self.show.view().record.is_busy():
            self.show.passes(400)  # Lambda takes its time before it tries again to tell somebody of an event
            self.stage.settle(6 * 3600)
        self.check()

    def _passes(self) -> None:
        seconds = self.chance.choice([0.3, 1.0, 3.0, 10.0, 40.0, 90.0])
        self._say(f"{seconds} s")
        self.show.passes(seconds)

    def _encoder(self, always: bool = False) -> None:
        pushes = always or self.chance.random() < 0.7
        inputs = [one for one in self.stage.simulator.inventory() if one.kind == "input" and one.state != "DELETING"]
        self._say(f"encoder {pushes} {len(inputs)}")
        for one in inputs:
            self.stage.simulator.publish(one.id, pushes)

    def _crash(self) -> None:
        function = self.chance.choice(["*"] * 20 + ["api"] * 4 + sorted(self.stage.service.functions))
        faults, skip = self.stage.lambdas.faults, self.chance.randrange(12) if function == "*" else 0
        kind = self.chance.randrange(4)
        self._say(f"crash {function} {kind} {skip}")
        if kind == 0:
            faults.kill_before(function, skip=skip)
        elif kind == 1:
            faults.kill_at_end(function, skip=skip)
        else:
            faults.kill_after_call(function, nth=self.chance.randrange(1, 7), skip=skip)

    def _call_fails(self) -> None:
        service = self.chance.choice(["medialive", "dynamodb", "states", "ivs", "s3"])
        kind, skip = self.chance.choice(["throttle", "lose", "lose_answer"]), self.chance.randrange(6)
        self._say(f"{kind} {service} {skip}")
        getattr(self.stage.faults, kind)(service, "*", skip=skip, when=lambda call: current() is not None)

    def _event(self) -> None:
        which, bus = self.chance.choice(EVENTS), self.stage.bus
        kind = self.chance.choice(["lose", "delay", "repeat"])
        self._say(f"{kind} {which}")
        if kind == "lose":
            self._event_faults.append(bus.lose(which))
        elif kind == "delay":
            self._event_faults.append(bus.delay(which, seconds=self.chance.choice([5, 100])))
        else:
            self._event_faults.append(bus.repeat(which, times=2, seconds=30))

    def _abort(self) -> None:
        for one in self.stage.executions(status="RUNNING"):
            self._say(f"aborts {one['name']}")
            self.stage.client("stepfunctions").stop_execution(executionArn=one["executionArn"])

    def _ends(self) -> None:
        """Nothing fails any more; the session is ended, and nothing may be left but the truth."""
        self.stage.faults.clear()
        self.stage.lambdas.faults.clear()
        for fault in self._event_faults:
            fault.count = fault.hits
        for _ in range(3):
            self._ask("DELETE", "")
            self.stage.settle(6 * 3600)
            if self._look()["status"] in ("ended", "failed"):
                break
        self.check()
        ended = self._look()
        assert ended["status"] in ("ended", "failed"), ended
        assert {row["state"] for row in ended["resources"]} <= {"deleted"}
        self.shows.nothing_left()
        for recording in self.show.recordings():
            self._is_told_in_full(recording)

    def _say(self, what: str) -> None:
        self.told.append(f"{self.stage.clock.now():%H:%M:%S} {what}")

    # What must be true

    def check(self) -> None:
        """At rest: nothing runs at AWS but what the session's row says."""
        view = self.show.view()
        record = view.record
        assert not record.is_busy(), "an operation is under way, and nobody is at work on it"
        statuses = [change.status.value for change in record.timeline]
        assert statuses[0] in ("creating", "idle") and set(pairwise(statuses)) <= LEGAL, statuses
        assert statuses[-1] == record.status
        open_ones = [one.recording_id for one in view.recordings if one.ended_at is None and one.error is None]
        assert open_ones == ([record.open_recording] if record.open_recording else [])
        if record.status == "cleanup_incomplete":
            return
        wanted = {"main": record.status == "live", "recorder": bool(record.open_recording)}
        if record.spec.is_hosted:
            wanted = {"main": record.status == "live" or bool(record.open_recording)}
        channels = {
            one.name.rpartition("-")[2]: one for one in self.stage.simulator.inventory() if one.kind == "channel"
        }
        for branch, channel in channels.items():
            assert channel.tags["onair:session"] == record.session_id
            assert (channel.state in RUNS) == wanted[branch], (branch, channel, record.status, record.open_recording)
        statuses_of = {one.destination_id: one.status for one in view.destinations}
        if record.status != "live":
            assert statuses_of["main"] in ("idle", "errored"), statuses_of
        self._operations_take_turns()

    def _operations_take_turns(self) -> None:
        """An execution does nothing but wait while an older one of the session is at work."""
        operations = [one for one in self.stage.executions() if "finalize" not in one["name"]]
        operations.sort(key=lambda one: int(one["name"].split("-")[2]))
        for older, newer in pairwise(operations):
            entered = self._entered(newer)
            at_work = next((at for at, name in entered if name not in WAITS_FOR_OLDER), None)
            if at_work is None or older["stopDate"] <= at_work:
                continue
            before = [name for at, name in self._entered(older) if at <= at_work]
            assert before[-1].startswith(LAST_STATES), (older["name"], before[-1], newer["name"])

    def _entered(self, execution: dict[str, Any]) -> list[tuple[datetime, str]]:
        try:
            events = self.stage.history(execution["executionArn"])
        except TypeError:
            return []  # moto notes a time-out that is none when an execution is aborted between two of its own steps
        entered = [one for one in events if "stateEnteredEventDetails" in one]
        return [(one["timestamp"], one["stateEnteredEventDetails"]["name"]) for one in entered]

    def _is_told_in_full(self, recording: dict[str, Any]) -> None:
        """Every segment between its marks is in it, and all other time between them is a gap that it declares."""
        assert recording["status"] in ("ready", "failed"), recording
        if recording["started_at"] is None:
            assert recording["status"] == "failed" and recording["error"], recording
            return
        begin, end = moment(recording["started_at"]), moment(recording["ended_at"])
        written = self.show.segments(0) or self.show.segments(1)
        within = [one for one in written if one.start >= begin and one.end <= end]
        if recording["status"] == "failed":
            assert recording["error"]["name"] == "RecordingEmpty" and not within, (recording["error"], within)
            return
        number = int(recording["recording_id"][1:])
        kept = {one.start for one in self.show.recorded(number)}
        assert {one.start for one in within} <= kept, (recording, within)
        gaps = [(moment(gap["starts_at"]), moment(gap["ends_at"])) for gap in recording["gaps"]]
        covered = sorted([*((one.start, one.end) for one in self.show.recorded(number)), *gaps])
        assert covered[0][0] - begin <= SEGMENT and end - covered[-1][1] <= SEGMENT, recording
        for (_, until), (since, _) in pairwise(covered):
            assert since - until <= SEGMENT / 2, (recording, until, since)


@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_whatever_is_asked_and_whatever_crashes_every_invariant_holds(
    shows: Shows, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # How long each transition takes hangs on the names at AWS, and those on the session's id.
    monkeypatch.setattr(create_session, "new_session_id", lambda: f"s-{seed:012}")
    sequence = Sequence(shows, seed)
    try:
        sequence.run()
    except BaseException:
        print("\n".join(sequence.told))
        raise
