"""The rows, and what is left of an org when any one call is denied."""

import subprocess
import sys

import pytest

from logcov.errors import ReadFailure
from logcov.inventory import Listing, Route, Unread
from logcov.providers.okta import rows

ANSWERS = {
    "/api/v1/logStreams": [
        {
            "id": "0oa1",
            "type": "splunk_cloud_logstreaming",
            "status": "ACTIVE",
            "settings": {"host": "a.splunkcloud.com"},
        }
    ],
    "/api/v1/logs": [{"published": "2026-11-22T08:30:00Z"}],
}


def collected(place, ledger):
    """What all observers find; a failed one leaves its blind spot, as when collecting."""
    facts = []
    for row in rows.OBSERVERS:
        try:
            for fact in row.observe(place, place.scope, None):
                facts.append(fact)  # noqa: PERF402 - `extend` would lose what came before a failure
        except ReadFailure as failure:
            ledger.blind(failure, place.scope.id, hides=row.listings)
    return facts


def test_with_everything_readable_every_listing_is_made(okta, place, ledger):
    okta.answers = {path: [okta.reply(body)] for path, body in ANSWERS.items()}
    facts = collected(place, ledger)
    made = {fact.kind for fact in facts if isinstance(fact, Listing)}
    assert made == {listing for row in rows.OBSERVERS for listing in row.listings}
    assert ledger.blind_spots() == []


@pytest.mark.parametrize("denied", ANSWERS)
def test_denying_one_call_takes_away_its_listing_and_nothing_else(okta, place, ledger, denied):
    okta.answers = {path: [okta.reply(body)] for path, body in ANSWERS.items()}
    okta.answers[denied] = [okta.reply(status=403)]
    facts = collected(place, ledger)
    (spot,) = ledger.blind_spots()
    made = {fact.kind for fact in facts if isinstance(fact, Listing)}
    assert made.isdisjoint(spot.hides)
    assert made | set(spot.hides) == {listing for row in rows.OBSERVERS for listing in row.listings}
    assert spot.permission.endswith(".read")
    assert not [fact for fact in facts if isinstance(fact, Route) and isinstance(fact.enabled, Unread)]


def test_only_the_operations_of_the_rows_are_called(okta, place, ledger):
    okta.answers = {path: [okta.reply(body)] for path, body in ANSWERS.items()}
    collected(place, ledger)
    allowed = {operation.wire for row in rows.OBSERVERS for operation in row.operations}
    assert {f"{request.method} {request.path}" for request in okta.requests} == allowed


def test_the_needs_of_every_source_are_listed_by_some_observer_of_it():
    for source in rows.SOURCES:
        listed = {listing for row in rows.OBSERVERS if source.id in row.sources for listing in row.listings}
        assert set(source.needs) <= listed
        assert set(source.needs) <= {kind.id for kind in rows.HOP_KINDS}


def test_the_rows_name_known_things():
    kinds = {kind.id for kind in rows.HOP_KINDS}
    assert all(set(kind.onward) <= kinds for kind in rows.DESTINATION_KINDS)
    patterns = {kind.pattern for kind in rows.DESTINATION_KINDS}
    assert all(row.pattern in patterns for row in rows.READERS)


def test_the_rows_load_without_the_sdk():
    code = (
        "import sys, logcov.providers.okta.rows, logcov.providers.okta.client;"
        "print([name for name in sys.modules if name.split('.')[0] in {'okta', 'aiohttp', 'jwt', 'cryptography'}])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
