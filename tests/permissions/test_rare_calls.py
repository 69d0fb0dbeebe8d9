"""Calls that no other run comes to, though the code can: each is made once, so that its permission is known as needed.

What matters here is that the call is made and the show comes out right. ``make permissions`` listens to all of them,
``make test`` runs every eighth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest

from infra.local.calls import Call
from infra.local.invocation import current
from shared.domain.session import EndedReason
from shared.gateways import security_groups
from shared.gateways.locks import security_group_lock
from shared.runtime import orphan_removal
from shared.runtime.operations import end_session
from shared.runtime.quota_limits import forget_limits
from tests.host_show import ask_host
from tests.leftovers import Leftovers, ours
from tests.show import Shows, destination

pytestmark = pytest.mark.enumerated


def by(*functions: str) -> Callable[[Call], bool]:
    """Calls of these functions."""

    def made_by(call: Call) -> bool:
        working = current()
        return working is not None and working.function.key in functions

    return made_by


def called(shows: Shows, function: str, service: str, operation: str) -> bool:
    """Whether the function has made such a call."""
    name = shows.stage.service.functions[function].name
    return any(one.function == name for one in shows.stage.endpoint.calls(service, operation))


# A create whose answer never came, and whose result the lists show late: the rollback finds it


@pytest.mark.parametrize("finder", ["deleteChannel", "awaitChannel", "stopChannel"])
def test_a_rollback_finds_the_channel_that_its_create_was_never_told_of(shows: Shows, finder: str) -> None:
    before = ["createChannel", "deleteChannel", "awaitChannel", "stopChannel"]
    stage = shows.stage
    stage.faults.lose_answer("medialive", "CreateChannel", count=None)
    stage.faults.throttle("medialive", "ListChannels", count=None, when=by(*before[: before.index(finder)]))
    show = shows.ask()
    stage.settle()
    assert called(shows, finder, "medialive", "ListChannels")
    stage.faults.clear()
    show.ended()
    shows.sweep(4)
    shows.nothing_left()


def test_a_rollback_finds_the_input_that_its_create_was_never_told_of(shows: Shows) -> None:
    shows.stage.faults.lose_answer("medialive", "CreateInput", count=None)
    shows.stage.faults.throttle("medialive", "ListInputs", count=None, when=by("createInput"))
    shows.ask().until("failed")
    assert called(shows, "deleteInput", "medialive", "ListInputs")
    shows.nothing_left()


def test_a_rollback_finds_the_ivs_channel_that_its_create_was_never_told_of(shows: Shows) -> None:
    shows.stage.faults.lose_answer("ivs", "CreateChannel", count=None)
    shows.stage.faults.throttle("ivs", "ListChannels", count=None, when=by("createIvsChannel"))
    ask_host(shows, publish=False).until("failed")
    assert called(shows, "deleteIvsChannel", "ivs", "ListChannels")
    shows.nothing_left()


# A step that is killed every time: why is looked up in the execution's history


def test_a_start_whose_step_is_killed_every_time_says_which(shows: Shows) -> None:
    show = ask_host(shows)
    shows.stage.lambdas.faults.kill_before("prepareStart", count=None)
    show.start()
    shows.stage.settle()
    assert called(shows, "giveUpStart", "states", "GetExecutionHistory")
    shows.stage.lambdas.faults.clear()
    show.ended()
    shows.nothing_left()


def test_a_stop_whose_step_is_killed_every_time_says_which(shows: Shows) -> None:
    show = ask_host(shows)
    show.start()
    show.until("live")
    shows.stage.lambdas.faults.kill_before("settleStop", count=None)
    show.stop()
    shows.stage.settle()
    assert called(shows, "giveUpStop", "states", "GetExecutionHistory")
    shows.stage.lambdas.faults.clear()
    show.ended()
    shows.nothing_left()


def test_a_recording_whose_step_is_killed_every_time_says_which(shows: Shows) -> None:
    show = ask_host(shows)
    show.start()
    show.until("live")
    show.record()
    show.passes(10)
    shows.stage.lambdas.faults.kill_before("gatherSegments", count=None)
    show.stop_recording()
    shows.stage.settle()
    assert called(shows, "failRecording", "states", "GetExecutionHistory")
    shows.stage.lambdas.faults.clear()
    show.ended()
    shows.nothing_left()


# What the sweep forgets


def test_a_flow_that_is_gone_is_looked_at_no_more(shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    show.ended()
    shows.stage.faults.reject("mediaconnect", "DescribeFlow", 404, "NotFoundException", "no such flow", count=None)
    shows.sweep()
    assert called(shows, "findOrphans", "dynamodb", "DeleteItem")


def test_what_a_request_reserved_that_died_over_it_is_given_back(shows: Shows) -> None:
    shows.stage.lambdas.faults.kill_after_call("api", "dynamodb", "UpdateItem")
    status, _, _ = shows.stage.request("POST", "/sessions", shows.spec())
    assert status >= 500
    shows.sweep(4)
    assert called(shows, "listSessions", "dynamodb", "UpdateItem")


def test_a_function_that_has_not_asked_for_the_quotas_yet_asks(shows: Shows) -> None:
    """On Lambda each has a process of its own; here one remembers what another was told."""
    shows.stage.lambdas.faults.throttle("planSession")  # it comes again when time passes, which it does not in between
    show = shows.ask()
    forget_limits()
    show.until("live")
    assert called(shows, "planSession", "servicequotas", "ListServiceQuotas")


# Somebody else has had a hand in it


def test_a_second_channel_of_a_sessions_name_is_written_down_by_its_end(shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    shows.allow(20)
    left = Leftovers(shows.stage, shows.flow, show)
    left.channel(left.input(), ours(show), f"onair-dev-{show.id}-main")
    assert show.ended()["status"] == "cleanup_incomplete"
    assert called(shows, "finishEnd", "dynamodb", "PutItem")


def test_a_group_that_somebody_deleted_is_made_again_for_who_still_needs_it(shows: Shows) -> None:
    stage = shows.stage
    shows.allow(20)
    first = shows.ask()
    first.until("live")
    first.end()
    stage.lambdas.faults.throttle("releaseSource", count=5)
    first.reaches("Release source", "end")
    stage.faults.throttle("medialive", "CreateInput", count=None)
    second = shows.ask(destination("other"))
    stage.wait(lambda: called(shows, "createInput", "medialive", "CreateInput"), every=0.2)
    [group] = stage.client("medialive").list_input_security_groups()["InputSecurityGroups"]
    stage.client("medialive").delete_input_security_group(InputSecurityGroupId=group["Id"])
    stage.wait(lambda: called(shows, "releaseSource", "medialive", "CreateInputSecurityGroup"))
    stage.faults.clear()
    stage.settle()
    second.ended()
    shows.nothing_left()


@pytest.mark.parametrize("deleted", [False, True], ids=["still there", "deleted meanwhile"])
def test_a_group_that_is_needed_again_when_the_sweep_would_delete_it_stays(
    shows: Shows, monkeypatch: pytest.MonkeyPatch, deleted: bool
) -> None:
    stage = shows.stage
    stage.faults.reject("medialive", "DeleteInputSecurityGroup", 400, "BadRequestException", "not today", count=None)
    show = shows.ask()
    show.until("live")
    show.ended()
    stage.faults.clear()
    newcomer = "s-newcomer0000"

    @contextmanager
    def somebody_comes(now: datetime) -> Iterator[None]:
        with security_group_lock(now):
            [group] = security_groups.groups()
            security_groups.save(group.with_user(["192.0.2.9/32"], newcomer))
            if deleted and group.group_id is not None:
                stage.client("medialive").delete_input_security_group(InputSecurityGroupId=group.group_id)
            yield

    monkeypatch.setattr(orphan_removal, "security_group_lock", somebody_comes)
    operation = "CreateInputSecurityGroup" if deleted else "UpdateInputSecurityGroup"
    shows.sweep(6)
    assert called(shows, "deleteOrphan", "medialive", operation)


def test_a_giving_up_that_meets_a_delete_looks_how_far_that_has_come(
    shows: Shows, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tasks.provision.abandon_session as step

    def somebody_ends_it(session_id: str, *how: Any) -> Any:
        end_session(session_id, EndedReason.REQUESTED)
        return end_session(session_id, *how)

    monkeypatch.setattr(step, "end_session", somebody_ends_it)
    shows.stage.faults.reject("medialive", "CreateInput", 422, "UnprocessableEntityException", "no", count=None)
    shows.ask().until("ended")
    assert called(shows, "abandonSession", "states", "DescribeExecution")
    shows.nothing_left()


@pytest.mark.parametrize("move", ["start", "stop", "record", "stop_recording"])
def test_a_request_that_died_before_its_operation_began_is_gone_on_with(shows: Shows, move: str) -> None:
    """Each kind of operation may have to be started by whoever notices."""
    show = ask_host(shows)
    if move != "start":
        show.start()
        show.until("live")
    if move == "stop_recording":
        show.record()
        show.passes(5)
    shows.stage.lambdas.faults.kill_after_call("api", "dynamodb", "TransactWriteItems")
    path = {"start": "streaming/start", "stop": "streaming/stop", "record": "recording/start"}.get(
        move, "recording/stop"
    )
    assert show.call(path)[0] >= 500
    shows.sweep(2)
    show.ended()
    shows.nothing_left()
