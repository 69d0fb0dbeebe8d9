"""Three ways to take a show on the air and off again, on the same stage with the same weather: OnAir and its peers.

Each way is asked for so many destinations of one flow, and says when all of them were live. The peers send the very
CreateChannel requests that OnAir sends.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from infra.local.simulator import Duration, Durations
from infra.local.stage import Stage
from shared.domain.payloads.channels import ChannelOutputs, create_channel_request
from shared.domain.plan import plan_resources
from shared.domain.session_spec import parse_spec
from shared.gateways.clients import forget_clients
from shared.gateways.settings import settings
from shared.runtime.quota_limits import forget_limits
from tests.bench import plain_script
from tests.bench.meter import Meter
from tests.bench.weather import Climate, Weather
from tests.show import destination

LOOPS = Path(__file__).parent / "wait_and_describe"
#: Seconds; nothing here takes longer.
PATIENCE = 7200.0
ROLE = "arn:aws:iam::111122223333:role/MediaLive"


class Way(Protocol):
    """``hears_events``: whether OnAir's rules run meanwhile, which are no part of a peer."""

    name: str
    hears_events: bool

    def go(self) -> float:
        """Ask, wait until all destinations are live, and return the clock's time when that was known."""

    def end(self) -> None:
        """Take all of it off the air and delete it; return when it is gone."""


@dataclass
class World:
    """A stage of a bench: one running flow, room for many, nothing else."""

    stage: Stage
    weather: Weather
    meter: Meter
    flow: str = ""

    @classmethod
    @contextmanager
    def open(cls, climate: Climate | None = None) -> Iterator[World]:
        """Up inside the ``with``; the calling thread takes part in its time."""
        weather = Weather(climate or Climate())
        with weather.stage() as stage:
            forget_clients()
            yield cls(stage, weather, Meter(stage, weather))
            weather.calm = True
        settings.cache_clear()

    def begin(self, way: Way, seed: int, durations: dict[str, float] | None = None, warm: bool = False) -> None:
        """Everything anew for ``way``; each transition takes the seconds given, or else the middle of its range."""
        self.weather.calm = True
        self.stage.reset()
        settings.cache_clear()
        forget_limits()
        room = self.stage.simulator.settings
        room.quotas.channels = room.quotas.push_inputs = 100
        for name in type(room.durations).model_fields:
            known = getattr(Durations(), name)
            seconds = (durations or {}).get(name, (known.low + known.high) / 2)
            setattr(room.durations, name, Duration(low=seconds, high=seconds))
        self.flow = self.stage.simulator.seed_flow(name="main-stage")
        self.stage.bus.silent = not way.hears_events
        random.seed(seed)
        self.weather.begin(seed, warm)


class OnAir:
    """What this repository does: one request to its HTTP API, one to end it."""

    name = "OnAir"
    hears_events = True

    def __init__(self, world: World, destinations: int) -> None:
        self._world, self._destinations = world, destinations
        self.session: dict[str, Any] = {}

    def go(self) -> float:
        stage = self._world.stage
        status, _, answer = stage.request("POST", "/sessions", spec(self._world.flow, self._destinations))
        assert status == 202, answer
        stage.settle(PATIENCE)
        status, _, self.session = stage.request("GET", f"/sessions/{answer['session_id']}")
        assert self.session["status"] == "live", self.session
        return datetime.fromisoformat(self.session["live_at"]).timestamp()

    def end(self) -> None:
        stage, path = self._world.stage, f"/sessions/{self.session['session_id']}"
        status, _, answer = stage.request("DELETE", path)
        assert status == 202, answer
        stage.settle(PATIENCE)


class PlainScript:
    """boto3 with botocore's waiters; its machine's time is nobody's bill here."""

    name = "boto3 script"
    hears_events = False

    def __init__(self, world: World, destinations: int) -> None:
        self._world, self._destinations = world, destinations
        self._made: plain_script.Made | None = None

    def go(self) -> float:
        stage, flow = self._world.stage, self._world.flow
        self._made = plain_script.go_live(stage.client, flow, channel_requests(flow, self._destinations))
        return stage.clock.time()

    def end(self) -> None:
        assert self._made is not None
        plain_script.come_off(self._world.stage.client, self._world.flow, self._made)


class WaitAndDescribe:
    """Two state machines of SDK integrations that wait and describe in a loop, every ``seconds``."""

    hears_events = False

    def __init__(self, world: World, destinations: int, seconds: int = 10) -> None:
        self.name = f"wait {seconds} s and describe"
        self._world, self._destinations, self._seconds = world, destinations, seconds
        self._made: Any = None

    def go(self) -> float:
        flow = self._world.flow
        channels = [
            {**one, "InputSettings": one["InputAttachments"][0]["InputSettings"]}
            for one in channel_requests(flow, self._destinations)
        ]
        self._made, ended = self._run("go_live", {"flow": flow, "wait": self._seconds, "channels": channels})
        return ended

    def end(self) -> None:
        self._run("come_off", self._made)

    def _run(self, name: str, given: Any) -> tuple[Any, float]:
        stage = self._world.stage
        states = stage.client("stepfunctions")
        definition = (LOOPS / f"{name}.asl.json").read_text(encoding="utf-8")
        definition = definition.replace("${MediaLiveRoleArn}", settings().media_live_role_arn)
        calm, self._world.weather.calm = self._world.weather.calm, True  # to deploy is not part of a session
        machine = states.create_state_machine(name=name, definition=definition, roleArn=ROLE)["stateMachineArn"]
        self._world.weather.calm = calm
        execution = states.start_execution(stateMachineArn=machine, input=json.dumps(given))["executionArn"]
        stage.settle(PATIENCE)
        self._world.weather.calm = True
        seen = stage.execution(execution)
        self._world.weather.calm = calm
        assert seen["status"] == "SUCCEEDED", (seen.get("error"), seen.get("cause"))
        return seen["output"], seen["stopDate"].timestamp()


def spec(flow: str, destinations: int) -> dict[str, Any]:
    """A request for a session of so many custom destinations."""
    return {
        "name": "A show",
        "owner": "studio-1",
        "source": {"type": "flow", "flow_arn": flow},
        "destinations": [destination(f"place-{number}") for number in range(destinations)],
    }


def channel_requests(flow: str, destinations: int) -> list[dict[str, Any]]:
    """CreateChannel for each destination, as OnAir sends it, but for the input, the tags and the request's id."""
    plan = plan_resources("dev", "s-example", parse_spec(spec(flow, destinations)))
    requests = []
    for channel in plan.channels:
        where = {"Url": f"rtmp://{channel.destination_id}.example.net/live", "StreamName": "example-key-not-real"}
        outputs = ChannelOutputs(rtmp=(where,))
        request = create_channel_request("dev", "s-example", channel, outputs, "", settings().media_live_role_arn, 1)
        requests.append({name: value for name, value in request.items() if name not in {"Tags", "RequestId"}})
    return requests


def ways() -> list[Callable[[World, int], Way]]:
    """OnAir first: everything else is told as a ratio to it."""
    return [
        OnAir,
        PlainScript,
        lambda world, many: WaitAndDescribe(world, many, 10),
        lambda world, many: WaitAndDescribe(world, many, 30),
    ]
