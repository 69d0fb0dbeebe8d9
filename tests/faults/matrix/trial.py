"""One trial: a segment with something broken in it, and all that must be true after it."""

from __future__ import annotations

import time as wall
from typing import Any

from tests.faults.matrix import judge
from tests.faults.matrix.breaking import broken
from tests.faults.matrix.scenarios import PATIENCE, Caller, Scenario
from tests.faults.matrix.watch import Watch

#: Seconds: longer than an event is late, and than Lambda waits before it tries an asynchronous invocation again.
AFTERMATH = 450.0
SWEEPS_APART = 300.0
#: Far more than the belts and the back-off need; while a compensation is broken on purpose fewer do.
SWEEPS_AT_MOST = 6 if broken() else 12
ENDS_AT_MOST = 1 if broken() else 2


def run(
    watch: Watch, caller: Caller, scenario: Scenario, number: int, hits_channel: bool = False, clean: str = ""
) -> dict[str, Any]:
    """Walk segment ``number`` with what is in ``watch.breakages``; then judge, lift, repair and judge again.

    ``clean``: how the world is after a clean walk of the segment. If it is like that now, what comes after it was
    judged then, and is not walked again.
    """
    begun = wall.process_time()
    segment = scenario.segments[number]
    stage = watch.stage
    watch.places.clear()
    watch.mark = len(stage.simulator.log())
    mine = judge.on_air(watch, caller.session_id) if segment.stays_on_air else []
    bystanders = judge.on_air(watch, caller.bystander) if caller.bystander else []
    before = judge.has_owner(watch)  # what a sweep is to find is there on purpose
    wrong: list[str] = []
    for each in watch.breakages:
        each.begin()
    try:
        segment.does(caller)
        caller.settle()
        caller.passes(AFTERMATH)
        caller.settle()
    except TimeoutError:
        wrong.append(f"{_running(watch)} still runs after {PATIENCE:.0f} s")
    told = caller.told
    wrong += [one for one in judge.has_owner(watch) if one not in before]
    after = _status(watch, caller)
    if not watch.breakages and after != segment.wanted:
        wrong.append(f"without any fault it is {after}, not {segment.wanted}")
    for each in watch.breakages:
        each.lift()
    hits = sum(each.hits for each in watch.breakages)
    places = list(watch.places.values())
    caller.told = told
    swept = _sweep_until(watch, caller, lambda: not judge.tells_the_truth(watch, caller, segment), 3)
    if swept is not None:
        wrong += judge.tells_the_truth(watch, caller, segment)
    settled = _status(watch, caller)
    if mine and not hits_channel and not _is_told(watch, caller):
        wrong += judge.kept_on_air(watch, mine, "the show")
    world = judge.world(watch)
    if world != clean:
        wrong += _end(watch, caller)
        wrong += judge.nothing_left(watch, caller.bystander)
    wrong += judge.made_once(watch)
    if caller.bystander:
        wrong += judge.kept_on_air(watch, bystanders, "the bystander")
        wrong += judge.untouched(watch, caller.bystander)
    return {
        "wrong": wrong,
        "hits": hits,
        "path": [after, settled, _status(watch, caller)],
        "places": [one.told() for one in places],
        "world": "" if clean else world,
        "like_clean": world == clean,
        "seconds": round(wall.process_time() - begun, 2),
        "left": sum(one.startswith("left behind") for one in wrong),
    }


def _end(watch: Watch, caller: Caller) -> list[str]:
    """End what still lives, and let the sweep finish what an end could not."""
    for _ in range(ENDS_AT_MOST):
        for session_id in watch.shadow.sessions():
            if session_id != caller.bystander and _status_of(watch, session_id) not in judge.FINISHED:
                Caller(watch, session_id).end()
        try:
            caller.settle()
        except TimeoutError:
            return [f"{_running(watch)} still runs after {PATIENCE:.0f} s, when all faults are over"]
        if not judge.nothing_left(watch, caller.bystander) and _all_over(watch, caller):
            return []
        if _sweep_until(watch, caller, lambda: not judge.nothing_left(watch, caller.bystander), SWEEPS_AT_MOST) is None:
            caller.passes(60)
        if not judge.nothing_left(watch, caller.bystander) and _all_over(watch, caller):
            return []
    return [
        f"session {one} is {_status_of(watch, one)} in the end"
        for one in watch.shadow.sessions()
        if one != caller.bystander and _status_of(watch, one) not in judge.FINISHED
    ]


def _sweep_until(watch: Watch, caller: Caller, done: Any, at_most: int) -> int | None:
    """Sweep, five minutes apart, until it is done; how many it took. None while the stage has no sweep."""
    stage = watch.stage
    if not stage.service.schedules:
        return None
    for number in range(at_most):
        if done():
            return number
        caller.passes(SWEEPS_APART)
        stage.run_schedules()
        caller.settle()
    return at_most


def _all_over(watch: Watch, caller: Caller) -> bool:
    others = [one for one in watch.shadow.sessions() if one != caller.bystander]
    return all(_status_of(watch, one) in judge.FINISHED for one in others)


def _is_told(watch: Watch, caller: Caller) -> bool:
    record = watch.shadow.session(caller.session_id) or {}
    return bool(record.get("error") or record.get("ended_reason"))


def _status(watch: Watch, caller: Caller) -> str:
    return _status_of(watch, caller.session_id) if caller.session_id else "none"


def _status_of(watch: Watch, session_id: str) -> str:
    record = watch.shadow.session(session_id)
    return "none" if record is None else str(record["status"])


def _running(watch: Watch) -> str:
    return ", ".join(one["name"] for one in watch.stage.executions(status="RUNNING")) or "something"
