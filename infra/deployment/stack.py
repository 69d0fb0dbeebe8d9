"""CloudFormation: a stack made, changed and deleted, with its events as progress. Used by ``deploy`` and ``destroy``.

A deployment is a change set, so that "nothing to change" is an answer of CloudFormation's own, and what is executed is
what was made. What another run has begun is waited for, and gone on from.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Any

from botocore.exceptions import ClientError

from infra.deployment.account import Say, Stage
from infra.deployment.troubles import Failed, Trouble
from shared.gateways.translate import code_of

#: Between two looks at a stack, in seconds; and how long a stack may take. CloudFront's distribution takes minutes.
LOOKS_EVERY = 5.0
DEADLINE = 60 * 60.0
_NO_CHANGES = re.compile(r"didn't contain changes|No updates are to be performed")

#: What a resource's failure says, and what to do about it.
_REMEDIES = (
    (
        r"account must be verified",
        "CloudFront is not open to this account yet: ask AWS Support to verify it, then deploy again.",
    ),
    (
        r"already exists",
        "Something of that name is there from elsewhere or from before: look at it, delete it or move it.",
    ),
    (
        r"not authorized to perform|AccessDenied|is not authorized",
        "Let the caller have that permission, and deploy again.",
    ),
    (r"is not empty|not empty", "Run `make destroy` again: it empties the stage's buckets first."),
    (r"LimitExceeded|limit|quota|TooMany", "Have the quota raised (Service Quotas), and deploy again."),
    (r"Rate exceeded|Throttl", "AWS was busy: deploy again."),
)
_ELSE = "The reason is AWS's own; once it is settled, run the same command again."


@dataclass(frozen=True)
class Seen:
    """A stack as it is. ``status`` is empty when there is none."""

    status: str = ""
    stack_id: str = ""
    outputs: Mapping[str, str] | None = None

    @property
    def is_moving(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    @property
    def is_new(self) -> bool:
        """Nothing was ever deployed: no stack, or one that no change set was executed in."""
        return self.status in {"", "REVIEW_IN_PROGRESS"}

    @property
    def never_worked(self) -> bool:
        """Its first deployment failed: it can only be deleted."""
        return self.status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"}

    @property
    def is_deployed(self) -> bool:
        return self.status.endswith("_COMPLETE") and "ROLLBACK" not in self.status


class Stack:
    """The stage's stack. ``sleep`` and ``clock`` count in seconds."""

    def __init__(
        self,
        stage: Stage,
        say: Say,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = stage.stack
        self._stage = stage
        self._cloudformation = stage.client("cloudformation")
        self._say, self._sleep, self._clock = say, sleep, clock
        self._told: set[str] = set()

    def look(self, stack_id: str | None = None) -> Seen:
        try:
            (found,) = self._cloudformation.describe_stacks(StackName=stack_id or self._name)["Stacks"]
        except ClientError as error:
            if code_of(error) == "ValidationError" and "does not exist" in str(error):
                return Seen()
            raise
        if found["StackStatus"] == "DELETE_COMPLETE":
            return Seen()
        outputs = {each["OutputKey"]: each["OutputValue"] for each in found.get("Outputs", [])}
        return Seen(found["StackStatus"], found["StackId"], outputs)

    def settled(self) -> Seen:
        """As it is once nothing moves any more. What another run has begun is waited for."""
        seen = self.look()
        if seen.is_moving:
            self._say(f"the stack is {seen.status}: what has begun is waited for")
            self._remember_events(seen.stack_id)
            return self._wait(seen.stack_id, begun=True)
        return seen

    def deployed_metadata(self, key: str) -> dict[str, str]:
        """What the deployed template's Metadata says under a key; empty if nothing does."""
        template = self._cloudformation.get_template(StackName=self._name)["TemplateBody"]
        read = template.get("Metadata", {}).get(key, {})
        return {str(name): str(value) for name, value in read.items()}

    def deploy(self, template_url: str, seen: Seen, *, takes_over: bool) -> tuple[Seen, bool]:
        """Make the stack what the template says: how it is then, and whether anything changed. Raises Failed.

        ``takes_over``: a bucket of the template may be there already and becomes the stack's.
        """
        seen = self._deployable(seen)
        name = f"onair-{int(time.time())}"
        extra = {"ImportExistingResources": True} if takes_over and seen.is_new else {}
        made = self._cloudformation.create_change_set(
            StackName=self._name,
            ChangeSetName=name,
            ChangeSetType="CREATE" if seen.is_new else "UPDATE",
            TemplateURL=template_url,
            Capabilities=["CAPABILITY_NAMED_IAM"],
            Tags=[{"Key": "onair:stage", "Value": self._stage.name}],
            **extra,
        )
        reason = self._change_set_made(made["Id"])
        if reason is not None:
            self._cloudformation.delete_change_set(ChangeSetName=made["Id"])
            if _NO_CHANGES.search(reason):
                return seen, False
            raise Failed(f"CloudFormation can't make a change set: {reason}", _remedy(reason))
        self._remember_events(made["StackId"])
        self._cloudformation.execute_change_set(ChangeSetName=made["Id"])
        self._say(f"{'creating' if seen.is_new else 'updating'} the stack {self._name}")
        after = self._wait(made["StackId"])
        if not after.is_deployed:
            raise self._explained(after)
        return after, True

    def delete(self) -> None:
        """Delete the stack and wait until it is gone. Raises Failed with what would not go."""
        seen = self.settled()
        if not seen.status:
            return
        self._remember_events(seen.stack_id)
        self._say(f"deleting the stack {self._name}")
        self._cloudformation.delete_stack(StackName=self._name)
        after = self._wait(seen.stack_id)
        if after.status:
            raise self._explained(after)

    def _deployable(self, seen: Seen) -> Seen:
        """The stack as it is once it can be deployed to. Raises Trouble if it can't."""
        if seen.never_worked:
            self._say(
                f"the stack is {seen.status}: its first deployment failed and it can only be deleted, which is done now"
            )
            self.delete()
            return Seen()
        if seen.status == "DELETE_FAILED":
            raise Trouble(
                f"The stack {self._name} is half deleted (DELETE_FAILED).",
                f"Finish that first: make destroy STAGE={self._stage.name}",
            )
        if seen.status == "UPDATE_ROLLBACK_FAILED":
            raise Trouble(
                f"The stack {self._name} could not be rolled back (UPDATE_ROLLBACK_FAILED). "
                + self._first_failure(seen.stack_id),
                f"Settle that, then: aws cloudformation continue-update-rollback --stack-name {self._name} "
                f"--region {self._stage.region}; when it is done, deploy again.",
            )
        return seen

    def _change_set_made(self, change_set: str) -> str | None:
        """None once it can be executed; else why it can't be."""
        until = self._clock() + DEADLINE
        while True:
            found = self._cloudformation.describe_change_set(ChangeSetName=change_set)
            if found["Status"] == "CREATE_COMPLETE":
                return None
            if found["Status"] == "FAILED":
                return str(found.get("StatusReason", "no reason is given"))
            self._tick(until, f"the change set is still {found['Status']}")

    def _wait(self, stack_id: str, begun: bool = False) -> Seen:
        """Follow a stack until it stands still, and tell its events. Until the first one of what was asked for comes,
        it stands as it stood before."""
        until = self._clock() + DEADLINE
        while True:
            seen = self.look(stack_id)
            begun = self._tell_events(stack_id) or begun
            if not seen.status or (begun and not seen.is_moving):
                return seen
            self._tick(until, f"the stack is still {seen.status}")

    def _tick(self, until: float, what: str) -> None:
        if self._clock() >= until:
            raise Failed(f"After an hour {what}.", "It goes on by itself; run the same command again to follow it.")
        self._sleep(LOOKS_EVERY)

    def _events(self, stack_id: str) -> Iterator[dict[str, Any]]:
        """Newest first, read as far as the caller goes: a stack that has been there for long has thousands."""
        pages = self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=stack_id)
        for page in pages:
            yield from page["StackEvents"]

    def _remember_events(self, stack_id: str) -> None:
        self._told |= {each["EventId"] for each in islice(self._events(stack_id), 1)}

    def _tell_events(self, stack_id: str) -> bool:
        """Whether there were any that were not known."""
        news = list(takewhile(lambda each: each["EventId"] not in self._told, self._events(stack_id)))
        for each in reversed(news):
            self._told.add(each["EventId"])
            status, name = each["ResourceStatus"], each["LogicalResourceId"]
            # Sixty functions with a role and a log group each: what begins is not worth a line.
            if status.endswith(("_COMPLETE", "_FAILED")):
                reason = f"  {each['ResourceStatusReason']}" if status.endswith("_FAILED") else ""
                self._say(f"  {status.lower().replace('_', ' '):<16} {name}{reason}")
        return bool(news)

    def _explained(self, seen: Seen) -> Failed:
        first = self._first_failure(seen.stack_id)
        rolled_back = {
            "ROLLBACK_COMPLETE": " What was made is deleted again.",
            "UPDATE_ROLLBACK_COMPLETE": " The stage is what it was before.",
        }.get(seen.status, "")
        return Failed(f"The stack is {seen.status}.{rolled_back} {first}".rstrip(), _remedy(first))

    def _first_failure(self, stack_id: str) -> str:
        """The first resource that failed since the whole stack last began to move: the others were cancelled for it."""
        first = ""
        for each in self._events(stack_id):
            status, reason = each["ResourceStatus"], str(each.get("ResourceStatusReason", ""))
            if each.get("PhysicalResourceId") == stack_id:
                if status.endswith("_IN_PROGRESS") and "ROLLBACK" not in status and "CLEANUP" not in status:
                    break
            elif status.endswith("_FAILED"):
                first = f"It began with {each['LogicalResourceId']} ({each['ResourceType']}): {reason}"
        return first


def _remedy(reason: str) -> str:
    return next((remedy for said, remedy in _REMEDIES if re.search(said, reason)), _ELSE)
