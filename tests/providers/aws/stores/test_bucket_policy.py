from typing import Any

import pytest

from logcov.providers.aws.globs import UNKNOWN
from logcov.providers.aws.stores.bucket_policy import Write, ruling

TRAIL = "arn:aws:cloudtrail:eu-west-1:111111111111:trail/main"
WRITE = Write(
    service="cloudtrail.amazonaws.com",
    resource="arn:aws:s3:::logs/AWSLogs/111111111111/CloudTrail/eu-west-1/",
    context={
        "s3:x-amz-acl": "bucket-owner-full-control",
        "aws:sourcearn": TRAIL,
        "aws:sourceaccount": "111111111111",
        "aws:securetransport": "true",
        "aws:principalisawsservice": "true",
    },
)


def allow(**more: Any) -> dict[str, Any]:
    return {
        "Sid": "Write",
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::logs/AWSLogs/111111111111/*",
    } | more


def deny(**more: Any) -> dict[str, Any]:
    return {
        "Sid": "No",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::logs", "arn:aws:s3:::logs/*"],
    } | more


def judged(*statements: Any, write: Write = WRITE) -> bool | None:
    return ruling({"Statement": list(statements)}, write).allowed


def test_no_policy_allows_a_service_nothing() -> None:
    assert ruling(None, WRITE).allowed is False


def test_the_documented_policy_allows_the_trail() -> None:
    condition = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceArn": TRAIL}}
    told = ruling({"Statement": [allow(Condition=condition)]}, WRITE)
    assert told.allowed is True
    assert told.because == "statement Write allows it"


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        (allow(), True),
        (allow(Action=["s3:Get*", "S3:put*"]), True),
        (allow(Action="*"), True),
        (allow(Action="s3:GetBucketAcl"), False),
        (allow(Principal="*"), True),
        (allow(Principal={"AWS": "arn:aws:iam::111111111111:root"}), False),
        (allow(Principal={"AWS": "*"}), None),
        (allow(Principal={"Service": ["config.amazonaws.com", "cloudtrail.amazonaws.com"]}), True),
        (allow(Principal={"Service": "cloudtrail.eu-west-1.amazonaws.com"}), None),
        (allow(Resource="arn:aws:s3:::logs/*"), True),
        (allow(Resource="arn:aws:s3:::logs/AWSLogs/222222222222/*"), False),
        (allow(Resource="arn:aws:s3:::logs/AWSLogs/111111111111/CloudTrail/eu-west-1/2026/*"), None),
        (allow(Resource="arn:aws:s3:::logs/AWSLogs/${aws:SourceAccount}/*"), None),
        (allow(Resource="arn:aws:s3:::logs"), False),
        (
            allow(Condition={"StringEquals": {"AWS:SourceArn": "arn:aws:cloudtrail:eu-west-1:1:trail/x"}}),
            False,
        ),
        (allow(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:cloudtrail:*:111111111111:trail/*"}}), True),
        (allow(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:*"}}), None),
        (allow(Condition={"StringLike": {"aws:SourceArn": "arn:aws:*"}}), True),
        (allow(Condition={"StringEquals": {"aws:SourceAccount": ["2", "111111111111"]}}), True),
        (allow(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}), None),
        (allow(Condition={"NumericLessThan": {"s3:max-keys": "10"}}), None),
        (allow(Condition={"ForAnyValue:StringEquals": {"aws:SourceArn": TRAIL}}), None),
        (allow(Condition="odd"), None),
        ({key: value for key, value in allow().items() if key != "Principal"}, None),
        (allow() | {"Effect": "Perhaps"}, None),
        ("odd", None),
    ],
)
def test_whether_one_statement_lets_cloudtrail_write(statement: Any, allowed: bool | None) -> None:
    assert judged(statement) is allowed


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        (deny(), False),
        (deny(Action="s3:DeleteObject*"), True),
        (deny(Condition={"Bool": {"aws:SecureTransport": "false"}}), True),
        (deny(Condition={"Bool": {"aws:SecureTransport": False}}), True),
        (deny(Condition={"BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}), True),
        (deny(Principal={"AWS": "*"}), False),
        (deny(Condition={"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}), None),
        (deny(Condition={"StringNotEquals": {"aws:SourceAccount": "222222222222"}}), False),
        (deny(Condition={"ArnNotLike": {"aws:SourceArn": TRAIL}}), True),
        (
            deny(
                Condition={
                    "StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"},
                    "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
                }
            ),
            True,
        ),
        (deny() | {"NotPrincipal": {"AWS": "x"}, "Principal": None}, None),
    ],
)
def test_a_deny_wins_and_one_that_is_not_understood_leaves_doubt(
    statement: Any, allowed: bool | None
) -> None:
    if statement["Principal"] is None:
        del statement["Principal"]
    assert judged(allow(), statement) is allowed


def test_a_doubtful_deny_does_not_help_where_nothing_is_allowed() -> None:
    doubtful = deny(Condition={"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}})
    assert judged(doubtful) is False


def test_a_source_that_is_known_in_part_fits_patterns_that_leave_the_rest_open() -> None:
    write = Write(
        service="delivery.logs.amazonaws.com",
        resource="arn:aws:s3:::logs/AWSLogs/1/vpcflowlogs/eu-west-1/",
        context={"aws:sourcearn": f"arn:aws:logs:eu-west-1:1:{UNKNOWN}"},
    )
    statement = allow(
        Principal={"Service": "delivery.logs.amazonaws.com"}, Resource="arn:aws:s3:::logs/AWSLogs/1/*"
    )
    for pattern, allowed in {
        "arn:aws:logs:eu-west-1:1:*": True,
        "arn:aws:logs:*:1:*": True,
        "arn:aws:logs:us-east-1:1:*": False,
        "arn:aws:logs:eu-west-1:1:delivery-source:x": None,
    }.items():
        assert (
            judged(statement | {"Condition": {"ArnLike": {"aws:SourceArn": pattern}}}, write=write) is allowed
        )
