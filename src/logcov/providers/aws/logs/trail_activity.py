"""Whether there was anything that a trail could have delivered since it did last.

Source: cloudtrail:LookupEvents, the history of the last 90 days.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Activity, Fact, Listing, Scope, Unread
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.client import AwsPlace
from logcov.providers.aws.logs.trail_seen import Seen
from logcov.providers.aws.times import utc

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


def activity(place: AwsPlace, scope: Scope, location: str, seen: Sequence[Seen]) -> Iterator[Fact]:
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
