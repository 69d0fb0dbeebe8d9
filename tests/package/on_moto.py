"""Lets moto take what ``infra.deployment`` deploys: what moto makes nothing of is left out, what it reads otherwise is
said in its words. Used by the process that deploys to it (``deploying``).

It stands where botocore takes a call's parameters and gives its answer, so that what is asked, how and when, is the
deployment's own.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml

from infra.deployment.account import Stage

Json = dict[str, Any]
#: Of these moto's CloudFormation makes nothing. What they say is held by cfn-lint and the tests of the template alone.
NOT_MADE = {
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudFront::Distribution",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::ResponseHeadersPolicy",
    "AWS::CloudWatch::Alarm",
    "AWS::CloudWatch::Dashboard",
    "AWS::IAM::RolePolicy",
    "AWS::Lambda::EventInvokeConfig",
    "AWS::S3::BucketPolicy",
    "AWS::SQS::QueuePolicy",
}
PLACEHOLDER = re.compile(r"\$\{([A-Za-z0-9]+)\}")
FITTED = "fitted"
#: What the distribution that moto does not make would be called.
DISTRIBUTION = "E1EXAMPLE"


def fit(stage: Stage) -> list[Json]:
    """Stand between the stage's clients and moto from now on. What was asked of CloudFront is in the list."""
    invalidations: list[Json] = []

    def without_what_is_not_made(params: Json, **_: Any) -> None:
        s3, bucket = stage.client("s3"), stage.bucket("deployment")
        key = params["TemplateURL"].partition(".com/")[2]
        template = fitted(json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()))
        s3.put_object(Bucket=bucket, Key=FITTED, Body=json.dumps(template))
        params["TemplateURL"] = f"https://{bucket}.s3.{stage.region}.amazonaws.com/{FITTED}"

    def with_outputs(parsed: Json, **_: Any) -> None:
        told = {
            "HttpApiUrl": f"https://example.execute-api.{stage.region}.amazonaws.com",
            "PageUrl": "https://example.cloudfront.net",
            "PageDistributionId": DISTRIBUTION,
        }
        for each in parsed.get("Stacks", []):
            each["Outputs"] = [{"OutputKey": name, "OutputValue": value} for name, value in told.items()]

    def unconditional(params: Json, **_: Any) -> None:
        # moto reads no conditions, and would refuse every call where only those without TLS are meant.
        params["Policy"] = params["Policy"].replace("Deny", "Allow")

    events = stage.session.events
    events.register("provide-client-params.cloudformation.CreateChangeSet", without_what_is_not_made)
    events.register("after-call.cloudformation.DescribeStacks", with_outputs)
    events.register("provide-client-params.s3.PutBucketPolicy", unconditional)
    events.register("before-call.cloudfront.CreateInvalidation", _answer_invalidation(invalidations))
    return invalidations


def read_templates_as_json() -> None:
    """moto reads every template as YAML, of which JSON is a part, ten times in a stage's life and for a second each."""
    load = yaml.load

    def read(text: Any, Loader: Any) -> Any:
        try:
            return json.loads(text)
        except ValueError:
            return load(text, Loader)

    yaml.load = read


def _answer_invalidation(asked: list[Json]) -> Any:
    def answer(params: Json, **_: Any) -> Any:
        asked.append({"url": params["url"], "body": params["body"]})
        return type("Answer", (), {"status_code": 201})(), {}

    return answer


def fitted(template: Json) -> Json:
    """The template as moto takes it."""
    template.pop("Outputs", None)  # they are of what is left out
    for name in [name for name, each in template["Resources"].items() if each["Type"] in NOT_MADE]:
        del template["Resources"][name]
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"].pop("Layers")  # moto can't change a function that has one
        properties = resource.get("Properties", {})
        if resource.get("DeletionPolicy") == "RetainExceptOnCreate":
            resource["DeletionPolicy"] = "Retain"
        if resource["Type"] == "AWS::StepFunctions::StateMachine":
            text, values = json.dumps(properties.pop("Definition")), properties.pop("DefinitionSubstitutions")
            # Every other piece is a placeholder's name. (moto's Fn::Sub would make $ of every $$.)
            pieces = [values[each] if at % 2 else each for at, each in enumerate(PLACEHOLDER.split(text))]
            properties["DefinitionString"] = {"Fn::Join": ["", pieces]}
    return template
