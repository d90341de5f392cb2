from datetime import UTC, datetime
from typing import Any

import pytest

from logcov.inventory import Admission, Emitter, Filter, Route, Unread
from providers.aws.crawl import Crawl
from providers.aws.judging import findings, judged
from providers.aws.stage import HOME, REGION, SCOPE, Stage

SERVICE_ROLE = f"arn:aws:iam::{HOME}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
EVERYTHING = {
    "allSupported": True,
    "includeGlobalResourceTypes": True,
    "recordingStrategy": {"useOnly": "ALL_SUPPORTED_RESOURCE_TYPES"},
}
REGIONAL = EVERYTHING | {"includeGlobalResourceTypes": False}
SOME = {
    "allSupported": False,
    "resourceTypes": ["AWS::S3::Bucket", "AWS::IAM::User"],
    "recordingStrategy": {"useOnly": "INCLUSION_BY_RESOURCE_TYPES"},
}
WITHOUT = {
    "allSupported": False,
    "exclusionByResourceTypes": {"resourceTypes": ["AWS::EC2::Instance"]},
    "recordingStrategy": {"useOnly": "EXCLUSION_BY_RESOURCE_TYPES"},
}
RUNS = {"recording": True, "lastStatus": "SUCCESS"}
SENT = {
    "configHistoryDeliveryInfo": {
        "lastStatus": "SUCCESS",
        "lastSuccessfulTime": datetime(2026, 11, 1, tzinfo=UTC),
    },
    "configStreamDeliveryInfo": {"lastStatus": "SUCCESS"},
}
CHANNEL = {"s3BucketName": "items", "s3KeyPrefix": "p"}


def recorder(
    stage: Stage, group: Any = None, status: Any = None, role: str = SERVICE_ROLE, **where: str
) -> None:
    told = {"name": "default", "roleARN": role, "recordingGroup": group or EVERYTHING}
    running = {"name": "default"} | (status or RUNS)
    stage.tell("config:DescribeConfigurationRecorders", {"ConfigurationRecorders": [told]}, **where)
    stage.tell(
        "config:DescribeConfigurationRecorderStatus", {"ConfigurationRecordersStatus": [running]}, **where
    )
    stage.tell("config:DescribeDeliveryChannels", {"DeliveryChannels": []}, **where)


def channel(stage: Stage, told: Any = None, status: Any = None) -> None:
    stage.tell("config:DescribeDeliveryChannels", {"DeliveryChannels": [{"name": "d"} | (told or CHANNEL)]})
    stage.tell(
        "config:DescribeDeliveryChannelStatus",
        {"DeliveryChannelsStatus": [{"name": "d"} | (SENT if status is None else status)]},
    )


def generated(found: Crawl, source: str = "aws.config.item", only: str = "") -> tuple[str, str | None]:
    """The verdict on whether records are made at all: a policy without `reach`, like CIS 4.3."""
    line = f"require: [{{id: line, title: a line, logs: {source}{only}}}]\n"
    (one,) = [one for one in judged(found, line).findings if one.source == source]
    return one.status, one.reason


def test_a_recorder_of_everything_is_enough_without_any_destination(stage: Stage) -> None:
    recorder(stage)
    found = stage.crawl("aws.config")
    assert generated(found) == ("covered", None)
    (emitter,) = found.all(Emitter)
    assert emitter.fields == {"awsAccountId": HOME, "awsRegion": REGION}


def test_no_recorder_is_a_gap_for_one_call(stage: Stage) -> None:
    stage.tell("config:DescribeConfigurationRecorders", {"ConfigurationRecorders": []})
    assert generated(stage.crawl("aws.config")) == ("gap", "not-generated")
    assert stage.asked("config:DescribeDeliveryChannels") == 0


@pytest.mark.parametrize("odd", [{"servicePrincipal": "x.amazonaws.com"}, {"recordingScope": "INTERNAL"}])
def test_a_recorder_of_a_service_is_not_the_customers(stage: Stage, odd: dict[str, Any]) -> None:
    told = {"name": "AWSConfigurationRecorderForX", "recordingGroup": EVERYTHING} | odd
    stage.tell("config:DescribeConfigurationRecorders", {"ConfigurationRecorders": [told]})
    assert generated(stage.crawl("aws.config")) == ("gap", "not-generated")


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ({"recording": False, "lastStatus": "SUCCESS"}, ("gap", "not-generated")),
        ({"recording": True, "lastStatus": "Pending"}, ("covered", None)),
        (
            {"recording": True, "lastStatus": "FAILURE", "lastErrorCode": "AccessDenied"},
            ("unknown", "blind-spot"),
        ),
        ({"recording": True}, ("unknown", "blind-spot")),
        ({"lastStatus": "SUCCESS"}, ("unknown", "blind-spot")),
    ],
)
def test_whether_a_recorder_runs_decides(
    stage: Stage, status: dict[str, Any], verdict: tuple[str, str | None]
) -> None:
    recorder(stage, status=status)
    assert generated(stage.crawl("aws.config")) == verdict


@pytest.mark.parametrize("group", [SOME, WITHOUT])
def test_a_recorder_of_some_types_is_partial(stage: Stage, group: dict[str, Any]) -> None:
    recorder(stage, group)
    found = stage.crawl("aws.config")
    assert generated(found) == ("gap", "partly-generated")
    assert generated(found, only=', only: {resourceType: "AWS::S3::Bucket"}') == ("covered", None)
    assert generated(found, only=', only: {resourceType: "AWS::EC2::Instance"}')[0] == "gap"


def test_types_of_iam_that_are_left_out_are_no_gap_of_a_region(stage: Stage) -> None:
    recorder(stage, WITHOUT | {"exclusionByResourceTypes": {"resourceTypes": ["AWS::IAM::User"]}})
    assert generated(stage.crawl("aws.config")) == ("covered", None)


@pytest.mark.parametrize("group", [{}, {"allSupported": False}, {"recordingStrategy": {"useOnly": "ODD"}}])
def test_a_group_that_is_not_clear_is_unread(stage: Stage, group: dict[str, Any]) -> None:
    recorder(stage)
    told = {"name": "default", "roleARN": SERVICE_ROLE, "recordingGroup": group}
    stage.tell("config:DescribeConfigurationRecorders", {"ConfigurationRecorders": [told]})
    assert generated(stage.crawl("aws.config")) == ("unknown", "blind-spot")


def test_an_older_recorder_names_no_strategy(stage: Stage) -> None:
    recorder(stage, {"allSupported": True})
    assert generated(stage.crawl("aws.config")) == ("covered", None)


def test_refused_recorders_leave_no_listing(stage: Stage) -> None:
    stage.deny("config:DescribeConfigurationRecorders")
    found = stage.crawl("aws.config")
    (spot,) = found.spots("config:DescribeConfigurationRecorders")
    assert set(spot.hides) == {"aws.config.recorder", "aws.config.delivery"}
    assert generated(found)[0] == "unknown"


# --- deliveries -------------------------------------------------------------------------------------------


def bucket(stage: Stage, policy: bool = True) -> None:
    s3 = stage.moto("s3")
    s3.create_bucket(Bucket="items", CreateBucketConfiguration={"LocationConstraint": REGION})
    if policy:
        s3.put_bucket_policy(
            Bucket="items",
            Policy='{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service":'
            ' "config.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::items/*"}]}',
        )


def to_bucket(found: Crawl) -> Route:
    (route,) = [one for one in found.all(Route) if one.to == "aws:s3/items"]
    assert isinstance(route, Route)
    return route


def verdict(found: Crawl, reach: str = '"aws:s3/*"') -> tuple[str, str | None]:
    (one,) = findings(found, "aws.config.item", reach)
    return one.status, one.reason


def test_items_that_are_delivered_to_a_bucket_are_covered(stage: Stage) -> None:
    bucket(stage)
    recorder(stage)
    channel(stage)
    found = stage.crawl("aws.config")
    assert to_bucket(found).prefix == f"p/AWSLogs/{HOME}/Config/{REGION}/"
    assert verdict(found) == ("covered", None)


def test_the_bucket_must_let_the_services_own_role_write(stage: Stage) -> None:
    bucket(stage, policy=False)
    recorder(stage)
    channel(stage)
    found = stage.crawl("aws.config")
    assert [one.allowed for one in found.all(Admission)] == [False]
    assert verdict(found) == ("gap", "writer-denied")


def test_another_role_writes_by_its_own_permissions(stage: Stage) -> None:
    bucket(stage, policy=False)
    recorder(stage, role=f"arn:aws:iam::{HOME}:role/config")
    channel(stage)
    found = stage.crawl("aws.config")
    assert to_bucket(found).writer == f"arn:aws:iam::{HOME}:role/config"
    assert verdict(found) == ("covered", None)


def test_a_delivery_that_fails_is_a_gap(stage: Stage) -> None:
    bucket(stage)
    recorder(stage)
    channel(
        stage,
        status={"configHistoryDeliveryInfo": {"lastStatus": "FAILURE", "lastErrorCode": "AccessDenied"}},
    )
    assert verdict(stage.crawl("aws.config")) == ("gap", "delivery-failing")


def test_a_channel_that_never_delivered_is_not_known_to_work(stage: Stage) -> None:
    bucket(stage)
    recorder(stage)
    channel(stage, status={"configHistoryDeliveryInfo": {}})
    assert verdict(stage.crawl("aws.config"))[0] == "unknown"


@pytest.mark.parametrize(
    "call",
    ["DescribeDeliveryChannels", "DescribeDeliveryChannelStatus", "DescribeConfigurationRecorderStatus"],
)
def test_a_refused_detail_is_a_doubt(stage: Stage, call: str) -> None:
    bucket(stage)
    recorder(stage)
    channel(stage)
    stage.deny(f"config:{call}")
    assert verdict(stage.crawl("aws.config")) == ("unknown", "blind-spot")


def test_without_a_channel_items_come_to_the_event_bus_only(stage: Stage) -> None:
    recorder(stage)
    stage.tell("events:ListRules", {"Rules": []})
    stage.tell("events:DescribeEventBus", {"Name": "default"})
    found = stage.crawl("aws.config")
    assert [one.to for one in found.all(Route) if one.effect == "carry"] == [
        f"aws:events/{REGION}/{HOME}/default"
    ]
    assert verdict(found) == ("gap", "wrong-destination")


def test_notifications_go_to_the_topic(stage: Stage) -> None:
    recorder(stage)
    channel(stage, CHANNEL | {"snsTopicARN": f"arn:aws:sns:{REGION}:{HOME}:changes"})
    topics = [one for one in stage.crawl("aws.config").all(Route) if str(one.to).startswith("aws:sns/")]
    assert [(one.to, one.delivery) for one in topics] == [(f"aws:sns/{REGION}/{HOME}/changes", None)]


# --- items of IAM -----------------------------------------------------------------------------------------

BOTH = ("eu-west-1", "us-east-1")
IAM = "aws.config.global_item"


def regions(stage: Stage, *names: str) -> None:
    told = [{"RegionName": name, "OptInStatus": "opt-in-not-required"} for name in names]
    stage.tell("ec2:DescribeRegions", {"Regions": told})


def test_one_region_that_records_iam_is_enough(stage: Stage) -> None:
    regions(stage, *BOTH)
    recorder(stage, REGIONAL)
    recorder(stage, region="us-east-1")
    assert generated(stage.crawl("aws.config_global", regions=BOTH), IAM) == ("covered", None)


def test_no_region_that_records_iam_is_a_gap(stage: Stage) -> None:
    regions(stage, *BOTH)
    recorder(stage, REGIONAL)
    assert generated(stage.crawl("aws.config_global", regions=BOTH), IAM) == ("gap", "not-generated")


def test_a_recorder_of_users_only_is_partial(stage: Stage) -> None:
    regions(stage, REGION)
    recorder(stage, SOME)
    found = stage.crawl("aws.config_global")
    assert generated(found, IAM) == ("gap", "partly-generated")
    assert generated(found, IAM, ', only: {resourceType: "AWS::IAM::User"}') == ("covered", None)
    (condition,) = found.all(Filter)
    assert "S3" not in condition.text


def test_a_region_that_may_not_be_read_may_be_the_one(stage: Stage) -> None:
    regions(stage, *BOTH)
    recorder(stage, REGIONAL)
    stage.deny("config:DescribeConfigurationRecorders", region="us-east-1")
    assert generated(stage.crawl("aws.config_global", regions=BOTH), IAM)[0] == "unknown"


def test_a_region_that_is_not_audited_may_be_the_one(stage: Stage) -> None:
    regions(stage, *BOTH)
    recorder(stage, REGIONAL)
    found = stage.crawl("aws.config_global")
    assert generated(found, IAM)[0] == "unknown"
    assert {ask.region for ask in stage.calls if ask.service == "config"} == {REGION}


@pytest.mark.parametrize(
    "region", ["us-gov-west-1", "us-gov-east-1", "cn-north-1", "cn-northwest-1", "ap-southeast-3"]
)
def test_older_regions_of_all_partitions_can_record_iam(stage: Stage, region: str) -> None:
    regions(stage, region)
    recorder(stage)
    found = stage.crawl("aws.config_global", regions=(region,))
    assert generated(found, IAM) == ("covered", None)


def test_younger_regions_cannot_record_iam(stage: Stage) -> None:
    regions(stage, "il-central-1")
    recorder(stage)
    found = stage.crawl("aws.config_global", regions=("il-central-1",))
    assert generated(found, IAM) == ("gap", "not-generated")


def test_both_observers_share_their_answers(stage: Stage) -> None:
    regions(stage, REGION)
    recorder(stage)
    found = stage.crawl("aws.config", "aws.config_global")
    assert stage.asked("config:DescribeConfigurationRecorders") == 1
    assert found.listed("aws.config.global_recorder") == {(SCOPE, None)}


def test_it_reads_what_moto_says(stage: Stage) -> None:
    config = stage.moto("config")
    config.put_configuration_recorder(
        ConfigurationRecorder={"name": "default", "roleARN": SERVICE_ROLE, "recordingGroup": EVERYTHING}
    )
    config.put_delivery_channel(DeliveryChannel={"name": "d", **CHANNEL})
    config.start_configuration_recorder(ConfigurationRecorderName="default")
    found = stage.crawl("aws.config")
    assert generated(found) == ("covered", None)
    # moto does not answer DescribeDeliveryChannelStatus.
    delivery = to_bucket(found).delivery
    assert delivery is not None
    assert isinstance(delivery.last_error, Unread)
