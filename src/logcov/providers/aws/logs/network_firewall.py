"""AWS Network Firewall: what each firewall alerts of, the flows it sees, and the TLS that it inspects.

Sources: network-firewall:ListFirewalls, DescribeFirewall, DescribeLoggingConfiguration, DescribeFirewallPolicy; Network
Firewall developer guide, "Logging network traffic": only traffic that reaches the stateful engine is logged, and TLS
logs need TLS inspection, which the firewall's policy switches on. The least that can be asked: one list per region, two
calls per firewall (logging; policy and tags), one per policy, and the vended deliveries.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
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
from logcov.providers.aws.arns import parsed, under
from logcov.providers.aws.client import Answer, AwsPlace
from logcov.providers.aws.logs import deliveries
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.stores.writers import VENDED
from logcov.providers.aws.tags import tags_of
from logcov.providers.rows import Family, ObserverRow

ALERT, FLOW, TLS = "aws.network_firewall.alert", "aws.network_firewall.flow", "aws.network_firewall.tls"
SOURCES: Mapping[str, str] = {"ALERT": ALERT, "FLOW": FLOW, "TLS": TLS}
"""`LogType` of the API → the log source."""
DELIVERED = {f"{kind}_LOGS": source for kind, source in SOURCES.items()}
"""The same as vended deliveries name them."""
FIREWALL, LOGGING = "aws.network_firewall.firewall", "aws.network_firewall.logging"
LIST, DESCRIBE, CONFIGURATION, POLICY = (
    "network-firewall:ListFirewalls",
    "network-firewall:DescribeFirewall",
    "network-firewall:DescribeLoggingConfiguration",
    "network-firewall:DescribeFirewallPolicy",
)
GONE = "ResourceNotFoundException"
PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Firewall:
    """One firewall, and where it was looked at."""

    place: AwsPlace
    scope: Scope
    location: str | None
    arn: str
    name: str
    readings: tuple[str, ...]


def observe_firewalls(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The firewalls of one account and region, and where each logs what.

    Raises:
        ReadFailure: ListFirewalls failed. A firewall that can't be described is known all the same, its logging unread.
    """
    listed = place.pages("network-firewall", "ListFirewalls", "Firewalls", MaxResults=PAGE)
    if not all(parsed(one.get("FirewallArn")) for one in listed.data):
        raise unparseable(LIST, "a firewall without an ARN")
    for arn in sorted(one["FirewallArn"] for one in listed.data):
        described = _described(place, arn)
        if described is None:
            continue
        # That this finds nothing does not show that the firewall is gone, nor that it never logged.
        logging = _logging(place, arn)
        known = [answer.reading for answer in (described, logging) if isinstance(answer, Answer)]
        firewall = Firewall(
            place=place,
            scope=scope,
            location=location,
            arn=arn,
            name=arn.rpartition("/")[2],
            readings=(listed.reading, *known),
        )
        inspects = _inspects(place, described)
        yield from _emitters(firewall, described, inspects=inspects)
        yield from _routes(firewall, logging, inspects=inspects)
    for kind in (FIREWALL, LOGGING):
        yield Listing(kind=kind, at=scope.id, location=location, readings=(listed.reading,))


def _described(place: AwsPlace, arn: str) -> Answer | Unread | None:
    """The firewall itself; None for one that was deleted since it was listed."""
    try:
        answer = place.call("network-firewall", "DescribeFirewall", subject=arn, FirewallArn=arn)
    except ReadFailure as failure:
        return None if failure.code == GONE else place.unread(failure, arn)
    if not isinstance(answer.data.get("Firewall"), dict):
        return place.misread(DESCRIBE, "the answer has no Firewall", arn)
    return Answer(answer.data["Firewall"], answer.reading)


def _logging(place: AwsPlace, arn: str) -> Answer | Unread:
    try:
        return place.call("network-firewall", "DescribeLoggingConfiguration", subject=arn, FirewallArn=arn)
    except ReadFailure as failure:
        return place.unread(failure, arn)


def _inspects(place: AwsPlace, described: Answer | Unread) -> bool | Unread:
    """Whether the firewall's policy has it inspect TLS; each policy is asked once."""
    if isinstance(described, Unread):
        return described
    policy = described.data.get("FirewallPolicyArn")
    if not isinstance(policy, str):
        return place.misread(DESCRIBE, "a firewall without a policy", described.data.get("FirewallArn", ""))

    def ask() -> Answer:
        answer = place.call(
            "network-firewall", "DescribeFirewallPolicy", subject=policy, FirewallPolicyArn=policy
        )
        if not isinstance(answer.data.get("FirewallPolicy"), dict):
            raise unparseable(POLICY, "the answer has no policy")
        return Answer(answer.data["FirewallPolicy"], answer.reading)

    try:
        told = place.session.once.get(("firewall-policy", place.account, place.region, policy), ask)
    except ReadFailure as failure:
        return place.unread(failure, policy)
    return bool(told.data.get("TLSInspectionConfigurationArn"))


def _emitters(
    firewall: Firewall, described: Answer | Unread, *, inspects: bool | Unread
) -> Iterator[Emitter]:
    # A firewall without tags has no such field.
    labels = (
        described
        if isinstance(described, Unread)
        else tags_of(firewall.place, DESCRIBE, described.data.get("Tags", []), firewall.arn)
    )
    for source in SOURCES.values():
        bare = source == TLS and inspects is False
        yield Emitter(
            source=source,
            scope=firewall.scope.id,
            location=firewall.location,
            resource=firewall.arn,
            fields={"firewall_name": firewall.name},
            not_applicable="the firewall does not inspect TLS" if bare else "",
            labels=labels,
            readings=firewall.readings,
        )


def _routes(firewall: Firewall, logging: Answer | Unread, *, inspects: bool | Unread) -> Iterator[Route]:
    place = firewall.place
    like = Route(
        id="",
        kind=LOGGING,
        setting="",
        effect="carry",
        origin=firewall.scope.id,
        location=firewall.location,
        resource=firewall.arn,
        readings=firewall.readings,
    )
    yield from deliveries.routes_of(place, firewall.arn, DELIVERED, like)
    configs = _configs(place, logging, firewall.arn)
    if isinstance(configs, Unread):
        for kind, source in SOURCES.items():
            yield _route(firewall, f"{kind}#unread", source, configs, {})
        return
    for number, config in enumerate(configs):
        kind = config["LogType"]
        # Types that are not among these are of other log sources.
        if kind in SOURCES:
            yield _route(firewall, f"{kind}#{number}", SOURCES[kind], None, config)
    if isinstance(inspects, Unread) and not any(config["LogType"] == "TLS" for config in configs):
        # No record is lost if the firewall does not inspect TLS at all.
        yield _route(firewall, "TLS#unread", TLS, inspects, {})


def _configs(place: AwsPlace, logging: Answer | Unread, arn: str) -> Sequence[Mapping[str, Any]] | Unread:
    """What is logged where; a firewall that never logged has no logging configuration."""
    if isinstance(logging, Unread):
        return logging
    told = logging.data.get("LoggingConfiguration")
    configs = [] if told is None else told.get("LogDestinationConfigs")
    if not isinstance(configs, list) or not all(isinstance(one.get("LogType"), str) for one in configs):
        return place.misread(CONFIGURATION, "a logging configuration without log types", arn)
    return configs


def _route(
    firewall: Firewall, suffix: str, source: str, doubt: Unread | None, config: Mapping[str, Any]
) -> Route:
    setting = f"aws:network-firewall/{firewall.location}/{firewall.place.account}/{firewall.name}"
    to, prefix, writer = (doubt, "", "") if doubt else _where_to(firewall, config)
    return Route(
        id=f"{setting}#{suffix}",
        kind=LOGGING,
        setting=setting,
        effect="carry",
        origin=firewall.scope.id,
        location=firewall.location,
        resource=firewall.arn,
        sources=(source,),
        enabled=doubt or True,
        to=to,
        prefix=prefix,
        writer=writer,
        readings=firewall.readings,
        raw=config,
    )


def _where_to(firewall: Firewall, config: Mapping[str, Any]) -> tuple[str | Unread, str, str]:
    """Destination, key prefix, and the writer that needs a grant there. Destinations are told by name, not ARN."""
    place, account, region = firewall.place, firewall.place.account, firewall.location
    match config.get("LogDestinationType"), config.get("LogDestination"):
        case "S3", {"bucketName": str(bucket), **more}:
            start = str(more.get("prefix", ""))
            kind = str(config["LogType"]).lower()
            parts = ("AWSLogs", account, "network-firewall", kind, str(region), firewall.name)
            return f"aws:s3/{bucket}", under(start, *parts), VENDED
        case "CloudWatchLogs", {"logGroup": str(group)}:
            return f"aws:logs/{region}/{account}/{group}", "", ""
        case "KinesisDataFirehose", {"deliveryStream": str(stream)}:
            return f"aws:firehose/{region}/{account}/{stream}", "", ""
        case kind, target:
            return place.misread(CONFIGURATION, f"logs go to {kind} {target}", firewall.arn), "", ""


NAME = Field(name="firewall_name", optional=False)
PACKET = (
    Field(name="event.src_ip"),
    Field(name="event.src_port", kind="number"),
    Field(name="event.dest_ip"),
    Field(name="event.dest_port", kind="number"),
    Field(name="event.proto"),
)
STATEFUL_ONLY = "Traffic that the firewall's policy does not forward to the stateful engine is never logged."
GROUPS = "Whether Network Firewall may write to a log group is not judged."


def _source(name: str, title: str, fields: tuple[Field, ...], *limits: str) -> LogSource:
    return LogSource(
        id=name,
        title=title,
        provider="aws",
        scope_kinds=("aws.account",),
        fields=(NAME, *fields),
        needs=(LOGGING,),
        emitters=FIREWALL,
        per_location=True,
        limits=(*limits, STATEFUL_ONLY, GROUPS, *deliveries.LIMITS),
        documentation="https://docs.aws.amazon.com/network-firewall/latest/developerguide/firewall-logging.html",
    )


NETWORK_FIREWALL_FAMILY = Family(
    sources=(
        _source(
            ALERT,
            "Traffic that a rule of a Network Firewall drops, rejects or alerts of",
            (*PACKET, Field(name="event.alert.action"), Field(name="event.alert.signature")),
            "Whether the firewall's rules alert of anything is not read.",
        ),
        _source(FLOW, "Network flows that a Network Firewall sees", PACKET),
        _source(TLS, "TLS connections that a Network Firewall inspects", PACKET),
    ),
    hop_kinds=(
        HopKind(
            id=LOGGING,
            title="Logging configuration of a Network Firewall",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=deliveries.LEADS_TO,
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.network_firewall",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(
                observe_firewalls,
                service="network-firewall",
                sources=(ALERT, FLOW, TLS),
                listings=(FIREWALL, LOGGING),
            ),
            listings=(FIREWALL, LOGGING),
            sources=(ALERT, FLOW, TLS),
            operations=(
                *scopes.OPERATIONS,
                *OFFERED,
                *deliveries.OPERATIONS,
                *reads(
                    {
                        LIST: "firewalls",
                        DESCRIBE: "a firewall's policy and tags",
                        CONFIGURATION: "which records a firewall logs where",
                        POLICY: "whether a firewall inspects TLS",
                    }
                ),
            ),
            per_location=True,
        ),
    ),
)
