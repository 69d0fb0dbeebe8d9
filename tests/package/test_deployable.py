"""The built template as an account takes it: a stage beside others, in two regions; what is kept; who reaches it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from tests.package.deployable import CHECKS

Json = dict[str, Any]


def faults(template: Json) -> list[str]:
    return [fault for check in CHECKS for fault in check(template)]


def test_nothing_is_refused_or_regretted(template: Json) -> None:
    assert faults(template) == []


def _set(logical_id: str, path: str, value: Any) -> Callable[[Json], Json]:
    """The template with a value put, or one taken away (None), where the path leads: keys and numbers, with dots."""

    def spoilt(template: Json) -> Json:
        resource = copy.deepcopy(template["Resources"][logical_id])
        node: Any = resource["Properties"]
        *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        for part in way:
            node = node[part]
        if value is None:
            del node[last]
        else:
            node[last] = value
        return {**template, "Resources": {**template["Resources"], logical_id: resource}}

    return spoilt


def _without(logical_id: str) -> Callable[[Json], Json]:
    def spoilt(template: Json) -> Json:
        left = {key: each for key, each in template["Resources"].items() if key != logical_id}
        return {**template, "Resources": left}

    return spoilt


TRUST = "AssumeRolePolicyDocument.Statement.0.Condition"


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        (_set("Dashboard", "DashboardName", "onair-dev"), "onair-dev is another region's as well"),
        (_set("PageAccess", "OriginAccessControlConfig.Name", "onair-dev-page"), "is another region's as well"),
        (_set("PageHeaders", "ResponseHeadersPolicyConfig.Name", "onair-dev-page"), "is another region's as well"),
        (_set("ApiRole", "RoleName", "onair-dev-api"), "is another region's as well"),
        (_set("SessionsTable", "TableName", "onair-sessions"), "is another stage's as well"),
        (
            _set("MediaBucket", "BucketName", {"Fn::Sub": "onair-dev-media-${AWS::Region}"}),
            "is somebody else's as well",
        ),
        (_set("ApiLambdaFunction", "FunctionName", f"onair-dev-{'x' * 45}"), "is longer than 64 characters"),
        (_without("MediaBucketPolicy"), "MediaBucket is reached without TLS as well"),
        (_set("PageBucketPolicy", "PolicyDocument.Statement.1.Action", "s3:GetObject"), "reached without TLS as well"),
        (_set("MediaBucket", "PublicAccessBlockConfiguration.BlockPublicPolicy", False), "is not closed to the public"),
        (
            _set("PageBucket", "PublicAccessBlockConfiguration.IgnorePublicAcls", None),
            "may be opened by an object's ACL",
        ),
        (_set("MediaBucket", "BucketEncryption", None), "MediaBucket is not encrypted"),
        (_set("MediaBucket", "LifecycleConfiguration.Rules.0.ExpirationInDays", 13), "within a week of the longest"),
        (_set("MediaBucket", "LifecycleConfiguration.Rules.1", {}), "never uploaded whole stays for ever"),
        (_set("SessionsTable", "PointInTimeRecoverySpecification", None), "PointInTimeRecoverySpecification is not"),
        (_set("SessionsTable", "BillingMode", "PROVISIONED"), "BillingMode is not PAY_PER_REQUEST"),
        (_set("SessionsTable", "SSESpecification.SSEEnabled", False), "SSESpecification is not"),
        (_set("EventsDeadLetterQueue", "MessageRetentionPeriod", 345600), "does not keep for as long as it may"),
        (_set("EventsDeadLetterQueue", "SqsManagedSseEnabled", None), "EventsDeadLetterQueue is not encrypted"),
        (
            _set("EventsDeadLetterQueuePolicy", "PolicyDocument.Statement.1", None),
            "Queue is reached without TLS as well",
        ),
        (_set("EventsDeadLetterQueuePolicy", "PolicyDocument.Statement.0.Condition", None), "does not take what"),
        (_set("OnairdevsweepDuerule1EventBridgeRule", "Name", "sweep-onair-dev"), "does not take what"),
        (_without("EventsUndeliveredAlarm"), "nothing rings when something is in it"),
        (_set("MediaLiveRole", TRUST, None), "MediaLiveRole is taken on for whoever asks"),
        (_set("SweepMachineRole", f"{TRUST}.ArnLike", None), "SweepMachineRole is taken on for whoever asks"),
        (_set("HttpApiStage", "DefaultRouteSettings.ThrottlingRateLimit", None), "takes all that the account may"),
        (
            _set("PageDistribution", "DistributionConfig.CacheBehaviors.1.ResponseHeadersPolicyId", None),
            "/changes is answered without headers",
        ),
        (
            _set("PageDistribution", "DistributionConfig.DefaultCacheBehavior.ViewerProtocolPolicy", "allow-all"),
            "the page is read without TLS as well",
        ),
        (_set("SweepFailedAlarm", "Metrics.0.Expression", "failed + timedOut"), "without timedOut there is no sum"),
        (_without("ChangesLateAlarm"), "nothing rings when it is late"),
        (_set("BudgetReachedAlarm", "TreatMissingData", None), "does not say what missing numbers mean"),
        (_set("SweepDueLambdaEvConf", "MaximumEventAgeInSeconds", None), "an event waits for 21600 seconds"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_an_account_refuses_or_one_regrets_is_told(
    template: Json, spoilt: Callable[[Json], Json], told: str
) -> None:
    found = faults(spoilt(template))
    assert any(told in each for each in found), found
