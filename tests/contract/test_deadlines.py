"""Who gives up first: a call, its function, its state, its machine, in this order. And how long a wait may be."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator

import pytest

from shared.domain.errors import Waiting
from shared.gateways import clients
from shared.gateways.clients import IN_FLIGHT
from tasks.sweep import delete_orphan, find_orphans, list_sessions
from tests.contract.asl import (
    MACHINES,
    ROOT,
    Scope,
    State,
    definition,
    scopes,
    tasks,
)
from tests.contract.handlers import (
    function_of,
    leaves_of,
    service,
)

every_machine = pytest.mark.parametrize("machine", MACHINES.values())
every_task = pytest.mark.parametrize("task", tasks(), ids=str)


#: Seconds after which a parked state looks again. A channel is created within seconds (facts §2.4): there a lost
#: event would cost many times what the wait itself does, and nobody is parked long enough to look often. On the way to
#: the air a lost event costs the show's first half minute; whoever is parked there does not look in the first minute.
LOOKS_AGAIN = {"created": (16, 30), "stopped": (45, 90), "deleted": (45, 90)}
LOOKS_FOR_RUNNING = {"Await channel running": (20, 30), "Await recorder running": (45, 90)}

#: Functions that list what is in the account, whatever there is of it, and stop by themselves: the seconds for which
#: they list, of their function's time. They change nothing at AWS, so nothing of theirs can arrive late.
LISTING = {
    "listSessions": list_sessions.TIME_FOR_CHANNELS.total_seconds(),
    "findOrphans": find_orphans.TIME_FOR_LOOK.total_seconds(),
}

#: Seconds that a channel may take to get there and still be healthy (facts §2.4), or that we give it.
HEALTHY = {"created": 60, "running": 600, "stopped": 600, "deleted": 600}


@every_task
def test_nothing_is_still_working_when_a_state_gives_up_on_it(task: State) -> None:
    function = function_of(task)
    assert function.timeout < task.body["TimeoutSeconds"]


@pytest.fixture
def somewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "example-not-real")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    clients.forget_clients()
    yield
    clients.forget_clients()


def services_used() -> set[str]:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "shared").rglob("*.py"))
    return set(re.findall(r'client\("([a-z0-9-]+)"\)', sources))


def longest_call(name: str) -> float:
    """Seconds that one call of ours can take at most: connecting and reading, as often as the SDK tries."""
    config = clients.client(name).meta.config
    return float((config.connect_timeout + config.read_timeout) * config.retries["total_max_attempts"])


@pytest.mark.usefixtures("somewhere")
def test_a_call_ends_before_its_function_does() -> None:
    others = {"dynamodb", "events", "s3", "service-quotas", "ssm", "stepfunctions"}
    assert {"medialive", "mediaconnect", "ivs", *others} == services_used()
    for name in services_used():
        for function in service().functions.values():
            assert longest_call(name) < function.timeout, (name, function.key)


@pytest.mark.usefixtures("somewhere")
def test_a_create_call_is_tried_once_by_the_sdk() -> None:
    for name in ("medialive", "mediaconnect", "ivs"):
        assert clients.client(name).meta.config.retries["total_max_attempts"] == 1


@pytest.mark.usefixtures("somewhere")
def test_nobody_takes_a_lock_or_trusts_a_not_found_while_a_killed_functions_call_may_arrive() -> None:
    writing = [function_of(task) for task in tasks() if function_of(task).key not in LISTING]
    last = max(one.timeout for one in writing) + max(map(longest_call, ("medialive", "mediaconnect", "ivs")))
    assert IN_FLIGHT.total_seconds() > last


@every_task
def test_a_parked_state_looks_again_soon_enough_and_for_as_long_as_the_channel_may_take(task: State) -> None:
    if not task.parked:
        assert task.body["TimeoutSeconds"] <= 30 or function_of(task).key in LISTING
        return
    wanted = task.payload["wanted"]
    soonest, latest = LOOKS_FOR_RUNNING[task.name] if wanted == "running" else LOOKS_AGAIN[wanted]
    assert soonest <= task.body["TimeoutSeconds"] <= latest
    assert task.payload["task_token.$"] == "$$.Task.Token"
    assert task.payload["attempt.$"] == "$$.State.RetryCount"
    again = next(retrier for retrier in task.retries if "States.Timeout" in retrier["ErrorEquals"])
    assert again["BackoffRate"] == 1.0
    assert task.body["TimeoutSeconds"] * (1 + again["MaxAttempts"]) >= HEALTHY[task.payload["wanted"]]


@pytest.mark.usefixtures("somewhere")
def test_who_lists_for_long_only_looks_and_stops_in_time_for_what_is_to_be_done_with_it() -> None:
    called = json.loads((ROOT / "docs" / "reference" / "permissions.json").read_text(encoding="utf-8"))
    for key, seconds in LISTING.items():
        at_aws = [call for call in called[key] if call.split(":")[0] in ("medialive", "mediaconnect", "ivs")]
        assert at_aws and all(call.split(":")[1].startswith(("List", "Describe")) for call in at_aws)
        assert service().functions[key].timeout >= seconds + 2 * longest_call("medialive")


def test_two_scheduled_sweeps_never_overlap_and_a_long_look_leaves_time_for_deletes_and_report() -> None:
    machine, schedule = definition("sweep"), next(one for one in service().schedules if one.function == "sweepDue")
    assert machine["TimeoutSeconds"] < schedule.seconds
    times = {task.name: task.body["TimeoutSeconds"] for task in tasks() if task.machine == "sweep"}
    assert times["List sessions"] + times["Find orphans"] < delete_orphan.TIME_FOR_DELETES.total_seconds()
    assert find_orphans.LOOKS_UNTIL < delete_orphan.TIME_FOR_DELETES
    behind = times["Delete orphan"] + times["Report sweep"]
    assert delete_orphan.TIME_FOR_DELETES.total_seconds() + behind < machine["TimeoutSeconds"]


def test_every_park_waits_for_what_its_name_says() -> None:
    for task in tasks():
        if task.parked:
            assert task.name in {f"Await {what} {task.payload['wanted']}" for what in ("channel", "recorder")}


@every_machine
def test_all_deadlines_of_the_longest_way_fit_into_the_machines_own(machine: str) -> None:
    """A machine's own time-out can't be caught inside it, so every wait gives up before it: forward, and then back."""
    longest = {scope.inside: _longest(scope) for scope in scopes(machine, definition(machine))}
    assert sum(longest.values()) < definition(machine)["TimeoutSeconds"]


def _longest(scope: Scope) -> float:
    known: dict[str, float] = {}

    def of(name: str) -> float:
        if name not in known:
            state = scope.states[name]
            known[name] = _waits(state) + max(map(of, state.targets()), default=0.0)
        return known[name]

    return of(scope.start)


def _waits(state: State) -> float:
    """Seconds that a state can wait for something to become ready."""
    waiting = leaves_of(Waiting)
    seconds = sum(
        min(retrier["IntervalSeconds"] * retrier["BackoffRate"] ** turn, retrier.get("MaxDelaySeconds", math.inf))
        for retrier in state.retries
        if waiting & set(retrier["ErrorEquals"])
        for turn in range(retrier["MaxAttempts"])
    )
    if not state.parked:
        return float(seconds)
    again = next(retrier for retrier in state.retries if "States.Timeout" in retrier["ErrorEquals"])
    return float(seconds + state.body["TimeoutSeconds"] * (1 + again["MaxAttempts"]))
