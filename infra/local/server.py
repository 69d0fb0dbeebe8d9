"""The stage over real HTTP, for clients outside this process: the ``aws`` command, the CLI, a browser.

werkzeug's threaded server on 127.0.0.1, quiet, without Nagle's delay (which with delayed ACKs costs 40 ms a request).
Each request counts as running on the clock while it is served.
"""

from __future__ import annotations

import json
import socket
import threading
import traceback
from collections.abc import Callable
from typing import Any

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


def guarded(app: Wsgi, access: Access) -> Wsgi:
    """The application for requests by its own name and from its own pages only: SDKs send no Origin, and a web page has
    no business at an AWS endpoint that holds stream keys and asks for no signature."""

    def guard(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        headers = {"host": environ.get("HTTP_HOST", "")}
        if "HTTP_ORIGIN" in environ:
            headers["origin"] = environ["HTTP_ORIGIN"]
        refusal = access.refusal(headers)
        if refusal is None:
            return app(environ, start_response)
        pairs = [*refusal.headers.items(), ("content-length", str(len(refusal.body)))]
        start_response(f"{refusal.status} Forbidden", pairs)
        return [refusal.body]

    return guard


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
