"""Tables' streams: what changes in a table invokes the functions that serverless.yml maps its stream to.

The corrections tell of each change (see ``corrections/streams.py``); a reader for each mapping does what Lambda's event
source mapping does with one shard: it filters, batches, invokes one batch after the other in order, repeats a batch
until it succeeds, halves it if told to, and gives up at the mapping's bounds. Asynchronous, on threads of the clock.
"""

from __future__ import annotations

import itertools
import json
import threading
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from infra.local.clock import Clock
from infra.local.events import Pattern
from infra.local.lambdas import SYNC_LIMIT, Answer, LambdaRefused
from infra.local.service import REGION, StreamMapping

Image = dict[str, Any]

#: Seconds between two looks at a shard: "a base rate of 4 times per second" (Lambda developer guide, with-ddb).
POLL = 0.25
#: Seconds that a stream keeps a record (DynamoDB developer guide, Streams).
RETENTION = 24 * 3600.0
#: Seconds before a repetition. Lambda backs off, too; by how much is not documented.
DELAYS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
FIRST_SEQUENCE_NUMBER = 1100000000017454423009


@dataclass(frozen=True)
class Change:
    """One change of one item, as DynamoDB's stream tells it. ``old`` is None for a new item, ``new`` for one that is
    gone; both in wire form."""

    table: str
    keys: Image
    old: Image | None
    new: Image | None

    @property
    def name(self) -> str:
        return "INSERT" if self.old is None else "REMOVE" if self.new is None else "MODIFY"


@dataclass(frozen=True)
class DiscardedBatch:
    """A batch that was given up. Lambda tells the failure destination ``condition`` and where in the stream it lies."""

    function: str
    condition: str
    records: tuple[Image, ...]


class Streams:
    """See the module. ``invoke`` takes (function, payload). ``silent``: drop what changes, while the stage resets."""

    def __init__(self, clock: Clock, mappings: Sequence[StreamMapping], invoke: Callable[[str, bytes], Answer]) -> None:
        self._clock = clock
        self._readers = [_Reader(clock, each, invoke, self._discard) for each in mappings if each.enabled]
        self._numbers = itertools.count(FIRST_SEQUENCE_NUMBER)
        self.silent = False
        self.discarded: list[DiscardedBatch] = []

    def changed(self, change: Change) -> None:
        """Hand a change to whom it concerns, and return at once. Changes come one at a time, in their order."""
        readers = [each for each in self._readers if each.mapping.table == change.table]
        if not readers or self.silent:
            return
        number, event_id, at = str(next(self._numbers)), uuid.uuid4().hex, int(self._clock.time())
        for reader in readers:
            record = _record(change, reader.mapping, event_id, number, at)
            if reader.wants(record):
                reader.add(record)

    def pending(self) -> int:
        """How many mappings have records that are not done with."""
        return sum(reader.busy for reader in self._readers)

    def reset(self) -> None:
        """Forget all records; a batch under way is not repeated."""
        for reader in self._readers:
            reader.reset()
        self.discarded.clear()

    def _discard(self, batch: DiscardedBatch) -> None:
        self.discarded.append(batch)


class _Reader:
    """One mapping at its stream's one shard. ``busy`` from the first record that it has until it has none."""

    def __init__(
        self,
        clock: Clock,
        mapping: StreamMapping,
        invoke: Callable[[str, bytes], Answer],
        discard: Callable[[DiscardedBatch], None],
    ) -> None:
        self.mapping = mapping
        self.busy = False
        self._clock = clock
        self._invoke = invoke
        self._discard = discard
        self._filters = [Pattern(each) for each in mapping.filters]
        self._lock = threading.Lock()
        self._records: deque[Image] = deque()
        self._generation = 0

    def wants(self, record: Image) -> bool:
        """Whether a record passes any of the filters; without filters each does."""
        return not self._filters or any(each.matches(record) for each in self._filters)

    def add(self, record: Image) -> None:
        """Have the record read at the next look at the shard."""
        with self._lock:
            self._records.append(record)
            if self.busy:
                return
            self.busy = True
            generation = self._generation

        def look() -> None:
            self._clock.thread(self._read, (generation,), name=f"stream {self.mapping.function}")

        self._clock.call_later(max(POLL, self.mapping.batch_window), look)

    def reset(self) -> None:
        with self._lock:
            self._generation += 1
            self._records.clear()
            self.busy = False

    def _read(self, generation: int) -> None:
        while True:
            with self._lock:
                if generation != self._generation:
                    return
                batch = self._next_batch()
                if not batch:
                    self.busy = False
                    return
            self._work(batch, generation)

    def _next_batch(self) -> list[Image]:
        """As many records as the mapping and Lambda's payload limit allow."""
        batch: list[Image] = []
        size = 0
        while self._records and len(batch) < self.mapping.batch_size:
            size += len(json.dumps(self._records[0])) + 2
            if batch and size > SYNC_LIMIT - 100:
                break
            batch.append(self._records.popleft())
        return batch

    def _work(self, batch: list[Image], generation: int, retried: int = 0) -> None:
        """Invoke with a batch until it is done with, one way or the other."""
        delays = itertools.chain(DELAYS, itertools.repeat(DELAYS[-1]))
        while batch and generation == self._generation:
            batch = self._drop_expired(batch)
            if not batch:
                return
            done, counts = self._deliver(batch)
            if done == len(batch):
                return
            if done:
                # What comes before the first failure is behind us; the rest begins anew.
                batch, retried = batch[done:], 0
                continue
            if counts and self.mapping.bisects and len(batch) > 1:
                middle = (len(batch) + 1) // 2
                self._work(batch[:middle], generation, retried)
                self._work(batch[middle:], generation, retried)
                return
            retried += counts
            if 0 <= self.mapping.maximum_retries < retried:
                self._give_up("RetryAttemptsExhausted", batch)
                return
            self._clock.sleep(next(delays))

    def _deliver(self, batch: list[Image]) -> tuple[int, bool]:
        """(how many records from the start are done, whether it was the function that failed).

        A batch that did not reach the function, being throttled, is repeated without being counted.
        """
        try:
            answer = self._invoke(self.mapping.function, json.dumps({"Records": batch}).encode())
        except LambdaRefused:
            return 0, False
        if answer.error is not None:
            return 0, True
        return (_done(answer.value(), batch) if self.mapping.reports_failures else len(batch)), True

    def _drop_expired(self, batch: list[Image]) -> list[Image]:
        bound = self.mapping.maximum_age
        longest = RETENTION if bound < 0 else min(RETENTION, bound)
        oldest = self._clock.time() - longest
        old = [each for each in batch if each["dynamodb"]["ApproximateCreationDateTime"] < oldest]
        if old:
            self._give_up("RecordAgeExceeded", old)
        return batch[len(old) :]

    def _give_up(self, condition: str, records: list[Image]) -> None:
        self._discard(DiscardedBatch(self.mapping.function, condition, tuple(records)))


def _done(answer: Any, batch: list[Image]) -> int:
    """How many records lie before the first that the function names as failed (Lambda developer guide, "Configuring
    partial batch response"): nothing named is success, a name that is none of the batch's fails it all."""
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if not failures:
        return len(batch)
    places = {each["dynamodb"]["SequenceNumber"]: place for place, each in enumerate(batch)}
    return min(places.get(each.get("itemIdentifier"), 0) for each in failures)


def _record(change: Change, mapping: StreamMapping, event_id: str, number: str, at: int) -> Image:
    """A record as a function gets it. ``at`` is rounded down to the second, as DynamoDB does."""
    told: Image = {
        "ApproximateCreationDateTime": at,
        "Keys": change.keys,
        "SequenceNumber": number,
        "StreamViewType": mapping.view_type,
    }
    if change.new is not None and mapping.view_type in {"NEW_IMAGE", "NEW_AND_OLD_IMAGES"}:
        told["NewImage"] = change.new
    if change.old is not None and mapping.view_type in {"OLD_IMAGE", "NEW_AND_OLD_IMAGES"}:
        told["OldImage"] = change.old
    return {
        "eventID": event_id,
        "eventName": change.name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": told,
        "eventSourceARN": mapping.stream_arn,
    }
