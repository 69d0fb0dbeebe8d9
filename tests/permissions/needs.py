"""From what a function is heard to call, and from how it is configured, to the permissions that its role needs.

Used by ``template``, which compares them with the roles.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tests.permissions.permission import Need, Permission
from tests.permissions.table import HERE, NEEDS


class UnknownUse(Exception):
    """A use that the table has no line for: add it, with its source."""


def needed_by(function: str, uses: Iterable[str]) -> set[Permission]:
    """What a function's uses need. Raises ``UnknownUse``."""
    return {one for use in uses for need, words in _lines(use) for one in need.permissions(words, function)}


def lines_used(uses: Iterable[str]) -> set[str]:
    """Which lines of the table some uses come to."""
    return {line for use in uses for line in NEEDS if _matches(line, use) is not None}


def _lines(use: str) -> Iterator[tuple[Need, dict[str, str]]]:
    found = False
    for line, needs in NEEDS.items():
        words = _matches(line, use)
        if words is not None:
            found = True
            yield from ((need, words) for need in needs)
    if not found:
        raise UnknownUse(f"{use}: tests/permissions/table.py has no line for it")


def _matches(line: str, use: str) -> dict[str, str] | None:
    pattern = re.sub(r"<(\w+)>", r"(?P<w_\1>\\S+)", re.escape(line).replace(r"\<", "<").replace(r"\>", ">"))
    match = re.fullmatch(pattern, use)
    return None if match is None else {name[2:]: value for name, value in match.groupdict().items()}


def needed_by_configuration(name: str, function: Mapping[str, Any], provider: Mapping[str, Any]) -> set[Permission]:
    """What Lambda itself does with a function's role, by what serverless.yml says of the function called ``name``."""
    log = "arn:${AWS::Partition}:logs:" + HERE + f":log-group:/aws/lambda/onair-${{sls:stage}}-{name}:*"
    # Lambda developer guide, "Defining Lambda function permissions with an execution role". The log group is the
    # template's own: nothing makes one.
    found = {Permission("logs:CreateLogStream", log), Permission("logs:PutLogEvents", log)}
    for event in function.get("events") or ():
        stream = event.get("stream") if isinstance(event, Mapping) else None
        if stream:
            # Lambda developer guide, "Process DynamoDB records with Lambda". ListStreams knows no resource (SAR).
            for action in ("DescribeStream", "GetRecords", "GetShardIterator"):
                found.add(Permission(f"dynamodb:{action}", "${SessionsTable.StreamArn}"))
            found.add(Permission("dynamodb:ListStreams", "*"))
            found |= _dead_letters(stream)
    found |= _dead_letters(function)
    if (provider.get("tracing") or {}).get("lambda"):
        # X-Ray developer guide, "AWS Lambda and AWS X-Ray"; neither knows a resource (SAR AWS X-Ray).
        found |= {Permission("xray:PutTraceSegments", "*"), Permission("xray:PutTelemetryRecords", "*")}
    return found


def _dead_letters(where: Mapping[str, Any]) -> set[Permission]:
    # Lambda developer guide, "Capturing records of Lambda asynchronous invocations", "Permissions".
    if not (where.get("destinations") or {}).get("onFailure"):
        return set()
    return {Permission("sqs:SendMessage", "${EventsDeadLetterQueue.Arn}")}


def needed_by_machine(machine: Mapping[str, Any]) -> set[Permission]:
    """What Step Functions does with a machine's role, by its resource's properties."""
    # Step Functions developer guide, "IAM policies for integrated services", "AWS Lambda".
    arns = [value["Fn::GetAtt"] for value in (machine.get("DefinitionSubstitutions") or {}).values()]
    found = {
        Permission("lambda:InvokeFunction", "${" + ".".join([arn] if isinstance(arn, str) else arn) + "}")
        for arn in arns
    }
    if machine.get("LoggingConfiguration"):
        # Step Functions developer guide, "Using CloudWatch Logs to log execution history": deliveries know no resource.
        deliveries = ("Create", "Get", "Update", "Delete")
        found |= {Permission(f"logs:{verb}LogDelivery", "*") for verb in deliveries}
        rest = ("ListLogDeliveries", "PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups")
        found |= {Permission(f"logs:{name}", "*") for name in rest}
    if (machine.get("TracingConfiguration") or {}).get("Enabled"):
        # Step Functions developer guide, "Trace Step Functions request data in AWS X-Ray".
        names = ("PutTraceSegments", "PutTelemetryRecords", "GetSamplingRules", "GetSamplingTargets")
        found |= {Permission(f"xray:{name}", "*") for name in names}
    return found
