"""serverless.yml against the code: handlers, event patterns, environment; and what production code may not know."""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.events.models import EventPattern, EventPatternParser

from infra.local.service import Function, Rule, ServiceError, load_service
from tests.contract.asl import ROOT
from tests.contract.handlers import file_of, handler_files, handler_of, service

EVENTS = {path.stem: path for path in sorted((Path(__file__).parent / "data/events").glob("*.json"))}

#: Which rule takes which sample. The samples are AWS's documented ones (facts §1.1, §1.2), with our account and region.
TAKEN_BY = {
    "channelStateChanged": {"media_live_channel_running", "media_live_channel_deleted"},
    "channelAlert": {"media_live_channel_alert"},
    "executionStopped": {"step_functions_provision_aborted"},
    "streamStateChanged": {"ivs_stream_start"},
}

#: Read by Powertools, not by us.
POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_LOG_LEVEL"}

#: HTTP API gives up on a function after 30 seconds (API Gateway, "Quotas for HTTP APIs").
HTTP_API_SECONDS = 30

functions = pytest.mark.parametrize("function", service().functions.values(), ids=lambda each: each.key)


def event(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(EVENTS[name].read_text(encoding="utf-8"))
    return loaded


def takes(rule: Rule, sample: dict[str, Any]) -> bool:
    raw = json.dumps(rule.pattern)
    pattern: Any = EventPattern(raw, EventPatternParser(raw).parse())
    return bool(pattern.matches_event(sample))


# Handlers


@functions
def test_a_handler_imports_and_takes_an_event_and_a_context(function: Function) -> None:
    handler = handler_of(function)
    assert callable(handler)
    inspect.signature(handler, follow_wrapped=False).bind({}, None)


def test_every_handler_file_is_a_function_and_back() -> None:
    assert sorted(file_of(function) for function in service().functions.values()) == handler_files()


@functions
def test_a_function_is_called_after_its_file(function: Function) -> None:
    words = Path(file_of(function)).stem.split("_")
    assert function.key == words[0] + "".join(word.capitalize() for word in words[1:])


def test_the_routes_are_what_the_resolver_answers() -> None:
    declared = {re.sub(r"\{[a-zA-Z]+\}", "{}", route.key) for route in service().routes}
    resolved = [route for file in (ROOT / "tasks/triggers/routes").glob("*.py") for route in _resolved_routes(file)]
    assert sorted(resolved) == sorted(declared)


def test_every_route_needs_credentials() -> None:
    assert {route.authorizer for route in service().routes} == {"aws_iam"}


def test_with_issuer_and_audience_every_route_needs_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONAIR_JWT_ISSUER", "https://issuer.example.com/pool,1")
    monkeypatch.setenv("ONAIR_JWT_AUDIENCE", "onair")
    assert {route.authorizer for route in load_service(ROOT / "serverless.yml").routes} == {"jwt"}


@pytest.mark.parametrize("name", ["ONAIR_JWT_ISSUER", "ONAIR_JWT_AUDIENCE"])
def test_one_of_the_two_alone_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "https://issuer.example.com")
    with pytest.raises(ServiceError, match="ONAIR_JWT_"):
        load_service(ROOT / "serverless.yml")


def test_web_pages_may_call_only_if_their_origins_are_configured(monkeypatch: pytest.MonkeyPatch) -> None:
    assert service().cors is None
    monkeypatch.setenv("ONAIR_ALLOWED_ORIGINS", "https://a.example.com,https://b.example.com")
    cors = load_service(ROOT / "serverless.yml").cors
    assert cors is not None and cors.origins == ("https://a.example.com", "https://b.example.com")
    assert {route.method for route in service().routes} == set(cors.methods)
    assert {"authorization", "content-type", "idempotency-key"} <= set(cors.headers)


def _resolved_routes(file: Path) -> Iterator[str]:
    """``@app.get("/sessions/<session_id>")`` as ``GET /sessions/{}``."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        for decorator in getattr(node, "decorator_list", []):
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func).startswith("app."):
                path = re.sub(r"<[a-z_]+>", "{}", ast.literal_eval(decorator.args[0]))
                yield f"{ast.unparse(decorator.func).removeprefix('app.').upper()} {path}"


def test_a_function_behind_a_route_answers_before_the_http_api_gives_up() -> None:
    for route in service().routes:
        assert service().functions[route.function].timeout < HTTP_API_SECONDS


# Events


@pytest.mark.parametrize("rule", service().rules, ids=lambda rule: rule.name)
def test_a_rule_takes_the_recorded_events_it_is_for_and_no_others(rule: Rule) -> None:
    function = service().function_by_arn(rule.targets[0].arn)
    assert function is not None
    assert {name for name in EVENTS if takes(rule, event(name))} == TAKEN_BY[function.key]


def test_every_rule_has_a_recorded_event() -> None:
    targets = [service().function_by_arn(target.arn) for rule in service().rules for target in rule.targets]
    assert {function.key for function in targets if function} == TAKEN_BY.keys()


@pytest.mark.parametrize("rule", service().rules, ids=lambda rule: rule.name)
@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("source", "aws.media-live"),
        ("source", "medialive"),
        ("detail-type", "MediaLive Channel State change"),
        ("detail-type", "MediaLive Channel Change"),
        ("detail-type", "IVS Stream State"),
    ],
)
def test_a_misspelt_event_is_not_taken(rule: Rule, key: str, value: str) -> None:
    function = service().function_by_arn(rule.targets[0].arn)
    assert function is not None
    sample = copy.deepcopy(event(min(TAKEN_BY[function.key])))
    assert takes(rule, sample)
    assert not takes(rule, {**sample, key: value})


def test_a_rules_deliveries_are_retried_and_then_kept() -> None:
    from infra.local.variables import load_yaml

    for key, spec in load_yaml(ROOT / "serverless.yml")["functions"].items():
        for trigger in spec.get("events", []):
            if "eventBridge" in trigger:
                assert trigger["eventBridge"]["deadLetterQueueArn"], key
                assert trigger["eventBridge"]["retryPolicy"]["maximumRetryAttempts"] > 0, key


@pytest.mark.parametrize("trigger", ["channel_state_changed", "channel_alert"])
def test_the_trigger_reads_the_key_that_the_event_has(trigger: str) -> None:
    """``channel_arn``, with an underscore: code in the wild that reads channelArn never wakes anybody (facts §1.1)."""
    code = (ROOT / f"tasks/triggers/{trigger}.py").read_text(encoding="utf-8")
    assert "from shared.runtime.channel_events import owner_of" in code
    read = {
        node.value
        for node in ast.walk(ast.parse((ROOT / "shared/runtime/channel_events.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    sample = event("media_live_channel_running")
    assert {"detail", "channel_arn"} <= read
    assert sample["detail"]["channel_arn"].rpartition(":")[2] == "1234567"


# Environment


def test_the_environment_is_what_settings_reads_and_back() -> None:
    read = set(_environment_reads("shared/gateways/settings.py")) - {
        "os.environ.get('_X_AMZN_TRACE_ID', '')"
    }  # Lambda's
    for function in service().functions.values():
        assert function.environment.keys() - POWERTOOLS == read, function.key


def test_only_settings_reads_the_environment() -> None:
    for path in production():
        name = path.relative_to(ROOT).as_posix()
        if name != "shared/gateways/settings.py":
            assert list(_environment_reads(name)) == [], name
            assert "getenv" not in path.read_text(encoding="utf-8"), name


def test_settings_come_out_of_serverless_ymls_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = importlib.import_module("shared.gateways.settings")
    for name, value in service().functions["planSession"].environment.items():
        monkeypatch.setenv(name, value)
    read: Callable[[], Any] = settings.settings.__wrapped__
    assert read().stage == "dev"
    assert read().table == "onair-dev-sessions"
    assert read().provision_session_arn == service().machines["ProvisionSessionMachine"].arn
    assert read().end_session_arn == service().machines["EndSessionMachine"].arn
    assert read().quotas.model_dump() == {"push_inputs": 5, "channels": 5, "flow_outputs": 50}
    monkeypatch.delenv("ONAIR_TABLE")
    with pytest.raises(KeyError, match="ONAIR_TABLE"):
        read()


def _environment_reads(file: str) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            yield ast.literal_eval(node.slice)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("os.environ.get", "os.getenv"):
            yield ast.unparse(node)


# What production code may not know


def production() -> list[Path]:
    return sorted([*(ROOT / "tasks").rglob("*.py"), *(ROOT / "shared").rglob("*.py")])


@pytest.mark.parametrize("word", ["moto", "infra", "localhost", "127.0.0.1", "endpoint_url", "simulat", "if local"])
def test_production_code_knows_nothing_of_the_local_stage(word: str) -> None:
    pattern = re.compile(rf"(?<![a-z]){re.escape(word)}", re.IGNORECASE)
    assert [path.name for path in production() if pattern.search(path.read_text(encoding="utf-8"))] == []


def test_every_module_says_why_it_exists() -> None:
    assert [path.name for path in production() if not ast.get_docstring(ast.parse(path.read_text("utf-8")))] == []


def test_nothing_in_production_code_sleeps() -> None:
    """A Lambda that sleeps is paid for: waiting is the state machine's."""
    assert [path.name for path in production() if re.search(r"\bsleep\(", path.read_text(encoding="utf-8"))] == []
