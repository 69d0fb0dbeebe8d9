"""Inputs, security groups and quotas. Nothing runs; idle push inputs cost a cent an hour (prices.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from typing import Any

from botocore.exceptions import ClientError

from tests.smoke_aws import making
from tests.smoke_aws.probes.finding import SHORT, Finding, Rig, Scene, asked, either
from tests.smoke_aws.run import NotInTime

#: A quota that is higher than this is not filled up.
MOST = 12
#: Of push inputs, if Service Quotas does not tell (facts §4).
_PUSH_INPUTS = 5
_LONGEST_LAG = 30.0
_LOOK = 0.5


def inputs(rig: Rig) -> Iterator[Finding]:
    run = rig.run
    group = making.security_group(run, "first")
    found = making.rtmp_input(run, "first", group)
    since = rig.now()
    yield Finding("created_input_state", found["State"], f"CreateInput answers {found['State']}")
    shown = bool(found.get("Destinations"))
    yield Finding(
        "endpoints_at_create", "shown" if shown else "later", f"{len(found.get('Destinations', []))} endpoints"
    )
    yield _lag("describe_lag", rig, lambda: rig.input(found["Id"]) != "")
    yield _lag("list_lag", rig, lambda: found["Id"] in _listed(rig), since)
    rig.reaches(rig.input, found["Id"], "DETACHED", patience=SHORT, measured="input_create")
    yield _replay(rig, group)
    yield either(
        "push_input_without_group", asked(making.an_input, run, "alone", Type="RTP_PUSH"), "accepted", "refused"
    )


def _lag(name: str, rig: Rig, there: Callable[[], bool], since: float | None = None) -> Finding:
    """Seconds from the answer to the creation until it is shown. 0.0 if the first look shows it."""
    begun = rig.now() if since is None else since
    looks = 0
    while not there():
        looks += 1
        if rig.now() - begun > _LONGEST_LAG:
            raise NotInTime(f"{name}: not shown within {_LONGEST_LAG:.0f} s")
        rig.run.sleep(_LOOK)
    lag = round(rig.now() - begun, 1) if looks else 0.0
    return Finding(name, lag, f"shown after {looks} looks that did not, every {_LOOK} s")


def _listed(rig: Rig) -> set[str]:
    pages = rig.medialive.get_paginator("list_inputs").paginate()
    return {one["Id"] for page in pages for one in page["Inputs"]}


def _replay(rig: Rig, group: str) -> Finding:
    """Unexpectedly a second input; it is taken away like all else."""
    body = {"Type": "RTP_PUSH", "InputSecurityGroups": [group], "RequestId": rig.run.name("replayed")}
    first = making.an_input(rig.run, "replayed", **body)
    second = asked(making.an_input, rig.run, "replayed", **body)
    if second.code is not None:
        return Finding("request_id_replay", "refused" if second.code == "ConflictException" else None, str(second))
    same = second.body["Id"] == first["Id"]
    return Finding(
        "request_id_replay", "same_resource" if same else "ignored", "the same id" if same else "a second input"
    )


def security_groups(rig: Rig) -> Iterator[Finding]:
    group = making.security_group(rig.run, "second")
    one: dict[str, Any] = {"InputSecurityGroupId": group}
    other = [{"Cidr": "198.51.100.0/24"}]
    answer = rig.medialive.update_input_security_group(**one, WhitelistRules=other)["SecurityGroup"]
    read = rig.medialive.describe_input_security_group(**one)
    lags = "UPDATING" in {answer["State"], read["State"]}
    seen = f"{answer['State']}, read back as {read['State']}"
    yield Finding("security_group_update", "updating" if lags else "immediate", seen)
    rig.run.until(
        lambda: rig.medialive.describe_input_security_group(**one)["State"] != "UPDATING", "the group's update", SHORT
    )
    emptied = asked(rig.medialive.update_input_security_group, **one, WhitelistRules=[])
    yield either("empty_whitelist_update", emptied, "accepted", "refused")
    yield _fill(rig)


def _fill(rig: Rig) -> Finding:
    """Security groups up to the account's quota, for a moment. They are free; others that need one are refused."""
    made: list[str] = []
    try:
        for number in range(MOST):
            answer = asked(lambda what: {"Id": making.security_group(rig.run, what)}, f"fill-{number}")
            if answer.code is not None:
                return Finding("quota_error", answer.code, f"group {number + 1} more: {answer}")
            made.append(answer.body["Id"])
    finally:
        for group in made:
            with suppress(ClientError):  # the clean-up tries again
                rig.medialive.delete_input_security_group(InputSecurityGroupId=group)
    return Finding("quota_error", None, f"{MOST} more security groups were taken")


def mediaconnect_inputs(rig: Rig) -> Iterator[Finding]:
    """Inputs of one flow that does not run, one more than there may be push inputs; idle pull inputs are free."""
    flow = making.flow(rig.run, "quiet")["FlowArn"]
    quota = _push_quota(rig)
    kind = {"Type": "MEDIACONNECT", "MediaConnectFlows": [{"FlowArn": flow}], "RoleArn": rig.stage.role}
    for number in count(1):
        answer = asked(making.an_input, rig.run, f"of-a-flow-{number}", **kind)
        words = answer.text.lower()
        if answer.code is not None and "push" in words:
            yield Finding("mediaconnect_counts_as_push", "yes", f"number {number}: {answer}")
            return
        if answer.code is not None:
            yield Finding("mediaconnect_counts_as_push", None, f"number {number}: {answer}")
            return
        if number > quota:
            yield Finding(
                "mediaconnect_counts_as_push", "no", f"{number} were taken, and {quota} push inputs are allowed"
            )
            return
        if number >= MOST:
            yield Finding(
                "mediaconnect_counts_as_push", None, f"{MOST} were taken, and the quota of push inputs is {quota}"
            )
            return


def _push_quota(rig: Rig) -> int:
    with suppress(Exception):
        quotas = rig.run.account.client("service-quotas").list_service_quotas(ServiceCode="medialive")["Quotas"]
        for quota in quotas:
            if quota["QuotaName"].lower() == "push inputs":
                return int(quota["Value"])
    return _PUSH_INPUTS


SCENES = (
    Scene(
        "inputs",
        (
            "created_input_state",
            "endpoints_at_create",
            "describe_lag",
            "list_lag",
            "request_id_replay",
            "push_input_without_group",
        ),
        "a security group, two push inputs",
        inputs,
    ),
    Scene(
        "security groups",
        ("security_group_update", "empty_whitelist_update", "quota_error"),
        f"security groups until one more is refused, {MOST + 1} at most, for seconds",
        security_groups,
    ),
    Scene(
        "inputs of a flow",
        ("mediaconnect_counts_as_push",),
        f"a flow that does not run, and inputs of it, {MOST} at most",
        mediaconnect_inputs,
    ),
)
