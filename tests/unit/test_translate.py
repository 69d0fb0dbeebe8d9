"""Whatever botocore raises leaves as an error of the vocabulary, by its code, and without a secret."""

from __future__ import annotations

import traceback
from typing import Any

import pytest
from botocore import exceptions as sdk
from botocore.session import get_session
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.errors import (
    NotPermitted,
    OnAirError,
    OutcomeUnknown,
    Permanent,
    QuotaExceeded,
    RejectedByService,
    ServiceUnavailable,
    Throttled,
    Transient,
    WriteConflict,
)
from shared.gateways.translate import ConditionFailed, code_of, message_of, strike_out, translated

SECRET = "example-stream-key-not-real"


def refusal(code: str, status: int = 400, message: str = "no", **more: Any) -> sdk.ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status},
        **more,
    }
    return sdk.ClientError(response, "CreateChannel")


def left_by(error: Exception, secrets: tuple[str, ...] = ()) -> Exception:
    with pytest.raises(Exception) as left, translated("CreateChannel of X", secrets):
        raise error
    return left.value


@pytest.mark.parametrize(
    ("code", "status", "becomes"),
    [
        ("TooManyRequestsException", 429, Throttled),
        ("ThrottlingException", 400, Throttled),
        ("ProvisionedThroughputExceededException", 400, Throttled),
        ("RequestLimitExceeded", 400, Throttled),
        ("SomethingNew", 429, Throttled),
        ("ServiceUnavailableException", 503, ServiceUnavailable),
        ("InternalServerError", 500, ServiceUnavailable),
        ("SomethingNew", 503, ServiceUnavailable),
        ("InternalServerErrorException", 500, OutcomeUnknown),
        ("BadGatewayException", 502, OutcomeUnknown),
        ("GatewayTimeoutException", 504, OutcomeUnknown),
        ("InternalFailure", 500, OutcomeUnknown),
        ("SomethingNew", 500, OutcomeUnknown),
        ("ForbiddenException", 403, NotPermitted),
        ("AccessDeniedException", 400, NotPermitted),
        ("SomethingNew", 403, NotPermitted),
        ("AddFlowOutputs420Exception", 420, QuotaExceeded),
        ("CreateFlow420Exception", 420, QuotaExceeded),
        ("ServiceQuotaExceededException", 402, QuotaExceeded),
        ("TransactionConflictException", 400, WriteConflict),
        ("BadRequestException", 400, RejectedByService),
        ("ConflictException", 409, RejectedByService),
        ("UnprocessableEntityException", 422, RejectedByService),
        ("NotFoundException", 404, RejectedByService),
        ("", 0, RejectedByService),
    ],
)
def test_a_services_error_is_told_by_its_code_then_by_its_status(
    code: str, status: int, becomes: type[OnAirError]
) -> None:
    left = left_by(refusal(code, status, "the service's own words"))
    assert type(left) is becomes
    assert str(left) == f"CreateChannel of X: {code}: the service's own words"


@pytest.mark.parametrize(
    ("code", "becomes"),
    [
        ("InternalServerErrorException", OutcomeUnknown),
        ("BadGatewayException", OutcomeUnknown),
        ("GatewayTimeoutException", OutcomeUnknown),
        ("TooManyRequestsException", Throttled),
        ("ServiceUnavailableException", ServiceUnavailable),
        ("ForbiddenException", NotPermitted),
        ("AddFlowOutputs420Exception", QuotaExceeded),
    ],
)
def test_the_code_alone_is_enough(code: str, becomes: type[OnAirError]) -> None:
    assert type(left_by(refusal(code, status=0))) is becomes


def test_every_error_that_the_media_services_declare_has_a_place() -> None:
    """What is declared and not our fault must not leave as a rejection, which nobody retries."""
    for name in ("medialive", "mediaconnect"):
        model = get_session().get_service_model(name)
        for operation in model.operation_names:
            for shape in model.operation_model(operation).error_shapes:
                status = shape.metadata.get("error", {}).get("httpStatusCode", 0)
                left = left_by(refusal(shape.name, status))
                if status == 429 or status == 503:
                    assert isinstance(left, Transient), shape.name
                elif status >= 500:
                    assert type(left) is OutcomeUnknown, shape.name
                else:
                    assert isinstance(left, Permanent), shape.name


TRANSPORT: list[tuple[Exception, type[OnAirError]]] = [
    (sdk.EndpointConnectionError(endpoint_url="https://example.com", error="refused"), ServiceUnavailable),
    (sdk.ConnectTimeoutError(endpoint_url="https://example.com"), ServiceUnavailable),
    (sdk.NoCredentialsError(), ServiceUnavailable),
    (sdk.NoRegionError(), ServiceUnavailable),
    (sdk.ReadTimeoutError(endpoint_url="https://example.com"), OutcomeUnknown),
    (sdk.ConnectionClosedError(endpoint_url="https://example.com"), OutcomeUnknown),
    (sdk.HTTPClientError(error="broken"), OutcomeUnknown),
    (sdk.ResponseStreamingError(error="broken"), OutcomeUnknown),
]


@pytest.mark.parametrize(("error", "becomes"), TRANSPORT, ids=lambda each: type(each).__name__)
def test_a_call_that_was_not_sent_is_unavailable_and_one_whose_answer_was_lost_is_unknown(
    error: Exception, becomes: type[OnAirError]
) -> None:
    left = left_by(error)
    assert type(left) is becomes
    if isinstance(error, sdk.EndpointConnectionError | sdk.ConnectTimeoutError):
        assert str(left) == "CreateChannel of X: no connection"


@pytest.mark.parametrize(
    ("reasons", "becomes"),
    [
        (["None", "ConditionalCheckFailed"], ConditionFailed),
        (["ConditionalCheckFailed", "TransactionConflict"], ConditionFailed),
        (["None", "TransactionConflict"], WriteConflict),
        (["ThrottlingError", "TransactionConflict"], Throttled),
        (["ProvisionedThroughputExceeded"], Throttled),
        (["ValidationError"], RejectedByService),
        ([], RejectedByService),
    ],
)
def test_a_refused_condition_is_told_apart_from_a_mere_conflict(reasons: list[str], becomes: type[Exception]) -> None:
    error = refusal("TransactionCanceledException", CancellationReasons=[{"Code": reason} for reason in reasons])
    left = left_by(error)
    assert type(left) is becomes
    if isinstance(left, ConditionFailed):
        assert left.which == tuple(n for n, reason in enumerate(reasons) if reason == "ConditionalCheckFailed")


def test_a_single_writes_refused_condition() -> None:
    left = left_by(refusal("ConditionalCheckFailedException"))
    assert isinstance(left, ConditionFailed) and left.which == (0,)


def test_an_error_of_ours_passes_unchanged() -> None:
    mine = QuotaExceeded("push inputs")
    assert left_by(mine) is mine


# Secrets


def everything_told(error: BaseException) -> str:
    """All that a log could show of an error, with whatever is chained to it."""
    return "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))


def test_a_services_message_is_kept_without_the_secrets() -> None:
    words = f"outputGroups[0] rtmp://h/a/{SECRET} and {SECRET}?token=t0ken-not-real are not valid"
    left = left_by(refusal("UnprocessableEntityException", 422, words), (SECRET, "token=t0ken-not-real"))
    assert str(left).endswith("outputGroups[0] rtmp://h/a/••• and •••?••• are not valid")


@pytest.mark.parametrize(
    "raised",
    [
        refusal("BadRequestException", 400, f"{SECRET} is wrong"),
        sdk.ParamValidationError(report=f"Invalid type for parameter Name, value: {SECRET}, type: <class 'str'>"),
        sdk.HTTPClientError(error=f"broken while sending {SECRET}"),
        sdk.EndpointConnectionError(endpoint_url=f"https://{SECRET}.example.com"),
        sdk.BotoCoreError(),
    ],
    ids=lambda each: type(each).__name__,
)
def test_nothing_that_is_chained_or_kept_shows_a_secret(raised: Exception) -> None:
    left = left_by(raised, (SECRET,))
    assert left.__cause__ is None and left.__suppress_context__
    assert SECRET not in everything_told(left)


@pytest.mark.parametrize(
    ("quoted", "told"),
    [
        ("name exampl", "name exampl"),
        ("name example-ke…", "name •••…"),
        ("EXAMPLE-KEY-NOT-REAL is taken", "••• is taken"),
        ("…key-not-real, mple-key-not", "…•••, •••"),
        ("xample-keyexample-ke", "••••••"),
        ("İstanbul example-key-not-real", "İstanbul •••"),
    ],
)
def test_a_piece_of_a_secret_is_struck_out_in_capitals_too(quoted: str, told: str) -> None:
    assert strike_out(quoted, ["example-key-not-real"]) == told


@settings(deadline=None)
@given(st.lists(st.text(st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1, max_size=12), max_size=4))
def test_a_secret_within_a_secret_is_struck_out_too(parts: list[str]) -> None:
    longer = [part + "-longer" for part in parts]
    text = strike_out(" ".join([*longer, *parts]), [*parts, *longer])
    assert all(one not in text for one in longer)
    assert strike_out("nothing to hide", ["", "absent-secret"]) == "nothing to hide"


@pytest.mark.parametrize(
    ("request_", "place"),
    [
        (
            {"EncoderSettings": {"AudioDescriptions": [{"Name": SECRET}]}},
            "EncoderSettings.AudioDescriptions[0]",
        ),
        ({"Name": 7, "RoleArn": SECRET}, "Name"),
        ({"Destinations": [{"Settings": [{"StreamName": [SECRET]}]}]}, "Destinations[0].Settings[0].StreamName"),
        ({"Nmae": SECRET}, "input"),
        ({"Destinations": {"StreamName": SECRET}}, "Destinations"),
    ],
)
def test_what_the_sdk_refuses_is_told_by_its_places_and_never_by_its_values(
    request_: dict[str, Any], place: str
) -> None:
    shape = get_session().get_service_model("medialive").operation_model("CreateChannel").input_shape
    report = ParamValidator().validate(request_, shape).generate_report()
    assert "Name" in report or SECRET in report
    left = left_by(sdk.ParamValidationError(report=report))
    assert type(left) is RejectedByService
    assert place in str(left).partition(" at ")[2].split(", ")
    assert SECRET not in everything_told(left)


def test_code_and_message_of_an_empty_answer() -> None:
    assert (code_of(sdk.ClientError({}, "X")), message_of(sdk.ClientError({}, "X"))) == ("", "")
