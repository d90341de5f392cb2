import json
from typing import Any

import pytest

from logcov.inventory import Admission, Destination, Filter, Ledger, Route, Scope, Unread
from logcov.providers.aws.stores.event_buses import BUS as DESCRIBE
from logcov.providers.aws.stores.event_buses import RULE, RULES, TARGETS, read_event_bus
from providers.aws.controls import BUS, RULE_ARN, TOPIC, TOPIC_ARN, rule, rules
from providers.aws.crawl import Crawl, open_session
from providers.aws.stage import HOME, OTHER, REGION, SCOPE, Stage

PATTERN = {"source": ["aws.signin"]}


def read(stage: Stage, destination: str = BUS, *routes: Route) -> tuple[Crawl, Destination]:
    ledger = Ledger()
    session = open_session(stage.endpoint, ledger)
    session.audited[HOME] = Scope(id=SCOPE, kind="aws.account", provider="aws")
    found = Crawl(tuple(read_event_bus(session, destination, routes)), ledger)
    (one,) = found.all(Destination)
    return found, one


def test_a_rule_hands_on_the_events_of_its_pattern(stage: Stage) -> None:
    rules(stage, rule(PATTERN))
    found, bus = read(stage)
    (one,), (chosen,) = found.all(Route), found.all(Filter)
    assert (one.kind, one.origin, one.to, one.enabled) == (RULE, BUS, TOPIC, True)
    assert (one.filter, one.writer, one.raw["RuleArn"]) == (chosen.id, "events.amazonaws.com", RULE_ARN)
    assert chosen.dialect == "aws.event-pattern"
    assert json.loads(chosen.text) == {"pattern": PATTERN, "readOnlyManagementEvents": False}
    assert (bus.end, bus.exists, bus.usable, bus.owner) == (False, True, True, SCOPE)
    assert found.listed(RULE) == {(BUS, None)}


@pytest.mark.parametrize(
    ("state", "enabled", "reads"),
    [
        ("ENABLED", True, False),
        ("DISABLED", False, False),
        ("ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS", True, True),
        ("PAUSED", None, False),
    ],
)
def test_states_of_rules(stage: Stage, state: str, enabled: bool | None, reads: bool) -> None:
    rules(stage, rule(PATTERN, State=state))
    found, _ = read(stage)
    (one,), (chosen,) = found.all(Route), found.all(Filter)
    assert (None if isinstance(one.enabled, Unread) else one.enabled) is enabled
    assert json.loads(chosen.text)["readOnlyManagementEvents"] is reads


def test_rules_by_the_clock_take_no_events(stage: Stage) -> None:
    rules(stage, {"Name": "clock", "State": "ENABLED", "ScheduleExpression": "rate(1 day)"})
    found, _ = read(stage)
    assert (found.all(Route), stage.asked(TARGETS)) == ([], 0)
    assert found.listed(RULE)


@pytest.mark.parametrize(
    ("arn", "to", "writer"),
    [
        (f"arn:aws:kinesis:{REGION}:{HOME}:stream/s", f"aws:kinesis/{REGION}/{HOME}/s", ""),
        (f"arn:aws:firehose:{REGION}:{HOME}:deliverystream/s", f"aws:firehose/{REGION}/{HOME}/s", ""),
        (f"arn:aws:lambda:{REGION}:{HOME}:function:f", f"aws:lambda/{REGION}/{HOME}/f", ""),
        (
            f"arn:aws:logs:{REGION}:{HOME}:log-group:/aws/events/x",
            f"aws:logs/{REGION}/{HOME}//aws/events/x",
            "",
        ),
        (f"arn:aws:events:{REGION}:{HOME}:event-bus/siem", f"aws:events/{REGION}/{HOME}/siem", ""),
        (
            f"arn:aws:events:{REGION}:{OTHER}:event-bus/siem",
            f"aws:events/{REGION}/{OTHER}/siem",
            "events.amazonaws.com",
        ),
        (
            f"arn:aws:logs:{REGION}:{OTHER}:log-group:x",
            f"aws:logs/{REGION}/{OTHER}/x",
            "events.amazonaws.com",
        ),
        (
            f"arn:aws:events:{REGION}:{HOME}:api-destination/pager/1-2",
            "aws:endpoint/api-destination/pager",
            "",
        ),
        (f"arn:aws:sqs:{REGION}:{HOME}:queue", None, ""),
    ],
)
def test_where_rules_lead(stage: Stage, arn: str, to: str | None, writer: str) -> None:
    rules(stage, rule(PATTERN), targets=[{"Id": "1", "Arn": arn}])
    found, _ = read(stage)
    (one,) = found.all(Route)
    assert (None if isinstance(one.to, Unread) else one.to) == to
    assert one.writer == writer


@pytest.mark.parametrize(
    ("fields", "whole"),
    [
        ({}, True),
        ({"InputPath": "$.detail"}, True),
        ({"InputPath": "$.detail.userIdentity"}, False),
        ({"Input": '"something happened"'}, False),
        ({"InputTransformer": {"InputTemplate": '"<x>"'}}, False),
    ],
)
def test_a_target_that_gets_another_text_may_not_get_the_record(
    stage: Stage, fields: dict[str, Any], whole: bool
) -> None:
    stream = f"arn:aws:kinesis:{REGION}:{HOME}:stream/s"
    rules(
        stage,
        rule(PATTERN),
        targets=[{"Id": "1", "Arn": stream} | fields, {"Id": "2", "Arn": TOPIC_ARN} | fields],
    )
    kept, told = read(stage)[0].all(Route)
    assert isinstance(kept.filter, str) is whole
    assert isinstance(told.filter, str)


def test_refused_targets_of_one_rule_leave_the_others(stage: Stage) -> None:
    rules(stage, rule(PATTERN), rule(PATTERN, Name="second"))
    stage.tell(TARGETS, {"Targets": [{"Id": "1", "Arn": TOPIC_ARN}]})
    found, _ = read(stage)
    assert [one.to for one in found.all(Route)] == [TOPIC, TOPIC]
    stage.deny(TARGETS)
    found, _ = read(stage)
    assert {found.why(one.to).permission for one in found.all(Route)} == {TARGETS}
    assert found.listed(RULE)


@pytest.mark.parametrize(
    "pattern",
    ["{", "[]", '{"source": ["aws.iam"], "source": ["aws.s3"]}', '{"a":' * 20_000 + "[1]" + "}" * 20_000],
    ids=["cut off", "a list", "a key twice", "too deep"],
)
def test_a_pattern_that_is_none_is_unread(stage: Stage, pattern: str) -> None:
    rules(stage, rule(PATTERN, EventPattern=pattern))
    found, _ = read(stage)
    (one,) = found.all(Route)
    assert found.why(one.filter).kind == "unparseable"


def test_a_rule_that_is_deleted_meanwhile_is_none(stage: Stage) -> None:
    rules(stage, rule(PATTERN))
    stage.refuse(TARGETS, "ResourceNotFoundException")
    found, _ = read(stage)
    assert (found.all(Route), found.listed(RULE)) == ([], {(BUS, None)})


def test_a_bus_that_is_gone_is_told_from_one_that_may_not_be_seen(stage: Stage) -> None:
    stage.refuse(RULES, "ResourceNotFoundException")
    found, bus = read(stage)
    assert (bus.exists, found.listed(RULE)) == (False, {(BUS, None)})
    stage.deny(RULES)
    found, bus = read(stage)
    spot = found.why(bus.exists)
    assert (spot.permission, spot.hides) == (RULES, (RULE,))


def test_a_key_or_a_refused_description_leaves_it_open_whether_the_bus_works(stage: Stage) -> None:
    rules(stage)
    stage.tell(DESCRIBE, {"Name": "default", "KmsKeyIdentifier": "key"})
    found, bus = read(stage)
    assert found.why(bus.usable).kind == "not-observable"
    stage.deny(DESCRIBE)
    found, bus = read(stage)
    assert found.why(bus.usable).permission == DESCRIBE


def test_another_accounts_rule_needs_leave_that_is_not_read(stage: Stage) -> None:
    rules(stage)
    theirs = Route(
        id="r", kind=RULE, setting="r", effect="carry", origin="o", to=BUS, writer="events.amazonaws.com"
    )
    found, _ = read(stage, BUS, theirs)
    (admission,) = found.all(Admission)
    assert isinstance(admission.allowed, Unread)


def test_a_bus_of_an_account_that_is_not_audited_is_not_asked_about(stage: Stage) -> None:
    found, bus = read(stage, BUS.replace(HOME, "999999999999"))
    assert "not audited" in found.why(bus.exists).detail
    assert stage.asked(RULES) == 0
