"""CloudTrail trails: what each account and region writes, and which trails carry it away.

Sources: cloudtrail:DescribeTrails, GetTrailStatus, GetEventSelectors, LookupEvents, and the CloudTrail user
guide ("Creating a trail for an organization", "CloudTrail log file name format").
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Activity, Delivery, Emitter, Fact, Filter, Listing, Route, Scope, Unread
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import Arn, log_group_id, parsed, under
from logcov.providers.aws.client import ACCOUNT_PREFIX, DORMANT, AwsPlace, Organization
from logcov.providers.aws.times import plain, utc
from logcov.providers.rows import Operation

OPERATIONS = (
    Operation(call="cloudtrail:DescribeTrails", wire="cloudtrail DescribeTrails", why="trails"),
    Operation(
        call="cloudtrail:GetTrailStatus",
        wire="cloudtrail GetTrailStatus",
        why="whether a trail logs, and how its last deliveries went",
    ),
    Operation(
        call="cloudtrail:GetEventSelectors",
        wire="cloudtrail GetEventSelectors",
        why="which events a trail takes",
    ),
    Operation(
        call="cloudtrail:LookupEvents",
        wire="cloudtrail LookupEvents",
        why="whether there was anything to deliver since a trail last delivered",
    ),
    Operation(
        call="organizations:DescribeOrganization",
        wire="organizations DescribeOrganization",
        why="the organisation's id, which is part of where organisation trails write",
    ),
)

WRITER = "cloudtrail.amazonaws.com"
SOURCES = ("aws.cloudtrail.*",)
GLOBAL_REGIONS = {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-northwest-1"}
"""Partition → the region in which events of global services (IAM, CloudFront …) are recorded."""

NEVER_OFF = frozenset(
    {
        "ap-northeast-1",
        "ap-northeast-2",
        "ap-northeast-3",
        "ap-south-1",
        "ap-southeast-1",
        "ap-southeast-2",
        "ca-central-1",
        "cn-north-1",
        "cn-northwest-1",
        "eu-central-1",
        "eu-north-1",
        "eu-west-1",
        "eu-west-2",
        "eu-west-3",
        "sa-east-1",
        "us-east-1",
        "us-east-2",
        "us-gov-east-1",
        "us-gov-west-1",
        "us-west-1",
        "us-west-2",
    }
)
"""Regions that every account has (AWS Account Management: "Enable or disable AWS Regions")."""

STALE_AFTER = timedelta(hours=24)
SETTLED = timedelta(hours=6)
"""CloudTrail delivers within minutes; a record older than this and still undelivered is late for sure."""
GRACE = timedelta(minutes=15)
"""What is written shortly after a delivery may still belong to it."""
LOOKED_UP_PAGES = 8
"""Pages of the event history that are looked at: the API answers two calls a second."""

HISTORY = timedelta(days=89)
"""Event history goes back 90 days."""
UNLISTENED = frozenset({"kms.amazonaws.com", "rdsdata.amazonaws.com"})
"""The two services whose events a trail can leave out: no proof that a trail had something to deliver."""

EVIDENCE = (
    "Name",
    "TrailARN",
    "HomeRegion",
    "IsMultiRegionTrail",
    "IsOrganizationTrail",
    "IncludeGlobalServiceEvents",
    "LogFileValidationEnabled",
    "S3BucketName",
    "S3KeyPrefix",
    "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn",
    "KmsKeyId",
)
STATUS_EVIDENCE = (
    "IsLogging",
    "LatestDeliveryTime",
    "LatestDeliveryError",
    "LatestDigestDeliveryTime",
    "LatestDigestDeliveryError",
    "LatestCloudWatchLogsDeliveryTime",
    "LatestCloudWatchLogsDeliveryError",
    "StopLoggingTime",
)


SELECTORS = ("TrailARN", "EventSelectors", "AdvancedEventSelectors")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which events a trail takes, and the reading that says so."""

    filter: Filter
    reading: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A trail as one account sees it in one region, and what was read of it there."""

    trail: Mapping[str, Any]
    arn: str
    owner: str
    home: str
    setting: str
    status: Mapping[str, Any] | Unread
    readings: tuple[str, ...]


def observe_trails(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The CloudTrail events of one account and region, and the trails that take them.

    Yields the emitters, which need no call; a `Route` for each trail that acts here and each of its
    destinations; and the listing `aws.trail`.

    Raises:
        ReadFailure: DescribeTrails failed, so that nothing is known of the trails here.
    """
    yield from _emitters(scope, location)
    if scope.state in DORMANT or location is None:
        return
    answer = place.call("cloudtrail", "DescribeTrails", includeShadowTrails=True)
    trails = answer.data.get("trailList")
    if not isinstance(trails, list):
        raise unparseable("cloudtrail:DescribeTrails", "the answer has no trailList")
    arns = {_arn(trail): trail for trail in trails}
    seen = [
        _seen(place, arns[arn], arn, answer.reading)
        for arn in sorted(arns)
        if _acts_in(arns[arn], arn, location)
    ]
    for trail in seen:
        yield from _routes(place, scope, location, trail)
    yield Listing(kind="aws.trail", at=scope.id, location=location, readings=(answer.reading,))
    yield from _activity(place, scope, location, seen)


def _emitters(scope: Scope, location: str | None) -> Iterator[Emitter]:
    fields = {"recipientAccountId": scope.id.removeprefix(ACCOUNT_PREFIX)}
    if location is not None:
        fields["awsRegion"] = location
    asleep = f"the account is {scope.state}" if scope.state in DORMANT else ""
    for source in ("aws.cloudtrail.management", "aws.cloudtrail.data"):
        yield Emitter(
            source=source,
            scope=scope.id,
            location=location,
            fields=fields,
            not_applicable=asleep,
            readings=scope.readings,
        )


# --- one trail as seen from here --------------------------------------------------------------------------


def _arn(trail: Mapping[str, Any]) -> str:
    arn = trail.get("TrailARN")
    told = parsed(arn)
    if not isinstance(arn, str) or told is None or not told.resource.startswith("trail/"):
        raise unparseable("cloudtrail:DescribeTrails", "a trail without an ARN")
    return arn


def _parts(arn: str) -> Arn:
    told = parsed(arn)
    assert told is not None
    return told


def _acts_in(trail: Mapping[str, Any], arn: str, location: str) -> bool:
    """A trail of one region acts in its home region. Where it is not told to be one, it may act here."""
    return trail.get("IsMultiRegionTrail") is not False or _parts(arn).region == location


def _seen(place: AwsPlace, trail: Mapping[str, Any], arn: str, listed: str) -> Seen:
    told = _parts(arn)
    # By its ARN: a member finds an organisation trail under no other name.
    answer = place.value("cloudtrail", "GetTrailStatus", subject=arn, Name=arn)
    assert answer is not None
    status = answer if isinstance(answer, Unread) else answer.data
    if not isinstance(status, Unread) and not isinstance(status.get("IsLogging"), bool):
        status = place.misread("cloudtrail:GetTrailStatus", "the answer has no IsLogging", arn)
    return Seen(
        trail=trail,
        arn=arn,
        owner=told.account,
        home=told.region,
        setting=f"aws:cloudtrail/{told.region}/{told.account}/{told.resource.removeprefix('trail/')}",
        status=status,
        readings=(listed,) if isinstance(answer, Unread) else (listed, answer.reading),
    )


def _enabled(place: AwsPlace, location: str, seen: Seen) -> bool | Unread:
    if isinstance(seen.status, Unread):
        return seen.status
    multi = seen.trail.get("IsMultiRegionTrail")
    if multi is not True and seen.home != location:
        return place.misread("cloudtrail:DescribeTrails", "a trail without IsMultiRegionTrail", seen.arn)
    if seen.owner != place.account and seen.home not in NEVER_OFF:
        # Members that have not enabled the home region of an organisation trail send it nothing.
        regions = place.session.regions.get(place.account)
        if regions is None or isinstance(regions, Unread):
            call = "ec2:DescribeRegions"
            return regions or place.not_told(call, f"whether {seen.home} is enabled was not read", seen.home)
        if seen.home not in regions:
            return False
    return bool(seen.status["IsLogging"])


def _routes(place: AwsPlace, scope: Scope, location: str, seen: Seen) -> Iterator[Fact]:
    trail = seen.trail
    selectors = _selectors(place, seen)
    readings = seen.readings
    if isinstance(selectors, Chosen):
        yield selectors.filter
        readings = (*readings, selectors.reading)
    enabled = _enabled(place, location, seen)
    key = f"{seen.setting}@{place.account}/{location}"
    raw = {name: trail[name] for name in EVIDENCE if name in trail}
    status = seen.status
    if not isinstance(status, Unread):
        raw["Status"] = {name: plain(status[name]) for name in STATUS_EVIDENCE if name in status}
    bucket = trail.get("S3BucketName")
    common = Route(
        id=key,
        kind="aws.trail",
        setting=seen.setting,
        effect="carry",
        origin=scope.id,
        location=location,
        sources=SOURCES,
        enabled=enabled,
        filter=selectors.filter.id if isinstance(selectors, Chosen) else selectors,
        since=None if isinstance(status, Unread) else utc(status.get("StartLoggingTime")),
        readings=readings,
        raw=raw,
    )
    yield replace(
        common,
        id=f"{key}#s3",
        to=f"aws:s3/{bucket}"
        if isinstance(bucket, str) and bucket
        else place.misread("cloudtrail:DescribeTrails", "a trail without a bucket", seen.arn),
        prefix=_prefix(place, location, seen),
        delivery=_delivery(seen, "LatestDelivery"),
        validated=_validated(place, seen),
        writer=WRITER,
    )
    group = trail.get("CloudWatchLogsLogGroupArn")
    if group:
        yield replace(
            common,
            id=f"{key}#logs",
            to=log_group_id(group)
            or place.misread("cloudtrail:DescribeTrails", "a log group that is no ARN", seen.arn),
            delivery=_delivery(seen, "LatestCloudWatchLogsDelivery"),
        )


def _prefix(place: AwsPlace, location: str, seen: Seen) -> str:
    """Where in the bucket this account's and region's log files are put.

    An organisation trail has the organisation's id in it. Where that is not known, the prefix ends before
    it: then more lifecycle rules may hit, never fewer.
    """
    start = str(seen.trail.get("S3KeyPrefix", ""))
    if seen.trail.get("IsOrganizationTrail") is False:
        return under(start, "AWSLogs", place.account, "CloudTrail", location)
    organization = place.session.organization_of(place.account)
    if seen.trail.get("IsOrganizationTrail") is not True or not isinstance(organization, Organization):
        return under(start, "AWSLogs")
    return under(start, "AWSLogs", organization.id, place.account, "CloudTrail", location)


def _validated(place: AwsPlace, seen: Seen) -> bool | Unread:
    """Digests are asked for, and their delivery does not fail."""
    asked = seen.trail.get("LogFileValidationEnabled")
    if not isinstance(asked, bool):
        return place.misread(
            "cloudtrail:DescribeTrails", "a trail without LogFileValidationEnabled", seen.arn
        )
    if not asked or isinstance(seen.status, Unread):
        return seen.status if asked and isinstance(seen.status, Unread) else False
    return not seen.status.get("LatestDigestDeliveryError")


def _delivery(seen: Seen, words: str) -> Delivery:
    if isinstance(seen.status, Unread):
        return Delivery(last_success=seen.status, last_error=seen.status)
    return Delivery(
        last_success=utc(seen.status.get(f"{words}Time")),
        last_error=seen.status.get(f"{words}Error") or None,
    )


# --- which events it takes --------------------------------------------------------------------------------


def _selectors(place: AwsPlace, seen: Seen) -> Chosen | Unread:
    """A trail's event selectors, read once, in its home region and as its owner.

    GetEventSelectors' JSON is kept word for word. One key may be added: `IncludeGlobalServiceEvents: false`,
    for a trail that leaves global services out in the region in which they are recorded.
    """
    session = place.session
    owner = session.place(seen.owner, seen.home)
    call = "cloudtrail:GetEventSelectors"

    def ask() -> Chosen:
        if not session.may_read(seen.owner):
            told = f"the trail belongs to account {seen.owner}, which is not audited"
            raise ReadFailure(call=call, kind="not-observable", detail=told)
        answer = owner.call("cloudtrail", "GetEventSelectors", subject=seen.arn, TrailName=seen.arn)
        if not answer.data.get("TrailARN"):
            raise unparseable(call, "the answer names no trail")
        text = {name: answer.data[name] for name in SELECTORS if name in answer.data}
        if seen.trail.get("IsMultiRegionTrail") is False and _records_global_services(seen.arn):
            included = seen.trail.get("IncludeGlobalServiceEvents")
            if not isinstance(included, bool):
                raise unparseable("cloudtrail:DescribeTrails", "a trail without IncludeGlobalServiceEvents")
            if not included:
                text["IncludeGlobalServiceEvents"] = False
        return Chosen(
            filter=Filter(
                id=f"{seen.setting}#selectors",
                dialect="aws.event-selectors",
                text=json.dumps(text, sort_keys=True),
            ),
            reading=answer.reading,
        )

    try:
        return session.once.get(("selectors", seen.arn), ask)
    except ReadFailure as failure:
        return owner.unread(failure, seen.arn)


def _records_global_services(arn: str) -> bool:
    told = _parts(arn)
    return GLOBAL_REGIONS.get(told.partition, told.region) == told.region


# --- was there anything to deliver? -----------------------------------------------------------------------


def _late_since(seen: Seen, now: datetime) -> datetime | None:
    """Since when a trail that logs without error has delivered nothing; None where it delivered lately."""
    if isinstance(seen.status, Unread) or not seen.status["IsLogging"]:
        return None
    words = ["LatestDelivery"]
    if seen.trail.get("CloudWatchLogsLogGroupArn"):
        words.append("LatestCloudWatchLogsDelivery")
    began = seen.status.get("StartLoggingTime") or now - HISTORY
    quiet = []
    for word in words:
        last = seen.status.get(f"{word}Time")
        if not seen.status.get(f"{word}Error") and (last is None or now - last > STALE_AFTER):
            quiet.append(last or began)
    return max(quiet) if quiet else None


def _activity(place: AwsPlace, scope: Scope, location: str, seen: Sequence[Seen]) -> Iterator[Fact]:
    """Proof that there were records to deliver since the late ones of these trails delivered last.

    Both a read and a write are looked for, neither of a service that trails can leave out: then there was
    something for every trail that takes management events at all. Asked only about trails that look late,
    since LookupEvents answers two calls a second per account and region. The listing `activity` says that
    the history was asked: without it, nobody knows whether there was anything to deliver.
    """
    now = datetime.now(UTC)
    quiet = [since for trail in seen if (since := _late_since(trail, now)) is not None]
    if not quiet:
        return
    start, end = max(max(quiet) + GRACE, now - HISTORY), now - SETTLED
    found: list[datetime] = []
    readings: list[str] = []
    for reads in ("true", "false") if start < end else ():
        try:
            newest, asked = _looked_up(place, reads, start, end)
        except ReadFailure as failure:
            place.unread(failure, hides=("activity",))
            return
        found += newest
        readings += asked
    if len(found) > 1:
        yield Activity(
            source="aws.cloudtrail.management",
            scope=scope.id,
            location=location,
            at=utc(min(found)) or "",
            readings=tuple(readings),
        )
    yield Listing(kind="activity", at=scope.id, location=location, readings=tuple(readings))


def _looked_up(
    place: AwsPlace, reads: str, start: datetime, end: datetime
) -> tuple[Sequence[datetime], Sequence[str]]:
    """The newest event in this time, or none, and the readings; pages without one are followed on.

    Raises:
        ReadFailure: it could not be asked, or the first pages hold no such event and there are more.
    """
    readings: list[str] = []
    more: dict[str, str] = {}
    for page in range(LOOKED_UP_PAGES):
        answer = place.call(
            "cloudtrail",
            "LookupEvents",
            subject=f"ReadOnly={reads}" + (f" page {page + 1}" if page else ""),
            LookupAttributes=[{"AttributeKey": "ReadOnly", "AttributeValue": reads}],
            StartTime=start,
            EndTime=end,
            MaxResults=50,
            **more,
        )
        readings.append(answer.reading)
        newest = _newest(answer.data, start, end)
        token = answer.data.get("NextToken")
        if newest or not token:
            return newest, readings
        more = {"NextToken": token}
    told = f"the first {LOOKED_UP_PAGES} pages hold no event that every trail takes, and there are more"
    raise ReadFailure(call="cloudtrail:LookupEvents", kind="not-observable", detail=told)


def _newest(data: Mapping[str, Any], start: datetime, end: datetime) -> Sequence[datetime]:
    """When the newest event happened that no trail can have left out; none: an empty list."""
    call = "cloudtrail:LookupEvents"
    events = data.get("Events")
    if not isinstance(events, list):
        raise unparseable(call, "the answer has no Events")
    times: list[datetime] = []
    for event in events:
        at, source = event.get("EventTime"), event.get("EventSource")
        if not isinstance(at, datetime) or not source:
            raise unparseable(call, "an event without time or source")
        if source not in UNLISTENED and start <= at <= end:
            times.append(at)
    return [max(times)] if times else []
