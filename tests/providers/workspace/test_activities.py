"""Emitters, Google's own keeping, and the newest record of each application."""

from datetime import datetime, timedelta

import pytest

from logcov.inventory import Activity, Emitter, Keep, Listing, Route
from logcov.providers.workspace.activities import observe_activity, observe_applications, read_reports
from logcov.providers.workspace.applications import applications

CUSTOMER = "workspace:customers/C0acme01"
STORE = "workspace:reports/C0acme01"


def test_every_application_writes_and_google_keeps_it(google, observe):
    facts = observe(observe_applications)
    emitters = [fact for fact in facts if isinstance(fact, Emitter)]
    assert [emitter.dimensions["application"] for emitter in emitters] == list(applications())
    assert all(emitter.fields == emitter.dimensions and emitter.scope == CUSTOMER for emitter in emitters)
    (route,) = [fact for fact in facts if isinstance(fact, Route)]
    assert (route.kind, route.origin, route.to, route.enabled) == (
        "workspace.retention",
        CUSTOMER,
        STORE,
        True,
    )
    assert [fact for fact in facts if isinstance(fact, Listing)] == [
        Listing(kind="workspace.activity", at=CUSTOMER),
        Listing(kind="workspace.retention", at=CUSTOMER),
    ]
    assert google.requests == []


def test_google_keeps_records_for_180_days_and_shows_no_lock_and_no_key():
    (store,) = read_reports(None, STORE, ())
    assert (store.retained, store.online, store.searchable) == ((Keep(days=180),),) * 3
    assert (store.end, store.owner, store.lock, store.encrypted) == (True, CUSTOMER, None, None)


def test_the_newest_entry_of_each_application_is_an_activity(google, observe):
    google.activities = {
        "login": google.entry("login"),
        "drive": google.entry("drive", time="2026-11-01T00:00:00+02:00"),
    }
    *activities, listing = observe(observe_activity)
    assert [
        (fact.dimensions["application"], fact.at) for fact in activities if isinstance(fact, Activity)
    ] == [
        ("drive", "2026-10-31T22:00:00Z"),
        ("login", "2026-11-22T08:30:00Z"),
    ]
    assert listing == Listing(kind="activity", at=CUSTOMER)
    assert sorted(google.asked()) == sorted(applications())


def test_the_question_is_bounded_and_short_enough_for_gmail(google, observe):
    observe(observe_activity)
    for request in google.requests:
        begin, end = (datetime.fromisoformat(request.query[name]) for name in ("startTime", "endTime"))
        assert timedelta(0) < end - begin <= timedelta(days=30)
        assert (request.query["maxResults"], request.query["customerId"]) == ("1", "C0acme01")


def test_one_application_that_is_refused_leaves_its_own_blind_spot(google, observe, ledger):
    google.activities = {"vault": google.reply(status=403), "login": google.entry("login")}
    facts = observe(observe_activity)
    assert [fact.dimensions["application"] for fact in facts if isinstance(fact, Activity)] == ["login"]
    assert not [fact for fact in facts if isinstance(fact, Listing)]
    (spot,) = ledger.blind_spots()
    assert spot.id.endswith("vault")
    assert (spot.kind, spot.hides) == ("access-denied", ("activity",))


def test_after_some_failures_in_a_row_the_rest_is_not_asked_but_told(google, observe, ledger):
    google.otherwise = google.reply(status=500)
    assert observe(observe_activity) == []
    assert len(set(google.asked())) == 3
    assert len(ledger.blind_spots()) == len(applications())
    assert {spot.kind for spot in ledger.blind_spots()} == {"server-error"}


@pytest.mark.parametrize(
    "body",
    [
        {"items": {}},
        {"items": ["odd"]},
        {"items": [{}]},
        {"items": [{"id": {"time": "lately"}}]},
        {"items": [{"id": {"time": "2026-11-22T08:30:00"}}]},
        {"items": [{"id": {"time": "2026-11-22T08:30:00Z", "customerId": "C0other"}}]},
    ],
)
def test_an_odd_entry_proves_nothing(google, observe, ledger, body):
    google.activities = {"login": google.reply(body)}
    assert observe(observe_activity) == []
    assert [spot.kind for spot in ledger.blind_spots()] == ["unparseable"]


def test_an_entry_asked_for_twice_is_asked_once(google, open_session):
    google.activities = {"admin": google.entry("admin")}
    session = open_session(customer="my_customer")
    (scope,) = session.scopes()
    list(observe_activity(session.at(scope, None), scope, None))
    assert google.asked().count("admin") == 1
