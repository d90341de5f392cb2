import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from logcov.errors import ReadFailure
from logcov.inventory import Scope, Unread
from logcov.providers.aws.client import AwsPlace, AwsSession
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
