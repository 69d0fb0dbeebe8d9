"""How requests to the API say who asks: a token, or AWS credentials with which each request is signed. Chosen by
``options``, applied by ``client``."""

from __future__ import annotations

import re
import urllib.parse
from typing import Any

from console.client import ProblemError, Signing, is_local

#: What API Gateway's own addresses are: ID.execute-api.REGION.amazonaws.com (API Gateway developer guide).
_REGION_OF_HOST = re.compile(r"^[^.]+\.execute-api\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(\.cn)?$")
_PRINTABLE = re.compile(r"^[\x21-\x7e]+$")


def chosen(url: str, token: str | None, profile: str | None) -> Signing | None:
    """What goes with each request: the token if there is one, else a signature; nothing to this machine's own stage,
    which says what to do. Raises ValueError for a token that can't be sent."""
    if token and not _PRINTABLE.match(token):
        raise ValueError("a token is one word of letters, digits and signs")
    if token:
        return bearer(token)
    if profile is None and is_local(url):
        return None
    return Signature(url, profile)


def bearer(token: str) -> Signing:
    return lambda method, url, body, headers: {"Authorization": f"Bearer {token}"}


class Signature:
    """Signs requests with SigV4, by the credentials of an AWS profile, or those that any AWS command would take.

    Raises ProblemError, when it is first used, if there are none.
    """

    def __init__(self, url: str, profile: str | None) -> None:
        host = urllib.parse.urlsplit(url).hostname or ""
        match = _REGION_OF_HOST.match(host)
        self._region: str | None = match["region"] if match else None
        self._profile = profile
        self._credentials: Any = None

    def __call__(self, method: str, url: str, body: bytes | None, headers: dict[str, str]) -> dict[str, str]:
        # late: a third of a second that a token does without
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.exceptions import BotoCoreError

        try:
            if self._credentials is None:
                self._find()
            request = AWSRequest(method=method, url=url, data=body or b"", headers=headers)
            SigV4Auth(self._credentials.get_frozen_credentials(), "execute-api", self._region).add_auth(request)
        except BotoCoreError as trouble:
            raise _without_credentials(f"{trouble}".rstrip(".") + ".") from None
        return dict(request.headers.items())

    def _find(self) -> None:
        import botocore.session

        session = botocore.session.Session(profile=self._profile)
        self._credentials = session.get_credentials()
        if self._credentials is None:
            raise _without_credentials("No AWS credentials were found on this machine.")
        self._region = self._region or session.get_config_variable("region")
        if self._region is None:
            raise _without_credentials("The address does not tell the API's region, and no region is set.", _REGION)


_REGION = "Set AWS_DEFAULT_REGION, or the profile's region, to the API's."


def _without_credentials(why: str, remedy: str | None = None) -> ProblemError:
    return ProblemError(
        {
            "type": "about:blank",
            "title": "The request can't be signed",
            "name": "NoCredentials",
            "detail": why,
            "remedy": remedy
            or "Name a profile that may call the API (--profile or AWS_PROFILE), log in to it if it asks for that, or "
            "give a token (--token or ONAIR_TOKEN).",
        }
    )
