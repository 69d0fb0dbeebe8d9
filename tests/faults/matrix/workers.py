"""The trunks of a run, as processes: hands out orders and gathers what comes back."""

from __future__ import annotations

import json
import os
import queue
import random
import subprocess
import sys
import threading
import time as wall
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.faults.matrix.breaking import VARIABLE
from tests.faults.matrix.orders import Trial
from tests.faults.matrix.places import Place

ROOT = Path(__file__).resolve().parents[3]
#: Trials that a trunk gets at once: enough to share its walks, few enough that all trunks end together.
BATCH = 60


def ask(orders: dict[str, Any], extra: dict[str, str] | None = None) -> Iterator[dict[str, Any]]:
    """One trunk's findings, one after the other. Raises RuntimeError with what it wrote if it breaks off."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **(extra or {})}
    command = [sys.executable, "-W", "ignore", "-m", "tests.faults.matrix.trunk"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        said: list[str] = []
        reader = threading.Thread(target=lambda: said.extend(process.stderr or ()), daemon=True)
        reader.start()
        json.dump(orders, process.stdin)
        process.stdin.close()
        try:
            for line in process.stdout:
                yield json.loads(line)
            if process.wait() != 0:
                raise RuntimeError("a trunk broke off:\n" + "".join(said)[-4000:])
        finally:
            process.kill()


def record(scenarios: Sequence[str], seed: int) -> dict[str, list[list[Place]]]:
    """The places of clean walks, by scenario and segment."""
    orders = {"record": [{"scenario": one, "seed": seed} for one in scenarios]}
    return {
        found["recorded"]: [[Place.read(one) for one in places] for places in found["segments"]]
        for found in ask(orders)
    }


def carry_out(
    trials: Sequence[Trial],
    workers: int,
    tell: Callable[[Trial, dict[str, Any]], None],
    deadline: float | None = None,
    broken: str = "",
) -> None:
    """Make the trials on as many trunks; ``tell`` gets each with what was found. After ``deadline`` (of
    ``time.monotonic``) no more are begun. ``broken``: see ``breaking``."""
    batches: queue.SimpleQueue[list[Trial]] = queue.SimpleQueue()
    ordered = sorted(trials, key=lambda one: (one.scenario, one.seed, one.segment))
    size = max(1, min(BATCH, len(ordered) // workers))
    cut = [ordered[start : start + size] for start in range(0, len(ordered), size)]
    random.Random(len(ordered)).shuffle(cut)  # so that a run that is cut short has seen something of everything
    for batch in cut:
        batches.put(batch)
    found: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def work() -> None:
        while True:
            try:
                batch = batches.get_nowait()
            except queue.Empty:
                break
            left = {one.id: one for one in batch}
            if deadline is not None and wall.monotonic() > deadline:
                break
            try:
                for result in ask({"trials": [one.order() for one in batch]}, {VARIABLE: broken}):
                    found.put((left.pop(result["id"]), result))
            except Exception as error:
                for one in left.values():
                    found.put((one, {"wrong": [f"its trunk broke off: {error}"], "hits": 0}))
        found.put(None)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(workers)]
    for each in threads:
        each.start()
    running = len(threads)
    while running:
        got = found.get()
        if got is None:
            running -= 1
        else:
            tell(*got)
