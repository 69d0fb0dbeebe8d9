"""From botocore's errors to the vocabulary, in one place, on ``Error.Code`` and never on text.

A service's message is kept, for it names the fault, after every secret of the request is struck out of it. botocore's
own validation messages print the values, so only the places are kept. ``from None`` everywhere: a chained exception
would bring its text into the log.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import quote, quote_plus

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ParamValidationError,
    ReadTimeoutError,
)

from shared.domain.errors import (
    NotPermitted,
    OutcomeUnknown,
    QuotaExceeded,
    RejectedByService,
    ServiceUnavailable,
    Throttled,
    WriteConflict,
)

_THROTTLED = frozenset(
    {
        "TooManyRequestsException",
        "ThrottlingException",
        "Throttling",
        "RequestLimitExceeded",
        "ProvisionedThroughputExceededException",
        "LimitExceededException",
        "SlowDown",
        "TooManyUpdates",
        "ExecutionLimitExceeded",
    }
)
_UNAVAILABLE = frozenset({"ServiceUnavailableException", "ServiceUnavailable", "InternalServerError"})
#: The service failed while it worked: what was asked for may have happened.
_UNKNOWN = frozenset(
    {"InternalServerErrorException", "BadGatewayException", "GatewayTimeoutException", "InternalFailure"}
)
_NOT_PERMITTED = frozenset(
    {"AccessDeniedException", "AccessDenied", "ForbiddenException", "UnauthorizedException", "NotAuthorized"}
)
_QUOTA = frozenset({"AddFlowOutputs420Exception", "CreateFlow420Exception", "ServiceQuotaExceededException"})


#: What stands for a secret.
HIDDEN = "•••"
#: A part of a secret that is shorter may be any word.
_TELLING = 8
#: So many letters of a secret in a row tell of it, wherever in it they are.
_PIECE = 10


class ConditionFailed(Exception):
    """A write's condition did not hold. ``which``: the places in a transaction whose condition failed."""

    def __init__(self, which: tuple[int, ...] = (0,)) -> None:
        super().__init__(f"condition failed at {which}")
        self.which = which


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def message_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Message", ""))


def strike_out(text: str, secrets: Sequence[str]) -> str:
    """``text`` without any of the secrets, in any form in which a service may quote them, the longest first, and
    without what it quotes of them in part or in capitals."""
    forms = {form for secret in secrets for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):
        text = text.replace(form, HIDDEN)
    return _without_pieces(text, secrets)


def _without_pieces(text: str, secrets: Sequence[str]) -> str:
    folded = [_folded(secret) for secret in secrets]
    pieces = {one[start : start + _PIECE] for one in folded for start in range(len(one) - _PIECE + 1)}
    quoted, searched, told, shown = _folded(text), 0, "", 0
    while searched <= len(text) - _PIECE:
        end = searched
        while quoted[end : end + _PIECE] in pieces:
            end += 1
        if end > searched:
            told += text[shown:searched] + HIDDEN
            shown = searched = end - 1 + _PIECE
        else:
            searched += 1
    return told + text[shown:]


def _folded(text: str) -> str:
    """In small letters, each in its place: some letters become two."""
    return "".join(letter.lower() if len(letter.lower()) == 1 else letter for letter in text)


def _forms(secret: str) -> set[str]:
    """A secret as it is, escaped for JSON or a URL, and its longer parts: a query's values, a key before its query,
    each half of an ingest name."""
    parts = {part for part in re.split(r"[?&=;/]", secret) if len(part) >= _TELLING}
    return {
        form
        for one in {secret, *parts}
        if one
        for form in (one, json.dumps(one)[1:-1], quote(one, safe=""), quote_plus(one))
    }


@contextmanager
def translated(doing: str, secrets: Sequence[str] = ()) -> Iterator[None]:
    """Turn whatever botocore raises inside into the vocabulary. ``doing`` is the call in words: "CreateInput of X"."""
    try:
        yield
    except ClientError as error:
        raise _from_client_error(error, doing, secrets) from None
    except ParamValidationError as error:
        places = ", ".join(sorted(set(re.findall(r"parameter (?:in )?([A-Za-z0-9_.\[\]]+)", str(error))))) or "?"
        missing = ", ".join(sorted(set(re.findall(r'Missing required parameter [^"]*"(\w+)"', str(error)))))
        what = f" ({missing} is missing)" if missing else ""
        raise RejectedByService(f"{doing}: the SDK refused the request{what} at {places}") from None
    except (EndpointConnectionError, ConnectTimeoutError):
        raise ServiceUnavailable(f"{doing}: no connection") from None
    except (ConnectionClosedError, ReadTimeoutError, HTTPClientError) as error:
        raise OutcomeUnknown(f"{doing}: the answer was lost ({type(error).__name__})") from None
    except BotoCoreError as error:
        raise ServiceUnavailable(f"{doing}: {type(error).__name__}") from None


def _from_client_error(error: ClientError, doing: str, secrets: Sequence[str]) -> Exception:
    code = code_of(error)
    if code == "ConditionalCheckFailedException":
        return ConditionFailed()
    if code == "TransactionCanceledException":
        return _from_cancelled_transaction(error, doing)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    said = f"{doing}: {code}: {strike_out(message_of(error), secrets)}"
    if code in _THROTTLED or status == 429:
        return Throttled(said)
    if code in _UNAVAILABLE or status == 503:
        return ServiceUnavailable(said)
    if code in _UNKNOWN or status >= 500:
        return OutcomeUnknown(said)
    if code in _NOT_PERMITTED or status == 403:
        return NotPermitted(said)
    if code in _QUOTA or status == 420:
        return QuotaExceeded(said)
    if code == "TransactionConflictException":
        return WriteConflict(said)
    return RejectedByService(said)


def _from_cancelled_transaction(error: ClientError, doing: str) -> Exception:
    reasons = [str(reason.get("Code", "None")) for reason in error.response.get("CancellationReasons", ())]
    failed = tuple(place for place, reason in enumerate(reasons) if reason == "ConditionalCheckFailed")
    if failed:
        return ConditionFailed(failed)
    if any(reason in ("ThrottlingError", "ProvisionedThroughputExceeded") for reason in reasons):
        return Throttled(f"{doing}: throttled")
    if "TransactionConflict" in reasons:
        return WriteConflict(f"{doing}: met another transaction")
    return RejectedByService(f"{doing}: cancelled: {', '.join(reasons)}")
