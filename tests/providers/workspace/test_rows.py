"""The rows, and what is left of a customer when any one call is denied."""

import subprocess
import sys

import pytest

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Listing, Route, Unread
from logcov.providers.workspace import rows
from logcov.providers.workspace.applications import applications

LISTINGS = {listing for row in rows.OBSERVERS for listing in row.listings}


def collected(session, ledger):
    """What the session and all observers find; a failed one leaves its blind spot, as when collecting."""
    (scope,) = session.scopes()
    place = session.at(scope, None)
    facts = [scope]
    for row in rows.OBSERVERS:
        try:
            for fact in row.observe(place, scope, None):
                facts.append(fact)  # noqa: PERF402 - `extend` would lose what came before a failure
        except ReadFailure as failure:
            ledger.blind(failure, scope.id, hides=row.listings)
    return facts


@pytest.fixture
def acme(google):
    google.activities = {name: google.entry(name) for name in ("admin", "login", "drive")}
    google.policies = [google.reply({"policies": [google.policy("ENABLED")]})]
    return google


def listed(facts):
    return {fact.kind for fact in facts if isinstance(fact, Listing)}


@pytest.mark.parametrize("customer", ["C0acme01", "my_customer"])
def test_with_everything_readable_every_listing_is_made(acme, open_session, ledger, customer):
    facts = collected(open_session(customer=customer), ledger)
    assert listed(facts) == LISTINGS
    assert facts[0].id == "workspace:customers/C0acme01"
    assert {spot.kind for spot in ledger.blind_spots()} == {"not-observable"}


def test_denied_policies_take_away_the_sharing_and_nothing_else(acme, open_session, ledger):
    acme.policies = [acme.reply(status=403)]
    facts = collected(open_session(customer="my_customer"), ledger)
    assert facts[0].id == "workspace:customers/C0acme01"
    (spot,) = ledger.blind_spots()
    assert spot.hides == ("workspace.sharing",)
    assert listed(facts) == LISTINGS - {"workspace.sharing"}


def test_denied_activities_take_away_no_emitter(acme, open_session, ledger):
    acme.otherwise = acme.reply(status=403)
    acme.activities = {}
    facts = collected(open_session(customer="my_customer"), ledger)
    assert facts[0].id == "workspace:customers/C0acme01"
    assert len([fact for fact in facts if isinstance(fact, Emitter)]) == len(applications())
    assert listed(facts) == LISTINGS - {"activity"}


@pytest.mark.parametrize("application", ["admin", "login", "drive", "vault"])
def test_denying_one_application_changes_no_route(acme, open_session, ledger, application):
    acme.activities[application] = acme.reply(status=403)
    facts = collected(open_session(customer="my_customer"), ledger)
    assert listed(facts) == LISTINGS - {"activity"}
    admin = [
        fact for fact in facts if isinstance(fact, Route) and fact.dimensions == {"application": "admin"}
    ]
    assert [route.enabled for route in admin] == [True]


def test_denying_everything_leaves_the_customer_in_doubt_and_no_claim(acme, open_session, ledger):
    acme.otherwise = acme.policies = acme.reply(status=403)
    acme.policies = [acme.otherwise]
    acme.activities = {}
    facts = collected(open_session(customer="my_customer"), ledger)
    assert facts[0].id == "workspace:customers/my_customer"
    assert listed(facts) == {"workspace.activity", "workspace.retention"}
    assert not [fact for fact in facts if isinstance(fact, Route) and isinstance(fact.enabled, Unread)]


def test_only_the_operations_of_the_rows_are_called(acme, open_session, ledger):
    collected(open_session(customer="my_customer"), ledger)
    heads = {operation.wire.split("{", 1)[0] for row in rows.OBSERVERS for operation in row.operations}
    for request in acme.requests:
        assert any(f"{request.method} {request.path}".startswith(head) for head in heads)


def test_the_needs_of_every_source_are_listed_by_some_observer_of_it():
    for source in rows.SOURCES:
        made = {listing for row in rows.OBSERVERS if source.id in row.sources for listing in row.listings}
        assert {*source.needs, source.emitters} <= made
        assert set(source.needs) <= {kind.id for kind in rows.HOP_KINDS}


def test_the_rows_name_known_things():
    kinds = {kind.id for kind in rows.HOP_KINDS}
    assert all(set(kind.onward) <= kinds for kind in rows.DESTINATION_KINDS)
    patterns = {kind.pattern for kind in rows.DESTINATION_KINDS}
    assert all(row.pattern in patterns for row in rows.READERS)


def test_the_rows_load_without_the_sdk():
    code = (
        "import sys, logcov.providers.workspace.rows, logcov.providers.workspace.client;"
        "print([name for name in sys.modules if name.split('.')[0] in {'googleapiclient', 'google', 'httplib2'}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
