"""Every call that ``onair doctor`` may make, and the IAM action of each. None of them changes anything.

``aws.Aws`` refuses whatever is not here. Whether an operation only reads is told by its service's page "Actions,
resources, and condition keys" in the Service Authorization Reference: all of these have the access level List or Read,
and sts:GetCallerIdentity needs no permission at all.
"""

from __future__ import annotations

#: By service, as botocore calls it: operation and action.
READS: dict[str, dict[str, str]] = {
    "cloudformation": {
        "DescribeStacks": "cloudformation:DescribeStacks",
        "ListStackResources": "cloudformation:ListStackResources",
    },
    "cloudwatch": {"DescribeAlarms": "cloudwatch:DescribeAlarms"},
    "dynamodb": {"DescribeContinuousBackups": "dynamodb:DescribeContinuousBackups"},
    "iam": {
        "GetRole": "iam:GetRole",
        "GetRolePolicy": "iam:GetRolePolicy",
        "ListRolePolicies": "iam:ListRolePolicies",
        "SimulatePrincipalPolicy": "iam:SimulatePrincipalPolicy",
    },
    "ivs": {"ListChannels": "ivs:ListChannels"},
    "kms": {"DescribeKey": "kms:DescribeKey"},
    "lambda": {"GetAccountSettings": "lambda:GetAccountSettings"},
    "logs": {"DescribeLogGroups": "logs:DescribeLogGroups"},
    "mediaconnect": {"DescribeFlow": "mediaconnect:DescribeFlow", "ListFlows": "mediaconnect:ListFlows"},
    "medialive": {
        "ListChannels": "medialive:ListChannels",
        "ListInputSecurityGroups": "medialive:ListInputSecurityGroups",
        "ListInputs": "medialive:ListInputs",
    },
    "service-quotas": {"ListServiceQuotas": "servicequotas:ListServiceQuotas"},
    "sns": {"GetTopicAttributes": "sns:GetTopicAttributes"},
    "sqs": {"GetQueueAttributes": "sqs:GetQueueAttributes", "GetQueueUrl": "sqs:GetQueueUrl"},
    "ssm": {"DescribeParameters": "ssm:DescribeParameters"},
    "stepfunctions": {"ListExecutions": "states:ListExecutions"},
    "sts": {"GetCallerIdentity": ""},
}


def actions() -> list[str]:
    """What the doctor itself needs to be allowed."""
    return sorted(action for operations in READS.values() for action in operations.values() if action)
