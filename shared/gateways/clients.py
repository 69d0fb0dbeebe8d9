"""The SDK's clients, made once and shared by a function's invocations. They are botocore's: what boto3 has beside them
is not needed, and would be imported in every cold start.

The media services get one attempt a call: the state machine retries, with jitter and in the history, and a retry inside
the SDK would repeat a create whose answer was lost before anybody could look (facts §5). Time-outs are chosen so that
SDK time-out × attempts < Lambda time-out (15 s) < Task time-out (25 s): nothing is still working when a state gives up.
What lists for longer changes nothing, and stops by itself (docs/decisions/0025).
"""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from threading import Lock
from typing import Any

from botocore.config import Config
from botocore.session import Session

_ONE_ATTEMPT = Config(
    connect_timeout=3, read_timeout=8, retries={"mode": "standard", "total_max_attempts": 1}, max_pool_connections=10
)
_THREE_ATTEMPTS = Config(
    connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3}, max_pool_connections=10
)
#: What can be done without holds nobody up.
_SHORT = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 1})
#: For links, which botocore left to itself signs with SigV2 in the older regions, and for S3's global address, which
#: is another origin than the region's, and leads on to it: a page may not follow there.
_S3 = _THREE_ATTEMPTS.merge(
    Config(signature_version="s3v4", s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"})
)
_CONFIGS = {
    "medialive": _ONE_ATTEMPT,
    "mediaconnect": _ONE_ATTEMPT,
    "ivs": _ONE_ATTEMPT,
    "service-quotas": _SHORT,
    "s3": _S3,
}

#: After this nothing that a dead function had sent can still arrive: a step's time-out (15 s) and its longest call
#: (11 s), a request's time-out (20 s), and a margin for lists that lag.
IN_FLIGHT = timedelta(seconds=30)

_making = Lock()


def client(service: str) -> Any:
    """The client of a service. Untyped on purpose: what goes in and out is typed by the gateway around it."""
    with _making:
        return _client(service)


def region() -> str:
    """Where this deployment is: what the environment tells the SDK."""
    return str(client("dynamodb").meta.region_name)


def forget_clients(session: Session | None = None) -> None:
    """Make new clients from now on, for whoever changes where AWS is, or as whom it is asked: by ``session``, or by one
    of the environment's."""
    _given[:] = [session] if session is not None else []
    _client.cache_clear()
    _session.cache_clear()


_given: list[Session] = []


@cache
def _client(service: str) -> Any:
    return _session().create_client(service, config=_CONFIGS.get(service, _THREE_ATTEMPTS))


@cache
def _session() -> Any:
    """One for all clients: what it has read of the SDK's data (endpoints, retries) is read once in a cold start."""
    return _given[0] if _given else Session()
