"""What a call takes, as IAM names it, and the rows of operations that families list.

Source: Service Authorization Reference, "Actions, resources, and condition keys" of each service.
"""

from collections.abc import Mapping

from logcov.providers.rows import Operation

ODD: Mapping[str, str] = {
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
}
"""Calls whose permission is not named like them."""

PREFIXES: Mapping[str, str] = {
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "opensearch": "es",
    "stepfunctions": "states",
    "emr": "elasticmapreduce",
    "mwaa": "airflow",
    "accessanalyzer": "access-analyzer",
    "docdb": "rds",
    "neptune": "rds",
    "s3control": "s3",
    "resourcegroupstaggingapi": "tag",
}
"""boto3's name of a service → IAM's, where they differ."""

BY_METHOD = frozenset({"apigateway", "apigatewayv2"})
"""API Gateway's permissions are HTTP methods; all of its reads are `apigateway:GET`."""


def permission_of(call: str) -> str:
    """The IAM action that a call takes, `elbv2:DescribeLoadBalancers` → `elasticloadbalancing:DescribeLoadBalancers`."""
    service, name = call.split(":", 1)
    if service in BY_METHOD:
        return "apigateway:GET"
    return ODD.get(call, f"{PREFIXES.get(service, service)}:{name}")


def reads(calls: Mapping[str, str]) -> tuple[Operation, ...]:
    """The operations of a family, from call (`eks:DescribeCluster`) to what is read with it."""
    return tuple(
        Operation(
            call=call,
            permission="" if permission_of(call) == call else permission_of(call),
            wire=call.replace(":", " "),
            why=why,
        )
        for call, why in calls.items()
    )
