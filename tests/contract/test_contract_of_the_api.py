"""docs/reference/openapi.json against the code, serverless.yml, the OpenAPI standard and its own examples."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from shared.domain.answers import Problem
from shared.domain.errors import VOCABULARY
from shared.domain.limits import LimitChanges
from shared.domain.session_spec import parse_spec
from shared.domain.sweep_answers import SweepRequest
from shared.runtime.api.edge import app
from shared.runtime.api.examples import DETAILS, REQUESTS
from shared.runtime.api.openapi import document, text
from tasks.triggers.api import ROUTES
from tasks.triggers.routes.streaming import StreamingRequest
from tests.contract.asl import ROOT
from tests.contract.handlers import service

CONTRACT: dict[str, Any] = json.loads((ROOT / "docs/reference/openapi.json").read_text(encoding="utf-8"))


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in CONTRACT["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


every_operation = pytest.mark.parametrize(
    ("route", "operation"), list(operations()), ids=[route for route, _ in operations()]
)


def test_the_file_is_what_the_code_generates() -> None:
    assert (ROOT / "docs/reference/openapi.json").read_text(encoding="utf-8") == text(app), "run: make openapi"


def test_every_file_with_routes_is_put_together() -> None:
    files = (ROOT / "tasks/triggers/routes").glob("*.py")
    with_routes = {path.stem for path in files if "@app." in path.read_text(encoding="utf-8")}
    assert sorted(routes.__name__.rpartition(".")[2] for routes in ROUTES) == sorted(with_routes)


def test_it_is_the_same_each_time() -> None:
    assert json.dumps(document(app)) == json.dumps(document(app))


def test_it_is_valid_openapi() -> None:
    assert CONTRACT["openapi"].startswith("3.1.")
    assert list(OpenAPIV31SpecValidator(CONTRACT).iter_errors()) == []


def test_its_routes_are_serverless_ymls_and_back() -> None:
    assert {route for route, _ in operations()} == {route.key for route in service().routes}


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _, operation in operations()]
    assert len(set(names)) == len(names)


def test_all_of_it_needs_one_of_the_ways_to_sign_in() -> None:
    assert CONTRACT["security"] == [{"sigv4": []}, {"bearer": []}]
    assert CONTRACT["components"]["securitySchemes"].keys() == {"sigv4", "bearer"}
    assert not [route for route, operation in operations() if "security" in operation]


@every_operation
def test_an_operation_says_what_it_does_takes_and_answers(route: str, operation: dict[str, Any]) -> None:
    assert re.match(r"^[A-Z]", operation["summary"]) and not operation["summary"].startswith(("GET ", "POST "))
    parameters = {(each["in"], each["name"]) for each in operation.get("parameters", [])}
    assert {name for place, name in parameters if place == "path"} == set(re.findall(r"\{(\w+)\}", route))
    assert (("header", "Idempotency-Key") in parameters) == route.startswith("POST ")
    statuses = set(operation["responses"])
    assert {"401", "422", "500", "503"} < statuses
    assert ("404" in statuses) == ("{" in route)
    assert len({status for status in statuses if status < "300"}) == 1


@every_operation
def test_its_refusals_are_problems_of_the_vocabulary(route: str, operation: dict[str, Any]) -> None:
    for status, answer in operation["responses"].items():
        if status < "300":
            assert list(answer["content"]) == ["application/json"]
            continue
        [(kind, content)] = answer["content"].items()
        assert kind == "application/problem+json"
        assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
        for name, example in content["examples"].items():
            assert VOCABULARY[name].http_status == int(status)
            assert example == {"$ref": f"#/components/examples/{name}"}


@every_operation
def test_a_list_that_comes_in_pages_says_so(route: str, operation: dict[str, Any]) -> None:
    names = {each["name"] for each in operation.get("parameters", [])}
    answer = next(answer for status, answer in operation["responses"].items() if status < "300")
    name = answer["content"]["application/json"]["schema"].get("$ref", "").rpartition("/")[2]
    has_next = "next_cursor" in CONTRACT["components"]["schemas"].get(name, {}).get("properties", {})
    assert has_next == ("cursor" in names) == ("limit" in names)


def test_every_example_of_a_problem_is_one() -> None:
    for name, example in CONTRACT["components"]["examples"].items():
        assert Problem.model_validate_json(json.dumps(example["value"])).name == name
    assert DETAILS.keys() <= CONTRACT["components"]["examples"].keys()


def test_every_body_has_examples_that_its_model_takes() -> None:
    models = {
        "createSession": parse_spec,
        "changeLimits": LimitChanges.model_validate,
        "startStreaming": StreamingRequest.model_validate,
        "stopStreaming": StreamingRequest.model_validate,
        "startSweep": SweepRequest.model_validate,
    }
    with_body = {operation["operationId"] for _, operation in operations() if "requestBody" in operation}
    assert with_body == models.keys() == REQUESTS.keys()
    for name, parse in models.items():
        for example in REQUESTS[name].values():
            parse(example["value"])
