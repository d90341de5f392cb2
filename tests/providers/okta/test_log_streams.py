"""Log streams: tolerant of every shape, sure of none that is odd."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.errors import ReadFailure
from logcov.inventory import Destination, Listing, Route, Unread
from logcov.providers.okta.log_streams import destination_of, evidence, observe_log_streams, read_splunk

STREAMS = "/api/v1/logStreams"
SPLUNK = {
    "id": "0oa1",
    "type": "splunk_cloud_logstreaming",
    "name": "To the SIEM",
    "status": "ACTIVE",
    "created": "2026-01-01T00:00:00.000Z",
    "lastUpdated": "2026-10-01T12:00:00.000Z",
    "settings": {"host": "acme.splunkcloud.com", "edition": "aws"},
    "_links": {"self": {"href": "https://acme.okta.com/api/v1/logStreams/0oa1"}},
}
EVENTBRIDGE = {
    "id": "0oa2",
    "type": "aws_eventbridge",
    "name": "To AWS",
    "status": "INACTIVE",
    "lastUpdated": "2026-11-01T00:00:00.000Z",
    "settings": {"accountId": "022222222222", "region": "us-east-1", "eventSourceName": "acme-okta"},
}


@pytest.fixture
def routes(okta, observe):
    """Observes these streams; gives the routes, the last fact having been the listing."""

    def run(*streams):
        okta.answers[STREAMS] = [okta.reply(list(streams))]
        *found, listing = observe(observe_log_streams)
        assert isinstance(listing, Listing)
        assert (listing.kind, listing.at) == ("okta.log_stream", "okta:orgs/acme.okta.com")
        assert len({route.id for route in found}) == len(streams)
        return found

    return run


def test_an_active_splunk_stream_carries_everything_to_its_host(routes, ledger):
    (route,) = routes(SPLUNK)
    assert isinstance(route, Route)
    assert route.kind == "okta.log_stream"
    assert (route.effect, route.filter, route.origin) == ("carry", None, "okta:orgs/acme.okta.com")
    assert (route.enabled, route.to, route.setting) == (
        True,
        "okta:splunk-cloud/acme.splunkcloud.com",
        "okta:logStreams/0oa1",
    )
    assert route.since == "2026-10-01T12:00:00Z"
    assert route.sources == ("okta.system_log",)
    assert ledger.blind_spots() == []


def test_an_inactive_eventbridge_stream_is_switched_off(routes):
    (route,) = routes(EVENTBRIDGE)
    assert (route.enabled, route.to) == (False, "okta:eventbridge/022222222222/us-east-1/acme-okta")


def test_no_stream_at_all_is_a_complete_list(routes):
    assert routes() == []


def test_an_account_written_as_a_number_keeps_its_noughts(routes):
    settings = {**EVENTBRIDGE["settings"], "accountId": 22222222222}
    (route,) = routes({**EVENTBRIDGE, "settings": settings})
    assert route.to == "okta:eventbridge/022222222222/us-east-1/acme-okta"


def test_a_stream_of_an_unknown_type_stays_with_its_destination_unread(routes, ledger):
    (route,) = routes({**SPLUNK, "type": "gcp_pubsub"})
    assert isinstance(route.to, Unread)
    assert route.enabled is True
    (spot,) = ledger.blind_spots()
    assert (spot.kind, spot.hides) == ("not-observable", ())


@pytest.mark.parametrize("status", [None, "", "PAUSED", "active", 1, ["ACTIVE"]])
def test_any_other_status_is_unread(routes, status):
    (route,) = routes({**SPLUNK, "status": status})
    assert isinstance(route.enabled, Unread)


def test_a_missing_status_is_unread(routes):
    (route,) = routes({name: value for name, value in SPLUNK.items() if name != "status"})
    assert isinstance(route.enabled, Unread)


@pytest.mark.parametrize(
    "settings",
    [None, [], {}, {"host": None}, {"host": ""}, {"host": "https://x/"}, {"host": "a b"}, {"host": ["x"]}],
)
def test_a_splunk_stream_without_a_host_leads_nobody_knows_where(routes, settings):
    (route,) = routes({**SPLUNK, "settings": settings})
    assert isinstance(route.to, Unread)


@pytest.mark.parametrize("field", ["accountId", "region", "eventSourceName"])
@pytest.mark.parametrize("value", [None, "", "*", {"a": 1}, True])
def test_an_eventbridge_stream_with_a_part_missing_leads_nobody_knows_where(routes, field, value):
    (route,) = routes({**EVENTBRIDGE, "settings": {**EVENTBRIDGE["settings"], field: value}})
    assert isinstance(route.to, Unread)


def test_a_new_region_is_no_reason_to_doubt(routes):
    settings = {**EVENTBRIDGE["settings"], "region": "mx-central-1"}
    (route,) = routes({**EVENTBRIDGE, "settings": settings})
    assert route.to == "okta:eventbridge/022222222222/mx-central-1/acme-okta"


@pytest.mark.parametrize("odd", ["text", 7, None, [], {}])
def test_one_strange_record_does_not_lose_the_others(routes, odd):
    first, strange, last = routes(SPLUNK, odd, EVENTBRIDGE)
    assert (first.enabled, last.enabled) == (True, False)
    assert isinstance(strange.to, Unread)
    assert isinstance(strange.enabled, Unread)
    assert strange.setting == "okta:logStreams/?1"


def test_two_streams_with_one_id_are_two_routes(routes):
    first, second = routes(SPLUNK, {**EVENTBRIDGE, "id": "0oa1"})
    assert (first.to, second.to) == (
        "okta:splunk-cloud/acme.splunkcloud.com",
        "okta:eventbridge/022222222222/us-east-1/acme-okta",
    )


def test_an_odd_time_is_no_since(routes):
    (route,) = routes({**SPLUNK, "lastUpdated": "lately"})
    assert route.since is None


def test_a_secret_in_the_settings_is_not_kept(routes):
    (route,) = routes(
        {**SPLUNK, "settings": {**SPLUNK["settings"], "token": "very-secret-1"}, "token": "very-secret-2"}
    )
    assert "very-secret" not in repr(route)
    assert route.raw["settings"] == {"host": "acme.splunkcloud.com", "edition": "aws"}


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "E0000015", "not-entitled"),
        (401, "E0000011", "credentials"),
        (403, "E0000006", "access-denied"),
        (500, "", "server-error"),
    ],
)
def test_a_denied_listing_leaves_a_failure_and_no_listing(okta, place, status, code, kind):
    okta.answers[STREAMS] = [okta.reply({"errorCode": code}, status)]
    found = []
    with pytest.raises(ReadFailure) as caught:
        found.extend(observe_log_streams(place, place.scope, None))
    assert caught.value.kind == kind
    assert found == []


def test_a_splunk_stack_is_a_door_and_never_an_end(routes):
    (route,) = routes(SPLUNK)
    (door,) = read_splunk(None, route.to, [route])
    assert isinstance(door, Destination)
    assert (door.id, door.end, door.consumed, door.owner) == (route.to, False, None, None)
    assert (door.retained, door.lock, door.encrypted) == ((), None, None)
    assert door.readings == route.readings


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["ACTIVE", "aws_eventbridge"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "name", "type", "status", "settings", "host", "accountId", "region", "eventSourceName"]
            ),
            inner,
            max_size=6,
        )
    ),
    max_leaves=12,
)


@given(JSON)
@settings(max_examples=300)
def test_no_record_however_odd_raises_and_its_evidence_is_json(stream):
    json.dumps(evidence(stream))
    if isinstance(stream, dict):
        found = destination_of(stream)
        assert isinstance(found, tuple) or found.startswith(("okta:splunk-cloud/", "okta:eventbridge/"))
