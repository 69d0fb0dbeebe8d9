"""Reads a built CloudFormation template, and says what is wrong in how its parts are joined.

Each ``…_faults`` takes a template and gives sentences, none if all is well, so that a test can spoil a copy and see
what is said. None of them depends on how roles are cut: a function's role is whichever its properties name.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from botocore.session import Session

from tests.contract.asl import all_states, shape_faults, snake

Json = dict[str, Any]
PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
#: What a function with a stream needs, beside what it does itself.
READS_STREAM = ("dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:DescribeStream", "dynamodb:ListStreams")


def read_template(path: Path) -> Json:
    read: Json = json.loads(path.read_text(encoding="utf-8"))
    return read


def of(template: Json, kind: str) -> Iterator[tuple[str, Json]]:
    """The logical ids and properties of all resources of a kind, without ``AWS::``."""
    for logical_id, resource in template["Resources"].items():
        if resource["Type"] == f"AWS::{kind}":
            yield logical_id, resource["Properties"]


def handlers(template: Json) -> list[str]:
    return sorted(properties["Handler"] for _, properties in of(template, "Lambda::Function"))


def named(node: Any) -> str:
    """The logical id that a Ref or a GetAtt names; empty if it is something else."""
    if isinstance(node, dict) and "Ref" in node:
        return str(node["Ref"])
    if isinstance(node, dict) and "Fn::GetAtt" in node:
        return str(node["Fn::GetAtt"][0])
    return ""


def is_a(template: Json, node: Any, kind: str) -> bool:
    """Whether an ARN is that of a resource of a kind. A Ref gives a queue's URL and a function's name, so is none."""
    resource = template["Resources"].get(named(node), {})
    arn = "Ref" in node if kind == "StepFunctions::StateMachine" else "Fn::GetAtt" in node
    return arn and resource.get("Type") == f"AWS::{kind}"


def allows(template: Json, role: Any, action: str, resource: str) -> bool:
    """Whether a role's policies allow an action on a resource of the template, by its logical id or its name."""
    properties = template["Resources"].get(resource, {}).get("Properties", {})
    names = [resource, *(properties[key] for key in ("QueueName", "TableName") if key in properties)]
    there = re.compile("|".join(rf"(?<![A-Za-z0-9-]){re.escape(each)}(?![A-Za-z0-9-])" for each in names))
    for statement in _statements(template, named(role)):
        actions, on = statement["Action"], json.dumps(statement["Resource"])
        given = any(fnmatchcase(action, each) for each in ([actions] if isinstance(actions, str) else actions))
        if statement["Effect"] == "Allow" and given and (there.search(on) or on == '"*"'):
            return True
    return False


def _statements(template: Json, role: str) -> Iterator[Json]:
    """Of a role's own policies, and of those of the template that are attached to it."""
    properties = template["Resources"].get(role, {}).get("Properties", {})
    yield from (each for policy in properties.get("Policies", []) for each in policy["PolicyDocument"]["Statement"])
    attached = {named(each) for each in properties.get("ManagedPolicyArns", [])}
    for kind in ("IAM::Policy", "IAM::ManagedPolicy", "IAM::RolePolicy"):
        for logical_id, policy in of(template, kind):
            roles = [*policy.get("Roles", []), policy.get("RoleName")]
            if logical_id in attached or {"Ref": role} in roles:
                yield from policy["PolicyDocument"]["Statement"]


def trusts(template: Json, role: Any, service: str) -> bool:
    """Whether a service may assume a role."""
    trust = template["Resources"].get(named(role), {}).get("Properties", {}).get("AssumeRolePolicyDocument", {})
    return any(f'"{service}"' in json.dumps(each["Principal"]) for each in trust.get("Statement", []))


# EventBridge


def rule_faults(template: Json) -> list[str]:
    """Every rule's target may be called, is called again if that fails, and what fails for good is kept."""
    faults = []
    for logical_id, rule in of(template, "Events::Rule"):
        for target in rule["Targets"]:
            where = f"{logical_id}: {named(target['Arn'])}"
            if is_a(template, target["Arn"], "Lambda::Function"):
                if not _may_invoke(template, target["Arn"], "events.amazonaws.com", rule.get("Name", logical_id)):
                    faults.append(f"{where} has no permission for this rule")
                if not _keeps_async_failures(template, named(target["Arn"])):
                    faults.append(f"{where} keeps nothing of what it fails on for good")
            elif is_a(template, target["Arn"], "StepFunctions::StateMachine"):
                role = target.get("RoleArn")
                if not (trusts(template, role, "events.amazonaws.com") and named(role)):
                    faults.append(f"{where} has no role that EventBridge may assume")
            else:
                faults.append(f"{where} is neither a function nor a machine of the template")
            if not target.get("RetryPolicy", {}).get("MaximumRetryAttempts"):
                faults.append(f"{where} is called but once")
            faults += _letters(template, target.get("DeadLetterConfig", {}).get("Arn"), where)
    return faults


def _letters(template: Json, queue: Any, where: str) -> Iterator[str]:
    if queue is None:
        yield f"{where} has no dead-letter queue"
    elif not is_a(template, queue, "SQS::Queue"):
        yield f"{where}: its dead letters go to no queue of the template"
    elif not _may_send(template, named(queue)):
        yield f"{where}: EventBridge may not send to {named(queue)}"


def _may_send(template: Json, queue: str) -> bool:
    for _, policy in of(template, "SQS::QueuePolicy"):
        if {"Ref": queue} not in policy["Queues"]:
            continue
        for each in policy["PolicyDocument"]["Statement"]:
            if each["Principal"] == {"Service": "events.amazonaws.com"} and each["Action"] == "sqs:SendMessage":
                return bool(each["Effect"] == "Allow" and named(each["Resource"]) == queue)
    return False


def _may_invoke(template: Json, function: Json, service: str, source: str) -> bool:
    return any(
        named(each["FunctionName"]) == named(function)
        and (each["Action"], each["Principal"]) == ("lambda:InvokeFunction", service)
        and f'"{source}"' in json.dumps(each["SourceArn"])
        for _, each in of(template, "Lambda::Permission")
    )


def _keeps_async_failures(template: Json, function: str) -> bool:
    role = template["Resources"][function]["Properties"]["Role"]
    return any(
        named(each["FunctionName"]) == function
        and is_a(template, queue := each["DestinationConfig"]["OnFailure"]["Destination"], "SQS::Queue")
        and allows(template, role, "sqs:SendMessage", named(queue))
        for _, each in of(template, "Lambda::EventInvokeConfig")
    )


# Streams, routes, machines


def stream_faults(template: Json) -> list[str]:
    """Every stream's function may read it, and what it gives up goes to a queue that its role may write to."""
    faults = []
    for logical_id, mapping in of(template, "Lambda::EventSourceMapping"):
        table, function = named(mapping["EventSourceArn"]), named(mapping["FunctionName"])
        if "StreamSpecification" not in template["Resources"].get(table, {}).get("Properties", {}):
            faults.append(f"{logical_id}: {table} has no stream")
        role = template["Resources"].get(function, {}).get("Properties", {}).get("Role")
        faults += [
            f"{logical_id}: {function} may not {action}"
            for action in READS_STREAM
            if not allows(template, role, action, table)
        ]
        queue = mapping.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", {})
        if not is_a(template, queue, "SQS::Queue"):
            faults.append(f"{logical_id}: what is given up goes to no queue")
        elif not allows(template, role, "sqs:SendMessage", named(queue)):
            faults.append(f"{logical_id}: {function} may not send to {named(queue)}")
    return faults


def route_faults(template: Json) -> list[str]:
    """Every route wants credentials and leads to a function that API Gateway may call."""
    faults = []
    integrations = dict(of(template, "ApiGatewayV2::Integration"))
    for logical_id, route in of(template, "ApiGatewayV2::Route"):
        if route.get("AuthorizationType", "NONE") == "NONE":
            faults.append(f"{logical_id}: {route['RouteKey']} is open to everybody")
        found = [each for name, each in integrations.items() if f'"{name}"' in json.dumps(route["Target"])]
        if not found:
            faults.append(f"{logical_id}: {route['RouteKey']} leads nowhere")
        for integration in found:
            uri, api = integration["IntegrationUri"], named(integration["ApiId"])
            if not _may_invoke_from(template, uri, api):
                faults.append(f"{logical_id}: API Gateway may not call {named(uri)}")
    return faults


def _may_invoke_from(template: Json, function: Json, api: str) -> bool:
    return any(
        named(each["FunctionName"]) == named(function)
        and each["Principal"] == "apigateway.amazonaws.com"
        and f'{{"Ref": "{api}"}}' in json.dumps(each["SourceArn"])
        for _, each in of(template, "Lambda::Permission")
    )


def machine_faults(template: Json) -> list[str]:
    """Transitions, unreachable states, placeholders and what is given for them, roles, and the names of SDK calls."""
    faults = []
    for logical_id, machine in of(template, "StepFunctions::StateMachine"):
        faults += shape_faults(logical_id, machine["Definition"])
        asked = set(PLACEHOLDER.findall(json.dumps(machine["Definition"])))
        given = machine["DefinitionSubstitutions"]
        faults += [f"{logical_id}: nobody gives ${{{name}}}" for name in sorted(asked - given.keys())]
        faults += [f"{logical_id}: nobody asks for ${{{name}}}" for name in sorted(given.keys() - asked)]
        for name, value in given.items():
            function = name.removesuffix("Arn") + "LambdaFunction"
            if not is_a(template, value, "Lambda::Function") or named(value) != function:
                faults.append(f"{logical_id}: ${{{name}}} is not the ARN of {function}")
        role = machine["RoleArn"]
        if not trusts(template, role, "states.amazonaws.com"):
            faults.append(f"{logical_id}: Step Functions may not assume its role")
        faults += list(_sdk_faults(logical_id, machine["Definition"]))
    return faults


def _sdk_faults(machine: str, definition: Json) -> Iterator[str]:
    """Tasks that Step Functions could not call: neither Lambda nor an ``aws-sdk:service:operation`` of botocore."""
    session = Session()
    services = {name.replace("-", ""): name for name in session.get_available_services()}
    for state in all_states(machine, definition):
        resource = str(state.body.get("Resource", "${function}"))
        if resource.startswith("${") or resource == "arn:aws:states:::lambda:invoke.waitForTaskToken":
            continue
        found = re.fullmatch(r"arn:aws:states:::aws-sdk:([a-z0-9]+):([a-zA-Z0-9]+)(\.waitForTaskToken)?", resource)
        if found is None or found[1] not in services:
            yield f"{state}: no service is called by {resource}"
        elif snake(found[2]) not in map(snake, session.get_service_model(services[found[1]]).operation_names):
            yield f"{state}: {found[1]} has no {found[2]}"
