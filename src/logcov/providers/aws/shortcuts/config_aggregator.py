"""A Config aggregator: the resources that recorders of an organisation's accounts have seen.

Calls: DescribeConfigurationAggregatorSourcesStatus, 100 sources a page; SelectAggregateResourceConfig, 100 resources a
page, once for all resource types whose settings need not be looked at and once for each other. None where everything
could be read directly.

Sources: Config developer guide, "Querying the Current Configuration State of AWS Resources" (the query language; one
result is the text of a JSON object with the columns that were selected); API reference of both operations.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from logcov.config import AwsTarget
from logcov.errors import ReadFailure
from logcov.inventory import Fact, Scope
from logcov.providers.aws.accounts import ACCOUNT_PREFIX
from logcov.providers.aws.client import AwsPlace, AwsSession
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.shortcuts.kinds import GLOBAL, KINDS, ROWS, Seen, region_in
from logcov.providers.aws.shortcuts.unlisted import Service, Unlisted, emitters, identity_of, unlisted
from logcov.providers.aws.strict_json import strict
from logcov.providers.rows import ShortcutRow

NAME = "config-aggregator"
SELECT, STATUS = "config:SelectAggregateResourceConfig", "config:DescribeConfigurationAggregatorSourcesStatus"
COLUMNS = (
    "accountId",
    "awsRegion",
    "resourceType",
    "resourceId",
    "arn",
    "configurationItemCaptureTime",
    "configurationItemStatus",
)
GONE = frozenset({"ResourceDeleted", "ResourceDeletedNotRecorded", "ResourceNotRecorded"})
"""`configurationItemStatus` of what is not there any more, or not told about."""
CURRENT = "SUCCEEDED"
PAGE = 100
MOST_NAMED = 100
"""Accounts that a query names; it may have 4,096 characters. For more of them, it asks about all."""
SKEW = timedelta(days=1)
"""How far a clock may be ahead: a time after that is none."""


def ask_aggregator(
    session: AwsSession, scopes: Sequence[Scope], facts: Sequence[Fact], sources: frozenset[str]
) -> Iterator[Fact]:
    """Names the resources that the target's aggregator knows in places that could not be listed.

    Never raises `ReadFailure`: a query that fails is a blind spot that hides nothing.
    """
    setting = session.target.shortcuts.config_aggregator
    missing = unlisted(session, scopes, facts, sources)
    if setting is None or not missing.accounts:
        return
    place = session.place(setting.account, setting.region)
    _note_sources(place, setting.name, missing)
    for column, types in _groups(missing).items():
        subject = " ".join(part for part in (setting.name, column) if part)
        try:
            answer = place.pages(
                "config",
                "SelectAggregateResourceConfig",
                "Results",
                subject=subject,
                ConfigurationAggregatorName=setting.name,
                Expression=expression(types, column, missing.accounts),
                Limit=PAGE,
            )
        except ReadFailure as failure:
            place.unread(failure, subject)
            continue
        told = read(answer.data, frozenset(types), datetime.now(UTC))
        if told.unusable:
            why = f"what names a resource is missing in {told.unusable} of {len(answer.data)} results"
            place.misread(SELECT, why, f"{subject} results")
        service = Service(
            call=SELECT, via=NAME, subject=subject, identity=identity_of(session, answer.reading)
        )
        yield from emitters(session, missing, service, told.seen)


def _groups(missing: Unlisted) -> Mapping[str, list[str]]:
    """The column that is asked for besides the usual ones (empty for none) → the types of one query."""
    groups: dict[str, list[str]] = {}
    for name in missing.types():
        groups.setdefault(KINDS[name].told, []).append(name)
    return groups


def expression(types: Sequence[str], column: str, accounts: Mapping[str, Scope]) -> str:
    """The query for resources of some types, in these accounts if they are few enough to be named."""
    columns = ", ".join((*COLUMNS, column) if column else COLUMNS)
    query = f"SELECT {columns} WHERE resourceType IN ({_quoted(types)})"
    if len(accounts) <= MOST_NAMED:
        query += f" AND accountId IN ({_quoted(sorted(accounts))})"
    return query


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"'{word}'" for word in words)


# --- what it knows ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Told:
    """What results come to. `unusable`: how many of them name no resource that can be told apart, or no time."""

    seen: list[Seen] = field(default_factory=list)
    unusable: int = 0


def read(results: Sequence[Any], types: frozenset[str], now: datetime) -> Told:
    """The resources that results of a query tell of, as of `now`. Deleted ones, and those of other kinds, are left out."""
    told = Told()
    for result in results:
        try:
            seen = _resource(result, types, now)
        except ValueError:
            told.unusable += 1
            continue
        if seen is not None:
            told.seen.append(seen)
    return told


def _resource(result: object, types: frozenset[str], now: datetime) -> Seen | None:
    """One result; None for what is not asked about.

    Raises:
        ValueError: it is not the JSON of an object with the columns that name a resource and its time.
    """
    item = strict(result)
    if not isinstance(item, Mapping):
        raise ValueError("it is no object")  # noqa: TRY004 - one kind of failure for all that cannot be read
    status, kind = item.get("configurationItemStatus"), item.get("resourceType")
    if not isinstance(kind, str) or not isinstance(status, str | None):
        raise ValueError("it has no type or no status")  # noqa: TRY004
    if status in GONE:
        return None
    if kind not in types:
        return None
    more, region, arn = item.get("configuration"), _text(item, "awsRegion"), _text(item, "arn")
    seen = Seen(
        type=kind,
        account=_text(item, "accountId"),
        # What WAF keeps for CloudFront is in a region all the same.
        region=(region_in(arn) or GLOBAL) if region == GLOBAL else region,
        id=_text(item, "resourceId"),
        arn=arn,
        age=_age(_text(item, "configurationItemCaptureTime"), now),
        more=more if isinstance(more, Mapping) else {},
    )
    if KINDS[kind].left_out(seen):
        return None
    if not (seen.account and seen.region) or KINDS[kind].resource(seen) is None:
        raise ValueError("it names no resource")
    return seen


def _text(item: Mapping[str, Any], column: str) -> str:
    found = item.get(column)
    return found if isinstance(found, str) else ""


def _age(text: str, now: datetime) -> int:
    """Seconds since a time as `2026-11-22T08:30:00.000Z`.

    Raises:
        ValueError: it is no time, has no zone, or is yet to come.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or at > now + SKEW:
        raise ValueError("it is no time that was")
    return max(0, int((now - at).total_seconds()))


# --- what it does not know --------------------------------------------------------------------------------


def _note_sources(place: AwsPlace, aggregator: str, missing: Unlisted) -> None:
    """Notes which of the places in question the aggregator could not bring up to date. They are shown with their age."""
    try:
        told = place.pages(
            "config",
            "DescribeConfigurationAggregatorSourcesStatus",
            "AggregatedSourceStatusList",
            subject=aggregator,
            ConfigurationAggregatorName=aggregator,
            Limit=PAGE,
        )
    except ReadFailure as failure:
        place.unread(failure, aggregator)
        return
    for one in told.data:
        account, region, status = one.get("SourceId"), one.get("AwsRegion"), one.get("LastUpdateStatus")
        if account not in missing.accounts or status == CURRENT:
            continue
        since = one.get("LastUpdateTime")
        when = f" since {since.astimezone(UTC):%Y-%m-%d}" if isinstance(since, datetime) else ""
        code = f" ({one['LastErrorCode']})" if one.get("LastErrorCode") else ""
        told_by = f"the aggregator {aggregator} is not up to date here: {status or 'no status'}{when}{code}"
        region = region if isinstance(region, str) and region != GLOBAL else None
        about = place.session.place(account, region, ACCOUNT_PREFIX + account)
        about.not_told(STATUS, told_by, aggregator)


# --- the row ----------------------------------------------------------------------------------------------


def _asked_for(target: AwsTarget) -> bool:
    return target.shortcuts.config_aggregator is not None


AGGREGATOR = ShortcutRow(
    name=NAME,
    provider="aws",
    asked_for=_asked_for,
    ask=ask_aggregator,
    sources=tuple(ROWS),
    operations=reads(
        {
            SELECT: "names of resources in places that can't be read, where `shortcuts` names an aggregator",
            STATUS: "which accounts and regions that aggregator has up to date",
        }
    ),
)
