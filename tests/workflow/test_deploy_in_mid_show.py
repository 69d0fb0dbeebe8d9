"""A deployment, and a roll-back, while shows are on the air: what old code has begun and written, new code ends.

Decision 0023. What was recorded of an older version is in tests/contract/data/version_<number>.
"""

from __future__ import annotations

import json

import pytest

from infra.local.stage import Stage
from tests.contract.asl import MACHINES
from tests.contract.replay import Version, read_version, versions
from tests.host_show import ask_host, ask_recorded_flow
from tests.next_version import kept, rewrite
from tests.show import Shows, destination

pytestmark = pytest.mark.slow
every_version = pytest.mark.parametrize("number", versions())


# Deployed: an older version's executions, today's functions


def deploy(stage: Stage, older: Version | None = None) -> None:
    """Put an older version's machines in place, or (None) today's. What runs goes on as it was begun."""
    for machine in stage.service.machines.values():
        definition = json.dumps(machine.definition)
        if older is not None:
            source = json.loads(older.deployed(MACHINES[machine.logical_id], stage.service))
            definition = json.dumps({**source, "Comment": f"version {older.number}"})
        stage.client("stepfunctions").update_state_machine(stateMachineArn=machine.arn, definition=definition)


def versions_run(stage: Stage) -> list[str]:
    """Which version's machine each execution has run, oldest first. (DescribeStateMachineForExecution would tell, but
    moto answers it with what is deployed now.)"""
    arns = [each["executionArn"] for each in stage.executions()]
    told = [stage._backend().describe_execution(arn).state_machine.definition for arn in arns]
    comments = [str(json.loads(each)["Comment"]) for each in told]
    return [each if each.startswith("version ") else "today" for each in comments]


@every_version
def test_a_host_session_survives_a_deploy_and_a_roll_back_in_mid_show(shows: Shows, number: int) -> None:
    """Both in the middle of an operation: it ends as it was begun, and the next one runs what is deployed then."""
    older = read_version(number)
    deploy(shows.stage, older)
    show = ask_host(shows)
    show.start()
    shows.stage.clock.sleep(2)
    deploy(shows.stage)
    show.until("live")
    show.record()
    show.passes(20)
    show.stop_recording()
    show.passes(20)
    show.stop()
    shows.stage.clock.sleep(2)
    deploy(shows.stage, older)
    show.until("idle")
    assert show.ended()["status"] == "ended"
    assert [each["status"] for each in show.recordings()] == ["ready"]
    then, now = f"version {number}", "today"
    assert versions_run(shows.stage) == [then, then, now, now, then], "provision, start, finalize, stop, end"
    shows.nothing_left()


@every_version
def test_a_flow_session_survives_a_deploy_in_mid_air(shows: Shows, number: int) -> None:
    """Steps are parked, one branch has to be rolled back; what is begun afterwards runs today's machines."""
    deploy(shows.stage, read_version(number))
    shows.stage.faults.reject("medialive", "StartChannel", 422, "UnprocessableEntityException", "no")
    show = ask_recorded_flow(shows, destination("main"), destination("second"))
    show.reaches("Await channel running")
    deploy(shows.stage)
    show.until("live")
    show.passes(20)
    assert show.ended()["status"] == "ended"
    first, *others = versions_run(shows.stage)
    assert first == f"version {number}" and others and set(others) == {"today"}
    shows.nothing_left()


# Rolled back: rows of a later version


def test_a_session_that_a_later_version_wrote_is_ended_and_nothing_is_left(shows: Shows) -> None:
    show = shows.ask(destination("main"), destination("second"))
    show.reaches("Await channel running")
    assert rewrite(shows.stage) > 5, "parked steps, too"
    show.until("live")
    rewrite(shows.stage)
    assert show.ended()["status"] == "ended"
    assert {"SESSION", "RES"} <= kept(shows.stage)
    shows.nothing_left()


def test_a_host_session_that_a_later_version_wrote_goes_on_and_is_ended(shows: Shows) -> None:
    show = ask_host(shows)
    rewrite(shows.stage)
    show.start()
    show.until("live")
    show.record()
    shows.stage.settle()
    rewrite(shows.stage)
    show.passes(20)
    show.stop_recording()
    show.passes(60)
    show.stop()
    show.until("idle")
    rewrite(shows.stage)
    status, _, answer = shows.stage.request("PATCH", f"/sessions/{show.id}", {"max_continuous_duration": 7200})
    assert status == 200, answer
    assert show.ended()["status"] == "ended"
    assert [each["status"] for each in show.recordings()] == ["ready"]
    shows.nothing_left()


def test_a_session_that_a_later_version_wrote_is_swept(shows: Shows) -> None:
    """Its lease runs out, with the warnings before; what it has left is deleted."""
    show = shows.ask(max_continuous_duration=3600)
    show.until("live")
    for minutes in (25, 20, 1, 0):  # to be warned, to be warned again, to be ended, to be found ended
        rewrite(shows.stage)
        shows.stage.clock.sleep(60 * minutes)
        shows.sweep()
    found = show.look()
    assert (found["status"], found["ended_reason"]) == ("ended", "max_duration")
    shows.nothing_left()
