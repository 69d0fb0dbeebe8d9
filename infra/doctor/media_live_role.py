"""The one role that MediaLive assumes while a channel runs: who may assume it, what it may do, who may hand it over.
What it should be is infra/aws/media_live_role.yml; a test holds this judgement against that file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.doctor.aws import AwsRefused
from infra.doctor.finding import Finding, fine, unseen, wrong
from infra.doctor.look import Look, Stack
from infra.doctor.permissions import cannot_simulate
from infra.doctor.simulation import simulated

CHECK = "MediaLive's role"
_MEDIALIVE = "medialive.amazonaws.com"
_NEEDS = ("s3:PutObject", "ssm:GetParameter", "ssm:GetParameters")
_DEPLOY = "deploy again: make deploy STAGE="


def media_live_role(look: Look) -> Iterator[Finding]:
    if look.stack is None:
        yield unseen(CHECK, "it is made by the deployment; whether you may make it is part of deploying, above")
        return
    name = look.stack.resources.get("MediaLiveRole", "")
    try:
        role = look.aws.ask("iam", "GetRole", RoleName=name)["Role"] if name else None
    except AwsRefused as refusal:
        if refusal.code != "NoSuchEntity":
            raise
        role = None
    if role is None:
        yield missing(look.stage)
        return
    policies = [
        look.aws.ask("iam", "GetRolePolicy", RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in look.aws.pages("iam", "ListRolePolicies", "PolicyNames", RoleName=name)
    ]
    yield judged(look.stage, role["AssumeRolePolicyDocument"], policies)
    yield from _handing_over(look, look.stack, str(role["Arn"]))


def missing(stage: str) -> Finding:
    return wrong(
        CHECK,
        "the stack has made it, and it is not there",
        matters="Without it MediaLive can't record or read a destination's password, and no channel can be created.",
        do=f"{_DEPLOY}{stage}; if CloudFormation sees no change, destroy the stage and deploy it anew",
    )


def judged(stage: str, trust: dict[str, Any], policies: list[dict[str, Any]]) -> Finding:
    """``trust``: who may assume it; ``policies``: its own, as IAM gives them."""
    if not any(_trusts(one) for one in _statements(trust)):
        return wrong(
            CHECK,
            f"{_MEDIALIVE} may not assume it",
            matters="No channel can be created: MediaLive answers that the role is not valid (NotPermitted).",
            do=f"{_DEPLOY}{stage}; somebody has changed the role by hand",
        )
    allowed = {
        action
        for policy in policies
        for one in _statements(policy)
        if one.get("Effect") == "Allow"
        for action in _listed(one.get("Action"))
    }
    absent = [one for one in _NEEDS if one not in allowed]
    if absent:
        return wrong(
            CHECK,
            f"it does not allow {', '.join(absent)}",
            matters="A channel runs without it, and records nothing, or can't read its destination's password.",
            do=f"{_DEPLOY}{stage}; somebody has changed the role by hand",
        )
    return fine(CHECK, "MediaLive may assume it, record with it and read destinations' passwords")


def handed_over(stage: str, outcome: str, why: str) -> Finding:
    check = "handing it to MediaLive"
    if outcome == "allowed":
        return fine(check, "the function createChannel may (iam:PassRole)")
    if outcome == "depends":
        return unseen(check, f"it depends on {why}, which a simulation is not told")
    return wrong(
        check,
        f"the function createChannel may not (iam:PassRole): {why}",
        matters="No channel can be created (NotPermitted).",
        do=f"{_DEPLOY}{stage}; if it was not changed by hand, an organization's policy or a boundary forbids it",
    )


def _handing_over(look: Look, stack: Stack, role: str) -> Iterator[Finding]:
    function = look.arn("iam", f"role/{stack.resources.get('CreateChannelRole', '')}", region="")
    context = {"iam:PassedToService": _MEDIALIVE}
    try:
        for one in simulated(look.aws, function, ["iam:PassRole"], role, context):
            yield handed_over(look.stage, one.outcome, one.why)
    except AwsRefused as refusal:
        yield unseen("handing it to MediaLive", cannot_simulate(refusal))


def _trusts(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    services = _listed(principal.get("Service")) if isinstance(principal, dict) else []
    return (
        statement.get("Effect") == "Allow"
        and _MEDIALIVE in services
        and "sts:AssumeRole" in _listed(statement.get("Action"))
    )


def _statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    statement = document.get("Statement") or []
    return [statement] if isinstance(statement, dict) else list(statement)


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or ())
