"""One CloudTrail trail as an account sees it in a region: what is listed of it, and its status there.

Sources: cloudtrail:DescribeTrails, GetTrailStatus.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from logcov.inventory import Unread
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import Arn, parsed
from logcov.providers.aws.client import AwsPlace


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


def arn_of(trail: Mapping[str, Any]) -> str:
    """The ARN of a listed trail.

    Raises:
        ReadFailure: it has none.
    """
    arn = trail.get("TrailARN")
    told = parsed(arn)
    if not isinstance(arn, str) or told is None or not told.resource.startswith("trail/"):
        raise unparseable("cloudtrail:DescribeTrails", "a trail without an ARN")
    return arn


def parts_of(arn: str) -> Arn:
    """The parts of what `arn_of` gave."""
    told = parsed(arn)
    assert told is not None
    return told


def trails_of(place: AwsPlace) -> tuple[Mapping[str, Mapping[str, Any]], str]:
    """ARN → trail, for all that an account sees in a region, and the reading; asked once.

    Raises:
        ReadFailure: DescribeTrails failed, so that nothing is known of the trails here.
    """

    def ask() -> tuple[Mapping[str, Mapping[str, Any]], str]:
        answer = place.call("cloudtrail", "DescribeTrails", includeShadowTrails=True)
        trails = answer.data.get("trailList")
        if not isinstance(trails, list):
            raise unparseable("cloudtrail:DescribeTrails", "the answer has no trailList")
        return {arn_of(trail): trail for trail in trails}, answer.reading

    return place.session.once.get(("trails", place.account, place.region), ask)


def acts_in(trail: Mapping[str, Any], arn: str, location: str) -> bool:
    """A trail of one region acts in its home region. Where it is not told to be one, it may act here."""
    return trail.get("IsMultiRegionTrail") is not False or parts_of(arn).region == location


def see(place: AwsPlace, trail: Mapping[str, Any], arn: str, listed: str) -> Seen:
    """A listed trail with its status in this region; `listed` is the reading of the list."""
    return place.session.once.get(
        ("trail seen", place.account, place.region, arn), lambda: _seen(place, trail, arn, listed)
    )


def _seen(place: AwsPlace, trail: Mapping[str, Any], arn: str, listed: str) -> Seen:
    told = parts_of(arn)
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
