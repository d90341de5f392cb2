"""Security Lake: what it collects of each account by itself, and the bucket that it puts it in.

Sources: organizations:ListDelegatedAdministrators, securitylake:ListDataLakes, GetDataLakeSources; Security Lake user
guide, "Collecting data from AWS services", "Managing multiple accounts with AWS Organizations" (one administrator, the
same in all Regions). Of an organisation, its lake's administrator is asked once for all lakes and once per Region that
has one; where there is no such administrator, each account is asked once for lakes of its own.

That somebody may not ask leaves a route of which nothing is known, so that nothing is called lost that a lake may hold.
No listing is needed for that: where an account is audited by itself, nobody there can tell of its organisation's lake,
and then every gap would be in doubt because of a lake that most have not got. The limits of the sources say so.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Fact, Filter, HopKind, Listing, Route, Scope, Unread
from logcov.providers.aws import scopes
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import bucket_and_prefix
from logcov.providers.aws.client import Answer, AwsPlace
from logcov.providers.aws.offered import NO_ENDPOINT, offered_in, where_offered
from logcov.providers.aws.offered import OPERATIONS as OFFERED
from logcov.providers.aws.permissions import reads
from logcov.providers.rows import Family, ObserverRow

KIND = "aws.security_lake"
LIMIT = (
    "The Security Lake of an organisation is seen only where the organisation is audited, not one account of it. "
    "A lake that a member runs beside its organisation's is not followed."
)
"""What is not seen of the sources that Security Lake takes."""
PRINCIPAL = "securitylake.amazonaws.com"
ADMINISTRATORS = "organizations:ListDelegatedAdministrators"
LAKES, COLLECTED = "securitylake:ListDataLakes", "securitylake:GetDataLakeSources"
NO_LAKE = "ResourceNotFoundException"
"""The only error that says there is no lake. A refusal, whatever its words, may hide one."""
PREFIX = "aws/"
"""Below it are all sources that are AWS's own; what follows differs between versions of sources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The records that one of Security Lake's sources consists of."""

    source: str
    condition: Filter | None = None
    dimensions: Mapping[str, str] = field(default_factory=dict)


def _of_type(name: str, resource_type: str) -> Filter:
    return Filter(
        id=f"aws:securitylake/{name}", dialect="fields", text=json.dumps({"resources.type": resource_type})
    )


TAKEN: Mapping[str, Taken] = {
    "CLOUD_TRAIL_MGMT": Taken(source="aws.cloudtrail.management"),
    "S3_DATA": Taken(source="aws.cloudtrail.data", condition=_of_type("S3_DATA", "AWS::S3::Object")),
    "LAMBDA_EXECUTION": Taken(
        source="aws.cloudtrail.data", condition=_of_type("LAMBDA_EXECUTION", "AWS::Lambda::Function")
    ),
    "VPC_FLOW": Taken(source="aws.vpc.flow"),
    "ROUTE53": Taken(source="aws.route53.resolver_query"),
    "EKS_AUDIT": Taken(source="aws.eks.control_plane", dimensions={"component": "audit"}),
    "WAF": Taken(source="aws.waf.access"),
    "SH_FINDINGS": Taken(source="aws.securityhub.finding"),
}
"""`AwsLogSourceName` of the API."""
SOURCES = tuple(sorted({one.source for one in TAKEN.values()}))
EVIDENCE = (
    "dataLakeArn",
    "createStatus",
    "s3BucketArn",
    "lifecycleConfiguration",
    "replicationConfiguration",
)
STATES = frozenset({"COLLECTING", "MISCONFIGURED", "NOT_COLLECTING"})


def observe_lakes(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """What Security Lake takes of one account and region. Whatever fails leaves routes of which nothing is known."""
    readings: tuple[str, ...] = ()
    try:
        owner = _owner(place)
        listed = _lakes(place, owner)
        readings = (listed.reading,)
        for lake in listed.data:
            if lake.get("region") == location:
                yield from _collected(place, scope, owner, lake, listed.reading)
    except ReadFailure as failure:
        if failure.code not in NO_ENDPOINT or _may_be_offered(place):
            unread = place.unread(failure, "lake")
            for name in TAKEN:
                yield from _routes(place, scope, Lake(owner="unread", to=unread), name, unread, readings)
    yield Listing(kind=KIND, at=scope.id, location=location, readings=readings)


def _may_be_offered(place: AwsPlace) -> bool:
    """Whether AWS does not say that Security Lake is missing in this region."""
    try:
        return place.region in offered_in(place, "securitylake")
    except ReadFailure:
        return True


# --- whose lake -------------------------------------------------------------------------------------------


def _owner(place: AwsPlace) -> str:
    """The account whose lake may collect here: that of the organisation's administrator of lakes, or the account's own.

    Raises:
        ReadFailure: nobody could tell, or it is not audited.
    """
    session = place.session
    if not session.target.organization:
        return place.account
    home = session.place("", None, place.about)

    def ask() -> tuple[str, ...]:
        answer = home.pages(
            "organizations",
            "ListDelegatedAdministrators",
            "DelegatedAdministrators",
            subject=PRINCIPAL,
            ServicePrincipal=PRINCIPAL,
        )
        return tuple(str(one.get("Id")) for one in answer.data)

    found = session.once.get("security lake administrator", ask)
    if not found:
        return place.account
    if not session.may_read(found[0]):
        told = f"Security Lake is administered by account {found[0]}, which is not audited"
        raise ReadFailure(call=LAKES, kind="not-observable", detail=told)
    return found[0]


def _lakes(place: AwsPlace, owner: str) -> Answer:
    """The owner's lakes in this region, asked for once.

    Raises:
        ReadFailure: nobody could tell.
    """
    there = place.elsewhere(owner, place.region)

    def ask() -> Answer:
        try:
            answer = there.call("securitylake", "ListDataLakes", regions=[there.region])
        except ReadFailure as failure:
            if failure.code != NO_LAKE:
                raise
            return Answer([], there.noted(failure.call))
        lakes = answer.data.get("dataLakes")
        if not isinstance(lakes, list) or not all(isinstance(one.get("region"), str) for one in lakes):
            raise unparseable(LAKES, "the answer has no dataLakes, or one without a Region")
        return Answer(lakes, answer.reading)

    return place.session.once.get(("security lakes", owner, place.region), ask)


# --- what it takes ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Lake:
    """The lake of a region: its bucket, and the doubt about buckets that it is replicated to."""

    owner: str
    to: str | Unread
    replicated: Unread | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


def _collected(
    place: AwsPlace, scope: Scope, owner: str, lake: Mapping[str, Any], listed: str
) -> Iterator[Fact]:
    """The routes of one account into the lake of its region.

    Raises:
        ReadFailure: GetDataLakeSources failed, or tells of a source that nobody can place.
    """
    there = place.elsewhere(owner, place.region)
    answer = place.session.once.get(
        ("security lake sources", owner, place.region),
        lambda: there.pages(
            "securitylake", "GetDataLakeSources", "dataLakeSources", token=("nextToken", "nextToken")
        ),
    )
    if not all(isinstance(one.get(word), str) for one in answer.data for word in ("account", "sourceName")):
        raise unparseable(COLLECTED, "a source without an account or a name")
    readings = (listed, answer.reading)
    bucket = bucket_and_prefix(lake.get("s3BucketArn"))
    others = (lake.get("replicationConfiguration") or {}).get("regions") or ()
    told = Lake(
        owner=owner,
        to=f"aws:s3/{bucket[0]}" if bucket else there.misread(LAKES, "a lake without a bucket"),
        raw={word: lake[word] for word in EVIDENCE if word in lake},
        replicated=there.not_told(
            LAKES, f"what is replicated to {', '.join(map(str, others))} is not followed"
        )
        if others
        else None,
    )
    for source in answer.data:
        name = source.get("sourceName")
        if source.get("account") == place.account and name in TAKEN:
            enabled = _collecting(there, lake, source)
            yield from _routes(place, scope, told, name, enabled, readings)


def _collecting(there: AwsPlace, lake: Mapping[str, Any], source: Mapping[str, Any]) -> bool | Unread:
    """Whether everything of a source is collected; unread where that is told of parts of it only."""
    name = f"{source.get('account')}/{source.get('sourceName')}"
    states = {one.get("status") for one in source.get("sourceStatuses") or ()}
    if not states or not states <= STATES:
        return there.misread(COLLECTED, "a source without a known status", name)
    if "COLLECTING" not in states:
        return False
    if len(states) > 1:
        return there.not_told(COLLECTED, f"a part of {name} is not collected, and which is not told", name)
    if lake.get("createStatus") not in {"COMPLETED", None}:
        return there.not_told(LAKES, f"the lake is in the state {lake.get('createStatus')}", name)
    return True


def _routes(
    place: AwsPlace,
    scope: Scope,
    lake: Lake,
    name: str,
    enabled: bool | Unread,  # noqa: FBT001 - the value of a fact
    readings: Sequence[str],
) -> Iterator[Fact]:
    taken = TAKEN[name]
    if taken.condition:
        yield taken.condition
    setting = f"aws:securitylake/{place.region}/{lake.owner}/{name}"
    ways = [("", lake.to), *([("/replica", lake.replicated)] if lake.replicated else [])]
    for ending, to in ways:
        yield Route(
            id=f"{setting}@{place.account}{ending}",
            kind=KIND,
            setting=setting,
            effect="carry",
            origin=scope.id,
            location=place.region,
            dimensions=taken.dimensions,
            sources=(taken.source,),
            enabled=enabled,
            filter=taken.condition.id if taken.condition else None,
            to=to,
            prefix=PREFIX,
            readings=tuple(readings),
            raw=lake.raw,
        )


SECURITY_LAKE_FAMILY = Family(
    hop_kinds=(
        HopKind(
            id=KIND,
            title="Security Lake, which collects by itself",
            effects=("carry",),
            origins=("aws.account",),
            per_location=True,
            leads_to=("aws:s3/*",),
        ),
    ),
    observers=(
        ObserverRow(
            name="aws.security_lake",
            provider="aws",
            scope_kinds=("aws.account",),
            observe=where_offered(observe_lakes, service="securitylake", sources=(), listings=(KIND,)),
            listings=(KIND,),
            sources=SOURCES,
            operations=(
                *scopes.OPERATIONS,
                *OFFERED,
                *reads(
                    {
                        ADMINISTRATORS: "which account administers the organisation's Security Lake",
                        LAKES: "whether Security Lake is on in a Region, and its bucket",
                        COLLECTED: "which logs of which accounts it collects",
                    }
                ),
            ),
            per_location=True,
        ),
    ),
)
