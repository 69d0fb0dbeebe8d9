"""OnAir's HTTP API from Python: one method a call, documents in and out. Every command goes through it."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from typing import Any

Document = dict[str, Any]

Signing = Callable[[str, str, bytes | None, dict[str, str]], dict[str, str]]
"""From a request's method, address, body and headers to the headers that say who asks: see ``credentials``."""

LOOPBACK = {"localhost", "127.0.0.1", "::1"}


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


def is_local(url: str) -> bool:
    """Whether the API is on this machine."""
    return urllib.parse.urlsplit(url).hostname in LOOPBACK


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """The API redirects nobody; to follow would take the credentials along."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Client:
    """The API at ``url``, asked as whoever ``signing`` says. Raises ProblemError for whatever it refuses,
    UnreachableError if it isn't there."""

    def __init__(self, url: str, signing: Signing | None = None, timeout: float = 30.0) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(f"{url!r} is no address of an API: it starts with http:// or https://")
        self.url = url.rstrip("/")
        self._signing = signing
        self._timeout = timeout
        # A proxy has no way to this machine's own loopback.
        proxies = urllib.request.ProxyHandler({} if is_local(url) else None)
        self._opener = urllib.request.build_opener(proxies, _NoRedirects)

    def create_session(self, spec: Document, idempotency_key: str | None = None) -> Document:
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._call("POST", "/sessions", spec, headers)

    def list_sessions(self, status: str | None = None, limit: int | None = None, cursor: str | None = None) -> Document:
        """One page: ``sessions`` without their resources, and ``next_cursor``, null on the last page."""
        return self._call("GET", "/sessions" + _query(status=status, limit=limit, cursor=cursor))

    def get_session(self, session_id: str) -> Document:
        return self._call("GET", _of(session_id))

    def get_ingest_endpoints(self, session_id: str) -> Document:
        """``ingest_endpoints``: where the host's encoder pushes to, whole. Only the session's owner is told."""
        return self._call("GET", _of(session_id, "ingest-endpoints"))

    def change_limits(self, session_id: str, changes: Document) -> Document:
        """Only what is named changes: seconds, or a budget; null takes a limit away."""
        return self._call("PATCH", _of(session_id), changes)

    def end_session(self, session_id: str) -> Document:
        return self._call("DELETE", _of(session_id))

    def provision(self, session_id: str) -> Document:
        return self._call("POST", _of(session_id, "medialive"))

    def start_streaming(self, session_id: str, on_recording: str = "refuse") -> Document:
        return self._call("POST", _of(session_id, "streaming", "start"), {"on_recording": on_recording})

    def stop_streaming(self, session_id: str, on_recording: str = "refuse") -> Document:
        return self._call("POST", _of(session_id, "streaming", "stop"), {"on_recording": on_recording})

    def start_recording(self, session_id: str) -> Document:
        """The recording that begins, or the one that goes on already."""
        return self._call("POST", _of(session_id, "recording", "start"))

    def stop_recording(self, session_id: str) -> Document:
        """The recording that ends, or the last one if none goes on."""
        return self._call("POST", _of(session_id, "recording", "stop"))

    def list_recordings(self, session_id: str) -> Document:
        """``recordings``, oldest first."""
        return self._call("GET", _of(session_id, "recordings"))

    def get_recording(self, session_id: str, recording_id: str) -> Document:
        return self._call("GET", _of(session_id, "recordings", recording_id))

    def get_cost(self, session_id: str) -> Document:
        return self._call("GET", _of(session_id, "cost"))

    def list_events(self, session_id: str, limit: int | None = None, cursor: str | None = None) -> Document:
        """One page: ``events``, oldest first, and ``next_cursor``, null on the last page."""
        return self._call("GET", _of(session_id, "events") + _query(limit=limit, cursor=cursor))

    def list_orphans(self) -> Document:
        """``orphans``: what no living session owns, ours first."""
        return self._call("GET", "/orphans")

    def start_sweep(self, dry_run: bool, ids: list[str]) -> Document:
        """The sweep, which goes on by itself."""
        return self._call("POST", "/sweeps", {"dry_run": dry_run, "ids": ids})

    def get_sweep(self, sweep_id: str) -> Document:
        return self._call("GET", f"/sweeps/{urllib.parse.quote(sweep_id, safe='')}")

    def get(self, path: str) -> Document:
        """What is at a path, for who looks at the API itself (``doctor``)."""
        return self._call("GET", path)

    def _call(
        self, method: str, path: str, body: Document | None = None, headers: dict[str, str] | None = None
    ) -> Document:
        sent = {"Accept": "application/json", **(headers or {})}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        if self._signing is not None:
            sent |= self._signing(method, self.url + path, data, sent)
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


def _of(session_id: str, *below: str) -> str:
    """The path of a session, or of what is below it."""
    return "/".join(["/sessions", *(urllib.parse.quote(part, safe="") for part in (session_id, *below))])


def _query(**asked: object) -> str:
    given = {name: value for name, value in asked.items() if value is not None}
    return f"?{urllib.parse.urlencode(given)}" if given else ""


def _problem(status: int, reason: str, raw: bytes) -> Document:
    """The problem document of an answer; one of our own if whoever answered (a gateway, say) sent none."""
    try:
        document = json.loads(raw)
    except ValueError:
        document = None
    if isinstance(document, dict) and ("title" in document or "detail" in document):
        return {"status": status, **document}
    said = document.get("message") if isinstance(document, dict) else None
    problem = {
        "type": "about:blank",
        "title": f"The API answered {status} {reason}".rstrip(),
        "status": status,
        "detail": said or "It came without an explanation.",
    }
    if status in (401, 403):  # API Gateway's own, before OnAir is asked
        problem["remedy"] = (
            "It does not take these credentials: check --profile (AWS_PROFILE) or --token (ONAIR_TOKEN), and see "
            "docs/runbooks/NotSignedIn.md."
        )
    return problem


def _plainly(trouble: object) -> str:
    if isinstance(trouble, ConnectionRefusedError):
        return "connection refused"
    if isinstance(trouble, TimeoutError):
        return "no answer in time"
    if isinstance(trouble, OSError) and trouble.strerror:
        return trouble.strerror.lower()
    return str(trouble) or type(trouble).__name__
