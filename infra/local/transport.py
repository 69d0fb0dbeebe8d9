"""How calls of botocore and boto3 in this process reach the stage: in the caller's own thread, without a socket.

Handlers make plain clients and see nothing but AWS_ENDPOINT_URL. Requests to the address of a stage (of
this one or of an earlier one: clients are cached across stages) go straight to the endpoint; all others go their usual
way. An invocation that was killed or has timed out is refused here, by a BaseException that ends its thread.
botocore's own back-off and its waiters sleep on the stage's clock.
"""

from __future__ import annotations

import io
import threading
import time as wall
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import botocore.endpoint
import botocore.retries.bucket
import botocore.session
import botocore.waiter
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from infra.local.endpoint import Broken

if TYPE_CHECKING:
    from infra.local.clock import Clock

_send_over_http = botocore.endpoint.Endpoint._send
_make_client = botocore.session.Session.create_client
_making = threading.RLock()


class Transport:
    """The process's one way into the stage that is up now; ``stage`` binds and unbinds it."""

    def __init__(self) -> None:
        self.app: Callable[..., Any] | None = None
        self.clock: Clock | None = None
        self.refuse_the_dead: Callable[[], None] = lambda: None
        self.addresses: set[str] = set()

    def bind(self, app: Callable[..., Any], clock: Clock, address: str, refuse_the_dead: Callable[[], None]) -> None:
        """From now on calls to ``address`` (host:port) and to every earlier stage's address go to ``app``."""
        self.app, self.clock, self.refuse_the_dead = app, clock, refuse_the_dead
        self.addresses.add(address)

    def unbind(self) -> None:
        """No stage is up: calls to its address fail as refused connections do."""
        self.app = None
        self.clock = None
        self.refuse_the_dead = lambda: None

    def send(self, endpoint: Any, request: AWSPreparedRequest) -> AWSResponse:
        """botocore.endpoint.Endpoint._send for every client of this process."""
        if urlsplit(request.url).netloc not in self.addresses:
            return _send_over_http(endpoint, request)
        self.refuse_the_dead()
        if self.app is None:
            raise EndpointConnectionError(endpoint_url=request.url, error="no stage is up")
        try:
            answer = _call(self.app, request)
        except Broken as broken:
            self.refuse_the_dead()
            if broken.late:
                raise ReadTimeoutError(endpoint_url=request.url, error="scripted fault") from None
            raise ConnectionClosedError(endpoint_url=request.url, error="scripted fault") from None
        self.refuse_the_dead()
        return answer

    def sleep(self, seconds: float) -> None:
        """time.sleep for botocore's back-off and waiters."""
        self.refuse_the_dead()
        if self.clock is None:
            wall.sleep(seconds)
        else:
            self.clock.sleep(seconds)
        self.refuse_the_dead()


class _Raw(io.BytesIO):
    """The part of urllib3's response that botocore uses."""

    def stream(self, amt: int = 65536, decode_content: bool | None = None) -> Any:
        while chunk := self.read(amt):
            yield chunk


class _SleepOnTheClock:
    """Stands for the ``time`` module in botocore's modules that wait."""

    def __getattr__(self, name: str) -> Any:
        return TRANSPORT.sleep if name == "sleep" else getattr(wall, name)


TRANSPORT = Transport()


def install() -> None:
    """Put the transport under every botocore client of this process. Harmless to repeat."""
    botocore.endpoint.Endpoint._send = lambda endpoint, request: TRANSPORT.send(endpoint, request)
    for module in (botocore.endpoint, botocore.retries.bucket, botocore.waiter):
        vars(module)["time"] = _SleepOnTheClock()

    # Sessions are not made for threads (boto3: "Session objects are not thread safe"; its are botocore's); on Lambda
    # each function has a process of its own, here they share one.
    def one_at_a_time(session: Any, *args: Any, **kwargs: Any) -> Any:
        with _making:
            return _make_client(session, *args, **kwargs)

    botocore.session.Session.create_client = one_at_a_time


def _call(app: Callable[..., Any], request: AWSPreparedRequest) -> AWSResponse:
    environ = _environ(request)
    begun: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], None]:
        begun[:] = [int(status.split(" ", 1)[0]), headers]
        return lambda data: None

    body = b"".join(app(environ, start_response))
    status, headers = begun
    return AWSResponse(request.url, status, _Headers(headers), _Raw(b"" if request.method == "HEAD" else body))


class _Headers(dict[str, str]):
    """Case-insensitive, as botocore's parsers expect of urllib3's headers."""

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__((name.lower(), value) for name, value in pairs)

    def __getitem__(self, name: str) -> str:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)


def _environ(request: AWSPreparedRequest) -> dict[str, Any]:
    url = urlsplit(request.url)
    body = request.body
    if body is None:
        body = b""
    elif isinstance(body, str):
        body = body.encode()
    elif not isinstance(body, bytes | bytearray):
        body = body.read()
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        # WSGI's strings are bytes in latin-1 (PEP 3333).
        "PATH_INFO": unquote(url.path or "/").encode("utf-8").decode("latin-1"),
        "RAW_PATH": url.path or "/",
        "RAW_URI": (url.path or "/") + (f"?{url.query}" if url.query else ""),
        "REQUEST_URI": (url.path or "/") + (f"?{url.query}" if url.query else ""),
        "QUERY_STRING": url.query,
        "SERVER_NAME": url.hostname or "",
        "SERVER_PORT": str(url.port or 80),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": url.netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": url.scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        text = value.decode("latin-1") if isinstance(value, bytes) else str(value)
        key = name.upper().replace("-", "_")
        environ[key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"] = text
    environ["CONTENT_LENGTH"] = str(len(body))
    return environ
