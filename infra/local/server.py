"""The stage over real HTTP, for clients outside this process: the ``aws`` command, the CLI, a browser.

werkzeug's threaded server on 127.0.0.1, quiet, without Nagle's delay (which with delayed ACKs costs 40 ms a request).
Each request counts as running on the clock while it is served.
"""

from __future__ import annotations

import json
import socket
import threading
import traceback
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import parse_qs

from werkzeug.serving import BaseWSGIServer, ThreadedWSGIServer, WSGIRequestHandler

from infra.local.access import Access
from infra.local.clock import Clock
from infra.local.endpoint import Broken

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Any]


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def make_environ(self) -> dict[str, Any]:
        environ = super().make_environ()
        environ["RAW_PATH"] = self.path.partition("?")[0]
        return environ

    def run_wsgi(self) -> None:
        try:
            super().run_wsgi()
        except Broken:
            # The client is to see a closed connection, not a 500.
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Nothing: the stage has its own log."""


def guarded(app: Wsgi, access: Access, pages: Access, readable: Collection[str]) -> Wsgi:
    """The application for requests by its own name and from its own pages only: SDKs send no Origin, and a web page has
    no business at an AWS endpoint that holds stream keys and checks no signature.

    A browser says no Origin of what it only shows (an image, a script, a link that is followed), but that it is another
    site's.

    But for one thing: the pages that may call the API, which ``pages`` knows, read objects of the buckets ``readable``
    by signed links, as S3 lets them.
    """

    def guard(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        headers = {"host": environ.get("HTTP_HOST", "")}
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and (pages.refusal({"origin": origin}) or not _follows_a_link(environ, readable)):
            headers["origin"] = origin
        elif origin is None and environ.get("HTTP_SEC_FETCH_SITE") == "cross-site":
            headers["origin"] = "null"  # what a browser says where it does not say whose it is
        refusal = access.refusal(headers)
        if refusal is None:
            return app(environ, start_response)
        pairs = [*refusal.headers.items(), ("content-length", str(len(refusal.body)))]
        start_response(f"{refusal.status} Forbidden", pairs)
        return [refusal.body]

    return guard


def _follows_a_link(environ: dict[str, Any], readable: Collection[str]) -> bool:
    """Whether a request reads one object, or asks whether it may, by an address that is signed for S3 (S3 API
    reference, "Authenticating requests: using query parameters")."""
    bucket, _, key = environ.get("RAW_PATH", "").removeprefix("/").partition("/")
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    signed = query.keys() >= {"X-Amz-Signature", "X-Amz-Credential"}
    if not key or bucket not in readable or not signed or any(not name.startswith("X-Amz-") for name in query):
        return False
    method = environ["REQUEST_METHOD"]
    if method == "OPTIONS":
        method = environ.get("HTTP_ACCESS_CONTROL_REQUEST_METHOD", "")
    return method in {"GET", "HEAD"} and query["X-Amz-Credential"][0].endswith("/s3/aws4_request")


class Server:
    """One port of the stage. ``port`` 0: any free one."""

    def __init__(self, app: Wsgi, clock: Clock, port: int = 0) -> None:
        def participating(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            with clock.participating():
                try:
                    return [b"".join(app(environ, start_response))]
                except Broken:
                    raise
                except Exception as problem:
                    traceback.print_exc()
                    body = json.dumps({"message": f"the local stage failed: {type(problem).__name__}"}).encode()
                    pairs = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
                    start_response("500 Internal Server Error", pairs)
                    return [body]

        self._server: BaseWSGIServer = ThreadedWSGIServer("127.0.0.1", port, participating, _Handler)
        # The server would otherwise turn Broken into a 500 of its own.
        self._server.passthrough_errors = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="http", daemon=True
        )
        self._thread.start()

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
