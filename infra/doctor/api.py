"""Whether the deployed API answers, and what it says is left behind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infra.doctor.finding import Finding, fine, some, unseen, wrong
from infra.doctor.look import ApiRefused, Look

ANSWERS, ORPHANS = "the API", "orphans"
_UNKNOWN = "the stack has no HttpApiUrl"
#: What an operator has to do something about (``onair orphans``).
_LEFT = {"ours", "unowned"}


def api(look: Look) -> Iterator[Finding]:
    """For a stage that is deployed."""
    url = look.stack.outputs.get("HttpApiUrl") if look.stack else None
    if not url:
        yield unseen(ANSWERS, _UNKNOWN)
        return
    try:
        yield who(url, look.ask_api(url, "/caller"), look.stage)
    except ApiRefused as refusal:
        yield no_answer(url, refusal, look)
        yield unseen(ORPHANS, "the API does not tell")
        return
    try:
        yield left(look.ask_api(url, "/orphans")["orphans"], url)
    except ApiRefused as refusal:
        if refusal.name == "OperatorsOnly":
            do = f"name your role in stages/{look.stage}.env (ONAIR_OPERATORS), and: make deploy STAGE={look.stage}"
            yield unseen(ORPHANS, "only operators may ask for them, and you are none", do)
        else:
            yield unseen(ORPHANS, f"the API does not tell: {refusal.detail}")


def who(url: str, caller: dict[str, Any], stage: str) -> Finding:
    if "name" not in caller:
        return wrong(
            ANSWERS,
            f"{url} answers, and not as OnAir does",
            matters="Every command and the page go through it.",
            do=f"deploy again: make deploy STAGE={stage}",
        )
    role = ", an operator" if caller.get("operator") else ""
    return fine(ANSWERS, f"it answers, and knows you as {caller['name']}{role}")


def no_answer(url: str, refusal: ApiRefused, look: Look) -> Finding:
    if refusal.status == 401:
        do = "give it one: onair doctor --token TOKEN"
        return unseen(ANSWERS, "it takes tokens, and no signature (ONAIR_JWT_ISSUER)", do)
    if refusal.status == 403:
        return wrong(
            ANSWERS,
            f"{url} refuses you: {refusal.detail}",
            matters="You can make no session, nor end one.",
            do="have execute-api:Invoke allowed on the API for your role",
        )
    if refusal.status == 0:
        return wrong(
            ANSWERS,
            f"nothing answers at {url}: {refusal.detail}",
            matters="Every command and the page go through it.",
            do=f"ask from elsewhere: a proxy or firewall may be in between; then: make deploy STAGE={look.stage}",
        )
    logs = f"aws logs tail /aws/lambda/{look.prefix}-api --since 10m {look.arguments}"
    return wrong(
        ANSWERS,
        f"it answers {refusal.status}: {refusal.detail}",
        matters="Every command and the page go through it.",
        do=f"see what the function says: {logs}",
    )


def left(orphans: list[dict[str, Any]], url: str) -> Finding:
    ours = [one for one in orphans if one.get("verdict") in _LEFT]
    if not ours:
        return fine(ORPHANS, "nothing of this stage's is without its session")
    names = [f"{one['kind']} {one['id']}" for one in ours]
    return wrong(
        ORPHANS,
        f"{len(ours)} without a session: {some(names)}",
        matters="A channel that runs costs money every minute, and all of them take up quotas.",
        do=f"see why each is there, and have them deleted: onair --url {url} orphans",
        details=tuple(names),
    )
