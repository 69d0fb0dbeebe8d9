"""The shows whose places are broken, as segments between two quiet moments.

A segment asks for something and says where the session should get. Who asks is a sane client: a request that did not
come through, or whose answer says that it may work in a moment, is sent again; a told refusal is taken as the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.local.stage import Stage
from shared.domain.names import session_tags
from tests.faults.matrix.watch import Watch
from tests.leftovers import Leftovers
from tests.show import Show, destination

PATIENCE = 4 * 3600.0  # seconds of the clock until everything that a request set off must be over
STREAM_PATIENCE = 600.0
TRIES = 4


@dataclass
class Caller:
    """Whoever wants the show. ``told``: what the last request was answered, when that was a refusal."""

    watch: Watch
    session_id: str = ""
    told: str = ""
    flow: str = ""
    bystander: str = ""

    @property
    def stage(self) -> Stage:
        """Where they ask."""
        return self.watch.stage

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """The answer's body, of a success. None after a refusal, or when no answer came."""
        self.told = ""
        for attempt in range(TRIES):
            if attempt:
                self.stage.clock.sleep(5 * attempt)
            status, _, answer = self.stage.request(method, path, body, headers)
            if status < 300:
                self.told = ""
                return answer
            self.told = f"{status} {answer.get('name') or answer.get('title') if isinstance(answer, dict) else answer}"
            if status < 500 and status != 429:
                break
        return None

    def ask(self, spec: Mapping[str, Any], key: str | None) -> None:
        headers = {"Idempotency-Key": key} if key else None
        answer = self.send("POST", "/sessions", spec, headers)
        if answer is not None:
            self.session_id = answer["session_id"]
        else:
            known = [one for one in self.watch.shadow.sessions() if one != self.bystander]
            self.session_id = known[-1] if known else ""

    def move(self, move: str, **body: Any) -> None:
        if self.session_id:
            self.send("POST", f"/sessions/{self.session_id}/{move}", body or None)

    def end(self) -> None:
        if self.session_id:
            self.send("DELETE", f"/sessions/{self.session_id}")

    def publish(self, started: bool = True) -> None:
        """The host's encoder pushes, if there is anything to push to."""
        for one in self.stage.simulator.inventory():
            if one.kind == "input" and one.tags.get("onair:session") == self.session_id:
                self.stage.simulator.publish(one.id, started)

    def passes(self, seconds: float) -> None:
        self.stage.clock.sleep(seconds)

    def settle(self) -> None:
        """Let time pass until no execution and no invocation runs any more. Raises TimeoutError when that takes more
        than ``PATIENCE``. What the table's stream can't tell is tried again for ever, and waited for ten minutes."""
        stage = self.stage
        stage.clock.sleep(1e-9)  # what was set off a moment ago may not have begun yet
        deadline = stage.clock.time() + PATIENCE
        quiet_since: float | None = None
        while True:
            now = stage.clock.time()
            if stage._running() or (stage.lambdas.running() and not stage.streams.pending()):
                quiet_since = None
            elif not stage.streams.pending() and not stage.lambdas.running():
                return
            elif quiet_since is None:
                quiet_since = now
            elif now > quiet_since + STREAM_PATIENCE:
                return
            if now > deadline:
                raise TimeoutError
            stage.clock.sleep(1.0)


@dataclass(frozen=True)
class Segment:
    """``wanted``: the session's status when it has gone well. ``stays_on_air``: it began on the air and stays there.
    ``records``: whether a recording is then open; None where that is not looked at."""

    name: str
    does: Callable[[Caller], None]
    wanted: str
    stays_on_air: bool = False
    records: bool | None = None


@dataclass(frozen=True)
class Scenario:
    """``bystander``: another show is on the air all the time, and nobody touches it. ``of_interest``: the segments
    whose places are broken, all unless told."""

    name: str
    segments: tuple[Segment, ...]
    bystander: bool = False
    of_interest: tuple[str, ...] = ()


def flow_spec(caller: Caller, *names: str, **changes: Any) -> dict[str, Any]:
    return {
        "name": "A show",
        "owner": "studio-1",
        "source": {"type": "flow", "flow_arn": caller.flow},
        "destinations": [destination(name) for name in names],
        **changes,
    }


def _host(caller: Caller) -> None:
    source = {"type": "rtmp", "allowed_cidrs": ["203.0.113.7/32"]}
    spec = {"name": "A show", "owner": "studio-1", "source": source, "destinations": [{"platform": "ivs"}]}
    caller.ask(spec, None)
    caller.settle()
    caller.publish()


def _move(move: str, then: float = 20.0, **body: Any) -> Callable[[Caller], None]:
    def does(caller: Caller) -> None:
        caller.move(move, **body)
        caller.settle()
        caller.passes(then)

    return does


END = Segment("end", Caller.end, "ended")

FLOW = Scenario(
    "flow",
    (
        Segment("provision", lambda caller: caller.ask(flow_spec(caller, "a", "b"), "one-request"), "live"),
        END,
    ),
)
ABORTING = Scenario(
    "flow, all or nothing",
    (
        Segment(
            "provision",
            lambda caller: caller.ask(flow_spec(caller, "a", "b", on_destination_failure="abort"), "one-request"),
            "live",
        ),
        END,
    ),
)
RECORDED = Scenario(
    "recorded flow",
    (
        Segment("provision", lambda caller: caller.ask(flow_spec(caller, "a", record=True), None), "live"),
        Segment("stop recording", _move("recording/stop"), "live", stays_on_air=True, records=False),
        Segment("record", _move("recording/start"), "live", stays_on_air=True, records=True),
        Segment("stop", _move("streaming/stop"), "idle"),
        Segment("start", _move("streaming/start"), "live"),
        END,
    ),
    bystander=True,
)
HOST = Scenario(
    "host",
    (
        Segment("provision", _host, "idle"),
        Segment("start", _move("streaming/start"), "live"),
        Segment("record", _move("recording/start"), "live", stays_on_air=True, records=True),
        Segment("stop", _move("streaming/stop", on_recording="continue_with_gap"), "idle", records=True),
        Segment("stop recording", _move("recording/stop"), "idle", records=False),
        Segment("record idle", _move("recording/start"), "idle", records=True),
        Segment("start again", _move("streaming/start", on_recording="continue_with_gap"), "live", records=True),
        END,
    ),
    bystander=True,
)


def _leave_behind(caller: Caller) -> None:
    """A show that is over, of which one of each kind is still there: nobody knows why."""
    caller.ask(flow_spec(caller, "a"), None)
    caller.settle()
    if (caller.watch.shadow.session(caller.session_id) or {}).get("status") != "live":
        return
    over = Leftovers(caller.stage, caller.flow, Show(caller.stage, {"session_id": caller.session_id}))
    caller.end()
    caller.settle()
    tags = session_tags("dev", caller.session_id)
    over.channel(over.input(tags), tags)
    caller.passes(700)


def _ask_for_an_hour(caller: Caller) -> None:
    """A show whose lease is nearly over."""
    caller.ask(flow_spec(caller, "a", max_continuous_duration=3600), None)
    caller.settle()


def _sweeps(caller: Caller) -> None:
    """Before the lease is over, when it is time to warn, when it is over, and after."""
    record = caller.watch.shadow.session(caller.session_id)
    assert record is not None
    over = datetime.fromisoformat(record["lease_expires_at"]).timestamp()
    for before in (20 * 60, 6 * 60, -60, -6 * 60, -11 * 60):
        caller.passes(max(1.0, over - before - caller.stage.clock.time()))
        caller.stage.run_schedules()
        caller.settle()


SWEEP = Scenario(
    "sweep",
    (
        Segment("leave behind", _leave_behind, "ended"),
        Segment("ask", _ask_for_an_hour, "live"),
        Segment("sweeps", _sweeps, "ended"),
    ),
    bystander=True,
    of_interest=("sweeps",),
)
SCENARIOS = {one.name: one for one in (FLOW, HOST, SWEEP, RECORDED, ABORTING)}
