"""Route 53: the DNS queries for each public zone, and those that each VPC's resolver answers.

Sources: route53:ListHostedZones, ListQueryLoggingConfigs, ListTagsForResources (ten zones per call); Route 53 developer
guide, "Public DNS query logging": logs go to a log group in us-east-1. Two calls per account, and tags.
The resolver's queries are read in `resolver_queries`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, HopKind, Listing, LogSource, Route, Scope, Unread
from logcov.providers.aws import scopes
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import log_group_id
from logcov.providers.aws.client import AwsPlace
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.tags import tags_of
from logcov.providers.rows import Family, ObserverRow

SOURCE = "aws.route53.public_query"
ZONE, LOGGING = "aws.route53.public_zone", "aws.route53.query_logging"
ZONES, CONFIGURATIONS, TAGS = (
    "route53:ListHostedZones",
    "route53:ListQueryLoggingConfigs",
    "route53:ListTagsForResources",
)
MARKER = ("Marker", "NextMarker")
PATH = "/hostedzone/"
BATCH = 10
"""The most zones that one ListTagsForResources may name."""
GONE = "NoSuchHostedZone"

Labels = Mapping[str, str] | Unread


def observe_zones(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The public zones of one account, and where queries for each are logged.

    Raises:
        ReadFailure: ListHostedZones failed.
    """
    listed = place.pages("route53", "ListHostedZones", "HostedZones", token=MARKER)
    zones = sorted(str(zone["Id"]).removeprefix(PATH) for zone in listed.data if _public(zone))
    labels = _labels(place, zones)
    names = [name for name in zones if name in labels]
    for name in names:
        yield Emitter(
            source=SOURCE,
            scope=scope.id,
            location=location,
            resource=name,
            labels=labels[name],
            readings=(listed.reading,),
        )
    yield Listing(kind=ZONE, at=scope.id, location=location, readings=(listed.reading,))
    readings = [listed.reading]
    if names:
        try:
            configs = place.pages("route53", "ListQueryLoggingConfigs", "QueryLoggingConfigs")
        except ReadFailure as failure:
            place.unread(failure, hides=(LOGGING,))
            return
        readings.append(configs.reading)
        for config in sorted(configs.data, key=lambda one: str(one.get("Id"))):
            yield _route(place, scope, location, config, tuple(readings))
    yield Listing(kind=LOGGING, at=scope.id, location=location, readings=tuple(readings))


def _public(zone: Mapping[str, Any]) -> bool:
    """Whether the world asks this zone. Queries for private zones are the resolver's."""
    private = zone.get("Config", {}).get("PrivateZone")
    if not isinstance(private, bool) or not isinstance(zone.get("Id"), str):
        raise unparseable(ZONES, "a zone that is neither public nor private, or has no id")
    return not private


def _labels(place: AwsPlace, names: Sequence[str]) -> Mapping[str, Labels]:
    """The tags of zones, 10 in one call. Zones that were deleted since they were listed are left out."""
    found: dict[str, Labels] = {}
    for start in range(0, len(names), BATCH):
        found |= _tagged(place, names[start : start + BATCH])
    return found


def _tagged(place: AwsPlace, batch: Sequence[str]) -> Mapping[str, Labels]:
    """The tags of a few zones. If one of them is gone by now, each is asked about alone."""
    answer = place.value(
        "route53",
        "ListTagsForResources",
        absent=(GONE,),
        subject=batch[0],
        ResourceType="hostedzone",
        ResourceIds=list(batch),
    )
    if answer is None:
        if len(batch) == 1:
            return {}
        return {name: labels for one in batch for name, labels in _tagged(place, [one]).items()}
    if isinstance(answer, Unread):
        return dict.fromkeys(batch, answer)
    told = {one.get("ResourceId"): one for one in answer.data.get("ResourceTagSets", [])}
    # A zone that is not answered for has unknown tags; one without tags is answered for with none.
    return {
        name: tags_of(place, TAGS, told[name].get("Tags", []) if name in told else None, name)
        for name in batch
    }


def _route(
    place: AwsPlace, scope: Scope, location: str | None, config: Mapping[str, Any], readings: tuple[str, ...]
) -> Route:
    name, target = config.get("Id"), config.get("CloudWatchLogsLogGroupArn")
    zone = config.get("HostedZoneId")
    if not isinstance(name, str) or not isinstance(zone, str):
        raise unparseable(CONFIGURATIONS, "a configuration without an id or a zone")
    setting = f"aws:route53/{place.account}/query-logging/{name}"
    return Route(
        id=f"{setting}#queries",
        kind=LOGGING,
        setting=setting,
        effect="carry",
        origin=scope.id,
        location=location,
        resource=zone.removeprefix(PATH),
        sources=(SOURCE,),
        to=log_group_id(target) or place.misread(CONFIGURATIONS, f"query logs go to {target}", name),
        readings=readings,
        raw=dict(config),
    )


PUBLIC_ZONE_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="DNS queries for a public zone of Route 53",
            provider="aws",
            scope_kinds=("aws.account",),
            needs=(LOGGING,),
            emitters=ZONE,
            limits=(
                "Queries that other resolvers answer from their caches never reach Route 53.",
                "Whether Route 53 may write to the log group is not judged.",
            ),
            documentation="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/query-logs.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=LOGGING,
            title="Query logging of a public zone",
            effects=("carry",),
            origins=("aws.account",),
            leads_to=("aws:logs/*",),
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.route53.public_zones",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(
                observe_zones, service="route53", sources=(SOURCE,), listings=(ZONE, LOGGING)
            ),
            listings=(ZONE, LOGGING),
            sources=(SOURCE,),
            operations=(
                *scopes.OPERATIONS,
                *reads(
                    {
                        ZONES: "public zones",
                        CONFIGURATIONS: "where queries for public zones are logged",
                        TAGS: "tags of public zones",
                    }
                ),
            ),
        ),
    ),
)
