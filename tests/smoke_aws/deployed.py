"""What a run needs to know of the stage that is deployed: its API, its bucket, the role that it hands to MediaLive."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from console.client import Client
from console.credentials import chosen
from tests.smoke_aws.account import Account, NotRun


@dataclass(frozen=True)
class Deployed:
    """``untrusted_role``: one that MediaLive is not trusted with, None if there is none. ``pushes``: what has to happen
    for a push from one channel to arrive at another's input; on AWS nothing."""

    stage: str
    api: Client
    bucket: str
    role: str
    untrusted_role: str | None = None
    pushes: Callable[[str, str], None] = lambda input_id, source: None


def find(account: Account, stage: str, url: str | None, token: str | None, profile: str | None) -> Deployed:
    """The stage's stack, as osls makes it: ``onair-STAGE``. Raises NotRun if it is not there."""
    stack, client = f"onair-{stage}", account.client("cloudformation")
    try:
        described = client.describe_stacks(StackName=stack)["Stacks"][0]
    except ClientError as refusal:
        why = f"there is no stack {stack} in {account.region} ({refusal.response['Error']['Message']})"
        raise NotRun(
            why, f"deploy it, or say --stage and --region of one that is deployed (account {account.id})"
        ) from None
    outputs = {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}
    address = url or outputs.get("HttpApiUrl")
    if address is None:
        raise NotRun(f"the stack {stack} does not tell its API's address", "say it: --url https://…")
    role = _physical(client, stack, "MediaLiveRole")
    bucket = _physical(client, stack, "MediaBucket")
    if role is None or bucket is None:
        raise NotRun(f"the stack {stack} has no MediaBucket or no MediaLiveRole", "deploy this version of OnAir")
    other = _physical(client, stack, "ApiRole")
    return Deployed(
        stage,
        Client(address, chosen(address, token, profile)),
        bucket,
        _arn(account, role),
        _arn(account, other) if other else None,
    )


def _physical(client: Any, stack: str, logical_id: str) -> str | None:
    with suppress(ClientError):
        found = client.describe_stack_resource(StackName=stack, LogicalResourceId=logical_id)
        return str(found["StackResourceDetail"]["PhysicalResourceId"])
    return None


def _arn(account: Account, role: str) -> str:
    return role if role.startswith("arn:") else f"arn:aws:iam::{account.id}:role/{role}"
