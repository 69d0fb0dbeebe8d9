"""The things that serverless.yml defines, as typed objects. Made by ``service``, used by everything that runs them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Route:
    """One HTTP API route; ``path`` has its parameters in braces, ``method`` is upper case or ``ANY``."""

    method: str
    path: str
    function: str
    authorizer: str | None = None

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class Cors:
    """Which web pages may call the HTTP API from a browser, and how: API Gateway's CorsConfiguration."""

    origins: tuple[str, ...]
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age: int | None = None


@dataclass(frozen=True)
class Target:
    """Where a rule delivers: a Lambda function or a state machine, by ARN. ``input`` replaces the event if given."""

    arn: str
    input: Any = None
    input_path: str | None = None


@dataclass(frozen=True)
class Rule:
    """One EventBridge rule on the default bus, with a pattern."""

    name: str
    pattern: dict[str, Any]
    targets: tuple[Target, ...]
    enabled: bool = True


@dataclass(frozen=True)
class Schedule:
    """A function that is invoked every ``seconds``; ``input`` is its event."""

    name: str
    function: str
    seconds: float
    input: Any = None
    enabled: bool = True


@dataclass(frozen=True)
class StreamMapping:
    """A table's stream that a function is invoked with. Times in seconds; ``maximum_retries``, ``maximum_age``: -1 for
    no bound; ``on_failure``: the ARN of where batches go that are given up."""

    function: str
    table: str
    stream_arn: str
    view_type: str
    batch_size: int = 10
    batch_window: float = 0.0
    filters: tuple[dict[str, Any], ...] = ()
    maximum_retries: int = -1
    maximum_age: float = -1.0
    bisects: bool = False
    reports_failures: bool = False
    on_failure: str | None = None
    enabled: bool = True


@dataclass(frozen=True)
class Function:
    """One Lambda function; ``timeout`` in seconds, ``memory`` in MB."""

    key: str
    name: str
    logical_id: str
    arn: str
    handler: str
    timeout: float
    memory: int
    environment: dict[str, str]


@dataclass(frozen=True)
class StateMachine:
    """One state machine with its DefinitionSubstitutions applied."""

    logical_id: str
    name: str
    arn: str
    role_arn: str
    definition: dict[str, Any]
    source: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Table:
    """One DynamoDB table: what CreateTable takes."""

    logical_id: str
    name: str
    create: dict[str, Any]


@dataclass(frozen=True)
class Service:
    """Everything serverless.yml defines that the local stage can run."""

    name: str
    stage: str
    functions: dict[str, Function]
    routes: tuple[Route, ...]
    cors: Cors | None
    rules: tuple[Rule, ...]
    schedules: tuple[Schedule, ...]
    streams: tuple[StreamMapping, ...]
    machines: dict[str, StateMachine]
    tables: dict[str, Table]
    buckets: dict[str, str]
    bucket_cors: dict[str, list[dict[str, Any]]]
    page_headers: dict[str, str]
    resources: dict[str, Any]
    ignored: tuple[str, ...]

    def function_by_arn(self, arn: str) -> Function | None:
        """The function an ARN (qualified or not) or a bare name means."""
        name = arn.split(":function:")[-1].split(":")[0]
        return next((each for each in self.functions.values() if each.name == name), None)
