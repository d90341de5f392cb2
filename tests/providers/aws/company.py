"""The small company that lives in moto, and the quiet answers for what moto does not know."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3

from providers.aws.front import HOME, Ask, Front, Kept, Reply, on, told


@dataclass(frozen=True)
class Company:
    """The company's ids. `home` is the management account; `closed` is suspended."""

    port: int
    organization: str
    unit: str
    home: str
    member: str
    closed: str
    vpc: str
    subnets: tuple[str, ...]
    bare_vpc: str
    key: str

    @property
    def moto(self) -> str:
        return f"http://127.0.0.1:{self.port}"


class Builder:
    """Clients of moto, for any account."""

    def __init__(self, port: int) -> None:
        self._endpoint = f"http://127.0.0.1:{port}"

    def client(self, service: str, region: str = "us-east-1", account: str = HOME) -> Any:
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        if account != HOME:
            sts = boto3.client("sts", region_name="us-east-1", endpoint_url=self._endpoint, **keys)
            role = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/setup", RoleSessionName="setup")
            keys = {
                "aws_access_key_id": role["Credentials"]["AccessKeyId"],
                "aws_secret_access_key": role["Credentials"]["SecretAccessKey"],
                "aws_session_token": role["Credentials"]["SessionToken"],
            }
        return boto3.client(service, region_name=region, endpoint_url=self._endpoint, **keys)


def trail_policy(bucket: str, *statements: dict[str, Any]) -> str:
    write = {
        "Sid": "Write",
        "Effect": "Allow",
        "Principal": {"Service": ["cloudtrail.amazonaws.com", "delivery.logs.amazonaws.com"]},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/AWSLogs/*",
        "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [write, *statements]})


def built(port: int) -> Company:
    make = Builder(port)
    organizations = make.client("organizations")
    organization = organizations.create_organization(FeatureSet="ALL")["Organization"]["Id"]
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="Workloads")["OrganizationalUnit"][
        "Id"
    ]

    def account(name: str, **tags: str) -> str:
        made = organizations.create_account(
            AccountName=name,
            Email=f"{name}@example.com",
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
        )
        return str(made["CreateAccountStatus"]["AccountId"])

    member, closed = account("member", env="prod"), account("closed")
    organizations.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit)
    organizations.close_account(AccountId=closed)

    key = make.client("kms").create_key()["KeyMetadata"]["Arn"]
    s3 = make.client("s3")
    s3.create_bucket(Bucket="org-logs", ObjectLockEnabledForBucket=True)
    s3.put_object_lock_configuration(
        Bucket="org-logs",
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 400}},
        },
    )
    s3.put_bucket_encryption(
        Bucket="org-logs",
        ServerSideEncryptionConfiguration={
            "Rules": [
                {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
            ]
        },
    )
    s3.put_public_access_block(
        Bucket="org-logs",
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "IgnorePublicAcls": True,
            "BlockPublicPolicy": True,
            "RestrictPublicBuckets": True,
        },
    )
    s3.put_bucket_policy(Bucket="org-logs", Policy=trail_policy("org-logs"))
    logs = make.client("logs")
    logs.create_log_group(logGroupName="/trail/main")
    logs.put_retention_policy(logGroupName="/trail/main", retentionInDays=90)
    group = logs.describe_log_groups(logGroupNamePrefix="/trail/main")["logGroups"][0]["arn"]
    trails = make.client("cloudtrail")
    trails.create_trail(
        Name="main",
        S3BucketName="org-logs",
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
        CloudWatchLogsLogGroupArn=group,
        CloudWatchLogsRoleArn=f"arn:aws:iam::{HOME}:role/logs",
    )
    trails.start_logging(Name="main")

    theirs = make.client("s3", account=member)
    theirs.create_bucket(Bucket="member-logs")
    theirs.put_bucket_policy(Bucket="member-logs", Policy=trail_policy("member-logs"))
    theirs.put_bucket_lifecycle_configuration(
        Bucket="member-logs",
        LifecycleConfiguration={
            "Rules": [
                {
                    "ID": "tidy",
                    "Status": "Enabled",
                    "Filter": {"Prefix": "AWSLogs/"},
                    "Expiration": {"Days": 30},
                    "Transitions": [{"Days": 7, "StorageClass": "GLACIER"}],
                }
            ]
        },
    )
    own = make.client("cloudtrail", "eu-west-1", member)
    own.create_trail(Name="writes", S3BucketName="member-logs", S3KeyPrefix="team")
    own.put_event_selectors(
        TrailName="writes",
        EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": []}],
    )
    own.start_logging(Name="writes")

    ec2 = make.client("ec2", "eu-west-1", member)
    for vpc in ec2.describe_vpcs()["Vpcs"]:
        for subnet in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        ec2.delete_vpc(VpcId=vpc["VpcId"])
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.create_tags(Resources=[vpc], Tags=[{"Key": "tier", "Value": "edge"}])
    subnets = tuple(
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24")["Subnet"]["SubnetId"]
        for number in (1, 2)
    )
    for subnet in subnets:
        ec2.create_network_interface(SubnetId=subnet)
    bare = ec2.create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    ec2.create_flow_logs(
        ResourceIds=[bare],
        ResourceType="VPC",
        TrafficType="REJECT",
        LogDestinationType="s3",
        LogDestination="arn:aws:s3:::member-logs",
    )
    return Company(
        port=port,
        organization=organization,
        unit=unit,
        home=HOME,
        member=member,
        closed=closed,
        vpc=vpc,
        subnets=subnets,
        bare_vpc=bare,
        key=key,
    )


STARTED = 1_700_000_000.0


def delivering(**other: Any) -> Reply:
    """The status of a trail that works: it delivered on the hour."""
    hour = time.time() // 3600 * 3600
    status = {
        "IsLogging": True,
        "StartLoggingTime": STARTED,
        "LatestDeliveryTime": hour,
        "LatestDigestDeliveryTime": hour,
        "LatestCloudWatchLogsDeliveryTime": hour,
    }
    answered = {name: value for name, value in (status | other).items() if value is not None}
    return told("cloudtrail:GetTrailStatus", **answered)


def _regions(ask: Ask) -> Reply:
    if ask.params.get("AccountId") == HOME:
        return Reply(status=400, body=b'{"message": "the caller\'s own id"}')
    statuses = {"eu-west-1": "ENABLED_BY_DEFAULT", "us-east-1": "ENABLED_BY_DEFAULT", "ap-east-1": "DISABLED"}
    regions = [{"RegionName": name, "RegionOptStatus": status} for name, status in statuses.items()]
    return told("account:ListRegions", Regions=regions)


@contextmanager
def before_moto(company: Company, kept: Kept) -> Iterator[Front]:
    """A server before moto. A test puts its own rules first."""
    server = Front(company.port, kept)
    server.rules += [
        on("account:ListRegions", _regions),
        on(
            "cloudtrail:ListEventDataStores",
            lambda _: told("cloudtrail:ListEventDataStores", EventDataStores=[]),
        ),
        on("cloudtrail:LookupEvents", lambda _: told("cloudtrail:LookupEvents", Events=[])),
        on("cloudtrail:GetTrailStatus", lambda _: delivering()),
        on(
            "logs:DescribeAccountPolicies", lambda _: told("logs:DescribeAccountPolicies", accountPolicies=[])
        ),
    ]
    try:
        yield server
    finally:
        server.stop()
