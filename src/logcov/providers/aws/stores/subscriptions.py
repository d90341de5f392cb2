"""What is carried on from CloudWatch log groups: subscription filters, policies for all groups, shared destinations.

Sources: logs:DescribeSubscriptionFilters, DescribeAccountPolicies (`SUBSCRIPTION_FILTER_POLICY`), DescribeDestinations;
CloudWatch Logs user guide, "Real-time processing of log data with subscriptions", "Account-level subscription filters",
"Cross-account cross-Region subscriptions".
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Destination, Fact, Filter, Listing, Route, Unread
from logcov.providers.aws.accounts import ACCOUNT_PREFIX
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import destination_of, parsed
from logcov.providers.aws.client import Answer, AwsPlace, AwsSession
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.strict_json import strict

FILTERS, POLICIES, SHARED = (
    "logs:DescribeSubscriptionFilters",
    "logs:DescribeAccountPolicies",
    "logs:DescribeDestinations",
)
SUBSCRIPTION, FORWARDING = "aws.logs.subscription", "aws.logs.destination.target"
OPERATIONS = reads(
    {
        FILTERS: "what is carried on from a log group",
        POLICIES: "subscriptions of all groups of an account",
    }
)
SHARED_OPERATIONS = reads({SHARED: "where a destination that accounts share leads"})
TOKEN = ("nextToken", "nextToken")
GONE = "ResourceNotFoundException"
DIALECT = "aws.logs-pattern"
EVIDENCE = (
    "filterName",
    "filterPattern",
    "destinationArn",
    "fieldSelectionCriteria",
    "applyOnTransformedLogs",
)
STANDARD = "STANDARD"
"""The class of log groups whose records can be carried on at all."""
UNDERSTOOD = frozenset({"DestinationArn", "RoleArn", "FilterPattern", "Distribution"})
"""What the document of a subscription policy holds, as PutAccountPolicy documents it."""
_NOT_IN = re.compile(r"\s*LogGroupName\s+NOT\s+IN\s*(\[.*\])\s*", re.DOTALL)
"""The one form of `selectionCriteria` that PutAccountPolicy documents for subscriptions."""


def own_of(place: AwsPlace, name: str, kind: str = STANDARD) -> Answer | Unread | None:
    """The own subscriptions of a log group of a class (`kind`); None if there is no such group.

    What could not be read hides the listing: then more may be carried on. What is answered for groups that can have no
    subscriptions is not documented: of those, no error says that they are gone.
    """
    try:
        answer = place.pages("logs", "DescribeSubscriptionFilters", "subscriptionFilters", logGroupName=name)
        return Answer(sorted(answer.data, key=_named), answer.reading)
    except ReadFailure as failure:
        if failure.code == GONE and kind == STANDARD:
            return None
        return place.unread(failure, hides=(SUBSCRIPTION,), everywhere=True)


def follow(
    place: AwsPlace, destination: str, name: str, own: Answer | Unread, kind: str = STANDARD
) -> Iterator[Fact]:
    """The routes onward from a log group of a class (`kind`), and that they are all. `own`: its own subscriptions."""
    if isinstance(own, Unread):
        return
    for one in own.data:
        yield from _subscription(place, destination, _named(one), one, FILTERS, own.reading)
    yield from follow_all(place, destination, name, kind, own.reading)


def follow_all(
    place: AwsPlace, destination: str, name: str, kind: str = STANDARD, *readings: str
) -> Iterator[Fact]:
    """The routes that policies for all groups add to a log group, and that with them, they are all.

    They act on groups from the moment at which those are made. `readings`: of its own subscriptions.
    """
    try:
        policies = _policies(place)
        for policy in policies.data:
            yield from _of_account(place, destination, name, kind, policy, policies.reading)
    except ReadFailure as failure:
        place.unread(failure, hides=(SUBSCRIPTION,), everywhere=True)
        return
    yield Listing(kind=SUBSCRIPTION, at=destination, readings=(*readings, policies.reading))


def _named(one: Mapping[str, Any]) -> str:
    name = one.get("filterName")
    if not isinstance(name, str):
        raise unparseable(FILTERS, "a subscription filter without a name")
    return name


def _subscription(
    place: AwsPlace,
    destination: str,
    name: str,
    one: Mapping[str, Any],
    call: str,
    reading: str,
    doubt: Unread | None = None,
) -> Iterator[Fact]:
    setting = f"{destination.replace('aws:logs/', 'aws:logs-subscription/')}/{name}"
    chosen = doubt or _filter(place, setting, name, one, call)
    if isinstance(chosen, Filter):
        yield chosen
    yield Route(
        id=setting,
        kind=SUBSCRIPTION,
        setting=setting,
        effect="carry",
        origin=destination,
        filter=chosen.id if isinstance(chosen, Filter) else chosen,
        to=_target(place, one.get("destinationArn"), name, call),
        readings=(reading,),
        raw={field: one[field] for field in EVIDENCE if field in one},
    )


def _filter(
    place: AwsPlace, setting: str, name: str, one: Mapping[str, Any], call: str
) -> Filter | Unread | None:
    """What a subscription takes: everything, what its pattern admits, or something that is not followed."""
    pattern = one.get("filterPattern")
    if one.get("fieldSelectionCriteria"):
        return place.not_told(call, "a subscription's choice by fields is not read", name)
    if pattern in ("", None):
        return None
    if not isinstance(pattern, str):
        return place.misread(call, "a subscription whose pattern is no text", name)
    if one.get("applyOnTransformedLogs"):
        return place.not_told(call, "a pattern for transformed events is not read", name)
    return Filter(id=f"{setting}#pattern", dialect=DIALECT, text=pattern)


def _target(place: AwsPlace, target: object, name: str, call: str) -> str | Unread:
    found = destination_of(target)
    if found and found[0].startswith(("aws:kinesis/", "aws:firehose/", "aws:lambda/")):
        return found[0]
    arn = parsed(target)
    if arn and arn.service == "logs" and arn.resource.startswith("destination:"):
        return f"aws:logs-destination/{arn.region}/{arn.account}/{arn.resource.removeprefix('destination:')}"
    return place.not_told(call, f"where a subscription to {target} leads is not known", name)


# --- policies for all groups of an account and region -----------------------------------------------------


def _policies(place: AwsPlace) -> Answer:
    """The subscription policies of an account and region, asked once."""

    def ask() -> Answer:
        return place.pages(
            "logs", "DescribeAccountPolicies", "accountPolicies", policyType="SUBSCRIPTION_FILTER_POLICY"
        )

    return place.session.once.get(("subscription policies", place.account, place.region), ask)


def _of_account(
    place: AwsPlace, destination: str, group: str, kind: str, policy: Mapping[str, Any], reading: str
) -> Iterator[Fact]:
    """The route that a policy adds to this group; none where it leaves the group out.

    Raises:
        ReadFailure: what the policy says cannot be understood.
    """
    name = policy.get("policyName")
    try:
        document = strict(policy.get("policyDocument"))
    except ValueError as error:
        raise unparseable(POLICIES, "a subscription policy that is no plain JSON") from error
    if not isinstance(name, str) or not isinstance(document, dict):
        raise unparseable(POLICIES, "a subscription policy without a name or a document")
    if _leaves_out(policy.get("selectionCriteria"), group):
        return
    told = {"filterPattern": document.get("FilterPattern"), "destinationArn": document.get("DestinationArn")}
    doubt = None
    if kind != STANDARD:
        why = f"whether a policy for all groups carries records on from one of class {kind} is not documented"
        doubt = place.not_told(POLICIES, why, name)
    elif document.keys() - UNDERSTOOD:
        odd = ", ".join(sorted(document.keys() - UNDERSTOOD))
        doubt = place.not_told(POLICIES, f"what a subscription policy means by {odd} is not known", name)
    yield from _subscription(place, destination, f"account policy {name}", told, POLICIES, reading, doubt)


def _leaves_out(criteria: object, group: str) -> bool:
    """Whether `LogGroupName NOT IN ["a", "b"]` names the group.

    Raises:
        ReadFailure: it is of another form.
    """
    if criteria in (None, ""):
        return False
    fit = _NOT_IN.fullmatch(criteria) if isinstance(criteria, str) else None
    try:
        names = strict(fit[1]) if fit else None
    except ValueError:
        names = None
    if not isinstance(names, list):
        raise unparseable(POLICIES, "a subscription policy with a choice of groups that is not understood")
    return group in names


# --- destinations that accounts share -----------------------------------------------------------------------


def read_shared_destination(session: AwsSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """A CloudWatch Logs destination: a name for a stream, often of another account, and where it leads."""
    del routes
    region, account, name = destination.removeprefix("aws:logs-destination/").split("/", 2)
    place = session.place(account, region, destination)
    owner = ACCOUNT_PREFIX + account if account in session.audited else None
    try:
        if not session.may_read(account):
            told = f"the destination belongs to account {account}, which is not audited"
            raise ReadFailure(call=SHARED, kind="not-observable", detail=told)  # noqa: TRY301
        answer = place.pages(
            "logs", "DescribeDestinations", "destinations", token=TOKEN, DestinationNamePrefix=name
        )
    except ReadFailure as failure:
        unread = place.unread(failure, hides=(FORWARDING,), everywhere=True)
        yield Destination(
            id=destination, kind="aws.logs-destination", end=False, exists=unread, owner=owner, usable=unread
        )
        return
    found = next((one for one in answer.data if one.get("destinationName") == name), None)
    yield Destination(
        id=destination,
        kind="aws.logs-destination",
        end=False,
        exists=found is not None,
        owner=owner,
        readings=(answer.reading,),
        raw={} if found is None else {"targetArn": found.get("targetArn")},
    )
    if found is not None:
        setting = f"{destination}#target"
        yield Route(
            id=setting,
            kind=FORWARDING,
            setting=destination,
            effect="carry",
            origin=destination,
            to=_target(place, found.get("targetArn"), name, SHARED),
            readings=(answer.reading,),
            raw={"targetArn": found.get("targetArn")},
        )
    yield Listing(kind=FORWARDING, at=destination, readings=(answer.reading,))
