import json
from typing import Any

import pytest

from logcov.inventory import Admission, Destination, Keep, Ledger, Lock, Route, Unread
from logcov.providers.aws.stores.buckets import read_bucket
from providers.aws.company import Company, trail_policy
from providers.aws.crawl import Crawl, open_session
from providers.aws.front import HOME, Ask, Front, Reply, denied, on, refused, told

TRAIL = f"arn:aws:cloudtrail:us-east-1:{HOME}:trail/main"


def trail_route(bucket: str, account: str = HOME, **raw: Any) -> Route:
    return Route(
        id=f"aws:cloudtrail/us-east-1/{HOME}/main@{account}/us-east-1#s3",
        kind="aws.trail",
        setting=f"aws:cloudtrail/us-east-1/{HOME}/main",
        effect="carry",
        origin=f"aws:accounts/{account}",
        location="us-east-1",
        to=f"aws:s3/{bucket}",
        prefix=f"AWSLogs/{account}/CloudTrail/us-east-1/",
        writer="cloudtrail.amazonaws.com",
        raw={"TrailARN": TRAIL, "IsOrganizationTrail": False} | raw,
    )


def read(front: Front, bucket: str, *routes: Route, **target: Any) -> Crawl:
    ledger = Ledger()
    session = open_session(front.endpoint, ledger, **({"organization": True} | target))
    list(session.scopes())
    found = Crawl(tuple(read_bucket(session, f"aws:s3/{bucket}", routes or [trail_route(bucket)])), ledger)
    session.close()
    return found


def bucket_of(found: Crawl) -> Destination:
    (one,) = found.all(Destination)
    assert isinstance(one, Destination)
    return one


def admission_of(found: Crawl) -> Admission:
    (one,) = found.all(Admission)
    assert isinstance(one, Admission)
    return one


def policy(front: Front, *statements: dict[str, Any], bucket: str = "org-logs") -> None:
    document = trail_policy(bucket, *statements)
    front.rules.insert(0, on("s3:GetBucketPolicy", lambda _: Reply(body=document.encode())))


# --- what a bucket is like --------------------------------------------------------------------------------


def test_a_bucket_with_all_that_one_can_wish_for(front: Front, company: Company) -> None:
    own = keyed(company.key.rpartition("/")[2])
    found = bucket_of(read(front, "org-logs", own))
    assert (found.kind, found.end, found.exists, found.owner) == (
        "aws.s3",
        True,
        True,
        f"aws:accounts/{HOME}",
    )
    assert found.retained == found.online == (Keep(days=None),)
    assert found.searchable == (Keep(days=0),)
    assert found.lock == Lock(mode="locked", days=400)
    assert (found.encrypted, found.usable, found.private) == ("customer-key", True, True)
    assert found.since is not None


def test_a_bucket_that_is_tidied_up(front: Front, company: Company) -> None:
    found = read(front, "member-logs")
    one = bucket_of(found)
    assert one.owner == f"aws:accounts/{company.member}"
    assert one.retained == (Keep(days=None), Keep(prefix="AWSLogs/", days=30))
    assert set(one.online) == {  # type: ignore[arg-type]
        Keep(days=None),
        Keep(prefix="AWSLogs/", days=30),
        Keep(prefix="AWSLogs/", days=7),
    }
    assert (one.lock, one.encrypted, one.usable) == (False, "provider", True)
    # Neither is read, and nobody is told of it who does not ask.
    assert one.private == Unread("!s3:GetBucketAcl aws:s3/member-logs")
    assert one.deleters == Unread("!iam:GetAccountAuthorizationDetails aws:s3/member-logs")


def test_a_bucket_is_read_in_few_calls_and_each_account_is_asked_for_its_buckets_once(front: Front) -> None:
    read(front, "org-logs")
    calls = [ask.call for ask in front.calls if ask.service == "s3"]
    assert calls.count("s3:ListBuckets") == 2
    assert len([call for call in calls if call not in {"s3:ListBuckets", "s3:HeadBucket"}]) == 6


FACTS = {
    "GetBucketLifecycleConfiguration": ("retained", "online"),
    "GetObjectLockConfiguration": ("lock",),
    "GetBucketEncryption": ("encrypted", "usable"),
    "GetPublicAccessBlock": ("private",),
}


@pytest.mark.parametrize("call", FACTS)
def test_a_refused_configuration_is_unread_and_the_others_are_not(front: Front, call: str) -> None:
    whole = bucket_of(read(front, "org-logs"))
    # The trail has no key of its own, so that the bucket's decides.
    front.rules.insert(0, on(f"s3:{call}", denied))
    found = read(front, "org-logs")
    one = bucket_of(found)
    for field in ("retained", "online", "lock", "encrypted", "usable", "private", "owner", "exists"):
        if field in FACTS[call]:
            assert found.why(getattr(one, field)).call == f"s3:{call}"
        else:
            assert getattr(one, field) == getattr(whole, field)


@pytest.mark.parametrize("call", ["GetBucketVersioning", "GetObjectLockConfiguration"])
def test_where_something_expires_versions_and_lock_decide_when_it_is_gone(front: Front, call: str) -> None:
    front.rules.insert(0, on(f"s3:{call}", denied))
    found = read(front, "member-logs")
    assert found.why(bucket_of(found).retained).call == f"s3:{call}"


def test_a_rule_bound_to_tags_leaves_retention_untold(front: Front) -> None:
    rules = """<LifecycleConfiguration><Rule><ID>t</ID><Status>Enabled</Status><Filter><Tag><Key>a</Key>
    <Value>b</Value></Tag></Filter><Expiration><Days>1</Days></Expiration></Rule></LifecycleConfiguration>"""
    front.rules.insert(0, on("s3:GetBucketLifecycleConfiguration", lambda _: Reply(body=rules.encode())))
    found = read(front, "member-logs")
    assert found.why(bucket_of(found).retained).kind == "not-observable"


# --- whose it is, and whether it is there -----------------------------------------------------------------


def test_a_bucket_that_is_gone(front: Front) -> None:
    found = read(front, "never-was")
    one = bucket_of(found)
    assert (one.exists, one.owner) == (False, None)
    assert one.readings
    assert not found.ledger.blind_spots()


def test_a_bucket_that_goes_while_it_is_read(front: Front) -> None:
    front.rules.insert(0, on("s3:GetBucketPolicy", lambda ask: refused(ask, "NoSuchBucket", status=404)))
    assert bucket_of(read(front, "org-logs")).exists is False


def test_an_error_without_a_body_does_not_say_that_the_bucket_is_gone(front: Front) -> None:
    front.rules.insert(0, on("s3:GetBucketLifecycleConfiguration", lambda _: Reply(status=404, body=b"")))
    one = bucket_of(read(front, "org-logs"))
    assert one.exists is True
    assert not isinstance(one.retained, tuple)


def test_a_refused_list_of_buckets_leaves_the_owner_unread_and_the_bucket_readable(
    front: Front, company: Company
) -> None:
    front.rules.insert(0, on("s3:ListBuckets", denied))
    found = read(front, "org-logs")
    one = bucket_of(found)
    assert found.why(one.owner).permission == "s3:ListAllMyBuckets"
    assert one.exists is True
    assert one.lock == Lock(mode="locked", days=400)


def test_an_owner_is_unread_if_not_all_accounts_are_known(front: Front, company: Company) -> None:
    front.rules.insert(0, on("organizations:ListAccounts", denied))
    front.rules.insert(0, on("organizations:ListAccountsForParent", denied))
    found = read(front, "member-logs")
    assert found.why(bucket_of(found).owner).call == "organizations:ListAccounts"


@pytest.mark.parametrize(("headers", "exists"), [({"x-amz-bucket-region": "us-east-1"}, True), ({}, None)])
def test_a_strangers_bucket_is_there_if_the_refusal_names_its_region(
    front: Front, company: Company, headers: dict[str, str], exists: bool | None
) -> None:
    front.rules.insert(0, on("s3:HeadBucket", lambda _: Reply(status=403, body=b"", headers=headers)))
    found = read(front, "strangers", trail_route("strangers", company.member))
    one = bucket_of(found)
    assert one.owner is None
    assert one.exists is exists if exists else found.why(one.exists).permission == "s3:ListBucket"
    for field in ("usable", "retained", "online", "lock", "encrypted", "private"):
        assert found.why(getattr(one, field)).call == "s3:HeadBucket"
    assert found.why(admission_of(found).allowed).call == "s3:HeadBucket"
    asked = [ask.account for ask in front.calls if ask.call == "s3:HeadBucket"]
    assert asked == [HOME, company.member]


def test_a_bucket_of_somebody_else_by_the_same_name_is_refused(front: Front) -> None:
    read(front, "org-logs")
    sent = [ask for ask in front.calls if ask.service == "s3" and ask.operation.startswith("Get")]
    assert sent
    assert {ask.account for ask in sent} == {HOME}


# --- with whose key ---------------------------------------------------------------------------------------


def key(front: Front, **states: str) -> None:
    """KMS keys by the end of their ARN, and their states; others are refused. All let CloudTrail encrypt."""

    def describe(ask: Ask) -> Reply:
        name = str(ask.params["KeyId"]).rpartition("/")[2]
        if name not in states:
            return denied(ask)
        manager = "AWS" if name == "aws" else "CUSTOMER"
        metadata = {
            "KeyId": name,
            "Arn": ask.params["KeyId"],
            "KeyState": states[name],
            "KeyManager": manager,
        }
        return told(ask.call, KeyMetadata=metadata)

    lets = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": "kms:GenerateDataKey*",
        "Resource": "*",
    }
    front.rules.insert(0, on("kms:DescribeKey", describe))
    front.rules.insert(
        0, on("kms:GetKeyPolicy", lambda ask: told(ask.call, Policy=json.dumps({"Statement": [lets]})))
    )


def keyed(name: str, account: str = HOME) -> Route:
    return trail_route("org-logs", account, KmsKeyId=f"arn:aws:kms:us-east-1:{HOME}:key/{name}")


@pytest.mark.parametrize("state", ["Disabled", "PendingDeletion"])
def test_a_bucket_whose_writers_key_does_not_work_takes_nothing(front: Front, state: str) -> None:
    key(front, mine=state)
    one = bucket_of(read(front, "org-logs", keyed("mine")))
    assert one.usable is False
    assert state in one.unusable_because


def test_a_key_that_may_not_be_seen_leaves_doubt(front: Front) -> None:
    key(front)
    found = read(front, "org-logs", keyed("mine"))
    assert found.why(bucket_of(found).usable).permission == "kms:DescribeKey"
    assert found.why(bucket_of(found).encrypted).permission == "kms:DescribeKey"


def test_one_writers_broken_key_is_not_the_others(front: Front, company: Company) -> None:
    key(front, mine="Enabled", theirs="Disabled")
    found = read(front, "org-logs", keyed("mine"), keyed("theirs", company.member))
    assert bucket_of(found).usable is True
    allowed = {one.route.split("@")[1].split("/")[0]: one for one in found.all(Admission)}
    assert allowed[HOME].allowed is True
    assert allowed[company.member].allowed is False
    assert "Disabled" in allowed[company.member].because


def test_the_trails_own_key_counts_and_not_the_buckets(front: Front) -> None:
    key(front, mine="Enabled", aws="Enabled")
    assert bucket_of(read(front, "org-logs", keyed("mine"))).encrypted == "customer-key"
    assert bucket_of(read(front, "org-logs", keyed("aws"))).encrypted == "provider"


def test_a_key_in_a_state_that_nobody_knows_leaves_doubt(front: Front) -> None:
    front.rules.insert(
        0, on("kms:DescribeKey", lambda _: Reply(body=b'{"KeyMetadata": {"KeyState": "New"}}'))
    )
    found = read(front, "org-logs", keyed("mine"))
    assert found.why(bucket_of(found).usable).kind == "unparseable"


# --- who may write ----------------------------------------------------------------------------------------


def test_a_policy_that_lets_the_trail_in(front: Front) -> None:
    one = admission_of(read(front, "org-logs"))
    assert (one.allowed, one.because) == (True, "statement Write allows it")
    assert one.raw["Statement"]["Sid"] == "Write"


@pytest.mark.parametrize(
    ("condition", "allowed"),
    [
        ({"StringNotEquals": {"aws:SourceArn": TRAIL}}, True),
        ({"StringNotEquals": {"aws:SourceArn": "arn:aws:cloudtrail:us-east-1:1:trail/other"}}, False),
        ({"StringNotEquals": {"aws:SourceAccount": HOME}}, True),
        ({"Bool": {"aws:SecureTransport": "false"}}, True),
        ({"StringNotEquals": {"s3:x-amz-server-side-encryption": "aws:kms"}}, None),
    ],
)
def test_what_else_the_policy_says_counts(
    front: Front, condition: dict[str, Any], allowed: bool | None
) -> None:
    statement = {
        "Sid": "No",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Condition": condition,
    }
    policy(front, statement | {"Resource": "arn:aws:s3:::org-logs/*"})
    found = read(front, "org-logs")
    one = admission_of(found)
    if allowed is None:
        assert found.why(one.allowed).kind == "not-observable"
    else:
        assert one.allowed is allowed


def test_no_policy_lets_nobody_in(front: Front) -> None:
    front.rules.insert(
        0, on("s3:GetBucketPolicy", lambda ask: refused(ask, "NoSuchBucketPolicy", status=404))
    )
    assert admission_of(read(front, "org-logs")).allowed is False


@pytest.mark.parametrize(
    "answer",
    [
        denied,
        lambda _: Reply(body=b"no json"),
        lambda _: Reply(body=json.dumps([]).encode()),
        lambda _: Reply(body=b'{"Statement": ' + b"[" * 9000 + b"]" * 9000 + b"}"),
        lambda _: Reply(body=b'{"Statement": [], "Statement": []}'),
    ],
)
def test_a_policy_that_cannot_be_read_leaves_doubt(front: Front, answer: Any) -> None:
    front.rules.insert(0, on("s3:GetBucketPolicy", answer))
    found = read(front, "org-logs")
    assert found.why(admission_of(found).allowed).call == "s3:GetBucketPolicy"


def test_an_organizations_trail_is_let_in_by_its_owners_arn(front: Front, company: Company) -> None:
    prefix = f"AWSLogs/{company.organization}/{company.member}/CloudTrail/us-east-1/"
    plain = trail_route("org-logs", company.member, IsOrganizationTrail=True)
    route = Route(**{name: getattr(plain, name) for name in Route.__slots__} | {"prefix": prefix})
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "arn:aws:s3:::org-logs/*",
        "Condition": {"StringNotEquals": {"aws:SourceOrgID": company.organization, "aws:SourceArn": TRAIL}},
    }
    policy(front, statement)
    assert admission_of(read(front, "org-logs", route)).allowed is True


def test_a_writer_with_a_role_of_its_own_needs_no_admission(front: Front) -> None:
    plain = trail_route("org-logs")
    route = Route(**{name: getattr(plain, name) for name in Route.__slots__} | {"writer": ""})
    assert read(front, "org-logs", route).all(Admission) == []


def test_a_policy_that_keeps_everybody_from_deleting_names_who_is_left(front: Front) -> None:
    keep = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:Delete*", "s3:PutBucketPolicy", "s3:PutLifecycleConfiguration"],
        "Resource": ["arn:aws:s3:::org-logs", "arn:aws:s3:::org-logs/*"],
    }
    policy = trail_policy("org-logs", keep).encode()
    front.rules.insert(0, on("s3:GetBucketPolicy", lambda _: Reply(body=policy)))
    assert bucket_of(read(front, "org-logs")).deleters == (f"aws:root/{HOME}",)
    front.rules.insert(0, on("s3:GetBucketPolicy", lambda _: Reply(body=b"[]")))
    found = read(front, "org-logs")
    assert found.why(bucket_of(found).deleters).kind == "unparseable"
