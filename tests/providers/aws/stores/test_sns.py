from typing import Any

import pytest

from logcov.inventory import Admission, Destination, Keep, Ledger, Route, Scope, Unread
from logcov.providers.aws.stores.sns import ATTRIBUTES, LIST, ONWARD, SUBSCRIPTION, read_topic
from providers.aws.controls import ALARM_ARN, TOPIC, subscribed, topic
from providers.aws.crawl import Crawl, open_session
from providers.aws.stage import HOME, REGION, SCOPE, Stage

ALARM = Route(
    id="alarm",
    kind="aws.cloudwatch.alarm",
    setting="alarm",
    effect="carry",
    origin="aws:metric/x",
    to=TOPIC,
    writer="cloudwatch.amazonaws.com",
    raw={"AlarmArn": ALARM_ARN},
)
FILTERED = {"FilterPolicy": '{"severity": ["high"]}'}


def read(stage: Stage, destination: str = TOPIC, route: Route = ALARM) -> tuple[Crawl, Destination]:
    ledger = Ledger()
    session = open_session(stage.endpoint, ledger)
    session.audited[HOME] = Scope(id=SCOPE, kind="aws.account", provider="aws")
    found = Crawl(tuple(read_topic(session, destination, [route])), ledger)
    (one,) = found.all(Destination)
    return found, one


def test_a_topic_with_somebody_who_hears_everything(stage: Stage) -> None:
    topic(stage)
    subscribed(stage, ("email", {}))
    found, one = read(stage)
    assert (one.end, one.exists, one.usable, one.consumed, one.owner) == (False, True, True, True, SCOPE)
    assert (one.retained, one.searchable, one.lock) == ((Keep(days=0),), (Keep(days=0),), False)
    (admission,) = found.all(Admission)
    assert admission.allowed is True
    assert found.all(Route) == []
    assert found.listed(ONWARD) == {(TOPIC, None)}
    assert "somebody@" not in str(found.facts)


@pytest.mark.parametrize(
    ("subscriptions", "consumed"),
    [
        ([], False),
        ([("email", None)], False),
        ([("email", FILTERED)], None),
        ([("email", FILTERED), ("sms", {})], True),
        ([("email", {"FilterPolicy": "{}"})], True),
        ([("email", None), ("https", {})], True),
        ([("email", {"PendingConfirmation": "true"})], None),
    ],
)
def test_who_hears(stage: Stage, subscriptions: Any, consumed: bool | None) -> None:
    topic(stage)
    subscribed(stage, *subscriptions)
    _, one = read(stage)
    assert (None if isinstance(one.consumed, Unread) else one.consumed) is consumed


def test_subscriptions_are_asked_about_until_one_hears_everything(stage: Stage) -> None:
    topic(stage)
    subscribed(stage, *[("email", {}) for _ in range(20)], ("https", {}))
    read(stage)
    assert stage.asked(SUBSCRIPTION) == 1


def test_a_subscription_that_may_not_be_read_is_not_one_that_filters(stage: Stage) -> None:
    topic(stage)
    subscribed(stage, ("email", {}))
    stage.deny(SUBSCRIPTION)
    found, one = read(stage)
    assert found.why(one.consumed).permission == SUBSCRIPTION


def test_streams_and_functions_that_subscribe_carry_on(stage: Stage) -> None:
    topic(stage)
    subscribed(stage, ("firehose", {}), ("lambda", FILTERED), ("sqs", {}), ("email", {}))
    found, _ = read(stage)
    firehose, function, queue = found.all(Route)
    assert (firehose.to, firehose.filter) == (f"aws:firehose/{REGION}/{HOME}/ship", None)
    assert function.to == f"aws:lambda/{REGION}/{HOME}/ship"
    assert found.why(function.filter).kind == "not-observable"
    assert found.why(queue.to).kind == "not-observable"


def test_a_key_of_its_own_may_keep_services_out(stage: Stage) -> None:
    topic(stage, KmsMasterKeyId="alias/topics")
    subscribed(stage)
    found, one = read(stage)
    assert found.why(one.usable).kind == "not-observable"


@pytest.mark.parametrize(
    "raw", [{}, {"AlarmArn": "root"}, {"RuleArn": ALARM_ARN, "RoleArn": "arn:aws:iam::1:role/x"}]
)
def test_a_writer_that_is_not_known_may_be_kept_out(stage: Stage, raw: dict[str, str]) -> None:
    topic(stage)
    subscribed(stage)
    route = Route(id="r", kind="k", setting="s", effect="carry", origin="o", writer=ALARM.writer, raw=raw)
    found, _ = read(stage, route=route)
    (admission,) = found.all(Admission)
    assert isinstance(admission.allowed, Unread)


def test_a_topic_that_is_gone_is_told_from_one_that_may_not_be_seen(stage: Stage) -> None:
    stage.refuse(ATTRIBUTES, "NotFound", status=404)
    found, one = read(stage)
    assert one.exists is False
    assert found.listed(ONWARD)
    stage.deny(ATTRIBUTES)
    found, one = read(stage)
    assert found.why(one.exists).permission == ATTRIBUTES
    assert found.all(Admission)[0].allowed == one.exists == one.consumed
    assert not found.listed(ONWARD)


def test_an_answer_without_a_topic_tells_nothing(stage: Stage) -> None:
    stage.tell(ATTRIBUTES, {"Attributes": {}})
    found, one = read(stage)
    assert found.why(one.exists).kind == "unparseable"


def test_refused_subscriptions_hide_who_hears_and_what_carries_on(stage: Stage) -> None:
    topic(stage)
    stage.deny(LIST)
    found, one = read(stage)
    assert one.exists is True
    assert found.why(one.consumed).hides == (ONWARD,)
    assert not found.listed(ONWARD)


def test_a_topic_of_an_account_that_is_not_audited_is_not_asked_about(stage: Stage) -> None:
    found, one = read(stage, TOPIC.replace(HOME, "999999999999"))
    assert "not audited" in found.why(one.exists).detail
    assert stage.asked(ATTRIBUTES) == 0
