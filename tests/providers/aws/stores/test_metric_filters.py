from typing import Any

import pytest

from logcov.inventory import Filter, Ledger, Route
from logcov.providers.aws.stores.metric_filters import CALL, METRIC_FILTER, count
from providers.aws.controls import GROUP, METRIC, ROOT, counted
from providers.aws.crawl import Crawl, open_session
from providers.aws.stage import HOME, REGION, Stage


def ways(stage: Stage, *groups: str) -> Crawl:
    ledger = Ledger()
    session = open_session(stage.endpoint, ledger)
    facts: list[Any] = []
    for name in groups or ("trail",):
        destination = f"aws:logs/{REGION}/{HOME}/{name}"
        facts += count(session.place(HOME, REGION, destination), destination, name)
    return Crawl(tuple(facts), ledger)


def test_records_that_fit_the_pattern_are_counted_in_the_metric(stage: Stage) -> None:
    counted(stage)
    found = ways(stage)
    (one,), (chosen,) = found.all(Route), found.all(Filter)
    assert (one.kind, one.origin, one.filter) == (METRIC_FILTER, GROUP, chosen.id)
    assert one.to == METRIC
    assert (chosen.dialect, chosen.text) == ("aws.logs-pattern", ROOT)
    assert one.raw["metricValue"] == "1"
    assert found.listed(METRIC_FILTER) == {(GROUP, None)}


@pytest.mark.parametrize("pattern", ["", "  "])
def test_without_a_pattern_everything_is_counted(stage: Stage, pattern: str) -> None:
    counted(stage, pattern)
    (one,) = ways(stage).all(Route)
    assert one.filter is None


@pytest.mark.parametrize(
    "change",
    [
        {"filter": {"fieldSelectionCriteria": '@aws.account = "1"'}},
        {"filter": {"applyOnTransformedLogs": True}},
        {"filter": {"emitSystemFieldDimensions": ["@aws.account"]}},
        {"dimensions": {"who": "$.userIdentity.arn"}},
        {"metricValue": "$.size"},
        {"metricValue": "0"},
        {"metricValue": "-1"},
    ],
)
def test_what_is_counted_is_in_doubt_where_it_is_not_plain(stage: Stage, change: dict[str, Any]) -> None:
    counted(stage, **change)
    found = ways(stage)
    (one,) = found.all(Route)
    assert found.why(one.filter).kind == "not-observable"


def test_a_metric_filter_without_a_metric_leads_nobody_knows_where(stage: Stage) -> None:
    stage.tell(CALL, {"metricFilters": [{"filterName": "root", "logGroupName": "trail"}]})
    found = ways(stage)
    (one,) = found.all(Route)
    assert found.why(one.to).kind == "unparseable"


def test_a_region_is_asked_once_for_all_its_groups(stage: Stage) -> None:
    counted(stage)
    found = ways(stage, "trail", "other", "third")
    assert len(found.all(Route)) == 1
    assert len(found.listed(METRIC_FILTER)) == 3
    assert stage.asked(CALL) == 1


@pytest.mark.parametrize("broken", [{"filterName": "x"}, {"logGroupName": "trail"}])
def test_a_list_that_cannot_be_understood_hides_what_is_counted(stage: Stage, broken: dict[str, str]) -> None:
    stage.tell(CALL, {"metricFilters": [broken]})
    found = ways(stage)
    assert (found.all(Route), found.listed(METRIC_FILTER)) == ([], set())
    (spot,) = found.spots(CALL)
    assert (spot.kind, spot.hides) == ("unparseable", (METRIC_FILTER,))


def test_a_refused_list_hides_what_is_counted_in_each_group(stage: Stage) -> None:
    stage.deny(CALL)
    found = ways(stage, "trail", "other")
    assert not found.listed(METRIC_FILTER)
    assert {spot.place for spot in found.spots(CALL)} == {GROUP, GROUP.replace("trail", "other")}
