"""CloudTrail Lake: event data stores take events as trails do, and keep them in themselves.

A store that takes all regions, or a whole organisation, is listed only in its own region and in its own
account; an organisation's stores live in the management account and members do not see them. So an account's
listing is complete only after all its enabled regions, and the management account's, were asked.

Sources: cloudtrail:ListEventDataStores, GetEventDataStore; CloudTrail user guide, "Understanding organization
event data stores", "CloudTrail Lake event data stores".
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from logcov.errors import ReadFailure
from logcov.inventory import Destination, Fact, Filter, Keep, Listing, Lock, Route, Scope, Unread
from logcov.providers.aws.accounts import ACCOUNT_PREFIX, DORMANT
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import parsed
from logcov.providers.aws.client import AwsPlace, AwsSession, Organization
from logcov.providers.aws.keys import key_state
from logcov.providers.aws.regions import RegionWays
from logcov.providers.aws.times import plain, utc
from logcov.providers.rows import Operation

KIND = "aws.event_data_store"
LIST, GET = "cloudtrail:ListEventDataStores", "cloudtrail:GetEventDataStore"
GONE = "EventDataStoreNotFoundException"
OPERATIONS = (
    Operation(call=LIST, wire="cloudtrail ListEventDataStores", why="event data stores of a region"),
    Operation(
        call=GET,
        wire="cloudtrail GetEventDataStore",
        why="what a store takes, from where, for how long, and whether it is taking it",
    ),
    Operation(
        call="organizations:DescribeOrganization",
        wire="organizations DescribeOrganization",
        why="the management account, where an organisation's stores are",
    ),
)
READER_OPERATIONS = (
    OPERATIONS[1],
    Operation(call="kms:DescribeKey", wire="kms DescribeKey", why="whether the store's key works"),
)
NOT_THE_REGIONS_OWN = frozenset({"server-error", "timeout", "throttled", "credentials"})
"""Failures after retries that the next region would most likely repeat."""

INGESTING = "ENABLED"
NOT_INGESTING = frozenset(
    {"CREATED", "PENDING_DELETION", "STARTING_INGESTION", "STOPPING_INGESTION", "STOPPED_INGESTION"}
)
EVIDENCE = (
    "EventDataStoreArn",
    "Name",
    "Status",
    "MultiRegionEnabled",
    "OrganizationEnabled",
    "RetentionPeriod",
    "KmsKeyId",
    "TerminationProtectionEnabled",
    "UpdatedTimestamp",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """An event data store: its ARN, and what GetEventDataStore said of it."""

    arn: str
    owner: str
    region: str
    detail: Mapping[str, Any] | Unread
    readings: tuple[str, ...]

    @property
    def id(self) -> str:
        """The destination's id."""
        return f"aws:lake/{self.region}/{self.owner}/{self.arn.rpartition('/')[2]}"


def observe_event_data_stores(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    """The stores that take events of one account: its own in all regions, and its organisation's.

    Runs once per account. A region that cannot be read hides the listing, and the stores of the others are
    still facts.
    """
    if scope.state in DORMANT:
        return
    assert location is None
    whole = True
    readings: list[str] = []
    for asked, account in _owners(place):
        if isinstance(account, ReadFailure):
            place.unread(account, asked, hides=(KIND,), everywhere=True)
            whole = False
            continue
        regions = _regions(place.session, account)
        if isinstance(regions, Unread):
            told = f"the regions of account {account} could not be read"
            place.unread(
                ReadFailure(call=LIST, kind="not-observable", detail=told),
                account,
                hides=(KIND,),
                everywhere=True,
            )
            whole = False
            continue
        for region in regions:
            try:
                stores, reading = stores_of(place.session, account, region)
            except ReadFailure as failure:
                place.unread(
                    _located(failure, account, region), f"{account} {region}", hides=(KIND,), everywhere=True
                )
                whole = False
                if failure.kind in NOT_THE_REGIONS_OWN:
                    # The listing is lost already, and whoever answers this way keeps everybody waiting.
                    break
                continue
            readings.append(reading)
            for store in stores:
                yield from _route(place, scope, store)
    if whole:
        yield Listing(kind=KIND, at=scope.id, readings=tuple(readings))


def _owners(place: AwsPlace) -> Iterator[tuple[str, str | ReadFailure]]:
    """The accounts whose stores can take this account's events, or why one cannot be told or read."""
    session = place.session
    yield "own", place.account
    try:
        organization: Organization | None = session.ask_organization(place.account)
        if organization is None or organization.management == place.account:
            return
        management = organization.management
        if not session.may_read(management):
            told = f"the management account {management}, where an organisation's stores are, is not audited"
            raise ReadFailure(call=LIST, kind="not-observable", detail=told)  # noqa: TRY301
    except ReadFailure as failure:
        yield "organization", failure
    else:
        yield "organization", management


def _regions(session: AwsSession, account: str) -> Sequence[str] | Unread:
    """All enabled regions of an account, those that the target leaves out too: a store there may take all."""
    known = session.regions.get(account)
    if known is not None:
        return known
    RegionWays(session, session.caller(), ask_management=False).locations(account)
    return session.regions[account]


def _located(failure: ReadFailure, account: str, region: str) -> ReadFailure:
    return ReadFailure(
        call=failure.call,
        kind=failure.kind,
        permission=failure.permission,
        code=failure.code,
        detail=f"in account {account}, {region}: {failure.detail}",
    )


def stores_of(session: AwsSession, account: str, region: str) -> tuple[Sequence[Store], str]:
    """An account's stores in one region, asked once, and the reading.

    Raises:
        ReadFailure: they could not be listed.
    """

    def ask() -> tuple[Sequence[Store], str]:
        place = session.place(account, region)
        answer = place.pages("cloudtrail", "ListEventDataStores", "EventDataStores")
        arns = []
        for told in answer.data:
            arn = told.get("EventDataStoreArn")
            if parsed(arn) is None:
                raise unparseable(LIST, "an event data store without an ARN")
            arns.append(arn)
        stores = (_store(session, arn, answer.reading) for arn in sorted(arns))
        return [store for store in stores if store is not None], answer.reading

    return session.once.get(("event data stores", account, region), ask)


def _store(session: AwsSession, arn: str, listed: str) -> Store | None:
    """A store as its owner sees it; None for one that was deleted since it was listed."""
    told = parsed(arn)
    assert told is not None
    place = session.place(told.account, told.region)
    answer = place.value("cloudtrail", "GetEventDataStore", absent=(GONE,), subject=arn, EventDataStore=arn)
    if answer is None:
        return None
    if isinstance(answer, Unread):
        detail: Mapping[str, Any] | Unread = answer
    elif not answer.data.get("Status"):
        detail = place.misread(GET, "a store without a status", arn)
    else:
        detail = answer.data
    readings = (listed,) if isinstance(answer, Unread) else (listed, answer.reading)
    return Store(arn=arn, owner=told.account, region=told.region, detail=detail, readings=readings)


def _route(place: AwsPlace, scope: Scope, store: Store) -> Iterator[Fact]:
    """The way into a store, if it can take events of this account."""
    owner = place.elsewhere(store.owner, store.region)
    own = store.owner == place.account
    detail = store.detail
    key = f"{store.id.replace('aws:lake/', 'aws:event-data-store/')}@{place.account}"
    common = Route(
        id=key,
        kind=KIND,
        setting=store.id.replace("aws:lake/", "aws:event-data-store/"),
        effect="carry",
        origin=scope.id,
        sources=("aws.cloudtrail.*",),
        to=store.id,
        readings=store.readings,
    )
    if isinstance(detail, Unread):
        yield replace(common, enabled=detail, filter=detail)
        return
    everyone, everywhere = detail.get("OrganizationEnabled"), detail.get("MultiRegionEnabled")
    if not own and everyone is False:
        return
    enabled: bool | Unread = _ingesting(owner, store, detail)
    if not isinstance(everywhere, bool) or not (own or everyone is True):
        enabled = owner.misread(GET, "a store that does not say what it takes", store.arn)
    chosen = detail.get("AdvancedEventSelectors")
    selectors: str | Unread
    if isinstance(chosen, list) and chosen:
        taken = Filter(
            id=f"{common.setting}#selectors",
            dialect="aws.event-selectors",
            text=json.dumps({"AdvancedEventSelectors": chosen}, sort_keys=True),
        )
        yield taken
        selectors = taken.id
    else:
        selectors = owner.misread(GET, "a store without AdvancedEventSelectors", store.arn)
    yield replace(
        common,
        location=store.region if everywhere is False else None,
        enabled=enabled,
        filter=selectors,
        since=utc(detail.get("UpdatedTimestamp")),
        raw={name: plain(detail[name]) for name in EVIDENCE if name in detail},
    )


def _ingesting(owner: AwsPlace, store: Store, detail: Mapping[str, Any]) -> bool | Unread:
    status = detail["Status"]
    if status == INGESTING:
        return True
    if status in NOT_INGESTING:
        return False
    return owner.misread(GET, f"a store with the unknown status {status}", store.arn)


def read_event_data_store(session: AwsSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """A store as the place where its events rest: queryable for its whole retention period.

    A store may be shared by a resource policy, which is not read: `private` stays untold.
    """
    del routes
    region, owner, name = destination.removeprefix("aws:lake/").split("/", 2)
    place = session.place(owner, region, destination)
    store: Store | None = None
    unread: Unread | None = None
    try:
        if not session.may_read(owner):
            told = f"the store belongs to account {owner}, which is not audited"
            raise ReadFailure(call=GET, kind="not-observable", detail=told)  # noqa: TRY301
        stores, _ = stores_of(session, owner, region)
        store = next((one for one in stores if one.id == destination), None)
    except ReadFailure as failure:
        unread = place.unread(failure)
    owned = ACCOUNT_PREFIX + owner if owner in session.audited else None
    detail = unread if store is None else store.detail
    if detail is None:
        detail = place.misread(GET, "the store was not listed", name)
    if isinstance(detail, Unread):
        yield Destination(
            id=destination,
            kind="aws.lake",
            exists=True if store else detail,
            owner=owned,
            usable=detail,
            retained=detail,
            online=detail,
            searchable=detail,
            lock=detail,
            encrypted=detail,
            readings=store.readings if store else (),
        )
        return
    assert store is not None
    days = detail.get("RetentionPeriod")
    kept: tuple[Keep, ...] | Unread = (
        (Keep(days=days),) if isinstance(days, int) else place.misread(GET, "a store without RetentionPeriod")
    )
    key, protected = detail.get("KmsKeyId"), detail.get("TerminationProtectionEnabled")
    lock: Lock | Literal[False] | Unread = False
    if not isinstance(protected, bool):
        lock = place.misread(GET, "a store without TerminationProtectionEnabled", store.arn)
    elif protected and isinstance(days, int):
        # Events cannot be removed one by one, nor the store while it is protected; who may lift that, may do both.
        lock = Lock(mode="bypassable", days=days)
    state = key_state(session, key, owner, region, destination) if key else None
    yield Destination(
        id=destination,
        kind="aws.lake",
        owner=owned,
        usable=state.usable if state else True,
        unusable_because=state.because if state else "",
        retained=kept,
        online=kept,
        searchable=kept,
        lock=lock,
        encrypted=state.encryption if state else "provider",
        since=utc(detail.get("CreatedTimestamp")),
        readings=(*store.readings, *(state.readings if state else ())),
        raw={name: plain(detail[name]) for name in EVIDENCE if name in detail},
    )
