"""VPC flow logs: which VPCs there are, and which flow logs record their traffic.

Sources: ec2:DescribeVpcs, DescribeFlowLogs, DescribeSubnets, DescribeNetworkInterfaces; VPC user guide,
"Logging IP traffic using VPC Flow Logs", "Flow log files" (S3 key names).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Delivery, Emitter, Fact, Filter, Listing, Route, Scope, Unread
from logcov.providers.aws.accounts import DORMANT
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import bucket_and_prefix, firehose_id, log_group_id, under
from logcov.providers.aws.client import Answer, AwsPlace
from logcov.providers.aws.times import plain, utc
from logcov.providers.rows import Operation

SOURCE = "aws.vpc.flow"
PAGE = 1000
WRITER = "delivery.logs.amazonaws.com"
VPCS, FLOW_LOGS = "ec2:DescribeVpcs", "ec2:DescribeFlowLogs"

VPC_OPERATIONS = (
    Operation(call=VPCS, wire="ec2 DescribeVpcs", why="VPCs"),
    Operation(
        call="ec2:DescribeNetworkInterfaces",
        wire="ec2 DescribeNetworkInterfaces",
        why="whether a VPC is in use, and which interfaces a flow log covers",
    ),
)
FLOW_LOG_OPERATIONS = (
    *VPC_OPERATIONS,
    Operation(call=FLOW_LOGS, wire="ec2 DescribeFlowLogs", why="flow logs"),
    Operation(
        call="ec2:DescribeSubnets",
        wire="ec2 DescribeSubnets",
        why="whether flow logs of subnets cover a whole VPC",
    ),
)
TRAFFIC = frozenset({"ALL", "ACCEPT", "REJECT"})
OTHER_RESOURCES = ("tgw-",)
"""Flow logs of transit gateways and their attachments record other traffic."""
EVIDENCE = (
    "FlowLogId",
    "ResourceId",
    "TrafficType",
    "LogDestinationType",
    "LogDestination",
    "LogGroupName",
    "LogFormat",
    "DeliverLogsPermissionArn",
    "FlowLogStatus",
    "DeliverLogsStatus",
    "DeliverLogsErrorMessage",
    "CreationTime",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What shows whether flow logs of parts cover a whole VPC: its subnets, and its interfaces by subnet."""

    subnets: frozenset[str]
    interfaces: Mapping[str, str]


# --- VPCs -------------------------------------------------------------------------------------------------


def observe_vpcs(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The VPCs of one account and region; each writes flow records of its own. A shared VPC is its owner's.

    Raises:
        ReadFailure: DescribeVpcs failed.
    """
    if scope.state in DORMANT or location is None:
        yield Emitter(
            source=SOURCE,
            scope=scope.id,
            location=location,
            not_applicable=f"the account is {scope.state}",
            readings=scope.readings,
        )
        yield Listing(kind="aws.vpc", at=scope.id, location=location, readings=scope.readings)
        return
    vpcs = vpcs_of(place)
    used = _used(place) if vpcs.data else frozenset()
    for vpc in vpcs.data:
        owner, name = owner_of(place, vpc), vpc["VpcId"]
        if owner not in (None, place.account):
            continue
        # Of a VPC that somebody outside of the audit shares, this account sees no tags and its own interfaces only.
        seen_in_part = place.not_told(VPCS, "a shared VPC is seen in part", name) if owner is None else None
        in_use = used if isinstance(used, Unread) else name in used
        yield Emitter(
            source=SOURCE,
            scope=scope.id,
            location=location,
            resource=name,
            fields={"account-id": str(vpc.get("OwnerId", "")), "region": location, "vpc-id": name},
            labels=seen_in_part or _labels(place, vpc),
            in_use=seen_in_part if seen_in_part and in_use is False else in_use,
            readings=(vpcs.reading,),
        )
    yield Listing(kind="aws.vpc", at=scope.id, location=location, readings=(vpcs.reading,))


def vpcs_of(place: AwsPlace) -> Answer:
    """The VPCs that an account sees in a region, by id, asked once."""

    def ask() -> Answer:
        answer = place.pages("ec2", "DescribeVpcs", "Vpcs", MaxResults=PAGE)
        if not all(isinstance(vpc.get("VpcId"), str) for vpc in answer.data):
            raise unparseable(VPCS, "a VPC without an id")
        return Answer(sorted(answer.data, key=lambda vpc: vpc["VpcId"]), answer.reading)

    return place.session.once.get(("vpcs", place.account, place.region), ask)


def owner_of(place: AwsPlace, vpc: Mapping[str, Any]) -> str | None:
    """The audited account whose emitter a VPC is; None where that is not known: then it is shown here."""
    owner = vpc.get("OwnerId")
    return owner if owner == place.account or owner in place.session.audited else None


def _labels(place: AwsPlace, vpc: Mapping[str, Any]) -> Mapping[str, str] | Unread:
    # EC2 leaves the element out for a resource without tags.
    tags = {tag.get("Key"): tag.get("Value", "") for tag in vpc.get("Tags", [])}
    if not all(isinstance(key, str) for key in tags):
        return place.misread(VPCS, "a tag without a key", vpc["VpcId"])
    return tags


def _interfaces(place: AwsPlace) -> Answer | Unread:
    """All network interfaces of a region, asked once."""

    def ask() -> Answer:
        return place.pages(
            "ec2",
            "DescribeNetworkInterfaces",
            "NetworkInterfaces",
            MaxResults=PAGE,
            IncludeManagedResources=True,
        )

    try:
        return place.session.once.get(("interfaces", place.account, place.region), ask)
    except ReadFailure as failure:
        return place.unread(failure)


def _used(place: AwsPlace) -> frozenset[str] | Unread:
    answer = _interfaces(place)
    if isinstance(answer, Unread):
        return answer
    vpcs = frozenset(interface.get("VpcId") for interface in answer.data)
    if None in vpcs:
        return place.misread("ec2:DescribeNetworkInterfaces", "an interface without a VPC")
    return vpcs


# --- flow logs --------------------------------------------------------------------------------------------


def observe_flow_logs(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The flow logs of one account and region, as routes out of VPCs.

    A flow log of a subnet or interface is part of the way: it counts where equal ones cover the whole VPC,
    it counts for nothing where an interface has none at all, and otherwise nobody can tell.

    Raises:
        ReadFailure: DescribeFlowLogs or DescribeVpcs failed.
    """
    if scope.state in DORMANT or location is None:
        yield Listing(kind="aws.flow_log", at=scope.id, location=location, readings=scope.readings)
        return
    vpcs = vpcs_of(place)
    logs = flow_logs_of(place)
    told = logs.data
    readings = (vpcs.reading, logs.reading)
    here = Here(place=place, scope=scope, location=location, readings=readings)
    yield from (
        Filter(id=f"aws:flow-traffic/{traffic}", dialect="aws.flow-traffic", text=traffic)
        for traffic in sorted({log.get("TrafficType") for log in told} & TRAFFIC)
    )
    parts: list[Mapping[str, Any]] = []
    for log in told:
        resource = log["ResourceId"]
        if resource.startswith("vpc-"):
            yield _route(here, log, resource)
        elif resource.startswith(("subnet-", "eni-")):
            parts.append(log)
        elif not resource.startswith(OTHER_RESOURCES):
            why = place.not_told(FLOW_LOGS, f"what a flow log of {resource} covers is not known", resource)
            yield _route(here, log, None, why)
    for vpc in vpcs.data:
        owner = owner_of(place, vpc)
        if owner is None:
            yield _of_a_stranger(here, vpc)
        elif owner == place.account and parts:
            yield from _of_parts(here, vpc["VpcId"], parts)
    yield Listing(kind="aws.flow_log", at=scope.id, location=location, readings=readings)


def flow_logs_of(place: AwsPlace) -> Answer:
    """All flow logs of an account and region, by id, whatever they record; asked once."""

    def ask() -> Answer:
        answer = place.pages("ec2", "DescribeFlowLogs", "FlowLogs", MaxResults=PAGE)
        if not all(
            isinstance(log.get("FlowLogId"), str) and isinstance(log.get("ResourceId"), str)
            for log in answer.data
        ):
            raise unparseable(FLOW_LOGS, "a flow log without an id or a resource")
        return Answer(sorted(answer.data, key=lambda log: log["FlowLogId"]), answer.reading)

    return place.session.once.get(("flow-logs", place.account, place.region), ask)


@dataclass(frozen=True, slots=True, kw_only=True)
class Here:
    """Where flow logs are being looked at."""

    place: AwsPlace
    scope: Scope
    location: str
    readings: tuple[str, ...]


def _route(here: Here, log: Mapping[str, Any], resource: str | None, doubt: Unread | None = None) -> Route:
    place, name = here.place, log["FlowLogId"]
    setting = f"aws:flow-log/{here.location}/{place.account}/{name}"
    traffic = log.get("TrafficType")
    to, prefix, writer = where_to(here, log)
    return Route(
        id=f"{setting}@{resource or '*'}",
        kind="aws.flow_log",
        setting=setting,
        effect="carry",
        origin=here.scope.id,
        location=here.location,
        resource=resource,
        sources=(SOURCE,),
        enabled=doubt or switched_on(place, log),
        filter=f"aws:flow-traffic/{traffic}"
        if traffic in TRAFFIC
        else place.misread(FLOW_LOGS, f"a flow log with the unknown traffic type {traffic}", name),
        to=to,
        prefix=prefix,
        delivery=delivery_of(place, log),
        since=utc(log.get("CreationTime")),
        writer=writer,
        readings=here.readings,
        raw={field: plain(log[field]) for field in EVIDENCE if field in log},
    )


def switched_on(place: AwsPlace, log: Mapping[str, Any]) -> bool | Unread:
    """Whether a flow log is on: `ACTIVE` is the only state that there is."""
    state = log.get("FlowLogStatus")
    if state == "ACTIVE":
        return True
    return place.misread(FLOW_LOGS, f"a flow log in the unknown state {state}", log["FlowLogId"])


def where_to(here: Here, log: Mapping[str, Any]) -> tuple[str | Unread, str, str]:
    """Destination, key prefix, and the writer that needs a grant there: into a bucket, none of a role is used."""
    place, target = here.place, log.get("LogDestination")
    match log.get("LogDestinationType"):
        case "s3" if told := bucket_and_prefix(target):
            bucket, start = told
            return f"aws:s3/{bucket}", _prefix(here, log, start), WRITER
        case "cloud-watch-logs" if target and (group := log_group_id(target)):
            return group, "", ""
        case "cloud-watch-logs" if not target and (named := log.get("LogGroupName")):
            group = f"aws:logs/{here.location}/{place.account}/{named}"
            return group, "", ""
        case "kinesis-data-firehose" if stream := firehose_id(target):
            return stream, "", ""
        case _:
            why = f"a flow log with an unknown destination {target}"
            return place.misread(FLOW_LOGS, why, log["FlowLogId"]), "", ""


def _prefix(here: Here, log: Mapping[str, Any], start: str) -> str:
    account, region = here.place.account, here.location
    options = log.get("DestinationOptions", {})
    if options.get("HiveCompatiblePartitions"):
        named = (f"aws-account-id={account}", "aws-service=vpcflowlogs", f"aws-region={region}")
        return under(start, "AWSLogs", *named)
    return under(start, "AWSLogs", account, "vpcflowlogs", region)


def delivery_of(place: AwsPlace, log: Mapping[str, Any]) -> Delivery | None:
    """`DeliverLogsStatus`: it tells of errors, and never when records were last delivered."""
    match log.get("DeliverLogsStatus"):
        case "SUCCESS":
            return None
        case "FAILED":
            return Delivery(last_error=str(log.get("DeliverLogsErrorMessage") or "FAILED"))
        case told:
            unread = place.misread(FLOW_LOGS, f"a flow log with the delivery status {told}", log["FlowLogId"])
            return Delivery(last_success=unread, last_error=unread)


def _of_a_stranger(here: Here, vpc: Mapping[str, Any]) -> Route:
    """A VPC that an account outside of the audit shares: its flow logs are its owner's, and not seen here."""
    place, name = here.place, vpc["VpcId"]
    owner = vpc.get("OwnerId")
    unread = place.not_told(FLOW_LOGS, f"the VPC belongs to account {owner}, which is not audited", name)
    setting = f"aws:flow-log/{here.location}/{owner or 'unknown'}/unread"
    return Route(
        id=f"{setting}@{name}",
        kind="aws.flow_log",
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


# --- flow logs of parts of a VPC --------------------------------------------------------------------------


def _of_parts(here: Here, vpc: str, parts: Sequence[Mapping[str, Any]]) -> Iterator[Route]:
    """Routes for a VPC whose subnets or interfaces have flow logs.

    Logs with the same traffic type and destination stand for each other. The first of a set that covers the
    whole VPC is a route like any other; of a set that covers a part, nobody can tell what is lost in all,
    unless some interface has no flow log whatever: then the set proves nothing, and nothing is said of it.
    """
    network = _network(here.place, vpc)
    mine = [log for log in parts if isinstance(network, Unread) or _touches(network, log["ResourceId"])]
    sets: dict[tuple[object, ...], list[Mapping[str, Any]]] = {}
    for log in mine:
        same = (
            log.get("TrafficType"),
            log.get("LogDestinationType"),
            log.get("LogDestination"),
            log.get("LogGroupName"),
            log.get("FlowLogStatus"),
            log.get("DeliverLogsStatus"),
        )
        sets.setdefault(same, []).append(log)
    if isinstance(network, Unread):
        yield from (_route(here, logs[0], vpc, network) for logs in sets.values())
        return
    bare = not _covered(network, mine)
    for logs in sets.values():
        if _whole(network, logs):
            yield _route(here, logs[0], vpc)
        elif not bare:
            told = f"flow logs of parts of {vpc} together may or may not record everything"
            yield _route(here, logs[0], vpc, here.place.not_told(FLOW_LOGS, told, vpc))


def _network(place: AwsPlace, vpc: str) -> Network | Unread:
    def ask() -> Answer:
        return place.pages("ec2", "DescribeSubnets", "Subnets", MaxResults=PAGE)

    interfaces = _interfaces(place)
    if isinstance(interfaces, Unread):
        return interfaces
    try:
        subnets = place.session.once.get(("subnets", place.account, place.region), ask)
    except ReadFailure as failure:
        return place.unread(failure)
    for things, fields in ((subnets, ("SubnetId", "VpcId")), (interfaces, ("NetworkInterfaceId", "VpcId"))):
        if not all(isinstance(thing.get(field), str) for thing in things.data for field in fields):
            return place.misread("ec2:DescribeSubnets", "a subnet or interface without id or VPC")
    return Network(
        subnets=frozenset(subnet["SubnetId"] for subnet in subnets.data if subnet["VpcId"] == vpc),
        interfaces={
            interface["NetworkInterfaceId"]: str(interface.get("SubnetId", ""))
            for interface in interfaces.data
            if interface["VpcId"] == vpc
        },
    )


def _touches(network: Network, resource: str) -> bool:
    return resource in network.subnets or resource in network.interfaces


def _covered(network: Network, logs: Sequence[Mapping[str, Any]]) -> bool:
    """Whether every interface has some flow log, its own or its subnet's."""
    logged = {log["ResourceId"] for log in logs}
    return all(name in logged or subnet in logged for name, subnet in network.interfaces.items())


def _whole(network: Network, logs: Sequence[Mapping[str, Any]]) -> bool:
    """Whether all subnets have one of these flow logs, so that interfaces yet to come are covered, too."""
    logged = {log["ResourceId"] for log in logs}
    return bool(network.subnets) and network.subnets <= logged and _covered(network, logs)
