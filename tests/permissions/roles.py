"""Writes infra/aws/roles/: the role of each function and of each state machine, from what they need.

One file for each folder of tasks/, in the order of serverless.yml, and one for the machines. Called by
``python -m tests.permissions``; written with its layout by hand, since no YAML library keeps CloudFormation's short
forms and a list on one line where it fits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from tests.permissions.permission import Permission
from tests.permissions.template import Recording, Template, function_role, machine_role

FOLDER = "infra/aws/roles"
_MACHINES = "state_machines"
_HEAD = {
    "": "What each function of tasks/{0}/ may do: what it was seen to call, and nothing else.\n",
    _MACHINES: "What each state machine may do: call its own functions.\n",
}
_WRITTEN = (
    "Written by `make permissions`, which says how in docs/decisions/0020-roles-equal-what-is-called.md. Not by hand.\n"
)


def role_files(template: Template, recording: Recording) -> dict[str, str]:
    """The files, by name."""
    needed = template.needed(recording)
    files: dict[str, list[str]] = defaultdict(list)
    for key, function in template.functions.items():
        _, folder, file, _ = function["handler"].split(".")
        role = function_role(key)
        files[folder] += [*_role(role, f"tasks/{folder}/{file}.py", _LAMBDA, key, needed[role])]
    for key, machine in template.machines().items():
        role, name = machine_role(key), machine["StateMachineName"].split("-", 2)[2]
        trust = [line.replace("<machine>", name) for line in _STATES]
        files[_MACHINES] += [
            *_role(role, f"state_machines/{name.replace('-', '_')}.asl.json", trust, name, needed[role])
        ]
    return {
        f"{folder}.yml": "".join(
            [*(f"# {line}\n" for line in _head(folder).splitlines()), "Resources:\n", *(f"{line}\n" for line in lines)]
        )
        for folder, lines in files.items()
    }


def _head(folder: str) -> str:
    return _HEAD.get(folder, _HEAD[""]).format(folder) + _WRITTEN


_LAMBDA = [
    'Version: "2012-10-17"',
    "Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]",
]
# Step Functions developer guide, "Preventing the cross-service confused deputy problem".
_STATES = [
    'Version: "2012-10-17"',
    "Statement:",
    "  - Effect: Allow",
    "    Principal: {Service: states.amazonaws.com}",
    "    Action: sts:AssumeRole",
    "    Condition:",
    '      StringEquals: {"aws:SourceAccount": !Ref AWS::AccountId}',
    '      ArnLike: {"aws:SourceArn": !Sub "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:stateMachine:'
    'onair-${sls:stage}-<machine>"}',
]


def _role(role: str, whose: str, trust: list[str], name: str, needed: Iterable[Permission]) -> Iterator[str]:
    yield f"  # {whose}"
    yield f"  {role}:"
    yield "    Type: AWS::IAM::Role"
    yield "    Properties:"
    yield "      AssumeRolePolicyDocument:"
    yield from (f"        {line}" for line in trust)
    yield "      Policies:"
    yield f"        - PolicyName: {name}"
    yield "          PolicyDocument:"
    yield '            Version: "2012-10-17"'
    yield "            Statement:"
    for actions, resources, condition in _statements(needed):
        yield "              - Effect: Allow"
        yield f"                Action: {actions[0] if len(actions) == 1 else '[' + ', '.join(actions) + ']'}"
        if len(resources) == 1:
            yield f"                Resource: {_value(resources[0])}"
        else:
            yield "                Resource:"
            yield from (f"                  - {_value(resource)}" for resource in resources)
        if condition:
            yield f"                Condition: {_condition(condition)}"


def _statements(needed: Iterable[Permission]) -> list[tuple[list[str], list[str], Mapping[str, Mapping[str, str]]]]:
    """As few statements as say exactly that: actions that have the same resources, under the same condition."""
    by_action: dict[tuple[str, tuple[tuple[str, str, str], ...]], set[str]] = defaultdict(set)
    for one in needed:
        by_action[one.action, one.condition].add(one.resource)
    together: dict[tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]], list[str]] = defaultdict(list)
    for (action, condition), resources in by_action.items():
        together[tuple(sorted(resources)), condition].append(action)
    found = [
        (sorted(actions), list(resources), Permission("", "", condition).conditions())
        for (resources, condition), actions in together.items()
    ]
    return sorted(found, key=lambda one: (not one[0][0].startswith("logs:"), one[:2]))


def _value(resource: str) -> str:
    if resource == "*":
        return '"*"'
    inner = resource[2:-1] if resource.startswith("${") else ""
    return f"!GetAtt {inner}" if inner and "}" not in inner else f"!Sub {resource}"


def _condition(condition: Mapping[str, Mapping[str, str]]) -> str:
    kinds = (
        f"{how}: {{{', '.join(f'{chr(34)}{key}{chr(34)}: {_text(value)}' for key, value in keys.items())}}}"
        for how, keys in condition.items()
    )
    return "{" + ", ".join(f'"{kind[: kind.index(": {")]}"{kind[kind.index(": {") :]}' for kind in kinds) + "}"


def _text(value: str) -> str:
    return f'"{value}"' if "$" in value else value
