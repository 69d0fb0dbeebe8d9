"""Whether a principal may do something, by IAM's own policy simulator. Used by the checks of permissions.

The simulator reads the policies that are attached to a user or a role, and says what they come to. It does not see
everything: conditions in service control policies, policies of a session and of resources, and tags that a request
would carry are unknown to it (IAM user guide, "IAM policy simulator": "Differences").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from infra.doctor.aws import Asks

Outcome = Literal["allowed", "denied", "depends"]

#: So many actions a question: a request's body is bounded, and an answer has a hundred results a page.
_AT_ONCE = 50


@dataclass(frozen=True)
class Decision:
    """``why``: for what is denied, by what; for what depends, on which keys of a request."""

    action: str
    resource: str
    outcome: Outcome
    why: str = ""


def simulated(
    aws: Asks,
    principal: str,
    actions: Iterable[str],
    resource: str,
    context: Mapping[str, str] | None = None,
) -> Iterator[Decision]:
    """One decision for each action. Raises AwsRefused where the caller may not simulate."""
    entries = [
        {"ContextKeyName": key, "ContextKeyValues": [value], "ContextKeyType": "string"}
        for key, value in (context or {}).items()
    ]
    names = sorted(set(actions))
    for start in range(0, len(names), _AT_ONCE):
        results = aws.pages(
            "iam",
            "SimulatePrincipalPolicy",
            "EvaluationResults",
            PolicySourceArn=principal,
            ActionNames=names[start : start + _AT_ONCE],
            ResourceArns=[resource],
            ContextEntries=entries,
        )
        for result in results:
            yield decided(result, resource)


def decided(result: Mapping[str, Any], resource: str) -> Decision:
    """What one of the simulator's results means."""
    action = str(result["EvalActionName"])
    if result["EvalDecision"] == "allowed":
        return Decision(action, resource, "allowed")
    missing = [str(key) for key in result.get("MissingContextValues") or ()]
    if result.get("OrganizationsDecisionDetail", {}).get("AllowedByOrganizations") is False:
        return Decision(action, resource, "denied", "a service control policy of the organization")
    if result.get("PermissionsBoundaryDecisionDetail", {}).get("AllowedByPermissionsBoundary") is False:
        return Decision(action, resource, "denied", "the permissions boundary")
    if result["EvalDecision"] == "explicitDeny":
        return Decision(action, resource, "denied", "a policy that denies it")
    if missing:
        return Decision(action, resource, "depends", ", ".join(missing))
    return Decision(action, resource, "denied", "no policy allows it")
