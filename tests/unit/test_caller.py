"""Who is calling, by what an authorizer hands over."""

from __future__ import annotations

from typing import Any

import pytest

from shared.domain.errors import NotSignedIn, NotYours
from shared.runtime.api.caller import Caller, caller_of

OPERATORS = ("role/ShowOperator*", "user/chief")


def by_iam(arn: str) -> dict[str, Any]:
    """As API Gateway writes it for a route with an IAM authorizer."""
    iam = {"accountId": "111122223333", "callerId": "EXAMPLE:x", "userArn": arn, "cognitoIdentity": None}
    return {"requestContext": {"authorizer": {"iam": iam}}}


def by_jwt(scopes: list[str] | None = None, **claims: Any) -> dict[str, Any]:
    """As API Gateway writes it for a route with a JWT authorizer; ``scopes`` is null unless the route asks for some."""
    return {"requestContext": {"authorizer": {"jwt": {"claims": claims, "scopes": scopes}}}}


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:sts::111122223333:assumed-role/BackEnd/i-0123456789", "role/BackEnd"),
        ("arn:aws:sts::111122223333:assumed-role/BackEnd/somebody@example.com", "role/BackEnd"),
        ("arn:aws-us-gov:sts::111122223333:assumed-role/BackEnd/x", "role/BackEnd"),
        ("arn:aws:iam::111122223333:user/host-1", "user/host-1"),
        ("arn:aws:iam::111122223333:user/studio/berlin/host-1", "user/host-1"),
    ],
)
def test_a_signed_request_is_its_role_or_user(arn: str, name: str) -> None:
    assert caller_of(by_iam(arn), OPERATORS) == Caller(name=name)


def test_a_role_keeps_its_name_whatever_its_session_is_called() -> None:
    arn = "arn:aws:sts::111122223333:assumed-role/BackEnd/role/ShowOperator"
    assert caller_of(by_iam(arn), OPERATORS) == Caller(name="role/BackEnd")


@pytest.mark.parametrize(
    ("arn", "operator"),
    [
        ("arn:aws:sts::111122223333:assumed-role/ShowOperatorNight/x", True),
        ("arn:aws:iam::111122223333:user/chief", True),
        ("arn:aws:iam::111122223333:user/chief2", False),
        ("arn:aws:iam::111122223333:user/ShowOperator", False),
        ("arn:aws:sts::111122223333:assumed-role/chief/x", False),
    ],
)
def test_an_operator_is_who_matches_a_pattern(arn: str, operator: bool) -> None:
    assert caller_of(by_iam(arn), OPERATORS).operator is operator


def test_without_patterns_nobody_who_signs_is_an_operator() -> None:
    assert not caller_of(by_iam("arn:aws:iam::111122223333:user/chief"), ()).operator


@pytest.mark.parametrize(
    "event",
    [
        by_jwt(sub="host-1", scope="openid onair/operator"),
        by_jwt(sub="host-1", scp="[openid onair/operator]"),
        by_jwt(sub="host-1", scopes="onair/operator,openid"),
        by_jwt(sub="host-1", scp=["openid", "onair/operator"]),
        by_jwt(["onair/operator"], sub="host-1"),
    ],
    ids=["scope", "scp list as text", "scopes", "scp list", "the route's"],
)
def test_a_token_is_its_subject_and_an_operators_by_scope(event: dict[str, Any]) -> None:
    assert caller_of(event, ()) == Caller(name="host-1", operator=True)


@pytest.mark.parametrize("scope", [None, "", "onair", "onair/operators", "not-onair/operator", "ONAIR/OPERATOR"])
def test_any_other_scope_is_nobodys(scope: str | None) -> None:
    assert caller_of(by_jwt(sub="host-1", scope=scope), ()) == Caller(name="host-1")


def test_a_subject_that_looks_like_an_operators_name_is_none() -> None:
    assert not caller_of(by_jwt(sub="role/ShowOperator1"), OPERATORS).operator


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"requestContext": {}},
        {"requestContext": {"authorizer": None}},
        {"requestContext": {"authorizer": {"lambda": {"sub": "x"}}}},
        by_iam(""),
        by_iam("arn:aws:iam::111122223333:root"),
        by_iam("arn:aws:sts::111122223333:assumed-role/"),
        by_jwt(),
        by_jwt(sub=""),
        by_jwt(sub=" "),
        by_jwt(sub="x" * 121),
    ],
)
def test_who_is_nobody_is_told_to_sign_in(event: dict[str, Any]) -> None:
    with pytest.raises(NotSignedIn):
        caller_of(event, ("*",))


def test_everybody_acts_for_themselves_and_an_operator_for_others() -> None:
    host, operator = Caller(name="host-1"), Caller(name="chief", operator=True)
    assert host.acting_for(None) == host.acting_for("host-1") == "host-1"
    assert operator.acting_for(None) == "chief" and operator.acting_for("host-1") == "host-1"
    with pytest.raises(NotYours):
        host.acting_for("host-2")


def test_everybody_sees_their_own_and_an_operator_all() -> None:
    assert Caller(name="host-1").may_see("host-1") and not Caller(name="host-1").may_see("host-2")
    assert Caller(name="chief", operator=True).may_see("host-2")
