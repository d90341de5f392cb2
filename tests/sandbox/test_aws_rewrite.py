"""What moto alone would get wrong, asked by real clients."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from logcov.errors import SandboxError
from sandbox.acme_aws import (
    ARCHIVE,
    MANAGEMENT,
    NOW,
    PRODUCTION,
    REGIONS,
    STAGING,
    SUSPENDED,
    Acme,
    everything,
    serve,
    shipped,
    undisturbed,
)


@pytest.fixture
def acme() -> Iterator[Acme]:
    yield from undisturbed()


def code_of(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**params)
    return str(caught.value.response["Error"]["Code"])


# --- Organizations, accounts, regions ---------------------------------------------------------------------


def test_the_organisation_has_its_own_ids_and_five_accounts(acme: Acme) -> None:
    client = acme.client("organizations")
    organization = client.describe_organization()["Organization"]
    assert (organization["Id"], organization["MasterAccountId"]) == ("o-acme000001", MANAGEMENT)
    states = {each["Id"]: each["State"] for each in everything(client, "list_accounts", "Accounts")}
    assert states == {
        **dict.fromkeys((MANAGEMENT, ARCHIVE, PRODUCTION, STAGING), "ACTIVE"),
        SUSPENDED: "SUSPENDED",
    }


def test_the_tree_leads_to_every_account(acme: Acme) -> None:
    client = acme.client("organizations")
    waiting = [root["Id"] for root in everything(client, "list_roots", "Roots")]
    found = {}
    while waiting:
        parent = waiting.pop()
        for account in everything(client, "list_accounts_for_parent", "Accounts", ParentId=parent):
            found[account["Id"]] = parent
        waiting += [
            ou["Id"]
            for ou in everything(
                client, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent
            )
        ]
    assert found == {
        MANAGEMENT: "r-ab12",
        SUSPENDED: "r-ab12",
        ARCHIVE: "ou-ab12-secu0001",
        PRODUCTION: "ou-ab12-prod0001",
        STAGING: "ou-ab12-stag0001",
    }
    assert client.list_parents(ChildId="ou-ab12-prod0001")["Parents"] == [
        {"Id": "ou-ab12-work0001", "Type": "ORGANIZATIONAL_UNIT"}
    ]


def test_one_account_lacks_the_tag_that_says_what_it_is(acme: Acme) -> None:
    client = acme.client("organizations")

    def tags(account: str) -> dict[str, str]:
        return {
            each["Key"]: each["Value"]
            for each in everything(client, "list_tags_for_resource", "Tags", ResourceId=account)
        }

    assert tags(PRODUCTION) == {"env": "prod", "tier": "1"}
    assert "env" not in tags(ARCHIVE)


def test_a_member_may_ask_only_which_organisation_it_is_in(acme: Acme) -> None:
    member = acme.client("organizations", PRODUCTION)
    assert member.describe_organization()["Organization"]["Id"] == "o-acme000001"
    assert code_of(member.list_accounts) == "AccessDeniedException"
    assert code_of(member.list_tags_for_resource, ResourceId=PRODUCTION) == "AccessDeniedException"


def test_who_asks_for_what_is_not_there_is_told(acme: Acme) -> None:
    client = acme.client("organizations")
    assert code_of(client.list_accounts_for_parent, ParentId="ou-ab12-none0001") == "ParentNotFoundException"
    assert code_of(client.list_parents, ChildId="999999999999") == "ChildNotFoundException"
    assert code_of(client.list_tags_for_resource, ResourceId="999999999999") == "TargetNotFoundException"
    assert code_of(client.describe_account, AccountId="999999999999") == "AccountNotFoundException"


def test_regions_are_told_for_members_without_a_role_and_never_under_the_callers_own_number(
    acme: Acme,
) -> None:
    client = acme.client("account")
    enabled = ["ENABLED", "ENABLING", "ENABLED_BY_DEFAULT"]
    for named in ({"AccountId": STAGING}, {}):
        regions = everything(client, "list_regions", "Regions", RegionOptStatusContains=enabled, **named)
        assert tuple(each["RegionName"] for each in regions) == REGIONS
    assert code_of(client.list_regions, AccountId=MANAGEMENT) == "ValidationException"
    assert (
        code_of(acme.client("account", STAGING).list_regions, AccountId=PRODUCTION) == "AccessDeniedException"
    )


def test_ec2_tells_regions_that_are_not_opted_in_only_when_asked(acme: Acme) -> None:
    client = acme.client("ec2", STAGING)
    assert tuple(each["RegionName"] for each in client.describe_regions()["Regions"]) == REGIONS
    every = {
        each["RegionName"]: each["OptInStatus"]
        for each in client.describe_regions(AllRegions=True)["Regions"]
    }
    assert every["ap-east-1"] == "not-opted-in"
    assert len(every) == 5


# --- EC2 --------------------------------------------------------------------------------------------------


def vpcs(acme: Acme, account: str, region: str = "us-east-1") -> dict[str, dict[str, Any]]:
    found = everything(acme.client("ec2", account, region), "describe_vpcs", "Vpcs")
    return {
        next((tag["Value"] for tag in each["Tags"] if tag["Key"] == "Name"), "default"): each
        for each in found
    }


def flow_logs(acme: Acme, account: str, region: str = "us-east-1") -> dict[str, dict[str, Any]]:
    logs = everything(acme.client("ec2", account, region), "describe_flow_logs", "FlowLogs")
    return {each["ResourceId"]: each for each in logs}


def test_a_shared_vpc_is_seen_by_its_participant_with_its_owners_number(acme: Acme) -> None:
    shared = vpcs(acme, STAGING)["shared-services"]
    assert shared == vpcs(acme, PRODUCTION)["shared-services"]
    assert shared["OwnerId"] == PRODUCTION
    assert "prod-core" not in vpcs(acme, STAGING)
    assert shared["VpcId"] in {
        each["VpcId"] for each in everything(acme.client("ec2", STAGING), "describe_subnets", "Subnets")
    }
    assert shared["VpcId"] not in flow_logs(acme, STAGING)


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_has_a_default_vpc_that_nobody_uses(acme: Acme, region: str) -> None:
    default = vpcs(acme, MANAGEMENT, region)["default"]
    assert default["IsDefault"] is True
    client = acme.client("ec2", MANAGEMENT, region)
    assert everything(client, "describe_network_interfaces", "NetworkInterfaces") == []


def test_used_vpcs_have_network_interfaces(acme: Acme) -> None:
    interfaces = everything(
        acme.client("ec2", PRODUCTION), "describe_network_interfaces", "NetworkInterfaces"
    )
    used = {each["VpcId"] for each in interfaces}
    assert used == {vpc["VpcId"] for name, vpc in vpcs(acme, PRODUCTION).items() if name != "default"}


def test_flow_logs_show_every_situation(acme: Acme) -> None:
    known, logs = vpcs(acme, PRODUCTION), flow_logs(acme, PRODUCTION)
    core = logs[known["prod-core"]["VpcId"]]
    assert (core["TrafficType"], core["DeliverLogsStatus"], core["LogDestination"]) == (
        "ALL",
        "SUCCESS",
        "arn:aws:s3:::acme-flow-logs",
    )
    assert core["CreationTime"] == NOW - timedelta(days=500)
    assert logs[known["prod-cardholder"]["VpcId"]]["TrafficType"] == "REJECT"
    known, logs = vpcs(acme, PRODUCTION, "eu-west-1"), flow_logs(acme, PRODUCTION, "eu-west-1")
    edge = logs[known["prod-edge"]["VpcId"]]
    assert (edge["DeliverLogsStatus"], edge["DeliverLogsErrorMessage"], edge["LogGroupName"]) == (
        "FAILED",
        "Access error",
        "/acme/flow/edge",
    )
    assert logs[known["prod-partner"]["VpcId"]]["LogDestination"] == "arn:aws:s3:::acme-partner-flow/flow"
    apac = vpcs(acme, PRODUCTION, "ap-southeast-2")["prod-apac"]
    assert apac["VpcId"] not in flow_logs(acme, PRODUCTION, "ap-southeast-2")
    split = vpcs(acme, STAGING)["staging-split"]
    subnets = [
        each["SubnetId"]
        for each in everything(acme.client("ec2", STAGING), "describe_subnets", "Subnets")
        if each["VpcId"] == split["VpcId"]
    ]
    assert len(subnets) == 2
    assert len(set(subnets) & set(flow_logs(acme, STAGING))) == 1


def test_the_worlds_own_fault_denies_one_list_in_one_region(acme: Acme) -> None:
    acme.faults.reset()
    client = acme.client("ec2", STAGING, "ap-southeast-2")
    assert code_of(client.describe_flow_logs) == "UnauthorizedOperation"
    assert acme.client("ec2", STAGING).describe_flow_logs()["FlowLogs"]


# --- S3 ---------------------------------------------------------------------------------------------------


def test_the_archive_is_locked_encrypted_with_an_own_key_and_open_to_its_trail(acme: Acme) -> None:
    s3 = acme.client("s3", ARCHIVE)
    bucket = {"Bucket": "acme-org-trail", "ExpectedBucketOwner": ARCHIVE}
    assert s3.get_bucket_versioning(**bucket)["Status"] == "Enabled"
    lock = s3.get_object_lock_configuration(**bucket)["ObjectLockConfiguration"]
    assert lock == {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 400}},
    }
    rule = s3.get_bucket_encryption(**bucket)["ServerSideEncryptionConfiguration"]["Rules"][0]
    key = rule["ApplyServerSideEncryptionByDefault"]["KMSMasterKeyID"]
    assert acme.client("kms", ARCHIVE).describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"
    statements = json.loads(s3.get_bucket_policy(**bucket)["Policy"])["Statement"]
    write = next(each for each in statements if each["Sid"] == "Write")
    assert write["Condition"]["StringEquals"]["aws:SourceArn"].endswith(":trail/acme-org")
    assert s3.head_bucket(**bucket)["ResponseMetadata"]["HTTPStatusCode"] == 200


def test_a_bucket_without_a_key_of_its_own_is_encrypted_by_s3(acme: Acme) -> None:
    read = acme.client("s3", STAGING).get_bucket_encryption(Bucket="acme-staging-legacy")
    rule = read["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}


def test_absent_settings_are_told_by_their_own_codes(acme: Acme) -> None:
    s3 = acme.client("s3", STAGING)
    bucket = {"Bucket": "acme-staging-legacy"}
    assert code_of(s3.get_object_lock_configuration, **bucket) == "ObjectLockConfigurationNotFoundError"
    assert "Status" not in s3.get_bucket_versioning(**bucket)
    assert s3.get_bucket_lifecycle_configuration(**bucket)["Rules"][0]["Expiration"] == {"Days": 30}
    production = acme.client("s3", PRODUCTION)
    assert (
        code_of(production.get_bucket_lifecycle_configuration, Bucket="acme-prod-paused")
        == "NoSuchLifecycleConfiguration"
    )
    assert code_of(production.get_bucket_policy, Bucket="acme-prod-customers") == "NoSuchBucketPolicy"


def test_buckets_of_others_are_forbidden_and_missing_ones_are_missing(acme: Acme) -> None:
    s3 = acme.client("s3", PRODUCTION)
    assert code_of(s3.get_bucket_policy, Bucket="acme-org-trail") == "AccessDenied"
    assert code_of(s3.head_bucket, Bucket="acme-vendor-intake") == "403"
    assert code_of(s3.get_bucket_policy, Bucket="acme-prod-gone") == "NoSuchBucket"
    assert code_of(s3.head_bucket, Bucket="acme-prod-gone") == "404"
    assert (
        code_of(s3.get_bucket_policy, Bucket="acme-prod-data", ExpectedBucketOwner=STAGING) == "AccessDenied"
    )


def test_each_account_lists_its_own_buckets(acme: Acme) -> None:
    assert {each["Name"] for each in everything(acme.client("s3", STAGING), "list_buckets", "Buckets")} == {
        "acme-staging-legacy",
        "acme-staging-stale",
    }
    pages = acme.client("s3", ARCHIVE).get_paginator("list_buckets").paginate()
    assert [len(page.get("Buckets", [])) for page in pages] == [2, 0, 3]


# --- KMS and CloudWatch Logs ------------------------------------------------------------------------------


def test_a_key_of_another_account_is_forbidden(acme: Acme) -> None:
    arn = acme.client("kms", ARCHIVE).describe_key(KeyId="alias/acme-trail")["KeyMetadata"]["Arn"]
    assert code_of(acme.client("kms", PRODUCTION).describe_key, KeyId=arn) == "AccessDeniedException"
    assert code_of(acme.client("kms", ARCHIVE, "eu-west-1").describe_key, KeyId=arn) == "NotFoundException"


def test_no_account_sends_all_of_its_log_groups_on(acme: Acme) -> None:
    read = acme.client("logs", STAGING).describe_account_policies(policyType="SUBSCRIPTION_FILTER_POLICY")
    assert read["accountPolicies"] == []


def test_log_groups_tell_their_retention_or_that_they_keep_for_ever(acme: Acme) -> None:
    groups = everything(acme.client("logs", STAGING), "describe_log_groups", "logGroups")
    assert {each["logGroupName"]: each.get("retentionInDays") for each in groups} == {
        "/acme/flow/staging": 30,
        "/aws/lambda/staging-cron": None,
        "/aws/lambda/staging-mail": 7,
    }


# --- What a world makes and tells by itself -----------------------------------------------------------------


def served(**keys: Any) -> Acme:
    return serve({**shipped(), "aws": {**shipped()["aws"], **keys}})


CLUSTER = {
    "at": "333333333333/eu-west-1",
    "call": "eks.create_cluster",
    "with": {
        "name": "shop",
        "roleArn": "arn:aws:iam::333333333333:role/eks",
        "resourcesVpcConfig": {"subnetIds": ["${subnet:prod-edge:0}"]},
    },
    "keep": {"shop": "cluster.arn"},
}


def test_a_world_may_make_whatever_moto_can_and_refer_to_it() -> None:
    tag = {
        "at": CLUSTER["at"],
        "call": "eks.tag_resource",
        "with": {"resourceArn": "${shop}", "tags": {"env": "prod"}},
    }
    acme = served(made=[CLUSTER, tag])
    try:
        cluster = acme.client("eks", PRODUCTION, "eu-west-1").describe_cluster(name="shop")["cluster"]
        assert cluster["tags"] == {"env": "prod"}
        assert cluster["resourcesVpcConfig"]["subnetIds"][0].startswith("subnet-")
    finally:
        acme.server.stop()


def test_a_reference_to_what_was_not_made_is_told() -> None:
    with pytest.raises(SandboxError, match="nothing is called nobody"):
        served(made=[{**CLUSTER, "with": {"name": "${nobody}"}}])


def test_what_moto_refuses_to_make_is_told_with_its_place() -> None:
    with pytest.raises(SandboxError, match=r"made.0 \(eks.create_cluster at 333333333333/eu-west-1\)"):
        served(made=[{**CLUSTER, "with": {"name": "shop"}}])


def test_a_world_tells_answers_of_its_own_with_times_counted_back() -> None:
    told = {
        "call": "guardduty:GetDetector",
        "at": "333333333333/*",
        "where": {"DetectorId": "d1"},
        "answer": {"Status": "ENABLED", "ServiceRole": "r", "CreatedAt": "-2d"},
    }
    refused = {"call": "guardduty:GetDetector", "error": "BadRequestException"}
    acme = served(told=[told, refused])
    try:
        answer = acme.client("guardduty", PRODUCTION, "eu-west-1").get_detector(DetectorId="d1")
        assert answer["Status"] == "ENABLED"
        assert answer["CreatedAt"].startswith((NOW - timedelta(days=2)).isoformat()[:10])
        assert (
            code_of(acme.client("guardduty", STAGING, "eu-west-1").get_detector, DetectorId="d1")
            == "BadRequestException"
        )
    finally:
        acme.server.stop()


@pytest.mark.parametrize(
    ("service", "operation", "key", "names"),
    [
        ("eks", "list_clusters", "clusters", ["lab", "shop"]),
        ("guardduty", "list_detectors", "DetectorIds", None),
    ],
)
def test_lists_over_plain_http_come_in_pages_too(
    service: str, operation: str, key: str, names: list[str] | None
) -> None:
    lab = {**CLUSTER, "with": {**CLUSTER["with"], "name": "lab"}, "keep": {}}  # type: ignore[dict-item]
    detector = {"at": CLUSTER["at"], "call": "guardduty.create_detector", "with": {"Enable": True}}
    pages = [
        {"operation": "eks:ListClusters", "sizes": [1, 0]},
        {"operation": "guardduty:ListDetectors", "sizes": [0]},
    ]
    acme = served(made=[lab, CLUSTER, detector], pages=pages)
    try:
        paginator = acme.client(service, PRODUCTION, "eu-west-1").get_paginator(operation)
        read = [page[key] for page in paginator.paginate()]
        assert [len(page) for page in read] == ([1, 0, 1] if names else [0, 1])
        assert names is None or [name for page in read for name in page] == names
    finally:
        acme.server.stop()


def test_buckets_are_listed_with_their_regions(acme: Acme) -> None:
    buckets = acme.client("s3", PRODUCTION).list_buckets(MaxBuckets=100)["Buckets"]
    regions = {each["Name"]: each["BucketRegion"] for each in buckets}
    assert regions["acme-prod-customers"] == "eu-west-1"
    assert regions["acme-prod-paused"] == "us-east-1"


def test_a_function_that_names_no_log_group_has_its_own() -> None:
    role = {
        "at": CLUSTER["at"],
        "call": "iam.create_role",
        "with": {"RoleName": "Functions", "AssumeRolePolicyDocument": "{}"},
    }
    function = {
        "at": CLUSTER["at"],
        "call": "lambda.create_function",
        "with": {
            "FunctionName": "orders",
            "Runtime": "python3.13",
            "Handler": "main.main",
            "Role": "arn:aws:iam::333333333333:role/Functions",
            "Code": {"ZipFile": "none"},
        },
    }
    acme = served(made=[role, function])
    try:
        (told,) = acme.client("lambda", PRODUCTION, "eu-west-1").list_functions()["Functions"]
        assert told["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/orders"}
    finally:
        acme.server.stop()


def test_a_bucket_may_let_services_in_by_account_or_without_any_condition() -> None:
    bucket = {
        "name": "acme-logs",
        "account": PRODUCTION,
        "region": "eu-west-1",
        "admits": [
            {"service": "config", "under": ["config/"], "source": PRODUCTION},
            {"service": "logdelivery.elasticloadbalancing", "under": ["alb/"]},
        ],
    }
    acme = served(buckets=[*shipped()["aws"]["buckets"], bucket])
    try:
        client = acme.client("s3", PRODUCTION, "eu-west-1")
        policy = json.loads(client.get_bucket_policy(Bucket="acme-logs")["Policy"])
        writes = {
            each["Principal"]["Service"]: each.get("Condition")
            for each in policy["Statement"]
            if each["Sid"] == "Write"
        }
        assert writes == {
            "config.amazonaws.com": {
                "StringEquals": {
                    "s3:x-amz-acl": "bucket-owner-full-control",
                    "aws:SourceAccount": PRODUCTION,
                }
            },
            "logdelivery.elasticloadbalancing.amazonaws.com": None,
        }
    finally:
        acme.server.stop()
