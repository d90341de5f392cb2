"""Pub/Sub topics: relays. Records rest nowhere; they are taken out by subscriptions.

A subscription may itself write to a storage bucket or a BigQuery table: a hop onward, whose workings are in doubt.
Source: Topic and Subscription in pubsub.v1.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Destination, Fact, Keep, Listing, Route, Unread
from logcov.providers.gcp.client import PAGE_SIZE, About, Answer, GcpSession
from logcov.providers.gcp.fields import mapping, mappings, needed_text, picked
from logcov.providers.gcp.keys import sealed
from logcov.providers.gcp.operations import (
    SUBSCRIPTIONS_GET,
    TOPIC_SUBSCRIPTIONS_LIST,
    TOPICS_GET,
    TOPICS_POLICY,
)
from logcov.providers.gcp.roles import PUBLISH
from logcov.providers.gcp.routing.destinations import parts_of
from logcov.providers.gcp.stores.admissions import Policy, admit, policy_of
from logcov.providers.gcp.unread import unread_destination
from logcov.providers.google import MalformedAnswerError

KIND = "gcp.pubsub"
EXPORT = "gcp.subscription"
"""The kind of hop that a subscription is which writes what it takes to a bucket or a table."""

NOT_KEPT = (Keep(days=0),)
"""A relay keeps nothing that counts: what nobody takes out is dropped after 31 days at most."""

_DECIDING = ("state", "detached", "filter", "expirationPolicy", "messageRetentionDuration")

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
        unread = session.ledger.blind(failure, destination, hides=(EXPORT,))
        yield unread_destination(destination, KIND, unread, end=False, owner=owner, consumed=unread)
    else:
        taken = _subscriptions(session, destination, parts.name)
        yield _topic(session, destination, taken, answer, owner, about)
        yield from taken.exports
        if taken.failure is None:
            yield Listing(kind=EXPORT, at=destination, readings=taken.readings)
        else:
            session.ledger.blind(taken.failure, destination, hides=(EXPORT,))
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
    taken: "_Taken",
    answer: Answer,
    owner: str | Unread | None,
    about: About,
) -> Destination:
    body = answer.body
    usable: bool | Unread = _usable(body, about)
    seal = sealed(session, destination, body, ("kmsKeyName",), usable, about)
    return Destination(
        id=destination,
        kind=KIND,
        end=False,
        owner=owner,
        usable=seal.usable,
        unusable_because=seal.because,
        consumed=taken.consumed,
        retained=NOT_KEPT,
        online=NOT_KEPT,
        searchable=NOT_KEPT,
        encrypted=seal.encrypted,
        readings=(answer.reading, *seal.readings, *taken.because),
        raw={
            **picked(body, "name", "state", "kmsKeyName", "messageRetentionDuration", "schemaSettings"),
            "subscriptions": taken.seen,
        },
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


@dataclass(slots=True)
class _Taken:
    """What a topic's subscriptions take out.

    Attributes:
        consumed: whether a live one takes every message.
        because: the readings that say so.
        readings: those of all subscriptions that were read.
        seen: what decides of each, as evidence. One that nobody pulls from is deleted after its `expirationPolicy.ttl`
            (31 days if none is told); what it then loses is gone before, after `messageRetentionDuration`.
        exports: the subscriptions that write on to somewhere themselves.
        failure: why there may be more of those; None where every subscription was read.
    """

    consumed: bool | Unread = False
    because: tuple[str, ...] = ()
    readings: tuple[str, ...] = ()
    seen: list[Mapping[str, Any]] = field(default_factory=list)
    exports: list[Route] = field(default_factory=list)
    failure: ReadFailure | None = None


def _subscriptions(session: GcpSession, destination: str, topic: str) -> _Taken:
    """Reads every subscription of the topic."""
    listed = session.list_all(TOPIC_SUBSCRIPTIONS_LIST, destination, topic=topic, pageSize=PAGE_SIZE)
    about = session.about(TOPIC_SUBSCRIPTIONS_LIST, destination)
    taken = _Taken(failure=listed.failure)
    readings = list(listed.readings)
    doubts: list[Unread] = []
    live_one: str | None = None
    names: list[str] = []
    for item in listed.items:
        if isinstance(item, str) and _SUBSCRIPTION.fullmatch(item):
            names.append(item)
        else:
            detail = "an entry of subscriptions is no subscription's name"
            doubts.append(about.odd("subscriptions", detail))
            taken.failure = ReadFailure(call=about.method.operation.call, kind="unparseable", detail=detail)
    for name in sorted(names):
        each = session.about(SUBSCRIPTIONS_GET, destination, name)
        try:
            answer = session.get(SUBSCRIPTIONS_GET, destination, subject=name, subscription=name)
        except ReadFailure as failure:
            if failure.code != "404":
                doubts.append(each.failed(failure))
                taken.failure = failure
            continue
        readings.append(answer.reading)
        taken.seen.append({"name": name, **picked(answer.body, *_DECIDING)})
        live = _live(answer.body, topic, each)
        if live is True:
            live_one = live_one or answer.reading
        elif isinstance(live, Unread):
            doubts.append(live)
        taken.exports += _exports(destination, name, answer, live, each)
    if listed.failure is not None:
        doubts.insert(0, about.failed(listed.failure))
    taken.readings = tuple(readings)
    taken.because = (*listed.readings, live_one) if live_one is not None else taken.readings
    taken.consumed = True if live_one is not None else doubts[0] if doubts else False
    return taken


def _exports(
    destination: str,
    name: str,
    answer: Answer,
    live: bool | Unread,  # noqa: FBT001 - the value of a fact
    about: About,
) -> Iterator[Route]:
    """The subscription as a hop, if it writes to a bucket or a table.

    Which messages it writes, and whether it still may, is not judged: so that it works is in doubt, unless it is
    surely dead. What becomes of records in the one table that it writes to, the dataset does not tell.
    """
    configured = [each for each in ("cloudStorageConfig", "bigqueryConfig") if answer.body.get(each)]
    for which in configured:
        to: str | Unread
        if which == "cloudStorageConfig":
            try:
                to = f"gcp:storage/{needed_text(mapping(answer.body, which), 'bucket')}"
            except MalformedAnswerError as error:
                to = about.odd(which, str(error))
        else:
            to = about.unseen(
                which, "how long the table that the subscription writes to keeps records is not read"
            )
        doubt = about.unseen(
            f"{which} works", "what a subscription writes to a bucket or a table is not judged"
        )
        yield Route(
            id=f"gcp:pubsub/{name}#{which}",
            kind=EXPORT,
            setting=f"gcp:pubsub/{name}",
            effect="carry",
            origin=destination,
            enabled=False if live is False else doubt,
            to=to,
            readings=(answer.reading,),
            raw=picked(answer.body, "name", "topic", "state", "detached", "filter", which),
        )


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
