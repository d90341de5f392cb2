"""CloudWatch alarms: from a metric that records are counted in to the people who are told.

Source: cloudwatch:DescribeAlarms, metric, composite and log alarms alike: one list for an account and region, 100 a page.
What happens while an alarm is on already is not told again; that alone no configuration shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Destination, Fact, Filter, Listing, Route, Unread
from logcov.providers.aws.accounts import ACCOUNT_PREFIX
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.arns import destination_of, parsed
from logcov.providers.aws.client import AwsPlace, AwsSession
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.stores.alarm_rules import Verdict, any_of_them, mentioned, trips, watches
from logcov.providers.aws.stores.metric_filters import OPERATIONS as METRIC_FILTER_OPERATIONS
from logcov.providers.aws.stores.metric_filters import counted_in
from logcov.providers.aws.stores.sns import A_NOTICE

CALL = "cloudwatch:DescribeAlarms"
ALARM = "aws.cloudwatch.alarm"
ALARM_OPERATIONS = reads({CALL: "which alarms there are, what sets them off, and whom they tell"})
OPERATIONS = (*METRIC_FILTER_OPERATIONS, *ALARM_OPERATIONS)
WRITER = "cloudwatch.amazonaws.com"
PAGE = 100
KINDS = ("MetricAlarm", "CompositeAlarm", "LogAlarm")
NO_SUCH_KIND = frozenset({"ValidationError", "ValidationException", "InvalidParameterValue"})
"""How a region may answer that does not know log alarms."""

NESTED = 8
"""How deep alarms on alarms on alarms are followed; alarms that name each other end there too."""

DEAF = frozenset({"automate", "autoscaling", "ec2", "swf", "ssm", "aiops"})
"""Services whose alarm actions start, stop, scale or note something, and tell nobody."""

NOTHING = Filter(id=f"{ALARM}#nothing", dialect="fields", text='{"a record alone": []}')
"""What passes an alarm that no single record sets off."""
EVIDENCE = (
    "AlarmArn",
    "ActionsEnabled",
    "Namespace",
    "MetricName",
    "Statistic",
    "ExtendedStatistic",
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
    "AlarmRule",
    "AlarmActions",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """All alarms of an account and region, each kind by name. `log` is None where they could not be asked for."""

    metric: Mapping[str, Mapping[str, Any]]
    composite: Mapping[str, Mapping[str, Any]]
    log: Mapping[str, Mapping[str, Any]] | None
    reading: str


def alarms_of(place: AwsPlace) -> Alarms:
    """The alarms of an account and region, asked once.

    Raises:
        ReadFailure: they could not be read.
    """
    here = place.elsewhere(place.account, place.region)

    def ask() -> Alarms:
        try:
            return _listed(here, KINDS)
        except ReadFailure as failure:
            if failure.code not in NO_SUCH_KIND:
                raise
            return _listed(here, KINDS[:2])

    return place.session.once.get(("alarms", place.account, place.region), ask)


def _listed(place: AwsPlace, kinds: Sequence[str]) -> Alarms:
    found: dict[str, dict[str, Mapping[str, Any]]] = {kind: {} for kind in KINDS}
    readings: list[str] = []
    seen: set[str] = set()
    more: dict[str, str] = {}
    while True:
        subject = f"page {len(readings) + 1}" if readings else ""
        answer = place.call(
            "cloudwatch", "DescribeAlarms", subject=subject, AlarmTypes=list(kinds), MaxRecords=PAGE, **more
        )
        readings.append(answer.reading)
        for kind in kinds:
            # Regions that do not know log alarms say nothing of them; the others are always there.
            told = answer.data.get(f"{kind}s", [] if kind == "LogAlarm" else None)
            if not isinstance(told, list):
                raise unparseable(CALL, f"the answer has no {kind}s")
            found[kind].update((_named(one), one) for one in told)
        token = answer.data.get("NextToken")
        if not token:
            break
        if token in seen:
            raise unparseable(CALL, "the same page token came twice")
        seen.add(token)
        more = {"NextToken": token}
    return Alarms(
        metric=found["MetricAlarm"],
        composite=found["CompositeAlarm"],
        log=found["LogAlarm"] if "LogAlarm" in kinds else None,
        reading=readings[0],
    )


def _named(alarm: Mapping[str, Any]) -> str:
    name = alarm.get("AlarmName")
    if not isinstance(name, str):
        raise unparseable(CALL, "an alarm without a name")
    return name


# --- metrics ----------------------------------------------------------------------------------------------


def read_metric(session: AwsSession, destination: str, routes: Sequence[Route]) -> Iterator[Fact]:
    """A metric that records are counted in, and routes to whom its alarms tell."""
    del routes
    region, account, _ = destination.removeprefix("aws:metric/").split("/", 2)
    place = session.place(account, region, destination)
    owner = ACCOUNT_PREFIX + account if account in session.audited else None
    try:
        counted = counted_in(place, destination)
        alarms = alarms_of(place)
        verdicts = dict(sorted(_verdicts(alarms, counted).items()))
    except ReadFailure as failure:
        place.unread(failure, hides=(ALARM,), everywhere=True)
        yield Destination(id=destination, kind="aws.metric", end=False, owner=owner)
        return
    yield Destination(id=destination, kind="aws.metric", end=False, owner=owner, readings=(alarms.reading,))
    for name, verdict in verdicts.items():
        alarm = alarms.metric.get(name) or alarms.composite[name]
        yield from told_by(place, destination, ALARM, name, alarm, verdict, alarms.reading)
    yield Listing(kind=ALARM, at=destination, readings=(alarms.reading,))


def _verdicts(alarms: Alarms, counted: Sequence[Mapping[str, Any]]) -> Mapping[str, Verdict]:
    """Every alarm that one record in this metric may have to do with, and whether it sets it off."""
    named = {(str(told.get("metricNamespace")), str(told.get("metricName"))) for told in counted}
    found: dict[str, Verdict] = {
        name: trips(alarm, counted)
        for name, alarm in alarms.metric.items()
        if any(watches(alarm, *metric) for metric in named)
    }
    parts = frozenset(found)
    for name in alarms.composite:
        verdict = _combined(alarms, name, found, parts)
        if verdict is not None:
            found[name] = verdict
    return found


def _combined(
    alarms: Alarms, name: str, found: Mapping[str, Verdict], parts: frozenset[str], depth: int = 0
) -> Verdict | None:
    """Whether a record sets off an alarm on alarms; None: it looks at none that the record has to do with."""
    alarm = alarms.composite[name]
    names = mentioned(alarm.get("AlarmRule"))
    if names is None or depth > NESTED:
        return "the alarm's rule is not understood" if parts else None
    children = [
        found[one] if one in parts else _combined(alarms, one, found, parts, depth + 1)
        for one in names
        if one in parts or one in alarms.composite
    ]
    told = [child for child in children if child is not None]
    if not told:
        return None
    if alarm.get("ActionsSuppressor"):
        return "an alarm that another one silences is not followed"
    if not any_of_them(alarm.get("AlarmRule")):
        return "an alarm whose rule is more than one alarm or another is not followed"
    if True in told:
        return True
    return next((child for child in told if isinstance(child, str)), False)


def told_by(
    place: AwsPlace,
    origin: str,
    kind: str,
    name: str,
    alarm: Mapping[str, Any],
    verdict: Verdict,
    reading: str,
) -> Iterator[Fact]:
    """A route for each action of an alarm that somebody may hear, with what passes it according to the verdict."""
    setting = f"aws:alarm/{place.region}/{place.account}/{name}"
    enabled: object = alarm.get("ActionsEnabled")
    actions = [action for action in dict.fromkeys(alarm.get("AlarmActions") or ()) if _hears(action)]
    if not actions:
        return
    passes: str | Unread | None = None
    if verdict is False:
        yield NOTHING
        passes = NOTHING.id
    elif isinstance(verdict, str):
        passes = place.not_told(CALL, verdict, name)
    for action in actions:
        to = destination_of(action)
        yield Route(
            id=f"{setting}@{origin}>{action}",
            kind=kind,
            setting=setting,
            effect="carry",
            origin=origin,
            enabled=enabled
            if isinstance(enabled, bool)
            else place.misread(CALL, "an alarm without ActionsEnabled", name),
            filter=passes,
            to=to[0]
            if to and to[0].startswith(("aws:sns/", "aws:lambda/"))
            else place.not_told(CALL, f"whom the action {action} tells is not known", name),
            sets=A_NOTICE,
            writer=WRITER if to and to[0].startswith("aws:sns/") else "",
            readings=(reading,),
            raw={field: alarm[field] for field in EVIDENCE if field in alarm},
        )


def _hears(action: object) -> bool:
    arn = parsed(action)
    return arn is None or arn.service not in DEAF
