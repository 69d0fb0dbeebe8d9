"""OnAir's HTTP API from Python: one method a call, documents in and out. Every command goes through it."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

Document = dict[str, Any]


class ProblemError(Exception):
    """The API answered with an error. ``document`` is its RFC 9457 problem document."""

    def __init__(self, document: Document) -> None:
        super().__init__(str(document.get("detail") or document.get("title") or "the API refused"))
        self.document = document


class UnreachableError(ProblemError):
    """No API answered at that address, so nothing is known about whether the request took effect."""

    def __init__(self, url: str, why: str) -> None:
        super().__init__(
            {
                "type": "about:blank",
                "title": "Can't reach the OnAir API",
                "name": "Unreachable",
                "detail": f"Nothing answers at {url}: {why}.",
                "remedy": "Is the stage running? Start one with `onair up`, or say where the API is "
                "with --url or ONAIR_URL.",
            }
        )


class Client:
    """The API at ``url``. Raises ProblemError for whatever it refuses, UnreachableError if it isn't there."""

    def __init__(self, url: str, timeout: float = 30.0) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r} is no address of an API: it starts with http:// or https://")
        self.url = url.rstrip("/")
        self._timeout = timeout
        # A proxy has no way to this machine's own loopback.
        local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        proxies = urllib.request.ProxyHandler({} if local else None)
        self._opener = urllib.request.build_opener(proxies)

    def create_session(self, spec: Document, idempotency_key: str | None = None) -> Document:
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._call("POST", "/sessions", spec, headers)

    def list_sessions(self, status: str | None = None, limit: int | None = None, cursor: str | None = None) -> Document:
        """One page: ``sessions`` without their resources, and ``next_cursor``, null on the last page."""
        asked = {"status": status, "limit": limit, "cursor": cursor}
        query = urllib.parse.urlencode({name: value for name, value in asked.items() if value is not None})
        return self._call("GET", f"/sessions?{query}" if query else "/sessions")

    def get_session(self, session_id: str) -> Document:
        return self._call("GET", f"/sessions/{urllib.parse.quote(session_id, safe='')}")

    def end_session(self, session_id: str) -> Document:
        return self._call("DELETE", f"/sessions/{urllib.parse.quote(session_id, safe='')}")

    def _call(
        self, method: str, path: str, body: Document | None = None, headers: dict[str, str] | None = None
    ) -> Document:
        sent = {"Accept": "application/json", **(headers or {})}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        request = urllib.request.Request(self.url + path, data=data, headers=sent, method=method)
        try:
            with self._opener.open(request, timeout=self._timeout) as response:
                return self._document(response.status, response.read())
        except urllib.error.HTTPError as answer:
            with answer:
                raise ProblemError(_problem(answer.code, answer.reason, answer.read())) from None
        except urllib.error.URLError as trouble:
            raise UnreachableError(self.url, _plainly(trouble.reason)) from None
        except (OSError, http.client.HTTPException) as trouble:
            raise UnreachableError(self.url, _plainly(trouble)) from None

    def _document(self, status: int, raw: bytes) -> Document:
        try:
            document = json.loads(raw)
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise ProblemError(_problem(status, "this is not OnAir's API", raw))
        return document


def _problem(status: int, reason: str, raw: bytes) -> Document:
    """The problem document of an answer; one of our own if whoever answered (a gateway, say) sent none."""
    try:
        document = json.loads(raw)
    except ValueError:
        document = None
    if isinstance(document, dict) and ("title" in document or "detail" in document):
        return {"status": status, **document}
    said = document.get("message") if isinstance(document, dict) else None
    return {
        "type": "about:blank",
        "title": f"The API answered {status} {reason}".rstrip(),
        "status": status,
        "detail": said or "It came without an explanation.",
    }


def _plainly(trouble: object) -> str:
    if isinstance(trouble, ConnectionRefusedError):
        return "connection refused"
    if isinstance(trouble, TimeoutError):
        return "no answer in time"
    if isinstance(trouble, OSError) and trouble.strerror:
        return trouble.strerror.lower()
    return str(trouble) or type(trouble).__name__
