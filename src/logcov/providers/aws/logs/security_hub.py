"""Security Hub: whether findings are made in each account and region, and the event buses that they come to.

Sources: securityhub:DescribeHub, and DescribeSecurityHubV2 where that shows no hub: one or two calls per account and
region where it is off. Where the first is on, GetAdministratorAccount and GetEnabledStandards; ListFindingAggregators and
GetFindingAggregator once per account that administers itself or others. Security Hub user guide, "Security Hub event
types in EventBridge": each finding is one event; an administrator's bus gets those of its members too, and the bus of
an aggregation Region those of linked Regions.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Emitter, Fact, Listing, Route, Scope, Unread
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import parsed
from logcov.providers.aws.client import Answer, AwsPlace
from logcov.providers.aws.offered import NO_ENDPOINT

SOURCE = "aws.securityhub.finding"
HUB, EVENTS = "aws.securityhub.hub", "aws.securityhub.events"
DESCRIBE, DESCRIBE_V2 = "securityhub:DescribeHub", "securityhub:DescribeSecurityHubV2"
STANDARDS = "securityhub:GetEnabledStandards"
ADMINISTRATOR = "securityhub:GetAdministratorAccount"
AGGREGATORS, AGGREGATOR = "securityhub:ListFindingAggregators", "securityhub:GetFindingAggregator"
OFF = ("InvalidAccessException", "ResourceNotFoundException")
"""Error codes of DescribeHub and its like that mean: not switched on here."""
V1, V2 = "Security Hub Findings - Imported", "Findings Imported V2"
APART = frozenset({"created", "invited", "disabled", "removed", "resigned", "deleted"})
"""States of an account that is no member, or none any more."""
LINKING = frozenset({"ALL_REGIONS", "ALL_REGIONS_EXCEPT_SPECIFIED", "SPECIFIED_REGIONS", "NO_REGIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """What is known of the hub here: on, off, or unread; and the kind of event that it makes, empty if not known."""

    on: bool | Unread
    event: str
    readings: tuple[str, ...]
    raw: Mapping[str, Any]
    doubt: Unread | None = None
    """Why the kind of event is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bus:
    """An event bus that findings come to; `enabled` is unread where that is not documented."""

    name: str
    to: str | Unread
    enabled: bool | Unread = True
    readings: tuple[str, ...] = ()


def observe_hubs(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The findings of one account and region, the hub that makes them, and the buses that they come to.

    Raises:
        ReadFailure: the service has no endpoint here.
    """
    hub = _hub(place)
    yield Emitter(
        source=SOURCE,
        scope=scope.id,
        location=location,
        fields={"detail-type": hub.event} if hub.event else {},
        readings=hub.readings,
    )
    setting = f"aws:securityhub/{location}/{place.account}/hub"
    if hub.on is not False:
        yield Route(
            id=setting,
            kind=HUB,
            setting=setting,
            effect="generate",
            origin=scope.id,
            location=location,
            sources=(SOURCE,),
            enabled=hub.on,
            readings=hub.readings,
            raw=hub.raw,
        )
        for bus in _buses(place, hub):
            yield Route(
                id=f"{setting}#{bus.name}",
                kind=EVENTS,
                setting=setting,
                effect="carry",
                origin=scope.id,
                location=location,
                sources=(SOURCE,),
                enabled=bus.enabled,
                to=bus.to,
                readings=tuple(dict.fromkeys((*hub.readings, *bus.readings))),
            )
    for kind in (HUB, EVENTS):
        yield Listing(kind=kind, at=scope.id, location=location, readings=hub.readings)


def _hub(place: AwsPlace) -> Hub:
    unread: Unread | None = None
    try:
        first = place.call("securityhub", "DescribeHub")
    except ReadFailure as failure:
        if failure.code in NO_ENDPOINT:
            raise
        if failure.code not in OFF:
            unread = place.unread(failure)
    else:
        raw = {name: first.data.get(name) for name in ("HubArn", "SubscribedAt")}
        return Hub(on=True, event=V1, readings=(first.reading,), raw={**raw, "standards": _standards(place)})
    second = place.value("securityhub", "DescribeSecurityHubV2", absent=OFF)
    if isinstance(second, Answer):
        raw = {name: second.data.get(name) for name in ("HubV2Arn", "SubscribedAt")}
        event = "" if unread else V2
        return Hub(on=True, event=event, readings=(second.reading,), raw=raw, doubt=unread)
    if unread is not None or second is not None:
        # Of two versions, one that is known to be off makes no events.
        event = V1 if second is None else V2 if unread is None else ""
        doubt = None if event else unread
        return Hub(on=unread or second or False, event=event, readings=(), raw={}, doubt=doubt)
    readings = (place.noted(DESCRIBE), place.noted(DESCRIBE_V2))
    return Hub(on=False, event=V1, readings=readings, raw={})


def _standards(place: AwsPlace) -> Any:
    """The standards that are on: evidence, on which nothing rests. Other products' findings need none."""
    try:
        told = place.pages("securityhub", "GetEnabledStandards", "StandardsSubscriptions")
    except ReadFailure as failure:
        place.unread(failure)
        return None
    return {str(one.get("StandardsArn")): one.get("StandardsStatus") for one in told.data}


# --- where findings come to -------------------------------------------------------------------------------


def _bus(account: str, region: str | None) -> str:
    return f"aws:events/{region}/{account}/default"


def _buses(place: AwsPlace, hub: Hub) -> Iterator[Bus]:
    """The bus of the account itself, that of its administrator, and those of the Region that aggregates."""
    yield Bus(name="events", to=_bus(place.account, place.region))
    if hub.doubt:
        # A rule that takes one version's events may take all that there are.
        yield Bus(name="unread", to=hub.doubt)
    if hub.event == V2:
        # The first version's API, which is off here, tells nothing of the second's.
        why = "which account and Region gather the findings of the second version is not read"
        yield Bus(name="administrator", to=place.not_told(DESCRIBE_V2, why))
        return
    told = place.value("securityhub", "GetAdministratorAccount", absent=OFF)
    if isinstance(told, Unread):
        yield Bus(name="administrator", to=told)
        return
    found = (told.data.get("Administrator") or {}) if told else {}
    linked = _linked(found)
    if linked is None:
        odd = place.misread(ADMINISTRATOR, f"an administrator with the status {found.get('MemberStatus')}")
        yield Bus(name="administrator", to=odd)
        return
    administrator = str(found["AccountId"]) if linked else ""
    readings = (told.reading,) if told else ()
    if administrator in {"", place.account}:
        home = _home(place)
        if home is not None:
            yield _aggregated("home", place.account, home)
        return
    yield Bus(name="administrator", to=_bus(administrator, place.region), readings=readings)
    home = _home(place.elsewhere(administrator, place.region))
    if home is None:
        return
    yield _aggregated("administrator-home", administrator, home)
    if isinstance(home, str):
        why = "whether findings come to a member's own bus in the aggregation Region is not documented"
        doubt = place.not_told(AGGREGATOR, why)
        yield Bus(name="home", to=_bus(place.account, home), enabled=doubt)


def _linked(administrator: Mapping[str, Any]) -> bool | None:
    """Whether the account is a member of the other one; None where its status is none that is known."""
    if not administrator.get("AccountId"):
        return False
    status = str(administrator.get("MemberStatus", "")).lower()
    return True if status in {"enabled", "associated"} else False if status in APART else None


def _aggregated(name: str, account: str, home: str | Unread) -> Bus:
    return Bus(name=name, to=home if isinstance(home, Unread) else _bus(account, home))


def _home(place: AwsPlace) -> str | Unread | None:
    """The Region in which an account gathers the findings of this one; None if it gathers none of this."""
    try:
        if not place.session.may_read(place.account):
            told = f"Security Hub is administered by account {place.account}, which is not audited"
            raise ReadFailure(call=AGGREGATORS, kind="not-observable", detail=told)  # noqa: TRY301
        told_of = place.session.once.get(
            ("securityhub-aggregators", place.account), lambda: _aggregators(place)
        )
    except ReadFailure as failure:
        return place.unread(failure, place.account)
    for aggregator in told_of:
        home, mode = aggregator.get("FindingAggregationRegion"), aggregator.get("RegionLinkingMode")
        if not isinstance(home, str) or mode not in LINKING:
            return place.misread(AGGREGATOR, f"an aggregator with the mode {mode}", place.account)
        named = place.region in (aggregator.get("Regions") or ())
        linked = mode == "ALL_REGIONS" or named is (mode == "SPECIFIED_REGIONS")
        if mode != "NO_REGIONS" and linked and home != place.region:
            return home
    return None


def _aggregators(place: AwsPlace) -> tuple[Mapping[str, Any], ...]:
    """The aggregators of an account, of which there is one at most; each is read in its own Region."""
    listed = place.pages("securityhub", "ListFindingAggregators", "FindingAggregators")
    found = []
    for one in listed.data:
        arn = one.get("FindingAggregatorArn")
        where = parsed(arn)
        if where is None or not where.region:
            raise unparseable(AGGREGATORS, "an aggregator without an ARN")
        there = place.elsewhere(place.account, where.region, place.about)
        found.append(
            there.call("securityhub", "GetFindingAggregator", subject=arn, FindingAggregatorArn=arn).data
        )
    return tuple(found)
