"""CloudWatch's telemetry configuration: the resources that it found in an organisation's accounts.

Whether it says that their telemetry is on is not looked at: on means "to CloudWatch" and tells nothing of filters,
retention or errors; off may mean "to S3".

Calls, per region that is named: GetTelemetryEvaluationStatusForOrganization; where that is RUNNING,
ListResourceTelemetryForOrganization, 50 resources a page and ten accounts a call. None where everything could be read
directly.

Sources: API reference of both operations and of StartTelemetryEvaluationForOrganization (it applies to the region that
is asked, or is propagated from a home region); CloudWatch user guide, "Telemetry discovery and enablement".
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from logcov.config import AwsTarget
from logcov.errors import ReadFailure
from logcov.inventory import Fact, Scope
from logcov.providers.aws.client import AwsPlace, AwsSession
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.shortcuts.kinds import GLOBAL, KINDS, ROWS, Seen, region_in
from logcov.providers.aws.shortcuts.unlisted import Service, Unlisted, emitters, identity_of, unlisted
from logcov.providers.rows import ShortcutRow

NAME = "telemetry-configuration"
LIST = "observabilityadmin:ListResourceTelemetryForOrganization"
STATUS = "observabilityadmin:GetTelemetryEvaluationStatusForOrganization"
TYPES = (
    "AWS::EC2::VPC",
    "AWS::Lambda::Function",
    "AWS::EKS::Cluster",
    "AWS::WAFv2::WebACL",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::CloudFront::Distribution",
)
RUNNING = "RUNNING"
PAGE = 50
AT_ONCE = 10
"""Accounts that one call may name."""
MOST_NAMED = 100
"""With more accounts than that, all are asked about."""
SKEW = 86_400
"""How many seconds a clock may be ahead."""


def ask_telemetry(
    session: AwsSession, scopes: Sequence[Scope], facts: Sequence[Fact], sources: frozenset[str]
) -> Iterator[Fact]:
    """Names the resources that the telemetry configuration found in places that could not be listed.

    Never raises `ReadFailure`: what fails is a blind spot that hides nothing.
    """
    setting = session.target.shortcuts.telemetry
    missing = unlisted(session, scopes, facts, sources)
    types = tuple(name for name in TYPES if name in missing.types())
    if setting is None or not missing.accounts or not types:
        return
    for region in sorted(set(setting.regions)):
        place = session.place(setting.account, region)
        try:
            status = place.call("observabilityadmin", "GetTelemetryEvaluationStatusForOrganization")
        except ReadFailure as failure:
            place.unread(failure)
            continue
        if status.data.get("Status") != RUNNING:
            told = status.data.get("Status", "not told")
            place.not_told(STATUS, f"telemetry configuration is {told} here, so that its list means nothing")
            continue
        for accounts in _batches(missing):
            yield from _named(place, status.data, missing, types, accounts)


def _batches(missing: Unlisted) -> Iterator[tuple[str, ...]]:
    """The accounts of each call; none stands for all."""
    names = sorted(missing.accounts)
    if len(names) > MOST_NAMED:
        yield ()
        return
    for start in range(0, len(names), AT_ONCE):
        yield tuple(names[start : start + AT_ONCE])


def _named(
    place: AwsPlace,
    status: Mapping[str, Any],
    missing: Unlisted,
    types: tuple[str, ...],
    accounts: tuple[str, ...],
) -> Iterator[Fact]:
    first = accounts[0] if accounts else ""
    named: dict[str, Any] = {"AccountIdentifiers": list(accounts)} if accounts else {}
    try:
        answer = place.pages(
            "observabilityadmin",
            "ListResourceTelemetryForOrganization",
            "TelemetryConfigurations",
            subject=first,
            ResourceTypes=list(types),
            MaxResults=PAGE,
            **named,
        )
    except ReadFailure as failure:
        place.unread(failure, first)
        return
    # From its home region, those of other regions are told as well; ids need not say of which.
    only_here = not (status.get("HomeRegion") == place.region and status.get("RegionStatuses"))
    told = read(answer.data, str(place.region) if only_here else "", int(time.time()))
    if told.unusable:
        why = f"what names a resource and its region is missing in {told.unusable} of {len(answer.data)} results"
        place.misread(LIST, why, f"{first} results".strip())
    service = Service(
        call=LIST,
        via=NAME,
        subject=str(place.region),
        identity=identity_of(place.session, answer.reading),
    )
    yield from emitters(place.session, missing, service, told.seen)


# --- what it knows ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    """What results come to. `unusable`: how many of them name no resource that can be told apart, or no time."""

    seen: tuple[Seen, ...]
    unusable: int


def read(results: Sequence[Mapping[str, Any]], region: str, now: int) -> Told:
    """The resources that results tell of, as of `now` (seconds since 1970).

    `region`: where those are whose ids do not say; empty where that is not known.
    """
    seen: list[Seen] = []
    unusable = 0
    for result in results:
        kind = result.get("ResourceType")
        if kind not in TYPES:
            continue
        one = _resource(result, str(kind), region, now)
        if one is None:
            unusable += 1
        elif not KINDS[one.type].left_out(one):
            seen.append(one)
    return Told(tuple(seen), unusable)


def _resource(result: Mapping[str, Any], kind: str, region: str, now: int) -> Seen | None:
    account, name, at = (
        result.get(field) for field in ("AccountIdentifier", "ResourceIdentifier", "LastUpdateTimeStamp")
    )
    if not isinstance(account, str) or not isinstance(name, str) or not isinstance(at, int):
        return None
    updated = at // 1000
    if updated <= 0 or updated > now + SKEW:
        return None
    arn = name.startswith("arn:")
    where = (region_in(name) or GLOBAL) if arn else region
    if not where and any(ROWS[source].per_location for source in KINDS[kind].sources):
        return None
    seen = Seen(
        type=kind,
        account=account,
        region=where,
        id="" if arn else name,
        arn=name if arn else "",
        age=max(0, now - updated),
    )
    return seen if KINDS[kind].left_out(seen) or KINDS[kind].resource(seen) is not None else None


# --- the row ----------------------------------------------------------------------------------------------


def _asked_for(target: AwsTarget) -> bool:
    return target.shortcuts.telemetry is not None


TELEMETRY = ShortcutRow(
    name=NAME,
    provider="aws",
    asked_for=_asked_for,
    ask=ask_telemetry,
    sources=tuple(sorted({source for name in TYPES for source in KINDS[name].sources})),
    operations=reads(
        {
            STATUS: "whether telemetry configuration is evaluated, where `shortcuts` names it",
            LIST: "names of resources in places that can't be read, where `shortcuts` names `telemetry`",
        }
    ),
)
