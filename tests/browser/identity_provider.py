"""An identity provider on loopback: OpenID Connect's code flow with PKCE, as far as a public client has to do with it.

It signs everybody in at once, and gives a token only for a code that it gave and to whoever holds the verifier behind
its challenge (RFC 7636 §4.6).
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, urlencode

Start = Callable[[str, list[tuple[str, str]]], Any]


class IdentityProvider:
    """A WSGI application. ``token`` is what it gives; ``issuer`` its own address, told once it is served."""

    def __init__(self, client_id: str, token: str) -> None:
        self.client_id, self.token = client_id, token
        self.issuer = ""
        self.refuses = False
        self._challenges: dict[str, str] = {}

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        query = _first(environ["QUERY_STRING"])
        form = _first(environ["wsgi.input"].read(length).decode()) if length else {}
        match environ["PATH_INFO"]:
            case "/.well-known/openid-configuration":
                ends = {"authorization_endpoint": f"{self.issuer}/authorize", "token_endpoint": f"{self.issuer}/token"}
                return _answer(start, "200 OK", ends)
            case "/authorize":
                return self._authorize(query, start)
            case "/token":
                return self._redeem(form, start)
        return _answer(start, "404 Not Found", {})

    def _authorize(self, query: dict[str, str], start: Start) -> Iterable[bytes]:
        known = query["client_id"] == self.client_id and query["code_challenge_method"] == "S256"
        answer = {"state": query["state"]}
        if self.refuses or not known:
            answer |= {"error": "access_denied", "error_description": "Not on the guest list"}
        else:
            answer["code"] = secrets.token_urlsafe(8)
            self._challenges[answer["code"]] = query["code_challenge"]
        start("302 Found", [("location", f"{query['redirect_uri']}?{urlencode(answer)}"), ("content-length", "0")])
        return [b""]

    def _redeem(self, form: dict[str, str], start: Start) -> Iterable[bytes]:
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if self._challenges.pop(form["code"], None) != challenge:
            return _answer(start, "400 Bad Request", {"error": "invalid_grant"})
        return _answer(start, "200 OK", {"access_token": self.token, "token_type": "Bearer", "expires_in": 3600})


def _answer(start: Start, status: str, document: dict[str, Any]) -> Iterable[bytes]:
    body = json.dumps(document).encode()
    headers = [("content-type", "application/json"), ("content-length", str(len(body)))]
    start(status, [*headers, ("access-control-allow-origin", "*")])
    return [body]


def _first(text: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(text).items()}
