"""Asset history: the API's state, and the feeds that publish changes."""

import pytest

from logcov.inventory import Route, Unread
from providers.gcp.acme import ORG
from providers.gcp.fake_google import Wrong, error
from providers.gcp.gathering import gather, session_on
from providers.gcp.judging import judged

SOURCE = "gcp.asset.change"
ROWS = ("gcp.asset_history", "gcp.asset_feeds")
SERVICE = "/v1/projects/acme-prod/services/cloudasset.googleapis.com"
TOPIC = {"pubsubDestination": {"topic": "projects/acme-siem/topics/audit"}}
WRITTEN = f"require: [{{id: line, title: a line, logs: {SOURCE}}}]\n"
ABOVE = (ORG, "folders/10", "folders/11", "projects/acme-prod")


@pytest.fixture
def prod(google):
    """A session on one project whose API is on, and above which there are no feeds."""
    google.answers[SERVICE] = {"state": "ENABLED"}
    for name in ABOVE:
        google.answers[f"/v1/{name}/feeds"] = {}
    made = session_on(google.endpoint, projects=("acme-prod",))
    yield made
    made.close()


def _verdict(session, policy: str = WRITTEN) -> str:
    facts = gather(session, *ROWS)
    [one] = [one for one in judged(session, facts, policy).findings if one.scope == "gcp:projects/acme-prod"]
    return f"{one.status} {one.reason}" if one.status == "gap" else one.status


def _feed(google, **feed: object) -> None:
    body = {"name": "projects/1001/feeds/all", "feedOutputConfig": TOPIC} | feed
    google.answers[f"/v1/{ORG}/feeds"] = Wrong({"feeds": [body]})


def _route(facts) -> Route:
    return next(fact for fact in facts if isinstance(fact, Route) and fact.kind == "gcp.asset_feed")


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ({"state": "ENABLED"}, "covered"),
        ({"state": "DISABLED"}, "gap not-generated"),
        ({"state": "STATE_UNSPECIFIED"}, "unknown"),
        ({}, "unknown"),
        (error(403, "no"), "unknown"),
    ],
)
def test_the_state_of_the_api_decides(google, prod, answer, verdict) -> None:
    google.answers[SERVICE] = answer

    assert _verdict(prod) == verdict


def test_without_a_feed_changes_reach_nobody(google, prod) -> None:
    line = f'require: [{{id: line, title: a line, logs: {SOURCE}, reach: "*"}}]\n'

    assert _verdict(prod, line) == "gap not-routed"


def test_with_a_feed_it_stays_open_whether_its_agent_may_publish(google, prod) -> None:
    _feed(google, assetTypes=[".*"])
    line = f'require: [{{id: line, title: a line, logs: {SOURCE}, reach: "*"}}]\n'

    assert _verdict(prod, line) == "unknown"


def test_feeds_that_cannot_be_read_leave_it_unknown(google, prod) -> None:
    google.answers[f"/v1/{ORG}/feeds"] = error(403, "no")
    line = f'require: [{{id: line, title: a line, logs: {SOURCE}, reach: "*"}}]\n'

    assert _verdict(prod, line) == "unknown"


def test_a_feed_of_some_types_carries_those(google, prod) -> None:
    _feed(google, assetTypes=["compute.googleapis.com/Disk"], contentType="RESOURCE")

    facts = gather(prod, *ROWS)

    route = _route(facts)
    texts = [fact.text for fact in facts if getattr(fact, "id", "") == route.filter]
    assert texts[0] == '{"asset_type":["compute.googleapis.com/Disk"],"content_type":"RESOURCE"}'
    assert route.descends is True


@pytest.mark.parametrize(
    "odd",
    [
        {"assetTypes": ["compute.*"]},
        {"assetNames": ["//x"]},
        {"assetTypes": [".*"], "condition": {"expression": "true"}},
        {"assetTypes": [".*"], "contentType": "NEW"},
        {"assetTypes": "x"},
        {},
    ],
)
def test_what_is_not_understood_of_a_feed_is_in_doubt(google, prod, odd) -> None:
    _feed(google, **odd)

    assert isinstance(_route(gather(prod, *ROWS)).filter, Unread)


def test_a_feed_without_a_topic_is_no_reason_to_call_the_list_complete(google, prod) -> None:
    google.answers[f"/v1/{ORG}/feeds"] = Wrong({"feeds": [{"name": "f"}]})
    line = f'require: [{{id: line, title: a line, logs: {SOURCE}, reach: "*"}}]\n'

    assert _verdict(prod, line) == "unknown"
