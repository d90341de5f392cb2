from typing import Any

import pytest

from logcov.providers.aws.stores.alarm_rules import any_of_them, mentioned, trips, watches
from providers.aws.controls import metric_alarm

ONE = {"metricName": "RootUse", "metricNamespace": "CIS", "metricValue": "1"}


def verdict(alarm: dict[str, Any], *counted: dict[str, Any]) -> bool | None:
    """Yes, no, or None where a reason is given."""
    found = trips(metric_alarm(**alarm), [ONE | one for one in counted] or [ONE])
    return None if isinstance(found, str) else found


@pytest.mark.parametrize(
    ("alarm", "trips_"),
    [
        ({}, True),
        ({"Threshold": 0.5}, True),
        ({"Threshold": 5.0}, False),
        ({"ComparisonOperator": "GreaterThanThreshold"}, False),
        ({"ComparisonOperator": "GreaterThanThreshold", "Threshold": 0.0}, True),
        ({"Statistic": "Maximum"}, True),
        ({"Statistic": "SampleCount"}, True),
        ({"Statistic": "Average"}, True),
        ({"Statistic": "Minimum"}, True),
        ({"TreatMissingData": None}, True),
        ({"EvaluationPeriods": 3, "DatapointsToAlarm": 1}, True),
        ({"EvaluationPeriods": 3, "DatapointsToAlarm": 2}, False),
        ({"EvaluationPeriods": 2}, False),
        ({"Dimensions": [{"Name": "a", "Value": "b"}]}, False),
    ],
)
def test_one_record_sets_off_an_alarm_or_does_not(alarm: dict[str, Any], trips_: bool) -> None:
    assert verdict(alarm) is trips_


@pytest.mark.parametrize(
    "alarm",
    [
        {"Statistic": None, "ExtendedStatistic": "p99"},
        {"MetricName": None, "Metrics": [{"Id": "a", "Expression": "RATE(m)"}]},
        {"ThresholdMetricId": "band"},
        {"ComparisonOperator": "LessThanThreshold"},
        {"ComparisonOperator": "GreaterThanUpperThreshold"},
        {"Statistic": "Median"},
        {"Threshold": None},
        {"EvaluationPeriods": None},
        {"EvaluationPeriods": 2, "TreatMissingData": None},
        {"TreatMissingData": "breaching"},
        {"TreatMissingData": "ignore"},
        {"TreatMissingData": "later"},
        {"EvaluationState": "EVALUATION_ERROR"},
        {"Unit": "Bytes"},
    ],
)
def test_what_no_rule_tells_is_left_open(alarm: dict[str, Any]) -> None:
    assert verdict(alarm) is None


@pytest.mark.parametrize(
    ("counted", "alarm", "trips_"),
    [
        ({"metricValue": "2"}, {"Threshold": 2.0}, True),
        ({"metricValue": "$.size"}, {}, None),
        ({"metricValue": "-1"}, {}, None),
        ({"dimensions": {"a": "$.b"}}, {}, None),
        ({"defaultValue": 0.0}, {}, True),
        ({"defaultValue": 0.0}, {"TreatMissingData": "ignore"}, True),
        ({"defaultValue": 0.0}, {"Statistic": "Average"}, None),
        ({"defaultValue": 0.0}, {"Statistic": "SampleCount"}, None),
        ({"defaultValue": 1.0}, {}, None),
        ({"defaultValue": -1.0}, {}, None),
        ({"defaultValue": 0.5}, {"Threshold": 2.0}, None),
        ({"unit": "Count"}, {"Unit": "Count"}, True),
    ],
)
def test_what_a_metric_filter_adds_decides(
    counted: dict[str, Any], alarm: dict[str, Any], trips_: bool | None
) -> None:
    assert verdict(alarm, counted) is trips_


def test_several_metric_filters_of_one_metric_must_agree() -> None:
    assert verdict({}, {}, {}) is True
    assert verdict({"Threshold": 2.0}, {}, {}) is None
    assert verdict({"Threshold": 3.0}, {}, {}) is False
    assert verdict({"Threshold": 2.0}, {"metricValue": "1"}, {"metricValue": "2"}) is None


@pytest.mark.parametrize(
    ("alarm", "watches_"),
    [
        ({}, True),
        ({"Namespace": "Other"}, False),
        (
            {"MetricName": None, "Metrics": [{"Id": "a", "Expression": 'SELECT SUM(RootUse) FROM "CIS"'}]},
            True,
        ),
        ({"MetricName": None, "Metrics": [{"Id": "a", "Expression": "SEARCH('{CIS}', 'Sum')"}]}, True),
        ({"MetricName": None, "Metrics": [{"Id": "a", "Expression": "m1 / m2"}]}, False),
        (
            {
                "MetricName": None,
                "Metrics": [
                    {
                        "Id": "a",
                        "MetricStat": {"Metric": {"Namespace": "CIS", "MetricName": "RootUse"}},
                    }
                ],
            },
            True,
        ),
        ({"MetricName": None, "EvaluationCriteria": {"PromQLCriteria": {"Query": "up"}}}, True),
    ],
)
def test_an_alarm_that_may_look_at_a_metric_is_one_that_watches_it(
    alarm: dict[str, Any], watches_: bool
) -> None:
    assert watches(metric_alarm(**alarm), "CIS", "RootUse") is watches_


@pytest.mark.parametrize(
    ("rule", "names", "plain"),
    [
        ('ALARM("a")', ("a",), True),
        ("ALARM(a) OR ALARM('b c')", ("a", "b c"), True),
        ('((ALARM("a")) OR (ALARM("arn:aws:cloudwatch:eu-west-1:1:alarm:b")))', ("a", "b"), True),
        ("ALARM(a) AND ALARM(b)", ("a", "b"), False),
        ("NOT ALARM(a)", ("a",), False),
        ("ALARM(a) OR OK(b)", ("a", "b"), False),
        ("ALARM(a) OR TRUE", ("a",), False),
        ("TRUE", None, False),
        (None, None, False),
    ],
)
def test_rules_of_alarms_on_alarms(rule: Any, names: tuple[str, ...] | None, plain: bool) -> None:
    assert mentioned(rule) == names
    assert any_of_them(rule) is plain
