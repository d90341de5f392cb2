"""The customer as a scope."""

import pytest

from logcov.inventory import Scope


def test_a_configured_customer_is_known_without_a_call(google, open_session):
    assert list(open_session(labels={"env": "prod"}).scopes()) == [
        Scope(
            id="workspace:customers/C0acme01",
            kind="workspace.customer",
            provider="workspace",
            name="C0acme01",
            labels={"env": "prod"},
        )
    ]
    assert google.requests == []


@pytest.mark.parametrize("busy", ["admin", "login", "token", "drive"])
def test_my_customer_is_resolved_by_the_first_entry_found(google, open_session, ledger, busy):
    google.activities = {busy: google.entry(busy)}
    (scope,) = open_session(customer="my_customer").scopes()
    assert (scope.id, scope.obtained_by) == ("workspace:customers/C0acme01", "reports.activities.list")
    assert scope.readings[0] in {reading.id for reading in ledger.readings()}
    assert ledger.blind_spots() == []


def test_a_refused_application_does_not_stop_the_search(google, open_session):
    google.activities = {"admin": google.reply(status=403), "login": google.entry("login")}
    (scope,) = open_session(customer="my_customer").scopes()
    assert scope.id == "workspace:customers/C0acme01"


def test_policies_name_the_customer_where_no_activity_does(google, open_session, ledger):
    google.otherwise = google.reply(status=403)
    google.policies = [google.reply({"policies": [google.policy("ENABLED")]})]
    (scope,) = open_session(customer="my_customer").scopes()
    assert (scope.id, scope.obtained_by) == ("workspace:customers/C0acme01", "cloudidentity.policies.list")
    assert ledger.blind_spots() == []


def test_an_unresolved_customer_keeps_its_place_and_leaves_a_blind_spot(google, open_session, ledger):
    (scope,) = open_session(customer="my_customer").scopes()
    assert scope.id == "workspace:customers/my_customer"
    (spot,) = ledger.blind_spots()
    assert (spot.kind, spot.place) == ("not-observable", scope.id)


def test_where_all_is_denied_the_blind_spot_names_the_scope(google, open_session, ledger):
    google.otherwise = google.reply(status=403)
    google.policies = [google.reply(status=403)]
    (scope,) = open_session(customer="my_customer").scopes()
    assert scope.id == "workspace:customers/my_customer"
    (spot,) = ledger.blind_spots()
    assert (spot.kind, spot.permission) == (
        "access-denied",
        "https://www.googleapis.com/auth/admin.reports.audit.readonly",
    )


@pytest.mark.parametrize(
    "body",
    [
        {"items": {}},
        {"items": ["odd"]},
        {"items": [{}]},
        {"items": [{"id": "odd"}]},
        {"items": [{"id": {"customerId": 7}}]},
        {"items": [{"id": {"customerId": "not an id"}}]},
    ],
)
def test_an_odd_entry_resolves_nothing(google, open_session, body):
    google.otherwise = google.reply(body)
    (scope,) = open_session(customer="my_customer").scopes()
    assert scope.id == "workspace:customers/my_customer"
