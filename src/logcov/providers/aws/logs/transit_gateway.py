"""Transit gateways: the traffic that each carries, as its flow logs record it.

Sources: ec2:DescribeTransitGateways, DescribeTransitGatewayAttachments, DescribeFlowLogs; Transit Gateway guide,
"Transit Gateway Flow Logs": there is no traffic type; traffic of Connect attachments is recorded at the attachment that
carries it. The least that can be asked: one call per region without a gateway, three with any, of which
DescribeFlowLogs is the one that VPCs ask as well.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import (
    Emitter,
    Fact,
    Field,
    HopKind,
    Listing,
    LogSource,
    Route,
    Scope,
    Unread,
)
from logcov.providers.aws import scopes
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.client import Answer, AwsPlace
from logcov.providers.aws.logs.flow_logs import (
    EVIDENCE,
    FLOW_LOGS,
    Here,
    delivery_of,
    flow_logs_of,
    owner_of,
    switched_on,
    where_to,
)
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.tags import tags_of
from logcov.providers.aws.times import plain, utc
from logcov.providers.rows import Family, ObserverRow

SOURCE = "aws.transit_gateway.flow"
GATEWAY, FLOW_LOG = "aws.transit_gateway", "aws.transit_gateway.flow_log"
LIST, ATTACHMENTS = "ec2:DescribeTransitGateways", "ec2:DescribeTransitGatewayAttachments"
PAGE = 1000
GONE = frozenset({"deleted", "deleting", "failed", "rejected"})
"""States in which a gateway or attachment carries nothing any more, or never did."""
CONNECT = "connect"
"""Attachments without flow logs of their own."""

Live = Mapping[str, frozenset[str]] | Unread
"""Gateway → its attachments that carry traffic."""


def observe_gateways(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The transit gateways of one account and region, and their flow logs. A shared gateway is its owner's.

    Raises:
        ReadFailure: DescribeTransitGateways failed.
    """
    listed = place.pages("ec2", "DescribeTransitGateways", "TransitGateways", MaxResults=PAGE)
    if not all(isinstance(one.get("TransitGatewayId"), str) for one in listed.data):
        raise unparseable(LIST, "a gateway without an id")
    shown = sorted(
        (one for one in listed.data if one.get("State") not in GONE and _shown(place, one)),
        key=lambda one: str(one["TransitGatewayId"]),
    )
    live: Live = _live(place) if shown else {}
    for gateway in shown:
        yield _emitter(place, scope, location, gateway, live, listed.reading)
    yield Listing(kind=GATEWAY, at=scope.id, location=location, readings=(listed.reading,))
    try:
        logs = flow_logs_of(place) if shown else listed
    except ReadFailure as failure:
        place.unread(failure, hides=(FLOW_LOG,))
        return
    readings = tuple(dict.fromkeys((listed.reading, logs.reading)))
    here = Here(place=place, scope=scope, location=str(location), readings=readings)
    for gateway in shown:
        yield from _routes(here, gateway, logs, live)
    yield Listing(kind=FLOW_LOG, at=scope.id, location=location, readings=readings)


def _shown(place: AwsPlace, gateway: Mapping[str, Any]) -> bool:
    """Whether a gateway is this account's, or belongs to nobody who is audited and is seen from here."""
    return owner_of(place, gateway) in (None, place.account)


def _live(place: AwsPlace) -> Live:
    try:
        told = place.pages(
            "ec2", "DescribeTransitGatewayAttachments", "TransitGatewayAttachments", MaxResults=PAGE
        )
    except ReadFailure as failure:
        return place.unread(failure)
    live: dict[str, set[str]] = {}
    for one in told.data:
        name, gateway = one.get("TransitGatewayAttachmentId"), one.get("TransitGatewayId")
        if not isinstance(name, str) or not isinstance(gateway, str):
            return place.misread(ATTACHMENTS, "an attachment without an id or a gateway")
        if one.get("State") not in GONE and one.get("ResourceType") != CONNECT:
            live.setdefault(gateway, set()).add(name)
    return {gateway: frozenset(names) for gateway, names in live.items()}


def _emitter(
    place: AwsPlace,
    scope: Scope,
    location: str | None,
    gateway: Mapping[str, Any],
    live: Live,
    reading: str,
) -> Emitter:
    name = gateway["TransitGatewayId"]
    # Of a gateway that somebody outside of the audit shares, this account sees no tags and its own attachments only.
    foreign = owner_of(place, gateway) is None
    seen_in_part = place.not_told(LIST, "a shared gateway is seen in part", name) if foreign else None
    in_use = live if isinstance(live, Unread) else bool(live.get(name))
    return Emitter(
        source=SOURCE,
        scope=scope.id,
        location=location,
        resource=name,
        fields={"tgw-id": name},
        labels=seen_in_part or tags_of(place, LIST, gateway.get("Tags", []), name),
        in_use=seen_in_part if seen_in_part and in_use is False else in_use,
        readings=(reading,),
    )


def _routes(here: Here, gateway: Mapping[str, Any], logs: Answer, live: Live) -> Iterator[Route]:
    """Routes out of a gateway: its own flow logs, and those of attachments as far as they cover all of them.

    As with VPCs: attachments with equal flow logs stand for the gateway if none is left; if all have some flow log,
    but not equal ones, nobody can tell what is lost; if one has none at all, they prove nothing.
    """
    place, name = here.place, gateway["TransitGatewayId"]
    if owner_of(place, gateway) is None:
        yield _of_a_stranger(here, gateway)
        return
    yield from (_route(here, log, name) for log in logs.data if log["ResourceId"] == name)
    parts = [log for log in logs.data if log["ResourceId"].startswith("tgw-attach-")]
    if isinstance(live, Unread):
        yield from (_route(here, log, name, live) for log in parts)
        return
    mine = [log for log in parts if log["ResourceId"] in live.get(name, ())]
    bare = live.get(name, frozenset()) - {log["ResourceId"] for log in mine}
    if not mine or bare:
        return
    for equal in _alike(mine):
        if live[name] <= {log["ResourceId"] for log in equal}:
            yield _route(here, equal[0], name)
        else:
            told = f"flow logs of attachments of {name} together may or may not record everything"
            yield _route(here, equal[0], name, place.not_told(FLOW_LOGS, told, name))


def _alike(logs: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Flow logs that go to the same place with the same luck."""
    sets: dict[tuple[object, ...], list[Mapping[str, Any]]] = {}
    fields = (
        "LogDestinationType",
        "LogDestination",
        "LogGroupName",
        "FlowLogStatus",
        "DeliverLogsStatus",
        "TrafficType",
    )
    for log in logs:
        sets.setdefault(tuple(log.get(field) for field in fields), []).append(log)
    return list(sets.values())


def _route(here: Here, log: Mapping[str, Any], gateway: str, doubt: Unread | None = None) -> Route:
    place, name = here.place, log["FlowLogId"]
    setting = f"aws:flow-log/{here.location}/{place.account}/{name}"
    to, prefix, writer = where_to(here, log)
    traffic = log.get("TrafficType")
    return Route(
        id=f"{setting}@{gateway}",
        kind=FLOW_LOG,
        setting=setting,
        effect="carry",
        origin=here.scope.id,
        location=here.location,
        resource=gateway,
        sources=(SOURCE,),
        enabled=doubt or switched_on(place, log),
        filter=None
        if traffic in {None, "ALL"}
        else place.misread(FLOW_LOGS, f"a gateway's flow log with the traffic type {traffic}", name),
        to=to,
        prefix=prefix,
        delivery=delivery_of(place, log),
        since=utc(log.get("CreationTime")),
        writer=writer,
        readings=here.readings,
        raw={field: plain(log[field]) for field in EVIDENCE if field in log},
    )


def _of_a_stranger(here: Here, gateway: Mapping[str, Any]) -> Route:
    """A gateway that an account outside of the audit shares: its flow logs are its owner's, and not seen here."""
    place, name = here.place, gateway["TransitGatewayId"]
    owner = gateway.get("OwnerId")
    unread = place.not_told(FLOW_LOGS, f"the gateway belongs to account {owner}, which is not audited", name)
    setting = f"aws:flow-log/{here.location}/{owner or 'unknown'}/unread"
    return Route(
        id=f"{setting}@{name}",
        kind=FLOW_LOG,
        setting=setting,
        effect="carry",
        origin=here.scope.id,
        location=here.location,
        resource=name,
        sources=(SOURCE,),
        enabled=unread,
        filter=unread,
        to=unread,
        readings=here.readings,
    )


TRANSIT_GATEWAY_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="Network traffic of a transit gateway",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(
                Field(name="tgw-id", optional=False),
                Field(name="tgw-attachment-id"),
                Field(name="resource-type"),
                Field(name="srcaddr"),
                Field(name="dstaddr"),
                Field(name="srcport", kind="number"),
                Field(name="dstport", kind="number"),
                Field(name="protocol", kind="number"),
                Field(name="flow-direction"),
            ),
            needs=(FLOW_LOG,),
            emitters=GATEWAY,
            per_location=True,
            limits=(
                "Flow logs of attachments count for as long as every attachment has one: a new one has none.",
                "Flow logs of attachments that other accounts make are not seen.",
                "Which fields a flow log's own format leaves out is not judged.",
                "Multicast traffic is never recorded, and not counted as lost.",
            ),
            documentation="https://docs.aws.amazon.com/vpc/latest/tgw/tgw-flow-logs.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=FLOW_LOG,
            title="Transit gateway flow log",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=("aws:s3/*", "aws:logs/*", "aws:firehose/*"),
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.transit_gateways",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(
                observe_gateways, service="ec2", sources=(SOURCE,), listings=(GATEWAY, FLOW_LOG)
            ),
            listings=(GATEWAY, FLOW_LOG),
            sources=(SOURCE,),
            operations=(
                *scopes.OPERATIONS,
                *OFFERED,
                *reads(
                    {
                        LIST: "transit gateways",
                        ATTACHMENTS: "whether a transit gateway is in use, and what its flow logs cover",
                        FLOW_LOGS: "flow logs",
                    }
                ),
            ),
            per_location=True,
        ),
    ),
)
