"""Who gets into the local stage's HTTP API: its own tokens, its own Host, its own and the configured Origins.

Any web page that a browser on this machine shows can send requests to 127.0.0.1. The token keeps it out; so does its
Origin; and a name that has been made to point here (DNS rebinding) is not one of our Hosts. Used by ``api``, and by
``server`` for the AWS endpoint, which has no token.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local.service import Cors
from shared.domain.answers import Problem, problem
from shared.domain.errors import NotSignedIn
from shared.runtime.api.caller import OPERATOR_SCOPE

#: The name under which the stage's own token acts.
LOCAL = "local"
SCHEME = "bearer "


@dataclass(frozen=True)
class Response:
    """What the client gets."""

    status: int
    headers: dict[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()

    def json(self) -> Any:
        """The body as JSON; None when it is empty."""
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True)
class _Holder:
    """Whose a token is."""

    name: str
    operator: bool
    token: bytes = field(repr=False)


class Access:
    """The tokens of one stage. ``token`` is its operator's; ``address`` (host:port) is where it is served."""

    def __init__(self, cors: Cors | None, token: str | None = None) -> None:
        self.address: str | None = None
        self.token = token or secrets.token_urlsafe(24)
        self._cors = cors
        self._holders = [_Holder(LOCAL, True, self.token.encode())]

    def token_for(self, name: str, operator: bool = False) -> str:
        """A token with which ``name`` calls."""
        token = secrets.token_urlsafe(24)
        self._holders.append(_Holder(name, operator, token.encode()))
        return token

    def refusal(self, headers: Mapping[str, str]) -> Response | None:
        """The answer to a request that comes by a foreign name or from a foreign page; None lets it in."""
        if "host" in headers and not self._is_own_host(headers["host"].lower()):
            return _refused(
                "ForeignHost",
                "This is not a name of the local stage",
                "It answers to 127.0.0.1 and localhost with its own port alone, so that no other name can be made to "
                "point here.",
                "Ask it at the address that `onair up` prints.",
            )
        origin = headers.get("origin")
        if origin is not None and not self._is_own(origin) and not self._is_configured(origin):
            return _refused(
                "ForeignOrigin",
                "This web page may not call the API",
                "The request comes from a page of another origin.",
                "Set ONAIR_ALLOWED_ORIGINS to the page's origin (comma-separated if there are several) and start the "
                "stage again.",
            )
        return None

    def preflight(self, method: str, headers: Mapping[str, str]) -> Response | None:
        """The answer to a browser's question whether a page may call; None if this is not one, or CORS is not set."""
        asked = "origin" in headers and "access-control-request-method" in headers
        if method != "OPTIONS" or self._cors is None or not asked:
            return None
        allowed = self.cors_headers(headers)
        if allowed:
            allowed["access-control-allow-methods"] = ",".join(self._cors.methods)
            allowed["access-control-allow-headers"] = ",".join(self._cors.headers)
            if self._cors.max_age is not None:
                allowed["access-control-max-age"] = str(self._cors.max_age)
        return Response(204, allowed, b"")

    def cors_headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """What API Gateway adds to an answer for a page of a configured origin; nothing for others."""
        origin = headers.get("origin")
        if self._cors is None or origin is None or not self._is_configured(origin):
            return {}
        added = {"access-control-allow-origin": "*" if "*" in self._cors.origins else origin}
        if self._cors.exposed:
            added["access-control-expose-headers"] = ",".join(self._cors.exposed)
        return added

    def authorizer(self, headers: Mapping[str, str]) -> dict[str, Any] | None:
        """Who the request's token says is calling, as a JWT authorizer hands it to a function; None: nobody."""
        given = headers.get("authorization", "")
        token = given[len(SCHEME) :].strip() if given.lower().startswith(SCHEME) else ""
        sent, found = token.encode("utf-8", "replace"), None
        for holder in self._holders:  # all of them, each in constant time: how long it takes tells nothing
            if hmac.compare_digest(holder.token, sent):
                found = holder
        if found is None:
            return None
        scopes = [OPERATOR_SCOPE] if found.operator else []
        return {"jwt": {"claims": {"sub": found.name, "scope": " ".join(scopes)}, "scopes": scopes}}

    def not_signed_in(self, headers: Mapping[str, str]) -> Response:
        """The answer to a request that needs a token and has none, or a wrong one."""
        came = "with a wrong token" if headers.get("authorization") else "without a token"
        error = NotSignedIn(f"the request came {came}; the local stage takes the one that it printed at its start")
        answer = _document(problem(error))
        return Response(answer.status, {**answer.headers, "www-authenticate": "Bearer"}, answer.body)

    def _is_own_host(self, host: str) -> bool:
        """Also BUCKET.localhost, as S3 clients write: names below localhost are always this machine's (RFC 6761)."""
        port = (self.address or "").rpartition(":")[2]
        own = {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
        return host in own or host.endswith(f".localhost:{port}")

    def _is_own(self, origin: str) -> bool:
        scheme, _, host = origin.lower().partition("://")
        return scheme == "http" and self._is_own_host(host)

    def _is_configured(self, origin: str) -> bool:
        return self._cors is not None and ("*" in self._cors.origins or origin in self._cors.origins)


def _refused(name: str, title: str, detail: str, remedy: str) -> Response:
    return _document(Problem(type="about:blank", title=title, status=403, detail=detail, name=name, remedy=remedy))


def _document(document: Problem) -> Response:
    return Response(document.status, {"content-type": "application/problem+json"}, document.model_dump_json().encode())
