"""CloudWatch Logs groups: kept and searchable as long as their retention says; who else gets their records.

Sources: logs:DescribeLogGroups; kms:DescribeKey, GetKeyPolicy, ListGrants; CloudWatch Logs user guide, "Encrypt log data in CloudWatch
Logs using AWS KMS" (what the key's policy must allow). What is carried on from them: `subscriptions`, `metric_filters`,
`log_alarms`.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Destination, Fact, Keep, Listing, Route, Unread
from logcov.providers.aws.accounts import ACCOUNT_PREFIX
from logcov.providers.aws.client import Answer, AwsPlace, AwsSession
from logcov.providers.aws.key_policies import (
    DECRYPT,
    ENCRYPT,
    GENERATE,
    KeyRuling,
    KeyUse,
    may_encrypt,
    read_policy,
)
from logcov.providers.aws.keys import KeyState, key_state
from logcov.providers.aws.partitions import PARTITIONS, partition_of
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.stores import log_alarms, metric_filters, subscriptions
from logcov.providers.aws.stores.log_alarms import LOG_ALARM
from logcov.providers.aws.stores.metric_filters import METRIC_FILTER
from logcov.providers.aws.stores.subscriptions import SUBSCRIPTION

GROUPS = "logs:DescribeLogGroups"
OPERATIONS = (
    *reads(
        {
            GROUPS: "retention and class of a log group",
            "kms:DescribeKey": "whether the group's key works",
            "kms:GetKeyPolicy": "whether the group's key lets CloudWatch Logs encrypt records",
            "kms:ListGrants": "whether a grant lets a service in that the key's policy does not",
        }
    ),
    *subscriptions.OPERATIONS,
    *metric_filters.OPERATIONS,
    *log_alarms.OPERATIONS,
)
ONWARD = (SUBSCRIPTION, METRIC_FILTER, LOG_ALARM)
SEARCHABLE = frozenset({"STANDARD", "INFREQUENT_ACCESS"})
OF_SERVICES = "/aws/"
"""Names under which services make groups by themselves, when there is something to log. That one is missing does not
show that records are lost: perhaps there were none yet."""
MAKING = frozenset({"aws.flow_log", "aws.transit_gateway.flow_log", "aws.lambda.logging"})
"""Hops that make the group that they are told to write to, whatever its name, if their role lets them (ec2:CreateFlowLogs:
"a new or existing log group"; Lambda developer guide, "Configuring CloudWatch log groups")."""
GROUP_CONTEXT = "kms:encryptioncontext:aws:logs:arn"
SINGLY = 10
"""So many groups of a region are asked for by name, before all of them are listed."""
DELIVERY_DAYS = 1
"""Groups of class DELIVERY keep a day and hand on; what they are told to keep is ignored."""
EVIDENCE = ("logGroupName", "logGroupClass", "retentionInDays", "kmsKeyId", "creationTime")


def read_log_group(session: AwsSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """A log group, and what is onward from it. Writing to it is by role, which needs no grant of the group's."""
    region, account, name = destination.removeprefix("aws:logs/").split("/", 2)
    place = session.place(account, region, destination)
    owner = ACCOUNT_PREFIX + account if account in session.audited else None
    try:
        if not session.may_read(account):
            told = f"the log group belongs to account {account}, which is not audited"
            raise ReadFailure(call=GROUPS, kind="not-observable", detail=told)  # noqa: TRY301
        answer = _groups(place, name)
    except ReadFailure as failure:
        unread = place.unread(failure, hides=ONWARD, everywhere=True)
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
    readings: tuple[str, ...] = (answer.reading,)
    # Servers that know no classes (moto) have the one that was there before them; CloudWatch Logs always tells it.
    kind = group.get("logGroupClass", subscriptions.STANDARD) if group else ""
    own = subscriptions.own_of(place, name, kind) if group else None
    if group is not None and own is None:
        readings = (answer.reading, place.noted(subscriptions.FILTERS))  # deleted since it was listed
    if group is None or own is None:
        exists: bool | Unread = False
        made = name.startswith(OF_SERVICES) or any(route.kind in MAKING for route in routes)
        if made:
            told = "it is not there, but the service makes it with its first record"
            exists = place.not_told(GROUPS, told)
        yield Destination(id=destination, kind="aws.logs", exists=exists, owner=owner, readings=readings)
        for kind in (METRIC_FILTER,) if made else ONWARD:
            yield Listing(kind=kind, at=destination, readings=readings)
        if made:
            # What acts on groups of that name will act on it, too.
            yield from subscriptions.follow_all(place, destination, name)
            yield from log_alarms.watch(place, destination, name)
        return
    kept = _kept(place, group)
    key = group.get("kmsKeyId")
    state = key_state(session, str(key), account, region, destination) if key else None
    takes = _takes(place, name, state) if state else KeyRuling(allowed=True)
    yield Destination(
        id=destination,
        kind="aws.logs",
        owner=owner,
        usable=takes.allowed,
        unusable_because=takes.because if takes.allowed is False else "",
        retained=kept,
        online=kept,
        searchable=kept
        if kind in SEARCHABLE
        else (Keep(days=0),)
        if kind == "DELIVERY"
        else place.not_told(GROUPS, f"whether a group of class {kind} can be searched is not known"),
        lock=False,
        encrypted=state.encryption if state else "provider",
        readings=(answer.reading, *(state.readings if state else ()), *takes.readings),
        raw={field: group[field] for field in EVIDENCE if field in group}
        | ({"KeyStatement": takes.statement} if takes.statement else {}),
    )
    yield from subscriptions.follow(place, destination, name, own, kind)
    yield from metric_filters.count(place, destination, name)
    yield from log_alarms.watch(place, destination, name)


def _takes(place: AwsPlace, name: str, key: KeyState) -> KeyRuling:
    """Whether a group's key works, and lets CloudWatch Logs of the region encrypt records of the group.

    The page's example allows kms:Encrypt*, Decrypt*, ReEncrypt*, GenerateDataKey* and Describe*, with the group's ARN in
    the encryption context; that it may end in `:*`, as elsewhere, is not ruled out.
    """
    if key.usable is not True or key.encryption == "provider":
        return KeyRuling(allowed=key.usable, because=key.because)
    region = str(place.region)
    partition = partition_of(region)
    arn = f"arn:{partition}:logs:{region}:{place.account}:log-group:{name}"
    use = KeyUse(
        service=f"logs.{region}.{PARTITIONS[partition].suffix}",
        context={GROUP_CONTEXT: arn},
        or_else={GROUP_CONTEXT: f"{arn}:*"},
        must=(GENERATE, ENCRYPT),
        also=(DECRYPT,),
    )
    return may_encrypt(read_policy(place.session, key, place.about), use, place)


def _groups(place: AwsPlace, name: str) -> Answer:
    """Groups among which the named one is, if it is there.

    The first few of a region are asked for by name. Where more are wanted, all are listed once: 50 to a page, that
    takes fewer calls than one for each.
    """
    session, where = place.session, (place.account, place.region)
    asked: Iterator[int] = session.once.get(("log groups asked for", *where), count)
    if next(asked) < SINGLY:
        return place.pages("logs", "DescribeLogGroups", "logGroups", logGroupNamePrefix=name)

    def ask() -> Answer:
        home = session.place(place.account, place.region)
        answer = home.pages("logs", "DescribeLogGroups", "logGroups")
        return Answer({group.get("logGroupName"): group for group in answer.data}, answer.reading)

    known = session.once.get(("log groups", *where), ask)
    return Answer([known.data[name]] if name in known.data else [], known.reading)


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
