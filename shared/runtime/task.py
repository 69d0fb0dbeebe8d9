"""``@task``: a Lambda entry point from a function of one value to one value.

It parses and validates the state's input, binds the ids to log and trace, and lets only errors of the vocabulary leave:
their class names are what the state machine matches on. Whatever else is raised is a fault of ours and leaves as
``InternalError`` with its kind and place, but without its text, which may quote a secret.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel, ValidationError

from shared.domain.errors import InternalError, OnAirError
from shared.domain.model import Value
from shared.runtime.invocation import bind, invocation
from shared.runtime.log import logger, places

In = TypeVar("In", bound=Value)
Out = TypeVar("Out", bound=Value)

#: Every state tells which execution it belongs to, for log and trace alone: no step takes it.
EXECUTION = "execution"
#: What log lines and the trace are bound to, of a state's input.
_IDS = (EXECUTION, "session_id", "operation", "destination_id", "recording_id", "sweep_id")

Handler = Callable[[Mapping[str, Any], Any], dict[str, Any]]


class Done(Value):
    """The answer of a step that has nothing to say."""


def task(work: Callable[[In], Out]) -> Handler:
    """See the module. The state's input must be what ``work`` takes. What is told besides is left aside, for a machine
    may be newer than the function (docs/decisions/0023); that ours tell no more than is taken, a contract test holds.
    """
    parameter = next(iter(inspect.signature(work).parameters))
    takes: type[BaseModel] = get_type_hints(work)[parameter]
    name = work.__module__.rsplit(".", 1)[-1]

    @functools.wraps(work)
    def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
        with invocation(name, context):
            bind(**{key: value for key in _IDS if isinstance(value := event.get(key), str | int)})
            try:
                done = work(takes.model_validate(event, extra="ignore"))  # type: ignore[arg-type]
            except OnAirError as error:
                logger.warning("%s", error.name(), extra={"detail": error.detail})
                raise
            except ValidationError as error:
                raise _internal(name, error, ", ".join(str(fault["loc"]) for fault in error.errors())) from None
            except Exception as error:
                raise _internal(name, error, "") from None
            logger.info("done")
            return done.model_dump(mode="json")

    return handler


def _internal(name: str, error: Exception, where: str) -> InternalError:
    kind = type(error).__name__
    logger.error("fault", extra={"kind": kind, "at": places(error.__traceback__)})
    return InternalError(f"{name} failed with {kind} {where}".strip())
