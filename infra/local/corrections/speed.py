"""What makes the engine ten to twenty times slower than it need be, and noisy."""

from __future__ import annotations

import json
import logging
from functools import lru_cache
from typing import Any

from infra.local.corrections.engine import ENGINE, Correction, replace, replace_everywhere


class _Nowhere(list[Any]):
    """A list that keeps nothing."""

    def append(self, item: Any) -> None:
        pass


def _apply_parse() -> None:
    from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
    from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

    replace(AmazonStateLanguageParser, "parse", staticmethod(lru_cache(maxsize=256)(AmazonStateLanguageParser.parse)))
    # A parsed machine is shared by its executions now: the lazily drawn key of its parts must not be drawn twice.
    replace(EvalComponent, "heap_key", property(lambda self: f"{type(self).__name__}-{id(self)}"))


def _apply_paths() -> None:
    from moto.stepfunctions.parser.asl.component.common.path import result_path
    from moto.stepfunctions.parser.asl.utils import json_path

    for module in (result_path, json_path):
        replace(module, "parse", lru_cache(maxsize=4096)(vars(module)["parse"]))


def _apply_modules() -> None:
    from moto import backends

    names = frozenset(backends.list_of_moto_modules())
    replace(backends, "list_of_moto_modules", lambda: names)


def _apply_methods() -> None:
    from moto.core import responses

    list_methods: Any = vars(responses)["method_names_from_class"]
    replace(responses, "method_names_from_class", lru_cache(maxsize=64)(lambda kind: frozenset(list_methods(kind))))


def _apply_lambda() -> None:
    from botocore.exceptions import ClientError
    from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils

    from infra.local.lambdas import LambdaRefused

    def invoke(parameters: dict[str, Any], region: str, state_credentials: Any) -> dict[str, Any]:
        payload = lambda_eval_utils.to_payload_type(parameters.get("Payload")) or b"{}"
        try:
            answer = ENGINE.invoke(parameters["FunctionName"], payload)
        except LambdaRefused as refused:
            error: Any = {
                "Error": {"Code": refused.code, "Message": refused.message},
                "ResponseMetadata": {"HTTPStatusCode": refused.status, "RequestId": "local"},
            }
            raise ClientError(error, "Invoke") from None
        response = {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": json.loads(answer.payload)}
        return response if answer.error is None else {**response, "FunctionError": "Unhandled"}

    replace(lambda_eval_utils, "_invoke_lambda_function", invoke)


def _apply_clients() -> None:
    from moto.stepfunctions.parser.asl.utils import boto_client

    def client(region: str, service: str, state_credentials: Any = None) -> Any:
        import boto3
        from botocore.config import Config

        if (service, region) not in ENGINE.clients:
            ENGINE.clients[service, region] = boto3.client(
                service,
                region_name=region,
                endpoint_url=ENGINE.endpoint_url,
                aws_access_key_id="engine",
                aws_secret_access_key="engine",
                config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
            )
        return ENGINE.clients[service, region]

    replace_everywhere(boto_client.boto_client_for, client)


def _is_plain(value: Any) -> bool:
    """Whether an attribute value is in its wire form all through; binary ones aren't."""
    if type(value) is not dict or len(value) != 1:
        return False
    ((kind, content),) = value.items()
    if kind == "M":
        return type(content) is dict and all(map(_is_plain, content.values()))
    if kind == "L":
        return type(content) is list and all(map(_is_plain, content))
    return kind in {"S", "N", "BOOL", "NULL", "SS", "NS"} and type(content) in {str, bool, list}


def _apply_attribute_values() -> None:
    from moto.core.serialize import ResponseSerializer

    serialize = ResponseSerializer._serialize

    def as_it_is(self: Any, serialized: Any, value: Any, shape: Any, key: str) -> None:
        if shape.name == "AttributeValue" and _is_plain(value):
            self._default_serialize(serialized, value, shape, key)
        else:
            serialize(self, serialized, value, shape, key)

    replace(ResponseSerializer, "_serialize", as_it_is)


def _apply_parsed_values() -> None:
    from botocore.parsers import BaseJSONParser

    take_apart: Any = BaseJSONParser._handle_structure

    def as_it_came(self: Any, shape: Any, value: Any) -> Any:
        return value if shape.name == "AttributeValue" and _is_plain(value) else take_apart(self, shape, value)

    replace(BaseJSONParser, "_handle_structure", as_it_came)


def _apply_threads() -> None:
    from moto.stepfunctions.parser import utils

    replace_everywhere(utils.TMP_THREADS, _Nowhere())


def _apply_quiet() -> None:
    from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent

    def nothing(self: Any, **_: Any) -> None:
        """Writing out the failing component costs milliseconds even where nobody listens."""

    replace(EvalComponent, "_log_failure_event_exception", nothing)
    replace(EvalComponent, "_log_exception", nothing)
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)


CORRECTIONS = (
    Correction(
        "machines_are_parsed_once",
        "moto parses the whole definition again at each start, about 8 ms a state.",
        _apply_parse,
    ),
    Correction("paths_are_parsed_once", "moto parses each JSONPath again at each use, about 5 ms.", _apply_paths),
    Correction(
        "modules_are_listed_once",
        "For each call moto lists its own folder on disk, and asks of each entry whether it is one: half a "
        "millisecond.",
        _apply_modules,
    ),
    Correction(
        "methods_are_listed_once",
        "For each call moto lists all methods of its handler: a fiftieth of the call.",
        _apply_methods,
    ),
    Correction(
        "lambdas_are_called_directly",
        "moto makes a boto3 client for each Lambda task (20 ms) and its own Lambda only echoes; tasks go to the "
        "stage's functions instead.",
        _apply_lambda,
    ),
    Correction(
        "clients_are_kept",
        "For every other task moto makes a new boto3 client, against localhost:5000 unless told otherwise.",
        _apply_clients,
    ),
    Correction(
        "attribute_values_go_out_as_they_are",
        "moto's serialiser takes each DynamoDB attribute value apart and looks for ten members in it under several "
        "names: a row of a session costs 6 to 20 ms. They are in their wire form already.",
        _apply_attribute_values,
    ),
    Correction(
        "attribute_values_come_in_as_they_are",
        "botocore takes them apart in the same way when they arrive; the row of what a thousand sessions have reserved "
        "costs it 100 ms, each time that it is read.",
        _apply_parsed_values,
    ),
    Correction("threads_are_forgotten", "moto keeps every thread object of every state for ever.", _apply_threads),
    Correction(
        "failures_are_not_shouted",
        "moto logs several kilobytes at ERROR for each failing task, with its data, stream keys' hiding place or not.",
        _apply_quiet,
    ),
)
