import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logcov.config import AwsTarget
from logcov.errors import ReadFailure
from logcov.inventory import Ledger, Scope, Unread
from logcov.providers.aws.client import AwsPlace, AwsSession
from logcov.providers.aws.credentials import Key, SwappedCredentials
from logcov.providers.calls import Patience
from providers.aws.company import Company
from providers.aws.crawl import open_session
from providers.aws.front import HOME, Ask, Front, Reply, denied, on, refused, told


@pytest.fixture
def session(front: Front) -> Iterator[AwsSession]:
    opened = open_session(front.endpoint)
    yield opened
    opened.close()


def failure_of(place: AwsPlace, service: str, operation: str, **params: object) -> ReadFailure:
    with pytest.raises(ReadFailure) as caught:
        place.call(service, operation, **params)
    return caught.value


# --- whose credentials ------------------------------------------------------------------------------------


def test_without_anybody_to_sign_nothing_is_signed() -> None:
    with pytest.raises(LookupError):
        SwappedCredentials().get_frozen_credentials()


def test_a_key_shows_nothing_secret() -> None:
    assert "s3cr3t" not in repr(Key("s3cr3t-id", "s3cr3t", "s3cr3t-token", HOME))


def test_each_call_is_made_as_its_own_account_whatever_others_do(
    front: Front, company: Company, session: AwsSession
) -> None:
    def who(account: str) -> bool:
        answer = session.place(account, "us-east-1").call("cloudtrail", "DescribeTrails")
        trails = {trail["TrailARN"].split(":")[4] for trail in answer.data["trailList"]}
        return account in trails or account == company.member

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(who, [company.home, company.member] * 20))
    made = [ask.account for ask in front.calls if ask.call == "cloudtrail:DescribeTrails"]
    assert sorted(made) == sorted([company.home, company.member] * 20)


def test_a_role_is_taken_once_per_account(front: Front, company: Company, session: AwsSession) -> None:
    place = session.place(company.member, "us-east-1")
    for _ in range(3):
        place.call("cloudtrail", "DescribeTrails")
    roles = [ask.params["RoleArn"] for ask in front.calls if ask.call == "sts:AssumeRole"]
    assert roles == [f"arn:aws:iam::{company.member}:role/Reader"]
    assert len([ask for ask in front.calls if ask.call == "sts:GetCallerIdentity"]) == 1


def test_a_role_that_ends_soon_is_taken_again(front: Front, company: Company, session: AwsSession) -> None:
    ends = (datetime.now(UTC) + timedelta(minutes=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    front.rules.insert(0, on("sts:AssumeRole", lambda _: role_of(company.member, ends)))
    place = session.place(company.member, "us-east-1")
    for _ in range(2):
        place.call("cloudtrail", "DescribeTrails")
    # Once to get in, and once before each call, since it never lasts.
    assert len([ask for ask in front.calls if ask.call == "sts:AssumeRole"]) == 3


def role_of(account: str, ends: str = "2099-01-01T00:00:00Z") -> Reply:
    body = f"""<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>AKIAX</AccessKeyId>
    <SecretAccessKey>x</SecretAccessKey><SessionToken>x</SessionToken><Expiration>{ends}</Expiration></Credentials>
    <AssumedRoleUser><Arn>arn:aws:sts::{account}:assumed-role/Reader/logcov</Arn>
    <AssumedRoleId>x</AssumedRoleId></AssumedRoleUser></AssumeRoleResult></AssumeRoleResponse>"""
    return Reply(body=body.encode())


def test_a_role_in_another_account_than_asked_for_is_not_used(
    front: Front, company: Company, session: AwsSession
) -> None:
    front.rules.insert(0, on("sts:AssumeRole", lambda _: role_of("999999999999")))
    failure = failure_of(session.place(company.member, "us-east-1"), "cloudtrail", "DescribeTrails")
    assert (failure.call, failure.kind) == ("sts:AssumeRole", "unparseable")
    assert "cloudtrail:DescribeTrails" not in {ask.call for ask in front.calls}


def test_a_refused_role_is_the_failure_of_whatever_was_asked(
    front: Front, company: Company, session: AwsSession
) -> None:
    front.rules.insert(0, on("sts:AssumeRole", denied))
    failure = failure_of(session.place(company.member, "us-east-1"), "cloudtrail", "DescribeTrails")
    assert (failure.call, failure.kind) == ("sts:AssumeRole", "access-denied")
    assert failure.permission == "sts:AssumeRole"


def test_the_caller_reads_its_own_account_even_if_the_role_is_refused_there(
    front: Front, company: Company, session: AwsSession
) -> None:
    front.rules.insert(0, on("sts:AssumeRole", denied))
    answer = session.place(company.home, "us-east-1").call("cloudtrail", "DescribeTrails")
    assert [trail["Name"] for trail in answer.data["trailList"]] == ["main"]


def test_without_a_role_no_other_account_is_read_as_oneself(front: Front, company: Company) -> None:
    session = open_session(front.endpoint, role=None)
    failure = failure_of(session.place(company.member, "us-east-1"), "cloudtrail", "DescribeTrails")
    assert (failure.call, failure.kind) == ("sts:AssumeRole", "credentials")
    assert [ask.call for ask in front.calls] == ["sts:GetCallerIdentity"]
    session.close()


def test_the_external_id_comes_from_the_environment(
    front: Front, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = open_session(front.endpoint, external_id_env="EXTERNAL")
    failure = failure_of(session.place(company.member, "us-east-1"), "cloudtrail", "DescribeTrails")
    assert failure.kind == "credentials"
    assert "EXTERNAL" in failure.detail
    session.close()
    monkeypatch.setenv("EXTERNAL", "agreed")
    session = open_session(front.endpoint, external_id_env="EXTERNAL")
    session.place(company.member, "us-east-1").call("cloudtrail", "DescribeTrails")
    assert [ask.params["ExternalId"] for ask in front.calls if ask.call == "sts:AssumeRole"] == ["agreed"]
    session.close()


def test_a_server_on_loopback_needs_no_credentials(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    session = open_session(front.endpoint)
    assert session.caller().account == HOME
    session.close()


def test_elsewhere_missing_credentials_are_a_failure_and_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    session = AwsSession(AwsTarget(), Ledger(), Patience(attempts=1))
    with pytest.raises(ReadFailure) as caught:
        session.caller()
    assert caught.value.kind == "credentials"


def test_a_profile_that_is_not_there_is_a_failure_and_no_crash(front: Front) -> None:
    session = open_session(front.endpoint, profile="nobody")
    failure = failure_of(session.place(HOME, "us-east-1"), "cloudtrail", "DescribeTrails")
    assert failure.kind == "credentials"
    assert "nobody" in failure.detail


def test_a_profile_names_credentials_and_region(
    front: Front, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    (tmp_path / "config").write_text(
        "[profile audit]\nregion = eu-west-1\naws_access_key_id = a\naws_secret_access_key = b\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    session = open_session(front.endpoint, profile="audit")
    session.caller()
    assert [ask.region for ask in front.calls] == ["eu-west-1"]
    session.close()


def test_the_endpoint_of_the_environment_works_as_for_any_program(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", front.endpoint)
    session = AwsSession(AwsTarget(), Ledger(), Patience(attempts=1))
    assert session.caller().account == HOME
    session.close()


def test_opening_a_session_makes_no_call_and_loads_no_sdk() -> None:
    code = (
        "import sys; from logcov.providers.aws.client import AwsSession; import logcov.providers.aws.rows;"
        "from logcov.config import AwsTarget; from logcov.inventory import Ledger, Scope;"
        "from logcov.providers.calls import Patience;"
        "s = AwsSession(AwsTarget(profile='nobody'), Ledger(), Patience());"
        "s.at(Scope(id='aws:accounts/1', kind='aws.account', provider='aws'), 'eu-west-1'); s.close();"
        "print([n for n in sys.modules if n.split('.')[0] in {'boto3', 'botocore', 'urllib3'}])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout == b"[]\n"


# --- how calls fail ---------------------------------------------------------------------------------------


def test_a_throttled_call_is_made_again(front: Front, session: AwsSession) -> None:
    answers: list[Reply | None] = [None]

    def once(ask: Ask) -> Reply | None:
        if ask.call != "cloudtrail:DescribeTrails" or not answers:
            return None
        answers.pop()
        return refused(ask, "ThrottlingException")

    front.rules.insert(0, once)
    session.place(HOME, "us-east-1").call("cloudtrail", "DescribeTrails")
    assert [ask.call for ask in front.calls].count("cloudtrail:DescribeTrails") == 2


def test_the_sdk_itself_never_tries_again(front: Front) -> None:
    front.rules.insert(
        0, on("cloudtrail:DescribeTrails", lambda ask: refused(ask, "InternalFailure", status=500))
    )
    session = AwsSession(AwsTarget(endpoint=front.endpoint), Ledger(), Patience(attempts=1))
    failure = failure_of(session.place(HOME, "us-east-1"), "cloudtrail", "DescribeTrails")
    assert failure.kind == "server-error"
    assert [ask.call for ask in front.calls].count("cloudtrail:DescribeTrails") == 1
    session.close()


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("ExpiredTokenException", "The security token included in the request is expired", "credentials"),
        (
            "AccessDeniedException",
            "not authorized … with an explicit deny in a service control policy",
            "scp-denied",
        ),
        ("AccessDeniedException", "not authorized", "access-denied"),
        ("ThrottlingException", "Rate exceeded", "throttled"),
    ],
)
def test_a_failed_call_tells_its_kind_and_what_would_mend_it(
    front: Front, session: AwsSession, code: str, message: str, kind: str
) -> None:
    front.rules.insert(0, on("cloudtrail:DescribeTrails", lambda ask: refused(ask, code, message)))
    failure = failure_of(session.place(HOME, "us-east-1"), "cloudtrail", "DescribeTrails")
    assert (failure.kind, failure.code) == (kind, code)
    assert failure.permission == ("cloudtrail:DescribeTrails" if "denied" in kind else "")


def test_permissions_are_named_as_policies_spell_them(front: Front, session: AwsSession) -> None:
    front.rules.insert(0, on("s3:ListBuckets", denied))
    assert failure_of(session.place(HOME, None), "s3", "ListBuckets").permission == "s3:ListAllMyBuckets"


def test_a_server_that_is_not_there_is_a_failure(company: Company) -> None:
    session = AwsSession(
        AwsTarget(endpoint="http://127.0.0.1:9"), Ledger(), Patience(attempts=2, longest_wait=0.01)
    )
    with pytest.raises(ReadFailure) as caught:
        session.caller()
    assert caught.value.kind == "server-error"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b'{"trailList": [], "padding": "padding"}', cut=True),
        Reply(body=b""),
        Reply(body=b'{"trailList": ['),
        Reply(body=b"[]"),
        Reply(body=b"<html/>"),
    ],
)
def test_half_an_answer_is_unparseable(front: Front, session: AwsSession, reply: Reply) -> None:
    front.rules.insert(0, on("cloudtrail:DescribeTrails", lambda _: reply))
    failure = failure_of(session.place(HOME, "us-east-1"), "cloudtrail", "DescribeTrails")
    assert failure.kind == "unparseable"


@pytest.mark.parametrize("body", [b"", b"<VersioningConfiguration", b"no xml"])
def test_half_an_xml_answer_is_a_failure(front: Front, session: AwsSession, body: bytes) -> None:
    front.rules.insert(0, on("s3:GetBucketVersioning", lambda _: Reply(body=body)))
    # botocore calls a body of S3's that is no XML a server error of its own accord.
    failure = failure_of(session.place(HOME, "us-east-1"), "s3", "GetBucketVersioning", Bucket="org-logs")
    assert failure.kind in {"unparseable", "server-error"}


# --- pages ------------------------------------------------------------------------------------------------

STORE = "arn:aws:cloudtrail:eu-west-1:123456789012:eventdatastore/00000000-0000-4000-8000-00000000000"


def pager(front: Front, pages: list[tuple[list[int], str | None]]) -> None:
    """Serves these pages of event data stores, each naming the token of the next."""

    def page(ask: Ask) -> Reply:
        tokens = [None, *(token for _, token in pages)]
        numbers, following = pages[tokens.index(ask.params.get("NextToken"))]
        more = {"NextToken": following} if following else {}
        stores = [{"EventDataStoreArn": STORE + str(number)} for number in numbers]
        return told("cloudtrail:ListEventDataStores", EventDataStores=stores, **more)

    front.rules.insert(0, on("cloudtrail:ListEventDataStores", page))


def test_an_empty_page_with_a_token_is_not_the_last(front: Front, session: AwsSession) -> None:
    pager(front, [([1], "tok-a"), ([], "tok-b"), ([2], None)])
    answer = session.place(HOME, "eu-west-1").pages("cloudtrail", "ListEventDataStores", "EventDataStores")
    assert [store["EventDataStoreArn"][-1] for store in answer.data] == ["1", "2"]
    (reading,) = [one for one in session.ledger.readings() if one.id == answer.reading]
    assert reading.pages == 3


def test_a_token_that_comes_twice_is_no_end(front: Front, session: AwsSession) -> None:
    pager(front, [([1], "tok-a"), ([2], "tok-a")])
    with pytest.raises(ReadFailure) as caught:
        session.place(HOME, "eu-west-1").pages("cloudtrail", "ListEventDataStores", "EventDataStores")
    assert caught.value.kind == "unparseable"


def test_a_page_that_fails_fails_the_list(front: Front, session: AwsSession) -> None:
    pager(front, [([1], "tok-a"), ([2], None)])

    def second(ask: Ask) -> Reply | None:
        return denied(ask) if ask.params.get("NextToken") else None

    front.rules.insert(0, second)
    with pytest.raises(ReadFailure):
        session.place(HOME, "eu-west-1").pages("cloudtrail", "ListEventDataStores", "EventDataStores")


def test_a_list_that_is_not_in_the_answer_is_not_empty(front: Front, session: AwsSession) -> None:
    front.rules.insert(0, on("cloudtrail:ListEventDataStores", lambda _: Reply(body=b'{"Stores": []}')))
    with pytest.raises(ReadFailure) as caught:
        session.place(HOME, "eu-west-1").pages("cloudtrail", "ListEventDataStores", "EventDataStores")
    assert caught.value.kind == "unparseable"


# --- values -----------------------------------------------------------------------------------------------


def test_a_value_is_an_answer_or_absent_or_unread(front: Front, session: AwsSession) -> None:
    place = session.place(HOME, "us-east-1", "aws:s3/org-logs")
    absent = ("NoSuchLifecycleConfiguration",)

    def ask() -> object:
        return place.value("s3", "GetBucketLifecycleConfiguration", absent=absent, Bucket="org-logs")

    assert ask() is None
    front.rules.insert(0, on("s3:GetBucketLifecycleConfiguration", denied))
    unread = ask()
    assert isinstance(unread, Unread)
    (spot,) = session.ledger.blind_spots()
    assert (spot.id, spot.place, spot.kind) == (unread.blind_spot, "aws:s3/org-logs", "access-denied")
    assert spot.permission == "s3:GetLifecycleConfiguration"


def test_a_reading_tells_who_asked(company: Company, session: AwsSession) -> None:
    answer = session.place(company.member, "eu-west-1").call("cloudtrail", "DescribeTrails")
    (reading,) = [one for one in session.ledger.readings() if one.id == answer.reading]
    assert reading.place == f"aws:accounts/{company.member}"
    assert f":{company.member}:assumed-role/Reader/" in reading.identity
    assert [one.principal for one in session.ledger.identities()] == [session.caller().arn]


def test_a_place_of_an_organization_asks_as_the_caller(session: AwsSession) -> None:
    scope = Scope(id="aws:organizations/o-1", kind="aws.organization", provider="aws")
    assert session.at(scope, None).account == ""


def test_nothing_secret_is_noted(front: Front, company: Company, session: AwsSession) -> None:
    front.rules.insert(
        0,
        on(
            "cloudtrail:DescribeTrails",
            lambda ask: refused(ask, "InvalidSignatureException", "token: s3cr3t"),
        ),
    )
    place = session.place(company.member, "us-east-1")
    place.value("cloudtrail", "DescribeTrails")
    assert "s3cr3t" not in json.dumps([str(spot) for spot in session.ledger.blind_spots()])
