"""What carries a stage's tags although the stage is not deployed: nobody would ever delete it."""

from __future__ import annotations

from collections.abc import Iterator

from infra.doctor.finding import Finding, fine, some, unseen, wrong
from infra.doctor.look import Look
from shared.domain.names import STAGE_TAG

CHECK = "left behind"
_KINDS = (
    ("channel", "ListChannels", "Channels"),
    ("input", "ListInputs", "Inputs"),
    ("security group", "ListInputSecurityGroups", "InputSecurityGroups"),
)


def leftovers(look: Look) -> Iterator[Finding]:
    if look.stack is not None:
        return  # the API tells: api.py
    if look.stack_unknown:
        yield unseen(CHECK, "whether the stage is deployed is not known")
        return
    found = [
        f"{kind} {one['Id']}"
        for kind, operation, member in _KINDS
        for one in look.aws.pages("medialive", operation, member)
        if one["State"] != "DELETED" and (one.get("Tags") or {}).get(STAGE_TAG) == look.stage
    ]
    found += [
        f"IVS channel {one['name']}"
        for one in (look.aws.pages("ivs", "ListChannels", "channels") if _has_ivs(look) else ())
        if (one.get("tags") or {}).get(STAGE_TAG) == look.stage
    ]
    yield judged(look.stage, found)


def judged(stage: str, found: list[str]) -> Finding:
    if not found:
        return fine(CHECK, f"the stage {stage} is not deployed, and nothing carries its tags")
    return wrong(
        CHECK,
        f"the stage {stage} is not deployed, and has {len(found)}: {some(found)}",
        matters="They cost money, and no sweep runs that would delete them.",
        do=f"delete them in the MediaLive and IVS consoles, or let a sweep do it: make deploy STAGE={stage}",
        details=tuple(found),
    )


def _has_ivs(look: Look) -> bool:
    return look.region in look.aws.regions("ivs")
