"""Says what of a built CloudFormation template could not be looked into when it runs, or would show too much.

``observation_faults`` gives sentences, none if all is well, like those of ``template``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.package.template import is_a, named, of

Json = dict[str, Any]
#: Days. Longer than a billing month, and not for ever.
KEPT = range(14, 91)
#: What of an HTTP request may hold a token or a signature.
SECRETS_OF_REQUESTS = ("queryString", "header", "authorizer", "protocol", "identity")


def observation_faults(template: Json) -> list[str]:
    """Traces and logs of every function, machine and the API; none with data, each log for a while."""
    return [*_groups(template), *_functions(template), *_machines(template), *_api(template)]


def _groups(template: Json) -> Iterator[str]:
    for logical_id, group in of(template, "Logs::LogGroup"):
        if group.get("RetentionInDays") not in KEPT:
            yield f"{logical_id} is kept for {group.get('RetentionInDays', 'ever')} days"


def _functions(template: Json) -> Iterator[str]:
    groups = {group["LogGroupName"] for _, group in of(template, "Logs::LogGroup")}
    for logical_id, function in of(template, "Lambda::Function"):
        if function.get("TracingConfig") != {"Mode": "Active"}:
            yield f"{logical_id} is not traced"
        if f"/aws/lambda/{function['FunctionName']}" not in groups:
            yield f"{logical_id} has no log group of the template"


def _machines(template: Json) -> Iterator[str]:
    for logical_id, machine in of(template, "StepFunctions::StateMachine"):
        if machine.get("TracingConfiguration") != {"Enabled": True}:
            yield f"{logical_id} is not traced"
        logging = machine.get("LoggingConfiguration", {})
        if logging.get("Level") not in ("ERROR", "ALL"):
            yield f"{logical_id} does not log its errors"
        # Without a word it is false; what would put every payload into a log has to be said.
        if logging.get("IncludeExecutionData") is not False:
            yield f"{logical_id} may log its data"
        arns = [each["CloudWatchLogsLogGroup"]["LogGroupArn"] for each in logging.get("Destinations", [])]
        if len(arns) != 1 or not is_a(template, arns[0], "Logs::LogGroup"):
            yield f"{logical_id} logs to no group of the template"


def _api(template: Json) -> Iterator[str]:
    for logical_id, stage in of(template, "ApiGatewayV2::Stage"):
        settings = stage.get("AccessLogSettings")
        if settings is None or named(settings["DestinationArn"]) not in dict(of(template, "Logs::LogGroup")):
            yield f"{logical_id} logs no requests"
            continue
        for variable in json.loads(settings["Format"]).values():
            if any(word in variable for word in SECRETS_OF_REQUESTS):
                yield f"{logical_id} logs {variable}"
