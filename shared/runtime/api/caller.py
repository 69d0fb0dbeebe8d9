"""Who is calling: from the identity that API Gateway's authorizer has established. Used by the HTTP API.

A route has an IAM authorizer (SigV4) or a JWT authorizer; whichever it is has checked the credentials before the
function runs. Here only the name is read, and whether it is an operator's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from shared.domain.errors import NotSignedIn, NotYours
from shared.domain.model import Value

#: The scope that makes a token an operator's.
OPERATOR_SCOPE = "onair/operator"
#: As long as an owner's name may be (``shared/domain/session_spec.py``).
LONGEST_NAME = 120

_ROLE = re.compile(r"^arn:[a-z-]+:sts::\d{12}:assumed-role/(?P<name>[^/]+)/.+$")
_USER = re.compile(r"^arn:[a-z-]+:iam::\d{12}:user/(?:.+/)?(?P<name>[^/]+)$")


class Caller(Value):
    """Whoever sent a request. ``name`` owns the sessions that it makes; an ``operator`` sees and does everything."""

    name: str
    operator: bool = False

    def may_see(self, owner: str) -> bool:
        """Whether a session of ``owner`` exists, as far as this caller is told."""
        return self.operator or owner == self.name

    def acting_for(self, owner: str | None) -> str:
        """The owner that a request is for: the caller's own unless it names one. Raises ``NotYours``."""
        if owner is None or owner == self.name:
            return self.name
        if not self.operator:
            raise NotYours(f"{self.name} is not an operator and can't act for another owner")
        return owner


def caller_of(event: Mapping[str, Any], operators: Iterable[str]) -> Caller:
    """The caller of an HTTP API event (payload format 2.0; AWS: "Working with AWS Lambda proxy integrations for HTTP
    APIs"). ``operators``: patterns of IAM names, such as ``role/ShowOperator*``.

    Raises ``NotSignedIn`` when the event names nobody.
    """
    authorizer = (event.get("requestContext") or {}).get("authorizer") or {}
    if authorizer.get("iam"):
        name = _iam_name(str(authorizer["iam"].get("userArn") or ""))
        return Caller(name=name, operator=any(fnmatchcase(name, pattern) for pattern in operators))
    if authorizer.get("jwt"):
        claims = authorizer["jwt"].get("claims") or {}
        scopes = {scope for name in ("scope", "scp", "scopes") for scope in _words(claims.get(name))}
        scopes |= set(_words(authorizer["jwt"].get("scopes")))
        return Caller(name=_named(str(claims.get("sub") or "")), operator=OPERATOR_SCOPE in scopes)
    raise NotSignedIn("the request came without credentials")


def _iam_name(arn: str) -> str:
    """``role/NAME`` of an assumed role, whatever its session is called; ``user/NAME``, whatever its path is.

    Both names are unique in an account without their paths (IAM user guide, "IAM identifiers").
    """
    for pattern, kind in ((_ROLE, "role"), (_USER, "user")):
        if match := pattern.match(arn):
            return _named(f"{kind}/{match['name']}")
    raise NotSignedIn("the credentials are neither a role's nor a user's")


def _named(name: str) -> str:
    if not name.strip():
        raise NotSignedIn("the token names no subject (sub)")
    if len(name) > LONGEST_NAME:
        raise NotSignedIn(f"the caller's name is longer than {LONGEST_NAME} characters")
    return name


def _words(value: Any) -> list[str]:
    """Scopes, however they are written: an authorizer hands over a claim that is a list as ``[a b]``, in one text."""
    if isinstance(value, list):
        return [str(one) for one in value]
    return re.split(r"[\s,]+", str(value or "").strip("[]"))
