"""The short version of ``make bench ARGUMENTS="--part cold-start"``: what no function imports, for that is where a cold
start goes slow without anybody noticing; and the page has the form that the part writes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pydantic
import pytest

from infra.local.service import load_service
from tests.bench import cold_start, report
from tests.bench.cold_inputs import given

ROOT = cold_start.ROOT
PACKAGES = Path(pydantic.__file__).parents[1]

#: Imports each handler of the list, and says what came with them.
IMPORTING = """
import importlib, json, sys
sys.path[:0] = sys.argv[1:]
for handler in json.load(sys.stdin):
    importlib.import_module(handler.rpartition(".")[0])
from pydantic import BaseModel
def kinds(of):
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)
worked_out = [f"{one.__module__}.{one.__name__}" for one in kinds(BaseModel) if one.__pydantic_complete__]
print(json.dumps([sorted(sys.modules), sorted(worked_out)]))
"""
#: What a cold start has no time for: each of them was measured (docs/benchmarks.md).
UNWANTED = {
    "boto3",
    "s3transfer",
    "multiprocessing.managers",
    "pydantic.deprecated.tools",
    "pydantic.v1",
    "aws_xray_sdk",
    "infra",
    "tests",
    "moto",
}
#: Of Powertools; only the function that answers requests routes any.
ROUTING = "aws_lambda_powertools.event_handler"
#: Kinds of value that a table of constants is made of: their validation is worked out on import. Each costs a third of
#: a millisecond and more.
WORKED_OUT = {
    "shared.domain.errors.Failure",
    "shared.domain.limits.LimitVerdict",
    "shared.domain.moves.Step",
    "shared.domain.platforms.Platform",
    "shared.domain.pricing.usage.Storage",
    "shared.domain.profiles.Profile",
}


def imported(handlers: list[str]) -> tuple[set[str], set[str]]:
    """(modules, kinds of value that are ready to validate) after importing these handlers and nothing else."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", IMPORTING, str(ROOT), str(PACKAGES)],
        input=json.dumps(handlers),
        capture_output=True,
        text=True,
        check=True,
    )
    modules, worked_out = json.loads(ran.stdout)
    return set(modules), set(worked_out)


def test_no_function_imports_what_a_cold_start_has_no_time_for() -> None:
    functions = load_service(ROOT / "serverless.yml").functions
    modules, worked_out = imported([one.handler for key, one in functions.items() if key != "api"])
    assert not UNWANTED & modules
    assert ROUTING not in modules
    assert worked_out <= WORKED_OUT
    modules, _ = imported([functions["api"].handler])
    assert not UNWANTED & modules


def test_there_is_an_input_for_every_function() -> None:
    service = load_service(ROOT / "serverless.yml")
    assert given(service).keys() == service.functions.keys()


@pytest.fixture(scope="module")
def measured() -> cold_start.ColdStarts:
    """Two functions once, from the sources and what is installed here."""
    places = cold_start.Places(sys.executable, ROOT, PACKAGES, PACKAGES, False)
    return cold_start.measure(places, 1, 1, lambda said: None, ["startChannel", "sweepDue"])


def test_a_handler_is_measured_against_the_call_that_it_makes_first(measured: cold_start.ColdStarts) -> None:
    assert {one.function.key: one.call for one in measured.started} == {
        "startChannel": ("dynamodb", "get_item"),
        "sweepDue": ("dynamodb", "put_item"),
    }
    assert all(1 < one.ratio(1) < 10 and len(one.own) == 1 for one in measured.started)


def test_the_page_has_the_form_that_a_cold_start_writes(measured: cold_start.ColdStarts) -> None:
    page = report.PAGE.read_text(encoding="utf-8")
    header = report.table(cold_start.rows(measured)).splitlines()[0]
    assert report.part(page, "cold start").splitlines()[0] == header
    assert len(report.part(page, "cold start, told").splitlines()) == len(cold_start.told(measured).splitlines())
