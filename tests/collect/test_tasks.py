"""What is asked, and in what order."""

from typing import Any

from logcov.catalogue import SOURCES
from logcov.collect import Sample
from logcov.collect.tasks import destination_tasks, observer_tasks, reader_of
from logcov.config import AwsTarget, GcpTarget, OktaTarget
from logcov.inventory import (
    Emitter,
    Ledger,
    Route,
    Scope,
    Unread,
)
from logcov.providers.aws.client import AwsSession
from logcov.providers.calls import Patience
from logcov.providers.gcp.client import GcpSession
from logcov.providers.okta.client import OktaSession

EVERYTHING = frozenset(source.id for source in SOURCES)
ORG = "123456789012"
EMITTER = Emitter(source="x", scope="okta:orgs/a")


def account(number: int, **changes: Any) -> Scope:
    facts: dict[str, Any] = {
        "id": f"aws:accounts/{number}",
        "kind": "aws.account",
        "provider": "aws",
        "locations": {"us-east-1": True, "eu-west-1": True, "ap-east-1": False},
    }
    return Scope(**{**facts, **changes})


def aws() -> tuple[str, AwsSession]:
    return "aws", AwsSession(AwsTarget(accounts=("1", "2")), Ledger(), Patience())


def test_every_place_is_asked_one_thing_before_any_is_asked_the_next() -> None:
    tasks = observer_tasks([aws()], [[account(1), account(2)]], frozenset({"aws.cloudtrail.management"}))
    asked = [(one.hides, one.location, one.place) for one in tasks]

    listings = list(dict.fromkeys(hides for hides, _, _ in asked))
    assert [hides for hides, _, _ in asked] == sorted((hides for hides, _, _ in asked), key=listings.index)
    trails = [(location, place) for hides, location, place in asked if "aws.trail" in hides]
    assert trails == [
        ("eu-west-1", "aws:accounts/1"),
        ("us-east-1", "aws:accounts/1"),
        ("eu-west-1", "aws:accounts/2"),
        ("us-east-1", "aws:accounts/2"),
    ]


def test_only_what_the_policies_ask_about_is_read() -> None:
    def kinds(*sources: str) -> set[str]:
        tasks = observer_tasks([aws()], [[account(1)]], frozenset(sources))
        return {kind for one in tasks for kind in one.hides}

    assert "aws.flow_log" in kinds("aws.vpc.flow")
    assert "aws.trail" not in kinds("aws.vpc.flow")
    assert kinds() == set()


def test_scopes_of_other_kinds_and_unread_locations_are_not_asked() -> None:
    def locations(scope: Scope) -> set[str | None]:
        tasks = observer_tasks([aws()], [[scope]], frozenset({"aws.cloudtrail.management"}))
        return {one.location for one in tasks if "aws.trail" in one.hides}

    assert locations(account(1)) == {"us-east-1", "eu-west-1"}
    assert locations(account(1, locations=Unread("!x"))) == set()
    assert observer_tasks([aws()], [[account(1, kind="aws.ou")]], EVERYTHING) == []


def test_a_sample_is_every_account_in_one_region_and_some_scopes_of_other_kinds() -> None:
    projects = [
        Scope(
            id=f"gcp:projects/p{number}",
            kind="gcp.project",
            provider="gcp",
            state="delete_requested" if number < 3 else "active",
        )
        for number in range(20)
    ]
    accounts = [account(number) for number in range(20)]
    sample = Sample(scopes=5)

    assert sample.of(accounts) == sorted(accounts, key=lambda one: one.id)
    # Where nobody can act, little can be found out.
    assert {one.state for one in sample.of(projects)} == {"active"}
    assert len(sample.of(projects)) == 5
    tasks = observer_tasks([aws()], [accounts], frozenset({"aws.vpc.flow"}), sample)
    assert {one.location for one in tasks if "aws.flow_log" in one.hides} == {"eu-west-1"}


def test_a_destination_is_read_by_the_reader_of_its_longest_pattern() -> None:
    assert reader_of("aws", "aws:s3/acme") is not None
    assert reader_of("aws", "gcp:storage/acme") is None
    assert reader_of("gcp", "gcp:storage/acme").pattern == "gcp:storage/*"  # type: ignore[union-attr]


def route(name: str, to: Any = "aws:s3/acme", **changes: Any) -> Route:
    facts: dict[str, Any] = {
        "kind": "aws.trail",
        "setting": name,
        "effect": "carry",
        "origin": "aws:accounts/1",
    }
    return Route(**{"id": name, "to": to, **facts, **changes})


def test_a_destination_is_read_again_only_when_more_routes_lead_to_it() -> None:
    done: dict[str, frozenset[str]] = {}

    def places(*facts: Any) -> list[str]:
        return [one.place for one in destination_tasks([aws()], facts, done)]

    first, second = route("a"), route("b")
    assert places(first, route("c", "aws:s3/other")) == ["aws:s3/acme", "aws:s3/other"]
    assert places(first) == []
    assert places(first, second, first) == ["aws:s3/acme"]
    assert places(second) == []


def test_what_nobody_can_read_and_what_leads_nowhere_is_not_read() -> None:
    facts = [route("a", "stratus:box/1"), route("b", Unread("!x")), route("c", None), EMITTER]

    assert destination_tasks([aws()], facts, {}) == []


def test_a_destination_of_a_provider_is_read_once_for_all_its_sessions() -> None:
    okta = ("okta", OktaSession(OktaTarget(org_url="https://a.okta.com"), Ledger(), Patience()))
    gcp = ("gcp", GcpSession(GcpTarget(organization=ORG), Ledger(), Patience()))

    tasks = destination_tasks([okta, aws(), gcp, aws()], [route("a")], {})

    assert [(one.provider, one.place) for one in tasks] == [("aws", "aws:s3/acme")]
