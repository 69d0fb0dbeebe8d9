"""What becomes of a stage's sessions when it is taken away: none is cut unasked, none begins meanwhile, nothing stays.

The sessions, machines and media services are the local stage's; CloudFormation, Lambda's concurrency and the buckets
around it are small fakes. `tests/package/test_life_of_a_stage.py` has those, and no sessions.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from infra.deployment import leftovers, sessions
from infra.deployment.account import Stage as Deployed
from infra.deployment.destroy import Destroyed, Destruction, Wish
from infra.deployment.stack import Seen
from infra.deployment.troubles import Failed, Trouble
from infra.local.cloudformation import ACCOUNT, REGION
from infra.local.stage import Stage
from tests.host_show import ask_host
from tests.leftovers import Leftovers, ours
from tests.show import Shows, destination

NOTHING_MORE = Wish()


class Functions:
    """Lambda, as far as a door goes: which functions may not run."""

    def __init__(self) -> None:
        self.shut: list[str] = []
        self.before_shut: dict[str, Callable[[], None]] = {}

    def put_function_concurrency(self, FunctionName: str, ReservedConcurrentExecutions: int) -> None:
        assert ReservedConcurrentExecutions == 0
        self.before_shut.get(FunctionName, lambda: None)()
        self.shut.append(FunctionName)

    def get_function_concurrency(self, FunctionName: str) -> dict[str, int]:
        return {"ReservedConcurrentExecutions": 0} if FunctionName in self.shut else {}

    def delete_function_concurrency(self, FunctionName: str) -> None:
        self.shut.remove(FunctionName)


class Stack:
    """CloudFormation, as far as a destruction goes: ``idle`` says whether nothing runs in what is deleted."""

    def __init__(self, idle: Callable[[], bool]) -> None:
        self._idle = idle
        self.deleted = False

    def settled(self) -> Seen:
        return Seen() if self.deleted else Seen("CREATE_COMPLETE", "stack/onair-dev")

    def delete(self) -> None:
        assert self._idle(), "the stack goes while an execution runs"
        self.deleted = True


class Account(Deployed):
    """The account that the local stage is: its own clients, but for Lambda's."""

    def client(self, service: str) -> Any:
        return self.functions if service == "lambda" else super().client(service)

    functions = Functions()


class World:
    """One destruction after another of the local stage."""

    def __init__(self, stage: Stage, session: Any) -> None:
        self.stage, self.stack, self.said = stage, Stack(self._idle), list[str]()
        self.account = Account("dev", ACCOUNT, REGION, f"arn:aws:iam::{ACCOUNT}:user/somebody", None, session)
        Account.functions = self.functions = Functions()

    def _idle(self) -> bool:
        return all(one["status"] != "RUNNING" for one in self.stage.executions())

    def destroy(self, wish: Wish = NOTHING_MORE, ask: Callable[[], object] = lambda: None) -> Destroyed:
        clock = self.stage.clock
        run = Destruction(self.account, self.stack, self.said.append, ask, clock.sleep, clock.time)  # type: ignore[arg-type]
        return run.run(wish)

    def sweep_begins(self) -> None:
        machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:onair-dev-sweep"
        self.stage.client("stepfunctions").start_execution(
            stateMachineArn=machine, name="sweep-abcdefghjkmn", input=json.dumps({"dry_run": True, "ids": []})
        )


@pytest.fixture(scope="module")
def session(booted: Stage) -> Any:
    return boto3.Session()


@pytest.fixture
def world(stage: Stage, session: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    # What is not the sessions' is counted where there is a CloudFormation.
    monkeypatch.setattr(leftovers, "in_the_way", lambda _: [])
    monkeypatch.setattr(leftovers, "delete_log_groups", lambda _: None)
    return World(stage, session)


def test_sessions_that_live_are_named_and_nothing_is_touched(world: World, shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    with pytest.raises(Trouble, match=rf"1 session is not over:\n    {show.id}  live  of studio-1, lease until 20"):
        world.destroy(ask=lambda: pytest.fail("asked, though it is refused"))
    assert (world.functions.shut, world.stack.deleted, show.status) == ([], False, "live")


def test_all_are_ended_by_their_own_workflows_even_one_that_slips_in_and_nothing_is_left(
    world: World, shows: Shows
) -> None:
    """Somebody asks for another one after the first look, before the door is shut; and a last sweep begins."""
    flow, slipped = shows.ask(destination("main")), []
    flow.until("live")
    world.functions.before_shut["onair-dev-sweepDue"] = world.sweep_begins
    done = world.destroy(Wish(end_all=True), ask=lambda: slipped.append(ask_host(shows)))
    assert set(done.ended) == {flow.id, slipped[0].id}
    assert (done.left, shows.count()) == ((), {})
    assert world.stack.deleted
    assert world.functions.shut == ["onair-dev-api", "onair-dev-sweepDue"]


def test_a_session_that_slips_in_before_the_door_is_shut_is_found_and_the_door_opened_again(
    world: World, shows: Shows
) -> None:
    with pytest.raises(Trouble, match="1 session is not over"):
        world.destroy(ask=shows.ask)
    assert world.functions.shut == []
    assert not world.stack.deleted


def test_a_session_that_begins_behind_the_door_keeps_the_stage_there(
    world: World, shows: Shows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody deploys meanwhile, which opens the door, and a session begins when all the others are over."""
    looked = sessions.left_by_sessions

    def opened() -> object:
        found = looked()
        shows.ask()
        return found

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(sessions, "left_by_sessions", opened)
        with pytest.raises(Failed, match=r"1 session has begun meanwhile:\n    s-\w+  creating"):
            world.destroy(Wish(end_all=True))
    assert not world.stack.deleted
    assert world.destroy(Wish(end_all=True)).left == ()
    assert (world.stack.deleted, shows.count()) == (True, {})


def test_what_will_not_end_in_time_leaves_the_stage_there_with_its_door_shut(world: World, shows: Shows) -> None:
    show = shows.ask()
    show.until("live")
    with pytest.raises(Failed, match=rf"Time has run out, and there is still: {show.id} \(ending\)"):
        world.destroy(Wish(end_all=True, within=20))
    assert not world.stack.deleted
    assert world.functions.shut == ["onair-dev-api"]
    with pytest.raises(Trouble, match="1 session is not over"):
        world.destroy()
    assert world.said[-1] == "its API is shut: a run that broke off has left it so, and make deploy STAGE=dev opens it"
    assert world.destroy(Wish(end_all=True)).left == ()
    assert (world.stack.deleted, shows.count()) == (True, {})


def test_what_sessions_have_left_goes_at_once_and_what_none_knows_waits_for_a_person(
    world: World, stage: Stage, shows: Shows
) -> None:
    show = shows.ask()
    show.until("live")
    show.ended()
    left = Leftovers(stage, shows.flow, show)
    group = left.stage_group(1)
    channel = left.channel(left.input(ours(show), "left", group), ours(show), "left")
    left.output_of(show, "main", 0)
    left.secret_of(show, "main")
    nobodys = left.input({"onair:stage": "dev", "onair:session": "s-abcdefghjkmn"}, "nobody's", left.group())
    stage.clock.sleep(10)
    left.started(channel)
    with pytest.raises(Failed, match=rf"no session knows of it:\n(    security_group.*\n)?    input {nobodys[1]}"):
        world.destroy()
    assert not world.stack.deleted
    assert world.destroy(Wish(delete_unowned=True)).left == ()
    assert shows.count() == {"input_security_group": 1}  # the one that carries no tags


def test_what_the_functions_are_told_is_what_a_destruction_works_with(stage: Stage, world: World) -> None:
    told = stage.service.functions["api"].environment
    made = sessions.environment(world.account)
    here = {"ONAIR_MEDIALIVE_ROLE_ARN", "ONAIR_OPERATORS"} | {name for name in made if "QUOTA" in name}
    for name, value in made.items():
        assert name in told
        assert name in here or value == told[name]
    assert {name for name in told if name.startswith("ONAIR_")} == made.keys()
