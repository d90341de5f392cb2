"""CloudTrail and flow logs together, and the one law: a read that fails may take knowledge away, and never changes it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from logcov.inventory import Admission, Destination, Emitter, Route, Unread
from logcov.providers.aws.rows import OBSERVERS, READERS, operations
from providers.aws.company import Company, before_moto, delivering
from providers.aws.crawl import REGIONS, Crawl, changed, crawl, key_of
from providers.aws.front import Ask, Front, Kept, Reply, denied, on, refused

NEVER_MADE = ("!iam:GetAccountAuthorizationDetails ", "!s3:GetBucketAcl ")
"""Reads that are never made; who waits for one says so."""
ROWS = ("aws.trails", "aws.event_data_stores", "aws.vpcs", "aws.flow_logs")
"""Other families have a test of their own each, and the fault rule over the pretend company."""


def test_a_company_is_read_whole(front: Front, company: Company) -> None:
    found = crawl(front.endpoint, ROWS, organization=True)
    assert found.ledger.blind_spots() == []
    assert {fact.id for fact in found.all(Destination)} == {
        "aws:s3/org-logs",
        "aws:s3/member-logs",
        f"aws:logs/us-east-1/{company.home}//trail/main",
        # Where a trail logs, its management events come to the default bus of the region as well.
        f"aws:events/us-east-1/{company.home}/default",
        f"aws:events/eu-west-1/{company.home}/default",
        f"aws:events/eu-west-1/{company.member}/default",
    }
    accounts = {f"aws:accounts/{company.home}", f"aws:accounts/{company.member}"}
    assert found.listed("aws.trail") == {
        (account, region) for account in accounts for region in ("eu-west-1", "us-east-1")
    }
    assert found.listed("aws.event_data_store") == {(account, None) for account in accounts}


def test_only_operations_of_the_rows_are_called(front: Front, company: Company) -> None:
    crawl(front.endpoint, ROWS, organization=True)
    assert {ask.call for ask in front.calls} <= {operation.call for operation in operations()}


def test_two_crawls_find_the_same(front: Front, company: Company) -> None:
    first, second = (crawl(front.endpoint, ROWS, organization=True) for _ in range(2))
    assert first.facts == second.facts


CALLS = sorted(
    {operation.call for row in OBSERVERS if row.name in ROWS for operation in row.operations}
    | {
        operation.call
        for row in READERS
        if row.pattern in {"aws:s3/*", "aws:logs/*"}
        for operation in row.operations
    }
)
CUT = ("cloudtrail:GetTrailStatus", "s3:GetBucketVersioning", "ec2:DescribeVpcs", "logs:DescribeLogGroups")


@pytest.fixture(scope="module")
def everything(company: Company, kept: Kept) -> Iterator[Crawl]:
    """What is found when nothing fails."""
    with before_moto(company, kept) as whole:
        yield crawl(whole.endpoint, ROWS, organization=True)


@pytest.mark.parametrize("call", CALLS)
def test_a_denied_call_takes_knowledge_away_and_changes_none(
    front: Front, everything: Crawl, call: str
) -> None:
    front.rules.insert(0, on(call, denied))
    check_that_only_knowledge_was_lost(everything, crawl(front.endpoint, ROWS, organization=True), call)


@pytest.mark.parametrize("call", ["sts:AssumeRole", "cloudtrail:DescribeTrails", "s3:ListBuckets"])
def test_a_call_denied_in_one_place_takes_only_that_place_away(
    front: Front, everything: Crawl, company: Company, call: str
) -> None:
    def in_member(ask: Ask) -> Reply | None:
        about = company.member in (ask.account, str(ask.params.get("RoleArn", ":::::")).split(":")[4])
        return denied(ask) if ask.call == call and about else None

    front.rules.insert(0, in_member)
    found = crawl(front.endpoint, ROWS, organization=True)
    check_that_only_knowledge_was_lost(everything, found, call)
    assert {(f"aws:accounts/{company.home}", region) for region in REGIONS} <= found.listed("aws.trail")


@pytest.mark.parametrize("code", ["ExpiredTokenException", "ThrottlingException", "InternalFailure"])
def test_other_failures_take_knowledge_away_likewise(front: Front, everything: Crawl, code: str) -> None:
    status = 500 if code == "InternalFailure" else 400
    front.rules.insert(0, on("cloudtrail:DescribeTrails", lambda ask: refused(ask, code, status=status)))
    front.rules.insert(0, on("cloudtrail:GetEventSelectors", lambda ask: refused(ask, code, status=status)))
    check_that_only_knowledge_was_lost(
        everything, crawl(front.endpoint, ROWS, organization=True), "cloudtrail:DescribeTrails"
    )


@pytest.mark.parametrize("call", CUT)
def test_half_an_answer_is_no_answer(front: Front, everything: Crawl, call: str) -> None:
    whole = {"GetTrailStatus": delivering()}

    def halved(ask: Ask) -> Reply | None:
        if ask.call != call:
            return None
        return replace(whole.get(ask.operation, Reply(body=b'{"half": "of an answer"}')), cut=True)

    front.rules.insert(0, halved)
    check_that_only_knowledge_was_lost(everything, crawl(front.endpoint, ROWS, organization=True), call)


@pytest.mark.parametrize("body", [b"", b"<html>Bad gateway</html>", b"[]", b"{}", b'{"trailList": nul'])
def test_an_answer_of_another_form_is_no_empty_list(front: Front, everything: Crawl, body: bytes) -> None:
    calls = ("cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "organizations:ListAccounts")
    front.rules[:0] = [on(call, lambda _: Reply(body=body)) for call in calls]
    found = crawl(front.endpoint, ROWS, organization=True)
    check_that_only_knowledge_was_lost(everything, found, "organizations:ListAccounts")
    assert found.listed("aws.trail") == set()


def check_that_only_knowledge_was_lost(before_: Crawl, found: Crawl, call: str) -> None:
    before = {key_of(fact): fact for fact in before_.facts}
    after = {key_of(fact): fact for fact in found.facts}
    spots = {spot.id for spot in found.ledger.blind_spots()}
    for key, fact in after.items():
        if key in before:
            assert changed(before[key], fact) == [], key
        else:
            assert _says_nothing(fact), key
        unread = [getattr(fact, name) for name in fact.__slots__]
        assert all(
            value.blind_spot in spots or value.blind_spot.startswith(NEVER_MADE)
            for value in unread
            if isinstance(value, Unread)
        )
    used = {fact.filter for fact in found.facts if isinstance(fact, Route)}
    gone = [key for key in before if key not in after and (key[0] != "Filter" or key[1] in used)]
    # A fact goes only where a listing, or the tree above its scope, went with it.
    assert not gone or any(key[0] == "Listing" for key in gone) or call.startswith("organizations:"), gone
    if not _same_knowledge(before, after):
        assert spots - {spot.id for spot in before_.ledger.blind_spots()}
    for spot in found.ledger.blind_spots():
        for kind in spot.hides:
            assert (spot.place, spot.location) not in found.listed(kind) or kind == "aws.vpc"


def _says_nothing(fact: object) -> bool:
    """A fact that is there only because of a failed read, and asserts nothing."""
    match fact:
        case Route():
            return isinstance(fact.enabled, Unread)
        case Admission():
            return isinstance(fact.allowed, Unread)
        case Destination():
            return isinstance(fact.exists, Unread)
        case Emitter():
            return False
        case _:
            return fact.id == "aws:organizations/unread"  # type: ignore[attr-defined]


def _same_knowledge(before: dict, after: dict) -> bool:
    return before.keys() == after.keys() and all(
        not changed(before[key], after[key]) and not changed(after[key], before[key]) for key in before
    )
