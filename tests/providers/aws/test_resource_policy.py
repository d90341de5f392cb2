import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import starmap
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from logcov.providers.aws.globs import UNKNOWN
from logcov.providers.aws.resource_policy import Request, ruling

TRAIL = "arn:aws:cloudtrail:eu-west-1:111111111111:trail/main"
WRITE = Request(
    service="cloudtrail.amazonaws.com",
    action="s3:PutObject",
    purpose="to write there",
    resource=f"arn:aws:s3:::logs/AWSLogs/111111111111/CloudTrail/eu-west-1/{UNKNOWN}",
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


def judged(*statements: Any, write: Request = WRITE) -> bool | None:
    return ruling({"Statement": list(statements)}, write).allowed


def test_no_policy_allows_a_service_nothing() -> None:
    assert ruling(None, WRITE).allowed is False


@pytest.mark.parametrize(
    "policy",
    [{}, {"statement": [{}]}, {"Statement": [allow(Effect=["Allow"])]}, {"Statement": [allow(Effect={})]}],
)
def test_of_a_policy_that_is_none_nothing_is_known(policy: Mapping[str, Any]) -> None:
    assert ruling(policy, WRITE).allowed is None
    assert ruling(policy, WRITE, granted=True).allowed is None


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
    write = Request(
        service="delivery.logs.amazonaws.com",
        action="s3:PutObject",
        purpose="to write there",
        resource=f"arn:aws:s3:::logs/AWSLogs/1/vpcflowlogs/eu-west-1/{UNKNOWN}",
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


@pytest.mark.parametrize(
    ("named", "allowed"),
    [
        ("logs.eu-west-1.amazonaws.com", True),
        ("*", True),
        ("logs.us-east-1.amazonaws.com", False),
        ("logs.amazonaws.com", None),
        ("logs.eu-west-1.amazonaws.com.cn", None),
        ("delivery.logs.amazonaws.com", False),
    ],
)
def test_a_service_of_another_region_is_another_one(named: str, allowed: bool | None) -> None:
    request = replace(WRITE, service="logs.eu-west-1.amazonaws.com")
    assert judged(allow(Principal={"Service": named}), write=request) is allowed


@pytest.mark.parametrize(
    ("tests", "allowed"),
    [
        ({"aws:SourceArn": "false"}, True),
        ({"aws:SourceArn": True}, False),
        ({"aws:SourceArn": ["true", "false"]}, None),
        ({"aws:PrincipalOrgID": "true"}, None),
    ],
)
def test_a_key_that_is_known_is_there(tests: dict[str, Any], allowed: bool | None) -> None:
    assert judged(allow(Condition={"Null": tests})) is allowed


def test_a_resource_that_is_known_whole_must_match_whole() -> None:
    request = replace(WRITE, resource="arn:aws:kms:eu-west-1:1:key/k")
    for resource, allowed in {
        "*": True,
        "arn:aws:kms:eu-west-1:1:key/k": True,
        "arn:aws:kms:*:1:key/*": True,
        "arn:aws:kms:eu-west-1:1:key/other": False,
        "arn:aws:kms:eu-west-1:1:key/k/*": False,
    }.items():
        assert judged(allow(Resource=resource), write=request) is allowed


# --- against a plain reading of IAM's rules ---------------------------------------------------------------

SERVICE, ACTION = "delivery.logs.amazonaws.com", "kms:GenerateDataKey"
KEY = "arn:aws:kms:eu-west-1:111111111111:key/k"
VALUES = {
    "aws:SourceAccount": ("111111111111", "222222222222"),
    "aws:SourceArn": ("arn:aws:logs:eu-west-1:111111111111:delivery-source:a", TRAIL),
    "kms:EncryptionContext:aws:s3:arn": ("arn:aws:s3:::logs", "arn:aws:s3:::logs/x"),
}
PATTERNS = {
    "aws:SourceAccount": ("111111111111", "2*", "?11111111111", "*"),
    "aws:SourceArn": (
        "arn:aws:logs:eu-west-1:111111111111:*",
        "arn:aws:logs:*:111111111111:delivery-source:a",
        "arn:aws:*:*:*:trail/*",
        TRAIL,
    ),
    "kms:EncryptionContext:aws:s3:arn": (
        "arn:aws:s3:::logs",
        "arn:aws:s3:::logs/*",
        "arn:aws:s3:::logs*",
        "arn:aws:s3:::other/*",
    ),
}
OPERATORS = (
    *("StringEquals", "StringLike", "StringEqualsIfExists", "StringLikeIfExists"),
    *("StringNotEquals", "StringNotLike", "StringNotLikeIfExists", "Null"),
)
ARN_OPERATORS = ("ArnLike", "ArnEquals", "ArnNotLike", "ArnLikeIfExists", "ArnNotEqualsIfExists")


def plainly(policy: list[dict[str, Any]], context: dict[str, str]) -> bool:
    """IAM's rules for a request of which everything is known; a key that is not in the context is absent."""
    effects = {one["Effect"] for one in policy if plainly_applies(one, context)}
    return effects == {"Allow"}


def plainly_applies(statement: dict[str, Any], context: dict[str, str]) -> bool:
    principal = statement["Principal"]
    who = principal == "*" or SERVICE in principal.get("Service", ()) or principal.get("AWS") == "*"
    if "Action" in statement:
        what = any(glob(one.lower(), ACTION.lower()) for one in statement["Action"])
    else:
        what = not any(glob(one.lower(), ACTION.lower()) for one in statement["NotAction"])
    whereto = any(glob(one, KEY) for one in statement["Resource"])
    return (
        who
        and what
        and whereto
        and all(
            plainly_holds(operator, values, context.get(key))
            for operator, tests in statement["Condition"].items()
            for key, values in tests.items()
        )
    )


def plainly_holds(operator: str, values: list[str], actual: str | None) -> bool:
    if operator == "Null":
        return (actual is None) is (values == ["true"])
    negative, lenient = "Not" in operator, operator.endswith("IfExists")
    if actual is None:
        return negative or lenient
    if operator.startswith("Arn"):
        hit = any(
            all(starmap(glob, zip(value.split(":", 5), actual.split(":", 5), strict=True)))
            for value in values
        )
    elif "Like" in operator:
        hit = any(glob(value, actual) for value in values)
    else:
        hit = actual in values
    return hit is not negative


def glob(pattern: str, text: str) -> bool:
    return bool(re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), text))


@st.composite
def a_condition(draw: st.DrawFn) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for _ in range(draw(st.integers(0, 2))):
        key = draw(st.sampled_from(sorted(PATTERNS)))
        operator = draw(
            st.sampled_from(OPERATORS if key == "aws:SourceAccount" else OPERATORS + ARN_OPERATORS)
        )
        wanted = st.sampled_from(["true", "false"] if operator == "Null" else PATTERNS[key])
        found.setdefault(operator, {})[key] = draw(
            st.lists(wanted, min_size=1, max_size=1 if operator == "Null" else 2)
        )
    return found


@st.composite
def a_statement(draw: st.DrawFn) -> dict[str, Any]:
    effect = draw(st.sampled_from(["Allow", "Allow", "Deny"]))
    who: list[Any] = [
        "*",
        {"Service": [SERVICE]},
        {"Service": ["config.amazonaws.com", SERVICE]},
        {"Service": ["config.amazonaws.com"]},
        {"AWS": "arn:aws:iam::111111111111:root"},
    ]
    actions = st.sampled_from(
        [["kms:*"], ["kms:GenerateDataKey*"], ["kms:Decrypt", "KMS:generatedatakey"], ["kms:Decrypt"], ["*"]]
    )
    return {
        "Effect": effect,
        "Principal": draw(st.sampled_from([*who, {"AWS": "*"}] if effect == "Deny" else who)),
        draw(st.sampled_from(["Action", "Action", "NotAction"])): draw(actions),
        "Resource": draw(st.sampled_from([["*"], [KEY], ["arn:aws:kms:*:*:key/*"], [f"{KEY}2"]])),
        "Condition": draw(a_condition()),
    }


@st.composite
def a_context(draw: st.DrawFn) -> dict[str, str]:
    return {
        key: draw(st.sampled_from(values)) for key, values in VALUES.items() if draw(st.integers(0, 4)) > 0
    }


def asked(context: Mapping[str, str]) -> Request:
    lowered = {key.lower(): value for key, value in context.items()}
    return Request(service=SERVICE, action=ACTION, purpose=ACTION, resource=KEY, context=lowered)


@settings(max_examples=400, deadline=None)
@given(policy=st.lists(a_statement(), max_size=4), context=a_context(), data=st.data())
def test_what_is_said_of_a_request_that_is_known_in_part_is_so_of_the_request(
    policy: list[dict[str, Any]], context: dict[str, str], data: st.DataObject
) -> None:
    known: dict[str, str] = {}
    for key, value in context.items():
        match data.draw(st.sampled_from(["whole", "whole", "start", "nothing"])):
            case "whole":
                known[key] = value
            case "start":
                known[key] = value[: data.draw(st.integers(0, len(value) - 1))] + UNKNOWN
    told = ruling({"Statement": policy}, asked(known)).allowed
    assert told is None or told is plainly(policy, context)


@settings(max_examples=300, deadline=None)
@given(policy=st.lists(a_statement(), max_size=4), context=a_context())
def test_a_request_that_is_known_whole_is_ruled_as_iam_rules_it(
    policy: list[dict[str, Any]], context: dict[str, str]
) -> None:
    tested = {key for one in policy for tests in one["Condition"].values() for key in tests}
    assume(tested <= set(context))
    assert ruling({"Statement": policy}, asked(context)).allowed is plainly(policy, context)
