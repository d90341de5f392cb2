"""Sinks as routes."""

import pytest

from logcov.inventory import Exclusion, Filter, Listing, Route, Scope, Unread
from logcov.providers.gcp.routing.sinks import UNTOLD, observe_sinks
from providers.gcp.acme import ORG, WRITER
from providers.gcp.fake_google import Pages, Wrong, error
from providers.gcp.gathering import observed

SCOPES = {
    ORG: Scope(id=f"gcp:{ORG}", kind="gcp.organization", provider="gcp", container=True),
    "folders/10": Scope(id="gcp:folders/10", kind="gcp.folder", provider="gcp", container=True),
    "projects/acme-prod": Scope(id="gcp:projects/acme-prod", kind="gcp.project", provider="gcp"),
}


def observe(session, container=ORG):
    found = observed(session, observe_sinks, SCOPES[container], ("gcp.sink",))
    routes = {each.id.rpartition("/")[2]: each for each in found if isinstance(each, Route)}
    filters = {each.id: each for each in found if isinstance(each, Filter)}
    return routes, filters, [each for each in found if isinstance(each, Listing)]


def one(google, session, container=ORG, **sink) -> Route:
    """The route of a sink that is made of these fields."""
    body = {"name": "s", "destination": "storage.googleapis.com/b", "writerIdentity": WRITER} | sink
    google.answers[f"/v2/{container}/sinks"] = Wrong({"sinks": [body]})
    routes, _, _ = observe(session, container)
    return routes["s"]


def test_sinks_become_routes_with_everything_that_decides(google, session) -> None:
    routes, filters, listings = observe(session)
    assert set(routes) == {"_Required", "_Default", "to-siem", "to-central"}
    siem = routes["to-siem"]
    assert siem.setting == f"gcp:sinks/{ORG}/to-siem"
    assert siem.to == "gcp:pubsub/projects/acme-siem/topics/audit"
    assert (siem.effect, siem.enabled, siem.descends, siem.intercepts, siem.immune) == (
        "carry",
        True,
        True,
        False,
        False,
    )
    assert siem.writer == WRITER
    assert siem.since == "2025-02-01T00:00:00Z"
    assert filters[siem.filter].text == 'log_id("cloudaudit.googleapis.com/activity")'
    central = routes["to-central"]
    assert central.intercepts is True
    assert central.to == "gcp:router/projects/acme-central"
    assert filters[central.filter].exclusions == (
        Exclusion(name="noise", text='protoPayload.serviceName="k8s.io"'),
        Exclusion(name="old", text="severity<INFO", disabled=True),
    )
    assert routes["_Required"].immune
    assert routes["_Required"].writer == ""
    assert routes["_Default"].descends is False
    assert [(listing.kind, listing.at) for listing in listings] == [("gcp.sink", f"gcp:{ORG}")]


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        ("storage.googleapis.com/acme-archive", "gcp:storage/acme-archive"),
        ("bigquery.googleapis.com/projects/p/datasets/d", "gcp:bigquery/projects/p/datasets/d"),
        (
            "pubsub.googleapis.com/projects/example.com:p/topics/t",
            "gcp:pubsub/projects/example.com:p/topics/t",
        ),
        ("logging.googleapis.com/projects/p", "gcp:router/projects/p"),
        (
            "logging.googleapis.com/folders/7/locations/eu/buckets/b",
            "gcp:logging/folders/7/locations/eu/buckets/b",
        ),
        # By number, where the policy names projects by id.
        ("logging.googleapis.com/projects/1002", "gcp:router/projects/acme-siem"),
        ("pubsub.googleapis.com/projects/1002/topics/t", "gcp:pubsub/projects/acme-siem/topics/t"),
    ],
)
def test_destinations_are_named_by_project_id(google, session, destination, expected) -> None:
    assert one(google, session, destination=destination).to == expected


@pytest.mark.parametrize(
    "destination",
    [
        "",
        7,
        "example.googleapis.com/x",
        "storage.googleapis.com/a/b",
        "logging.googleapis.com/organizations/1",
        "pubsub.googleapis.com/projects/9999/topics/t",
    ],
)
def test_a_destination_that_cannot_be_named_for_sure_is_unread(google, session, destination) -> None:
    assert isinstance(one(google, session, destination=destination).to, Unread)


def test_a_sink_without_include_children_covers_its_own_container_only(google, session, another) -> None:
    assert one(google, session).descends is False
    assert one(google, another(), includeChildren=True).descends is True
    assert isinstance(one(google, another(), includeChildren="yes").descends, Unread)


@pytest.mark.parametrize(
    ("sink", "expected"),
    [
        ({"disabled": True}, False),
        ({"disabled": False}, True),
        ({}, True),
        ({"disabled": "no"}, Unread),
        ({"someNewSetting": "SAMPLED"}, Unread),
        ({"someNewSetting": False}, True),
        ({"disabled": True, "someNewSetting": 1}, False),
    ],
)
def test_a_sink_is_enabled_unless_it_says_otherwise_or_has_a_setting_that_nobody_knows(
    google, session, sink, expected
) -> None:
    enabled = one(google, session, **sink).enabled
    assert enabled is expected or (expected is Unread and isinstance(enabled, Unread))


@pytest.mark.parametrize(
    "sink",
    [
        {"interceptChildren": True},
        {"interceptChildren": True, "includeChildren": True},
        {"interceptChildren": True, "destination": "logging.googleapis.com/projects/p"},
        {
            "interceptChildren": "x",
            "includeChildren": True,
            "destination": "logging.googleapis.com/projects/p",
        },
    ],
)
def test_interception_that_the_api_does_not_describe_is_unread(google, session, sink) -> None:
    assert isinstance(one(google, session, **sink).intercepts, Unread)


@pytest.mark.parametrize(
    "sink",
    [
        {"filter": 7},
        {"exclusions": {}},
        {"exclusions": [{"name": "no filter"}]},
        {"exclusions": [{"name": "x", "filter": "a", "disabled": 1}]},
        {"exclusions": [{"name": "x", "filter": "a", "newKind": "y"}]},
    ],
)
def test_a_filter_that_is_not_of_the_documented_form_is_unread(google, session, sink) -> None:
    assert isinstance(one(google, session, **sink).filter, Unread)


def test_a_sink_without_filter_lets_everything_through(google, session) -> None:
    assert one(google, session).filter is None


def test_a_writer_that_is_not_told_is_in_doubt_except_for_an_own_log_bucket(google, another) -> None:
    own = f"logging.googleapis.com/{ORG}/locations/eu/buckets/b"
    assert one(google, another(), writerIdentity="", destination=own).writer == ""
    assert one(google, another(), writerIdentity="").writer == UNTOLD
    assert one(google, another(), writerIdentity=5, destination=own).writer == UNTOLD


def test_sinks_that_cannot_be_listed_are_a_blind_spot(google, session) -> None:
    google.answers[f"/v2/{ORG}/sinks"] = error(403)
    routes, _, listings = observe(session)
    assert (routes, listings) == ({}, [])
    (spot,) = session.ledger.blind_spots()
    assert (spot.hides, spot.permission) == (("gcp.sink",), "logging.sinks.list")


def test_a_sink_without_a_name_leaves_the_others_and_no_listing(google, session) -> None:
    known = {"name": "s", "destination": "storage.googleapis.com/b", "writerIdentity": WRITER}
    google.answers[f"/v2/{ORG}/sinks"] = Wrong({"sinks": [{"destination": "x"}, known, 7]})
    routes, _, listings = observe(session)
    assert set(routes) == {"s"}
    assert listings == []


def test_a_container_without_sinks_is_listed_as_such(google, session) -> None:
    google.answers["/v2/projects/acme-prod/sinks"] = Pages("sinks", [[]])
    routes, _, listings = observe(session, "projects/acme-prod")
    assert routes == {}
    assert len(listings) == 1


def test_a_sink_of_a_project_never_acts_on_anything_below(google, session) -> None:
    route = one(google, session, "projects/acme-prod", includeChildren=True)
    assert route.descends is False
