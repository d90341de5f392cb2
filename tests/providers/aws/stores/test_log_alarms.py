from typing import Any

import pytest

from logcov.inventory import Ledger, Route
from logcov.providers.aws.stores.alarms import CALL
from logcov.providers.aws.stores.log_alarms import LOG_ALARM, watch
from providers.aws.controls import GROUP, TOPIC, TOPIC_ARN, alarms
from providers.aws.crawl import Crawl, open_session
from providers.aws.stage import HOME, REGION, Stage


def ways(stage: Stage) -> Crawl:
    ledger = Ledger()
    place = open_session(stage.endpoint, ledger).place(HOME, REGION, GROUP)
    return Crawl(tuple(watch(place, GROUP, "trail")), ledger)


def query(**configuration: Any) -> dict[str, Any]:
    told = {"AlarmName": "query", "ActionsEnabled": True, "AlarmActions": [TOPIC_ARN]}
    required = {
        "QueryString": "fields @message",
        "ScheduledQueryRoleARN": f"arn:aws:iam::{HOME}:role/query",
        "ScheduleConfiguration": {"ScheduleExpression": "rate(5 minutes)", "StartTimeOffset": 300},
        "AggregationExpression": "count(*)",
    }
    return told | {"ScheduledQueryConfiguration": required | configuration}


@pytest.mark.parametrize(
    ("configuration", "watched"),
    [
        ({}, True),
        ({"LogGroupIdentifiers": ["trail"]}, True),
        ({"LogGroupIdentifiers": [f"arn:aws:logs:{REGION}:{HOME}:log-group:trail"]}, True),
        ({"LogGroupIdentifiers": ["other"]}, False),
        ({"LogGroupIdentifiers": ["other"], "QueryString": "SOURCE logGroups()"}, True),
    ],
)
def test_an_alarm_on_a_query_may_tell_of_the_groups_records(
    stage: Stage, configuration: dict[str, Any], watched: bool
) -> None:
    alarms(stage, log=[query(**configuration)])
    found = ways(stage)
    routes = found.all(Route)
    assert bool(routes) is watched
    for one in routes:
        assert (one.origin, one.kind, one.to) == (GROUP, LOG_ALARM, TOPIC)
        assert found.why(one.filter).kind == "not-observable"
    assert found.listed(LOG_ALARM) == {(GROUP, None)}


@pytest.mark.parametrize("code", ["AccessDenied", "ValidationError"])
def test_alarms_on_queries_that_could_not_be_asked_for_may_be_there(stage: Stage, code: str) -> None:
    stage.refuse(CALL, code)
    found = ways(stage)
    assert not found.listed(LOG_ALARM)
    assert {spot.hides for spot in found.spots(CALL)} == {(LOG_ALARM,)}
