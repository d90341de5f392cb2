"""The policies here are those of AWS's own pages, with other accounts and names."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from logcov.inventory import Admission, Destination, Ledger, Route
from logcov.providers.aws.stores.buckets import read_bucket
from providers.aws.crawl import Crawl, open_session
from providers.aws.stage import HOME, OTHER, REGION, SCOPE, Stage

CLOUDTRAIL = "cloudtrail.amazonaws.com"
VENDED = "delivery.logs.amazonaws.com"
CONFIG = "config.amazonaws.com"
BEDROCK = "bedrock.amazonaws.com"
CLOUDFRONT = "awslogsdelivery"
DELIVERY = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{HOME}:trail/main"
SOURCE = f"arn:aws:logs:{REGION}:{HOME}:delivery-source:edge"
GIVE, TAKE = "kms:GenerateDataKey*", "kms:Decrypt"
WHOLE = ["kms:Encrypt", TAKE, "kms:ReEncrypt*", GIVE, "kms:DescribeKey"]
ROOT = {
    "Sid": "Owner",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{HOME}:root"},
    "Action": "kms:*",
    "Resource": "*",
}

Statement = dict[str, Any]


def lets(service: str, action: str | list[str], condition: Mapping[str, Any] | None = None) -> Statement:
    found: Statement = {
        "Sid": "Use",
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": action,
        "Resource": "*",
    }
    return found | ({"Condition": condition} if condition else {})


def bars(**more: Any) -> Statement:
    return {
        "Sid": "No",
        "Effect": "Deny",
        "Principal": "*",
        # Moto takes a Deny of kms:DescribeKey to be for everybody.
        "Action": "kms:Generate*",
        "Resource": "*",
    } | more


def a_key(stage: Stage, *statements: Statement) -> str:
    policy = json.dumps({"Version": "2012-10-17", "Statement": [ROOT, *statements]})
    arn = stage.moto("kms").create_key(Policy=policy)["KeyMetadata"]["Arn"]
    assert isinstance(arn, str)
    return arn


def a_bucket(stage: Stage, key: str, *, name: str = "logs", bucket_key: bool = True) -> None:
    """A bucket that lets everybody write, encrypted with a key."""
    s3 = stage.moto("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    everybody = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Statement": [everybody]}))
    grants = [
        {"Grantee": {"Type": "CanonicalUser", "ID": DELIVERY}, "Permission": "FULL_CONTROL"},
    ]
    s3.put_bucket_acl(Bucket=name, AccessControlPolicy={"Owner": {"ID": "a" * 64}, "Grants": grants})
    by = {"SSEAlgorithm": "aws:kms"} | ({"KMSMasterKeyID": key} if key else {})
    rule = {"ApplyServerSideEncryptionByDefault": by, "BucketKeyEnabled": bucket_key}
    stage.tell("s3:GetBucketEncryption", {"ServerSideEncryptionConfiguration": {"Rules": [rule]}})


def route(writer: str, **more: Any) -> Route:
    fields = {
        "id": f"route of {writer}",
        "kind": "any",
        "setting": "setting",
        "effect": "carry",
        "origin": SCOPE,
        "location": REGION,
        "to": "aws:s3/logs",
        "prefix": f"AWSLogs/{HOME}/",
        "writer": writer,
    }
    return Route(**(fields | more))


def trail(key: str, **more: Any) -> Route:
    return route(CLOUDTRAIL, raw={"TrailARN": TRAIL, "KmsKeyId": key, "IsOrganizationTrail": False} | more)


def read(stage: Stage, *routes: Route, accounts: Sequence[str] = (HOME,)) -> Crawl:
    ledger = Ledger()
    session = open_session(stage.endpoint, ledger, accounts=tuple(accounts), regions=(REGION,))
    list(session.scopes())
    found = Crawl(tuple(read_bucket(session, "aws:s3/logs", list(routes))), ledger)
    session.close()
    return found


def allowed(stage: Stage, one: Route) -> bool | None:
    """Whether it may write; None where that is unread."""
    found = read(stage, one)
    (told,) = found.all(Admission)
    if isinstance(told.allowed, bool):
        return told.allowed
    assert found.why(told.allowed)
    return None


# --- CloudTrail -------------------------------------------------------------------------------------------

CONTEXT = "kms:EncryptionContext:aws:cloudtrail:arn"
TRAILS_OF_HOME = f"arn:aws:cloudtrail:*:{HOME}:trail/*"
OF_CONSOLE: list[Statement] = [
    lets(
        CLOUDTRAIL, GIVE, {"StringEquals": {"aws:SourceArn": TRAIL}, "StringLike": {CONTEXT: TRAILS_OF_HOME}}
    ),
    lets(CLOUDTRAIL, "kms:DescribeKey"),
    lets(CLOUDTRAIL, [TAKE, "kms:ReEncryptFrom"])
    | {
        "Principal": {"AWS": "*"},
        "Condition": {"StringEquals": {"kms:CallerAccount": HOME}, "StringLike": {CONTEXT: TRAILS_OF_HOME}},
    },
    lets(CLOUDTRAIL, "kms:CreateAlias")
    | {
        "Principal": {"AWS": "*"},
        "Condition": {
            "StringEquals": {"kms:CallerAccount": HOME, "kms:ViaService": f"ec2.{REGION}.amazonaws.com"}
        },
    },
]


@pytest.mark.parametrize(
    "statements",
    [
        OF_CONSOLE,
        [lets(CLOUDTRAIL, GIVE, {"StringLike": {CONTEXT: [f"arn:aws:cloudtrail:*:{OTHER}:trail/*", TRAILS_OF_HOME]}})],
        [lets(CLOUDTRAIL, [GIVE, TAKE], {"StringEquals": {"aws:SourceArn": TRAIL}, "StringLike": {CONTEXT: TRAILS_OF_HOME}})],
        [lets(CLOUDTRAIL, "kms:GenerateDataKey", {"StringEquals": {"aws:SourceAccount": HOME}})],
        [lets(CLOUDTRAIL, GIVE), bars(Condition={"Null": {CONTEXT: "true"}})],
    ],
)  # fmt: skip
def test_the_documented_policies_let_a_trail_encrypt(stage: Stage, statements: list[Statement]) -> None:
    key = a_key(stage, *statements)
    a_bucket(stage, key)
    found = read(stage, trail(key))
    (one,) = found.all(Admission)
    assert one.allowed is True
    assert f"policy of the key {key}: statement Use allows it" in one.because
    assert one.raw["KeyStatement"]["Sid"] == "Use"
    assert any(reading.startswith("kms:GetKeyPolicy") for reading in one.readings)


def test_the_trail_of_an_organization_writes_for_the_account_that_manages_it(stage: Stage) -> None:
    condition = {"StringEquals": {"aws:SourceArn": TRAIL, "aws:SourceAccount": HOME}}
    key = a_key(stage, lets(CLOUDTRAIL, GIVE, condition))
    a_bucket(stage, key)
    raw = {"TrailARN": TRAIL, "KmsKeyId": key, "IsOrganizationTrail": True}
    assert allowed(stage, route(CLOUDTRAIL, origin=f"aws:accounts/{OTHER}", raw=raw)) is True


@pytest.mark.parametrize(
    ("statements", "answer"),
    [
        ([], False),
        ([lets(CLOUDTRAIL, "kms:DescribeKey")], False),
        ([lets(CLOUDTRAIL, GIVE, {"StringEquals": {"aws:SourceArn": TRAIL + "2"}})], False),
        ([lets(CLOUDTRAIL, GIVE, {"StringLike": {CONTEXT: f"arn:aws:cloudtrail:*:{OTHER}:trail/*"}})], False),
        ([*OF_CONSOLE, bars()], False),
        ([*OF_CONSOLE, bars(Condition={"StringNotEquals": {"aws:SourceArn": TRAIL}})], True),
        ([*OF_CONSOLE, bars(Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}})], None),
        (
            [lets(CLOUDTRAIL, GIVE, {"StringEquals": {"kms:ViaService": f"s3.{REGION}.amazonaws.com"}})],
            None,
        ),
        ([lets(CLOUDTRAIL, GIVE) | {"Principal": {"AWS": "*"}}], None),
        ([lets(CLOUDTRAIL, GIVE) | {"Resource": f"arn:aws:kms:{REGION}:{HOME}:key/other"}], False),
    ],
)
def test_a_key_that_does_not_let_the_trail_in_keeps_it_from_writing(
    stage: Stage, statements: list[Statement], answer: bool | None
) -> None:
    key = a_key(stage, *statements)
    a_bucket(stage, key)
    assert allowed(stage, trail(key)) is answer


def test_a_trail_without_a_key_of_its_own_does_not_use_the_buckets(stage: Stage) -> None:
    a_bucket(stage, a_key(stage))
    assert allowed(stage, route(CLOUDTRAIL, raw={"TrailARN": TRAIL})) is True
    assert stage.asked("kms:GetKeyPolicy") == 0


@pytest.mark.parametrize("state", ["Enabled", "Disabled"])
def test_where_a_trail_has_no_key_of_its_own_s3s_keys_are_used_whatever_the_buckets(
    stage: Stage, state: str
) -> None:
    key = a_key(stage)
    metadata = {"KeyId": "k", "Arn": key, "KeyState": state, "KeyManager": "CUSTOMER"}
    stage.tell("kms:DescribeKey", {"KeyMetadata": metadata})
    a_bucket(stage, key)
    found = read(stage, route(CLOUDTRAIL, raw={"TrailARN": TRAIL}))
    (bucket,), (one,) = found.all(Destination), found.all(Admission)
    assert (bucket.usable, bucket.encrypted, one.allowed) == (True, "provider", True)


# --- grants of the key ------------------------------------------------------------------------------------


def grants(stage: Stage, *entries: Mapping[str, Any]) -> None:
    """The key has these grants, one to a page."""

    def page(ask: Any) -> Mapping[str, Any]:
        number = int(ask.params.get("Marker", "0"))
        more = {"NextMarker": str(number + 1), "Truncated": True} if number + 1 < len(entries) else {}
        return {"Grants": list(entries[number : number + 1]), "Truncated": False} | more

    stage.tell("kms:ListGrants", page)


SOMEBODY = {"GranteePrincipal": f"arn:aws:iam::{HOME}:role/x", "Operations": ["GenerateDataKey"]}


@pytest.mark.parametrize(
    "grant",
    [
        {"GranteeServicePrincipal": CLOUDTRAIL, "Operations": ["Decrypt", "GenerateDataKey"]},
        {"GranteePrincipal": CLOUDTRAIL, "Operations": ["GenerateDataKey"]},
        {"GranteeServicePrincipal": CLOUDTRAIL},
        {"Operations": ["GenerateDataKey"]},
    ],
)
def test_a_grant_may_let_in_whom_the_policy_does_not_name(stage: Stage, grant: Mapping[str, Any]) -> None:
    key = a_key(stage)
    a_bucket(stage, key)
    grants(stage, SOMEBODY, grant)
    found = read(stage, trail(key))
    (one,) = found.all(Admission)
    spot = found.why(one.allowed)
    assert (spot.call, spot.kind) == ("kms:ListGrants", "not-observable")


@pytest.mark.parametrize(
    "grant",
    [
        {"GranteeServicePrincipal": CLOUDTRAIL, "Operations": ["Decrypt"]},
        {"GranteeServicePrincipal": VENDED, "Operations": ["GenerateDataKey"]},
        SOMEBODY,
    ],
)
def test_grants_of_others_and_for_other_things_let_nobody_in(stage: Stage, grant: Mapping[str, Any]) -> None:
    key = a_key(stage)
    a_bucket(stage, key)
    grants(stage, SOMEBODY, grant)
    (one,) = read(stage, trail(key)).all(Admission)
    assert one.allowed is False
    assert any(reading.startswith("kms:ListGrants") for reading in one.readings)


def test_grants_that_may_not_be_read_leave_doubt(stage: Stage) -> None:
    key = a_key(stage)
    a_bucket(stage, key)
    stage.deny("kms:ListGrants")
    found = read(stage, trail(key))
    (one,) = found.all(Admission)
    assert found.why(one.allowed).permission == "kms:ListGrants"


@pytest.mark.parametrize(("statements", "answer"), [([*OF_CONSOLE, bars()], False), (OF_CONSOLE, True)])
def test_where_a_statement_allows_or_denies_grants_are_not_asked_for(
    stage: Stage, statements: list[Statement], answer: bool
) -> None:
    key = a_key(stage, *statements)
    a_bucket(stage, key)
    assert allowed(stage, trail(key)) is answer
    assert stage.asked("kms:ListGrants") == 0


# --- vended logs ------------------------------------------------------------------------------------------


def sources(arn: str) -> dict[str, Any]:
    return {"StringEquals": {"aws:SourceAccount": [HOME]}, "ArnLike": {"aws:SourceArn": [arn]}}


def stored(arn: str) -> dict[str, Any]:
    return {"StringLike": {"kms:EncryptionContext:aws:s3:arn": arn}}


ANY_SOURCE = f"arn:aws:logs:{REGION}:{HOME}:*"
DELIVERY_SOURCES = f"arn:aws:logs:{REGION}:{HOME}:delivery-source:*"


@pytest.mark.parametrize(
    ("statement", "raw", "answer"),
    [
        (lets(VENDED, WHOLE, sources(ANY_SOURCE)), {}, True),
        (lets(VENDED, WHOLE, sources(ANY_SOURCE)), {"DeliverySourceArn": SOURCE}, True),
        (lets(VENDED, WHOLE, sources(DELIVERY_SOURCES)), {"DeliverySourceArn": SOURCE}, True),
        (lets(VENDED, WHOLE, sources(DELIVERY_SOURCES)), {}, None),
        (lets(VENDED, WHOLE), {}, True),
        (lets(VENDED, [GIVE, TAKE]), {}, True),
        (lets(VENDED, GIVE), {}, None),
        (lets(VENDED, TAKE), {}, False),
        (lets(VENDED, WHOLE, sources(f"arn:aws:logs:us-east-1:{HOME}:*")), {}, False),
        (lets(VENDED, WHOLE, {"StringEquals": {"aws:SourceAccount": OTHER}}), {}, False),
        (lets("logs.amazonaws.com", WHOLE), {}, False),
        (lets(VENDED, WHOLE, stored("arn:aws:s3:::logs")), {}, True),
        (lets(VENDED, WHOLE, stored("arn:aws:s3:::other*")), {}, False),
        (ROOT, {}, False),
    ],
)
def test_a_buckets_key_must_let_log_deliveries_in(
    stage: Stage, statement: Statement, raw: Mapping[str, Any], answer: bool | None
) -> None:
    a_bucket(stage, a_key(stage, statement))
    assert allowed(stage, route(VENDED, raw=raw)) is answer


@pytest.mark.parametrize(
    ("pattern", "answer"),
    [
        ("arn:aws:s3:::logs/*", True),
        ("arn:aws:s3:::logs", False),
        (f"arn:aws:s3:::logs/AWSLogs/{OTHER}/*", False),
    ],
)
def test_without_a_bucket_key_each_object_is_encrypted_for_itself(
    stage: Stage, pattern: str, answer: bool
) -> None:
    a_bucket(stage, a_key(stage, lets(VENDED, WHOLE, stored(pattern))), bucket_key=False)
    assert allowed(stage, route(VENDED)) is answer


@pytest.mark.parametrize(("organization", "answer"), [("o-a1", True), ("o-b2", False)])
def test_an_organizations_condition_of_a_key_asks_for_the_organization(
    stage: Stage, organization: str, answer: bool
) -> None:
    stage.tell(
        "organizations:DescribeOrganization", {"Organization": {"Id": "o-a1", "MasterAccountId": HOME}}
    )
    key = a_key(stage, lets(VENDED, WHOLE, {"StringEquals": {"aws:SourceOrgID": organization}}))
    a_bucket(stage, key)
    assert allowed(stage, route(VENDED)) is answer


@pytest.mark.parametrize(
    ("actions", "bucket_key", "answer"),
    [
        (GIVE, False, True),
        ([GIVE, TAKE], True, True),
        (GIVE, True, None),
        ("kms:DescribeKey", False, False),
    ],
)
def test_the_legacy_logs_of_cloudfront_are_encrypted_by_log_deliveries(
    stage: Stage, actions: Any, bucket_key: bool, answer: bool | None
) -> None:
    a_bucket(stage, a_key(stage, lets(VENDED, actions)), bucket_key=bucket_key)
    assert allowed(stage, route(CLOUDFRONT, location=None)) is answer


def test_what_the_legacy_logs_of_cloudfront_say_of_their_source_is_not_told(stage: Stage) -> None:
    a_bucket(stage, a_key(stage, lets(VENDED, WHOLE, sources(ANY_SOURCE))))
    assert allowed(stage, route(CLOUDFRONT, location=None)) is None


# --- Config and Bedrock -----------------------------------------------------------------------------------

SERVICE_ROLE = f"arn:aws:iam::{HOME}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        (lets(CONFIG, [TAKE, "kms:GenerateDataKey"], {"StringEquals": {"AWS:SourceAccount": HOME}}), True),
        (
            lets(
                CONFIG,
                [TAKE, "kms:GenerateDataKey"],
                {"ArnLike": {"AWS:SourceArn": f"arn:aws:config:{REGION}:{HOME}:*"}},
            ),
            True,
        ),
        (lets(CONFIG, "kms:GenerateDataKey"), None),
        (lets(CONFIG, [TAKE, "kms:GenerateDataKey"], {"StringEquals": {"AWS:SourceAccount": OTHER}}), False),
        (ROOT, False),
    ],
)
def test_config_writes_as_itself_and_needs_the_keys_leave(
    stage: Stage, statement: Statement, answer: bool | None
) -> None:
    a_bucket(stage, a_key(stage, statement))
    assert allowed(stage, route(CONFIG, raw={"roleARN": SERVICE_ROLE})) is answer


def test_config_may_write_with_a_role_of_its_own_that_iam_lets_use_the_key(stage: Stage) -> None:
    a_bucket(stage, a_key(stage))
    assert allowed(stage, route(CONFIG, raw={"roleARN": f"arn:aws:iam::{HOME}:role/config"})) is None


def test_the_key_of_a_delivery_channel_counts_and_not_the_buckets(stage: Stage) -> None:
    a_bucket(stage, a_key(stage))
    own = a_key(stage, lets(CONFIG, [TAKE, "kms:GenerateDataKey"]))
    assert allowed(stage, route(CONFIG, raw={"roleARN": SERVICE_ROLE, "s3KmsKeyArn": own})) is True


@pytest.mark.parametrize(("account", "answer"), [(HOME, True), (OTHER, False)])
def test_bedrock_needs_the_keys_leave(stage: Stage, account: str, answer: bool) -> None:
    condition = {
        "StringEquals": {"aws:SourceAccount": account},
        "ArnLike": {"aws:SourceArn": f"arn:aws:bedrock:{REGION}:{account}:*"},
    }
    a_bucket(stage, a_key(stage, lets(BEDROCK, "kms:GenerateDataKey", condition)))
    assert allowed(stage, route(BEDROCK)) is answer


# --- what is not read -------------------------------------------------------------------------------------


@pytest.mark.parametrize("writer", [VENDED, CLOUDFRONT, CONFIG, BEDROCK])
def test_whether_a_service_may_use_a_key_of_awss_own_is_not_told(stage: Stage, writer: str) -> None:
    a_bucket(stage, "")
    found = read(stage, route(writer, raw={"roleARN": SERVICE_ROLE}))
    (one,) = found.all(Admission)
    assert "a key of AWS's own" in found.why(one.allowed).detail
    assert stage.asked("kms:GetKeyPolicy") == 0


def test_a_policy_that_may_not_be_read_leaves_doubt(stage: Stage) -> None:
    a_bucket(stage, a_key(stage, lets(VENDED, WHOLE)))
    stage.deny("kms:GetKeyPolicy")
    found = read(stage, route(VENDED))
    (one,) = found.all(Admission)
    assert found.why(one.allowed).permission == "kms:GetKeyPolicy"


@pytest.mark.parametrize("text", ["[]", "{", '{"Statement": [], "Statement": []}'])
def test_a_policy_that_is_not_understood_leaves_doubt(stage: Stage, text: str) -> None:
    a_bucket(stage, a_key(stage, lets(VENDED, WHOLE)))
    stage.tell("kms:GetKeyPolicy", {"Policy": text})
    found = read(stage, route(VENDED))
    (one,) = found.all(Admission)
    assert found.why(one.allowed).kind == "unparseable"


def test_the_key_of_an_account_that_is_not_audited_leaves_doubt(stage: Stage) -> None:
    arn = f"arn:aws:kms:{REGION}:{OTHER}:key/k"
    metadata = {"KeyId": "k", "Arn": arn, "KeyState": "Enabled", "KeyManager": "CUSTOMER"}
    stage.tell("kms:DescribeKey", {"KeyMetadata": metadata})
    a_bucket(stage, arn)
    found = read(stage, route(VENDED))
    (one,) = found.all(Admission)
    spot = found.why(one.allowed)
    assert (spot.call, spot.kind) == ("kms:GetKeyPolicy", "not-observable")
    assert stage.asked("kms:GetKeyPolicy") == 0


def test_a_key_is_asked_for_its_policy_as_the_account_whose_it_is(stage: Stage) -> None:
    policy = json.dumps({"Statement": [lets(VENDED, WHOLE)]})
    arn = stage.moto("kms", account=OTHER).create_key(Policy=policy)["KeyMetadata"]["Arn"]
    a_bucket(stage, arn)
    (one,) = read(stage, route(VENDED), accounts=(HOME, OTHER)).all(Admission)
    assert one.allowed is True
    (asked,) = [ask for ask in stage.calls if ask.operation == "GetKeyPolicy"]
    assert (asked.account, asked.region) == (OTHER, REGION)


def test_a_key_that_an_alias_names_is_asked_for_once_by_its_arn(stage: Stage) -> None:
    key = a_key(stage, lets(VENDED, WHOLE), lets(BEDROCK, GIVE))
    stage.moto("kms").create_alias(AliasName="alias/logs", TargetKeyId=key)
    a_bucket(stage, "alias/logs")
    told = read(stage, route(VENDED), route(BEDROCK)).all(Admission)
    assert [one.allowed for one in told] == [True, True]
    (asked,) = [ask for ask in stage.calls if ask.operation == "GetKeyPolicy"]
    assert asked.params == {"KeyId": key, "PolicyName": "default"}
