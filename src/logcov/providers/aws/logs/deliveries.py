"""Vended log deliveries: the way in which many AWS services send their logs, set up in CloudWatch Logs.

A delivery source names a resource and a type of its logs, a delivery destination names a bucket, log group or
Firehose stream, and a delivery joins the two. A source alone logs nothing. A family calls `routes_of` for each of its
resources, and gets routes of its own hop kind.

All sources of an account and region are listed once, whoever asks; deliveries and destinations are listed only if
there are any: three calls at most, and a call for each other account whose destinations are delivered to.

Sources: logs:DescribeDeliverySources, DescribeDeliveries, DescribeDeliveryDestinations; CloudWatch Logs user guide,
"Logging that requires additional permissions [V2]", "Logs sent to Amazon S3".
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Route, Unread
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import destination_of, parsed
from logcov.providers.aws.client import Answer, AwsPlace
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.stores.writers import VENDED

SOURCES = "logs:DescribeDeliverySources"
DELIVERIES = "logs:DescribeDeliveries"
DESTINATIONS = "logs:DescribeDeliveryDestinations"
OPERATIONS = reads(
    {
        SOURCES: "which resources send logs by vended deliveries",
        DELIVERIES: "what is delivered, asked only where there are such sources",
        DESTINATIONS: "where it is delivered to",
    }
)
LEADS_TO = ("aws:s3/*", "aws:logs/*", "aws:firehose/*")
LIMITS = (
    "Which fields a vended delivery leaves out of its records is not judged.",
    "Whether a log group's resource policy lets a vended delivery write is not judged.",
)
"""What families that use deliveries must say."""
PAGE = 50
TOKEN = ("nextToken", "nextToken")
KINDS = {"S3": "aws:s3/", "CWL": "aws:logs/", "FH": "aws:firehose/"}
TRACES = "XRAY"
EVIDENCE = (
    "id",
    "deliverySourceName",
    "deliveryDestinationArn",
    "deliveryDestinationType",
    "recordFields",
    "s3DeliveryConfiguration",
)


def routes_of(place: AwsPlace, arn: str, log_types: Mapping[str, str], like: Route) -> Iterator[Route]:
    """The deliveries of one resource's logs, as routes.

    Args:
        place: the account and region in which its deliveries are set up (for CloudFront, us-east-1).
        arn: the resource as delivery sources name it.
        log_types: type of log, as delivery sources name it → id of the log source that it is.
        like: what else the routes are: kind, origin, location, resource, dimensions.

    Where the sources or deliveries could not be read, a route whose everything is unread stands for those that there
    may be.
    """
    sources = _sources(place)
    if isinstance(sources, Unread):
        yield from _unread(place, log_types, like, sources)
        return
    mine = [one for one in sources.data.get(arn, ()) if one["logType"] in log_types]
    if not mine:
        return
    deliveries = _deliveries(place)
    if isinstance(deliveries, Unread):
        yield from _unread(place, log_types, like, deliveries)
        return
    for source in mine:
        for delivery in deliveries.data.get(source["name"], ()):
            # Traces go to X-Ray, and no logs do.
            if delivery.get("deliveryDestinationType") != TRACES:
                readings = (*like.readings, sources.reading, deliveries.reading)
                one = replace(like, sources=(log_types[source["logType"]],), readings=readings)
                yield _route(place, source, delivery, one)


def _unread(place: AwsPlace, log_types: Mapping[str, str], like: Route, unread: Unread) -> Iterator[Route]:
    setting = f"aws:log-delivery/{place.region}/{place.account}/unread"
    yield replace(
        like,
        id=f"{setting}@{like.resource}",
        setting=setting,
        effect="carry",
        sources=tuple(dict.fromkeys(log_types.values())),
        enabled=unread,
        filter=unread,
        to=unread,
        prefix="",
        writer="",
        raw={},
    )


# --- the three lists --------------------------------------------------------------------------------------


def _sources(place: AwsPlace) -> Answer | Unread:
    """Resource ARN → its delivery sources."""
    return _indexed(place, SOURCES, "deliverySources", ("name", "logType"), lambda one: one["resourceArns"])


def _deliveries(place: AwsPlace) -> Answer | Unread:
    """Name of a delivery source → its deliveries."""
    fields = ("id", "deliverySourceName", "deliveryDestinationArn")
    return _indexed(place, DELIVERIES, "deliveries", fields, lambda one: [one["deliverySourceName"]])


def _destinations(place: AwsPlace) -> Answer | Unread:
    """ARN of a delivery destination → the destination, alone in a list."""
    return _indexed(place, DESTINATIONS, "deliveryDestinations", ("arn",), lambda one: [one["arn"]])


def _indexed(
    place: AwsPlace,
    call: str,
    key: str,
    fields: tuple[str, ...],
    names: Callable[[Mapping[str, Any]], Sequence[str]],
) -> Answer | Unread:
    def ask() -> Answer:
        service, operation = call.split(":")
        answer = place.pages(service, operation, key, token=TOKEN, limit=PAGE)
        found: dict[str, list[Mapping[str, Any]]] = {}
        for one in answer.data:
            if not all(isinstance(one.get(field), str) for field in fields):
                raise unparseable(call, f"one of {key} lacks one of {', '.join(fields)}")
            if call == SOURCES and not isinstance(one.get("resourceArns"), list):
                raise unparseable(call, "a delivery source without resources")
            for name in names(one):
                found.setdefault(name, []).append(one)
        return Answer(found, answer.reading)

    try:
        return place.session.once.get((call, place.account, place.region), ask)
    except ReadFailure as failure:
        return place.unread(failure)


# --- one delivery -----------------------------------------------------------------------------------------


def _route(place: AwsPlace, source: Mapping[str, Any], delivery: Mapping[str, Any], like: Route) -> Route:
    setting = f"aws:log-delivery/{place.region}/{place.account}/{delivery['id']}"
    target = _target(place, delivery)
    to, prefix = (target, "") if isinstance(target, Unread) else _where(place, delivery, target)
    in_bucket = isinstance(to, str) and to.startswith(KINDS["S3"])
    return replace(
        like,
        id=f"{setting}@{like.resource}",
        setting=setting,
        effect="carry",
        enabled=_active(place, source),
        to=to,
        prefix=prefix,
        writer=VENDED if in_bucket else "",
        readings=like.readings if isinstance(target, Unread) else (*like.readings, target.reading),
        raw={
            "DeliverySourceArn": source.get("arn"),
            **{name: source[name] for name in ("logType", "status", "statusReason") if name in source},
            **{name: delivery[name] for name in EVIDENCE if name in delivery},
            "destinationResourceArn": None if isinstance(target, Unread) else _resource(target),
        },
    )


def _active(place: AwsPlace, source: Mapping[str, Any]) -> bool | Unread:
    """Whether the source sends anything; only sources of some types have a status."""
    match source.get("status"):
        case None | "ACTIVE":
            return True
        case "INACTIVE":
            return False
        case status:
            return place.misread(SOURCES, f"a delivery source in the unknown state {status}", source["name"])


def _target(place: AwsPlace, delivery: Mapping[str, Any]) -> Answer | Unread:
    """The delivery destination; in another account, it is asked about there if that account may be read."""
    arn = delivery["deliveryDestinationArn"]
    told = parsed(arn)
    if told is None or not told.resource.startswith("delivery-destination:"):
        return place.misread(DELIVERIES, "a delivery without a destination", delivery["id"])
    session = place.session
    there = place
    if (told.account, told.region) != (place.account, place.region):
        try:
            readable = session.may_read(told.account)
        except ReadFailure as failure:
            return place.unread(failure)
        if not readable:
            why = f"the delivery destination belongs to account {told.account}, which is not audited"
            return place.not_told(DESTINATIONS, why, arn)
        there = place.elsewhere(told.account, told.region)
    listed = _destinations(there)
    if isinstance(listed, Unread):
        return listed
    match listed.data.get(arn):
        case [destination]:
            return Answer(destination, listed.reading)
        case _:
            return place.misread(DESTINATIONS, "a delivery's destination is not listed", arn)


def _resource(target: Answer) -> Any:
    configuration = target.data.get("deliveryDestinationConfiguration")
    return configuration.get("destinationResourceArn") if isinstance(configuration, dict) else None


def _where(place: AwsPlace, delivery: Mapping[str, Any], target: Answer) -> tuple[str | Unread, str]:
    """Destination and key prefix."""
    found = destination_of(_resource(target))
    kind = KINDS.get(str(delivery.get("deliveryDestinationType")))
    if found is None or kind is None or not found[0].startswith(kind):
        why = f"a delivery to the unknown destination {_resource(target)}"
        return place.misread(DESTINATIONS, why, delivery["id"]), ""
    to, start = found
    return to, _prefix(place, delivery, start) if kind == KINDS["S3"] else ""


def _prefix(place: AwsPlace, delivery: Mapping[str, Any], start: str) -> str:
    """Where in the bucket objects are put, as far as that is certain.

    Below the destination's own prefix, if it has one; otherwise AWS puts `AWSLogs/ACCOUNT/` first, where
    Hive-compatible paths spell the account `aws-account-id=ACCOUNT`.
    """
    if start:
        return f"{start}/"
    configuration = delivery.get("s3DeliveryConfiguration")
    plain = isinstance(configuration, dict) and configuration.get("enableHiveCompatiblePath") is False
    return f"AWSLogs/{place.account}/" if plain else "AWSLogs/"
