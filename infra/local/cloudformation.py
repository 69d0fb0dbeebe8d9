"""CloudFormation's Ref, GetAtt, Sub, Join and Split, for what they mean on this machine. Used by ``service``."""

from __future__ import annotations

import json
import re
from typing import Any

from infra.local.variables import ServiceError

ACCOUNT = "111122223333"
REGION = "eu-west-1"
#: When the tables' streams were switched on, which their ARNs tell.
STREAM_LABEL = "2026-01-01T00:00:00.000"


class Names:
    """The local names and ARNs of one service. ``functions``: key of serverless.yml → deployed name."""

    def __init__(self, stack: str, functions: dict[str, str], resources: dict[str, Any]) -> None:
        self._stack = stack
        self._functions = functions
        self._resources = resources
        self._logical_ids = {f"{logical_name(key)}LambdaFunction": key for key in functions}

    def value(self, node: Any) -> Any:
        """A value with every intrinsic function replaced by what it means locally."""
        if isinstance(node, list):
            return [self.value(each) for each in node]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            (name, argument), *_ = node.items()
            if name == "Ref":
                return self.ref(argument)
            if name == "Fn::GetAtt":
                logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
                return self.attribute(logical_id, attribute)
            if name == "Fn::Sub":
                return self._sub(argument)
            if name == "Fn::Join":
                return argument[0].join(text_of(each) for each in self.value(argument[1]))
            if name == "Fn::Split":
                return text_of(self.value(argument[1])).split(argument[0])
            if name.startswith("Fn::"):
                raise ServiceError(f"{name} is not supported locally: {json.dumps(node)[:200]}")
        return {key: self.value(each) for key, each in node.items()}

    def _sub(self, argument: Any) -> str:
        template, values = argument if isinstance(argument, list) else (argument, {})

        def replacement(match: re.Match[str]) -> str:
            name = match.group(1)
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            if name in values:
                return text_of(self.value(values[name]))
            return text_of(self.attribute(*name.split(".", 1)) if "." in name else self.ref(name))

        return re.sub(r"\$\{([^}]+)\}", replacement, template)

    def ref(self, logical_id: str) -> str:
        """What ``Ref`` gives for a pseudo parameter, a function or a resource."""
        pseudo = {
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::Partition": "aws",
            "AWS::URLSuffix": "amazonaws.com",
            "AWS::StackName": self._stack,
        }
        if logical_id in pseudo:
            return pseudo[logical_id]
        if logical_id in self._logical_ids:
            return self._functions[self._logical_ids[logical_id]]
        kind = self._kind(logical_id)
        name = self.ref_name(logical_id)
        if kind == "AWS::StepFunctions::StateMachine":
            return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"
        if kind == "AWS::SQS::Queue":
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
        if kind == "AWS::SNS::Topic":
            return f"arn:aws:sns:{REGION}:{ACCOUNT}:{name}"
        return name

    def ref_name(self, logical_id: str, given: str | None = None) -> str:
        """The name a resource is given in its properties, else one made from its logical id."""
        properties = self._resources.get(logical_id, {}).get("Properties") or {}
        names = [given] if given else ["TableName", "StateMachineName", "BucketName", "QueueName", "RoleName", "Name"]
        names += ["LogGroupName", "TopicName"]
        for each in names:
            if each in properties:
                return text_of(self.value(properties[each]))
        return f"{self._stack}-{logical_id}"

    def attribute(self, logical_id: str, attribute: str) -> str:
        """What ``Fn::GetAtt`` gives; the ARN for every kind of resource we deploy."""
        if logical_id in self._logical_ids:
            return self.function_arn(self._logical_ids[logical_id])
        kind, name = self._kind(logical_id), self.ref_name(logical_id)
        here = f"{REGION}:{ACCOUNT}"
        arns = {
            "AWS::StepFunctions::StateMachine": f"arn:aws:states:{here}:stateMachine:{name}",
            "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{here}:table/{name}",
            "AWS::SQS::Queue": f"arn:aws:sqs:{here}:{name}",
            "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{name}",
            "AWS::S3::Bucket": f"arn:aws:s3:::{name}",
            "AWS::Events::Rule": f"arn:aws:events:{here}:rule/{name}",
            "AWS::Logs::LogGroup": f"arn:aws:logs:{here}:log-group:{name}:*",
        }
        if attribute == "Arn" and kind in arns:
            return arns[kind]
        if attribute == "StreamArn" and kind == "AWS::DynamoDB::Table":
            return f"{arns[kind]}/stream/{STREAM_LABEL}"
        if attribute == "RegionalDomainName" and kind == "AWS::S3::Bucket":
            return f"{name}.s3.{REGION}.amazonaws.com"
        if attribute == "Name":
            return name
        raise ServiceError(f"GetAtt {logical_id}.{attribute} ({kind}) has no local meaning")

    def _kind(self, logical_id: str) -> str:
        if logical_id not in self._resources:
            raise ServiceError(f"{logical_id} is neither a function nor a resource of this service")
        return str(self._resources[logical_id].get("Type"))

    def function_arn(self, key: str) -> str:
        """A function's ARN, by its key."""
        return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{self._functions[key]}"


def logical_name(key: str) -> str:
    """How osls turns a function's key into the start of its logical id."""
    return (key[:1].upper() + key[1:]).replace("-", "Dash").replace("_", "Underscore")


def text_of(value: Any) -> str:
    """A value inside a string, as CloudFormation writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
