"""What the caller may do: deploy, destroy, and look, by simulation. What deploying needs is in ``actions.json``, by the
types of resources that the template has, each with its source; a test holds it against the template."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from infra.doctor import reads
from infra.doctor.aws import AwsRefused
from infra.doctor.finding import Finding, fine, some, unseen, wrong
from infra.doctor.look import Look
from infra.doctor.simulation import Decision, simulated

#: To whom a deployment hands roles: its functions' and its machines' (iam:PassRole, condition iam:PassedToService).
_PASSED_TO = ("lambda.amazonaws.com", "states.amazonaws.com")
_NOT_ALL = "the simulator does not see all of an organization's policies, nor a session's"
_TO = {
    "deploying": "make deploy fails at the first resource that it may not make, and takes all others back.",
    "destroying": "make destroy stops half-way, and what is left costs money.",
}


@cache
def table() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((Path(__file__).parent / "actions.json").read_text(encoding="utf-8"))
    return found


def permissions(look: Look) -> Iterator[Finding]:
    if not look.caller.principal:
        why = "there is no user or role to simulate: neither the root user nor a federated one has policies of its own"
        yield from (unseen(what, why) for what in (*_TO, "looking"))
        return
    try:
        yield judged("deploying", [*_needs(look, "deploy"), *_passing(look)])
        yield judged("destroying", list(_needs(look, "destroy")))
        yield looking(list(simulated(look.aws, look.caller.principal, reads.actions(), "*")))
    except AwsRefused as refusal:
        yield unseen("permissions", cannot_simulate(refusal), _LET_SIMULATE)


_LET_SIMULATE = (
    "have iam:SimulatePrincipalPolicy allowed on your own role or user, or go on: make deploy itself will tell"
)


def cannot_simulate(refusal: AwsRefused) -> str:
    return f"they can't be simulated: {refusal}"


def arn_of(pattern: str, look: Look) -> str:
    values = {"partition": look.caller.partition, "region": look.region, "account": look.caller.account}
    return pattern.format(**values, stage=look.stage)


def judged(to: str, decisions: list[Decision]) -> Finding:
    """``to``: deploying or destroying; looking, where all is allowed."""
    denied = [one for one in decisions if one.outcome == "denied"]
    depends = [one for one in decisions if one.outcome == "depends"]
    count = len({one.action for one in decisions})
    if denied:
        names, why = sorted({one.action for one in denied}), sorted({one.why for one in denied})
        return wrong(
            to,
            f"{len(names)} of {count} actions are not allowed: {some(names)} ({some(why)})",
            matters=_TO[to],
            do="ask whoever looks after IAM for them; onair doctor --json lists all, each with its resource",
            details=tuple(f"{one.action} on {one.resource}: {one.why}" for one in denied),
        )
    if depends:
        keys = sorted({one.why for one in depends})
        names = sorted({one.action for one in depends})
        return unseen(
            to, f"{some(names)} depend on {some(keys)}, which a simulation is not told; the others are allowed"
        )
    return fine(to, f"all {count} actions are allowed ({_NOT_ALL})")


def looking(decisions: list[Decision]) -> Finding:
    """Asked on all resources: who may look at some only may still see what matters here."""
    names = sorted({one.action for one in decisions if one.outcome != "allowed"})
    if not names:
        return judged("looking", decisions)
    return unseen(
        "looking",
        f"{some(names)} are not allowed on everything; what could not be read has a – of its own",
        "have AWS's policy ReadOnlyAccess, or these actions, allowed",
    )


def _needs(look: Look, what: str) -> Iterator[Decision]:
    """What is asked of each type's resources together, so that there is one question for each resource."""
    wanted: dict[str, set[str]] = {"*": set()}
    for entry in _entries():
        anywhere = set(entry.get("anywhere", ()))
        wanted.setdefault(entry["on"], set()).update(set(entry[what]) - anywhere)
        wanted["*"].update(anywhere & set(entry[what]))
    for pattern, actions in wanted.items():
        plain = actions - {"iam:PassRole"}
        if plain:
            yield from simulated(look.aws, look.caller.principal, plain, arn_of(pattern, look))


def _passing(look: Look) -> Iterator[Decision]:
    role = arn_of(table()["types"]["AWS::IAM::Role"]["on"], look)
    for service in _PASSED_TO:
        context = {"iam:PassedToService": service}
        yield from simulated(look.aws, look.caller.principal, ["iam:PassRole"], role, context)


def _entries() -> Iterable[dict[str, Any]]:
    return [*table()["types"].values(), *table()["beside"].values()]
