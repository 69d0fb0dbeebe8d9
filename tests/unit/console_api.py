"""A small HTTP API that answers like OnAir's, for the tests of the command line. A session moves by a script: each time
it is read it is the next of its documents, and stays the last; so do its recordings."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Document = dict[str, Any]

REJECTED: Document = {
    "name": "RejectedByService",
    "title": "AWS refused the request",
    "cause": "MediaLive: StreamName is not valid",
    "remedy": "Correct what the cause names and create the session again.",
    "runbook": "docs/runbooks/RejectedByService.md",
}


def session(status: str, second: int = 0, **other: Any) -> Document:
    """A session of one destination, ``second`` seconds after it was asked for."""
    at = f"2026-01-01T00:00:{second:02d}Z"
    timeline = [{"status": "creating", "at": "2026-01-01T00:00:00Z"}]
    if status != "creating":
        timeline.append({"status": status, "at": at})
    document: Document = {
        "session_id": "s-1",
        "name": "Friday [night] show",
        "owner": "studio-1",
        "status": status,
        "desired_status": "live",
        "ended_reason": None,
        "error": None,
        "source": {"type": "flow", "flow_arn": "arn:aws:mediaconnect:eu-west-1:111122223333:flow:1-a:show"},
        "destinations": [destination("idle")],
        "resources": [],
        "operation": {"number": 1, "kind": "provision", "execution_arn": "arn:aws:states:::execution:one"},
        "timeline": timeline,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": at,
        "live_at": None,
        "ended_at": None,
    }
    return document | other


def host_session(status: str, second: int = 0, **other: Any) -> Document:
    """A session with a host, as the API shows it to whoever may see it."""
    more: Document = {
        "source": {"type": "rtmp", "open_to_anyone": False, "allowed_cidrs": ["203.0.113.7/32"]},
        "desired_status": "live" if status == "live" else "idle",
        "provisioned": True,
        "allowed": ["streaming/start", "recording/start", "end"],
        "warnings": [],
        "spent": "0.41",
        "lease_expires_at": "2026-01-01T12:00:00Z",
        "limits": {"max_continuous_duration": 43200, "idle_timeout": 1800, "budget": None},
        "ingest_endpoints": [{"url": "rtmp://198.51.100.9:1935/…", "stream_name": None}],
        "playback_urls": ["https://example.playback.live-video.net/show.m3u8"],
        "recording": None,
        "recorder": None,
    }
    return session(status, second, **(more | other))


APPLICATION, INSTANCE = "example-application-not-real", "example-instance-not-real"


def recording(status: str, **other: Any) -> Document:
    """The first recording of a session: begun after a minute, ended after two."""
    times = {"requested_at": "2026-01-01T00:01:00Z"}
    if status != "starting":
        times["started_at"] = "2026-01-01T00:01:00Z"
    if status not in {"starting", "recording"}:
        times["ended_at"] = "2026-01-01T00:02:00Z"
    document: Document = {
        "recording_id": "r001",
        "status": status,
        "requested_at": None,
        "started_at": None,
        "ended_at": None,
        "starts_at": None,
        "ends_at": None,
        "duration": None,
        "segments": None,
        "missing_segments": None,
        "size": None,
        "gaps": [],
        "playlist": None,
        "error": None,
    }
    if status == "ready":
        document |= {"duration": 60.5, "segments": 30, "missing_segments": 0, "size": 16_400_000}
        document |= {"playlist": "s3://onair-dev/recordings/s-1/r001/playlist.m3u8"}
    return document | times | other


def destination(status: str, error: Document | None = None) -> Document:
    return {
        "destination_id": "restream",
        "platform": "custom",
        "url": "rtmp://live.restream.io/live",
        "stream_key_hint": "…real",
        "profile": "1080p30",
        "channel_class": "SINGLE_PIPELINE",
        "status": status,
        "error": error,
    }


def channel(state: str, observed: str | None, second: int) -> Document:
    return {
        "key": "restream/channel",
        "kind": "channel",
        "destination_id": "restream",
        "name": "onair-dev-s-1-restream",
        "id": "1234567",
        "arn": None,
        "state": state,
        "observed": observed,
        "updated_at": f"2026-01-01T00:00:{second:02d}Z",
    }


def problem(status: int, name: str, **other: Any) -> Document:
    return {"type": f"https://onair.example/problems/{name}", "title": name, "status": status, "name": name} | other


class FakeApi:
    """What the API will say, and what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.script: list[Document] = []
        self.pages: list[Document] = []
        self.recordings: list[Document] = []
        self.cost: Document = {}
        self.endpoints = [{"url": f"rtmp://198.51.100.9:1935/{APPLICATION}", "stream_name": INSTANCE}]
        self.refusal: Document | None = None
        self.raw: tuple[int, bytes] | None = None
        self.location: str | None = None
        self.asked: list[tuple[str, str, dict[str, str], Any]] = []
        self.bodies: list[bytes] = []

    def answer(self, method: str, target: str, headers: dict[str, str], body: Any) -> tuple[int, bytes]:
        self.asked.append((method, target, headers, body))
        if self.raw:
            return self.raw
        if self.refusal:
            return int(self.refusal["status"]), json.dumps(self.refusal).encode()
        parts = urlsplit(target)
        if method == "GET" and parts.path == "/sessions":
            cursor = parse_qs(parts.query).get("cursor", ["0"])[0]
            return 200, json.dumps(self.pages[int(cursor)]).encode()
        below = parts.path.split("/")[3:]
        if below == ["cost"]:
            return 200, json.dumps(self.cost).encode()
        if below == ["ingest-endpoints"]:
            return 200, json.dumps({"ingest_endpoints": self.endpoints}).encode()
        if below == ["events"]:
            cursor = parse_qs(parts.query).get("cursor", ["0"])[0]
            return 200, json.dumps(self.pages[int(cursor)]).encode()
        script = self.recordings if below and below[0].startswith("recording") else self.script
        document = script.pop(0) if len(script) > 1 else script[0]
        if below == ["recordings"]:
            document = {"recordings": [document]}
        return (200 if method == "GET" else 202), json.dumps(document).encode()


@contextmanager
def serving() -> Iterator[FakeApi]:
    api = FakeApi()

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            api.bodies.append(raw)
            status, answer = api.answer(self.command, self.path, headers, json.loads(raw) if raw else None)
            self.send_response(status)
            if api.location:
                self.send_header("Location", api.location)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PATCH = do_DELETE = respond

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        api.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
