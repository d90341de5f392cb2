"""CloudWatch Logs groups: kept and searchable as long as their retention says, and what is carried on from them.

Sources: logs:DescribeLogGroups, DescribeSubscriptionFilters, DescribeAccountPolicies; kms:DescribeKey.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Destination, Fact, Keep, Listing, Route, Unread
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import firehose_id, parsed
from logcov.providers.aws.client import ACCOUNT_PREFIX, AwsPlace, AwsSession
from logcov.providers.aws.keys import key_state
from logcov.providers.rows import Operation

GROUPS, FILTERS, POLICIES = (
    "logs:DescribeLogGroups",
    "logs:DescribeSubscriptionFilters",
    "logs:DescribeAccountPolicies",
)
SUBSCRIPTION = "aws.logs.subscription"
OPERATIONS = (
    Operation(call=GROUPS, wire="logs DescribeLogGroups", why="retention and class of a log group"),
    Operation(
        call=FILTERS, wire="logs DescribeSubscriptionFilters", why="what is carried on from a log group"
    ),
    Operation(
        call=POLICIES, wire="logs DescribeAccountPolicies", why="subscriptions of all groups of an account"
    ),
    Operation(call="kms:DescribeKey", wire="kms DescribeKey", why="whether the group's key works"),
)
SEARCHABLE = frozenset({"STANDARD", "INFREQUENT_ACCESS"})
DELIVERY_DAYS = 1
"""Groups of class DELIVERY keep a day and hand on; what they are told to keep is ignored."""
EVIDENCE = ("logGroupName", "logGroupClass", "retentionInDays", "kmsKeyId", "creationTime")


def read_log_group(session: AwsSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """A log group, and its subscription filters. Writing to it is by role, which needs no grant of the group's."""
    del routes
    region, account, name = destination.removeprefix("aws:logs/").split("/", 2)
    place = session.place(account, region, destination)
    owner = ACCOUNT_PREFIX + account if account in session.audited else None
    try:
        if not session.may_read(account):
            told = f"the log group belongs to account {account}, which is not audited"
            raise ReadFailure(call=GROUPS, kind="not-observable", detail=told)  # noqa: TRY301
        answer = place.pages("logs", "DescribeLogGroups", "logGroups", logGroupNamePrefix=name)
    except ReadFailure as failure:
        unread = place.unread(failure, hides=(SUBSCRIPTION,), everywhere=True)
        yield Destination(
            id=destination,
            kind="aws.logs",
            exists=unread,
            owner=owner,
            usable=unread,
            retained=unread,
            online=unread,
            searchable=unread,
            lock=unread,
            encrypted=unread,
        )
        return
    group = next((one for one in answer.data if one.get("logGroupName") == name), None)
    if group is None:
        yield Destination(
            id=destination, kind="aws.logs", exists=False, owner=owner, readings=(answer.reading,)
        )
        yield Listing(kind=SUBSCRIPTION, at=destination, readings=(answer.reading,))
        return
    kept = _kept(place, group)
    key = group.get("kmsKeyId")
    state = key_state(session, str(key), account, region, destination) if key else None
    kind = group.get("logGroupClass", "STANDARD")
    yield Destination(
        id=destination,
        kind="aws.logs",
        owner=owner,
        usable=state.usable if state else True,
        unusable_because=state.because if state else "",
        retained=kept,
        online=kept,
        searchable=kept
        if kind in SEARCHABLE
        else (Keep(days=0),)
        if kind == "DELIVERY"
        else place.not_told(GROUPS, f"whether a group of class {kind} can be searched is not known"),
        lock=False,
        encrypted=state.encryption if state else "provider",
        readings=(answer.reading, *(state.readings if state else ())),
        raw={field: group[field] for field in EVIDENCE if field in group},
    )
    yield from _onward(place, destination, name)


def _kept(place: AwsPlace, group: Mapping[str, Any]) -> tuple[Keep, ...] | Unread:
    """`retentionInDays`; without it, nothing is ever removed."""
    if group.get("logGroupClass") == "DELIVERY":
        return (Keep(days=DELIVERY_DAYS),)
    days = group.get("retentionInDays")
    if days is None and group.get("retentionPolicyName"):
        return place.not_told(GROUPS, "the group's retention follows a named policy")
    if days is not None and not isinstance(days, int):
        return place.misread(GROUPS, "a retention that is no number")
    return (Keep(days=days),)


def _onward(place: AwsPlace, destination: str, name: str) -> Iterator[Fact]:
    """Subscription filters, and the account's policy that subscribes groups by the hundred."""
    try:
        answer = place.pages("logs", "DescribeSubscriptionFilters", "subscriptionFilters", logGroupName=name)
        found = sorted(answer.data, key=_named)
    except ReadFailure as failure:
        place.unread(failure, hides=(SUBSCRIPTION,), everywhere=True)
        return
    for one in found:
        yield _subscription(place, destination, one, answer.reading)
    try:
        policies = _policies(place)
    except ReadFailure as failure:
        place.unread(failure, hides=(SUBSCRIPTION,), everywhere=True)
        return
    if policies:
        told = "the account subscribes log groups by a policy, which is not followed"
        place.unread(
            ReadFailure(call=POLICIES, kind="not-observable", detail=told),
            hides=(SUBSCRIPTION,),
            everywhere=True,
        )
        return
    yield Listing(kind=SUBSCRIPTION, at=destination, readings=(answer.reading,))


def _policies(place: AwsPlace) -> Sequence[Mapping[str, Any]]:
    """The subscription policies of an account and region, asked once."""

    def ask() -> Sequence[Mapping[str, Any]]:
        answer = place.pages(
            "logs", "DescribeAccountPolicies", "accountPolicies", policyType="SUBSCRIPTION_FILTER_POLICY"
        )
        policies: Sequence[Mapping[str, Any]] = answer.data
        return policies

    return place.session.once.get(("subscription policies", place.account, place.region), ask)


def _named(one: Mapping[str, Any]) -> str:
    name = one.get("filterName")
    if not isinstance(name, str):
        raise unparseable(FILTERS, "a subscription filter without a name")
    return name


def _subscription(place: AwsPlace, destination: str, one: Mapping[str, Any], reading: str) -> Route:
    name = _named(one)
    target = one.get("destinationArn")
    everything = one.get("filterPattern") in ("", None) and not one.get("fieldSelectionCriteria")
    setting = f"{destination.replace('aws:logs/', 'aws:logs-subscription/')}/{name}"
    return Route(
        id=setting,
        kind=SUBSCRIPTION,
        setting=setting,
        effect="carry",
        origin=destination,
        filter=None
        if everything
        else place.not_told(FILTERS, "filter patterns of subscriptions are not compiled", name),
        to=_target(place, target, name),
        readings=(reading,),
        raw={
            field: one[field]
            for field in ("filterName", "filterPattern", "destinationArn", "fieldSelectionCriteria")
            if field in one
        },
    )


def _target(place: AwsPlace, target: object, name: str) -> str | Unread:
    stream = firehose_id(target)
    if stream:
        return stream
    arn = parsed(target)
    if arn and arn.service in {"kinesis", "lambda"}:
        return (
            f"aws:{arn.service}/{arn.region}/{arn.account}/{arn.resource.partition('/')[2] or arn.resource}"
        )
    return place.not_told(FILTERS, f"where a subscription to {target} leads is not known", name)
