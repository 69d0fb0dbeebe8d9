"""What each use of AWS needs in IAM: a table, each line with its source. Read by ``needs``.

``<x>`` in a use stands for any one word, and for the same in the resources. Resources are written as CloudFormation's
Sub takes them. A resource is as narrow as the service lets it be said: where a line is wider than one would wish, it
says why. "SAR" is the Service Authorization Reference's page "Actions, resources, and condition keys for …" of that
service: it tells which resources and conditions an action knows.

No line has a KMS action: the table, the parameters and the bucket are encrypted with keys that AWS manages
(aws/dynamodb, aws/ssm) or that S3 owns, whose key policies let in whoever may use the service in this account (KMS
developer guide, "AWS managed keys"; Systems Manager user guide, "SecureString parameter encryption and decryption"). A
key of one's own would need kms:Decrypt and kms:GenerateDataKey here.
"""

from __future__ import annotations

from tests.permissions.permission import OURS, Condition, Need

HERE = "${AWS::Region}:${AWS::AccountId}"
_TABLE = "${SessionsTable.Arn}"
_BUCKET = "${MediaBucket.Arn}"
_MEDIALIVE = "arn:${AWS::Partition}:medialive:" + HERE
_CHANNELS, _INPUTS = f"{_MEDIALIVE}:channel:*", f"{_MEDIALIVE}:input:*"
_GROUPS = f"{_MEDIALIVE}:inputSecurityGroup:*"
_FLOWS = "arn:${AWS::Partition}:mediaconnect:" + HERE + ":flow:*"
_OUTPUTS = "arn:${AWS::Partition}:mediaconnect:" + HERE + ":output:*"
_IVS_CHANNELS = "arn:${AWS::Partition}:ivs:" + HERE + ":channel/*"
_IVS_KEYS = "arn:${AWS::Partition}:ivs:" + HERE + ":stream-key/*"
_PARAMETERS = "arn:${AWS::Partition}:ssm:" + HERE + ":parameter/onair/${sls:stage}/*"
_MACHINE = "arn:${AWS::Partition}:states:" + HERE + ":stateMachine:onair-${sls:stage}-<machine>"
_ANY_MACHINE = "arn:${AWS::Partition}:states:" + HERE + ":stateMachine:onair-${sls:stage}-*"
_EXECUTIONS = "arn:${AWS::Partition}:states:" + HERE + ":execution:onair-${sls:stage}-*"

#: Of what is made: it must be given this stage's tag.
_MADE_OURS: Condition = {"StringEquals": {"aws:RequestTag/onair:stage": "${sls:stage}"}}
_TO_MEDIALIVE: Condition = {"StringEquals": {"iam:PassedToService": "medialive.amazonaws.com"}}
_FROM_US: Condition = {"ForAllValues:StringEquals": {"events:source": "onair"}}

_SAR_DYNAMODB = "SAR Amazon DynamoDB"
_SAR_MEDIALIVE = "SAR AWS Elemental MediaLive"
_SAR_MEDIACONNECT = "SAR AWS Elemental MediaConnect"
_SAR_IVS = "SAR Amazon Interactive Video Service"
_SAR_SSM = "SAR AWS Systems Manager"
_SAR_STATES = "SAR AWS Step Functions"
_TRANSACTIONS = "DynamoDB developer guide, 'Using IAM with DynamoDB transactions'"
_TAGGED = "MediaLive user guide, 'Tagging resources'; " + _SAR_MEDIALIVE + ", CreateTags"


def _one(action: str, *resources: str, source: str, condition: Condition | None = None) -> list[Need]:
    return [Need(action, resources, source, condition or {})]


NEEDS: dict[str, list[Need]] = {
    # DynamoDB
    **{
        f"dynamodb:{name} table": _one(f"dynamodb:{name}", _TABLE, source=_SAR_DYNAMODB)
        for name in ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem")
    },
    "dynamodb:Query index/<index>": _one("dynamodb:Query", f"{_TABLE}/index/<index>", source=_SAR_DYNAMODB),
    "dynamodb:TransactWriteItems Put": _one("dynamodb:PutItem", _TABLE, source=_TRANSACTIONS),
    "dynamodb:TransactWriteItems Update": _one("dynamodb:UpdateItem", _TABLE, source=_TRANSACTIONS),
    "dynamodb:TransactWriteItems ConditionCheck": _one("dynamodb:ConditionCheckItem", _TABLE, source=_TRANSACTIONS),
    # S3. Who may not list the whole bucket is told 403, not 404, of an object that is missing: what reads may list.
    "s3:GetObject <folder>": [
        *_one("s3:GetObject", f"{_BUCKET}/<folder>*", source="S3 API reference, GetObject, 'Permissions'"),
        *_one("s3:ListBucket", _BUCKET, source="S3 API reference, GetObject, 'Permissions': 404 or 403"),
    ],
    "s3:GetObject(presigned) <folder>": _one(
        "s3:GetObject",
        f"{_BUCKET}/<folder>*",
        source="S3 user guide, 'Download and upload objects with presigned URLs': a link can do what its signer may",
    ),
    "s3:PutObject <folder>": _one(
        "s3:PutObject",
        f"{_BUCKET}/<folder>*",
        source="S3 user guide, 'How to prevent object overwrites with conditional writes': If-None-Match needs no more",
    ),
    "s3:CopyObject <from> to <to>": [
        *_one("s3:GetObject", f"{_BUCKET}/<from>*", source="S3 API reference, CopyObject, 'Permissions'"),
        *_one("s3:PutObject", f"{_BUCKET}/<to>*", source="S3 API reference, CopyObject, 'Permissions'"),
        *_one("s3:ListBucket", _BUCKET, source="S3 API reference, CopyObject, 'Permissions': 404 or 403"),
    ],
    "s3:ListObjectsV2": _one("s3:ListBucket", _BUCKET, source="S3 API reference, ListObjectsV2, 'Permissions'"),
    "s3:ListMultipartUploads": _one(
        "s3:ListBucketMultipartUploads", _BUCKET, source="S3 API reference, ListMultipartUploads, 'Permissions'"
    ),
    "s3:AbortMultipartUpload": _one(
        "s3:AbortMultipartUpload", f"{_BUCKET}/*", source="S3 API reference, AbortMultipartUpload, 'Permissions'"
    ),
    # SSM. DescribeParameters knows no resource, so whoever lists may learn all names in the account; no values.
    "ssm:PutParameter with tags": [
        *_one("ssm:PutParameter", _PARAMETERS, source=_SAR_SSM),
        *_one("ssm:AddTagsToResource", _PARAMETERS, source="Systems Manager API reference, PutParameter, 'Tags'"),
    ],
    "ssm:PutParameter over": _one("ssm:PutParameter", _PARAMETERS, source=_SAR_SSM),
    "ssm:GetParameters": _one("ssm:GetParameters", _PARAMETERS, source=_SAR_SSM),
    "ssm:DeleteParameters": _one("ssm:DeleteParameters", _PARAMETERS, source=_SAR_SSM),
    "ssm:DescribeParameters": _one("ssm:DescribeParameters", "*", source=_SAR_SSM),
    # Step Functions. Which machine is started is in the code; whose execution is looked at or stopped is in the data. A
    # task token is its own key: SendTask… knows no resource.
    "stepfunctions:StartExecution <machine>": _one("states:StartExecution", _MACHINE, source=_SAR_STATES),
    "stepfunctions:DescribeStateMachine": _one("states:DescribeStateMachine", _ANY_MACHINE, source=_SAR_STATES),
    "stepfunctions:ListExecutions": _one("states:ListExecutions", _ANY_MACHINE, source=_SAR_STATES),
    **{
        f"stepfunctions:{name}": _one(f"states:{name}", _EXECUTIONS, source=_SAR_STATES)
        for name in ("DescribeExecution", "GetExecutionHistory", "StopExecution", "DescribeStateMachineForExecution")
    },
    "stepfunctions:SendTaskSuccess": _one("states:SendTaskSuccess", "*", source=_SAR_STATES),
    "stepfunctions:SendTaskFailure": _one("states:SendTaskFailure", "*", source=_SAR_STATES),
    # EventBridge
    "events:PutEvents onair to default": _one(
        "events:PutEvents",
        "arn:${AWS::Partition}:events:" + HERE + ":event-bus/default",
        source="SAR Amazon EventBridge; EventBridge user guide, 'Using IAM policy conditions'",
        condition=_FROM_US,
    ),
    # Service Quotas. Its page names actions of other services: those are for their quotas, not for MediaLive's.
    "service-quotas:ListServiceQuotas": _one("servicequotas:ListServiceQuotas", "*", source="SAR Service Quotas"),
    # MediaLive. Ids are the service's, so a channel is told from another by its tags alone. A description asks for no
    # tag: whether what is deleted still has its own is not established, and by describing it its end is seen.
    "medialive:CreateInput with tags": [
        *_one("medialive:CreateInput", _INPUTS, _GROUPS, source=_SAR_MEDIALIVE, condition=_MADE_OURS),
        *_one("medialive:CreateTags", _INPUTS, source=_TAGGED, condition=_MADE_OURS),
    ],
    "medialive:DescribeInput": _one("medialive:DescribeInput", _INPUTS, source=_SAR_MEDIALIVE),
    "medialive:DeleteInput": _one("medialive:DeleteInput", _INPUTS, source=_SAR_MEDIALIVE, condition=OURS),
    "medialive:CreateChannel with a role": _one(
        "iam:PassRole",
        "${MediaLiveRole.Arn}",
        source="MediaLive user guide, 'Set up user permissions' (trusted entity); SAR AWS IAM",
        condition=_TO_MEDIALIVE,
    ),
    "medialive:CreateChannel with tags": [
        *_one("medialive:CreateChannel", _CHANNELS, _INPUTS, source=_SAR_MEDIALIVE, condition=_MADE_OURS),
        *_one("medialive:CreateTags", _CHANNELS, source=_TAGGED, condition=_MADE_OURS),
    ],
    "medialive:UpdateChannel": _one("medialive:UpdateChannel", _CHANNELS, source=_SAR_MEDIALIVE, condition=OURS),
    "medialive:DescribeChannel": _one("medialive:DescribeChannel", _CHANNELS, source=_SAR_MEDIALIVE),
    **{
        f"medialive:{name}": _one(f"medialive:{name}", _CHANNELS, source=_SAR_MEDIALIVE, condition=OURS)
        for name in ("StartChannel", "StopChannel", "DeleteChannel", "BatchUpdateSchedule")
    },
    "medialive:ListAlerts": _one("medialive:ListAlerts", "*", source=_SAR_MEDIALIVE + ": no resource"),
    "medialive:CreateInputSecurityGroup with tags": [
        *_one("medialive:CreateInputSecurityGroup", _GROUPS, source=_SAR_MEDIALIVE, condition=_MADE_OURS),
        *_one("medialive:CreateTags", _GROUPS, source=_TAGGED, condition=_MADE_OURS),
    ],
    "medialive:DescribeInputSecurityGroup": _one(
        "medialive:DescribeInputSecurityGroup", _GROUPS, source=_SAR_MEDIALIVE
    ),
    **{
        f"medialive:{name}": _one(f"medialive:{name}", _GROUPS, source=_SAR_MEDIALIVE, condition=OURS)
        for name in ("UpdateInputSecurityGroup", "DeleteInputSecurityGroup")
    },
    **{
        f"medialive:{name}": _one(f"medialive:{name}", "*", source=_SAR_MEDIALIVE + ": no resource")
        for name in ("ListInputs", "ListChannels", "ListInputSecurityGroups")
    },
    # MediaConnect. Flows are the show's own and carry no tag of ours. AddFlowOutputs asks for none either: it makes
    # several outputs, each with tags, and whether IAM is told of them all is not established.
    "mediaconnect:DescribeFlow": _one("mediaconnect:DescribeFlow", _FLOWS, source=_SAR_MEDIACONNECT),
    "mediaconnect:AddFlowOutputs with tags": [
        *_one("mediaconnect:AddFlowOutputs", _FLOWS, _OUTPUTS, source=_SAR_MEDIACONNECT),
        *_one("mediaconnect:TagResource", _OUTPUTS, source=_SAR_MEDIACONNECT + ", TagResource"),
    ],
    "mediaconnect:RemoveFlowOutput": [
        *_one("mediaconnect:RemoveFlowOutput", _FLOWS, source=_SAR_MEDIACONNECT),
        *_one("mediaconnect:RemoveFlowOutput", _OUTPUTS, source=_SAR_MEDIACONNECT, condition=OURS),
    ],
    # IVS. A stream key's own ARN says nothing of its channel, and whether it takes on the channel's tags is not
    # established: who reads one key can read any.
    "ivs:ListChannels": _one("ivs:ListChannels", _IVS_CHANNELS, source=_SAR_IVS),
    "ivs:ListStreams": _one("ivs:ListStreams", _IVS_CHANNELS, source=_SAR_IVS),
    "ivs:GetChannel": _one("ivs:GetChannel", _IVS_CHANNELS, source=_SAR_IVS),
    "ivs:GetStream": _one("ivs:GetStream", _IVS_CHANNELS, source=_SAR_IVS),
    "ivs:CreateChannel with tags": [
        *_one("ivs:CreateChannel", _IVS_CHANNELS, _IVS_KEYS, source=_SAR_IVS, condition=_MADE_OURS),
        *_one("ivs:TagResource", _IVS_CHANNELS, source=_SAR_IVS + ", TagResource", condition=_MADE_OURS),
    ],
    "ivs:DeleteChannel": [
        *_one("ivs:DeleteChannel", _IVS_CHANNELS, source=_SAR_IVS, condition=OURS),
        *_one("ivs:DeleteChannel", _IVS_KEYS, source=_SAR_IVS),
    ],
    "ivs:ListStreamKeys": _one("ivs:ListStreamKeys", _IVS_CHANNELS, _IVS_KEYS, source=_SAR_IVS),
    "ivs:GetStreamKey": _one("ivs:GetStreamKey", _IVS_KEYS, source=_SAR_IVS),
}
