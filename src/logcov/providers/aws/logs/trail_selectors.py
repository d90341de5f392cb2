"""Which events a CloudTrail trail takes.

Sources: cloudtrail:GetEventSelectors; CloudTrail user guide, "Global service events".
"""

import json
from dataclasses import dataclass

from logcov.errors import ReadFailure
from logcov.inventory import Filter, Unread
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.client import AwsPlace
from logcov.providers.aws.logs.trail_seen import Seen, parts_of

GLOBAL_REGIONS = {"aws": "us-east-1"}
"""Partition → the one region in which events of global services (IAM, CloudFront …) are recorded.

In China, those of CloudFront are recorded in `cn-northwest-1`, and others are not ("Amazon CloudTrail" in "Getting Started
with AWS services in China"); of the other partitions, no page tells. There, any region may record some.
"""

SELECTORS = ("TrailARN", "EventSelectors", "AdvancedEventSelectors")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which events a trail takes, and the reading that says so."""

    filter: Filter
    reading: str


def selectors_of(place: AwsPlace, seen: Seen) -> Chosen | Unread:
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
        if all(name not in answer.data for name in SELECTORS[1:]):
            raise unparseable(call, "the answer has neither kind of selectors")
        text = {name: answer.data[name] for name in SELECTORS if name in answer.data}
        if seen.trail.get("IsMultiRegionTrail") is False and records_global_services(seen.arn):
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


def records_global_services(arn: str) -> bool:
    """Whether the home region of a trail may be one in which events of global services are recorded."""
    told = parts_of(arn)
    return GLOBAL_REGIONS.get(told.partition, told.region) == told.region


def takes_more(chosen: Chosen) -> bool:
    """Whether a trail may take other events than management events."""
    told = json.loads(chosen.filter.text)
    only_management = {"Field": "eventCategory", "Equals": ["Management"]}
    return any(one.get("DataResources") for one in told.get("EventSelectors", ())) or any(
        only_management not in one.get("FieldSelectors", ()) for one in told.get("AdvancedEventSelectors", ())
    )
