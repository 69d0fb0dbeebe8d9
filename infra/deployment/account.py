"""Whose account it is, the clients to ask it with, and what AWS's refusals mean to a person. Used by every step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)

from infra.deployment.troubles import NoAnswer, Trouble, WrongCall
from shared.gateways.translate import code_of, message_of

Say = Callable[[str], None]

_PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 8}, connect_timeout=10, read_timeout=60)
_EXPIRED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId", "UnrecognizedClientException"}
    | {"InvalidAccessKeyId", "SignatureDoesNotMatch", "AuthFailure", "InvalidToken"}
)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "Forbidden", "403"})
_ACTION = re.compile(r"not authorized to perform: ([A-Za-z0-9-]+:[A-Za-z0-9*]+)")
_LOG_IN = "Name a profile that works (--profile or AWS_PROFILE), and log in to it if it asks for that (aws sso login)."


@dataclass(frozen=True)
class Stage:
    """One deployment: a name in a region of an account. ``caller`` is the ARN that is asked as; ``profile`` the
    one that was named, if one was."""

    name: str
    account: str
    region: str
    caller: str
    profile: str | None
    session: Any = field(repr=False)
    _clients: dict[str, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    def client(self, service: str) -> Any:
        """The client of a service in the stage's region. Untyped on purpose."""
        if service not in self._clients:
            self._clients[service] = self.session.client(service, config=_PATIENT)
        return self._clients[service]

    @property
    def stack(self) -> str:
        """As osls names it: <service>-<stage>."""
        return f"onair-{self.name}"

    def bucket(self, what: str) -> str:
        """A bucket of the stage: ``media``, ``page`` or ``deployment``."""
        return f"onair-{self.name}-{what}-{self.account}-{self.region}"


def sign_in(name: str, profile: str | None, region: str | None, account: str | None) -> Stage:
    """The stage as the caller's credentials reach it. ``account``: the only one that it may be in. Raises Trouble."""
    with explained():
        session = boto3.session.Session(profile_name=profile, region_name=region or None)
        where = session.region_name
        if where is None:
            raise WrongCall(
                "No region is set.", "Write ONAIR_REGION=eu-west-1 (say) into the stage's file, or --region."
            )
        if where not in session.get_available_regions("medialive"):
            raise WrongCall(
                f"There is no MediaLive in {where}, as far as this version of boto3 knows.", "Take another."
            )
        caller = session.client("sts", config=_PATIENT).get_caller_identity()
    if account and caller["Account"] != account:
        raise Trouble(
            f"The stage is in account {account} (ONAIR_ACCOUNT), and these credentials are for {caller['Account']}.",
            "Name the profile of the stage's account: --profile or AWS_PROFILE.",
        )
    return Stage(name, caller["Account"], where, caller["Arn"], profile, session)


@contextmanager
def explained() -> Iterator[None]:
    """Turns what botocore raises into Trouble, with what to do about it."""
    try:
        yield
    except ClientError as error:
        raise told(error) from error
    except (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError) as error:
        raise Trouble(f"There are no AWS credentials here: {error}.", _LOG_IN) from error
    except ProfileNotFound as error:
        raise WrongCall(f"{error}.", "`aws configure list-profiles` names those that there are.") from error
    except (SSOError, TokenRetrievalError) as error:
        raise Trouble(f"The login has run out: {error}", _LOG_IN) from error
    except (EndpointConnectionError, ConnectionError, HTTPClientError) as error:
        raise NoAnswer(f"AWS does not answer: {error}", "Is the network there, and the region right?") from error
    except BotoCoreError as error:
        raise Trouble(f"The AWS SDK says: {error}", _LOG_IN) from error


def told(error: ClientError) -> Trouble:
    """What a refusal means."""
    code, message = code_of(error), message_of(error)
    asked = error.operation_name
    # To HEAD, S3 answers without a body: all that it says of credentials that have run out is 400.
    if code in _EXPIRED or (code == "400" and asked.startswith("Head")):
        return Trouble(f"AWS does not take these credentials ({code} at {asked}): {message}", _LOG_IN)
    if code in _DENIED:
        action = _ACTION.search(message)
        missing = action[1] if action else f"the permission for {asked}"
        return Trouble(
            f"These credentials lack {missing}: {message or code}",
            "Let somebody add it to the role, or take a profile that may administer the account.",
        )
    if code in {"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown"}:
        return NoAnswer(f"AWS asks for patience ({code} at {asked}).", "Run the same command again in a minute.")
    return Trouble(f"AWS refuses {asked}: {code}: {message}", "Run the same command again once that is settled.")
