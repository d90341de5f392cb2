import json
from typing import Any

import pytest

from logcov.inventory import Emitter, Route
from providers.aws.groups import log_groups
from providers.aws.judging import findings
from providers.aws.stage import HOME, REGION, SCOPE, Stage

SOURCE = "aws.ssm.session"
CALL = "ssm:GetDocument"


def preferences(stage: Stage, content: object) -> None:
    text = content if isinstance(content, str) else json.dumps(content)
    stage.tell(CALL, {"Name": "SSM-SessionManagerRunShell", "Content": text, "DocumentFormat": "JSON"})
    log_groups(stage, "sessions")


def inputs(**told: Any) -> dict[str, Any]:
    return {"schemaVersion": "1.0", "sessionType": "Standard_Stream", "inputs": told}


def verdict(stage: Stage) -> tuple[str, str | None]:
    (one,) = findings(stage.crawl("aws.session_manager"), SOURCE)
    return one.status, one.reason


def test_a_group_that_takes_transcripts_covers_the_region(stage: Stage) -> None:
    preferences(stage, inputs(cloudWatchLogGroupName="sessions", cloudWatchEncryptionEnabled=False))
    found = stage.crawl("aws.session_manager")
    (one,) = found.all(Emitter)
    assert (one.scope, one.location, one.resource) == (SCOPE, REGION, None)
    (route,) = found.all(Route)
    assert route.to == f"aws:logs/{REGION}/{HOME}/sessions"
    assert route.raw["cloudWatchEncryptionEnabled"] is False
    assert verdict(stage) == ("covered", None)


def test_a_bucket_is_a_second_way(stage: Stage) -> None:
    told = inputs(s3BucketName="acme-sessions", s3KeyPrefix="ssm", cloudWatchLogGroupName="sessions")
    preferences(stage, told)
    routes = {route.to: route.prefix for route in stage.crawl("aws.session_manager").all(Route)}
    assert routes["aws:s3/acme-sessions"] == "ssm/"
    assert len(routes) == 2


def test_no_preferences_are_a_gap(stage: Stage) -> None:
    stage.refuse(CALL, "InvalidDocument")
    assert verdict(stage) == ("gap", "not-routed")


def test_preferences_without_a_destination_are_a_gap(stage: Stage) -> None:
    preferences(stage, inputs(s3BucketName="", cloudWatchLogGroupName=""))
    assert verdict(stage) == ("gap", "not-routed")


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        "[" * 9000,
        {"schemaVersion": "1.0"},
        inputs(s3BucketName=5),
        inputs(s3BucketName="{{ bucket }}"),
    ],
)
def test_preferences_that_cannot_be_understood_are_unknown(stage: Stage, content: object) -> None:
    preferences(stage, content)
    assert verdict(stage)[0] == "unknown"


def test_refused_preferences_are_unknown(stage: Stage) -> None:
    stage.deny(CALL)
    found = stage.crawl("aws.session_manager")
    (spot,) = found.spots(CALL)
    assert (spot.permission, spot.hides) == (CALL, ("aws.ssm.session_logging",))
    assert [one.status for one in findings(found, SOURCE)] == ["unknown"]
