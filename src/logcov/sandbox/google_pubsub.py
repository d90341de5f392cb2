"""Pub/Sub: topics, who may publish to them, and their subscriptions."""

from collections.abc import Mapping

from logcov.sandbox.exchange import Answer, Request
from logcov.sandbox.google_answers import Operation, iam_policy, invalid, listed, missing
from logcov.sandbox.world import World, etag_of

HOST = "pubsub.googleapis.com"

_PROJECT = r"(?P<kind>projects)/(?P<id>[a-z0-9:.-]+)"
_TOPIC = rf"/v1/{_PROJECT}/topics/(?P<topic>[^/:]+)"


def _name(world: World, parts: Mapping[str, str], what: str) -> str:
    """The whole name of a topic or a subscription."""
    return world.gcp.canonical(f"projects/{parts['id']}/{what}s/{parts[what]}")


def _absent(parts: Mapping[str, str], what: str) -> Answer:
    return missing(f"Resource not found (resource={parts[what]}).")


def _topic(world: World, _request: Request, parts: Mapping[str, str]) -> Answer:
    found = world.gcp.topics.get(_name(world, parts, "topic"))
    return Answer(body=found.resource) if found else _absent(parts, "topic")


def _policy(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
    found = world.gcp.topics.get(_name(world, parts, "topic"))
    if not found:
        return _absent(parts, "topic")
    version = request.query.get("options.requestedPolicyVersion", "0")
    if not version.isdecimal():
        return invalid("Invalid value at 'options.requested_policy_version'")
    return Answer(body=iam_policy(found.iam, etag_of(found.iam), int(version)))


def _attached(world: World, request: Request, parts: Mapping[str, str]) -> Answer:
    """The names of a topic's subscriptions, the detached ones too."""
    topic = _name(world, parts, "topic")
    if topic not in world.gcp.topics:
        return _absent(parts, "topic")
    names = [
        name for name, each in world.gcp.subscriptions.items() if world.gcp.canonical(each["topic"]) == topic
    ]
    return listed(names, "subscriptions", request, world_size=world.gcp.page_size)


def _subscription(world: World, _request: Request, parts: Mapping[str, str]) -> Answer:
    found = world.gcp.subscriptions.get(_name(world, parts, "subscription"))
    if not found:
        return _absent(parts, "subscription")
    if world.gcp.canonical(found["topic"]) not in world.gcp.topics:
        return Answer(body={**found, "topic": "_deleted-topic_"})
    return Answer(body=found)


OPERATIONS = (
    Operation(
        name="pubsub.topics.get",
        service=HOST,
        path=_TOPIC,
        place=("kind", "id"),
        permission="pubsub.topics.get",
        handle=_topic,
    ),
    Operation(
        name="pubsub.topics.getIamPolicy",
        service=HOST,
        path=rf"{_TOPIC}:getIamPolicy",
        place=("kind", "id"),
        permission="pubsub.topics.getIamPolicy",
        parameters=frozenset({"options.requestedPolicyVersion"}),
        handle=_policy,
    ),
    Operation(
        name="pubsub.topics.subscriptions.list",
        service=HOST,
        path=rf"{_TOPIC}/subscriptions",
        place=("kind", "id"),
        permission="pubsub.topics.get",
        parameters=frozenset({"pageSize", "pageToken"}),
        handle=_attached,
    ),
    Operation(
        name="pubsub.subscriptions.get",
        service=HOST,
        path=rf"/v1/{_PROJECT}/subscriptions/(?P<subscription>[^/:]+)",
        place=("kind", "id"),
        permission="pubsub.subscriptions.get",
        handle=_subscription,
    ),
)
"""What is answered. Source: the discovery document pubsub v1."""
