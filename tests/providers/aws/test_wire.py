"""Calls: how they fail, and what their failures tell of whoever was asked."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import CredentialRetrievalError

from logcov.config import AwsTarget
from logcov.errors import ReadFailure
from logcov.inventory import Ledger
from logcov.providers.aws.client import AwsPlace, AwsSession
from logcov.providers.aws.credentials import Key
from logcov.providers.aws.silence import SILENT
from logcov.providers.calls import Patience
from providers.aws.company import Company
from providers.aws.crawl import open_session
from providers.aws.front import HOME, Ask, Front, Reply, denied, on, refused


@pytest.fixture
def session(front: Front) -> Iterator[AwsSession]:
    opened = open_session(front.endpoint)
    yield opened
    opened.close()


def failure_of(place: AwsPlace, service: str, operation: str, **params: object) -> ReadFailure:
    with pytest.raises(ReadFailure) as caught:
        place.call(service, operation, **params)
    return caught.value


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


# --- what is no answer ------------------------------------------------------------------------------------


def test_a_connection_that_did_not_come_about_is_no_answer() -> None:
    """A name that is not known, a closed port: of whoever was asked, that tells nothing."""
    session = AwsSession(
        AwsTarget(endpoint="http://127.0.0.1:9"), Ledger(), Patience(attempts=1, longest_silence=0.3)
    )
    key = (HOME, "us-east-1", "eks")
    session.wire.silence.unanswered(key, time.monotonic())
    with pytest.raises(ReadFailure):
        session.wire.ask(HOME, lambda: Key("a", "b"), "eks", "ListClusters", "us-east-1", {})
    time.sleep(0.4)
    session.wire.silence.unanswered(key, time.monotonic())
    with pytest.raises(ReadFailure) as caught:
        session.wire.silence.ask(key, "eks:ListClusters")
    assert caught.value.code == SILENT
    session.close()


def test_credentials_that_could_not_be_had_are_no_answer(front: Front) -> None:
    session = AwsSession(
        AwsTarget(endpoint=front.endpoint), Ledger(), Patience(attempts=1, longest_silence=0.3)
    )
    key = (HOME, "us-east-1", "eks")

    def nobody() -> Any:
        raise CredentialRetrievalError(provider="sso", error_msg="x")

    session.wire.silence.unanswered(key, time.monotonic())
    with pytest.raises(ReadFailure):
        session.wire.ask(HOME, nobody, "eks", "ListClusters", "us-east-1", {})
    time.sleep(0.4)
    session.wire.silence.unanswered(key, time.monotonic())
    with pytest.raises(ReadFailure) as caught:
        session.wire.silence.ask(key, "eks:ListClusters")
    assert caught.value.code == SILENT
    session.close()


def test_the_time_that_a_role_takes_is_no_silence(front: Front) -> None:
    """What is asked waits for credentials, long; the one call that then is lost makes nobody silent."""
    session = AwsSession(
        AwsTarget(endpoint=front.endpoint),
        Ledger(),
        Patience(attempts=1, longest_answer=1.0, longest_silence=2.0),
    )
    session.wire.ask(HOME, lambda: Key("a", "b"), "cloudtrail", "DescribeTrails", "us-east-1", {})
    asked: list[Ask] = []

    def slow(ask: Ask) -> Reply:
        asked.append(ask)
        time.sleep(1.5)
        return Reply()

    def in_a_while() -> Any:
        time.sleep(1.5)
        return Key("a", "b")

    front.rules.insert(0, on("cloudtrail:ListTrails", slow))
    for _ in range(2):
        session.wire.silence.answered((HOME, "us-east-1", "cloudtrail"))
        with pytest.raises(ReadFailure) as caught:
            session.wire.ask(HOME, in_a_while, "cloudtrail", "ListTrails", "us-east-1", {})
        assert (caught.value.kind, caught.value.code) == ("timeout", "ReadTimeoutError")
        session.wire.silence.ask((HOME, "us-east-1", "cloudtrail"), "cloudtrail:ListTrails")
    assert len(asked) == 2
    session.close()
