"""What serverless.yml says exists, as typed objects, so that the local stage runs what is deployed.

The stage boots from this; contract tests use it to compare handlers, routes and state machines with the files.
Names follow osls: function ``endSession`` is deployed as ``onair-dev-endSession`` with the logical id
``EndSessionLambdaFunction``. CloudFormation's Ref, GetAtt, Sub and Join are resolved to local names and ARNs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.variables import ServiceError, Variables, load_yaml

ACCOUNT = "111122223333"
REGION = "eu-west-1"
PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9_]+)\}")


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
    rules: tuple[Rule, ...]
    schedules: tuple[Schedule, ...]
    machines: dict[str, StateMachine]
    tables: dict[str, Table]
    buckets: dict[str, str]
    resources: dict[str, Any]
    ignored: tuple[str, ...]

    def function_by_arn(self, arn: str) -> Function | None:
        """The function an ARN (qualified or not) or a bare name means."""
        name = arn.split(":function:")[-1].split(":")[0]
        return next((each for each in self.functions.values() if each.name == name), None)


def load_service(path: Path | str, stage: str = "dev", options: Mapping[str, str] | None = None) -> Service:
    """Read serverless.yml with all it includes. ServiceError, with file and place, for what has no local meaning."""
    path = Path(path)
    given = {"stage": stage, **(options or {})}
    document = Variables(load_yaml(path), path.parent, given).resolved()
    return _Builder(document, stage).build()


class _Builder:
    def __init__(self, document: dict[str, Any], stage: str) -> None:
        self.document = document
        self.provider: dict[str, Any] = document.get("provider") or {}
        self.service = str(document["service"])
        self.stage = str(self.provider.get("stage") or stage)
        self.resources = _merged(document.get("resources"))
        self.function_names = {
            key: str((spec or {}).get("name") or f"{self.service}-{self.stage}-{key}")
            for key, spec in (document.get("functions") or {}).items()
        }
        self.logical_ids = {f"{logical_name(key)}LambdaFunction": key for key in self.function_names}
        self.ignored: list[str] = []

    def build(self) -> Service:
        functions = {key: self._function(key, spec or {}) for key, spec in self._functions().items()}
        routes: list[Route] = []
        rules: list[Rule] = []
        schedules: list[Schedule] = []
        for key, spec in self._functions().items():
            for index, event in enumerate((spec or {}).get("events") or [], start=1):
                self._event(functions[key], index, event, routes, rules, schedules)
        rules += [
            self._rule(logical_id, resource)
            for logical_id, resource in self._of("AWS::Events::Rule")
            if "EventPattern" in resource
        ]
        return Service(
            name=self.service,
            stage=self.stage,
            functions=functions,
            routes=tuple(routes),
            rules=tuple(rules),
            schedules=tuple(schedules),
            machines={key: self._machine(key, spec) for key, spec in self._of("AWS::StepFunctions::StateMachine")},
            tables={key: self._table(key, spec) for key, spec in self._of("AWS::DynamoDB::Table")},
            buckets={key: self.ref(key) for key, _ in self._of("AWS::S3::Bucket")},
            resources=self.resources,
            ignored=tuple(self.ignored),
        )

    def _functions(self) -> dict[str, Any]:
        return self.document.get("functions") or {}

    def _of(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        return [
            (logical_id, resource.get("Properties") or {})
            for logical_id, resource in self.resources.items()
            if resource.get("Type") == kind
        ]

    # One thing each

    def _function(self, key: str, spec: dict[str, Any]) -> Function:
        if "handler" not in spec:
            raise ServiceError(f"functions.{key}: handler is missing")
        environment = {**(self.provider.get("environment") or {}), **(spec.get("environment") or {})}
        return Function(
            key=key,
            name=self.function_names[key],
            logical_id=f"{logical_name(key)}LambdaFunction",
            arn=self._function_arn(key),
            handler=str(spec["handler"]),
            # 6 s and 1024 MB are osls's defaults, not Lambda's.
            timeout=float(spec.get("timeout", self.provider.get("timeout", 6))),
            memory=int(spec.get("memorySize", self.provider.get("memorySize", 1024))),
            environment={name: _text(self.value(each)) for name, each in environment.items() if each is not None},
        )

    def _event(
        self,
        function: Function,
        index: int,
        event: Any,
        routes: list[Route],
        rules: list[Rule],
        schedules: list[Schedule],
    ) -> None:
        kind, spec = next(iter(event.items()))
        where = f"functions.{function.key}.events[{index - 1}].{kind}"
        if kind == "httpApi":
            routes.append(_route(spec, function.key, where))
        elif kind == "eventBridge":
            if "pattern" not in spec:
                raise ServiceError(f"{where}: only rules with a pattern are supported; use schedule for the rest")
            if "inputTransformer" in spec:
                raise ServiceError(f"{where}: inputTransformer is not supported locally")
            target = Target(function.arn, self.value(spec.get("input")), spec.get("inputPath"))
            name = f"{function.name}-rule-{index}"
            rules.append(Rule(name, self.value(spec["pattern"]), (target,), spec.get("enabled", True)))
        elif kind == "schedule":
            spec = {"rate": spec} if isinstance(spec, str) else spec
            rates = spec["rate"] if isinstance(spec["rate"], list) else [spec["rate"]]
            for number, rate in enumerate(rates, start=1):
                name = f"{function.name}-schedule-{index}-{number}"
                enabled = spec.get("enabled", True)
                schedules.append(Schedule(name, function.key, seconds_of(rate, where), spec.get("input"), enabled))
        else:
            self.ignored.append(f"{where}: not run locally")

    def _rule(self, logical_id: str, properties: dict[str, Any]) -> Rule:
        targets = []
        for each in properties.get("Targets") or []:
            if "InputTransformer" in each:
                raise ServiceError(f"{logical_id}: InputTransformer is not supported locally")
            given = each.get("Input")
            targets.append(
                Target(
                    self.value(each["Arn"]),
                    json.loads(self.value(given)) if given is not None else None,
                    each.get("InputPath"),
                )
            )
        enabled = properties.get("State", "ENABLED") != "DISABLED"
        return Rule(self.ref(logical_id), self.value(properties["EventPattern"]), tuple(targets), enabled)

    def _machine(self, logical_id: str, properties: dict[str, Any]) -> StateMachine:
        source = properties.get("Definition")
        if not isinstance(source, dict):
            raise ServiceError(f"{logical_id}: Definition: ${{file(...)}} is needed, DefinitionString is not supported")
        values = {name: self.value(each) for name, each in (properties.get("DefinitionSubstitutions") or {}).items()}
        used: set[str] = set()
        definition = _substituted(source, values, used, logical_id)
        if unused := sorted(set(values) - used):
            raise ServiceError(f"{logical_id}: DefinitionSubstitutions that the definition never uses: {unused}")
        return StateMachine(
            logical_id=logical_id,
            name=self.ref_name(logical_id, "StateMachineName"),
            arn=self.ref(logical_id),
            role_arn=_text(self.value(properties.get("RoleArn", f"arn:aws:iam::{ACCOUNT}:role/{logical_id}"))),
            definition=definition,
            source=source,
        )

    def _table(self, logical_id: str, properties: dict[str, Any]) -> Table:
        name = self.ref(logical_id)
        kept = {
            "AttributeDefinitions",
            "KeySchema",
            "BillingMode",
            "GlobalSecondaryIndexes",
            "LocalSecondaryIndexes",
            "ProvisionedThroughput",
        }
        create = {key: each for key, each in properties.items() if key in kept}
        return Table(logical_id, name, {"TableName": name, **create})

    # CloudFormation's functions, for local names

    def value(self, node: Any) -> Any:
        """A value with every intrinsic function replaced by what it means locally."""
        if isinstance(node, list):
            return [self.value(each) for each in node]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (name, argument), *_ = node.items()
            if name == "Ref":
                return self.ref(argument)
            if name == "Fn::GetAtt":
                logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
                return self.attribute(logical_id, attribute)
            if name == "Fn::Sub":
                return self._sub(argument)
            if name == "Fn::Join":
                return argument[0].join(_text(self.value(each)) for each in argument[1])
            if name.startswith("Fn::"):
                raise ServiceError(f"{name} is not supported locally: {json.dumps(node)[:200]}")
        return {key: self.value(each) for key, each in node.items()}

    def _sub(self, argument: Any) -> str:
        template, values = argument if isinstance(argument, list) else (argument, {})

        def replacement(match: re.Match[str]) -> str:
            name = match.group(1)
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in values:
                return _text(self.value(values[name]))
            return _text(self.attribute(*name.split(".", 1)) if "." in name else self.ref(name))

        return re.sub(r"\$\{([^}]+)\}", replacement, template)

    def ref(self, logical_id: str) -> str:
        """What ``Ref`` gives for a pseudo parameter, a function or a resource."""
        pseudo = {
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": f"{self.service}-{self.stage}",
        }
        if logical_id in pseudo:
            return pseudo[logical_id]
        if logical_id in self.logical_ids:
            return self.function_names[self.logical_ids[logical_id]]
        kind = self._kind(logical_id)
        name = self.ref_name(logical_id)
        if kind == "AWS::StepFunctions::StateMachine":
            return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"
        if kind == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
        if kind == "AWS::SNS::Topic":
            return f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}"
        return name

    def ref_name(self, logical_id: str, given: str | None = None) -> str:
        """The name a resource is given in its properties, else one made from its logical id."""
        properties = self.resources.get(logical_id, {}).get("Properties") or {}
        names = [given] if given else ["TableName", "StateMachineName", "BucketName", "QueueName", "RoleName", "Name"]
        names += ["LogGroupName", "TopicName"]
        for each in names:
            if each in properties:
                return _text(self.value(properties[each]))
        return f"{self.service}-{self.stage}-{logical_id}"

    def attribute(self, logical_id: str, attribute: str) -> str:
        """What ``Fn::GetAtt`` gives; the ARN for every kind of resource we deploy."""
        if logical_id in self.logical_ids:
            return self._function_arn(self.logical_ids[logical_id])
        kind, name = self._kind(logical_id), self.ref_name(logical_id)
        here = f"{REGION}:{ACCOUNT}"
        arns = {
            "AWS::StepFunctions::StateMachine": f"arn:aws:states:{here}:stateMachine:{name}",
            "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{here}:table/{name}",
            "AWS::SQS::Queue": f"arn:aws:sqs:{here}:{name}",
            "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{name}",
            "AWS::S3::Bucket": f"arn:aws:s3:::{name}",
            "AWS::Events::Rule": f"arn:aws:events:{here}:rule/{name}",
            "AWS::Logs::LogGroup": f"arn:aws:logs:{here}:log-group:{name}:*",
        }
        if attribute == "Arn" and kind in arns:
            return arns[kind]
        if attribute == "Name":
            return name
        raise ServiceError(f"GetAtt {logical_id}.{attribute} ({kind}) has no local meaning")

    def _kind(self, logical_id: str) -> str:
        if logical_id not in self.resources:
            raise ServiceError(f"{logical_id} is neither a function nor a resource of this service")
        return str(self.resources[logical_id].get("Type"))

    def _function_arn(self, key: str) -> str:
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self.function_names[key]}"


def logical_name(key: str) -> str:
    """How osls turns a function's key into the start of its logical id."""
    return (key[:1].upper() + key[1:]).replace("-", "Dash").replace("_", "Underscore")


def seconds_of(rate: Any, where: str) -> float:
    """The period of ``rate(5 minutes)`` in seconds. cron() is not supported and says so."""
    match = re.fullmatch(r"rate\((\d+) (second|minute|hour|day)s?\)", str(rate).strip())
    if not match:
        raise ServiceError(f"{where}: only rate(n minutes|hours|days) is supported locally, not {rate!r}")
    return int(match.group(1)) * {"second": 1, "minute": 60, "hour": 3600, "day": 86400}[match.group(2)]


def _route(spec: Any, function: str, where: str) -> Route:
    if isinstance(spec, str):
        method, _, path = spec.partition(" ")
        spec = {"method": method, "path": path}
    if "path" not in spec:
        raise ServiceError(f"{where}: path is missing")
    method = str(spec.get("method", "*")).upper()
    authorizer = spec.get("authorizer")
    kind = authorizer.get("type", authorizer.get("name")) if isinstance(authorizer, dict) else authorizer
    return Route("ANY" if method == "*" else method, str(spec["path"]), function, kind)


def _merged(resources: Any) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for part in resources if isinstance(resources, list) else [resources or {}]:
        for logical_id, resource in ((part or {}).get("Resources") or {}).items():
            if logical_id in merged:
                raise ServiceError(f"resource {logical_id} is defined twice")
            merged[logical_id] = resource
    return merged


def _substituted(node: Any, values: dict[str, Any], used: set[str], where: str) -> Any:
    if isinstance(node, dict):
        return {key: _substituted(each, values, used, where) for key, each in node.items()}
    if isinstance(node, list):
        return [_substituted(each, values, used, where) for each in node]
    if not isinstance(node, str):
        return node

    def replacement(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            raise ServiceError(f"{where}: ${{{name}}} has no DefinitionSubstitutions entry")
        used.add(name)
        return _text(values[name])

    return PLACEHOLDER.sub(replacement, node)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
