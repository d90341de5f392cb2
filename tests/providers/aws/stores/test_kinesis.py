from datetime import UTC, datetime
from typing import Any

import pytest

from logcov.inventory import Destination, Ledger, Route, Scope, Unread
from logcov.providers.aws.stores.kinesis import ONWARD, read_kinesis
from logcov.sandbox import aws_answers as answers
from providers.aws.crawl import Crawl, open_session
from providers.aws.stage import HOME, REGION, SCOPE, Stage

STREAM = f"aws:kinesis/{REGION}/{HOME}/siem"
ARN = f"arn:aws:kinesis:{REGION}:{HOME}:stream/siem"
FUNCTION = f"arn:aws:lambda:{REGION}:{HOME}:function:ship"


def summary(stage: Stage, **fields: Any) -> None:
    told = {
        "StreamName": "siem",
        "StreamARN": ARN,
        "StreamStatus": "ACTIVE",
        "RetentionPeriodHours": 24,
        "StreamCreationTimestamp": datetime(2026, 1, 1, tzinfo=UTC),
        "EnhancedMonitoring": [],
        "OpenShardCount": 1,
        "ConsumerCount": 0,
    }
    stage.tell("kinesis:DescribeStreamSummary", {"StreamDescriptionSummary": told | fields})
    stage.tell("firehose:ListDeliveryStreams", {"DeliveryStreamNames": [], "HasMoreDeliveryStreams": False})
    stage.tell("lambda:ListEventSourceMappings", {"EventSourceMappings": []})


def read(stage: Stage, account: str = HOME) -> Crawl:
    ledger = Ledger()
    session = open_session(stage.endpoint, ledger)
    session.audited[HOME] = Scope(id=SCOPE, kind="aws.account", provider="aws")
    return Crawl(tuple(read_kinesis(session, STREAM.replace(HOME, account), ())), ledger)


def firehoses(stage: Stage, **sources: str) -> None:
    names = sorted(sources)

    def listed(ask: Any) -> dict[str, Any]:
        after = [name for name in names if name > ask.params.get("ExclusiveStartDeliveryStreamName", "")]
        return {"DeliveryStreamNames": after[:1], "HasMoreDeliveryStreams": len(after) > 1}

    def described(ask: Any) -> Any:
        name = ask.params["DeliveryStreamName"]
        if sources[name] == "denied":
            return answers.error(ask, "AccessDeniedException", "no", 403)
        source = {"KinesisStreamARN": sources[name], "RoleARN": f"arn:aws:iam::{HOME}:role/firehose"}
        return {
            "DeliveryStreamDescription": {
                "DeliveryStreamName": name,
                "DeliveryStreamARN": f"arn:aws:firehose:{REGION}:{HOME}:deliverystream/{name}",
                "DeliveryStreamStatus": "ACTIVE",
                "DeliveryStreamType": "KinesisStreamAsSource",
                "VersionId": "1",
                "HasMoreDestinations": False,
                "Destinations": [],
                "Source": {"KinesisStreamSourceDescription": source},
            }
        }

    stage.tell("firehose:ListDeliveryStreams", listed)
    stage.tell("firehose:DescribeDeliveryStream", described)


def test_the_firehose_streams_that_read_it_carry_its_records_on(stage: Stage) -> None:
    summary(stage)
    firehoses(stage, a=ARN, b=ARN + "-other", c=ARN)
    found = read(stage)
    assert [route.to for route in found.all(Route)] == [
        f"aws:firehose/{REGION}/{HOME}/a",
        f"aws:firehose/{REGION}/{HOME}/c",
    ]
    assert found.one(Destination, STREAM).consumed is True


def test_enabled_functions_read_it_and_criteria_leave_doubt(stage: Stage) -> None:
    summary(stage)
    mappings = [
        {"FunctionArn": FUNCTION, "State": "Enabled"},
        {"FunctionArn": FUNCTION + "-some", "State": "Enabled", "FilterCriteria": {"Filters": []}},
        {"FunctionArn": FUNCTION + "-off", "State": "Disabled"},
        {"FunctionArn": "ship", "State": "Enabled"},
    ]
    stage.tell("lambda:ListEventSourceMappings", {"EventSourceMappings": mappings})
    found = read(stage)
    whole, some = found.all(Route)
    assert (whole.to, whole.filter) == (f"aws:lambda/{REGION}/{HOME}/ship", None)
    assert isinstance(some.filter, Unread)


def test_a_registered_consumer_consumes(stage: Stage) -> None:
    summary(stage, ConsumerCount=1)
    assert read(stage).one(Destination, STREAM).consumed is True


def test_that_nobody_reads_it_can_never_be_told(stage: Stage) -> None:
    summary(stage)
    found = read(stage)
    spot = found.why(found.one(Destination, STREAM).consumed)
    assert (spot.kind, spot.hides) == ("not-observable", (ONWARD,))
    assert not found.listed(ONWARD)


@pytest.mark.parametrize("call", ["firehose:ListDeliveryStreams", "lambda:ListEventSourceMappings"])
def test_readers_that_may_not_be_listed_cost_only_their_routes(stage: Stage, call: str) -> None:
    summary(stage)
    stage.deny(call)
    found = read(stage)
    assert found.one(Destination, STREAM).exists is True
    assert [spot.permission for spot in found.spots(call)] == [call]


@pytest.mark.parametrize(("status", "usable"), [("UPDATING", True), ("DELETING", False)])
def test_a_stream_works_while_it_is_there(stage: Stage, status: str, usable: bool) -> None:
    summary(stage, StreamStatus=status)
    assert read(stage).one(Destination, STREAM).usable is usable


def test_a_state_that_nobody_knows_is_unread(stage: Stage) -> None:
    summary(stage, StreamStatus="DREAMING")
    assert isinstance(read(stage).one(Destination, STREAM).usable, Unread)


def test_a_stream_that_is_gone_is_told_from_one_that_may_not_be_seen(stage: Stage) -> None:
    stage.refuse("kinesis:DescribeStreamSummary", "ResourceNotFoundException")
    assert read(stage).one(Destination, STREAM).exists is False
    stage.deny("kinesis:DescribeStreamSummary")
    found = read(stage)
    assert found.why(found.one(Destination, STREAM).exists).hides == (ONWARD,)


def test_a_stream_of_an_account_that_is_not_audited_is_not_asked_about(stage: Stage) -> None:
    found = read(stage, "999999999999")
    (one,) = found.all(Destination)
    assert "not audited" in found.why(one.exists).detail


@pytest.mark.parametrize(
    ("key", "state", "usable"),
    [("k", "Enabled", True), ("k", "Disabled", False), ("alias/aws/kinesis", "Disabled", True)],
)
def test_a_stream_takes_records_only_with_a_key_that_works(
    stage: Stage, key: str, state: str, usable: bool
) -> None:
    summary(stage, EncryptionType="KMS", KeyId=key)
    told = {"KeyId": "1", "KeyState": state, "KeyManager": "CUSTOMER"}
    stage.tell("kms:DescribeKey", {"KeyMetadata": told})
    assert read(stage).one(Destination, STREAM).usable is usable


def test_a_reader_of_a_part_does_not_consume_it_all(stage: Stage) -> None:
    summary(stage)
    some = {"FunctionArn": FUNCTION, "State": "Enabled", "FilterCriteria": {"Filters": []}}
    stage.tell("lambda:ListEventSourceMappings", {"EventSourceMappings": [some]})
    found = read(stage)
    assert isinstance(found.one(Destination, STREAM).consumed, Unread)
    assert len(found.all(Route)) == 1


def test_one_stream_that_may_not_be_described_leaves_the_others(stage: Stage) -> None:
    summary(stage)
    firehoses(stage, a="denied", b=ARN)
    found = read(stage)
    assert [route.to for route in found.all(Route)] == [f"aws:firehose/{REGION}/{HOME}/b"]
    assert found.spots("firehose:DescribeDeliveryStream")
