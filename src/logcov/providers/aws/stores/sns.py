"""SNS topics: whether they are there, who hears what is published, and what takes it further.

Sources: sns:GetTopicAttributes, ListSubscriptionsByTopic, and GetSubscriptionAttributes until one subscription is found
that takes everything (and for those that carry on to streams and functions); SNS developer guide, "Message filtering".
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Admission, Destination, Fact, Filter, Keep, Listing, Route, Unread
from logcov.providers.aws.accounts import ACCOUNT_PREFIX
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import destination_of
from logcov.providers.aws.client import AwsPlace, AwsSession
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.stores.topic_policy import Publish, ruling

ATTRIBUTES, LIST, SUBSCRIPTION = (
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sns:GetSubscriptionAttributes",
)
OPERATIONS = reads(
    {
        ATTRIBUTES: "whether a topic is there, and who may publish",
        LIST: "who hears what is published",
        SUBSCRIPTION: "whether a subscription hears everything",
    }
)
ONWARD = "aws.sns.subscription"
WRITERS = frozenset({"cloudwatch.amazonaws.com", "events.amazonaws.com"})
"""Services whose right to publish is judged."""

GONE = frozenset({"NotFound", "NotFoundException"})
NOT_CONFIRMED = frozenset({"PendingConfirmation", "Deleted"})
"""What stands in place of the ARN of a subscription that hears nothing."""

STREAMS = frozenset({"firehose"})
CARRYING = STREAMS | {"lambda"}
PEOPLE = frozenset({"email", "email-json", "sms", "application"})
EVIDENCE = ("SubscriptionsConfirmed", "SubscriptionsPending", "KmsMasterKeyId", "Policy")
NOT_KEPT = (Keep(days=0),)

TOLD = "what a topic is told"
THE_RECORD, A_NOTICE = {TOLD: "the record"}, {TOLD: "that there is one"}
"""What `Route.sets` says of a way to a topic. A notice is enough for people, and is no copy of the record."""
RECORDS_ONLY = Filter(id=f"{ONWARD}#records", dialect="fields", text=json.dumps(THE_RECORD))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A confirmed subscription. `whole`: it hears everything; None: nobody asked."""

    arn: str
    protocol: str
    endpoint: str
    whole: bool | Unread | None


def read_topic(session: AwsSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """A topic, whether services may publish, who hears it, and routes to streams and functions that subscribe."""
    region, account, name = destination.removeprefix("aws:sns/").split("/", 2)
    place = session.place(account, region, destination)
    owner = ACCOUNT_PREFIX + account if account in session.audited else None
    try:
        if not session.may_read(account):
            told = f"the topic belongs to account {account}, which is not audited"
            raise ReadFailure(call=ATTRIBUTES, kind="not-observable", detail=told)  # noqa: TRY301
        arn = f"arn:{session.caller().partition}:sns:{region}:{account}:{name}"
        answer = place.call("sns", "GetTopicAttributes", TopicArn=arn)
    except ReadFailure as failure:
        yield from _unseen(place, destination, owner, failure, routes)
        return
    told = answer.data.get("Attributes")
    if not isinstance(told, Mapping) or not told.get("TopicArn"):
        nameless = unparseable(ATTRIBUTES, "the answer names no topic")
        yield from _unseen(place, destination, owner, nameless, routes)
        return
    listeners, listed = _listeners(place, arn)
    readings = (answer.reading, *((listed,) if listed else ()))
    key = told.get("KmsMasterKeyId")
    yield Destination(
        id=destination,
        kind="aws.sns",
        end=False,
        owner=owner,
        usable=place.not_told(
            "kms:GetKeyPolicy", "whether the topic's key lets the service use it is not read", str(key)
        )
        if key
        else True,
        consumed=listeners if isinstance(listeners, Unread) else _heard(place, listeners),
        retained=NOT_KEPT,
        online=NOT_KEPT,
        searchable=NOT_KEPT,
        lock=False,
        readings=readings,
        raw={field: told[field] for field in EVIDENCE if field in told},
    )
    for route in routes:
        if route.writer in WRITERS:
            yield _admission(place, destination, arn, account, told, route, answer.reading)
    if not isinstance(listeners, Unread):
        for listener in listeners:
            yield from _onward(place, destination, listener, listed, routes)
        yield Listing(kind=ONWARD, at=destination, readings=readings)


def _unseen(
    place: AwsPlace, destination: str, owner: str | None, failure: ReadFailure, routes: Sequence[Route]
) -> Iterator[Fact]:
    if failure.code in GONE:
        reading = place.noted(failure.call)
        yield Destination(
            id=destination, kind="aws.sns", end=False, exists=False, owner=owner, readings=(reading,)
        )
        yield Listing(kind=ONWARD, at=destination, readings=(reading,))
        return
    unread = place.unread(failure, hides=(ONWARD,), everywhere=True)
    yield Destination(
        id=destination,
        kind="aws.sns",
        end=False,
        exists=unread,
        owner=owner,
        usable=unread,
        consumed=unread,
        retained=NOT_KEPT,
        online=NOT_KEPT,
        searchable=NOT_KEPT,
        lock=False,
    )
    for route in routes:
        if route.writer in WRITERS:
            yield Admission(route=route.id, destination=destination, allowed=unread)


# --- who may publish --------------------------------------------------------------------------------------


def _admission(
    place: AwsPlace,
    destination: str,
    topic: str,
    owner: str,
    told: Mapping[str, Any],
    route: Route,
    reading: str,
) -> Admission:
    source = route.raw.get("AlarmArn") or route.raw.get("RuleArn")
    allowed: bool | Unread
    if route.raw.get("RoleArn"):
        allowed, because = (
            place.not_told("iam:GetRole", "what a rule's role may do is not read", route.id),
            "",
        )
    elif not isinstance(source, str) or source.count(":") < 5:  # noqa: PLR2004 - parts of an ARN
        allowed, because = place.misread(ATTRIBUTES, "who publishes is not told by an ARN", route.id), ""
    else:
        found = ruling(
            told.get("Policy"),
            Publish(
                service=route.writer,
                account=source.split(":")[4],
                source=source,
                topic=topic,
                owner=owner,
            ),
        )
        because = found.because
        allowed = (
            found.allowed if found.allowed is not None else place.not_told(ATTRIBUTES, because, route.id)
        )
    return Admission(
        route=route.id,
        destination=destination,
        allowed=allowed,
        because=because,
        readings=(reading,),
        raw={"Policy": told.get("Policy")},
    )


# --- who hears --------------------------------------------------------------------------------------------


def _listeners(place: AwsPlace, topic: str) -> tuple[Sequence[Listener] | Unread, str]:
    """The confirmed subscriptions, and the reading of the list."""
    try:
        answer = place.pages("sns", "ListSubscriptionsByTopic", "Subscriptions", TopicArn=topic)
    except ReadFailure as failure:
        return place.unread(failure, hides=(ONWARD,), everywhere=True), ""
    found: list[Listener] = []
    heard = False
    for one in sorted(answer.data, key=_order):
        arn, protocol = one.get("SubscriptionArn"), str(one.get("Protocol"))
        if arn in NOT_CONFIRMED:
            continue
        whole: bool | Unread | None = None
        if not heard or protocol in CARRYING:
            whole = _whole(place, str(arn))
            heard = heard or whole is True
        found.append(
            Listener(arn=str(arn), protocol=protocol, endpoint=str(one.get("Endpoint")), whole=whole)
        )
    return found, answer.reading


def _order(one: Mapping[str, Any]) -> tuple[bool, str, str]:
    """People first: most often they hear everything."""
    protocol = str(one.get("Protocol"))
    return protocol not in PEOPLE, protocol, str(one.get("SubscriptionArn"))


def _whole(place: AwsPlace, subscription: str) -> bool | Unread:
    """Whether a subscription hears everything; False: it filters."""
    answer = place.value(
        "sns", "GetSubscriptionAttributes", subject=subscription, SubscriptionArn=subscription
    )
    assert answer is not None
    if isinstance(answer, Unread):
        return answer
    told = answer.data.get("Attributes")
    if not isinstance(told, Mapping) or not told.get("SubscriptionArn"):
        return place.misread(SUBSCRIPTION, "the answer names no subscription", subscription)
    if told.get("PendingConfirmation") not in {None, "false"}:
        return place.misread(SUBSCRIPTION, "a subscription with an ARN that is not confirmed", subscription)
    return told.get("FilterPolicy") in {None, "", "{}"}


def _heard(place: AwsPlace, listeners: Sequence[Listener]) -> bool | Unread:
    """Whether somebody hears everything that is published."""
    if any(one.whole is True for one in listeners):
        return True
    if not listeners:
        return False
    for one in listeners:
        if isinstance(one.whole, Unread):
            return one.whole
    return place.not_told(SUBSCRIPTION, "all subscriptions filter what they hear")


def _copies(place: AwsPlace, routes: Sequence[Route], name: str) -> str | Unread | None:
    """Which of what comes by these ways to a topic is a copy of the record: all of it, a part, or nobody can tell."""
    told = [route.sets.get(TOLD) for route in routes]
    if A_NOTICE[TOLD] not in told:
        return None
    if None in told:
        return place.not_told(LIST, "whether the topic is told records or notices of them is not read", name)
    return RECORDS_ONLY.id


def _onward(
    place: AwsPlace, destination: str, one: Listener, listed: str, routes: Sequence[Route]
) -> Iterator[Fact]:
    """The way from the topic to whatever subscribes, if that can hand it on. Endpoints may hold secrets: not kept."""
    if one.protocol in PEOPLE:
        return
    to = destination_of(one.endpoint) if one.protocol in CARRYING else None
    filtered: str | Unread | None = None
    if isinstance(one.whole, Unread):
        filtered = one.whole
    elif one.whole is False:
        filtered = place.not_told(
            SUBSCRIPTION, "what a subscription's filter policy lets through is not read", one.arn
        )
    elif one.protocol in STREAMS:
        filtered = _copies(place, routes, one.arn)
        if filtered == RECORDS_ONLY.id:
            yield RECORDS_ONLY
    yield Route(
        id=f"{destination}>{one.arn.rpartition(':')[2]}",
        kind=ONWARD,
        setting=destination,
        effect="carry",
        origin=destination,
        filter=filtered,
        to=to[0]
        if to
        else place.not_told(LIST, f"where a subscription by {one.protocol} leads is not followed", one.arn),
        readings=(listed,),
        raw={"SubscriptionArn": one.arn, "Protocol": one.protocol},
    )
