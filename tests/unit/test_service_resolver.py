"""serverless.yml as the local stage reads it."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.cloudformation import logical_name
from infra.local.service import Cors, Service, load_service, seconds_of
from infra.local.variables import ServiceError, Variables

SAMPLE = Path(__file__).parents[1] / "contract" / "data" / "sample_service" / "serverless.yml"
STATES = "arn:aws:states:eu-west-1:111122223333:stateMachine:"


@pytest.fixture(scope="module")
def sample() -> Service:
    return load_service(SAMPLE)


def load(folder: Path, text: str, **files: str) -> Service:
    """A service of one file, with others beside it (underscores in their names for dots)."""
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content)
    path = folder / "serverless.yml"
    path.write_text(text)
    return load_service(path)


def test_functions_have_osls_names_and_the_providers_defaults(sample: Service) -> None:
    work = sample.functions["work"]
    assert work.name == "sample-dev-work"
    assert work.logical_id == "WorkLambdaFunction"
    assert work.arn == "arn:aws:lambda:eu-west-1:111122223333:function:sample-dev-work"
    assert (work.handler, work.timeout, work.memory) == ("sample_tasks.work.handler", 15, 256)
    assert work.environment == {"SAMPLE_STAGE": "dev", "SAMPLE_TABLE": "sample-dev-things"}
    assert sample.functions["api"].timeout == 10
    assert sample.function_by_arn(work.arn + ":$LATEST") is work


def test_another_stage_gives_other_names() -> None:
    service = load_service(SAMPLE, stage="prod")
    assert service.functions["work"].name == "sample-prod-work"
    assert service.tables["ThingsTable"].name == "sample-prod-things"


def test_routes_are_read_in_both_forms(sample: Service) -> None:
    found = [(route.key, route.function, route.authorizer) for route in sample.routes]
    assert found == [("POST /things", "api", "aws_iam"), ("GET /things/{thingId}", "api", None)]


def test_rules_of_functions_and_of_resources(sample: Service) -> None:
    of_function, of_resource = sample.rules
    assert of_function.targets[0].arn == sample.functions["wake"].arn
    assert of_function.pattern == {"source": ["sample.world"], "detail-type": ["Thing Ready"]}
    assert of_resource.targets[0].arn == STATES + "sample-dev-work"


def test_machines_get_their_substitutions(sample: Service) -> None:
    machine = sample.machines["WorkMachine"]
    assert (machine.name, machine.arn) == ("sample-dev-work", STATES + "sample-dev-work")
    assert machine.role_arn == "arn:aws:iam::111122223333:role/sample-dev-machine"
    assert machine.definition["States"]["Work"]["Parameters"]["FunctionName"] == sample.functions["work"].arn
    assert machine.source["States"]["Work"]["Parameters"]["FunctionName"] == "${WorkArn}"


def test_tables_are_what_create_table_takes(sample: Service) -> None:
    table = sample.tables["ThingsTable"].create
    assert table["TableName"] == "sample-dev-things"
    assert "TimeToLiveSpecification" not in table


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("${opt:colour, 'red'}", "red"),
        ("${opt:stage}", "dev"),
        ("${self:custom.list.1}", "b"),
        ("${self:custom.list}", ["a", "b"]),
        ("${self:custom.nowhere, self:custom.name}", "x-dev"),
        ("${env:NOT_SET_ANYWHERE, ''}", ""),
        ("a-${self:custom.name}-b", "a-x-dev-b"),
        ("${self:custom.${self:custom.key}}", "x-dev"),
        ("${opt:number, 15}", 15),
        ("${opt:flag, true}", True),
        ("${file(part.yml):deep.key}", "x-dev"),
        ("${file(nowhere.yml), 'none'}", "none"),
        ("${file(part.yml):by-${env:NOT_SET_ANYWHERE, ''}, file(part.yml):other}", "none set"),
        ("${file(part.yml):by-${self:custom.name}, file(part.yml):deep.key}", "x-dev"),
        ("${file(part.yml):by-${self:custom.url}.key, file(part.yml):deep.key}", "x-dev"),
        ("${AWS::Region} ${Foo.Arn} ${CreateInputArn}", "${AWS::Region} ${Foo.Arn} ${CreateInputArn}"),
    ],
)
def test_variables(tmp_path: Path, expression: str, value: object) -> None:
    (tmp_path / "part.yml").write_text(
        "deep: {key: '${self:custom.name}'}\nby-: none set\nelsewhere: '${env:NOT_SET_ANYWHERE}'"
    )
    document = {
        "provider": {"stage": "${opt:stage, 'dev'}"},
        "custom": {"list": ["a", "b"], "name": "x-${sls:stage}", "key": "name", "url": "https://a.b/c,self:d"},
        "asked": expression,
    }
    assert Variables(document, tmp_path, {"stage": "dev"}).resolved()["asked"] == value


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("${foo:bar}", "unknown variable source"),
        ("${self:custom.nowhere}", "no value and no fallback"),
        ("${file(nowhere.yml)}", "no value and no fallback"),
        ("${self:asked}", "in a circle"),
        ("x${self:custom}", "is a structure"),
    ],
)
def test_variables_without_a_meaning_are_refused(tmp_path: Path, expression: str, message: str) -> None:
    with pytest.raises(ServiceError, match=message):
        Variables({"custom": {"a": 1}, "asked": expression}, tmp_path, {}).resolved()


def test_intrinsic_functions_mean_local_names(tmp_path: Path) -> None:
    service = load(
        tmp_path,
        """
service: s
provider:
  environment:
    TABLE: !Ref Things
    TABLE_ARN: !GetAtt Things.Arn
    FUNCTION: !Ref TheOneLambdaFunction
    MACHINE: !Ref Machine
    TEXT: !Sub "arn:${AWS::Partition}:x:${AWS::Region}:${AWS::AccountId}:${Things}/${Things.Arn}/${!Literal}"
    MAPPED: !Sub ["${a}-b", {a: !Ref Things}]
    JOINED: !Join ["/", [a, !Ref Things]]
    SPLIT: !Join ["+", !Split [",", "a,b"]]
    QUEUE: !GetAtt Dlq.Arn
functions:
  theOne: {handler: a.b}
resources:
  Resources:
    Things: {Type: AWS::DynamoDB::Table, Properties: {TableName: things}}
    Dlq: {Type: AWS::SQS::Queue}
    Machine:
      Type: AWS::StepFunctions::StateMachine
      Properties: {StateMachineName: m, Definition: {StartAt: A, States: {A: {Type: Succeed}}}}
""",
    )
    assert service.functions["theOne"].environment == {
        "TABLE": "things",
        "TABLE_ARN": "arn:aws:dynamodb:eu-west-1:111122223333:table/things",
        "FUNCTION": "s-dev-theOne",
        "MACHINE": STATES + "m",
        "TEXT": (
            "arn:aws:x:eu-west-1:111122223333:things/arn:aws:dynamodb:eu-west-1:111122223333:table/things/${Literal}"
        ),
        "MAPPED": "things-b",
        "JOINED": "a/things",
        "SPLIT": "a+b",
        "QUEUE": "arn:aws:sqs:eu-west-1:111122223333:s-dev-Dlq",
    }


MACHINE = """
service: s
resources:
  Resources:
    Machine:
      Type: AWS::StepFunctions::StateMachine
      Properties: {Definition: "${file(m.json)}", DefinitionSubstitutions: {Given: x}}
"""


@pytest.mark.parametrize(
    ("text", "definition", "message"),
    [
        (MACHINE, '{"StartAt": "${Given}${Missing}"}', "Missing"),
        (MACHINE, '{"StartAt": "A"}', "never uses"),
        (MACHINE, "{", "m.json"),
        ("service: s\nfunctions: {a: {}}", "{}", "handler is missing"),
        ("service: s\nprovider: {environment: {A: !Ref Nowhere}}\nfunctions: {a: {handler: x.y}}", "{}", "Nowhere"),
        ("service: s\nfunctions: {a: {handler: x.y, events: [{schedule: 'cron(0 3 * * ? *)'}]}}", "{}", "only rate"),
        ("service: s\nresources: [{Resources: {A: {Type: X}}}, {Resources: {A: {Type: X}}}]", "{}", "defined twice"),
        ("service: [", "{}", "serverless.yml"),
    ],
)
def test_what_has_no_local_meaning_is_refused_with_its_place(
    tmp_path: Path, text: str, definition: str, message: str
) -> None:
    with pytest.raises(ServiceError, match=message):
        load(tmp_path, text, m_json=definition)


def test_small_rules() -> None:
    assert logical_name("create-input_x") == "CreateDashinputUnderscorex"
    assert seconds_of("rate(5 minutes)", "here") == 300
    assert seconds_of("rate(1 day)", "here") == 86_400


def test_a_schedule_is_read(tmp_path: Path) -> None:
    text = (
        "service: s\nfunctions: {a: {handler: x.y, events: [{schedule: {rate: ['rate(5 minutes)'], input: {k: 1}}}]}}"
    )
    (schedule,) = load(tmp_path, text).schedules
    assert (schedule.function, schedule.seconds, schedule.input) == ("a", 300, {"k": 1})


def test_a_schedule_may_be_a_rule_of_the_event_bus(tmp_path: Path) -> None:
    text = "service: s\nfunctions: {a: {handler: x.y, events: [{eventBridge: {schedule: rate(2 hours)}}]}}"
    service = load(tmp_path, text)
    assert [(each.name, each.function, each.seconds) for each in service.schedules] == [("s-dev-a-rule-1", "a", 7200)]
    assert service.rules == ()


def test_cors_is_what_extends_the_http_api(tmp_path: Path) -> None:
    text = """
service: s
resources:
  - extensions:
      HttpApi: {Properties: {CorsConfiguration: {AllowOrigins: !Split [",", "a,b"], AllowMethods: [GET], MaxAge: 9}}}
  - Resources: {Things: {Type: X}}
"""
    assert load(tmp_path, text).cors == Cors(origins=("a", "b"), methods=("GET",), max_age=9)
    assert load(tmp_path, "service: s").cors is None


def test_events_that_do_not_run_here_are_named(tmp_path: Path) -> None:
    service = load(tmp_path, "service: s\nfunctions: {a: {handler: x.y, events: [{sns: topic}]}}")
    assert service.ignored == ("functions.a.events[0].sns: not run locally",)


def test_a_tables_stream_is_mapped_to_its_function(sample: Service) -> None:
    (mapping,) = sample.streams
    assert (mapping.function, mapping.table) == ("note", "sample-dev-watched")
    assert mapping.stream_arn.startswith("arn:aws:dynamodb:eu-west-1:111122223333:table/sample-dev-watched/stream/")
    assert (mapping.view_type, mapping.batch_size) == ("NEW_AND_OLD_IMAGES", 4)
    assert (mapping.reports_failures, mapping.bisects, mapping.maximum_retries) == (True, True, 3)
    assert mapping.filters == ({"dynamodb": {"Keys": {"pk": {"S": [{"prefix": "told/"}]}}}},)
    assert mapping.on_failure == "arn:aws:sqs:eu-west-1:111122223333:sample-dev-notes-dead-letter"
    assert sample.tables["WatchedTable"].create["StreamSpecification"] == {
        "StreamEnabled": True,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }


STREAM = """
service: s
functions:
  a: {handler: x.y, events: [{stream: {type: dynamodb, arn: !GetAtt T.StreamArn, %s}}]}
resources: {Resources: {T: {Type: AWS::DynamoDB::Table, Properties: {TableName: t, %s}}}}
"""
SPECIFIED = "StreamSpecification: {StreamViewType: KEYS_ONLY}"


def test_a_mapping_without_options_has_osls_and_lambdas_defaults(tmp_path: Path) -> None:
    (mapping,) = load(tmp_path, STREAM % ("enabled: true", SPECIFIED)).streams
    assert (mapping.batch_size, mapping.maximum_retries, mapping.maximum_age) == (10, -1, -1)
    assert not mapping.bisects and not mapping.reports_failures and not mapping.filters
    assert mapping.on_failure is None


@pytest.mark.parametrize(
    ("option", "table", "message"),
    [
        ("parallelizationFactor: 2", SPECIFIED, "parallelizationFactor is not supported"),
        ("batchSize: 5", "BillingMode: PAY_PER_REQUEST", "no StreamSpecification"),
    ],
)
def test_a_stream_that_can_not_be_run_here_is_refused(tmp_path: Path, option: str, table: str, message: str) -> None:
    with pytest.raises(ServiceError, match=message):
        load(tmp_path, STREAM % (option, table))
