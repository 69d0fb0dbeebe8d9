"""What the account may have in the region, how much of it is in use, and how many sessions that allows.

Read by the same names as OnAir reads them, and counted as it counts (docs/reference/quotas.md).
"""

from __future__ import annotations

from collections.abc import Iterator

from infra.doctor.aws import AwsRefused
from infra.doctor.finding import Finding, fine, unseen, wrong
from infra.doctor.look import Look
from shared.domain.quotas import PUSH_INPUT_TYPES, QuotaLimits
from shared.runtime.quota_limits import QUOTAS

#: So many flows are looked at: a region has twenty unless more were asked for (facts §4).
_MOST_FLOWS = 20
#: A session of ten destinations has ten functions at work at once; their channels' events and what the table's stream
#: brings are as many again, and the API and a sweep want room beside them.
_FUNCTIONS_AT_ONCE = 25
#: By limit: the quota's code (docs/reference/quotas.md), and what it is called here.
OF_THE_REGION = {"channels": ("L-D1AFAF75", "MediaLive channels"), "push_inputs": ("L-9E233AF7", "push inputs")}
#: Lambda, "Concurrent executions".
CONCURRENCY = "L-B99A9384"


def quotas(look: Look) -> Iterator[Finding]:
    said, silent = _said(look)
    room: dict[str, int] = {}
    for limit, (_, name) in OF_THE_REGION.items():
        allowed = said.get(limit, getattr(QuotaLimits(), limit))
        try:
            used = _channels(look) if limit == "channels" else _push_inputs(look)
        except AwsRefused as refusal:
            yield unseen(
                name, f"{_allowed(allowed, limit in said, silent)}; how many are in use can't be read: {refusal}"
            )
            continue
        room[limit] = allowed - used
        yield in_region(limit, allowed, used, limit in said, silent, look.arguments)
    if len(room) == len(OF_THE_REGION):
        yield sessions(min(room.values()), look.arguments)


def flow_outputs(look: Look) -> Iterator[Finding]:
    said, silent = _said(look)
    allowed = said.get("flow_outputs", QuotaLimits().flow_outputs)
    arns = [str(flow["FlowArn"]) for flow in look.aws.pages("mediaconnect", "ListFlows", "Flows")]
    used = {}
    for arn in arns[:_MOST_FLOWS]:
        flow = look.aws.ask("mediaconnect", "DescribeFlow", FlowArn=arn)["Flow"]
        used[str(flow["Name"])] = len(flow.get("Outputs") or ())
    yield on_flows(allowed, used, len(arns), "flow_outputs" in said, silent)


def concurrency(look: Look) -> Iterator[Finding]:
    account = look.aws.ask("lambda", "GetAccountSettings")["AccountLimit"]
    yield of_functions(
        int(account["ConcurrentExecutions"]), int(account["UnreservedConcurrentExecutions"]), look.arguments
    )


def in_region(limit: str, allowed: int, used: int, is_said: bool, silent: str, arguments: str) -> Finding:
    code, name = OF_THE_REGION[limit]
    says = f"{_allowed(allowed, is_said, silent)}, {used} in use"
    if used < allowed:
        return fine(name, says)
    return wrong(
        name,
        f"{says}: none is left",
        matters="A session takes one for each destination, and is refused where there is none (QuotaExceeded).",
        do=f"delete what nobody needs, or ask for more: {ask_for('medialive', code, max(20, 2 * allowed), arguments)}",
    )


def sessions(room: int, arguments: str) -> Finding:
    """``room``: of channels and push inputs, whichever is less: a destination takes one of each."""
    says = f"room for {max(0, room)} of one destination, {max(0, room) // 10} of ten"
    if room >= 1:
        return fine("sessions at once", says)
    return wrong(
        "sessions at once",
        says,
        matters="The next session is refused before anything is made.",
        do=f"see the two lines above; onair orphans shows what nobody needs (aws medialive list-channels {arguments})",
    )


def on_flows(allowed: int, used: dict[str, int], flows: int, is_said: bool, silent: str) -> Finding:
    says = _allowed(allowed, is_said, silent)
    if not flows:
        return fine("outputs of a flow", f"{says}; there is no flow yet")
    fullest = max(used, key=lambda name: used[name])
    says += f"; {used[fullest]} on the fullest flow of {flows} ({fullest})"
    if used[fullest] < allowed:
        return fine("outputs of a flow", says)
    return wrong(
        "outputs of a flow",
        says,
        matters="A session takes one for each destination, two with STANDARD; AWS raises this quota for nobody.",
        do="take another flow for the next session, or remove outputs that nobody needs",
    )


def of_functions(allowed: int, unreserved: int, arguments: str) -> Finding:
    says = f"{allowed} allowed, {unreserved} of them not reserved for a function"
    if unreserved >= _FUNCTIONS_AT_ONCE:
        return fine("functions at once", says)
    return wrong(
        "functions at once",
        says,
        matters=f"Ten destinations want {_FUNCTIONS_AT_ONCE}; with fewer, steps are throttled and tried again: "
        "shows go on the air late, and requests to the API fail.",
        do=f"ask for more: {ask_for('lambda', CONCURRENCY, 1000, arguments)}",
    )


def ask_for(service: str, code: str, value: int, arguments: str) -> str:
    return (
        f"aws service-quotas request-service-quota-increase --service-code {service} --quota-code {code} "
        f"--desired-value {value} {arguments}"
    )


def _allowed(allowed: int, is_said: bool, silent: str) -> str:
    return f"{allowed} allowed" if is_said else f"{allowed} allowed (a new account's number: {silent})"


def _said(look: Look) -> tuple[dict[str, int], str]:
    """What Service Quotas says of each limit, and why it says nothing of the others."""
    said: dict[str, int] = {}
    silent = "Service Quotas does not list it"
    for service in {service for service, _ in QUOTAS.values()}:
        try:
            listed = {
                str(one["QuotaName"]): int(one["Value"])
                for one in look.aws.pages("service-quotas", "ListServiceQuotas", "Quotas", ServiceCode=service)
                if "QuotaName" in one and "Value" in one
            }
        except AwsRefused as refusal:
            silent = f"Service Quotas does not say: {refusal.code}"
            continue
        said |= {limit: listed[name] for limit, (whose, name) in QUOTAS.items() if whose == service and name in listed}
    return said, silent


def _channels(look: Look) -> int:
    return sum(one["State"] != "DELETED" for one in look.aws.pages("medialive", "ListChannels", "Channels"))


def _push_inputs(look: Look) -> int:
    return sum(
        one["State"] != "DELETED" and one["Type"] in PUSH_INPUT_TYPES
        for one in look.aws.pages("medialive", "ListInputs", "Inputs")
    )
