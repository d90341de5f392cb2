import json
from collections.abc import Mapping
from typing import Any

import pytest

from logcov.inventory import Admission, Ledger, Route
from logcov.providers.aws.stores.buckets import read_bucket
from providers.aws.crawl import Crawl, open_session
from providers.aws.stage import HOME, OTHER, REGION, SCOPE, Stage

VENDED = "delivery.logs.amazonaws.com"
ELB = "logdelivery.elasticloadbalancing.amazonaws.com"
S3 = "logging.s3.amazonaws.com"
CONFIG = "config.amazonaws.com"
CLOUDFRONT = "awslogsdelivery"
OWNER = "a" * 64
DELIVERY = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"
GROUP = "http://acs.amazonaws.com/groups/s3/LogDelivery"


@pytest.fixture
def bucket(stage: Stage) -> Stage:
    """A bucket `logs` of the audited account, without policy and with its owner alone in its ACL."""
    stage.moto("s3").create_bucket(Bucket="logs", CreateBucketConfiguration={"LocationConstraint": REGION})
    acl(stage)
    return stage


def acl(stage: Stage, *grants: tuple[Mapping[str, str], str]) -> None:
    told = [({"ID": OWNER}, "FULL_CONTROL"), *grants]
    stage.moto("s3").put_bucket_acl(
        Bucket="logs",
        AccessControlPolicy={
            "Owner": {"ID": OWNER},
            "Grants": [
                {
                    "Grantee": {"Type": "Group" if "URI" in grantee else "CanonicalUser", **grantee},
                    "Permission": permission,
                }
                for grantee, permission in told
            ],
        },
    )


def policy(stage: Stage, *statements: dict[str, Any]) -> None:
    stage.moto("s3").put_bucket_policy(Bucket="logs", Policy=json.dumps({"Statement": statements}))


def lets(principal: Mapping[str, Any] | str, resource: str = "*", **more: Any) -> dict[str, Any]:
    return {
        "Sid": "Write",
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::logs/{resource}",
    } | more


def bars(principal: Mapping[str, Any] | str, **more: Any) -> dict[str, Any]:
    return lets(principal) | {"Sid": "No", "Effect": "Deny"} | more


def admitted(stage: Stage, writer: str, **more: Any) -> tuple[Crawl, Admission]:
    ledger = Ledger()
    session = open_session(stage.endpoint, ledger, accounts=(HOME,), regions=(REGION,))
    list(session.scopes())
    fields = {
        "id": "route",
        "kind": "any",
        "setting": "setting",
        "effect": "carry",
        "origin": SCOPE,
        "location": REGION,
        "to": "aws:s3/logs",
        "prefix": f"AWSLogs/{HOME}/",
        "writer": writer,
    }
    found = Crawl(tuple(read_bucket(session, "aws:s3/logs", [Route(**(fields | more))])), ledger)
    session.close()
    (one,) = found.all(Admission)
    return found, one


def allowed(stage: Stage, writer: str, **more: Any) -> bool | None:
    """Whether it is let in; None where that is unread."""
    found, one = admitted(stage, writer, **more)
    if isinstance(one.allowed, bool):
        assert one.because
        return one.allowed
    assert found.why(one.allowed)
    return None


# --- load balancers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("principal", "region", "answer"),
    [
        ({"Service": ELB}, REGION, True),
        ({"Service": ELB}, "xx-new-1", True),
        ({"Service": "logdelivery.elb.amazonaws.com"}, REGION, None),
        ({"AWS": "arn:aws:iam::156460612806:root"}, REGION, True),
        ({"AWS": ["156460612806", "127311923021"]}, REGION, True),
        ({"AWS": "*"}, REGION, True),
        ("*", REGION, True),
        ({"AWS": "arn:aws:iam::127311923021:root"}, REGION, False),
        ({"AWS": "arn:aws:iam::156460612806:user/x"}, REGION, None),
        ({"AWS": "arn:aws:iam::127311923021:root"}, "xx-new-1", None),
        ({"AWS": "AIDAEXAMPLE"}, REGION, None),
        ({"CanonicalUser": DELIVERY}, REGION, None),
        ({"Service": VENDED}, REGION, False),
        ({"Service": VENDED}, "xx-new-1", False),
    ],
)
def test_load_balancers_come_as_a_service_or_as_the_account_of_their_region(
    bucket: Stage, principal: Any, region: str, answer: bool | None
) -> None:
    policy(bucket, lets(principal))
    assert allowed(bucket, ELB, location=region) is answer


def test_a_deny_for_all_bars_load_balancers_in_either_guise(bucket: Stage) -> None:
    policy(bucket, lets({"Service": ELB}), lets({"AWS": "156460612806"}), bars("*"))
    assert allowed(bucket, ELB) is False


def test_a_deny_for_all_but_services_leaves_the_service_in(bucket: Stage) -> None:
    barred = bars("*", Condition={"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}})
    policy(bucket, lets({"Service": ELB}), lets({"AWS": "156460612806"}), barred)
    assert allowed(bucket, ELB) is True
    policy(bucket, lets({"AWS": "156460612806"}), barred)
    assert allowed(bucket, ELB) is False


@pytest.mark.parametrize("writer", [ELB, S3])
def test_writers_that_know_s3s_own_keys_only_leave_doubt_where_kms_encrypts(
    bucket: Stage, writer: str
) -> None:
    policy(bucket, lets({"Service": writer}))
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    bucket.moto("s3").put_bucket_encryption(
        Bucket="logs", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )
    found, one = admitted(bucket, writer, resource="source")
    assert found.why(one.allowed).call == "s3:GetBucketEncryption"


BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{HOME}:loadbalancer/app/web/0123456789abcdef"


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:elasticloadbalancing:{REGION}:{HOME}:loadbalancer/*"}}, True),
        ({"StringLike": {"aws:SourceArn": f"arn:aws:elasticloadbalancing:*:{HOME}:loadbalancer/*"}}, True),
        ({"ArnEquals": {"aws:SourceArn": BALANCER}}, True),
        ({"ArnEquals": {"aws:SourceArn": BALANCER + "0"}}, False),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:elasticloadbalancing:{REGION}:{OTHER}:loadbalancer/*"}}, False),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:elasticloadbalancing:us-east-1:{HOME}:loadbalancer/*"}}, False),
        ({"StringEquals": {"aws:SourceAccount": HOME}}, None),
    ],
)  # fmt: skip
def test_load_balancers_name_themselves(
    bucket: Stage, condition: dict[str, Any], answer: bool | None
) -> None:
    policy(bucket, lets({"Service": ELB}, Condition=condition))
    assert allowed(bucket, ELB, resource=BALANCER) is answer


def test_what_classic_load_balancers_say_of_themselves_is_not_told(bucket: Stage) -> None:
    source = {"aws:SourceArn": f"arn:aws:elasticloadbalancing:{REGION}:{HOME}:loadbalancer/*"}
    policy(bucket, lets({"Service": ELB}, Condition={"ArnLike": source}))
    assert allowed(bucket, ELB, resource="web") is None


@pytest.mark.parametrize("algorithm", ["aws:kms", "aws:kms:dsse"])
@pytest.mark.parametrize("writer", [VENDED, CLOUDFRONT])
def test_a_key_matters_only_where_the_bucket_lets_the_writer_in(
    bucket: Stage, writer: str, algorithm: str
) -> None:
    policy(bucket, lets({"Service": VENDED}))
    acl(bucket, ({"ID": DELIVERY}, "FULL_CONTROL"))
    assert allowed(bucket, writer) is True
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": algorithm}}
    bucket.moto("s3").put_bucket_encryption(
        Bucket="logs", ServerSideEncryptionConfiguration={"Rules": [rule]}
    )
    found, one = admitted(bucket, writer)
    assert found.why(one.allowed).call == "kms:GetKeyPolicy"
    policy(bucket, bars("*"))
    assert allowed(bucket, writer) is False


# --- vended log deliveries --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ({"StringEquals": {"aws:SourceAccount": HOME, "s3:x-amz-acl": "bucket-owner-full-control"}}, True),
        ({"StringEquals": {"aws:SourceAccount": OTHER}}, False),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:logs:us-east-1:{HOME}:delivery-source:*"}}, True),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:logs:us-east-1:{HOME}:delivery-source:cdn"}}, True),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:logs:{REGION}:{HOME}:*"}}, False),
    ],
)
def test_a_vended_delivery_names_its_source(
    bucket: Stage, condition: dict[str, Any], answer: bool | None
) -> None:
    policy(bucket, lets({"Service": VENDED}, Condition=condition))
    raw = {"DeliverySourceArn": f"arn:aws:logs:us-east-1:{HOME}:delivery-source:cdn"}
    assert allowed(bucket, VENDED, location=None, raw=raw) is answer


@pytest.mark.parametrize("test", ["ArnLike", "StringLike"])
def test_a_vended_delivery_whose_source_and_region_are_not_told_may_fit(bucket: Stage, test: str) -> None:
    source = {"aws:SourceArn": f"arn:aws:logs:us-east-1:{HOME}:delivery-source:*"}
    policy(bucket, lets({"Service": VENDED}, Condition={test: source}))
    assert allowed(bucket, VENDED, location=None) is None


def test_an_organizations_condition_asks_for_the_organization_and_others_do_not(bucket: Stage) -> None:
    policy(bucket, lets({"Service": VENDED}))
    asked = bucket.asked("organizations:DescribeOrganization")
    assert allowed(bucket, VENDED) is True
    assert bucket.asked("organizations:DescribeOrganization") == asked
    bucket.tell(
        "organizations:DescribeOrganization", {"Organization": {"Id": "o-a1", "MasterAccountId": HOME}}
    )
    for organization, answer in {"o-a1": True, "o-b2": False}.items():
        condition = {"StringEquals": {"aws:SourceOrgID": organization}}
        policy(bucket, lets({"Service": VENDED}, Condition=condition))
        assert allowed(bucket, VENDED) is answer


# --- access control lists ---------------------------------------------------------------------------------


@pytest.mark.parametrize("writer", [CLOUDFRONT, VENDED])
@pytest.mark.parametrize(
    ("grants", "answer"),
    [
        ([({"ID": DELIVERY}, "FULL_CONTROL")], True),
        ([({"ID": DELIVERY}, "WRITE")], None),
        ([({"ID": DELIVERY}, "READ")], False),
        ([({"ID": "b" * 64}, "FULL_CONTROL")], False),
        ([({"URI": GROUP}, "WRITE")], False),
        ([], False),
    ],
)
def test_an_acl_lets_log_deliveries_in(
    bucket: Stage, writer: str, grants: list[Any], answer: bool | None
) -> None:
    acl(bucket, *grants)
    assert allowed(bucket, writer) is answer


@pytest.mark.parametrize(
    ("grants", "answer"),
    [
        ([({"URI": GROUP}, "WRITE"), ({"URI": GROUP}, "READ_ACP")], True),
        ([({"URI": GROUP}, "READ_ACP")], False),
        ([({"ID": DELIVERY}, "FULL_CONTROL")], False),
    ],
)
def test_an_acl_lets_access_logs_of_s3_in(bucket: Stage, grants: list[Any], answer: bool) -> None:
    acl(bucket, *grants)
    assert allowed(bucket, S3, resource="source") is answer


def test_no_policy_lets_the_legacy_logs_of_cloudfront_in(bucket: Stage) -> None:
    policy(bucket, lets({"Service": VENDED}), lets("*"))
    assert allowed(bucket, CLOUDFRONT) is False


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        (bars("*"), False),
        (bars({"Service": "cloudtrail.amazonaws.com"}), True),
        (bars("*", Condition={"Bool": {"aws:SecureTransport": "false"}}), True),
        (bars("*", Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}), None),
        (bars({"AWS": f"arn:aws:iam::{OTHER}:root"}), None),
    ],
)
def test_a_deny_of_the_policy_bars_what_the_acl_lets_in(
    bucket: Stage, statement: dict[str, Any], answer: bool | None
) -> None:
    acl(bucket, ({"ID": DELIVERY}, "FULL_CONTROL"))
    policy(bucket, statement)
    assert allowed(bucket, CLOUDFRONT) is answer


def test_the_acl_is_asked_for_only_where_it_decides(bucket: Stage) -> None:
    policy(bucket, lets({"Service": VENDED}))
    assert allowed(bucket, VENDED) is True
    assert allowed(bucket, ELB) is False
    assert bucket.asked("s3:GetBucketAcl") == 0


def test_an_acl_that_may_not_be_read_leaves_doubt(bucket: Stage) -> None:
    bucket.refuse("s3:GetBucketAcl", "AccessDenied", status=403)
    found, one = admitted(bucket, CLOUDFRONT)
    assert found.why(one.allowed).permission == "s3:GetBucketAcl"


# --- S3 and Config ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::source"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::other"}}, False),
        ({"StringEquals": {"aws:SourceAccount": HOME}}, True),
        ({"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}, None),
    ],
)
def test_access_logs_of_s3_name_the_bucket_that_they_are_of(
    bucket: Stage, condition: dict[str, Any], answer: bool | None
) -> None:
    policy(bucket, lets({"Service": S3}, Condition=condition))
    assert allowed(bucket, S3, resource="source") is answer


def test_s3_writes_no_access_logs_into_a_bucket_that_locks_by_default(bucket: Stage) -> None:
    policy(bucket, lets({"Service": S3}))
    locked = {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
    }
    bucket.tell("s3:GetObjectLockConfiguration", {"ObjectLockConfiguration": locked})
    assert allowed(bucket, S3, resource="source") is False
    bucket.tell(
        "s3:GetObjectLockConfiguration", {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}
    )
    assert allowed(bucket, S3, resource="source") is True


SERVICE_ROLE = f"arn:aws:iam::{HOME}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"


@pytest.mark.parametrize(
    ("role", "answer"), [(SERVICE_ROLE, False), (f"arn:aws:iam::{HOME}:role/config", None)]
)
def test_config_may_write_with_a_role_of_its_own_but_not_with_the_services(
    bucket: Stage, role: str, answer: bool | None
) -> None:
    assert allowed(bucket, CONFIG, raw={"roleARN": role}) is answer
    condition = {"StringEquals": {"aws:SourceAccount": HOME, "s3:x-amz-acl": "bucket-owner-full-control"}}
    policy(bucket, lets({"Service": CONFIG}, Condition=condition))
    assert allowed(bucket, CONFIG, raw={"roleARN": role}) is True
