"""Alarms on queries over log groups: that they exist is told, what sets them off is not followed.

Source: cloudwatch:DescribeAlarms, `LogAlarms`: the same answer as for alarms on metrics.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from logcov.errors import ReadFailure
from logcov.inventory import Fact, Listing
from logcov.providers.aws.client import AwsPlace
from logcov.providers.aws.stores.alarms import ALARM_OPERATIONS, CALL, alarms_of, told_by

LOG_ALARM = "aws.cloudwatch.log_alarm"
OPERATIONS = ALARM_OPERATIONS


def watch(place: AwsPlace, destination: str, name: str) -> Iterator[Fact]:
    """Routes, all in doubt, to whom alarms on queries over this log group tell; and that they are all."""
    try:
        alarms = alarms_of(place)
        if alarms.log is None:
            told = "alarms on queries cannot be asked for here"
            raise ReadFailure(call=CALL, kind="not-observable", detail=told)  # noqa: TRY301
    except ReadFailure as failure:
        place.unread(failure, hides=(LOG_ALARM,), everywhere=True)
        return
    for title, alarm in sorted(alarms.log.items()):
        if _may_query(alarm, name):
            why = "what a query finds, and an alarm makes of it, is not followed"
            yield from told_by(place, destination, LOG_ALARM, title, alarm, why, alarms.reading)
    yield Listing(kind=LOG_ALARM, at=destination, readings=(alarms.reading,))


def _may_query(alarm: Mapping[str, Any], group: str) -> bool:
    """Whether the alarm's query runs over this log group, or does not say over which."""
    query = alarm.get("ScheduledQueryConfiguration") or {}
    told = query.get("LogGroupIdentifiers")
    if not told or "SOURCE" in str(query.get("QueryString")).upper():
        return True
    return any(str(one).rpartition(":log-group:")[2].removesuffix(":*") == group for one in told)
