import json
from typing import Any

import pytest

from logcov.inventory import Admission, Emitter, Route, Unread
from providers.aws.judging import findings
from providers.aws.stage import HOME, REGION, SCOPE, Stage

SOURCE = "aws.s3.access"
LOGGED = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "access/"}}
GRANT = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "logging.s3.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": "arn:aws:s3:::logs/access/*",
            "Condition": {"StringEquals": {"aws:SourceAccount": HOME}},
        }
    ],
}


def buckets(stage: Stage, **logging: dict[str, Any]) -> None:
    """Buckets in `REGION`, and one elsewhere."""
    s3 = stage.moto("s3")
    for name in {*logging, "logs"}:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    told = [{"Name": name, "BucketRegion": REGION} for name in sorted({*logging, "logs"})]
    stage.tell("s3:ListBuckets", {"Buckets": [*told, {"Name": "far", "BucketRegion": "us-east-1"}]})
    stage.tell("s3:GetBucketLogging", lambda ask: logging.get(ask.params["Bucket"], {}))
    stage.tell("resourcegroupstaggingapi:GetResources", {"ResourceTagMappingList": []})


def verdicts(stage: Stage) -> dict[str | None, tuple[str, str | None]]:
    return {one.resource: (one.status, one.reason) for one in findings(stage.crawl("aws.s3_access"), SOURCE)}


def test_each_bucket_of_the_region_emits_with_its_tags(stage: Stage) -> None:
    buckets(stage, data=LOGGED)
    tagged = {"ResourceARN": "arn:aws:s3:::data", "Tags": [{"Key": "env", "Value": "prod"}]}
    stage.tell("resourcegroupstaggingapi:GetResources", {"ResourceTagMappingList": [tagged]})
    found = stage.crawl("aws.s3_access")
    assert {one.resource: one.labels for one in found.all(Emitter)} == {"data": {"env": "prod"}, "logs": {}}
    (route,) = found.all(Route)
    assert (route.to, route.prefix) == ("aws:s3/logs", "access/")
    assert found.listed("aws.s3.bucket") == {(SCOPE, REGION)} == found.listed("aws.s3.access_logging")


def test_one_list_serves_all_regions(stage: Stage) -> None:
    buckets(stage, data=LOGGED)
    found = stage.crawl("aws.s3_access", regions=(REGION, "us-east-1"))
    assert {(one.resource, one.location) for one in found.all(Emitter)} == {
        ("data", REGION),
        ("logs", REGION),
        ("far", "us-east-1"),
    }
    assert stage.asked("s3:ListBuckets") == 1
    assert stage.asked("s3:GetBucketLogging") == 3


def test_partitioned_prefixes_name_account_region_and_bucket(stage: Stage) -> None:
    partitioned = {"PartitionedPrefix": {"PartitionDateSource": "EventTime"}}
    buckets(
        stage, data={"LoggingEnabled": {**LOGGED["LoggingEnabled"], "TargetObjectKeyFormat": partitioned}}
    )
    (route,) = stage.crawl("aws.s3_access").all(Route)
    assert route.prefix == f"access/{HOME}/{REGION}/data/"


def test_a_logged_bucket_is_covered_and_another_one_a_gap(stage: Stage) -> None:
    buckets(stage, data=LOGGED)
    stage.moto("s3").put_bucket_policy(Bucket="logs", Policy=json.dumps(GRANT))
    assert verdicts(stage) == {"data": ("covered", None), "logs": ("gap", "not-routed")}


def test_a_target_that_does_not_let_s3_write_is_a_gap(stage: Stage) -> None:
    buckets(stage, data=LOGGED)
    assert verdicts(stage)["data"] == ("gap", "writer-denied")
    (admission,) = stage.crawl("aws.s3_access").all(Admission)
    assert admission.allowed is False


def test_a_bucket_that_may_not_be_asked_does_not_hide_the_others(stage: Stage) -> None:
    buckets(stage, data=LOGGED)

    def told(ask: Any) -> Any:
        from logcov.sandbox import aws_answers

        if ask.params["Bucket"] == "data":
            return aws_answers.error(ask, "AccessDenied", "Access Denied", 403)
        return {}

    stage.tell("s3:GetBucketLogging", told)
    found = verdicts(stage)
    assert found["data"][0] == "unknown"
    assert found["logs"] == ("gap", "not-routed")


def test_a_bucket_deleted_since_it_was_listed_is_no_bucket(stage: Stage) -> None:
    buckets(stage, data=LOGGED)
    stage.refuse("s3:GetBucketLogging", "NoSuchBucket", status=404)
    assert stage.crawl("aws.s3_access").all(Emitter) == []


def test_logging_without_a_target_is_unread(stage: Stage) -> None:
    buckets(stage, data={"LoggingEnabled": {"TargetBucket": "", "TargetPrefix": ""}})
    (route,) = stage.crawl("aws.s3_access").all(Route)
    assert isinstance(route.to, Unread)


@pytest.mark.parametrize("answer", [{"Buckets": [{"Name": "data"}]}, {"Buckets": [{"BucketRegion": REGION}]}])
def test_a_list_that_is_not_whole_is_no_list(stage: Stage, answer: dict[str, Any]) -> None:
    buckets(stage)
    stage.tell("s3:ListBuckets", answer)
    found = stage.crawl("aws.s3_access")
    assert found.listed("aws.s3.bucket") == set()
    assert [one.status for one in findings(found, SOURCE)] == ["unknown"]


def test_refused_buckets_leave_no_listing(stage: Stage) -> None:
    stage.refuse("s3:ListBuckets", "AccessDenied", status=403)
    found = stage.crawl("aws.s3_access")
    (spot,) = found.spots("s3:ListBuckets")
    assert spot.hides == ("aws.s3.access_logging", "aws.s3.bucket")
    assert spot.permission == "s3:ListAllMyBuckets"


def test_a_bucket_is_a_store_and_has_a_name_in_data_events(stage: Stage) -> None:
    buckets(stage, data=LOGGED)
    (one,) = [one for one in stage.crawl("aws.s3_access").all(Emitter) if one.resource == "data"]
    assert one.store == "aws:s3/data"
    assert one.known_as == {"resources.ARN": "arn:aws:s3:::data/*"}
