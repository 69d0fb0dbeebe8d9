"""What every log line and every trace of an invocation says: which function it is, and what it works for.

``@task`` and ``@trigger`` are round every handler and open an ``invocation``; whoever learns an id later calls
``bind``. Ids and names are told, never payloads.

Traces go through Powertools' Tracer. It needs the X-Ray SDK, which takes time to import, so it is imported by an
invocation whose trace is kept and by no other: what Lambda says of that stands in the environment, anew for each
invocation (docs/decisions/0024). On the local stage nothing stands there, and nothing is done.

The Tracer's decorators and the SDK's context managers are not used: the first write down what a function answers unless
they are told not to, the second always the text of what was raised, which may quote a secret. Of an error its name is
told.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar

from shared.gateways.settings import trace_header
from shared.runtime.log import logger

Out = TypeVar("Out")


@contextmanager
def invocation(name: str, context: Any) -> Iterator[None]:
    """Round an invocation of the function in the file ``name``. Whatever leaves it is let through."""
    logger.thread_safe_clear_keys()
    traced = _is_traced()
    if traced:
        _tracer().provider.begin_subsegment(f"## {name}")
    try:
        bind(task=name, request_id=getattr(context, "aws_request_id", None))
        yield
    except Exception as error:
        if traced:
            _tracer().provider.get_trace_entity().add_fault_flag()
            _tracer().put_annotation("error", type(error).__name__)
        raise
    finally:
        if traced:
            _tracer().provider.end_subsegment()


def bind(**ids: str | int | None) -> None:
    """Have this invocation's log lines, from here on, and its trace tell these ids."""
    logger.thread_safe_append_keys(**ids)
    if _is_traced():
        for key, value in ids.items():
            if value is not None:
                _tracer().put_annotation(key, value)


def trigger(handle: Callable[[Any, Any], Out]) -> Callable[[Any, Any], Out]:
    """A Lambda entry point that something other than a state calls: an event, a request, a stream, a schedule."""
    name = handle.__module__.rsplit(".", 1)[-1]

    @functools.wraps(handle)
    def handler(event: Mapping[str, Any], context: Any) -> Out:
        with invocation(name, context):
            return handle(event, context)

    return handler


def _is_traced() -> bool:
    return "Sampled=1" in trace_header()


@cache
def _tracer() -> Any:
    from aws_lambda_powertools import Tracer

    return Tracer(service="onair", auto_patch=False)
