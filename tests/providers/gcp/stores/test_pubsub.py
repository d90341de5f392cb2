"""Topics as destinations."""

import pytest

from logcov.inventory import Unread
from logcov.providers.gcp.stores.pubsub import read_topic
from providers.gcp.acme import WRITER
from providers.gcp.fake_google import Pages, Wrong, error
from providers.gcp.leading import Read, route

TO = "gcp:pubsub/projects/acme-siem/topics/audit"
PATH = "/v1/projects/acme-siem/topics/audit"
LIVE = "/v1/projects/acme-siem/subscriptions/live"


def read(session, writer=WRITER) -> Read:
    return Read(session, read_topic, TO, route(TO, writer=writer))


def test_a_topic_is_a_relay_with_a_consumer_if_one_subscription_is_live(google, session) -> None:
    found = read(session).destination
    assert (found.end, found.exists, found.usable, found.consumed) == (False, True, True, True)
    assert found.encrypted == "customer-key"


def test_a_topic_that_is_not_there_does_not_exist(google, session) -> None:
    del google.answers[PATH]
    assert read(session).destination.exists is False


def test_a_topic_that_cannot_be_read_is_all_in_doubt(google, session) -> None:
    google.answers[PATH] = error(403)
    found = read(session).destination
    for name in ("exists", "usable", "consumed", "encrypted"):
        assert isinstance(getattr(found, name), Unread), name


@pytest.mark.parametrize(
    ("change", "consumed"),
    [
        ({"detached": True}, False),
        ({"topic": "_deleted-topic_"}, False),
        ({"state": "RESOURCE_ERROR"}, False),
        ({"state": "PAUSED"}, Unread),
        ({"state": None}, Unread),
        ({"detached": "no"}, Unread),
        ({"topic": "projects/acme-siem/topics/other"}, Unread),
        ({"topic": None}, Unread),
        ({"filter": 'attributes.a="b"'}, Unread),
        ({"messageTransforms": [{"javascriptUdf": {"code": "x"}}]}, Unread),
        ({"messageTransforms": [{"javascriptUdf": {"code": "x"}, "disabled": True}]}, True),
        ({"messageTransforms": 1}, Unread),
        ({"topic": "projects/1002/topics/audit"}, True),
    ],
)
def test_a_subscription_counts_if_it_surely_takes_every_message(google, session, change, consumed) -> None:
    body = google.answers[LIVE] | change
    google.answers[LIVE] = Wrong({name: value for name, value in body.items() if value is not None})
    found = read(session).destination.consumed
    assert found is consumed or (consumed is Unread and isinstance(found, Unread))


def test_a_topic_without_subscriptions_has_no_consumer(google, session) -> None:
    google.answers[f"{PATH}/subscriptions"] = Pages("subscriptions", [[]])
    assert read(session).destination.consumed is False


@pytest.mark.parametrize("path", [LIVE, f"{PATH}/subscriptions"])
def test_what_cannot_be_read_of_subscriptions_leaves_doubt(google, session, path) -> None:
    google.answers[path] = error(403)
    assert isinstance(read(session).destination.consumed, Unread)


def test_a_live_subscription_counts_whatever_else_could_not_be_read(google, session) -> None:
    google.answers["/v1/projects/acme-siem/subscriptions/dead"] = error(403)
    assert read(session).destination.consumed is True


@pytest.mark.parametrize(
    "change",
    [
        {"schemaSettings": {"schema": "projects/p/schemas/s"}},
        {"messageTransforms": [{"javascriptUdf": {"code": "x"}}]},
        {"state": "INGESTION_RESOURCE_ERROR"},
        {"state": "FROZEN"},
    ],
)
def test_a_topic_that_may_refuse_messages_is_in_doubt(google, session, change) -> None:
    google.answers[PATH] = Wrong(google.answers[PATH] | change)
    assert isinstance(read(session).destination.usable, Unread)


def test_the_policy_is_asked_for_with_its_conditions(google, session) -> None:
    assert read(session).admitted is True
    (asked,) = (one for one in google.asked if one.path.endswith("topics/audit:getIamPolicy"))
    assert asked.query["options.requestedPolicyVersion"] == "3"


def exporting(google, **change) -> None:
    google.answers[LIVE] = Wrong(google.answers[LIVE] | change)


def test_a_topic_whose_subscriptions_write_nowhere_themselves_leads_nowhere(google, session) -> None:
    found = read(session)
    assert found.routes == {}
    assert [(fact.kind, fact.at) for fact in found.listings] == [("gcp.subscription", TO)]


def test_a_subscription_to_a_bucket_leads_there_but_that_it_works_is_in_doubt(google, session) -> None:
    exporting(google, cloudStorageConfig={"bucket": "acme-archive", "state": "ACTIVE"})
    (route,) = read(session).routes.values()
    assert (route.origin, route.to, route.setting) == (
        TO,
        "gcp:storage/acme-archive",
        "gcp:pubsub/projects/acme-siem/subscriptions/live",
    )
    assert isinstance(route.enabled, Unread)


def test_a_subscription_to_a_table_leads_somewhere(google, session) -> None:
    exporting(google, bigqueryConfig={"table": "acme-siem.logs.all", "state": "ACTIVE"})
    (route,) = read(session).routes.values()
    assert isinstance(route.to, Unread)


def test_a_detached_subscription_to_a_bucket_is_switched_off(google, session) -> None:
    exporting(google, cloudStorageConfig={"bucket": "acme-archive"}, detached=True)
    (route,) = read(session).routes.values()
    assert route.enabled is False


@pytest.mark.parametrize("path", [LIVE, f"{PATH}/subscriptions"])
def test_a_subscription_that_cannot_be_read_may_write_anywhere(google, session, path) -> None:
    google.answers[path] = error(403)
    assert read(session).listings == []
    assert ("gcp.subscription", TO) in {
        (kind, spot.place) for spot in session.ledger.blind_spots() for kind in spot.hides
    }


def test_when_an_idle_subscription_expires_is_shown(google, session) -> None:
    google.answers[LIVE] |= {"expirationPolicy": {"ttl": "86400s"}, "messageRetentionDuration": "600s"}
    shown = {each["name"]: each for each in read(session).destination.raw["subscriptions"]}
    assert shown["projects/acme-siem/subscriptions/live"]["expirationPolicy"] == {"ttl": "86400s"}
