"""A trial in a process of its own, which begins where this one stands: at a quiet moment, with everything there.

A show of several segments is walked once, and before each segment as many copies of the process are made as there are
trials of it: none of them walks what came before, and none leaves anything to the next. Where there is no ``fork``
(Windows) the matrix can't run.
"""

from __future__ import annotations

import json
import os
import select
import signal
import threading
import time as wall
import traceback
from collections.abc import Callable
from typing import Any

from infra.local.stage import Stage

#: Seconds of real time after which a trial is ended from outside, on a machine that has nothing else to do: it takes
#: one or two, and some ten with a dozen sweeps.
WATCHDOG = 60.0
_STAYS = ("MainThread", "clock", "lambda-guard", "http")


class NotQuiet(Exception):
    """Threads that wait on the clock would be missing in the copy, and its time would stand still."""


def quiet(stage: Stage) -> None:
    """Wait until only the threads are there that a copy can do without or starts anew. Raises ``NotQuiet``."""
    deadline = wall.monotonic() + 5
    while True:
        busy = [one.name for one in threading.enumerate() if not _stays(one)]
        if not busy and stage.clock.running() == 1:
            return
        if wall.monotonic() > deadline:
            raise NotQuiet(f"{busy} still there, {stage.clock.running()} at work")
        wall.sleep(0.005)


def _stays(thread: threading.Thread) -> bool:
    return thread.name in _STAYS


def forked(stage: Stage, work: Callable[[], dict[str, Any]], seconds: float = WATCHDOG) -> dict[str, Any]:
    """What ``work`` returns in a copy of this process; ``{"wrong": […]}`` when that dies or takes too long."""
    reading, writing = os.pipe()
    # Nobody else may hold these while the copy is made: nobody would be there to let them go.
    with stage.clock._lock, stage.lambdas._lock:
        child = os.fork()
        if child == 0:
            stage.clock._driver = threading.Thread(target=stage.clock._drive, name="clock", daemon=True)
    if child == 0:
        os.close(reading)
        _work(stage, work, writing)
    os.close(writing)
    try:
        return _result(reading, child, seconds)
    finally:
        os.close(reading)


def _work(stage: Stage, work: Callable[[], dict[str, Any]], writing: int) -> None:
    try:
        stage.clock._driver.start()
        found = work()
    except BaseException:
        found = {"wrong": ["the trial broke off: " + traceback.format_exc()]}
    text = json.dumps(found, default=str).encode()
    try:
        while text:
            text = text[os.write(writing, text) :]
    finally:
        os._exit(0)


def _result(reading: int, child: int, seconds: float) -> dict[str, Any]:
    seconds *= max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    deadline, text = wall.monotonic() + seconds, b""
    while True:
        ready, _, _ = select.select([reading], [], [], max(0.0, deadline - wall.monotonic()))
        if not ready:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return {"wrong": [f"it hung: no end after {seconds:.0f} s of this machine's time"], "hung": True}
        part = os.read(reading, 65536)
        if not part:
            os.waitpid(child, 0)
            return dict(json.loads(text)) if text else {"wrong": ["its process died"]}
        text += part
