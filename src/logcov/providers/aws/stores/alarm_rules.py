"""Whether one record alone sets off a CloudWatch alarm, as far as that can be told.

Sources: CloudWatch user guide, "Using Amazon CloudWatch alarms", "Configuring how CloudWatch alarms treat missing
data", "Combining alarms"; CloudWatch Logs user guide, "Creating metrics from log events using filters".
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from logcov.providers.aws.answer_numbers import number_of

Verdict = bool | str
"""Yes, no, or why it cannot be told."""

OVER: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
}
NOT_PLAIN = ("Metrics", "ThresholdMetricId", "ExtendedStatistic", "EvaluationCriteria")
"""What a metric alarm has that watches anything but a plain statistic of one metric."""
NOT_EVALUATED = frozenset({"EVALUATION_ERROR", "EVALUATION_FAILURE"})


def watches(alarm: Mapping[str, Any], namespace: str, name: str) -> bool:
    """Whether a metric alarm looks at a metric, or may: as itself, in metric math, or by a query that may find it."""
    if (alarm.get("Namespace"), alarm.get("MetricName")) == (namespace, name):
        return True
    if alarm.get("EvaluationCriteria"):
        return True
    for query in alarm.get("Metrics") or ():
        metric = (query.get("MetricStat") or {}).get("Metric") or {}
        if (metric.get("Namespace"), metric.get("MetricName")) == (namespace, name):
            return True
        expression = str(query.get("Expression") or "")
        if name in expression or "SEARCH" in expression.upper():
            return True
    return False


def trips(alarm: Mapping[str, Any], counted: Sequence[Mapping[str, Any]]) -> Verdict:
    """Whether one record sets off a metric alarm that watches the metric that all of `counted` count into.

    `counted`: metric transformations, with what one record adds (`metricValue`).
    """
    if any(alarm.get(field) for field in NOT_PLAIN):
        return "an alarm on more than a plain statistic of one metric is not followed"
    if any(told.get("dimensions") for told in counted):
        return "an alarm on a metric with dimensions is not followed"
    if alarm.get("Dimensions"):
        return False  # another metric of the same name, which nothing counts into
    if alarm.get("EvaluationState") in NOT_EVALUATED:
        return f"the alarm is not evaluated ({alarm['EvaluationState']})"
    unit = alarm.get("Unit")
    if unit and any((told.get("unit") or "None") != unit for told in counted):
        return f"an alarm on values in {unit} may not see those of the metric filter"
    values = [number_of(told.get("metricValue")) for told in counted]
    known = [value for value in values if value is not None and value > 0]
    if not known or len(known) != len(values):
        return "what one record adds to the metric is not known"
    defaults = [told["defaultValue"] for told in counted if told.get("defaultValue") is not None]
    threshold, over = alarm.get("Threshold"), OVER.get(str(alarm.get("ComparisonOperator")))
    if not isinstance(threshold, int | float) or over is None:
        return "an alarm that does not ask for a value at or over a threshold is not followed"
    if any(default < 0 or over(default, threshold) for default in defaults):
        return "the metric filter's default value decides whether the alarm is set off"
    return _missing(alarm, counted, defaults) or _reached(
        alarm, known, defaults, lambda value: over(value, threshold)
    )


def _missing(
    alarm: Mapping[str, Any], counted: Sequence[Mapping[str, Any]], defaults: Sequence[float]
) -> str | None:
    """Why an alarm may be on already, so that one more record changes nothing."""
    treatment = alarm.get("TreatMissingData") or "missing"
    if treatment == "breaching":
        return "an alarm that takes missing data for a breach may be on already"
    if treatment == "ignore" and len(defaults) < len(counted):
        return "an alarm that ignores missing data may never go off again"
    return (
        None
        if treatment in {"missing", "notBreaching", "ignore"}
        else f"missing data is treated as {treatment}"
    )


def _reached(
    alarm: Mapping[str, Any],
    values: Sequence[float],
    defaults: Sequence[float],
    over: Callable[[float], bool],
) -> Verdict:
    statistic = alarm.get("Statistic")
    together = sum(values)
    match statistic:
        case "Sum":
            pass
        case "Maximum":
            together = max(values)
        case "SampleCount" if not defaults:
            values = [1.0] * len(values)
            together = float(len(values))
        case "Average" | "Minimum" if not defaults and len(set(values)) == 1:
            together = values[0]
        case _:
            return f"an alarm on the {statistic} of this metric is not followed"
    hits = [over(value) for value in values]
    if not any(hits):
        told = over(together) or any(default > 0 for default in defaults)
        return "records that several metric filters count may set off the alarm" if told else False
    if not all(hits):
        return "metric filters that count into one metric add different values"
    return _often_enough(alarm)


def _often_enough(alarm: Mapping[str, Any]) -> Verdict:
    """One record is one data point over the threshold; an alarm may want several."""
    periods = alarm.get("EvaluationPeriods")
    wanted = alarm.get("DatapointsToAlarm") or periods
    if not isinstance(wanted, int) or not isinstance(periods, int):
        return "the alarm does not tell in how many periods the threshold must be reached"
    if wanted == 1:
        return True
    if alarm.get("TreatMissingData") == "notBreaching":
        return False
    # Where data points are missing, fewer than were asked for can be enough.
    return f"whether one data point is enough for an alarm that wants {wanted} is not certain"


# --- alarms on alarms -------------------------------------------------------------------------------------

_MENTION = re.compile(r"\b(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^()\"']*?))\s*\)")
_PLAIN = re.compile(r"[\s()]*\*[\s()]*(?:\bOR\b[\s()]*\*[\s()]*)*")


def mentioned(rule: object) -> tuple[str, ...] | None:
    """The alarms that a composite alarm's rule mentions, by name; None where the rule cannot be read."""
    if not isinstance(rule, str):
        return None
    found = [
        next((part for part in fit.groups()[1:] if part is not None), "") for fit in _MENTION.finditer(rule)
    ]
    return tuple(dict.fromkeys(map(_name, found))) if found else None


def any_of_them(rule: object) -> bool:
    """Whether a composite alarm is on as soon as one of the alarms that it mentions is: `ALARM(a) OR ALARM(b)`."""
    if not isinstance(rule, str):
        return False
    kinds = {fit[1] for fit in _MENTION.finditer(rule)}
    return kinds == {"ALARM"} and _PLAIN.fullmatch(_MENTION.sub("*", rule)) is not None


def _name(text: str) -> str:
    """An alarm's name, of its name or its ARN."""
    return text.split(":alarm:", 1)[1] if text.startswith("arn:") and ":alarm:" in text else text
