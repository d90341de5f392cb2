"""CloudTrail Insights: events about unusual numbers of calls and errors, which a trail writes if it is asked to.

Sources: cloudtrail:GetInsightSelectors; CloudTrail user guide, "Working with CloudTrail Insights". They are put beside
the trail's log files, below `CloudTrail-Insight`, and a trail can have them only while it logs management events.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Fact, Filter, Listing, Route, Scope, Unread
from logcov.providers.aws.accounts import DORMANT
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.client import AwsPlace
from logcov.providers.aws.logs.trail_seen import Seen, acts_in, see, trails_of
from logcov.providers.aws.logs.trail_selectors import Chosen
from logcov.providers.aws.logs.trails import ON_BUS, events_of, routes_of
from logcov.providers.aws.permissions import reads

SOURCE, KIND = "aws.cloudtrail.insight", "aws.trail.insights"
CALL = "cloudtrail:GetInsightSelectors"
OPERATIONS = reads({CALL: "whether a trail writes Insights events, and which"})
TYPES = ("ApiCallRateInsight", "ApiErrorRateInsight")
FIELD = "insightDetails.insightType"
MANAGEMENT = "Management"
"""Of `EventCategories`, the one whose calls are watched unless others are named."""
OFF = "InsightNotEnabledException"


def observe_insights(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The Insights events of one account and region, and the trails that write them.

    Raises:
        ReadFailure: DescribeTrails failed, so that nothing is known of the trails here.
    """
    yield from events_of(scope, location, (SOURCE,))
    if scope.state in DORMANT or location is None:
        return
    trails, reading = trails_of(place)
    for arn in sorted(trails):
        if acts_in(trails[arn], arn, location):
            yield from _routes(place, scope, location, see(place, trails[arn], arn, reading))
    yield Listing(kind=KIND, at=scope.id, location=location, readings=(reading,))


def _routes(place: AwsPlace, scope: Scope, location: str, seen: Seen) -> Iterator[Fact]:
    """The trail's routes to where it puts log files, for Insights events; none if it is not asked for any."""
    chosen = _chosen(place, seen)
    if chosen is None:
        return
    if isinstance(chosen, Chosen):
        yield chosen.filter
    for fact in routes_of(place, scope, location, seen):
        if not isinstance(fact, Route) or ON_BUS in fact.id.rpartition("@")[2]:
            continue
        yield replace(
            fact,
            id=f"{fact.id}-insights",
            kind=KIND,
            sources=(SOURCE,),
            filter=chosen.filter.id if isinstance(chosen, Chosen) else chosen,
            prefix=_prefix(fact.prefix),
            # Deliveries are told of all log files together: that there were none lately says nothing of Insights events.
            delivery=fact.delivery if fact.delivery and fact.delivery.last_error else None,
            readings=(*fact.readings, chosen.reading) if isinstance(chosen, Chosen) else fact.readings,
        )


def _of_management(selector: Mapping[str, Any]) -> bool:
    return MANAGEMENT in (selector.get("EventCategories") or (MANAGEMENT,))


def _prefix(prefix: str) -> str:
    """Where Insights events are put, of where log files are. The trail's own part, which may hold anything, stays."""
    own, below, rest = prefix.rpartition("AWSLogs/")
    return own + below + rest.replace("/CloudTrail/", "/CloudTrail-Insight/")


def _chosen(place: AwsPlace, seen: Seen) -> Chosen | Unread | None:
    """Which Insights events a trail writes, read once, in its home region and as its owner; None if none."""
    session = place.session
    owner = session.place(seen.owner, seen.home)

    def ask() -> Chosen | None:
        if not session.may_read(seen.owner):
            told = f"the trail belongs to account {seen.owner}, which is not audited"
            raise ReadFailure(call=CALL, kind="not-observable", detail=told)
        try:
            answer = owner.call("cloudtrail", "GetInsightSelectors", subject=seen.arn, TrailName=seen.arn)
        except ReadFailure as failure:
            if failure.code == OFF:
                owner.noted(CALL)
                return None
            raise
        selectors = answer.data.get("InsightSelectors")
        if not isinstance(selectors, list):
            raise unparseable(CALL, "the answer has no InsightSelectors")
        types = {one.get("InsightType") for one in selectors} - {None}
        watched = {one.get("InsightType") for one in selectors if _of_management(one)} - {None}
        if types - watched:
            # They tell of numbers of data events only, and no field that is known tells them from others.
            told = f"what {', '.join(sorted(types - watched))} of data events alone tells is not followed"
            raise ReadFailure(call=CALL, kind="not-observable", detail=told)
        if not types:
            return None
        return Chosen(
            filter=Filter(
                id=f"{seen.setting}#insights", dialect="fields", text=json.dumps({FIELD: sorted(types)})
            ),
            reading=answer.reading,
        )

    try:
        return session.once.get(("insights", seen.arn), ask)
    except ReadFailure as failure:
        return owner.unread(failure, seen.arn)
