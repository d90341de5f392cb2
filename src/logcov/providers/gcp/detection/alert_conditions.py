"""Whether one log entry alone raises an alert, as far as that can be told.

Sources: AlertPolicy.Condition in monitoring.v3; https://cloud.google.com/monitoring/alerts/concepts-indepth and
https://cloud.google.com/monitoring/api/v3/filters. An entry adds one to a counter in the minute in which it comes.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from logcov.inventory import Filter
from logcov.providers.gcp.filters import canonical, filter_of

Part = Filter | str | None
"""Some of the entries in a metric: all of them (None), those that a filter admits, or, in doubt, any (why)."""
Parts = Sequence[Part]
"""The entries that raise an alert, each alone; none at all if it is empty."""

ALL: Parts = (None,)
NOTHING = filter_of("fields", canonical({"an entry alone": []}))
"""What raises an alert that no entry raises alone."""

USER_METRIC = "logging.googleapis.com/user/"
QUERIES = ("conditionMonitoringQueryLanguage", "conditionPrometheusQueryLanguage")
KINDS = (*QUERIES, "conditionThreshold", "conditionAbsent", "conditionMatchedLog", "conditionSql")
_NAMES = frozenset({"name", "displayName"})

_TERM = r'(?:metric\.type|resource\.type)\s*=\s*(?:"[^"\\]*"|[A-Za-z0-9_./-]+)'
_PLAIN = re.compile(rf"\s*{_TERM}(?:(?:\s+AND\s+|\s+){_TERM})*\s*")
_EACH = re.compile(r'(metric|resource)\.type\s*=\s*(?:"([^"\\]*)"|([A-Za-z0-9_./-]+))')
_GLOBAL = "global"


def condition_kind(condition: Mapping[str, Any]) -> str:
    """Which kind of condition it is; empty if it is none, or more than one, that this version knows."""
    held = set(condition) - _NAMES
    return held.pop() if len(held) == 1 and held <= set(KINDS) else ""


def may_watch(condition: Mapping[str, Any], metric: str) -> bool:
    """Whether a condition looks at a log-based metric of this name, or may."""
    kind = condition_kind(condition)
    body = condition.get(kind)
    if kind in {"conditionMatchedLog", "conditionSql"}:
        return False
    if not isinstance(body, dict):
        return True
    if kind in QUERIES:
        query = str(body.get("query"))
        return "logging" in query or "__name__" in query
    filters = [body.get("filter"), *([body["denominatorFilter"]] if body.get("denominatorFilter") else ())]
    return any(_may_select(each, metric) for each in filters)


def _may_select(words: object, metric: str) -> bool:
    if not isinstance(words, str):
        return True
    plain = _plain(words)
    if plain is not None:
        types = plain.get("metric")
        return types is None or types == USER_METRIC + metric
    exact = re.findall(r'metric\.type\s*=\s*"([^"\\]*)"', words)
    unquoted = re.sub(r'"[^"\\]*"', '""', words)
    simple = len(exact) == words.count("metric.type") == 1 and not re.search(r"\b(?:OR|NOT)\b|-", unquoted)
    return not simple or exact[0] == USER_METRIC + metric


def _plain(words: str) -> Mapping[str, str] | None:
    """`metric` and `resource` type of a filter that asks for nothing else; None for any other filter."""
    if not _PLAIN.fullmatch(words):
        return None
    found = [(kind, quoted or bare) for kind, quoted, bare in _EACH.findall(words)]
    told = dict(found)
    return told if len(told) == len(found) else None


def trips(policy: Mapping[str, Any], metric: str, *, of_bucket: bool) -> Parts | None:
    """The entries counted in a metric that raise the alert; None if the policy does not look at the metric.

    `of_bucket`: the metric counts what comes to a log bucket.
    """
    conditions = policy.get("conditions", [])
    if not isinstance(conditions, list) or not all(isinstance(each, dict) for each in conditions):
        return ("the conditions are not of the documented form",)
    watching = [each for each in conditions if may_watch(each, metric)]
    if not watching:
        return None
    each = [_condition(one, of_bucket=of_bucket) for one in watching]
    if len(conditions) == 1:
        return each[0]
    combiner = policy.get("combiner")
    if combiner == "OR":
        return tuple(dict.fromkeys(part for parts in each for part in parts))
    if combiner in {"AND", "AND_WITH_MATCHING_RESOURCE"} and () in each:
        return ()
    return (f"an alert whose conditions are combined by {combiner} is not followed",)


def _condition(condition: Mapping[str, Any], *, of_bucket: bool) -> Parts:
    kind = condition_kind(condition)
    body = condition.get(kind)
    match kind:
        case "conditionThreshold" if isinstance(body, dict):
            return _threshold(body, of_bucket=of_bucket)
        case "conditionAbsent":
            # It is raised where nothing is counted.
            return ()
        case "":
            return ("this version does not know the alert's condition",)
        case _:
            return (f"an alert on a query ({kind.removeprefix('condition')}) is not followed",)


def _threshold(body: Mapping[str, Any], *, of_bucket: bool) -> Parts:
    for name, why in (
        ("denominatorFilter", "an alert on a ratio is not followed"),
        ("forecastOptions", "an alert on a forecast is not followed"),
    ):
        if body.get(name):
            return (why,)
    reached = _reached(body)
    if reached is not True:
        return () if reached is False else (reached,)
    return _selected(body.get("filter"), of_bucket=of_bucket)


def _selected(words: object, *, of_bucket: bool) -> Parts:
    """Of the entries in the metric, those whose count the condition looks at: it may name a type of resource."""
    plain = _plain(words) if isinstance(words, str) else None
    if plain is None or "metric" not in plain:
        return ("an alert that looks at a part of the metric is not followed",)
    if "resource" not in plain:
        return ALL
    kind = plain["resource"]
    if of_bucket:
        return (f"whether counts of a log bucket are those of a {kind} is not documented",)
    own = filter_of("fields", canonical({"resource.type": kind}))
    if kind != _GLOBAL:
        return (own,)
    return own, f"which entries are counted as those of the resource {_GLOBAL} is not documented"


# --- numbers ----------------------------------------------------------------------------------------------


def _reached(body: Mapping[str, Any]) -> bool | str:
    """Whether a count of one goes over the threshold; or why that cannot be told."""
    threshold = body.get("thresholdValue", 0)
    if isinstance(threshold, bool) or not isinstance(threshold, int | float):
        return "the threshold is no number"
    over = {
        "COMPARISON_GT": lambda value: value > threshold,
        "COMPARISON_GE": lambda value: value >= threshold,
    }
    compare = over.get(str(body.get("comparison")))
    if compare is None:
        return "an alert that does not ask for a value over a threshold is not followed"
    if compare(0):
        return "an alert that no entries are needed for may be on already"
    value = _value_of_one(body.get("aggregations", []))
    if isinstance(value, str):
        return value
    if not compare(value):
        return False
    return _at_once(body)


def _seconds(text: object) -> float | None:
    found = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)s", text) if isinstance(text, str) else None
    return float(found.group(1)) if found else None


def _value_of_one(aggregations: object) -> float | str:
    """What one entry makes of the value that is compared, where nothing else was counted."""
    if not isinstance(aggregations, list) or len(aggregations) != 1 or not isinstance(aggregations[0], dict):
        return "how the counts are put together is not followed"
    (how,) = aggregations
    aligner = how.get("perSeriesAligner", "ALIGN_NONE")
    reducer = how.get("crossSeriesReducer", "REDUCE_NONE")
    if reducer not in {"REDUCE_NONE", "REDUCE_SUM", "REDUCE_MAX"}:
        return f"an alert on {reducer} of the counts is not followed"
    if aligner in {"ALIGN_DELTA", "ALIGN_SUM", "ALIGN_MAX"}:
        return 1.0
    period = _seconds(how.get("alignmentPeriod"))
    if aligner == "ALIGN_RATE" and period:
        return 1.0 / period
    # ALIGN_COUNT counts data points; whether there are some that say zero is not documented.
    return f"an alert on {aligner} of the counts is not followed"


def _at_once(body: Mapping[str, Any]) -> bool | str:
    """Whether one value over the threshold is enough."""
    if _seconds(body.get("duration")) != 0:
        return f"whether one entry is enough for an alert that waits {body.get('duration')} is not certain"
    trigger = body.get("trigger", {})
    if not isinstance(trigger, dict) or trigger.get("percent"):
        return "an alert on a share of the time series is not followed"
    count = trigger.get("count", 1)
    if isinstance(count, bool) or not isinstance(count, int):
        return "how many time series the alert wants is no number"
    return count <= 1
