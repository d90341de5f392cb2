from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from logcov.config import AwsTarget
from logcov.errors import ReadFailure
from logcov.inventory import Ledger
from logcov.providers.aws.client import AwsPlace, AwsSession
from logcov.providers.aws.credentials import Key, SwappedCredentials
from logcov.providers.calls import Patience
from providers.aws.company import Company
from providers.aws.crawl import open_session
from providers.aws.front import HOME, Front, Reply, denied, on


@pytest.fixture
def session(front: Front) -> Iterator[AwsSession]:
    opened = open_session(front.endpoint)
    yield opened
    opened.close()


def failure_of(place: AwsPlace, service: str, operation: str, **params: object) -> ReadFailure:
    with pytest.raises(ReadFailure) as caught:
        place.call(service, operation, **params)
    return caught.value


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
