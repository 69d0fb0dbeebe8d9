"""Where stream keys are kept: SecureString parameters below /onair/STAGE, under the key that AWS manages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.doctor.aws import AwsRefused
from infra.doctor.finding import Finding, fine, unseen, wrong
from infra.doctor.look import Look
from infra.doctor.permissions import cannot_simulate
from infra.doctor.simulation import Decision, simulated

#: What destroying a stage, or cleaning up after a session by hand, does with them.
_ACTIONS = ("ssm:AddTagsToResource", "ssm:DeleteParameters", "ssm:GetParameters", "ssm:PutParameter")
_KEY = "alias/aws/ssm"


def secrets(look: Look) -> Iterator[Finding]:
    path = f"/onair/{look.stage}"
    filters = [{"Key": "Path", "Option": "Recursive", "Values": [path]}]
    found = list(look.aws.pages("ssm", "DescribeParameters", "Parameters", ParameterFilters=filters))
    yield of_parameters(path, found)


def writing(look: Look) -> Iterator[Finding]:
    if not look.caller.principal:
        yield unseen("writing parameters", "there is no user or role to simulate")
        return
    resource = look.arn("ssm", f"parameter/onair/{look.stage}/example/stream-key")
    try:
        yield may_write(list(simulated(look.aws, look.caller.principal, _ACTIONS, resource)))
    except AwsRefused as refusal:
        yield unseen("writing parameters", cannot_simulate(refusal))


def key(look: Look) -> Iterator[Finding]:
    try:
        yield of_key(look.aws.ask("kms", "DescribeKey", KeyId=_KEY)["KeyMetadata"])
    except AwsRefused as refusal:
        if refusal.code != "NotFoundException":
            raise
        yield fine("the key aws/ssm", "AWS makes it with the region's first SecureString")


def of_parameters(path: str, found: list[dict[str, Any]]) -> Finding:
    plain = sorted(str(one["Name"]) for one in found if one.get("Type") != "SecureString")
    if not plain:
        return fine("stream keys", f"{len(found)} parameters below {path}, all encrypted")
    return wrong(
        "stream keys",
        f"{len(plain)} of the parameters below {path} are not encrypted",
        matters="OnAir writes SecureStrings only; whoever may read one of these is on the air with somebody's key.",
        do=f"find out who wrote them, replace the keys, and delete them: aws ssm delete-parameter --name {plain[0]}",
        details=tuple(plain),
    )


def may_write(decisions: list[Decision]) -> Finding:
    denied = [one.action for one in decisions if one.outcome == "denied"]
    if not denied:
        return fine("writing parameters", "you may write and delete them; the functions have roles of their own for it")
    return unseen(
        "writing parameters",
        f"you may not ({', '.join(denied)}); the functions may, by their roles, and that is enough for shows",
    )


def of_key(described: dict[str, Any]) -> Finding:
    state = str(described.get("KeyState", ""))
    if state == "Enabled":
        return fine("the key aws/ssm", "it is enabled")
    return wrong(
        "the key aws/ssm",
        f"its state is {state}",
        matters="No stream key can be written or read without it, so no session can be made.",
        do="open a case with AWS support: it is their key, and nobody else can change it",
    )
