"""Fills moto from the world: keys, buckets, log groups, VPCs and whatever else, written through the AWS APIs.

Everything is made under a luck of its own (see `MotoBox.draw`), so that ids are the same in every run and do
not change because something else was added to the world.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from logcov.errors import SandboxError
from logcov.sandbox.aws_moto import MotoBox
from logcov.sandbox.aws_world import Admission, AwsWorld, Bucket, FlowLog, Key, LogGroup, Made, Vpc


@dataclass(frozen=True, slots=True)
class Seeded:
    """What moto made of the world, by the ids that it gave.

    Attributes:
        keys: name of a key in the world → its ARN.
        key_times: id of a key → when it was made.
        flow_logs: id of a flow log → what the world says of it.
        shared: VPC id → the account that owns it and those it is shared with.
        names: how the world may refer to what was made: `vpc:NAME`, and what `keep` names.
    """

    keys: dict[str, str] = field(default_factory=dict)
    key_times: dict[str, datetime] = field(default_factory=dict)
    flow_logs: dict[str, FlowLog] = field(default_factory=dict)
    shared: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    names: dict[str, Any] = field(default_factory=dict)


def seed(box: MotoBox, world: AwsWorld) -> Seeded:
    """Makes everything that moto is to answer for.

    Raises:
        SandboxError: moto refuses something of the world; says what.
    """
    seeded = Seeded()
    for key in world.keys:
        with _told(f"key {key.name}"):
            _key(box, key, seeded)
    for group in world.log_groups:
        with _told(f"log group {group.name}"):
            _log_group(box, group)
    for bucket in world.buckets:
        with _told(f"bucket {bucket.name}"):
            _bucket(box, bucket, seeded)
    for vpc in world.vpcs:
        with _told(f"vpc {vpc.name}"):
            _vpc(box, vpc, seeded)
    for number, made in enumerate(world.made):
        with _told(f"made.{number} ({made.call} at {made.at})"):
            _made(box, made, seeded)
    return seeded


def _made(box: MotoBox, made: Made, seeded: Seeded) -> None:
    import jmespath

    account, _, region = made.at.partition("/")
    service, _, method = made.call.partition(".")
    client = box.client(service, region, account, f"{made.at} {made.call} {made.parameters}")
    answer = getattr(client, method)(**referred(made.parameters, seeded.names))
    for name, path in made.keep.items():
        seeded.names[name] = jmespath.search(path, answer)


_REFERENCE = re.compile(r"\$\{([^}]+)\}")


def referred(value: Any, names: Mapping[str, Any]) -> Any:
    """A value of the world with its `${references}` put in.

    Raises:
        SandboxError: nothing of that name was made before.
    """
    if isinstance(value, dict):
        return {name: referred(inner, names) for name, inner in value.items()}
    if isinstance(value, list):
        return [referred(inner, names) for inner in value]
    if not isinstance(value, str):
        return value

    def found(fit: re.Match[str]) -> str:
        if fit[1] not in names:
            raise SandboxError(f"aws: {value}: nothing is called {fit[1]}")
        return str(names[fit[1]])

    return _REFERENCE.sub(found, value)


@contextmanager
def _told(what: str) -> Iterator[None]:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise SandboxError(f"aws: {what}: moto does not make it: {error}") from error


def _log_group(box: MotoBox, group: LogGroup) -> None:
    logs = box.client("logs", group.region, group.account, f"log group {group.name}")
    logs.create_log_group(logGroupName=group.name)
    if group.retention_days is not None:
        logs.put_retention_policy(logGroupName=group.name, retentionInDays=group.retention_days)


def _key(box: MotoBox, key: Key, seeded: Seeded) -> None:
    root = {
        "Sid": "Owner",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{key.account}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    trails = {
        "Sid": "CloudTrail",
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": ["kms:GenerateDataKey*", "kms:DescribeKey"],
        "Resource": "*",
    }
    kms = box.client("kms", key.region, key.account, f"key {key.name}")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [root, trails]})
    made = kms.create_key(Description=f"Acme {key.name}", Policy=policy)["KeyMetadata"]
    kms.create_alias(AliasName=f"alias/{key.name}", TargetKeyId=made["KeyId"])
    if not key.enabled:
        kms.disable_key(KeyId=made["KeyId"])
    seeded.keys[key.name] = made["Arn"]
    seeded.key_times[made["KeyId"]] = key.created


# --- Buckets ----------------------------------------------------------------------------------------------


def _bucket(box: MotoBox, bucket: Bucket, seeded: Seeded) -> None:
    s3 = box.client("s3", bucket.region, bucket.account, f"bucket {bucket.name}")
    where = (
        {"CreateBucketConfiguration": {"LocationConstraint": bucket.region}}
        if bucket.region != "us-east-1"
        else {}
    )
    s3.create_bucket(Bucket=bucket.name, ObjectLockEnabledForBucket=bucket.lock is not None, **where)
    if bucket.versioning is not None:
        s3.put_bucket_versioning(Bucket=bucket.name, VersioningConfiguration={"Status": bucket.versioning})
    if bucket.lock is not None:
        rule = {"DefaultRetention": {"Mode": bucket.lock.mode, "Days": bucket.lock.days}}
        s3.put_object_lock_configuration(
            Bucket=bucket.name, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
        )
    if bucket.lifecycle:
        s3.put_bucket_lifecycle_configuration(
            Bucket=bucket.name, LifecycleConfiguration={"Rules": bucket.lifecycle}
        )
    if bucket.key is not None:
        by = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": seeded.keys[bucket.key]}
        rules = [{"ApplyServerSideEncryptionByDefault": by, "BucketKeyEnabled": True}]
        s3.put_bucket_encryption(Bucket=bucket.name, ServerSideEncryptionConfiguration={"Rules": rules})
    statements = [each for admission in bucket.admits for each in _statements(bucket.name, admission)]
    statements += bucket.statements
    if statements:
        s3.put_bucket_policy(
            Bucket=bucket.name, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements})
        )
    s3.put_public_access_block(
        Bucket=bucket.name,
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )


NAMES_ACL = ("cloudtrail", "config", "delivery.logs")
"""Services whose objects say `bucket-owner-full-control`."""


def _statements(bucket: str, admission: Admission) -> list[Mapping[str, Any]]:
    """What AWS's consoles write into a bucket policy for these services.

    Source: CloudTrail user guide, "Amazon S3 bucket policy for CloudTrail"; VPC user guide, "Amazon S3 bucket
    permissions for flow logs"; Config developer guide, "Permissions for the Amazon S3 bucket"; Elastic Load Balancing
    and S3 user guides, on access logs: of these two, the ACL that they name is not documented.
    """
    who = {"Service": f"{admission.service}.amazonaws.com"}
    under = [f"arn:aws:s3:::{bucket}/{prefix}*" for prefix in admission.under]
    by = _source(admission.source)
    write: dict[str, dict[str, str]] = (
        {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}
        if admission.service in NAMES_ACL
        else {}
    )
    for operator, keys in by.items():
        write[operator] = {**write.get(operator, {}), **keys}
    return [
        {
            "Sid": "AclCheck",
            "Effect": "Allow",
            "Principal": who,
            "Action": "s3:GetBucketAcl",
            "Resource": f"arn:aws:s3:::{bucket}",
            **({"Condition": by} if by else {}),
        },
        {
            "Sid": "Write",
            "Effect": "Allow",
            "Principal": who,
            "Action": "s3:PutObject",
            "Resource": under[0] if len(under) == 1 else under,
            **({"Condition": write} if write else {}),
        },
    ]


def _source(source: str) -> dict[str, dict[str, str]]:
    if not source:
        return {}
    if source.isdecimal():
        return {"StringEquals": {"aws:SourceAccount": source}}
    return {"ArnLike" if "*" in source else "StringEquals": {"aws:SourceArn": source}}


# --- Networks ---------------------------------------------------------------------------------------------


def _vpc(box: MotoBox, vpc: Vpc, seeded: Seeded) -> None:
    # First the region's own VPC, under the luck that it would have without this one.
    box.client("ec2", vpc.region, vpc.account, f"{vpc.account}/{vpc.region}/ec2").describe_vpcs()
    ec2 = box.client("ec2", vpc.region, vpc.account, f"vpc {vpc.account} {vpc.region} {vpc.name}")
    tags = [{"Key": key, "Value": value} for key, value in {"Name": vpc.name, **vpc.tags}.items()]
    ident = ec2.create_vpc(CidrBlock=vpc.cidr, TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}])[
        "Vpc"
    ]["VpcId"]
    subnets = []
    network = vpc.cidr.rsplit(".", 2)[0]
    for number in range(vpc.subnets):
        zone = f"{vpc.region}{'abc'[number % 3]}"
        made = ec2.create_subnet(VpcId=ident, CidrBlock=f"{network}.{number}.0/24", AvailabilityZone=zone)
        subnets.append(made["Subnet"]["SubnetId"])
        if vpc.used:
            ec2.create_network_interface(SubnetId=subnets[-1], Description=f"acme {vpc.name} {number}")
    seeded.names[f"vpc:{vpc.name}"] = ident
    seeded.names.update({f"subnet:{vpc.name}:{number}": subnet for number, subnet in enumerate(subnets)})
    for log in vpc.flow_logs:
        _flow_log(ec2, log, ident if log.of == "vpc" else subnets[0], vpc, seeded)
    if vpc.shared_with:
        seeded.shared[ident] = (vpc.account, tuple(vpc.shared_with))


def _flow_log(ec2: Any, log: FlowLog, resource: str, vpc: Vpc, seeded: Seeded) -> None:
    kind, _, place = log.to.partition(":")
    asked: dict[str, Any] = {
        "ResourceIds": [resource],
        "ResourceType": "VPC" if log.of == "vpc" else "Subnet",
        "TrafficType": log.traffic,
    }
    if kind == "s3":
        # moto takes the whole place for the bucket's name: the prefix comes back in `aws_rewrite`.
        asked |= {"LogDestinationType": "s3", "LogDestination": f"arn:aws:s3:::{place.partition('/')[0]}"}
    else:
        role = f"arn:aws:iam::{vpc.account}:role/FlowLogsToLogs"
        asked |= {
            "LogDestinationType": "cloud-watch-logs",
            "LogGroupName": place,
            "DeliverLogsPermissionArn": role,
        }
    made = ec2.create_flow_logs(**asked)
    if made.get("Unsuccessful"):
        raise SandboxError(
            f"aws: vpc {vpc.name}: moto does not make its flow log to {log.to}: {made['Unsuccessful']}"
        )
    seeded.flow_logs[made["FlowLogIds"][0]] = log
