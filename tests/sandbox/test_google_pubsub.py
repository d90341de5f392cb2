from collections.abc import Callable
from typing import Any

from logcov.sandbox import Here, serve_here
from logcov.sandbox.world import World
from sandbox.clients import GoogleClients, everything, plain


def subscriptions(google: GoogleClients, topic: str) -> list[str]:
    collection = google("pubsub", "v1").projects().topics().subscriptions()
    return everything(collection.list(topic=topic), collection.list_next, "subscriptions")


def test_a_topic_tells_its_subscriptions_by_name(google: GoogleClients) -> None:
    found = subscriptions(google, "projects/acme-siem/topics/audit-export")
    assert [name.rpartition("/")[2] for name in found] == ["siem-pull-old", "siem-pull", "siem-pull-standby"]
    assert subscriptions(google, "projects/acme-siem/topics/reads-mobile") == []


def test_a_deleted_topic_is_not_found(here: Here) -> None:
    for rest in ("", ":getIamPolicy", "/subscriptions"):
        status, _, body = plain(f"{here.google}/v1/projects/acme-siem/topics/reads-staging{rest}")
        assert (status, body["error"]["status"]) == (404, "NOT_FOUND")


def test_a_subscription_of_a_deleted_topic_says_so(small: Callable[[Any], World]) -> None:
    project = {
        "projectId": "acme-x",
        "number": "1",
        "parent": "organizations/1",
        "subscriptions": [{"name": "s", "topic": "projects/acme-x/topics/gone"}],
    }
    organization = {"name": "organizations/1", "displayName": "x", "directoryCustomerId": "C1"}
    with serve_here(small({"gcp": {"organizations": [organization], "projects": [project]}})) as here:
        assert plain(f"{here.google}/v1/projects/acme-x/subscriptions/s")[2]["topic"] == "_deleted-topic_"
        assert plain(f"{here.google}/v1/projects/acme-x/subscriptions/t")[0] == 404
