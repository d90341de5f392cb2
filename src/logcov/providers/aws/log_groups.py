"""CloudWatch Logs groups: kept and searchable as long as their retention says, and what is carried on from them.

Sources: logs:DescribeLogGroups; kms:DescribeKey. What is carried on from them: `subscriptions`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Destination, Fact, Keep, Listing, Route, Unread
from logcov.providers.aws import subscriptions
from logcov.providers.aws.client import ACCOUNT_PREFIX, AwsPlace, AwsSession
from logcov.providers.aws.keys import key_state
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.subscriptions import SUBSCRIPTION, follow

GROUPS = "logs:DescribeLogGroups"
OPERATIONS = (
    *reads(
        {GROUPS: "retention and class of a log group", "kms:DescribeKey": "whether the group's key works"}
    ),
    *subscriptions.OPERATIONS,
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
    yield from follow(place, destination, name)


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
