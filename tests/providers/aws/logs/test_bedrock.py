import json
from typing import Any

import pytest

from logcov.inventory import Emitter, Route
from providers.aws.groups import log_groups
from providers.aws.judging import findings
from providers.aws.stage import HOME, REGION, SCOPE, Stage

SOURCE = "aws.bedrock.invocation"
CALL = "bedrock:GetModelInvocationLoggingConfiguration"
ALL = {f"{data}DataDeliveryEnabled": True for data in ("text", "image", "embedding", "video", "audio")}
BUCKET = {"bucketName": "acme-models", "keyPrefix": "bedrock"}
GROUP = {"logGroupName": "models", "roleArn": f"arn:aws:iam::{HOME}:role/bedrock"}


GRANT = {
    "Effect": "Allow",
    "Principal": {"Service": "bedrock.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": f"arn:aws:s3:::acme-models/bedrock/AWSLogs/{HOME}/BedrockModelInvocationLogs/*",
    "Condition": {
        "StringEquals": {"aws:SourceAccount": HOME},
        "ArnLike": {"aws:SourceArn": f"arn:aws:bedrock:{REGION}:{HOME}:*"},
    },
}


def verdicts(
    stage: Stage, config: dict[str, Any] | None, *, policy: bool = True
) -> dict[str, tuple[str, str | None]]:
    stage.tell(CALL, {} if config is None else {"loggingConfig": config})
    log_groups(stage, "models")
    s3 = stage.moto("s3")
    s3.create_bucket(Bucket="acme-models", CreateBucketConfiguration={"LocationConstraint": REGION})
    if policy:
        s3.put_bucket_policy(Bucket="acme-models", Policy=json.dumps({"Statement": [GRANT]}))
    found = findings(stage.crawl("aws.bedrock"), SOURCE)
    return {one.dimensions["data"]: (one.status, one.reason) for one in found}


@pytest.mark.parametrize("config", [None, {}])
def test_no_configuration_is_a_gap(stage: Stage, config: dict[str, Any] | None) -> None:
    assert set(verdicts(stage, config).values()) == {("gap", "not-routed")}


def test_a_bucket_takes_every_kind_of_data_that_is_on(stage: Stage) -> None:
    told = verdicts(stage, {**ALL, "videoDataDeliveryEnabled": False, "s3Config": BUCKET})
    assert told.pop("video") == ("gap", "route-disabled")
    assert set(told.values()) == {("covered", None)}


def test_a_bucket_that_does_not_let_bedrock_write_is_a_gap(stage: Stage) -> None:
    told = verdicts(stage, {**ALL, "s3Config": BUCKET}, policy=False)
    assert set(told.values()) == {("gap", "writer-denied")}


def test_a_log_group_takes_no_large_bodies_and_no_binary_data(stage: Stage) -> None:
    told = verdicts(stage, {**ALL, "cloudWatchConfig": GROUP})
    assert set(told.values()) == {("gap", "filtered-out")}
    (text,) = [
        one
        for one in findings(stage.crawl("aws.bedrock"), SOURCE, more=", only: {large: ['false']}")
        if one.dimensions["data"] == "text"
    ]
    assert text.status == "covered"


def test_with_a_bucket_for_large_data_a_log_group_takes_the_rest(stage: Stage) -> None:
    told = verdicts(stage, {**ALL, "cloudWatchConfig": {**GROUP, "largeDataDeliveryS3Config": BUCKET}})
    assert set(told.values()) == {("covered", None)}


def test_a_switch_that_is_not_told_leaves_that_kind_of_data_open(stage: Stage) -> None:
    told = verdicts(stage, {"textDataDeliveryEnabled": True, "s3Config": BUCKET})
    assert told["text"][0] == "covered"
    assert told["audio"][0] == "unknown"


def test_emitters_and_routes_say_where_they_are(stage: Stage) -> None:
    stage.tell(CALL, {"loggingConfig": {**ALL, "s3Config": BUCKET}})
    found = stage.crawl("aws.bedrock")
    assert {(one.scope, one.location, one.resource) for one in found.all(Emitter)} == {(SCOPE, REGION, None)}
    assert {(route.to, route.prefix) for route in found.all(Route)} == {
        ("aws:s3/acme-models", f"bedrock/AWSLogs/{HOME}/BedrockModelInvocationLogs/")
    }
    assert found.listed("aws.bedrock.logging") == {(SCOPE, REGION)}


def test_a_refused_configuration_is_unknown(stage: Stage) -> None:
    stage.deny(CALL)
    found = stage.crawl("aws.bedrock")
    (spot,) = found.spots(CALL)
    assert spot.hides == ("aws.bedrock.logging",)
    assert [one.status for one in findings(found, SOURCE)] == ["unknown"]


def test_it_reads_what_moto_says(stage: Stage) -> None:
    stage.moto("bedrock").put_model_invocation_logging_configuration(
        loggingConfig={"s3Config": BUCKET, **ALL}
    )
    switched = {route.dimensions["data"]: route.enabled for route in stage.crawl("aws.bedrock").all(Route)}
    assert switched["text"] is True
    assert json.dumps(sorted(switched)) == '["audio", "embedding", "image", "text", "video"]'
