"""Pub/Sub topics: relays. Records rest nowhere; they are taken out by subscriptions.

Source: Topic and Subscription in pubsub.v1.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Destination, Fact, Keep, Route, Unread
from logcov.providers.gcp.admissions import Policy, admit, policy_of
from logcov.providers.gcp.client import PAGE_SIZE, About, Answer, GcpSession
from logcov.providers.gcp.destinations import parts_of
from logcov.providers.gcp.fields import mappings, picked
from logcov.providers.gcp.keys import sealed
from logcov.providers.gcp.operations import (
    SUBSCRIPTIONS_GET,
    TOPIC_SUBSCRIPTIONS_LIST,
    TOPICS_GET,
    TOPICS_POLICY,
)
from logcov.providers.gcp.roles import PUBLISH
from logcov.providers.gcp.unread import unread_destination
from logcov.providers.google import MalformedAnswerError

KIND = "gcp.pubsub"
NOT_KEPT = (Keep(days=0),)
"""A relay keeps nothing that counts: what nobody takes out is dropped after 31 days at most."""

_SUBSCRIPTION = re.compile(r"projects/[^/]+/subscriptions/[^/]+")


def read_topic(session: GcpSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """The topic, whether anybody takes messages out, and whether each sink's writer may publish."""
    about = session.about(TOPICS_GET, destination)
    parts = parts_of("pubsub", destination)
    if parts is None:
        unread = about.odd("name", "this is no topic's name")
        yield unread_destination(destination, KIND, unread, end=False, consumed=unread)
        return
    owner = session.owner(parts.container)
    try:
        answer = session.get(TOPICS_GET, destination, topic=parts.name)
    except ReadFailure as failure:
        if failure.code == "404":
            yield Destination(id=destination, kind=KIND, end=False, exists=False, owner=owner)
            return
        unread = about.failed(failure)
        yield unread_destination(destination, KIND, unread, end=False, owner=owner, consumed=unread)
    else:
        yield _topic(session, destination, parts.name, answer, owner, about)
    policy = _policy(session, destination, parts.name)
    yield from admit(session, destination, routes, PUBLISH, own=[policy], container=parts.container)


def _policy(session: GcpSession, destination: str, topic: str) -> Policy:
    about = session.about(TOPICS_POLICY, destination, "iam")
    try:
        answer = session.get(TOPICS_POLICY, destination, resource=topic, options_requestedPolicyVersion=3)
    except ReadFailure as failure:
        return Policy("the topic's policy", failure, about)
    return policy_of("the topic's policy", answer, about)


def _topic(
    session: GcpSession,
    destination: str,
    topic: str,
    answer: Answer,
    owner: str | Unread | None,
    about: About,
) -> Destination:
    body = answer.body
    usable: bool | Unread = _usable(body, about)
    seal = sealed(session, destination, body, ("kmsKeyName",), usable, about)
    consumed, seen = _consumed(session, destination, topic)
    return Destination(
        id=destination,
        kind=KIND,
        end=False,
        owner=owner,
        usable=seal.usable,
        unusable_because=seal.because,
        consumed=consumed,
        retained=NOT_KEPT,
        online=NOT_KEPT,
        searchable=NOT_KEPT,
        encrypted=seal.encrypted,
        readings=(answer.reading, *seal.readings, *seen),
        raw=picked(body, "name", "state", "kmsKeyName", "messageRetentionDuration", "schemaSettings"),
    )


def _usable(body: Mapping[str, Any], about: About) -> bool | Unread:
    """Whether the topic takes every message: schemas refuse some, transforms may drop some."""
    if body.get("schemaSettings"):
        return about.unseen("schemaSettings", "the topic refuses messages that do not fit its schema")
    try:
        transforms = _transforming(body)
    except MalformedAnswerError as error:
        return about.odd("messageTransforms", str(error))
    if transforms:
        return about.unseen("messageTransforms", "the topic transforms messages, and may drop some")
    # INGESTION_RESOURCE_ERROR speaks of what the topic itself imports; the field is absent in older answers.
    state = body.get("state", "ACTIVE")
    return True if state == "ACTIVE" else about.unseen("state", f"the topic's state is {state!r}")


def _transforming(body: Mapping[str, Any]) -> bool:
    return any(each.get("disabled") is not True for each in mappings(body, "messageTransforms"))


def _consumed(session: GcpSession, destination: str, topic: str) -> tuple[bool | Unread, tuple[str, ...]]:
    """Whether a live subscription takes every message out, and the readings that say so."""
    listed = session.list_all(TOPIC_SUBSCRIPTIONS_LIST, destination, topic=topic, pageSize=PAGE_SIZE)
    about = session.about(TOPIC_SUBSCRIPTIONS_LIST, destination)
    readings = list(listed.readings)
    doubts: list[Unread] = []
    names: list[str] = []
    for item in listed.items:
        if isinstance(item, str) and _SUBSCRIPTION.fullmatch(item):
            names.append(item)
        else:
            doubts.append(about.odd("subscriptions", "an entry of subscriptions is no subscription's name"))
    for name in sorted(names):
        each = session.about(SUBSCRIPTIONS_GET, destination, name)
        try:
            answer = session.get(SUBSCRIPTIONS_GET, destination, subject=name, subscription=name)
        except ReadFailure as failure:
            if failure.code != "404":
                doubts.append(each.failed(failure))
            continue
        readings.append(answer.reading)
        live = _live(answer.body, topic, each)
        if live is True:
            return True, (*listed.readings, answer.reading)
        if isinstance(live, Unread):
            doubts.append(live)
    if listed.failure is not None:
        doubts.insert(0, about.failed(listed.failure))
    return (doubts[0] if doubts else False), tuple(readings)


def _live(body: Mapping[str, Any], topic: str, about: About) -> bool | Unread:
    """Whether the subscription takes all messages of the topic. A pull that nobody makes cannot be seen."""
    detached = body.get("detached", False)
    source = body.get("topic")
    if detached is True or source == "_deleted-topic_":
        return False
    if detached is not False or not isinstance(source, str):
        return about.odd("topic", "detached or topic is not of the documented type")
    if source.rpartition("/")[2] != topic.rpartition("/")[2]:
        return about.odd("topic", f"the subscription is to {source[:100]}")
    state = body.get("state")
    if state == "RESOURCE_ERROR":
        return False
    if state != "ACTIVE":
        return about.odd("state", f"the subscription's state is {state!r}")
    if body.get("filter"):
        return about.unseen("filter", "the subscription takes only some messages")
    try:
        transforms = _transforming(body)
    except MalformedAnswerError as error:
        return about.odd("messageTransforms", str(error))
    return about.unseen("messageTransforms", "the subscription may drop messages") if transforms else True
