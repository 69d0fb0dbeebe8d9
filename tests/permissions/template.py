"""What serverless.yml says of roles: which role each function and machine has, and what those allow.

Permissions are compared as the local stage resolves them, with names and ARNs filled in, so that ``!GetAtt X.Arn`` and
``!Sub ${X.Arn}`` are the same. Used by ``roles``, which writes them, and tests/contract/test_permissions.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from infra.local.cloudformation import Names, logical_name
from infra.local.service import load_service
from infra.local.variables import Variables, load_yaml
from tests.permissions.needs import needed_by, needed_by_configuration, needed_by_machine
from tests.permissions.permission import Permission

ROOT = Path(__file__).resolve().parents[2]
STAGE = "dev"
#: function → uses
Recording = Mapping[str, Iterable[str]]


@dataclass(frozen=True)
class Template:
    """serverless.yml, read. ``functions``: as written there; ``resources``: those of all files together."""

    functions: Mapping[str, Mapping[str, Any]]
    provider: Mapping[str, Any]
    resources: Mapping[str, Mapping[str, Any]]

    def machines(self) -> dict[str, Mapping[str, Any]]:
        """The properties of each state machine, by logical id."""
        return {
            key: resource["Properties"]
            for key, resource in self.resources.items()
            if resource["Type"] == "AWS::StepFunctions::StateMachine"
        }

    def needed(self, recording: Recording) -> dict[str, set[Permission]]:
        """What each role has to allow, by its logical id."""
        found = {
            function_role(key): needed_by(key, recording.get(key, ()))
            | needed_by_configuration(key, function, self.provider)
            for key, function in self.functions.items()
        }
        return found | {machine_role(key): needed_by_machine(machine) for key, machine in self.machines().items()}

    def allowed(self, role: str) -> set[Permission]:
        """What a role allows."""
        properties = self.resources[role]["Properties"]
        assert not properties.get("ManagedPolicyArns"), f"{role} has policies that are not written here"
        statements = [one for policy in properties["Policies"] for one in policy["PolicyDocument"]["Statement"]]
        return {permission for statement in statements for permission in _permissions(statement)}

    def resolved(self, permissions: Iterable[Permission]) -> set[Permission]:
        """The same, with what CloudFormation would fill in filled in."""
        names = Names(f"onair-{STAGE}", {key: f"onair-{STAGE}-{key}" for key in self.functions}, dict(self.resources))
        return {
            replace(
                one,
                resource=str(names.value({"Fn::Sub": one.resource.replace("${sls:stage}", STAGE)})),
                condition=tuple((how, key, value.replace("${sls:stage}", STAGE)) for how, key, value in one.condition),
            )
            for one in permissions
        }

    def differences(self, recording: Recording) -> list[str]:
        """Where a role is not what is needed: a line for each permission that is missing or spare."""
        found = []
        for role, needed in sorted(self.needed(recording).items()):
            if role not in self.resources:
                found.append(f"{role}: is missing")
                continue
            wanted, allowed = self.resolved(needed), self.resolved(self.allowed(role))
            found += sorted(f"{role}: missing: {one}" for one in wanted - allowed)
            found += sorted(f"{role}: spare: {one}" for one in allowed - wanted)
        return found


@cache
def read_template() -> Template:
    """As the local stage reads it."""
    path = ROOT / "serverless.yml"
    document = Variables(load_yaml(path), ROOT, {"stage": STAGE}).resolved()
    resources = load_service(path, STAGE).resources
    return Template(document["functions"], document["provider"], resources)


def function_role(key: str) -> str:
    """The logical id of a function's role: ``createChannel`` has ``CreateChannelRole``."""
    return f"{logical_name(key)}Role"


def machine_role(logical_id: str) -> str:
    """The logical id of a machine's role: ``SweepMachine`` has ``SweepMachineRole``."""
    return f"{logical_id}Role"


def _permissions(statement: Mapping[str, Any]) -> Iterable[Permission]:
    unknown = statement.keys() - {"Effect", "Action", "Resource", "Condition"}
    assert statement["Effect"] == "Allow" and not unknown, f"only plain Allows are compared, not {statement}"
    condition = tuple(
        sorted(
            (how, key, str(value))
            for how, keys in statement.get("Condition", {}).items()
            for key, value in keys.items()
        )
    )
    for action in _listed(statement["Action"]):
        for resource in _listed(statement["Resource"]):
            yield Permission(action, _sub(resource), condition)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _sub(resource: Any) -> str:
    """A resource as Sub takes it."""
    if isinstance(resource, str):
        return resource
    [(function, argument)] = resource.items()
    if function == "Fn::GetAtt":
        return "${" + (argument if isinstance(argument, str) else ".".join(argument)) + "}"
    assert function == "Fn::Sub" and isinstance(argument, str), f"{resource} is not compared"
    return argument
