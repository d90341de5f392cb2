"""All rows together, and the one law: a read that fails may take knowledge away, and never changes it."""

import pytest
from logcov.inventory import Admission, Destination, Emitter, Listing, Route, Unread
from logcov.providers.aws.rows import operations
from providers.aws.conftest import Company
from providers.aws.crawl import changed, crawl, key_of
from providers.aws.front import Ask, Front, denied


def test_a_company_is_read_whole(front: Front, company: Company) -> None:
    found = crawl(front.endpoint, organization=True)
    # The block of a whole account is not read: where the bucket's own is not complete, nobody can tell.
    assert [spot.id for spot in found.ledger.blind_spots()] == [
        "!s3:GetAccountPublicAccessBlock aws:s3/member-logs us-east-1"
    ]
    assert {fact.id for fact in found.all(Destination)} == {
        "aws:s3/org-logs",
        "aws:s3/member-logs",
        f"aws:logs/us-east-1/{company.home}//trail/main",
    }
    accounts = {f"aws:accounts/{company.home}", f"aws:accounts/{company.member}"}
    assert found.listed("aws.trail") == {(account, region) for account in accounts for region in ("eu-west-1", "us-east-1")}
    assert found.listed("aws.event_data_store") == {(account, None) for account in accounts}


def test_only_operations_of_the_rows_are_called(front: Front, company: Company) -> None:
    crawl(front.endpoint, organization=True)
    assert {ask.call for ask in front.calls} <= {operation.call for operation in operations()}


def test_two_crawls_find_the_same(front: Front, company: Company) -> None:
    first, second = (crawl(front.endpoint, organization=True) for _ in range(2))
    assert first.facts == second.facts


CALLS = sorted(operation.call for operation in operations() if operation.call not in {"firehose:DescribeDeliveryStream"})


@pytest.mark.parametrize("call", CALLS)
def test_a_denied_call_takes_knowledge_away_and_changes_none(front: Front, company: Company, call: str) -> None:
    before = {key_of(fact): fact for fact in crawl(front.endpoint, organization=True).facts}
    places = sorted({(ask.account, ask.region) for ask in front.calls if ask.call == call})
    for account, region in [("*", "*"), *places]:

        def rule(ask: Ask, account: str = account, region: str = region):
            fits = ask.call == call and account in {"*", ask.account} and region in {"*", ask.region}
            return denied(ask) if fits else None

        front.rules.insert(0, rule)
        found = crawl(front.endpoint, organization=True)
        front.rules.remove(rule)
        after = {key_of(fact): fact for fact in found.facts}
        spots = {spot.id for spot in found.ledger.blind_spots()}
        for key, fact in after.items():
            if key in before:
                assert changed(before[key], fact) == [], key
            else:
                assert _says_nothing(fact), key
        gone = [key for key in before if key not in after]
        unlisted = [key for key in gone if key[0] == "Listing"]
        # A fact goes only where a listing, or the way to its scope, went with it.
        assert not gone or unlisted or call.startswith("organizations:"), gone
        if after != before and not _same_knowledge(before, after):
            assert spots
        for fact in after.values():
            unread = [getattr(fact, name) for name in fact.__slots__]
            assert all(value.blind_spot in spots for value in unread if isinstance(value, Unread))
        for listing in found.all(Listing):
            hidden = [spot for spot in found.ledger.blind_spots() if listing.kind in spot.hides]
            assert not any((spot.place, spot.location) == (listing.at, listing.location) for spot in hidden)


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
            return fact.id in {"aws:organizations/unread"}  # type: ignore[attr-defined]


def _same_knowledge(before: dict, after: dict) -> bool:
    return before.keys() == after.keys() and all(
        not changed(before[key], after[key]) and not changed(after[key], before[key]) for key in before
    )
