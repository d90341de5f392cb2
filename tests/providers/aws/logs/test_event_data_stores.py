import json
from typing import Any

import pytest

from logcov.inventory import Destination, Filter, Keep, Lock, Route
from providers.aws.company import Company
from providers.aws.crawl import Crawl, crawl
from providers.aws.front import HOME, Ask, Front, Reply, denied, on, refused, told

ID = "11111111-2222-4333-8444-555555555555"
SELECTORS = [{"Name": "all", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}]


def look(front: Front, **target: Any) -> Crawl:
    return crawl(front.endpoint, ("aws.event_data_stores",), **({"organization": True} | target))


def store(front: Front, owner: str, **changes: Any) -> str:
    """One store in the owner's eu-west-1; None leaves a field out of GetEventDataStore."""
    arn = f"arn:aws:cloudtrail:eu-west-1:{owner}:eventdatastore/{ID}"
    detail = {
        "EventDataStoreArn": arn,
        "Name": "lake",
        "Status": "ENABLED",
        "AdvancedEventSelectors": SELECTORS,
        "MultiRegionEnabled": True,
        "OrganizationEnabled": False,
        "RetentionPeriod": 2557,
        "TerminationProtectionEnabled": True,
        "CreatedTimestamp": 1_700_000_000.0,
        "UpdatedTimestamp": 1_700_000_000.0,
    } | changes
    shown = {name: value for name, value in detail.items() if value is not None}
    here = {"account": owner, "region": "eu-west-1"}
    listed = {"EventDataStoreArn": arn, "Name": "lake"}
    front.rules[:0] = [
        on(
            "cloudtrail:ListEventDataStores",
            lambda _: told("cloudtrail:ListEventDataStores", EventDataStores=[listed]),
            **here,
        ),
        on("cloudtrail:GetEventDataStore", lambda _: told("cloudtrail:GetEventDataStore", **shown), **here),
    ]
    return f"aws:lake/eu-west-1/{owner}/{ID}"


def routes(found: Crawl, account: str) -> list[Route]:
    return [one for one in found.all(Route) if one.origin == f"aws:accounts/{account}"]


def test_without_stores_the_listing_rests_on_every_region(front: Front, company: Company) -> None:
    found = look(front)
    assert found.listed("aws.event_data_store") == {
        (f"aws:accounts/{company.home}", None),
        (f"aws:accounts/{company.member}", None),
    }
    asked = {(ask.account, ask.region) for ask in front.calls if ask.call == "cloudtrail:ListEventDataStores"}
    regions = ("eu-west-1", "us-east-1")
    assert asked == {(account, region) for account in (company.home, company.member) for region in regions}


def test_a_store_of_all_regions_takes_its_accounts_events_everywhere_and_keeps_them(
    front: Front, company: Company
) -> None:
    lake = store(front, company.member)
    found = look(front)
    (one,) = routes(found, company.member)
    assert (one.kind, one.to, one.location, one.enabled) == ("aws.event_data_store", lake, None, True)
    assert json.loads(found.one(Filter, str(one.filter)).text) == {"AdvancedEventSelectors": SELECTORS}
    assert not routes(found, company.home)
    kept = found.one(Destination, lake)
    assert (kept.kind, kept.end, kept.owner) == ("aws.lake", True, f"aws:accounts/{company.member}")
    assert kept.retained == kept.online == kept.searchable == (Keep(days=2557),)
    assert (kept.lock, kept.encrypted) == (Lock(mode="bypassable", days=2557), "provider")


def test_a_store_of_one_region_acts_there(front: Front, company: Company) -> None:
    store(front, company.member, MultiRegionEnabled=False, TerminationProtectionEnabled=False)
    found = look(front)
    (one,) = routes(found, company.member)
    assert one.location == "eu-west-1"
    assert found.one(Destination, str(one.to)).lock is False


def test_an_organizations_store_takes_the_events_of_members_who_do_not_see_it(
    front: Front, company: Company
) -> None:
    lake = store(front, company.home, OrganizationEnabled=True)
    found = look(front)
    assert [one.to for one in routes(found, company.member)] == [lake]
    assert [one.to for one in routes(found, company.home)] == [lake]


@pytest.mark.parametrize(
    ("status", "enabled"),
    [("ENABLED", True), ("STOPPED_INGESTION", False), ("PENDING_DELETION", False), ("CREATED", False)],
)
def test_only_a_store_that_ingests_is_on(front: Front, company: Company, status: str, enabled: bool) -> None:
    store(front, company.member, Status=status)
    assert routes(look(front), company.member)[0].enabled is enabled


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"Status": "SOMETHING_NEW"}, "enabled"),
        ({"Status": None}, "enabled"),
        ({"MultiRegionEnabled": None}, "enabled"),
        ({"AdvancedEventSelectors": None}, "filter"),
        ({"AdvancedEventSelectors": []}, "filter"),
    ],
)
def test_what_a_store_does_not_tell_is_unread(
    front: Front, company: Company, change: dict[str, Any], field: str
) -> None:
    store(front, company.member, **change)
    found = look(front)
    (one,) = routes(found, company.member)
    assert found.why(getattr(one, field)).kind == "unparseable"


def test_a_management_store_that_does_not_say_whose_events_it_takes_may_take_a_members(
    front: Front, company: Company
) -> None:
    store(front, company.home, OrganizationEnabled=None)
    found = look(front)
    (one,) = routes(found, company.member)
    assert found.why(one.enabled).kind == "unparseable"


def test_a_refused_store_is_a_route_that_may_be_there(front: Front, company: Company) -> None:
    store(front, company.member)
    front.rules.insert(0, on("cloudtrail:GetEventDataStore", denied))
    found = look(front)
    (one,) = routes(found, company.member)
    assert found.why(one.enabled).permission == "cloudtrail:GetEventDataStore"
    kept = found.one(Destination, str(one.to))
    assert kept.exists is True
    assert found.why(kept.retained).permission == "cloudtrail:GetEventDataStore"


def test_a_region_that_is_refused_hides_the_listing_and_nothing_else(front: Front, company: Company) -> None:
    store(front, company.member)
    front.rules.insert(
        0, on("cloudtrail:ListEventDataStores", denied, account=company.member, region="us-east-1")
    )
    found = look(front)
    member = f"aws:accounts/{company.member}"
    assert (member, None) not in found.listed("aws.event_data_store")
    assert (f"aws:accounts/{company.home}", None) in found.listed("aws.event_data_store")
    assert len(routes(found, company.member)) == 1
    (spot,) = found.spots("cloudtrail:ListEventDataStores")
    assert (spot.place, spot.location, spot.hides) == (member, None, ("aws.event_data_store",))
    assert "us-east-1" in spot.detail


def test_a_management_account_that_is_refused_leaves_every_member_in_doubt(
    front: Front, company: Company
) -> None:
    front.rules.insert(0, on("cloudtrail:ListEventDataStores", denied, account=HOME))
    found = look(front)
    assert found.listed("aws.event_data_store") == set()


def test_a_management_account_that_is_not_audited_leaves_doubt(front: Front, company: Company) -> None:
    def other_home(ask: Ask) -> Reply | None:
        if ask.call != "organizations:DescribeOrganization":
            return None
        return told(ask.call, Organization={"Id": "o-other00001", "MasterAccountId": "999999999999"})

    front.rules.insert(0, other_home)
    found = look(front, organization=False, accounts=(company.member,))
    assert found.listed("aws.event_data_store") == set()
    assert found.spots("cloudtrail:ListEventDataStores")[0].kind == "not-observable"


def test_an_account_in_no_organization_has_its_own_stores_only(front: Front) -> None:
    front.rules.insert(
        0,
        on(
            "organizations:DescribeOrganization",
            lambda ask: refused(ask, "AWSOrganizationsNotInUseException"),
        ),
    )
    found = look(front, organization=False)
    assert found.listed("aws.event_data_store") == {(f"aws:accounts/{HOME}", None)}


def test_regions_that_the_target_leaves_out_are_asked_for_stores_all_the_same(
    front: Front, company: Company
) -> None:
    look(front, regions=("us-east-1",))
    asked = {ask.region for ask in front.calls if ask.call == "cloudtrail:ListEventDataStores"}
    assert asked == {"eu-west-1", "us-east-1"}


def test_a_server_that_knows_no_lake_hides_that_listing_alone(front: Front, company: Company) -> None:
    # moto answers 500.
    front.rules[:] = [rule for rule in front.rules if rule is not front.rules[1]]
    found = crawl(front.endpoint, ("aws.event_data_stores", "aws.trails"), organization=True)
    assert found.listed("aws.event_data_store") == set()
    assert found.listed("aws.trail")
    kinds = {spot.kind for spot in found.spots("cloudtrail:ListEventDataStores")}
    assert kinds <= {"server-error", "unparseable"}


@pytest.mark.parametrize(
    ("state", "usable"), [("Enabled", True), ("Disabled", False), ("PendingDeletion", False)]
)
def test_a_store_is_as_good_as_its_key(front: Front, company: Company, state: str, usable: bool) -> None:
    lake = store(front, company.member, KmsKeyId=f"arn:aws:kms:eu-west-1:{company.member}:key/k")
    metadata = {"KeyId": "k", "KeyState": state, "KeyManager": "CUSTOMER"}
    front.rules.insert(0, on("kms:DescribeKey", lambda ask: told(ask.call, KeyMetadata=metadata)))
    kept = look(front).one(Destination, lake)
    assert (kept.usable, kept.encrypted) == (usable, "customer-key")
    assert (state in kept.unusable_because) is not usable
