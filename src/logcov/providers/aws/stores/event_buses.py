"""EventBridge buses: relays whose rules hand events on by pattern.

Sources: events:DescribeEventBus, ListRules, and ListTargetsByRule for each rule with a pattern; EventBridge user guide,
"AWS service events delivered via AWS CloudTrail", "Receiving read-only management events from AWS services".
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Admission, Destination, Fact, Filter, Listing, Route, Unread
from logcov.providers.aws.accounts import ACCOUNT_PREFIX
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import destination_of, parsed
from logcov.providers.aws.client import Answer, AwsPlace, AwsSession
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.stores.sns import A_NOTICE, THE_RECORD
from logcov.providers.aws.strict_json import strict
from logcov.providers.aws.times import utc

BUS, RULES, TARGETS = "events:DescribeEventBus", "events:ListRules", "events:ListTargetsByRule"
OPERATIONS = reads(
    {
        BUS: "whether an event bus is there, and whether a key of its own encrypts it",
        RULES: "which events the rules of a bus take",
        TARGETS: "where the rules of a bus hand events to",
    }
)
RULE = "aws.events.rule"
DIALECT = "aws.event-pattern"
WRITER = "events.amazonaws.com"
GONE = "ResourceNotFoundException"
STATES = {"ENABLED": False, "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS": True, "DISABLED": False}
"""State of a rule → whether it also sees management events that only read."""
WHOLE_PATHS = frozenset({"", "$", "$.detail"})
"""What a target may be given of an event so that the record is still in it."""
EVIDENCE = ("Name", "State", "EventPattern", "ManagedBy")


def read_event_bus(session: AwsSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """An event bus, and a route for each rule and target."""
    region, account, name = destination.removeprefix("aws:events/").split("/", 2)
    place = session.place(account, region, destination)
    owner = ACCOUNT_PREFIX + account if account in session.audited else None
    for route in routes:
        if route.writer:
            told = "whether the bus's policy lets another account's rule put events on it is not read"
            yield Admission(
                route=route.id, destination=destination, allowed=place.not_told(BUS, told, route.id)
            )
    try:
        if not session.may_read(account):
            told = f"the event bus belongs to account {account}, which is not audited"
            raise ReadFailure(call=RULES, kind="not-observable", detail=told)  # noqa: TRY301
        answer = place.pages("events", "ListRules", "Rules", EventBusName=name)
        rules = sorted(answer.data, key=_named)
    except ReadFailure as failure:
        yield from _unseen(place, destination, owner, failure)
        return
    bus = place.value("events", "DescribeEventBus", Name=name)
    assert bus is not None
    yield Destination(
        id=destination,
        kind="aws.events",
        end=False,
        owner=owner,
        usable=_usable(place, bus),
        since=None if isinstance(bus, Unread) else utc(bus.data.get("CreationTime")),
        readings=(answer.reading,) if isinstance(bus, Unread) else (answer.reading, bus.reading),
    )
    for rule in rules:
        if rule.get("EventPattern"):
            yield from _routes(place, destination, name, rule, answer.reading)
    yield Listing(kind=RULE, at=destination, readings=(answer.reading,))


def _unseen(place: AwsPlace, destination: str, owner: str | None, failure: ReadFailure) -> Iterator[Fact]:
    if failure.code == GONE:
        reading = place.noted(failure.call)
        yield Destination(
            id=destination, kind="aws.events", end=False, exists=False, owner=owner, readings=(reading,)
        )
        yield Listing(kind=RULE, at=destination, readings=(reading,))
        return
    unread = place.unread(failure, hides=(RULE,), everywhere=True)
    yield Destination(id=destination, kind="aws.events", end=False, exists=unread, owner=owner, usable=unread)


def _usable(place: AwsPlace, bus: Answer | Unread) -> bool | Unread:
    if isinstance(bus, Unread):
        return bus
    key = bus.data.get("KmsKeyIdentifier")
    if not key:
        return True
    return place.not_told(
        "kms:GetKeyPolicy", "whether the bus's key lets EventBridge use it is not read", str(key)
    )


def _named(rule: Mapping[str, Any]) -> str:
    name = rule.get("Name")
    if not isinstance(name, str):
        raise unparseable(RULES, "a rule without a name")
    return name


def _routes(
    place: AwsPlace, destination: str, bus: str, rule: Mapping[str, Any], listed: str
) -> Iterator[Fact]:
    """The ways that a rule opens. Its targets are asked for also where it is off: then it is known what is missing."""
    name, state = _named(rule), rule.get("State")
    setting = f"{destination.replace('aws:events/', 'aws:events-rule/')}/{name}"
    enabled: bool | Unread = state != "DISABLED"
    if state not in STATES:
        enabled = place.misread(RULES, f"a rule in the unknown state {state}", name)
    chosen = _pattern(place, setting, rule, reads_too=STATES.get(str(state), False))
    if isinstance(chosen, Filter):
        yield chosen
    raw = {field: rule[field] for field in EVIDENCE if field in rule} | {"RuleArn": rule.get("Arn")}
    try:
        answer = place.pages(
            "events", "ListTargetsByRule", "Targets", subject=name, Rule=name, EventBusName=bus
        )
    except ReadFailure as failure:
        if failure.code == GONE:
            return  # deleted since it was listed
        yield Route(
            id=setting,
            kind=RULE,
            setting=setting,
            effect="carry",
            origin=destination,
            enabled=enabled,
            filter=chosen.id if isinstance(chosen, Filter) else chosen,
            to=place.unread(failure, name),
            readings=(listed,),
            raw=raw,
        )
        return
    for target in answer.data:
        to = _target(place, target.get("Arn"), name)
        yield Route(
            id=f"{setting}#{target.get('Id')}",
            kind=RULE,
            setting=setting,
            effect="carry",
            origin=destination,
            enabled=enabled,
            filter=_altered(place, target, to, name) or (chosen.id if isinstance(chosen, Filter) else chosen),
            to=to,
            sets=_told(target) if isinstance(to, str) and to.startswith("aws:sns/") else {},
            writer=WRITER if _asks_leave(place, target, to) else "",
            readings=(listed, answer.reading),
            raw=raw | {field: target[field] for field in ("Arn", "RoleArn", "InputPath") if field in target},
        )


def _pattern(place: AwsPlace, setting: str, rule: Mapping[str, Any], *, reads_too: bool) -> Filter | Unread:
    """The events that a rule takes: its pattern, and whether it sees management events that only read."""
    try:
        pattern = strict(rule["EventPattern"])
        text = json.dumps({"pattern": pattern, "readOnlyManagementEvents": reads_too}, sort_keys=True)
    except (ValueError, RecursionError):
        pattern, text = None, ""
    if not isinstance(pattern, dict):
        return place.misread(RULES, "a rule whose pattern is no plain JSON object", _named(rule))
    return Filter(id=f"{setting}#pattern", dialect=DIALECT, text=text)


def _target(place: AwsPlace, target: object, rule: str) -> str | Unread:
    found = destination_of(target)
    if found and found[0].startswith(
        ("aws:sns/", "aws:kinesis/", "aws:firehose/", "aws:lambda/", "aws:logs/")
    ):
        return found[0]
    arn = parsed(target)
    if arn and arn.service == "events":
        kind, _, name = arn.resource.partition("/")
        if kind == "event-bus" and name:
            return f"aws:events/{arn.region}/{arn.account}/{name}"
        if kind == "api-destination" and name:
            return f"aws:endpoint/api-destination/{name.partition('/')[0]}"
    return place.not_told(TARGETS, f"what becomes of events at {target} is not followed", rule)


def _altered(place: AwsPlace, target: Mapping[str, Any], to: str | Unread, rule: str) -> Unread | None:
    """Doubt where the target gets another text than the event. To tell people, any text will do."""
    if (isinstance(to, str) and to.startswith("aws:sns/")) or _whole(target):
        return None
    return place.not_told(TARGETS, "what a target is given in place of the event is not read", rule)


def _whole(target: Mapping[str, Any]) -> bool:
    """Whether the target gets the event, or all of its detail."""
    altered = target.get("Input") or target.get("InputTransformer")
    return not altered and target.get("InputPath", "") in WHOLE_PATHS


def _told(target: Mapping[str, Any]) -> Mapping[str, str]:
    """What a topic is told by a rule. Of another text, nobody reads what it leaves in."""
    return THE_RECORD if _whole(target) else A_NOTICE


def _asks_leave(place: AwsPlace, target: Mapping[str, Any], to: str | Unread) -> bool:
    """Whether the other side must let EventBridge in: topics always, everything else in another account."""
    if not isinstance(to, str) or to.startswith("aws:endpoint/"):
        return False
    arn = parsed(target.get("Arn"))
    return to.startswith("aws:sns/") or arn is None or arn.account != place.account
