"""The one way from the checks to AWS: calls that read, made as a profile's user. Made by ``console/doctor.py``.

A call that is not in ``reads.READS`` is not sent, whoever asks for it: the guard sits in botocore's own way out, behind
whatever a paginator makes of a question.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConfigParseError,
    CredentialRetrievalError,
    HTTPClientError,
    InvalidConfigError,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import ConnectionError as NoConnection
from botocore.parsers import ResponseParserError

from infra.doctor.reads import READS

Answer = dict[str, Any]

#: A person waits. What is not answered twice is said to be unreachable.
_CONFIG = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 2})
_LONGEST = 160
#: What services call a refusal for want of permission.
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "AuthorizationErrorException"})
_DENIED |= {"ForbiddenException", "UnauthorizedOperation", "NotAuthorized"}


#: What botocore raises when it finds no credentials that could be used.
_NOBODY = (
    ConfigParseError,
    CredentialRetrievalError,
    InvalidConfigError,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)


class AwsRefused(Exception):
    """AWS answered with an error. ``code`` is its own name for it; ``is_denied``: for want of a permission."""

    def __init__(self, asked: str, code: str, message: str) -> None:
        # Who answers in AWS's place, such as a proxy, may send a whole page.
        short = " ".join(message.split())[:_LONGEST]
        super().__init__(f"{asked}: {code}" + (f" ({short})" if short else ""))
        self.asked = asked
        self.code = code
        self.message = message

    @property
    def is_denied(self) -> bool:
        return self.code in _DENIED


class AwsUnreachable(Exception):
    """Nothing answered."""


class NoCredentials(Exception):
    """There are none, or they can't be used. The message is the SDK's."""


class NotARead(Exception):
    """A check wanted to make a call that may change something. A mistake of ours; nothing was sent."""


class Asks(Protocol):
    """What a check asks through. The tests' fake is one, too."""

    def ask(self, service: str, operation: str, **parameters: Any) -> Answer:
        """The answer. Raises AwsRefused, AwsUnreachable, NoCredentials."""

    def pages(self, service: str, operation: str, member: str, **parameters: Any) -> Iterator[Any]:
        """The members of all pages of a list. Raises as ``ask``."""

    def regions(self, service: str) -> list[str]:
        """Where a service is, by what the SDK knows; asks nobody."""


def session_of(profile: str | None) -> botocore.session.Session:
    """As any AWS command would have it. Raises NoCredentials for a profile that is not there."""
    with _Translated("session"):
        session = botocore.session.Session(profile=profile)
        session.get_scoped_config()
    return session


def region_of(session: botocore.session.Session) -> str | None:
    """The region that the environment or the profile names. Raises NoCredentials for a file that can't be read."""
    with _Translated("session"):
        region: str | None = session.get_config_variable("region")
    return region


class Aws:
    """AWS, asked as ``session``'s user. ``region`` is where."""

    def __init__(self, session: botocore.session.Session, region: str) -> None:
        self._session = session
        self._region = region
        self._clients: dict[str, Any] = {}

    def ask(self, service: str, operation: str, **parameters: Any) -> Answer:
        with _Translated(f"{service}:{operation}"):
            answer: Answer = getattr(self._client(service), xform_name(operation))(**parameters)
        return answer

    def pages(self, service: str, operation: str, member: str, **parameters: Any) -> Iterator[Any]:
        with _Translated(f"{service}:{operation}"):
            for page in self._client(service).get_paginator(xform_name(operation)).paginate(**parameters):
                yield from page.get(member) or ()

    def regions(self, service: str) -> list[str]:
        return sorted(self._session.get_available_regions(service))

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            client = self._session.create_client(service, region_name=self._region, config=_CONFIG)
            client.meta.events.register_first("before-call", _only_reads)
            self._clients[service] = client
        return self._clients[service]


def _only_reads(model: Any, **_: Any) -> None:
    service = model.service_model.service_name
    if model.name not in READS.get(service, {}):
        raise NotARead(f"{service}:{model.name}")


class _Translated:
    """botocore's errors in our words."""

    def __init__(self, asked: str) -> None:
        self._asked = asked

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ClientError):
            told = error.response.get("Error", {})
            raise AwsRefused(self._asked, str(told.get("Code", "")), str(told.get("Message", ""))) from None
        if isinstance(error, _NOBODY):
            raise NoCredentials(f"{error}") from None
        if isinstance(error, (NoConnection, HTTPClientError)):
            raise AwsUnreachable(f"{error}") from None
        if isinstance(error, (BotoCoreError, ResponseParserError)):
            raise AwsRefused(self._asked, type(error).__name__, f"{error}") from None
