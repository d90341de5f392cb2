"""A project that routes on."""

import pytest

from logcov.inventory import Filter, Unread
from logcov.providers.gcp.routing.routers import read_router
from providers.gcp.acme import ORG, WRITER
from providers.gcp.fake_google import Wrong, error
from providers.gcp.leading import Read, route

TO = "gcp:router/projects/acme-central"
SINKS = "gcp:sinks/projects/acme-central"


def read(session) -> Read:
    return Read(session, read_router, TO, route(TO, container=ORG, writer=WRITER))


def with_sink(google, **sink) -> None:
    body = {
        "name": "s",
        "destination": "storage.googleapis.com/b",
        "writerIdentity": "serviceAccount:x@y",
    } | sink
    google.answers["/v2/projects/acme-central/sinks"] = Wrong({"sinks": [body]})


def test_a_project_is_no_end_and_its_own_sinks_go_on_from_it(google, session) -> None:
    found = read(session)
    assert (found.destination.end, found.destination.exists, found.destination.usable) == (False, True, True)
    assert found.admitted is True
    analysts = found.routes[f"{SINKS}/analysts@router"]
    assert analysts.origin == TO
    assert analysts.setting == f"{SINKS}/analysts"
    assert analysts.to == "gcp:bigquery/projects/acme-siem/datasets/changes"
    assert analysts.enabled is True
    kinds = ("gcp.sink", "gcp.log_metric", "gcp.log_match")
    assert [(listing.kind, listing.at) for listing in found.listings] == [(kind, TO) for kind in kinds]


def test_required_takes_nothing_that_was_routed_and_default_not_the_activity(google, session) -> None:
    found = read(session)
    assert not any("_Required" in each for each in found.routes)
    filters = {each.id: each for each in found.facts if isinstance(each, Filter)}
    default = found.routes[f"{SINKS}/_Default@router"]
    assert default.enabled is True
    told = filters[default.filter]
    assert told.text == 'NOT LOG_ID("cloudaudit.googleapis.com/activity")'
    (added,) = told.exclusions
    assert all(log in added.text for log in ("/activity", "/system_event", "/access_transparency"))
    perhaps = found.routes[f"{SINKS}/_Default@router-access-transparency"]
    assert isinstance(perhaps.enabled, Unread)
    assert (
        filters[perhaps.filter].exclusions[-1].text
        == 'NOT LOG_ID("cloudaudit.googleapis.com/access_transparency")'
    )


def test_a_default_whose_filter_cannot_be_read_is_in_doubt_as_a_whole(google, session) -> None:
    with_sink(google, name="_Default", filter=7)
    (default,) = read(session).routes.values()
    assert isinstance(default.filter, Unread)


def test_a_second_project_may_or_may_not_route_on(google, session) -> None:
    with_sink(google, destination="logging.googleapis.com/projects/acme-siem")
    (again,) = read(session).routes.values()
    assert isinstance(again.enabled, Unread)


def test_a_disabled_sink_stays_disabled_wherever_it_leads(google, session) -> None:
    with_sink(google, destination="logging.googleapis.com/projects/acme-siem", disabled=True)
    (off,) = read(session).routes.values()
    assert off.enabled is False


@pytest.mark.parametrize(("state", "usable"), [("DELETE_REQUESTED", False), ("FROZEN", Unread)])
def test_a_project_that_is_being_deleted_routes_nothing(google, session, state, usable) -> None:
    google.answers["/v3/projects/acme-central"] = Wrong({"projectId": "acme-central", "state": state})
    found = read(session).destination.usable
    assert found is usable or (usable is Unread and isinstance(found, Unread))


def test_a_project_that_cannot_be_read_is_in_doubt_but_its_sinks_are_known(google, session) -> None:
    google.answers["/v3/projects/acme-central"] = error(403)
    found = read(session)
    assert isinstance(found.destination.exists, Unread)
    assert f"{SINKS}/analysts@router" in found.routes


def test_sinks_that_cannot_be_read_leave_the_project_unlisted(google, session) -> None:
    google.answers["/v2/projects/acme-central/sinks"] = error(403)
    found = read(session)
    assert found.routes == {}
    assert "gcp.sink" not in {listing.kind for listing in found.listings}
    assert {spot.place: spot.hides for spot in session.ledger.blind_spots()} == {TO: ("gcp.sink",)}
