"""What every operation works with: one region's records plus clock, settings, faults, chance and the outbox of events.

Made by ``simulator.py``. Everything in it is touched under the simulator's one lock; timers take that lock too, and
events leave only after it is released, so whoever receives one may call the simulator at once.
"""

from __future__ import annotations

import random
import string
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from threading import Lock
from typing import Any, NamedTuple

from infra.local.clock import Clock, Timer
from infra.local.simulator.alternatives import Alternatives
from infra.local.simulator.faults import ResourceFaults
from infra.local.simulator.settings import Duration, SimulatorSettings
from infra.local.simulator.store import Call, LogEntry, Record, Region, StateChange

KEPT_LOG_ENTRIES = 50_000
FIRST_ADDRESS = (198 << 24) + (18 << 16)  # 198.18.0.0/15, reserved for tests of network devices


class Storage(NamedTuple):
    """Where running channels write: S3, as two calls. They are made under the lock and may not call the simulator."""

    put_object: Callable[[str, str, bytes], None]  # bucket, key, body
    delete_object: Callable[[str, str], None]


class Core:
    """What all regions share."""

    def __init__(
        self,
        clock: Clock,
        publish: Callable[[dict[str, Any]], None],
        settings: SimulatorSettings,
        storage: Storage | None = None,
    ) -> None:
        self.clock = clock
        self.settings = settings
        self.storage = storage
        self.restarts = 0
        self.writes = 0  # to schedules; read without the lock by who arrives
        self.arrived_at = 0  # what ``writes`` was when the request that is answered now arrived
        self.faults = ResourceFaults()
        self.log: deque[LogEntry] = deque(maxlen=KEPT_LOG_ENTRIES)
        self._publish = publish
        self._lock = Lock()
        self._outbox: list[dict[str, Any]] = []
        self.restart()

    def restart(self) -> None:
        self.restarts += 1
        self.chance = random.Random(self.settings.seed)
        self._addresses = 0
        self._used_ids: set[str] = set()
        self._draws: dict[str, int] = {}
        self._outbox.clear()
        self.log.clear()
        self.faults.clear()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock; publish what was announced once it is released, also when the operation was refused."""
        events: list[dict[str, Any]] = []
        try:
            with self._lock:
                try:
                    yield
                finally:
                    events, self._outbox = self._outbox, []
        finally:
            for event in events:
                self._publish(event)

    def post(self, event: dict[str, Any]) -> None:
        self._outbox.append(event)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.time(), UTC)

    def new_id(self) -> str:
        """Six or seven digits, as MediaLive's ids have, never twice."""
        while (number := str(self.chance.randrange(100_000, 10_000_000))) in self._used_ids:
            pass
        self._used_ids.add(number)
        return number

    def new_token(self, digits: int) -> str:
        return f"{self.chance.getrandbits(4 * digits):0{digits}x}"

    def new_name(self, length: int) -> str:
        """Letters and digits, as IVS's ids have."""
        return "".join(self.chance.choices(string.ascii_letters + string.digits, k=length))

    def new_address(self) -> str:
        self._addresses += 1
        number = FIRST_ADDRESS + self._addresses
        return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))

    def draw(self, duration: Duration, key: str) -> float:
        """Seconds for one transition: the n-th draw of a name is always the same, whatever other threads draw."""
        self._draws[key] = turn = self._draws.get(key, 0) + 1
        chance = random.Random(f"{self.settings.seed}/{key}/{turn}")
        if duration.tail is not None and chance.random() < duration.tail_probability:
            return chance.uniform(duration.high, duration.tail)
        return chance.uniform(duration.low, duration.high)

    def note_call(self, service: str, operation: str, outcome: str) -> None:
        self.log.append(Call(self.now(), service, operation, outcome))


class World:
    """One region with the core: the first argument of every operation."""

    def __init__(self, core: Core, region: Region) -> None:
        self.core = core
        self.region = region

    @property
    def settings(self) -> SimulatorSettings:
        return self.core.settings

    @property
    def alternatives(self) -> Alternatives:
        return self.core.settings.alternatives

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region.name}:{self.settings.account_id}:{resource}"

    def birth(self, name: str, state: str, tags: dict[str, str], identity: str, arn: str) -> dict[str, Any]:
        """The fields of a new record that all kinds share."""
        return {
            "id": identity,
            "arn": arn,
            "name": name,
            "created_at": self.core.clock.time(),
            "state": state,
            "tags": dict(tags),
            "order": self.region.next_order(),
        }

    def count(self, record: Record, what: str) -> None:
        """Have a new record count against a quota until it is gone."""
        record.counts_as = what
        self.region.there[what] += 1

    def move(self, record: Record, state: str) -> None:
        """Change a record's state; whatever was still to happen to it no longer does."""
        if state == "DELETED" and not record.gone and record.counts_as:
            self.region.there[record.counts_as] -= 1
        if record.timer is not None:
            record.timer.cancel()
            record.timer = None
        record.state = state
        record.moves += 1
        self.note_state(record)

    def note_state(self, record: Record) -> None:
        self.core.log.append(StateChange(self.core.now(), record.kind, record.id, record.name, record.state))

    def after(self, record: Record, duration: Duration, what: Callable[[], None]) -> None:
        """Do ``what`` under the lock in a while, unless the record moves before."""
        self.after_seconds(record, self.core.draw(duration, f"{record.name}/{record.state}"), what)

    def after_seconds(self, record: Record, seconds: float, what: Callable[[], None]) -> None:
        moves = record.moves

        def due() -> None:
            with self.core.locked():
                if record.moves == moves:  # a timer may wait for the lock while the record moves and cancels it
                    what()

        record.timer = self.core.clock.call_later(seconds, due)

    def later(self, seconds: float, what: Callable[[], None]) -> Timer:
        """Do ``what`` under the lock in a while, whatever state anything is in then. The caller may cancel it."""
        restarts = self.core.restarts

        def due() -> None:
            with self.core.locked():
                if restarts == self.core.restarts and not timer.cancelled:
                    what()

        timer = self.core.clock.call_later(seconds, due)
        return timer
