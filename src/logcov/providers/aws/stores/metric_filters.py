"""What log groups count: metric filters, from a record that fits a pattern to a CloudWatch metric.

Source: logs:DescribeMetricFilters, asked without a log group: one list for an account and region, 50 filters a page.
CloudWatch Logs user guide, "Creating metrics from log events using filters".
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Fact, Filter, Listing, Route, Unread
from logcov.providers.aws.answer_numbers import number_of
from logcov.providers.aws.answers import unparseable
from logcov.providers.aws.client import AwsPlace
from logcov.providers.aws.permissions import reads
from logcov.providers.aws.stores.subscriptions import DIALECT

CALL = "logs:DescribeMetricFilters"
METRIC_FILTER = "aws.logs.metric_filter"
OPERATIONS = reads({CALL: "which records of a log group are counted in a metric"})
EVIDENCE = ("filterName", "filterPattern", "fieldSelectionCriteria", "applyOnTransformedLogs")
COUNTED = ("metricNamespace", "metricName", "metricValue", "defaultValue", "unit", "dimensions")
"""What a route's `raw` holds of its metric; whoever judges an alarm reads it there."""

Groups = Mapping[str, Sequence[Mapping[str, Any]]]


def count(place: AwsPlace, destination: str, name: str) -> Iterator[Fact]:
    """The metrics that a log group's records are counted in, and that they are all.

    What could not be read hides the listing: then records may be counted unseen.
    """
    try:
        groups, reading = _filters(place)
    except ReadFailure as failure:
        place.unread(failure, hides=(METRIC_FILTER,), everywhere=True)
        return
    for one in groups.get(name, ()):
        yield from _counted(place, destination, one, reading)
    yield Listing(kind=METRIC_FILTER, at=destination, readings=(reading,))


def _filters(place: AwsPlace) -> tuple[Groups, str]:
    """The metric filters of an account and region by log group, asked once."""
    here = place.elsewhere(place.account, place.region)

    def ask() -> tuple[Groups, str]:
        answer = here.pages(
            "logs", "DescribeMetricFilters", "metricFilters", token=("nextToken", "nextToken")
        )
        groups: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for one in sorted(answer.data, key=_named):
            groups[_named(one)[0]].append(one)
        return groups, answer.reading

    return place.session.once.get(("metric filters", place.account, place.region), ask)


def _named(one: Mapping[str, Any]) -> tuple[str, str]:
    group, name = one.get("logGroupName"), one.get("filterName")
    if not isinstance(group, str) or not isinstance(name, str):
        raise unparseable(CALL, "a metric filter without a name or a log group")
    return group, name


def _counted(place: AwsPlace, destination: str, one: Mapping[str, Any], reading: str) -> Iterator[Fact]:
    _, name = _named(one)
    setting = f"{destination.replace('aws:logs/', 'aws:logs-metric-filter/')}/{name}"
    pattern = one.get("filterPattern")
    if isinstance(pattern, str) and pattern.strip():
        yield Filter(id=f"{setting}#pattern", dialect=DIALECT, text=pattern)
    transformations = one.get("metricTransformations") or [{}]
    for number, told in enumerate(transformations):
        yield Route(
            id=setting if number == 0 else f"{setting}#{number + 1}",
            kind=METRIC_FILTER,
            setting=setting,
            effect="carry",
            origin=destination,
            filter=_filter(place, setting, name, one, told),
            to=_metric(place, name, told),
            readings=(reading,),
            raw={field: one[field] for field in EVIDENCE if field in one}
            | {field: told[field] for field in COUNTED if field in told},
        )


def _filter(
    place: AwsPlace, setting: str, name: str, one: Mapping[str, Any], told: Mapping[str, Any]
) -> str | Unread | None:
    """What is counted: everything, what the pattern admits, or something that is not followed."""
    pattern = one.get("filterPattern")
    if pattern is not None and not isinstance(pattern, str):
        return place.misread(CALL, "a metric filter whose pattern is no text", name)
    if one.get("fieldSelectionCriteria"):
        return place.not_told(CALL, "a metric filter's choice by fields is not read", name)
    whole = not pattern or not pattern.strip()
    if one.get("applyOnTransformedLogs") and not whole:
        return place.not_told(CALL, "a pattern for transformed events is not read", name)
    if told.get("dimensions") or one.get("emitSystemFieldDimensions"):
        return place.not_told(
            CALL, "a record counted in a metric for each of its values is not followed", name
        )
    value = number_of(told.get("metricValue"))
    if value is None or value <= 0:
        return place.not_told(
            CALL, f"what a record adds to the metric ({told.get('metricValue')}) is not known", name
        )
    return None if whole else f"{setting}#pattern"


def _metric(place: AwsPlace, name: str, told: Mapping[str, Any]) -> str | Unread:
    namespace, metric = told.get("metricNamespace"), told.get("metricName")
    if not isinstance(namespace, str) or not isinstance(metric, str) or not namespace or not metric:
        return place.misread(CALL, "a metric filter without its metric", name)
    return metric_id(place.region, place.account, namespace, metric)


def counted_in(place: AwsPlace, metric: str) -> Sequence[Mapping[str, Any]]:
    """Every metric transformation of an account and region that counts into this metric.

    `dimensions` is set also where the filter adds fields of the system as dimensions.

    Raises:
        ReadFailure: the metric filters could not be read.
    """
    groups, _ = _filters(place)
    found = []
    for one in (one for filters in groups.values() for one in filters):
        for told in one.get("metricTransformations") or ():
            named = str(told.get("metricNamespace")), str(told.get("metricName"))
            if metric_id(place.region, place.account, *named) == metric:
                dimensions = told.get("dimensions") or one.get("emitSystemFieldDimensions")
                found.append({**told, "dimensions": dimensions})
    return found


def metric_id(region: str | None, account: str, namespace: str, name: str) -> str:
    """A metric's id. Namespaces may hold slashes, and names too: the two are told apart by neither."""
    return f"aws:metric/{region}/{account}/{namespace}/{name}"
