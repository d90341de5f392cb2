"""CloudFront: the requests that viewers make to each distribution.

A distribution may log in three ways at once: standard logs (legacy) by its own configuration, into a bucket whose
access control list lets `awslogsdelivery` write; real-time logs by each cache behavior's own configuration, into
Kinesis; standard logs (v2) by vended deliveries, set up in us-east-1.

Calls per account: the list, GetDistributionConfig for each distribution (the list does not tell of logging), one for
the tags of all, one for all real-time configurations if any is used, and the vended deliveries.

Sources: cloudfront:ListDistributions, GetDistributionConfig, ListRealtimeLogConfigs; tag:GetResources; CloudFront
developer guide, "Access logs (standard logs)", "Configure standard logging (legacy)", "Use real-time access logs".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import (
    Emitter,
    Fact,
    Field,
    Filter,
    HopKind,
    Listing,
    LogSource,
    Route,
    Scope,
    Unread,
)
from logcov.providers.aws import resource_tags, scopes
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import destination_of
from logcov.providers.aws.client import Answer, AwsPlace
from logcov.providers.aws.logs import deliveries
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.partitions import COMMERCIAL
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.resource_tags import TagsByArn, labels_of, tags_by_arn
from logcov.providers.aws.stores.writers import CLOUDFRONT
from logcov.providers.rows import Family, ObserverRow

SOURCE = "aws.cloudfront.access"
DISTRIBUTION, LOGGING = "aws.cloudfront.distribution", "aws.cloudfront.logging"
LIST, CONFIG = "cloudfront:ListDistributions", "cloudfront:GetDistributionConfig"
REALTIME = "cloudfront:ListRealtimeLogConfigs"
BUCKET = re.compile(r"(?P<bucket>.+?)\.s3(?:[.-][a-z]+(?:-[a-z]+)*-\d+)?\.amazonaws\.com(?:\.cn)?")
"""`LoggingConfig.Bucket` is a bucket's domain name, with or without its region."""
ALL = 100


def observe_distributions(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The distributions of one account, and what each logs.

    Raises:
        ReadFailure: ListDistributions failed. A distribution whose configuration can't be read is known all the same.
    """
    listed = _paged(place, "ListDistributions", "DistributionList", counted=True)
    if not all(isinstance(one.get(name), str) for one in listed.data for name in ("Id", "ARN")):
        raise unparseable(LIST, "a distribution without an id or an ARN")
    there = _told_of(place)
    tags = _tags(place, there) if listed.data else {}
    for one in sorted(listed.data, key=lambda each: str(each["Id"])):
        told = _configuration(place, one["Id"])
        if told is None:
            continue
        readings = (listed.reading,) if isinstance(told, Unread) else (listed.reading, told.reading)
        on = one.get("Enabled")
        yield Emitter(
            source=SOURCE,
            scope=scope.id,
            resource=one["Id"],
            labels=labels_of(tags, one["ARN"]),
            in_use=on
            if isinstance(on, bool)
            else place.misread(LIST, "a distribution without Enabled", one["Id"]),
            readings=readings,
        )
        setting = f"aws:cloudfront/{place.account}/{one['Id']}"
        like = Route(
            id=setting,
            kind=LOGGING,
            setting=setting,
            effect="carry",
            origin=scope.id,
            resource=one["Id"],
            sources=(SOURCE,),
            readings=readings,
        )
        yield from _standard(place, told, like)
        yield from _realtime(place, told, like)
        if there is not None:
            yield from deliveries.routes_of(there, one["ARN"], {"ACCESS_LOGS": SOURCE}, like)
            continue
        why = "where vended deliveries of CloudFront are set up in this partition is not verified"
        unread = place.not_told(deliveries.DELIVERIES, why, one["Id"])
        yield replace(like, id=f"{setting}#deliveries", enabled=unread, filter=unread, to=unread)
    for kind in (DISTRIBUTION, LOGGING):
        yield Listing(kind=kind, at=scope.id, location=location, readings=(listed.reading,))


def _told_of(place: AwsPlace) -> AwsPlace | None:
    """Where deliveries and tags of CloudFront are told: in us-east-1. Of other partitions, no page says where."""
    if place.session.caller().partition != COMMERCIAL:
        return None
    return place.elsewhere(place.account, place.session.home_region(), place.about)


def _tags(place: AwsPlace, there: AwsPlace | None) -> TagsByArn | Unread:
    if there is not None:
        return tags_by_arn(there, "cloudfront:distribution")
    why = "where tags of CloudFront are told in this partition is not verified"
    return place.not_told(resource_tags.CALL, why, "cloudfront:distribution")


def _paged(place: AwsPlace, operation: str, wrapper: str, *, counted: bool) -> Answer:
    """A list of CloudFront's; an empty one lacks its `Items`, and `counted` ones say so by their `Quantity`."""
    call = f"cloudfront:{operation}"
    items: list[Mapping[str, Any]] = []
    more: dict[str, str] = {}
    for page in range(1, 10_000):
        answer = place.call("cloudfront", operation, subject=f"page {page}" if page > 1 else "", **more)
        told = answer.data.get(wrapper)
        if not isinstance(told, dict) or not isinstance(told.get("IsTruncated"), bool):
            raise unparseable(call, f"the answer has no {wrapper}")
        chunk = told.get("Items") or []
        if counted and not chunk and told.get("Quantity") != 0:
            raise unparseable(call, "the answer holds no items, and does not say that there are none")
        items += chunk
        if not told["IsTruncated"]:
            return Answer(items, answer.reading)
        following = told.get("NextMarker")
        if not following or following == more.get("Marker"):
            raise unparseable(call, "a page without the next one's marker")
        more = {"Marker": following}
    raise unparseable(call, "the pages do not end")


def _configuration(place: AwsPlace, name: str) -> Answer | Unread | None:
    """One distribution's configuration; None for one that was deleted since it was listed."""
    try:
        answer = place.call("cloudfront", "GetDistributionConfig", subject=name, Id=name)
    except ReadFailure as failure:
        return None if failure.code == "NoSuchDistribution" else place.unread(failure, name)
    told = answer.data.get("DistributionConfig")
    if not isinstance(told, dict):
        return place.misread(CONFIG, "the answer has no DistributionConfig", name)
    return Answer(told, answer.reading)


# --- standard logs (legacy) -------------------------------------------------------------------------------


def _standard(place: AwsPlace, told: Answer | Unread, like: Route) -> Iterator[Route]:
    """What the distribution itself says; nothing where it is off and names no bucket."""
    route = replace(like, id=f"{like.setting}#standard")
    if isinstance(told, Unread):
        yield replace(route, enabled=told, to=told)
        return
    logging = told.data.get("Logging")
    on = logging.get("Enabled") if isinstance(logging, dict) else None
    if not isinstance(logging, dict) or not isinstance(on, bool):
        unread = place.misread(CONFIG, "a distribution without Logging", str(like.resource))
        yield replace(route, enabled=unread, to=unread)
        return
    domain = str(logging.get("Bucket") or "")
    if not on and not domain:
        return
    found = BUCKET.fullmatch(domain)
    yield replace(
        route,
        enabled=on,
        to=f"aws:s3/{found['bucket']}"
        if found
        else place.misread(CONFIG, f"logs to the unknown bucket {domain}", str(like.resource)),
        prefix=_prefix(str(logging.get("Prefix") or ""), str(like.resource)),
        writer=CLOUDFRONT if found else "",
        raw={"Logging": dict(logging)},
    )


def _prefix(start: str, name: str) -> str:
    """`PREFIX/ID.` begins each log file's name, as far as that is certain: a prefix may lack its slash."""
    return f"{start}{name}." if not start or start.endswith("/") else start


# --- real-time logs ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Where real-time logs go, and of which cache behaviors, each with the percentage that is logged of it."""

    to: str | Unread
    rates: tuple[int | None, ...]


def _realtime(place: AwsPlace, told: Answer | Unread, like: Route) -> Iterator[Filter | Route]:
    """The streams that get real-time logs. A stream that gets those of some behaviors only gets a part."""
    if isinstance(told, Unread):
        return  # the route of the standard logs says so
    name = str(like.resource)
    behaviors = _behaviors(told.data)
    if behaviors is None:
        unread = place.misread(CONFIG, "a distribution without its cache behaviors", name)
        yield replace(like, id=f"{like.setting}#realtime", enabled=unread, to=unread)
        return
    arns = [one.get("RealtimeLogConfigArn") for one in behaviors]
    if not any(arns):
        return
    configs = _configs(place)
    if isinstance(configs, Unread):
        yield replace(like, id=f"{like.setting}#realtime", to=configs, filter=configs)
        return
    for number, stream in enumerate(_streams(place, arns, configs.data, name)):
        chosen = _chosen(place, stream, len(behaviors), name)
        if isinstance(chosen, Filter):
            yield chosen
        yield replace(
            like,
            id=f"{like.setting}#realtime-{number}",
            filter=chosen.id if isinstance(chosen, Filter) else chosen,
            to=stream.to,
            readings=(*like.readings, configs.reading),
            raw={
                "RealtimeLogConfigArn": sorted({arn for arn in arns if arn}),
                "SamplingRate": list(stream.rates),
            },
        )


def _behaviors(configuration: Mapping[str, Any]) -> Sequence[Mapping[str, Any]] | None:
    """The default cache behavior and all others; None if they are not told."""
    default, others = configuration.get("DefaultCacheBehavior"), configuration.get("CacheBehaviors")
    more = (others.get("Items") or []) if isinstance(others, dict) else []
    quantity = others.get("Quantity") if isinstance(others, dict) else 0
    return [default, *more] if isinstance(default, dict) and quantity == len(more) else None


def _configs(place: AwsPlace) -> Answer | Unread:
    """ARN → real-time log configuration, of the whole account, asked once."""

    def ask() -> Answer:
        listed = _paged(place, "ListRealtimeLogConfigs", "RealtimeLogConfigs", counted=False)
        return Answer({str(one.get("ARN")): one for one in listed.data}, listed.reading)

    try:
        return place.session.once.get((REALTIME, place.account), ask)
    except ReadFailure as failure:
        return place.unread(failure)


def _streams(
    place: AwsPlace, arns: Sequence[Any], configs: Mapping[str, Mapping[str, Any]], name: str
) -> Sequence[Stream]:
    rates: dict[str | Unread, list[int | None]] = {}
    for arn in arns:
        if not arn:
            continue
        config = configs.get(arn)
        if config is None:
            unknown = place.misread(REALTIME, "a configuration that is used is not listed", arn)
            rates.setdefault(unknown, []).append(None)
            continue
        rate = config.get("SamplingRate")
        ends = [
            end.get("KinesisStreamConfig", {}).get("StreamARN") for end in config.get("EndPoints") or [{}]
        ]
        # Once for each cache behavior, however often its configuration names a stream.
        for end in dict.fromkeys(ends):
            found = destination_of(end)
            to = found[0] if found else place.misread(REALTIME, f"an unknown stream of {arn}", name)
            rates.setdefault(to, []).append(rate if isinstance(rate, int) else None)
    return [Stream(to=to, rates=tuple(each)) for to, each in rates.items()]


def _chosen(place: AwsPlace, stream: Stream, behaviors: int, name: str) -> Filter | Unread | None:
    """What a stream gets of all requests: of several rates, the lowest counts, for any request may have it."""
    rates = [rate for rate in stream.rates if rate is not None and 0 < rate <= ALL]
    if len(rates) < len(stream.rates):
        return place.misread(REALTIME, "a sampling rate that is no percentage", name)
    if len(rates) < behaviors:
        why = f"real-time logs of {len(rates)} of {behaviors} cache behaviors go to this stream"
        return place.not_told(CONFIG, why, name)
    lowest = min(rates)
    if lowest == ALL:
        return None
    share = f"{Decimal(lowest) / ALL}"
    return Filter(id=f"aws:sample/{share}", dialect="sample", text=share)


CLOUDFRONT_FAMILY = Family(
    sources=(
        LogSource(
            id=SOURCE,
            title="Requests of viewers to a CloudFront distribution",
            provider="aws",
            scope_kinds=("aws.account",),
            fields=(
                Field(name="c-ip"),
                Field(name="cs-method"),
                Field(name="cs(Host)"),
                Field(name="cs-uri-stem"),
                Field(name="cs-protocol"),
                Field(name="sc-status", kind="number"),
                Field(name="x-edge-location"),
                Field(name="x-edge-result-type"),
            ),
            needs=(LOGGING,),
            emitters=DISTRIBUTION,
            limits=(
                "CloudFront delivers logs on a best-effort basis.",
                "Which fields a real-time log configuration leaves out is not judged.",
                "In the China regions, tags and vended deliveries of distributions are unknown.",
                *deliveries.LIMITS,
            ),
            documentation="https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/AccessLogs.html",
        ),
    ),
    hop_kinds=(
        HopKind(
            id=LOGGING,
            title="Logging of a CloudFront distribution",
            effects=("carry",),
            origins=("aws.account",),
            leads_to=(*deliveries.LEADS_TO, "aws:kinesis/*"),
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.cloudfront",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(
                observe_distributions,
                service="cloudfront",
                sources=(SOURCE,),
                listings=(DISTRIBUTION, LOGGING),
            ),
            listings=(DISTRIBUTION, LOGGING),
            sources=(SOURCE,),
            operations=(
                *scopes.OPERATIONS,
                *deliveries.OPERATIONS,
                *resource_tags.OPERATIONS,
                *reads(
                    {
                        LIST: "distributions",
                        CONFIG: "whether and where to a distribution logs",
                        REALTIME: "where real-time logs go, asked only where there are any",
                    }
                ),
            ),
        ),
    ),
)
