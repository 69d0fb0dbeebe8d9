"""The deployed stage as CloudFormation has it. Read once, by ``run``; what it is, is judged here."""

from __future__ import annotations

from collections.abc import Iterator

from infra.doctor.aws import Asks, AwsRefused
from infra.doctor.finding import Finding, fine, unseen, wrong
from infra.doctor.look import Look, Stack

CHECK = "the stack"
#: Outputs that others rely on: where the API is (osls), and the page (infra/aws/page.yml).
OUTPUTS = ("HttpApiUrl", "PageUrl")
_GOOD = {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
_MATTERS = "What runs may be neither the old version nor the new one."


def read(aws: Asks, name: str) -> Stack | None:
    """None where there is no such stack. Raises AwsRefused."""
    try:
        found = aws.ask("cloudformation", "DescribeStacks", StackName=name)["Stacks"]
    except AwsRefused as refusal:
        if refusal.code == "ValidationError" and "does not exist" in refusal.message:
            return None
        raise
    told = next((one for one in found if one["StackStatus"] != "DELETE_COMPLETE"), None)
    if told is None:
        return None
    listed = aws.pages("cloudformation", "ListStackResources", "StackResourceSummaries", StackName=name)
    return Stack(
        status=str(told["StackStatus"]),
        reason=str(told.get("StackStatusReason") or ""),
        made_at=told.get("LastUpdatedTime") or told["CreationTime"],
        outputs={str(one["OutputKey"]): str(one["OutputValue"]) for one in told.get("Outputs") or ()},
        resources={str(one["LogicalResourceId"]): str(one.get("PhysicalResourceId") or "") for one in listed},
    )


def stack(look: Look) -> Iterator[Finding]:
    if look.stack is None:
        yield unseen(CHECK, look.stack_unknown or f"{look.prefix} is not deployed in {look.region} yet")
        return
    yield state(look.prefix, look.stack.status, look.stack.reason, look.arguments)
    yield outputs(look.stack.outputs, look.stage)


def state(name: str, status: str, reason: str, arguments: str) -> Finding:
    why = f"aws cloudformation describe-stack-events --stack-name {name} {arguments}"
    stage = name.removeprefix("onair-")
    if status in _GOOD:
        return fine(CHECK, f"{name} is {status}")
    says = f"{name} is {status}" + (f": {reason}" if reason else "")
    if status == "UPDATE_ROLLBACK_COMPLETE":
        do = f"see why ({why}), put it right, and deploy again: make deploy STAGE={stage}"
        return wrong(CHECK, says, matters="The last deployment failed; what ran before it runs.", do=do)
    if status in {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"}:
        do = f"see why ({why}), put it right, then: make deploy STAGE={stage}, which begins anew"
        return wrong(CHECK, says, matters="The first deployment failed: there is no stage.", do=do)
    if status == "DELETE_FAILED":
        do = f"see why ({why}), put it right, then: make destroy STAGE={stage}, which goes on from here"
        return wrong(CHECK, says, matters="What is left costs money, and nothing looks after it.", do=do)
    if status.endswith("_IN_PROGRESS"):
        return unseen(CHECK, f"{says}; look again when it is done")
    return wrong(CHECK, says, matters=_MATTERS, do=f"see why: {why}")


def outputs(there: dict[str, str], stage: str) -> Finding:
    absent = [name for name in OUTPUTS if not there.get(name)]
    if not absent:
        return fine("its outputs", " · ".join(there[name] for name in OUTPUTS))
    return wrong(
        "its outputs",
        f"it has no {' and no '.join(absent)}",
        matters="onair --url and the page's address are read from them.",
        do=f"deploy again: make deploy STAGE={stage}",
    )
