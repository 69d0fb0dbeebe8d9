"""What serverless.yml says exists, as typed objects, so that the local stage runs what is deployed.

The stage boots from this; contract tests use it to compare handlers, routes and state machines with the files.
Names follow osls: function ``endSession`` is deployed as ``onair-dev-endSession`` with the logical id
``EndSessionLambdaFunction``. CloudFormation's Ref, GetAtt, Sub and Join are resolved to local names and ARNs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.local.cloudformation import ACCOUNT, REGION, Names, logical_name, text_of
from infra.local.definitions import (
    Cors,
    Function,
    Route,
    Rule,
    Schedule,
    Service,
    StateMachine,
    StreamMapping,
    Table,
    Target,
)
from infra.local.variables import ServiceError, Variables, load_yaml

__all__ = [
    "ACCOUNT",
    "REGION",
    "Cors",
    "Function",
    "Route",
    "Rule",
    "Schedule",
    "Service",
    "ServiceError",
    "StateMachine",
    "StreamMapping",
    "Table",
    "Target",
    "load_service",
    "seconds_of",
]

PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9_]+)\}")


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
        self.names = Names(f"{self.service}-{self.stage}", self.function_names, self.resources)
        self.ignored: list[str] = []

    def build(self) -> Service:
        functions = {key: self._function(key, spec or {}) for key, spec in self._functions().items()}
        routes: list[Route] = []
        rules: list[Rule] = []
        schedules: list[Schedule] = []
        streams: list[StreamMapping] = []
        for key, spec in self._functions().items():
            for index, event in enumerate((spec or {}).get("events") or [], start=1):
                self._event(functions[key], index, event, routes, rules, schedules, streams)
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
            cors=self._cors(),
            rules=tuple(rules),
            schedules=tuple(schedules),
            streams=tuple(streams),
            machines={key: self._machine(key, spec) for key, spec in self._of("AWS::StepFunctions::StateMachine")},
            tables={key: self._table(key, spec) for key, spec in self._of("AWS::DynamoDB::Table")},
            buckets={key: self.names.ref(key) for key, _ in self._of("AWS::S3::Bucket")},
            bucket_cors=self._bucket_cors(),
            page_headers=self._page_headers(),
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

    def _cors(self) -> Cors | None:
        """What ``resources.extensions`` give to the HTTP API, which osls makes and calls HttpApi."""
        properties = _extensions(self.document.get("resources")).get("HttpApi", {}).get("Properties") or {}
        given = self.names.value(properties.get("CorsConfiguration"))
        if not given:
            return None
        return Cors(
            origins=tuple(given.get("AllowOrigins") or ()),
            methods=tuple(given.get("AllowMethods") or ()),
            headers=tuple(given.get("AllowHeaders") or ()),
            exposed=tuple(given.get("ExposeHeaders") or ()),
            max_age=given.get("MaxAge"),
        )

    def _bucket_cors(self) -> dict[str, list[dict[str, Any]]]:
        """What web pages may read of a bucket, by its name, as PutBucketCors takes it; only those that have rules."""
        renamed = {"Id": "ID", "ExposedHeaders": "ExposeHeaders", "MaxAge": "MaxAgeSeconds"}
        return {
            self.names.ref(key): [
                {renamed.get(name, name): value for name, value in self.names.value(rule).items()}
                for rule in properties["CorsConfiguration"]["CorsRules"]
            ]
            for key, properties in self._of("AWS::S3::Bucket")
            if "CorsConfiguration" in properties
        }

    def _page_headers(self) -> dict[str, str]:
        """What CloudFront's ResponseHeadersPolicy adds to each file of the page; names in lower case. Without
        Strict-Transport-Security, which browsers take over HTTPS only."""
        headers: dict[str, str] = {}
        for _, properties in self._of("AWS::CloudFront::ResponseHeadersPolicy"):
            policy = self.names.value(properties["ResponseHeadersPolicyConfig"])
            secure = policy.get("SecurityHeadersConfig") or {}
            headers |= {
                "content-security-policy": secure["ContentSecurityPolicy"]["ContentSecurityPolicy"].strip(),
                "x-frame-options": secure["FrameOptions"]["FrameOption"],
                "referrer-policy": secure["ReferrerPolicy"]["ReferrerPolicy"],
                "x-content-type-options": "nosniff",
            }
            for each in (policy.get("CustomHeadersConfig") or {}).get("Items") or []:
                headers[each["Header"].lower()] = each["Value"]
        return headers

    def _function(self, key: str, spec: dict[str, Any]) -> Function:
        if "handler" not in spec:
            raise ServiceError(f"functions.{key}: handler is missing")
        environment = {**(self.provider.get("environment") or {}), **(spec.get("environment") or {})}
        return Function(
            key=key,
            name=self.function_names[key],
            logical_id=f"{logical_name(key)}LambdaFunction",
            arn=self.names.function_arn(key),
            handler=str(spec["handler"]),
            # 6 s and 1024 MB are osls's defaults, not Lambda's.
            timeout=float(spec.get("timeout", self.provider.get("timeout", 6))),
            memory=int(spec.get("memorySize", self.provider.get("memorySize", 1024))),
            environment={
                name: text_of(self.names.value(each)) for name, each in environment.items() if each is not None
            },
        )

    def _event(
        self,
        function: Function,
        index: int,
        event: Any,
        routes: list[Route],
        rules: list[Rule],
        schedules: list[Schedule],
        streams: list[StreamMapping],
    ) -> None:
        kind, spec = next(iter(event.items()))
        where = f"functions.{function.key}.events[{index - 1}].{kind}"
        if kind == "httpApi":
            routes.append(_route(spec, function.key, where))
        elif kind == "eventBridge":
            if "inputTransformer" in spec:
                raise ServiceError(f"{where}: inputTransformer is not supported locally")
            given, enabled = self.names.value(spec.get("input")), spec.get("enabled", True)
            name = f"{function.name}-rule-{index}"
            if "schedule" in spec:
                schedules.append(Schedule(name, function.key, seconds_of(spec["schedule"], where), given, enabled))
            if "pattern" in spec:
                target = Target(function.arn, given, spec.get("inputPath"))
                rules.append(Rule(name, self.names.value(spec["pattern"]), (target,), enabled))
        elif kind == "schedule":
            spec = {"rate": spec} if isinstance(spec, str) else spec
            rates = spec["rate"] if isinstance(spec["rate"], list) else [spec["rate"]]
            for number, rate in enumerate(rates, start=1):
                name = f"{function.name}-schedule-{index}-{number}"
                enabled = spec.get("enabled", True)
                schedules.append(Schedule(name, function.key, seconds_of(rate, where), spec.get("input"), enabled))
        elif kind == "stream" and isinstance(spec, dict) and spec.get("type") == "dynamodb":
            streams.append(self._stream(function, spec, where))
        else:
            self.ignored.append(f"{where}: not run locally")

    def _stream(self, function: Function, spec: dict[str, Any], where: str) -> StreamMapping:
        if unknown := sorted(spec.keys() & {"parallelizationFactor", "tumblingWindowInSeconds", "consumer"}):
            raise ServiceError(f"{where}: {', '.join(unknown)} is not supported locally")
        arn = text_of(self.names.value(spec["arn"]))
        table = arn.split("/")[1]
        views = {
            self.names.ref(key): each["StreamSpecification"]["StreamViewType"]
            for key, each in self._of("AWS::DynamoDB::Table")
            if "StreamSpecification" in each
        }
        if table not in views:
            raise ServiceError(f"{where}: {table} has no StreamSpecification")
        failure = (spec.get("destinations") or {}).get("onFailure")
        return StreamMapping(
            function=function.key,
            table=table,
            stream_arn=arn,
            view_type=views[table],
            # 10 is osls's default, not Lambda's.
            batch_size=int(spec.get("batchSize", 10)),
            batch_window=float(spec.get("batchWindow", 0)),
            filters=tuple(self.names.value(spec.get("filterPatterns") or [])),
            maximum_retries=int(spec.get("maximumRetryAttempts", -1)),
            maximum_age=float(spec.get("maximumRecordAgeInSeconds", -1)),
            bisects=bool(spec.get("bisectBatchOnFunctionError", False)),
            reports_failures=spec.get("functionResponseType") == "ReportBatchItemFailures",
            on_failure=self.names.value(failure["arn"] if isinstance(failure, dict) and "arn" in failure else failure),
            enabled=bool(spec.get("enabled", True)),
        )

    def _rule(self, logical_id: str, properties: dict[str, Any]) -> Rule:
        targets = []
        for each in properties.get("Targets") or []:
            if "InputTransformer" in each:
                raise ServiceError(f"{logical_id}: InputTransformer is not supported locally")
            given = each.get("Input")
            targets.append(
                Target(
                    self.names.value(each["Arn"]),
                    json.loads(self.names.value(given)) if given is not None else None,
                    each.get("InputPath"),
                )
            )
        enabled = properties.get("State", "ENABLED") != "DISABLED"
        return Rule(self.names.ref(logical_id), self.names.value(properties["EventPattern"]), tuple(targets), enabled)

    def _machine(self, logical_id: str, properties: dict[str, Any]) -> StateMachine:
        source = properties.get("Definition")
        if not isinstance(source, dict):
            raise ServiceError(f"{logical_id}: Definition: ${{file(...)}} is needed, DefinitionString is not supported")
        values = {
            name: self.names.value(each) for name, each in (properties.get("DefinitionSubstitutions") or {}).items()
        }
        used: set[str] = set()
        definition = _substituted(source, values, used, logical_id)
        if unused := sorted(set(values) - used):
            raise ServiceError(f"{logical_id}: DefinitionSubstitutions that the definition never uses: {unused}")
        return StateMachine(
            logical_id=logical_id,
            name=self.names.ref_name(logical_id, "StateMachineName"),
            arn=self.names.ref(logical_id),
            role_arn=text_of(self.names.value(properties.get("RoleArn", f"arn:aws:iam::{ACCOUNT}:role/{logical_id}"))),
            definition=definition,
            source=source,
        )

    def _table(self, logical_id: str, properties: dict[str, Any]) -> Table:
        name = self.names.ref(logical_id)
        kept = {
            "AttributeDefinitions",
            "KeySchema",
            "BillingMode",
            "GlobalSecondaryIndexes",
            "LocalSecondaryIndexes",
            "ProvisionedThroughput",
        }
        create = {key: each for key, each in properties.items() if key in kept}
        if stream := properties.get("StreamSpecification"):
            # CloudFormation leaves StreamEnabled out, CreateTable wants it.
            create["StreamSpecification"] = {"StreamEnabled": True, **stream}
        return Table(logical_id, name, {"TableName": name, **create})


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


def _parts(resources: Any) -> list[dict[str, Any]]:
    return [part or {} for part in (resources if isinstance(resources, list) else [resources])]


def _extensions(resources: Any) -> dict[str, Any]:
    return {name: each for part in _parts(resources) for name, each in (part.get("extensions") or {}).items()}


def _merged(resources: Any) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for part in _parts(resources):
        for logical_id, resource in (part.get("Resources") or {}).items():
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
        return text_of(values[name])

    return PLACEHOLDER.sub(replacement, node)
