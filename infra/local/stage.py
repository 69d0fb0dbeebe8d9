"""The local stage: what serverless.yml defines, running on this machine, under one clock.

``with Stage() as stage:`` boots moto's engine (corrected), the simulator, the functions, the bus and the HTTP API, all
from serverless.yml, and points AWS_ENDPOINT_URL of this process at them. One stage a process at a time. ``onair up``
runs one at ``speed=20`` or 1 for clients outside; tests run one at ``speed=None``, on virtual time that stands still
except in ``wait``, ``settle`` and ``clock.sleep``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

import boto3

from infra.local import invocation, transport
from infra.local.access import Access
from infra.local.api import Api
from infra.local.backends import delete_object, moto_application, put_object, reset_moto
from infra.local.clock import Clock
from infra.local.corrections import ENGINE
from infra.local.endpoint import Endpoint
from infra.local.events import EventBus
from infra.local.faults import Faults
from infra.local.lambdas import Lambdas
from infra.local.page import Page
from infra.local.process import CREDENTIALS, Process, use_clock
from infra.local.schedules import fire, run_schedule
from infra.local.server import Server, guarded
from infra.local.service import ACCOUNT, REGION, Service, load_service
from infra.local.simulator import Simulator, SimulatorSettings
from infra.local.streams import Streams
from infra.local.variables import ServiceError

ROOT = Path(__file__).resolve().parents[2]
# Too short to move the clock, but a wait: it ends when everyone else waits too.
IDLE_MOMENT = 1e-9


def simulator_settings() -> SimulatorSettings:
    """A stage's own: what running channels record is in S3 as soon as anyone looks there, see ``Endpoint``."""
    return SimulatorSettings(segments_written="when_looked_at")


def _simulator(clock: Clock, publish: Callable[[dict[str, Any]], None]) -> Simulator:
    return Simulator(clock, publish, simulator_settings(), put_object, delete_object)


class Stage:
    """See the module.

    ``speed``: seconds of clock time per second; 1 real, 20 paced, None virtual. ``root``: the folder of serverless.yml.
    ``endpoint_port``, ``api_port``: 0 for any. ``simulator``: made from (clock, publish) if not OnAir's own.
    ``token``: the operator's, drawn at random if not given. ``schedules``: whether what serverless.yml schedules runs
    by itself; a test that wants to say when it runs says no.
    A stage that is up already in this process is suspended until this one is closed, and then begins anew, empty.
    """

    _up: Stage | None = None

    def __init__(
        self,
        speed: float | None = None,
        *,
        root: Path = ROOT,
        stage: str = "dev",
        endpoint_port: int = 0,
        api_port: int = 0,
        simulator: Callable[[Clock, Callable[[dict[str, Any]], None]], Any] | None = None,
        token: str | None = None,
        schedules: bool = True,
    ) -> None:
        self._entered: AbstractContextManager[None] | None = None
        self._closed = False
        self.root = root = root.resolve()
        self.service: Service = load_service(root / "serverless.yml", stage)
        moto = moto_application()
        self.clock = Clock(speed)
        self.faults = Faults()
        self.lambdas = Lambdas(self.clock, self.service, root)
        self.bus = EventBus(self.clock, self.service.rules, self.lambdas.invoke_async, self._start_by_rule)
        self.streams = Streams(self.clock, self.service.streams, self.lambdas.invoke)
        self.simulator: Any = (simulator or _simulator)(self.clock, self.bus.publish)
        self.endpoint = Endpoint(self.clock, self.faults, self.simulator, moto, self.lambdas)
        self.page = Page(root, self.service)
        self.api = Api(self.clock, self.service, self.lambdas, self.page, token)
        guard = Access(self.service.cors)
        self._servers = [
            Server(guarded(self.endpoint, guard, self.api.access, self.service.bucket_cors), self.clock, endpoint_port),
            Server(self.api, self.clock, api_port),
        ]
        guard.address, self.api.access.address = (server.address for server in self._servers)
        self.endpoint_url = self.page.endpoint_url = f"http://{self._servers[0].address}"
        self.api_url = f"http://{self._servers[1].address}"
        self._clients: dict[str, Any] = {}
        self._process = Process(self.service, root, self.endpoint_url)
        self._outer = Stage._up
        if self._outer is not None:
            self._outer._halt()
        Stage._up = self
        try:
            self._process.take()
            self._take_over()
            reset_moto()
            self._make()
        except BaseException:
            self.close()
            raise
        for schedule in self.service.schedules if schedules else ():
            run_schedule(schedule, self.clock, self.lambdas, lambda: Stage._up is self)

    # Up and down

    def _take_over(self) -> None:
        """Have everything a process has only one of work for this stage."""
        transport.install()
        address = self._servers[0].address
        transport.TRANSPORT.bind(self.endpoint, self.clock, address, invocation.refuse_the_dead)
        ENGINE.bind(self.clock, self.endpoint_url, self.lambdas.invoke, self.bus.publish, self.streams.changed)
        use_clock(self.clock.now)

    def __enter__(self) -> Stage:
        self._entered = self.clock.participating()
        self._entered.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop everything and give the process its environment back."""
        if self._closed:
            return
        self._closed = True
        if Stage._up is self:
            self._halt()
            transport.TRANSPORT.unbind()
            reset_moto()
            use_clock(None)
            self._process.give_back()
            Stage._up = self._outer
        else:
            self._step_out()
        self.lambdas.close()
        self.clock.close()
        for server in self._servers:
            server.close()
        if self._entered is not None:
            entered, self._entered = self._entered, None
            entered.__exit__(None, None, None)
        if Stage._up is not None and Stage._up is self._outer:
            Stage._up._take_over()
            Stage._up.reset()

    def _step_out(self) -> None:
        """Closed while another stage is up: that one has nothing to give back to us."""
        inner = Stage._up
        while inner is not None and inner._outer is not self:
            inner = inner._outer
        if inner is not None:
            inner._outer = self._outer

    def _halt(self) -> None:
        """End what runs, and let nobody hear of it."""
        self.bus.silent = self.streams.silent = True
        self.streams.reset()
        self.lambdas.reset()
        for execution in self._running():
            self.client("stepfunctions").stop_execution(executionArn=execution.exec_arn, cause="the stage resets")
        self.clock.sleep(IDLE_MOMENT)
        self.lambdas.reset()

    def reset(self) -> None:
        """Back to what serverless.yml says and nothing else: no execution, item, parameter, resource, fault or log."""
        self._halt()
        self.faults.clear()
        self.bus.reset()
        self.simulator.reset()
        reset_moto()
        ENGINE.tokens.clear()
        self._make()
        self.endpoint.reset()
        self.bus.silent = self.streams.silent = False

    def _make(self) -> None:
        for table in self.service.tables.values():
            self.client("dynamodb").create_table(**table.create)
        for machine in self.service.machines.values():
            self.client("stepfunctions").create_state_machine(
                name=machine.name,
                definition=json.dumps(machine.definition),
                roleArn=machine.role_arn,
            )
        for bucket in self.service.buckets.values():
            location: Any = {"LocationConstraint": REGION}
            self.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=location)
        for bucket, rules in self.service.bucket_cors.items():
            self.client("s3").put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": rules})

    # Asking

    def client(self, service: str) -> Any:
        """A boto3 client of the stage, in-process, with dummy credentials."""
        if service not in self._clients:
            self._clients[service] = boto3.session.Session().client(
                service,
                region_name=REGION,
                endpoint_url=self.endpoint_url,
                aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            )
        return self._clients[service]

    @property
    def token(self) -> str:
        """The operator's token, with the name ``local``."""
        return self.api.access.token

    def token_for(self, owner: str, operator: bool = False) -> str:
        """A token with which ``owner`` calls."""
        return self.api.access.token_for(owner, operator)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        token: str | None = "",
    ) -> tuple[int, dict[str, str], Any]:
        """One request to the HTTP API, in-process: (status, headers with lower-case names, JSON or text).

        ``token``: the operator's unless told; None sends none.
        """
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        if token is not None:
            sent.setdefault("authorization", f"Bearer {token or self.token}")
        content = b""
        if isinstance(body, bytes):
            content = body
        elif body is not None:
            content = json.dumps(body).encode()
            sent.setdefault("content-type", "application/json")
        if query:
            path += "?" + "&".join(f"{quote(name)}={quote(value)}" for name, value in query.items())
        answer = self.api.request(method, path, content, sent)
        shown: Any = answer.body.decode("utf-8", "replace")
        if "json" in answer.headers.get("content-type", ""):
            shown = answer.json()
        return answer.status, answer.headers, shown

    def start(self, machine: str, input: Any = None, name: str | None = None) -> str:
        """Start an execution of a machine, named by logical id, name or ARN; returns its ARN."""
        given: dict[str, Any] = {"stateMachineArn": self.machine_arn(machine), "input": json.dumps(input or {})}
        if name is not None:
            given["name"] = name
        return str(self.client("stepfunctions").start_execution(**given)["executionArn"])

    def machine_arn(self, name: str) -> str:
        """The ARN of a machine by logical id, name or ARN."""
        for machine in self.service.machines.values():
            if name in {machine.logical_id, machine.name, machine.arn}:
                return machine.arn
        raise ServiceError(f"no state machine is called {name}")

    def executions(self, machine: str | None = None, status: str | None = None) -> list[dict[str, Any]]:
        """DescribeExecution of all executions, oldest first, with input and output parsed."""
        found = [
            execution
            for each in self._backend().state_machines
            for execution in each.executions
            if machine is None or each.arn == self.machine_arn(machine)
        ]
        found.sort(key=lambda execution: execution.start_date)
        described = [self.execution(each.exec_arn) for each in found if status in {None, each.status}]
        return described

    def execution(self, arn: str) -> dict[str, Any]:
        """DescribeExecution, with input and output parsed."""
        answer: dict[str, Any] = self.client("stepfunctions").describe_execution(executionArn=arn)
        answer.pop("ResponseMetadata", None)
        for name in ("input", "output"):
            if name in answer:
                answer[name] = json.loads(answer[name])
        return answer

    def history(self, arn: str) -> list[dict[str, Any]]:
        """All events of an execution, oldest first."""
        pages = self.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]

    def path(self, arn: str) -> list[str]:
        """The names of the states an execution entered, in order: what a workflow test asserts."""
        # Tests ask this all the time, so it doesn't go through GetExecutionHistory and its pages.
        events = self._backend().describe_execution(arn).to_history_output()["events"]
        return [each["stateEnteredEventDetails"]["name"] for each in events if "stateEnteredEventDetails" in each]

    def _backend(self) -> Any:
        from moto.stepfunctions.parser.models import stepfunctions_parser_backends

        return stepfunctions_parser_backends[ACCOUNT][REGION]

    def _running(self) -> list[Any]:
        machines = self._backend().state_machines
        return [each for machine in machines for each in machine.executions if each.status == "RUNNING"]

    # Letting time pass

    def wait(self, predicate: Callable[[], Any], timeout: float = 600.0, every: float = 1.0) -> Any:
        """Let clock time pass until ``predicate()`` is true; return what it said. TimeoutError after ``timeout``."""
        deadline = self.clock.time() + timeout
        with self.clock.participating():
            while True:
                found = predicate()
                if found:
                    return found
                left = deadline - self.clock.time()
                if left <= 0:
                    what = getattr(predicate, "__name__", "condition")
                    raise TimeoutError(f"{what} not met within {timeout} seconds of clock time")
                self.clock.sleep(min(every, left))

    def settle(self, timeout: float = 3600.0) -> None:
        """Let clock time pass until no execution and no invocation is running, and no change is yet to be told."""

        def settled() -> bool:
            return not self._running() and not self.lambdas.running() and not self.streams.pending()

        # What was set off a moment ago (an event's delivery, say) may not have begun yet.
        self.clock.sleep(IDLE_MOMENT)
        self.wait(settled, timeout)

    # What starts by itself

    def run_schedules(self) -> None:
        """What every schedule does when it is due, now. For a stage without ``schedules`` of its own."""
        for schedule in self.service.schedules:
            fire(schedule, self.clock, self.lambdas)

    def _start_by_rule(self, arn: str, payload: str) -> None:
        self.client("stepfunctions").start_execution(stateMachineArn=arn, input=payload)
