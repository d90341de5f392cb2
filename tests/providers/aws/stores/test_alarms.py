from typing import Any

import pytest

from logcov.inventory import Destination, Ledger, Route, Scope, Unread
from logcov.providers.aws.stores.alarms import ALARM, CALL, NOTHING, read_metric
from logcov.sandbox.aws_wire import Ask
from providers.aws.controls import METRIC, TOPIC, TOPIC_ARN, alarm, alarms, composite, counted, metric_alarm
from providers.aws.crawl import Crawl, open_session
from providers.aws.stage import HOME, REGION, SCOPE, Stage

FUNCTION = f"arn:aws:lambda:{REGION}:{HOME}:function:page"


def read(stage: Stage) -> Crawl:
    counted(stage)
    ledger = Ledger()
    session = open_session(stage.endpoint, ledger)
    session.audited[HOME] = Scope(id=SCOPE, kind="aws.account", provider="aws")
    return Crawl(tuple(read_metric(session, METRIC, ())), ledger)


def passing(found: Crawl) -> dict[str, Any]:
    """Alarm → what passes: True, False, or None where it is in doubt."""
    return {
        one.setting.rpartition("/")[2]: None if isinstance(one.filter, Unread) else one.filter != NOTHING.id
        for one in found.all(Route)
    }


def test_an_alarm_is_a_way_from_the_metric_to_each_that_it_tells(stage: Stage) -> None:
    alarm(stage, AlarmActions=[TOPIC_ARN, FUNCTION, "arn:aws:automate:eu-west-1:ec2:stop"])
    found = read(stage)
    topic, function = found.all(Route)
    assert (topic.kind, topic.origin, topic.to, topic.enabled) == (ALARM, METRIC, TOPIC, True)
    assert (topic.writer, topic.filter) == ("cloudwatch.amazonaws.com", None)
    assert (function.to, function.writer) == (f"aws:lambda/{REGION}/{HOME}/page", "")
    one = found.one(Destination, METRIC)
    assert (one.end, one.owner) == (False, SCOPE)
    assert found.listed(ALARM) == {(METRIC, None)}


def test_an_alarm_whose_actions_are_off_is_off(stage: Stage) -> None:
    alarm(stage, ActionsEnabled=False)
    (one,) = read(stage).all(Route)
    assert one.enabled is False


def test_a_switch_that_is_missing_is_unread(stage: Stage) -> None:
    alarm(stage, ActionsEnabled=None)
    found = read(stage)
    (one,) = found.all(Route)
    assert found.why(one.enabled).kind == "unparseable"


def test_an_action_that_nobody_knows_leads_somewhere(stage: Stage) -> None:
    alarm(stage, AlarmActions=["arn:aws:ssm-incidents::1:response-plan/root"])
    found = read(stage)
    (one,) = found.all(Route)
    assert found.why(one.to).kind == "not-observable"


def test_alarms_on_other_metrics_are_left_out(stage: Stage) -> None:
    alarm(stage, Namespace="Other")
    found = read(stage)
    assert found.all(Route) == []
    assert found.listed(ALARM)


def test_alarms_on_alarms_count_through_their_parts(stage: Stage) -> None:
    high = metric_alarm(AlarmName="high", Threshold=5.0)
    strange = metric_alarm(AlarmName="strange", Statistic="Average", TreatMissingData="breaching")
    alarms(
        stage,
        metric_alarm(),
        high,
        strange,
        composites=[
            composite("a-top", "ALARM(high) OR ALARM(b-middle)"),
            composite("b-middle", 'ALARM("root") OR ALARM("elsewhere")'),
            composite("c-high", "ALARM(high)"),
            composite("d-strange", "ALARM(high) OR ALARM(strange)"),
            composite("e-both", "ALARM(root) AND ALARM(high)"),
            composite("f-silenced", "ALARM(root)", ActionsSuppressor="x"),
            composite("g-elsewhere", "ALARM(elsewhere)"),
            composite("h-odd", "TRUE"),
            composite("i-circle", "ALARM(j-circle) OR ALARM(root)"),
            composite("j-circle", "ALARM(i-circle)"),
        ],
    )
    assert passing(read(stage)) == {
        "a-top": True,
        "b-middle": True,
        "c-high": False,
        "d-strange": None,
        "e-both": None,
        "f-silenced": None,
        "h-odd": None,
        "high": False,
        "i-circle": True,
        "j-circle": True,
        "root": True,
        "strange": None,
    }


def test_a_long_list_is_read_to_its_end(stage: Stage) -> None:
    def page(ask: Ask) -> dict[str, Any]:
        if "NextToken" in ask.params:
            return {"MetricAlarms": [metric_alarm()], "CompositeAlarms": []}
        return {"MetricAlarms": [], "CompositeAlarms": [], "NextToken": "more"}

    stage.tell(CALL, page)
    found = read(stage)
    assert passing(found) == {"root": True}
    assert stage.asked(CALL) == 2


@pytest.mark.parametrize(
    "answer",
    [
        {"CompositeAlarms": []},
        {"MetricAlarms": []},
        {"MetricAlarms": [{"AlarmArn": "x"}], "CompositeAlarms": []},
        {"MetricAlarms": [], "CompositeAlarms": [], "NextToken": "same"},
    ],
)
def test_a_list_that_is_not_whole_hides_the_alarms(stage: Stage, answer: dict[str, Any]) -> None:
    stage.tell(CALL, answer)
    found = read(stage)
    assert (found.all(Route), found.listed(ALARM)) == ([], set())
    (spot,) = found.spots(CALL)
    assert (spot.kind, spot.hides) == ("unparseable", (ALARM,))


def test_a_region_that_knows_no_log_alarms_is_asked_for_the_others(stage: Stage) -> None:
    def old(ask: Ask) -> Any:
        if "LogAlarm" in str(ask.params["AlarmTypes"]):
            from logcov.sandbox.aws_answers import error

            return error(ask, "ValidationError", "no such type", 400)
        return {"MetricAlarms": [metric_alarm()], "CompositeAlarms": []}

    stage.tell(CALL, old)
    assert passing(read(stage)) == {"root": True}
