"""GuardDuty: what its detectors find, feature by feature, and where findings go.

Sources: guardduty:ListDetectors; where there is a detector GetDetector, GetAdministratorAccount, ListFilters,
ListPublishingDestinations, and GetFilter and DescribePublishingDestination once for each filter and destination: one
call per account and region without a detector, five with a plain one. What an administrator set up is read once for
all of its members. GuardDuty user guide, "Exporting generated findings", "Processing findings with EventBridge",
"Suppression rules", "Relationship between administrator account and member accounts": the administrator's suppression
rules act on its members' findings, and its bus and buckets get them too.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Delivery, Emitter, Fact, Filter, Listing, Route, Scope, Unread
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import destination_of, under
from logcov.providers.aws.client import Answer, AwsPlace
from logcov.providers.aws.logs.guardduty_suppression import FILTERS, suppressed

SOURCE = "aws.guardduty.finding"
DETECTOR, PUBLISHING = "aws.guardduty.detector", "aws.guardduty.publishing"
LIST, DESCRIBE = "guardduty:ListDetectors", "guardduty:GetDetector"
ADMINISTRATOR = "guardduty:GetAdministratorAccount"
DESTINATIONS = "guardduty:ListPublishingDestinations"
DESTINATION = "guardduty:DescribePublishingDestination"
FOUNDATION = ("CLOUD_TRAIL", "DNS_LOGS", "FLOW_LOGS")
"""Features that each detector has and nobody can switch off."""
FEATURES = (
    *FOUNDATION,
    "S3_DATA_EVENTS",
    "EKS_AUDIT_LOGS",
    "EBS_MALWARE_PROTECTION",
    "RDS_LOGIN_EVENTS",
    "LAMBDA_NETWORK_LOGS",
    "EKS_RUNTIME_MONITORING",
    "RUNTIME_MONITORING",
    "AI_PROTECTION",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """Where an account's findings are put: a destination, the prefix in it, and whether it works."""

    name: str
    to: str | Unread
    start: str = ""
    enabled: bool | Unread = True
    delivery: Delivery | None = None
    readings: tuple[str, ...] = ()
    raw: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlets:
    """All places that findings are put by what one account set up, and what never gets there (None: nothing)."""

    account: str
    outlets: tuple[Outlet, ...]
    suppression: Filter | Unread | None


def observe_detectors(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The findings of one account and region, the detector that makes them, and everywhere they are put.

    Raises:
        ReadFailure: ListDetectors failed.
    """
    listed = _detectors(place)
    yield Emitter(
        source=SOURCE,
        scope=scope.id,
        location=location,
        fields={"accountId": place.account, "region": str(location)},
        readings=(listed.reading,),
    )
    for detector in sorted(listed.data):
        yield from _generated(place, scope, location, detector, listed.reading)
        own = _outlets(place, detector)
        administrator, reading = _administrator(place, detector)
        readings = (listed.reading, *((reading,) if reading else ()))
        theirs = _theirs(place, administrator) if administrator else None
        # A member's findings are held back by the rules of its administrator, which has them all.
        suppression = _suppression(place, own, theirs)
        if isinstance(suppression, Filter):
            yield suppression
        for outlets in (own, *((theirs,) if theirs else ())):
            for outlet in outlets.outlets:
                yield _carried(place, scope, location, detector, outlets, outlet, suppression, readings)
    for kind in (DETECTOR, PUBLISHING):
        yield Listing(kind=kind, at=scope.id, location=location, readings=(listed.reading,))


def _detectors(place: AwsPlace) -> Answer:
    def ask() -> Answer:
        listed = place.pages("guardduty", "ListDetectors", "DetectorIds")
        if not all(isinstance(one, str) for one in listed.data):
            raise unparseable(LIST, "a detector without an id")
        return listed

    return place.session.once.get(("guardduty", place.account, place.region), ask)


# --- what is generated ------------------------------------------------------------------------------------


APART = frozenset({"created", "invited", "disabled", "removed", "resigned", "deleted"})
"""States of an account that is no member, or none any more."""


def _setting(place: AwsPlace, detector: str) -> str:
    return f"aws:guardduty/{place.region}/{place.account}/{detector}"


def _generated(
    place: AwsPlace, scope: Scope, location: str | None, detector: str, listed: str
) -> Iterator[Fact]:
    setting = _setting(place, detector)
    told = place.value("guardduty", "GetDetector", subject=detector, DetectorId=detector)
    assert told is not None
    features: Filter | Unread
    if isinstance(told, Unread):
        enabled: bool | Unread = told
        features = told
    else:
        enabled = {"ENABLED": True, "DISABLED": False}.get(str(told.data.get("Status"))) or False
        if told.data.get("Status") not in {"ENABLED", "DISABLED"}:
            enabled = place.misread(DESCRIBE, "a detector that is neither on nor off", detector)
        features = _features(place, setting, told.data.get("Features"), detector)
    if isinstance(features, Filter):
        yield features
    yield Route(
        id=setting,
        kind=DETECTOR,
        setting=setting,
        effect="generate",
        origin=scope.id,
        location=location,
        sources=(SOURCE,),
        enabled=enabled,
        filter=features.id if isinstance(features, Filter) else features,
        readings=(listed,) if isinstance(told, Unread) else (listed, told.reading),
        raw={}
        if isinstance(told, Unread)
        else {
            "Status": told.data.get("Status"),
            "Features": {str(one.get("Name")): one.get("Status") for one in told.data.get("Features") or ()},
        },
    )


def _features(place: AwsPlace, setting: str, told: object, detector: str) -> Filter | Unread:
    """The features that are on. One that a detector does not name is off, but for those that each detector has."""
    if not isinstance(told, list):
        return place.misread(DESCRIBE, "a detector without features", detector)
    states = {one.get("Name"): one.get("Status") for one in told}
    odd = [name for name, state in states.items() if state not in {"ENABLED", "DISABLED"}]
    missing = [name for name in FOUNDATION if name not in states]
    if odd or missing:
        told = f"no clear state of the features {', '.join(map(str, odd + missing))}"
        return place.misread(DESCRIBE, told, detector)
    enabled = {name for name, state in states.items() if state == "ENABLED"}
    if "RUNTIME_MONITORING" in enabled:
        enabled.add("EKS_RUNTIME_MONITORING")  # which it took the place of
    text = json.dumps({"feature": sorted(enabled)})
    return Filter(id=f"{setting}#features", dialect="fields", text=text)


# --- where it goes ----------------------------------------------------------------------------------------


def _administrator(place: AwsPlace, detector: str) -> tuple[str, str]:
    """The account that administers this one, empty for none; `*` where that could not be read. And the reading."""
    told = place.value("guardduty", "GetAdministratorAccount", subject=detector, DetectorId=detector)
    if not isinstance(told, Answer):
        return "*", ""
    administrator = told.data.get("Administrator") or {}
    account, status = administrator.get("AccountId") or "", administrator.get("RelationshipStatus")
    if not account or account == place.account or str(status).lower() in APART:
        return "", told.reading
    return (str(account) if str(status).lower() == "enabled" else "*"), told.reading


def _suppression(place: AwsPlace, own: Outlets, theirs: Outlets | None) -> Filter | Unread | None:
    """What is held back. A member can make no rules, and whether those that it made before still hold is not told."""
    if theirs is None or isinstance(own.suppression, Unread):
        return own.suppression
    if own.suppression is not None and not isinstance(theirs.suppression, Unread):
        why = "whether suppression rules of a member's own still hold is not documented"
        return place.not_told(FILTERS, why)
    return theirs.suppression


def _theirs(place: AwsPlace, administrator: str) -> Outlets:
    """What the administrator's account set up; where that is not read, its bus is known all the same."""
    if administrator == "*":
        unread = place.not_told(ADMINISTRATOR, "whether another account administers GuardDuty is not known")
        return Outlets(account="*", outlets=(Outlet(name="unread", to=unread),), suppression=unread)
    there = place.elsewhere(administrator, place.region)
    try:
        if not place.session.may_read(administrator):
            told = f"GuardDuty is administered by account {administrator}, which is not audited"
            raise ReadFailure(call=DESTINATIONS, kind="not-observable", detail=told)  # noqa: TRY301
        detectors = sorted(_detectors(there).data)
        if not detectors:
            raise unparseable(LIST, "the administrator has no detector")
    except ReadFailure as failure:
        unread = there.unread(failure, administrator)
        bus = Outlet(name="events", to=f"aws:events/{place.region}/{administrator}/default")
        return Outlets(
            account=administrator, outlets=(bus, Outlet(name="unread", to=unread)), suppression=unread
        )
    return _outlets(there, detectors[0])


def _outlets(place: AwsPlace, detector: str) -> Outlets:
    """What an account set up for its detector, read once."""

    def ask() -> Outlets:
        bus = Outlet(name="events", to=f"aws:events/{place.region}/{place.account}/default")
        return Outlets(
            account=place.account,
            outlets=(bus, *_published(place, detector)),
            suppression=suppressed(place, detector, _setting(place, detector)),
        )

    return place.session.once.get(("guardduty-outlets", place.account, place.region, detector), ask)


def _published(place: AwsPlace, detector: str) -> Iterator[Outlet]:
    try:
        listed = place.pages(
            "guardduty",
            "ListPublishingDestinations",
            "Destinations",
            subject=detector,
            DetectorId=detector,
        )
    except ReadFailure as failure:
        yield Outlet(name="unread", to=place.unread(failure, detector))
        return
    for one in listed.data:
        name = str(one.get("DestinationId"))
        told = place.value(
            "guardduty",
            "DescribePublishingDestination",
            subject=name,
            DetectorId=detector,
            DestinationId=name,
        )
        assert told is not None
        if isinstance(told, Unread):
            yield Outlet(name=name, to=told, readings=(listed.reading,), raw=one)
            continue
        properties = told.data.get("DestinationProperties") or {}
        to = destination_of(properties.get("DestinationArn"))
        enabled, delivery = _state(place, told.data, name)
        yield Outlet(
            name=name,
            to=to[0] if to else place.misread(DESTINATION, "a destination that is no ARN", name),
            start=to[1] if to else "",
            enabled=enabled,
            delivery=delivery,
            readings=(listed.reading, told.reading),
            raw={
                "Status": told.data.get("Status"),
                "DestinationArn": properties.get("DestinationArn"),
                "KmsKeyArn": properties.get("KmsKeyArn"),
            },
        )


def _state(place: AwsPlace, told: Mapping[str, Any], name: str) -> tuple[bool | Unread, Delivery | None]:
    """Whether a destination is on, and whether findings come there. GuardDuty tells of failures, not of deliveries."""
    match told.get("Status"):
        case "PUBLISHING":
            return True, None
        case "STOPPED":
            return False, None
        case "UNABLE_TO_PUBLISH_FIX_DESTINATION_PROPERTY" as status:
            return True, Delivery(last_error=status)
        case "PENDING_VERIFICATION":
            return place.not_told(DESTINATION, "the destination is still being verified", name), None
        case status:
            return place.misread(DESTINATION, f"the unknown status {status}", name), None


def _carried(
    place: AwsPlace,
    scope: Scope,
    location: str | None,
    detector: str,
    outlets: Outlets,
    outlet: Outlet,
    suppression: Filter | Unread | None,
    readings: tuple[str, ...],
) -> Route:
    setting = _setting(place, detector)
    own = outlets.account == place.account
    bucket = isinstance(outlet.to, str) and outlet.to.startswith("aws:s3/")
    return Route(
        id=f"{setting}#{'' if own else outlets.account + '/'}{outlet.name}",
        kind=PUBLISHING,
        setting=setting if own else f"aws:guardduty/{place.region}/{outlets.account}/{outlet.name}",
        effect="carry",
        origin=scope.id,
        location=location,
        sources=(SOURCE,),
        enabled=outlet.enabled,
        filter=suppression.id if isinstance(suppression, Filter) else suppression,
        to=outlet.to,
        prefix=under(outlet.start, "AWSLogs", place.account, "GuardDuty", str(location)) if bucket else "",
        delivery=outlet.delivery,
        readings=tuple(dict.fromkeys((*readings, *outlet.readings))),
        raw={**(outlet.raw or {}), **({} if own else {"Administrator": outlets.account})},
    )
