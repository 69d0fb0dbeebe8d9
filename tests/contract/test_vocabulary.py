"""The error vocabulary against its runbooks, both ways, and the runbooks against what they speak of."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import typer

import shared.domain.errors as errors
from console.cli import app
from shared.domain.errors import (
    LONGEST_CAUSE,
    VOCABULARY,
    OnAirError,
    OutcomeUnknown,
    Permanent,
    Transient,
    Waiting,
    describe,
)
from shared.domain.known_refusals import KNOWN_REFUSALS, KnownRefusal
from tests.contract.asl import ROOT, State, tasks
from tests.contract.handlers import service

RUNBOOKS = ROOT / "docs/runbooks"
SECTIONS = ["What happened", "Why", "What to do", "How to look"]

#: What the aws command adds to a service's own parameters.
AWS_OPTIONS = {"query", "output", "max-items", "endpoint-url"}

#: The failures people meet, in their own words, and the page that explains each.
EXPLAINED = {
    "AudioSelectorName": "RejectedByService",
    "DestinationId should include only numbers, letters and hyphen": "RejectedByService",
    "Exactly 2 destinations settings required": "RejectedByService",
    "Exactly 1 destinations settings required": "RejectedByService",
    "Not authorized to perform: iam:PassRole": "NotPermitted",
    "Too many push inputs": "QuotaExceeded",
    "channel won't create": "ChannelCreateFailed",
    "channel won't start": "ChannelStartFailed",
    "recording not saved": "RecordingEmpty",
    "Lambda timed out": "StepTimedOut",
}

every_error = pytest.mark.parametrize("leaf", VOCABULARY.values(), ids=VOCABULARY)
pages = sorted(path for path in RUNBOOKS.glob("*.md") if path.name != "README.md")
every_page = pytest.mark.parametrize("page", pages, ids=lambda page: page.stem)
#: By page: the alarm, and what its description says of it.
ALARMS = {
    found[2]: (each["Properties"]["AlarmName"], found[1])
    for each in service().resources.values()
    if each["Type"] == "AWS::CloudWatch::Alarm"
    and (found := re.fullmatch(r"(.+)\. docs/runbooks/(\w+)\.md", each["Properties"]["AlarmDescription"]))
}
every_errors_page = pytest.mark.parametrize(
    "page", [page for page in pages if page.stem not in ALARMS], ids=lambda page: page.stem
)


def text_of(name: str) -> str:
    return (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")


def deploy_time_variables() -> set[str]:
    """What serverless.yml and the files it includes read of the environment of whoever deploys."""
    files = [ROOT / "serverless.yml", *(ROOT / "infra/aws").glob("*.yml")]
    return {name for path in files for name in re.findall(r"\$\{env:(\w+)", path.read_text(encoding="utf-8"))}


def commands(page: Path) -> list[list[str]]:
    """Every command in the page's code blocks, as words."""
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return [words for block in blocks for line in block.splitlines() if (words := shlex.split(line, comments=True))]


# The vocabulary


@every_error
def test_an_error_says_what_it_is_what_to_do_and_its_status(leaf: type[OnAirError]) -> None:
    assert leaf.title and not leaf.title.endswith(".")
    assert leaf.remedy.endswith(".")
    assert leaf.http_status in (401, 403, 404, 409, 422, 500, 503)
    assert issubclass(leaf, Transient | Waiting | Permanent | OutcomeUnknown)


def test_what_may_pass_is_503_and_what_may_not_is_not() -> None:
    for name, leaf in VOCABULARY.items():
        assert (leaf.http_status == 503) == (not issubclass(leaf, Permanent)), name


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = (errors.__doc__ or "").partition("OnAirError\n")[2].partition("\n\n")[0]
    named = set(re.findall(r"\b[A-Z][A-Za-z]+\b", drawn))
    assert named == VOCABULARY.keys() | {"Transient", "Waiting", "Permanent"}


# Who says them


def production() -> list[Path]:
    """What is deployed, without the vocabulary itself."""
    found = [path for folder in ("tasks", "shared") for path in (ROOT / folder).rglob("*.py")]
    return [path for path in found if path.name != "errors.py"]


#: What is raised and never leaves: the gateways' own, and Python's for a fault of ours.
INTERNAL = {"ConditionFailed", "KeyError", "TypeError", "ValueError", "AssertionError", "NotImplementedError"}


def raised() -> dict[str, set[str]]:
    """Every class that is raised by its name, and where."""
    found: dict[str, set[str]] = {}
    for path in production():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
                found.setdefault(node.exc.func.id, set()).add(path.relative_to(ROOT).as_posix())
    return {name: where for name, where in found.items() if name[0].isupper()}


def test_what_is_raised_is_of_the_vocabulary() -> None:
    """Whatever leaves a task is caught by States.ALL (test_saga), but only a leaf is explained."""
    unknown = {name: where for name, where in raised().items() if name not in VOCABULARY.keys() | INTERNAL}
    assert unknown == {}


def test_every_error_is_used_by_something() -> None:
    named = {
        node.id for path in production() for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)
    }
    assert VOCABULARY.keys() - named == set()


# What is known of a service's words


@pytest.mark.parametrize("known", KNOWN_REFUSALS, ids=lambda known: known.words)
def test_words_that_are_known_have_a_remedy_and_a_place_in_the_runbooks(known: KnownRefusal) -> None:
    assert known.remedy.endswith(".") and known.under <= VOCABULARY.keys()
    words = known.words.removesuffix(" is missing")
    for name in known.under:
        assert describe(name, f"CreateChannel of x: Code: {known.words}").remedy == known.remedy
        page = " ".join(text_of(name).split())
        assert words in page, f"{name}.md does not know {words!r}"
    assert describe("InternalError", known.words).remedy == VOCABULARY["InternalError"].remedy


def test_known_words_are_told_apart() -> None:
    for one in KNOWN_REFUSALS:
        assert [other for other in KNOWN_REFUSALS if other.words in one.words] == [one]


@every_error
def test_an_explanation_has_all_of_an_error_and_fits_into_a_cause(leaf: type[OnAirError]) -> None:
    info = leaf("what happened this time.").info()
    text = f"{leaf.title}: what happened this time. What to do: {leaf.remedy} More: docs/runbooks/{leaf.name()}.md"
    assert info.explained() == text
    assert info.failure().model_dump() == {"Error": leaf.name(), "Cause": text}
    long = leaf("ä" * LONGEST_CAUSE).info().explained()
    assert len(long) == LONGEST_CAUSE and long.endswith(f"ä …. What to do: {leaf.remedy} More: {info.runbook}")


# The pages


def test_every_error_has_a_runbook_and_every_runbook_an_error() -> None:
    assert {page.stem for page in pages} - ALARMS.keys() == VOCABULARY.keys()


def test_every_alarm_has_a_runbook_that_begins_with_its_words() -> None:
    alarms = [each for each in service().resources.values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    assert len(alarms) == len(ALARMS)
    for page, (alarm, words) in ALARMS.items():
        text = text_of(page)
        assert text.startswith(f"# {page}: {words}\n")
        assert f"- **Alarm:** `{alarm}`" in text
        assert f"| `{alarm}` | [{page}]({page}.md) |" in text_of("README")


@every_page
def test_a_runbook_says_what_happened_why_what_to_do_and_how_to_look(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    for body in re.split(r"^## .+$", text, flags=re.MULTILINE)[1:]:
        assert len(body.split()) >= 5
    assert commands(page), "How to look needs a command"
    assert "In the console: " in text.replace("\n", " ")
    assert len(text.splitlines()) <= 45, "one page"


@every_errors_page
def test_a_runbook_has_the_vocabularys_own_words(page: Path) -> None:
    leaf, text = VOCABULARY[page.stem], page.read_text(encoding="utf-8")
    assert text.startswith(f"# {leaf.name()}: {leaf.title}\n")
    assert f"- **Remedy:** {leaf.remedy}\n" in text
    assert f"- **HTTP status:** {leaf.http_status}\n" in text
    kind = re.findall(r"^- \*\*Kind:\*\* ([a-z ]+):", text, re.MULTILINE)
    kinds = {"transient": Transient, "waiting": Waiting, "of unknown outcome": OutcomeUnknown, "permanent": Permanent}
    assert len(kind) == 1 and issubclass(leaf, kinds[kind[0]])


@pytest.mark.parametrize(("words", "name"), EXPLAINED.items())
def test_the_failures_people_meet_are_explained(words: str, name: str) -> None:
    assert words in " ".join(text_of(name).split())
    index = [line for line in text_of("README").splitlines() if words in line]
    assert index and all(f"]({name}.md)" in line for line in index), "the index leads there"


def test_the_index_is_complete_and_right() -> None:
    rows = re.findall(r"^\| \[(\w+)\]\((\w+)\.md\) \| (.+) \| (\d+) \|$", text_of("README"), re.MULTILINE)
    assert {name: (file, title, int(status)) for name, file, title, status in rows} == {
        name: (name, leaf.title, leaf.http_status) for name, leaf in VOCABULARY.items()
    }
    assert len(rows) == len(VOCABULARY)


@pytest.mark.parametrize("page", [*pages, RUNBOOKS / "README.md"], ids=lambda page: page.stem)
def test_links_and_files_that_a_page_names_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (RUNBOOKS / target).is_file(), target
    for target in re.findall(r"`((?:shared|tests|infra|tasks|examples)/[A-Za-z_/.]+)`", text):
        assert (ROOT / target).exists(), target


# What the pages tell to type, and what they count


@every_page
def test_every_aws_command_of_a_page_exists_with_its_options(page: Path) -> None:
    session = botocore.session.get_session()
    for program, *words in commands(page):
        if program != "aws":
            continue
        name, action, *rest = words
        model = session.get_service_model({"s3api": "s3"}.get(name, name))
        operations = {_dashed(each): each for each in model.operation_names}
        assert action in operations, f"aws {name} {action}"
        shape = model.operation_model(operations[action]).input_shape
        known = {_dashed(member) for member in (shape.members if shape else {})} | AWS_OPTIONS | {"reverse-order"}
        given = {word.removeprefix("--") for word in rest if word.startswith("--")}
        assert given <= known, f"aws {name} {action}: {given - known}"


@every_page
def test_every_onair_command_of_a_page_exists_with_its_options(page: Path) -> None:
    groups = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for program, *words in commands(page):
        if program == "aws":
            continue
        assert program == "onair"
        command = groups[words[0]]
        if hasattr(command, "commands"):
            command = command.commands[words[1]]
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words[2:] if word.startswith("-")} <= known, words


@every_page
def test_every_function_log_and_variable_of_a_page_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for function in re.findall(r"/aws/lambda/onair-dev-(\w+)", text):
        assert function in service().functions
    environment = set.intersection(*(set(each.environment) for each in service().functions.values()))
    for variable in re.findall(r"\bONAIR_[A-Z_]+", text):
        assert variable in environment | deploy_time_variables() | {"ONAIR_URL", "ONAIR_TOKEN"}
    for machine in re.findall(r"onair-dev-(?:provision|end)-\w+", text):
        assert machine in {each.name for each in service().machines.values()}


def test_the_retries_that_the_pages_count_are_the_machines() -> None:
    by_name = {state.name: state for state in tasks("provision_session")}
    asked, waited, looked = by_name["Create input"].retries
    assert f"retries it {asked['MaxAttempts']} times, with back-off up to {asked['MaxDelaySeconds']} s" in text_of(
        "Throttled"
    )
    assert f"asks again every {waited['IntervalSeconds']} seconds" in text_of("NotReady")
    assert f"tries again {looked['MaxAttempts']} times" in text_of("OutcomeUnknown")
    for name in ("created", "running", "stopped", "deleted"):
        row = next(line for line in text_of("StepTimedOut").splitlines() if "Await channel" in line and name in line)
        assert row.endswith(_parked(by_name[f"Await channel {name}"]))
    for name in ("running", "stopped"):
        row = next(line for line in text_of("StepTimedOut").splitlines() if "Await recorder" in line and name in line)
        for state in (each for each in tasks() if each.name == f"Await recorder {name}"):
            assert row.endswith(_parked(state))


def test_how_long_each_step_is_waited_for_is_what_the_page_says() -> None:
    rows = [line.strip("| ").split(" | ") for line in text_of("NotReady").splitlines() if line.endswith("minutes |")]
    told = {name: (every, upto) for names, _, every, upto in rows for name in names.split(", ")}
    true: dict[str, set[tuple[str, str]]] = {}
    for state in tasks():
        asks = next(each for each in state.retries if "NotReady" in each["ErrorEquals"])
        every, upto = asks["IntervalSeconds"], f"{_minutes_asked(asks):g} minutes"
        true.setdefault(state.name, set()).add((f"{every} second{'' if every == 1 else 's'}", upto))
    assert {name: {said} for name, said in told.items()} == {name: true[name] for name in told}
    assert {name for name, found in true.items() if found != {("2 seconds", "2 minutes")}} <= told.keys()


def _minutes_asked(retrier: Mapping[str, Any]) -> float:
    """How long a retrier waits in all, without its jitter; more than a minute is told in whole ones."""
    first, rate, most = retrier["IntervalSeconds"], retrier["BackoffRate"], retrier.get("MaxDelaySeconds", 60)
    seconds = float(sum(min(most, first * rate**attempt) for attempt in range(retrier["MaxAttempts"])))
    return round(seconds / 60) if seconds > 60 else round(seconds / 60, 1)


def _parked(state: State) -> str:
    """How long a step waits for its event at a time, how often, and in all, as the page says it."""
    again = next(retrier for retrier in state.retries if "States.Timeout" in retrier["ErrorEquals"])
    seconds, times = state.body["TimeoutSeconds"], 1 + again["MaxAttempts"]
    return f"| {seconds} seconds | {times}, so {seconds * times // 60} minutes |"


def _dashed(name: str) -> str:
    """As the aws command spells it: ``DescribeChannel`` → ``describe-channel``."""
    return str(botocore.xform_name(name, "-"))
