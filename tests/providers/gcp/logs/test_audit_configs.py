"""Audit configuration in IAM policies."""

import json

import pytest

from logcov.inventory import Filter, Listing, Route, Scope, Unread
from logcov.providers.gcp.logs.audit_configs import observe_audit_configs
from providers.gcp.fake_google import Wrong, error
from providers.gcp.gathering import observed

FOLDER = Scope(id="gcp:folders/11", kind="gcp.folder", provider="gcp", parent="gcp:folders/10")
POLICY = "/v3/folders/11:getIamPolicy"


def observe(session, scope=FOLDER):
    found = observed(session, observe_audit_configs, scope, ("gcp.audit_config",))
    filters = {each.id: each for each in found if isinstance(each, Filter)}
    routes = [each for each in found if isinstance(each, Route)]
    return routes, filters, [each for each in found if isinstance(each, Listing)]


def test_an_entry_generates_below_its_container_and_withholds_for_exempted_members(google, session) -> None:
    routes, filters, listings = observe(session)
    entry = google.answers[POLICY]["auditConfigs"][0]
    assert [(route.effect, route.setting, route.descends, route.enabled) for route in routes] == [
        ("generate", "gcp:auditConfig/folders/11/allServices", True, True),
        ("withhold", "gcp:auditConfig/folders/11/allServices", True, True),
    ]
    assert [filters[route.filter].dialect for route in routes] == ["gcp.audit-config", "gcp.audit-exemption"]
    assert all(json.loads(filters[route.filter].text) == entry for route in routes)
    assert {route.sources for route in routes} == {("gcp.audit.data_access",)}
    assert [(listing.kind, listing.at) for listing in listings] == [("gcp.audit_config", "gcp:folders/11")]


def test_an_entry_that_exempts_nobody_withholds_nothing(google, session) -> None:
    entry = {
        "service": "storage.googleapis.com",
        "auditLogConfigs": [{"logType": "DATA_READ", "exemptedMembers": []}],
    }
    google.answers[POLICY]["auditConfigs"] = [entry]
    routes, _, _ = observe(session)
    assert [route.effect for route in routes] == ["generate"]


@pytest.mark.parametrize(
    "entry",
    [
        {"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ", "somethingNew": True}]},
        {"service": "allServices", "auditLogConfigs": [7]},
        {"service": "allServices"},
        {"auditLogConfigs": [{"logType": "DATA_READ", "exemptedMembers": 7}]},
    ],
)
def test_an_entry_that_is_not_understood_may_exempt_somebody_and_stays_verbatim(
    google, session, entry
) -> None:
    google.answers[POLICY] = Wrong({"auditConfigs": [entry]})
    routes, filters, listings = observe(session)
    assert [route.effect for route in routes] == ["generate", "withhold"]
    assert all(json.loads(filters[route.filter].text) == entry for route in routes)
    assert len(listings) == 1


def test_two_entries_of_one_service_are_two_routes_of_one_setting(google, session) -> None:
    entry = {"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}
    google.answers[POLICY]["auditConfigs"] = [entry, entry]
    routes, filters, _ = observe(session)
    assert len({route.id for route in routes}) == 2
    assert len({route.setting for route in routes}) == 1
    assert len(filters) == 1


def test_a_policy_without_audit_configuration_is_listed_as_having_none(google, session) -> None:
    del google.answers[POLICY]["auditConfigs"]
    routes, _, listings = observe(session)
    assert routes == []
    assert len(listings) == 1


@pytest.mark.parametrize("answer", [error(403), Wrong({"auditConfigs": {}}), Wrong({"auditConfigs": [1]})])
def test_a_policy_that_cannot_be_read_is_a_blind_spot_and_no_listing(google, session, answer) -> None:
    google.answers[POLICY] = answer
    routes, _, listings = observe(session)
    assert routes == []
    assert listings == []
    (spot,) = session.ledger.blind_spots()
    assert spot.hides == ("gcp.audit_config",)


def test_what_bigquery_writes_of_itself_is_in_doubt_once_at_the_top(google, session) -> None:
    top = Scope(id="gcp:folders/11", kind="gcp.folder", provider="gcp")
    routes, filters, _ = observe(session, top)
    always = routes[0]
    assert always.id.endswith("bigquery.googleapis.com#unconfigured")
    assert isinstance(always.enabled, Unread)
    assert always.descends is True
    assert "bigquery.googleapis.com" in json.loads(filters[always.filter].text)["protoPayload.serviceName"]


def test_a_scope_that_is_not_in_use_is_not_asked_about(google, session) -> None:
    gone = Scope(id="gcp:folders/11", kind="gcp.folder", provider="gcp", state="delete-requested")
    assert observed(session, observe_audit_configs, gone) == []
    assert google.asked == []
