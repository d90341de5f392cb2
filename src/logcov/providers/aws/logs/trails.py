"""CloudTrail trails: what each account and region writes, and which trails carry it away.

Sources: cloudtrail:DescribeTrails, GetTrailStatus, GetEventSelectors, LookupEvents; CloudTrail user guide, "Creating
a trail for an organization", "CloudTrail log file name format"; EventBridge user guide, "AWS service events delivered
via AWS CloudTrail".
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from logcov.inventory import Delivery, Emitter, Fact, Listing, Route, Scope, Unread
from logcov.providers.aws.accounts import ACCOUNT_PREFIX, DORMANT
from logcov.providers.aws.arns import log_group_id, under
from logcov.providers.aws.client import AwsPlace, Organization
from logcov.providers.aws.logs.trail_activity import activity
from logcov.providers.aws.logs.trail_seen import Seen, acts_in, see, trails_of
from logcov.providers.aws.logs.trail_selectors import Chosen, selectors_of, takes_more
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
EVENTS = ("aws.cloudtrail.management", "aws.cloudtrail.data", "aws.cloudtrail.network_activity")
MANAGEMENT, OTHERS = EVENTS[:1], EVENTS[1:]
ON_BUS = "#events"
"""How ids of routes to an event bus go on."""
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


def observe_trails(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The CloudTrail events of one account and region, and the trails that take them.

    Yields the emitters, which need no call; a `Route` for each trail that acts here and each of its
    destinations; and the listing `aws.trail`.

    Raises:
        ReadFailure: DescribeTrails failed, so that nothing is known of the trails here.
    """
    yield from events_of(scope, location, EVENTS)
    if scope.state in DORMANT or location is None:
        return
    trails, reading = trails_of(place)
    seen = [
        see(place, trails[arn], arn, reading) for arn in sorted(trails) if acts_in(trails[arn], arn, location)
    ]
    for trail in seen:
        yield from routes_of(place, scope, location, trail)
    yield Listing(kind="aws.trail", at=scope.id, location=location, readings=(reading,))
    yield from activity(place, scope, location, seen)


def events_of(scope: Scope, location: str | None, sources: Sequence[str]) -> Iterator[Emitter]:
    """The emitters of these kinds of CloudTrail events in one account and region."""
    fields = {"recipientAccountId": scope.id.removeprefix(ACCOUNT_PREFIX)}
    if location is not None:
        fields["awsRegion"] = location
    asleep = f"the account is {scope.state}" if scope.state in DORMANT else ""
    for source in sources:
        yield Emitter(
            source=source,
            scope=scope.id,
            location=location,
            fields=fields,
            not_applicable=asleep,
            readings=scope.readings,
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


def routes_of(place: AwsPlace, scope: Scope, location: str, seen: Seen) -> Iterator[Fact]:
    """A route for each place that a trail brings events of this account and region to, and its filter."""
    trail = seen.trail
    selectors = selectors_of(place, seen)
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
    on_bus = replace(common, to=f"aws:events/{location}/{place.account}/default")
    yield replace(on_bus, id=f"{key}{ON_BUS}", sources=MANAGEMENT, enabled=_on_bus(place, seen, enabled))
    if isinstance(selectors, Unread) or takes_more(selectors):
        yield replace(
            on_bus, id=f"{key}{ON_BUS}-others", sources=OTHERS, enabled=_others_on_bus(place, seen, enabled)
        )


def _on_bus(place: AwsPlace, seen: Seen, enabled: bool | Unread) -> bool | Unread:  # noqa: FBT001 - a fact's value
    """Whether management events come to the default bus of the account in which they happen.

    They do where a trail of the account logs them. Of an organisation's trail, members are not told.
    """
    if seen.owner == place.account or enabled is not True:
        return enabled
    told = (
        "whether an organisation's trail brings a member's events to the member's event bus is not documented"
    )
    return place.not_told("cloudtrail:DescribeTrails", told, seen.arn)


def _others_on_bus(place: AwsPlace, seen: Seen, enabled: bool | Unread) -> bool | Unread:  # noqa: FBT001 - a fact's value
    """Whether other events than management events come to the bus. Some do: S3's say so, of most nobody tells."""
    if enabled is not True:
        return enabled
    told = "which data and network activity events a trail brings to the event bus is not documented in full"
    return place.not_told("cloudtrail:DescribeTrails", told, f"{seen.arn}, other events")


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
