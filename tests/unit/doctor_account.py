"""An AWS account as ``onair doctor`` may find it: a fake behind botocore, for the doctor's tests.

Everything but the network is real: clients, paginators, the models, which judge what is asked and what is answered
here. It begins as an account in which the stage dev is deployed and well; a test changes what it is about.
"""

from __future__ import annotations

import json
import urllib.parse
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import botocore.session
from botocore.validate import ParamValidator

from infra.doctor.aws import Aws

Document = dict[str, Any]

ACCOUNT = "111122223333"
NOW = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
ROLE = f"arn:aws:iam::{ACCOUNT}:role/teams/ShowOperator"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}:onair-alarms"
MEDIA_LIVE_ROLE = "onair-dev-MediaLiveRole-EXAMPLE"
DENIED = "AccessDenied"


_here: list[FakeAccount] = []


class Refusal(Exception):
    def __init__(self, code: str, message: str = "") -> None:
        self.code, self.message = code, message


class _Answered:
    """What botocore looks at of an HTTP answer."""

    def __init__(self, status_code: int) -> None:
        self.status_code = status_code
        self.headers: dict[str, str] = {}


class FakeAccount:
    """``asked`` are the operations, in their order. ``refused``: by ``service:Operation``, ``service:*`` or ``*``, with
    which code and message."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Document]] = []
        self.refused: dict[str, tuple[str, str]] = {}
        self.arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/ShowOperator/somebody"
        self.quotas: dict[str, dict[str, float]] = {
            "medialive": {"Channels": 20.0, "Push Inputs": 20.0},
            "mediaconnect": {"Outputs": 50.0},
        }
        self.channels: list[Document] = []
        self.inputs: list[Document] = []
        self.security_groups: list[Document] = []
        self.ivs_channels: list[Document] = []
        self.flows: dict[str, int] = {"main-stage": 2}
        self.concurrency = 1000
        self.parameters: list[Document] = []
        self.key_state: str | None = "Enabled"
        #: By action, or ``*``: a result of the simulator, beyond its action and resource.
        self.simulated: dict[str, Document] = {}
        self.stack: Document | None = {
            "StackName": "onair-dev",
            "StackStatus": "UPDATE_COMPLETE",
            "CreationTime": NOW - timedelta(days=9),
            "LastUpdatedTime": NOW - timedelta(days=1),
            "Outputs": [
                {"OutputKey": "HttpApiUrl", "OutputValue": "https://example.execute-api.eu-west-1.amazonaws.com"},
                {"OutputKey": "PageUrl", "OutputValue": "https://example.cloudfront.net"},
            ],
        }
        self.roles = {"ShowOperator": ROLE, MEDIA_LIVE_ROLE: f"arn:aws:iam::{ACCOUNT}:role/{MEDIA_LIVE_ROLE}"}
        self.trust: Document = {
            "Statement": [
                {"Effect": "Allow", "Principal": {"Service": "medialive.amazonaws.com"}, "Action": ["sts:AssumeRole"]}
            ]
        }
        self.policy: Document = {
            "Statement": [{"Effect": "Allow", "Action": ["ssm:GetParameter", "ssm:GetParameters", "s3:PutObject"]}]
        }
        self.sweeps = [self.a_sweep("SUCCEEDED", minutes=3), self.a_sweep("SUCCEEDED", minutes=8)]
        self.dead_letters = 0
        self.alarms = [self.an_alarm("sweep-stopped"), self.an_alarm("orphans-found")]
        self.subscribed: tuple[int, int] | None = (1, 0)
        self.recovery = "ENABLED"
        self.log_groups: list[Document] = [{"logGroupName": "/aws/lambda/onair-dev-api", "retentionInDays": 30}]

    def aws(self) -> Aws:
        """The way to this account, while no other's is asked for: clients take long to make, so all share them."""
        _here[:] = [self]
        return _aws()

    def not_deployed(self) -> FakeAccount:
        self.stack = None
        return self

    def refuse(self, what: str, code: str = DENIED, message: str = f"not by {ROLE}") -> None:
        self.refused[what] = (code, message)

    @staticmethod
    def a_sweep(status: str, minutes: int) -> Document:
        ended = {} if status == "RUNNING" else {"stopDate": NOW - timedelta(minutes=minutes - 1)}
        machine = f"arn:aws:states:eu-west-1:{ACCOUNT}:stateMachine:onair-dev-sweep"
        told = {"executionArn": f"{machine}:{minutes}", "stateMachineArn": machine, "name": f"{minutes}"}
        return {**told, "status": status, "startDate": NOW - timedelta(minutes=minutes), **ended}

    @staticmethod
    def an_alarm(name: str, state: str = "OK", page: str = "SweepStopped", topic: str | None = TOPIC) -> Document:
        said = f"No scheduled sweep has come off. docs/runbooks/{page}.md"
        actions = [topic] if topic else []
        return {
            "AlarmName": f"onair-dev-{name}",
            "AlarmDescription": said,
            "StateValue": state,
            "AlarmActions": actions,
        }

    def operations(self) -> set[str]:
        return {name for name, _ in self.asked}

    def answer(self, model: Any, context: Document, **_: Any) -> tuple[_Answered, Document]:
        service, operation = model.service_model.service_name, model.name
        name = f"{service}:{operation}"
        self.asked.append((name, context["asked"]))
        for what in (name, f"{service}:*", "*"):
            if what in self.refused:
                return _error(*self.refused[what])
        try:
            answer = getattr(self, "_" + operation)(context["asked"])
        except Refusal as refusal:
            return _error(refusal.code, refusal.message)
        if model.output_shape is not None:
            report = ParamValidator().validate(answer, model.output_shape)
            assert not report.has_errors(), report.generate_report()
        return _Answered(200), answer

    def _GetCallerIdentity(self, asked: Document) -> Document:
        return {"Account": ACCOUNT, "Arn": self.arn, "UserId": "EXAMPLE"}

    def _GetRole(self, asked: Document) -> Document:
        name = asked["RoleName"]
        if name not in self.roles:
            raise Refusal("NoSuchEntity")
        told = {"Path": "/", "RoleName": name, "RoleId": "EXAMPLEROLEIDNOTREAL", "Arn": self.roles[name]}
        return {"Role": {**told, "CreateDate": NOW, "AssumeRolePolicyDocument": _policy(self.trust)}}

    def _ListRolePolicies(self, asked: Document) -> Document:
        return {"PolicyNames": ["onair-media-live"], "IsTruncated": False}

    def _GetRolePolicy(self, asked: Document) -> Document:
        named = {"RoleName": asked["RoleName"], "PolicyName": asked["PolicyName"]}
        return {**named, "PolicyDocument": _policy(self.policy)}

    def _SimulatePrincipalPolicy(self, asked: Document) -> Document:
        """In pages of seven, so that an answer has several."""
        start = int(asked.get("Marker", "0"))
        here, resource = asked["ActionNames"][start : start + 7], asked["ResourceArns"][0]
        results = [
            {
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": "allowed",
                **self.simulated.get(action, self.simulated.get("*", {})),
            }
            for action in here
        ]
        more = start + 7 < len(asked["ActionNames"])
        return {"EvaluationResults": results, "IsTruncated": more, **({"Marker": str(start + 7)} if more else {})}

    def _ListServiceQuotas(self, asked: Document) -> Document:
        listed = self.quotas.get(asked["ServiceCode"], {})
        return {"Quotas": [{"QuotaName": name, "Value": value} for name, value in listed.items()]}

    def _ListChannels(self, asked: Document) -> Document:
        return (
            {"channels": self.ivs_channels}
            if "Channels" not in asked and self._is_ivs()
            else {"Channels": self.channels}
        )

    def _is_ivs(self) -> bool:
        return self.asked[-1][0] == "ivs:ListChannels"

    def _ListInputs(self, asked: Document) -> Document:
        return {"Inputs": self.inputs}

    def _ListInputSecurityGroups(self, asked: Document) -> Document:
        return {"InputSecurityGroups": self.security_groups}

    def _ListFlows(self, asked: Document) -> Document:
        return {"Flows": [_flow(name) | {"SourceType": "OWNED"} for name in self.flows]}

    def _DescribeFlow(self, asked: Document) -> Document:
        name = asked["FlowArn"].rsplit(":", 1)[-1]
        outputs = [
            {"Name": f"o{n}", "OutputArn": f"arn:aws:mediaconnect:eu-west-1:{ACCOUNT}:output:{n}"}
            for n in range(self.flows[name])
        ]
        whole = {
            "EgressIp": "198.51.100.1",
            "Entitlements": [],
            "Outputs": outputs,
            "Source": {"Name": "s", "SourceArn": "a"},
        }
        return {"Flow": _flow(name) | whole}

    def _GetAccountSettings(self, asked: Document) -> Document:
        return {
            "AccountLimit": {
                "ConcurrentExecutions": self.concurrency,
                "UnreservedConcurrentExecutions": self.concurrency,
            }
        }

    def _DescribeParameters(self, asked: Document) -> Document:
        return {"Parameters": self.parameters}

    def _DescribeKey(self, asked: Document) -> Document:
        if self.key_state is None:
            raise Refusal("NotFoundException", "Alias is not found")
        return {"KeyMetadata": {"KeyId": "example", "KeyState": self.key_state}}

    def _DescribeStacks(self, asked: Document) -> Document:
        if self.stack is None:
            raise Refusal("ValidationError", f"Stack with id {asked['StackName']} does not exist")
        return {"Stacks": [self.stack]}

    def _ListStackResources(self, asked: Document) -> Document:
        made = {"MediaLiveRole": MEDIA_LIVE_ROLE, "CreateChannelRole": "onair-dev-CreateChannelRole-EXAMPLE"}
        return {
            "StackResourceSummaries": [
                {
                    "LogicalResourceId": name,
                    "PhysicalResourceId": physical,
                    "ResourceType": "AWS::IAM::Role",
                    "LastUpdatedTimestamp": NOW,
                    "ResourceStatus": "CREATE_COMPLETE",
                }
                for name, physical in made.items()
            ]
        }

    def _ListExecutions(self, asked: Document) -> Document:
        return {"executions": self.sweeps}

    def _GetQueueUrl(self, asked: Document) -> Document:
        return {"QueueUrl": f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/{asked['QueueName']}"}

    def _GetQueueAttributes(self, asked: Document) -> Document:
        told = {"ApproximateNumberOfMessages": self.dead_letters, "ApproximateNumberOfMessagesNotVisible": 0}
        return {"Attributes": {name: str(told[name]) for name in asked["AttributeNames"]}}

    def _DescribeAlarms(self, asked: Document) -> Document:
        return {"MetricAlarms": [one for one in self.alarms if one["AlarmName"].startswith(asked["AlarmNamePrefix"])]}

    def _GetTopicAttributes(self, asked: Document) -> Document:
        if self.subscribed is None:
            raise Refusal("NotFound", "Topic does not exist")
        confirmed, pending = (str(one) for one in self.subscribed)
        return {"Attributes": {"SubscriptionsConfirmed": confirmed, "SubscriptionsPending": pending}}

    def _DescribeContinuousBackups(self, asked: Document) -> Document:
        recovery = {"PointInTimeRecoveryStatus": self.recovery}
        told = {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}
        return {"ContinuousBackupsDescription": told}

    def _DescribeLogGroups(self, asked: Document) -> Document:
        return {"logGroups": self.log_groups if asked["logGroupNamePrefix"].startswith("/aws/lambda/") else []}


def a_channel(number: int, state: str = "IDLE", **tags: str) -> Document:
    return {"Id": str(number), "Name": f"c{number}", "State": state, "Tags": tags}


def an_input(number: int, kind: str = "RTMP_PUSH", state: str = "DETACHED", **tags: str) -> Document:
    return {"Id": str(number), "Type": kind, "State": state, "Tags": tags}


def _flow(name: str) -> Document:
    arn = f"arn:aws:mediaconnect:eu-west-1:{ACCOUNT}:flow:1-a:{name}"
    told = {"AvailabilityZone": "eu-west-1a", "Description": "", "FlowArn": arn, "Name": name}
    return {**told, "Status": "ACTIVE"}


def _policy(document: Document) -> str:
    """As IAM writes one."""
    return urllib.parse.quote(json.dumps(document))


@cache
def _aws() -> Aws:
    session = botocore.session.Session()
    session.set_credentials("example-key-id-not-real", "example-secret-not-real")
    session.register("provide-client-params", _remember)
    session.register("before-call", lambda **call: _here[0].answer(**call))
    return Aws(session, "eu-west-1")


def _remember(params: Document, context: Document, **_: Any) -> None:
    context["asked"] = params


def _error(code: str, message: str) -> tuple[_Answered, Document]:
    return _Answered(400), {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {}}
