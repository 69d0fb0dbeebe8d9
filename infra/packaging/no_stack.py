"""A CloudFormation that has no stack, for as long as osls packages. Used by ``serverless``.

osls asks for the deployed stack's outputs to see whether a layer has changed, even when it only packages
(serverless/serverless#8187). The answer that a stage's first deployment gets needs no account.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWER = b"""<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type>\
<Code>ValidationError</Code><Message>Stack does not exist</Message></Error></ErrorResponse>"""


@contextmanager
def no_stack() -> Iterator[str]:
    """The URL at which every call is answered with "Stack does not exist"."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class _Answers(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(400)
        self.send_header("content-type", "text/xml")
        self.send_header("content-length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: osls tells what went wrong."""
