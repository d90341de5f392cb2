from typing import Any

import pytest

from logcov.inventory import Emitter, Filter, Route, Unread
from providers.aws.judging import findings
from providers.aws.stage import HOME, OTHER, REGION, SCOPE, Stage

SOURCE = "aws.cloudfront.access"
ARN = f"arn:aws:cloudfront::{HOME}:distribution"
OFF = {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""}
ON = OFF | {"Enabled": True, "Bucket": "cdn-logs.s3.amazonaws.com"}
DELIVERY = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"
OWNER = "a" * 64
WATCHED, OTHERS = (f"arn:aws:cloudfront::{HOME}:realtime-log-config/{name}" for name in ("watched", "others"))
STREAM = f"arn:aws:kinesis:us-east-1:{HOME}:stream/cdn"


def behavior(realtime: str = "") -> dict[str, Any]:
    told = {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"}
    return told | ({"RealtimeLogConfigArn": realtime} if realtime else {})


def configured(
    logging: dict[str, Any] | None = OFF, default: str = "", others: tuple[str, ...] = ()
) -> dict[str, Any]:
    more = [behavior(one) | {"PathPattern": f"/{number}/*"} for number, one in enumerate(others)]
    told = {
        "CallerReference": "c",
        "Origins": {"Quantity": 0, "Items": [{"Id": "o", "DomainName": "example.com"}]},
        "Comment": "",
        "Enabled": True,
        "DefaultCacheBehavior": behavior(default),
        "CacheBehaviors": {"Quantity": len(more), **({"Items": more} if more else {})},
    }
    return told | ({} if logging is None else {"Logging": logging})


def summary(name: str, *, enabled: bool = True) -> dict[str, Any]:
    nothing = {"Quantity": 0}
    return {
        "Id": name,
        "ARN": f"{ARN}/{name}",
        "Status": "Deployed",
        "LastModifiedTime": "2026-01-01T00:00:00Z",
        "DomainName": f"{name}.cloudfront.net",
        "Aliases": nothing,
        "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "example.com"}]},
        "DefaultCacheBehavior": behavior(),
        "CacheBehaviors": nothing,
        "CustomErrorResponses": nothing,
        "Comment": "",
        "PriceClass": "PriceClass_All",
        "Enabled": enabled,
        "ViewerCertificate": {},
        "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
        "WebACLId": "",
        "HttpVersion": "http2",
        "IsIPV6Enabled": True,
        "Staging": False,
    }


def listed(*items: dict[str, Any], following: str = "") -> dict[str, Any]:
    told = {"Marker": "", "MaxItems": 100, "IsTruncated": bool(following), "Quantity": len(items)}
    more = {"Items": list(items)} if items else {}
    return {"DistributionList": told | more | ({"NextMarker": following} if following else {})}


def distributions(stage: Stage, **named: dict[str, Any]) -> None:
    """Distributions by id, without tags, real-time configurations and vended deliveries."""
    stage.tell("cloudfront:ListDistributions", listed(*(summary(name) for name in sorted(named))))
    stage.tell(
        "cloudfront:GetDistributionConfig",
        lambda ask: {"DistributionConfig": named[ask.params["Id"]]},
    )
    stage.tell("resourcegroupstaggingapi:GetResources", {"ResourceTagMappingList": []})
    stage.tell("logs:DescribeDeliverySources", {"deliverySources": []}, region="us-east-1")


def streams(stage: Stage, **rates: int) -> None:
    """Real-time log configurations by name; all send to one Kinesis stream."""
    items = [
        {
            "ARN": f"arn:aws:cloudfront::{HOME}:realtime-log-config/{name}",
            "Name": name,
            "SamplingRate": rate,
            "EndPoints": [
                {
                    "StreamType": "Kinesis",
                    "KinesisStreamConfig": {"RoleARN": "arn:aws:iam::1:role/r", "StreamARN": STREAM},
                }
            ],
            "Fields": ["c-ip"],
        }
        for name, rate in rates.items()
    ]
    told = {"MaxItems": 100, "Items": items, "IsTruncated": False, "Marker": ""}
    stage.tell("cloudfront:ListRealtimeLogConfigs", {"RealtimeLogConfigs": told})


def routes(stage: Stage) -> list[Route]:
    return stage.crawl("aws.cloudfront").all(Route)


def bucket(stage: Stage, *, delivery: bool) -> None:
    s3 = stage.moto("s3")
    s3.create_bucket(Bucket="cdn-logs", CreateBucketConfiguration={"LocationConstraint": REGION})
    ids = [OWNER, DELIVERY] if delivery else [OWNER]
    s3.put_bucket_acl(
        Bucket="cdn-logs",
        AccessControlPolicy={
            "Owner": {"ID": OWNER},
            "Grants": [
                {"Grantee": {"Type": "CanonicalUser", "ID": one}, "Permission": "FULL_CONTROL"} for one in ids
            ],
        },
    )


def verdict(stage: Stage) -> tuple[str, str | None]:
    (found,) = findings(stage.crawl("aws.cloudfront"), SOURCE)
    return found.status, found.reason


# --- distributions ----------------------------------------------------------------------------------------


def test_each_distribution_of_an_account_emits_wherever_it_is_seen_from(stage: Stage) -> None:
    distributions(stage, E1=configured(), E2=configured())
    stage.tell("cloudfront:ListDistributions", listed(summary("E1"), summary("E2", enabled=False)))
    tags = [{"ResourceARN": f"{ARN}/E1", "Tags": [{"Key": "env", "Value": "prod"}]}]
    stage.tell("resourcegroupstaggingapi:GetResources", {"ResourceTagMappingList": tags}, region="us-east-1")
    found = stage.crawl("aws.cloudfront")
    told = [(one.resource, one.location, one.labels, one.in_use) for one in found.all(Emitter)]
    assert told == [("E1", None, {"env": "prod"}, True), ("E2", None, {}, False)]
    assert found.all(Route) == []
    assert found.listed("aws.cloudfront.distribution") == {(SCOPE, None)}
    assert found.listed("aws.cloudfront.logging") == {(SCOPE, None)}


def test_an_account_without_distributions_needs_one_call(stage: Stage) -> None:
    stage.tell("cloudfront:ListDistributions", listed())
    found = stage.crawl("aws.cloudfront")
    assert found.all(Emitter) == []
    assert found.listed("aws.cloudfront.distribution")
    asked = {ask.service for ask in stage.calls}
    assert asked.isdisjoint({"resourcegroupstaggingapi", "logs"})


def test_all_pages_are_read(stage: Stage) -> None:
    distributions(stage, E1=configured(), E2=configured())
    stage.tell(
        "cloudfront:ListDistributions",
        lambda ask: (
            listed(summary("E2")) if ask.params.get("Marker") else listed(summary("E1"), following="2")
        ),
    )
    assert [one.resource for one in stage.crawl("aws.cloudfront").all(Emitter)] == ["E1", "E2"]


@pytest.mark.parametrize(
    "answer",
    [
        {"DistributionList": listed()["DistributionList"] | {"Quantity": 3}},
        {"DistributionList": listed(summary("E1"))["DistributionList"] | {"IsTruncated": True}},
    ],
    ids=["items are missing", "the next page is not named"],
)
def test_part_of_a_list_is_no_list(stage: Stage, answer: dict[str, Any]) -> None:
    distributions(stage, E1=configured())
    stage.tell("cloudfront:ListDistributions", answer)
    found = stage.crawl("aws.cloudfront")
    assert found.listed("aws.cloudfront.distribution") == set()
    assert found.spots("cloudfront:ListDistributions")[0].kind == "unparseable"


def test_a_refused_list_leaves_no_listing(stage: Stage) -> None:
    stage.deny("cloudfront:ListDistributions")
    found = stage.crawl("aws.cloudfront")
    (spot,) = found.spots("cloudfront:ListDistributions")
    assert spot.hides == ("aws.cloudfront.distribution", "aws.cloudfront.logging")


def test_a_distribution_deleted_since_it_was_listed_is_none(stage: Stage) -> None:
    distributions(stage, E1=configured())
    stage.refuse("cloudfront:GetDistributionConfig", "NoSuchDistribution", status=404)
    found = stage.crawl("aws.cloudfront")
    assert found.all(Emitter) == []
    assert found.listed("aws.cloudfront.distribution")


def test_tags_that_may_not_be_read_are_unread(stage: Stage) -> None:
    distributions(stage, E1=configured())
    stage.deny("resourcegroupstaggingapi:GetResources")
    found = stage.crawl("aws.cloudfront")
    assert found.why(found.all(Emitter)[0].labels).permission == "tag:GetResources"


def test_a_configuration_that_may_not_be_read_is_unread(stage: Stage) -> None:
    distributions(stage, E1=configured())
    stage.deny("cloudfront:GetDistributionConfig")
    found = stage.crawl("aws.cloudfront")
    assert [one.resource for one in found.all(Emitter)] == ["E1"]
    (route,) = found.all(Route)
    assert found.why(route.enabled).permission == "cloudfront:GetDistributionConfig"


# --- standard logs (legacy) -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("domain", "bucket"),
    [
        ("cdn-logs.s3.amazonaws.com", "cdn-logs"),
        ("cdn.logs.s3.eu-west-1.amazonaws.com", "cdn.logs"),
        ("cdn-logs.s3-eu-west-1.amazonaws.com", "cdn-logs"),
        ("cdn-logs.s3.cn-north-1.amazonaws.com.cn", "cdn-logs"),
        ("cdn-logs.s3.us-gov-west-1.amazonaws.com", "cdn-logs"),
        ("cdn-logs.s3-external-1.amazonaws.com", "cdn-logs"),
        ("cdn.s3.s3.amazonaws.com", "cdn.s3"),
    ],
)
def test_standard_logs_go_to_the_bucket_of_a_domain(stage: Stage, domain: str, bucket: str) -> None:
    distributions(stage, E1=configured(ON | {"Bucket": domain}))
    (route,) = routes(stage)
    assert (route.enabled, route.to, route.writer) == (True, f"aws:s3/{bucket}", "awslogsdelivery")


@pytest.mark.parametrize(("prefix", "key"), [("", "E1."), ("cdn/", "cdn/E1."), ("cdn", "cdn")])
def test_log_files_are_named_after_their_distribution(stage: Stage, prefix: str, key: str) -> None:
    distributions(stage, E1=configured(ON | {"Prefix": prefix}))
    assert routes(stage)[0].prefix == key


@pytest.mark.parametrize("domain", ["", "example.com", "cdn-logs"])
def test_logs_to_a_bucket_that_is_not_understood_go_nobody_knows_where(stage: Stage, domain: str) -> None:
    distributions(stage, E1=configured(ON | {"Bucket": domain}))
    found = stage.crawl("aws.cloudfront")
    (route,) = found.all(Route)
    assert found.why(route.to).kind == "unparseable"


def test_a_distribution_that_says_nothing_of_logging_is_unread(stage: Stage) -> None:
    distributions(stage, E1=configured(None))
    found = stage.crawl("aws.cloudfront")
    (route,) = found.all(Route)
    assert found.why(route.enabled).kind == "unparseable"


# --- real-time logs ---------------------------------------------------------------------------------------


def test_real_time_logs_of_all_behaviors_go_to_kinesis(stage: Stage) -> None:
    distributions(stage, E1=configured(default=WATCHED, others=(OTHERS,)))
    streams(stage, watched=100, others=100)
    (route,) = routes(stage)
    assert (route.to, route.filter) == (f"aws:kinesis/us-east-1/{HOME}/cdn", None)
    assert route.writer == ""


def test_a_sampling_rate_below_all_is_a_sample(stage: Stage) -> None:
    distributions(stage, E1=configured(default=WATCHED, others=(OTHERS,)))
    streams(stage, watched=100, others=5)
    found = stage.crawl("aws.cloudfront")
    (chosen,) = found.all(Filter)
    assert (chosen.dialect, chosen.text) == ("sample", "0.05")
    assert found.all(Route)[0].filter == chosen.id


def test_real_time_logs_of_some_behaviors_are_a_part_that_nobody_can_tell(stage: Stage) -> None:
    distributions(stage, E1=configured(default=WATCHED, others=("",)))
    streams(stage, watched=100)
    found = stage.crawl("aws.cloudfront")
    (route,) = found.all(Route)
    assert "1 of 2 cache behaviors" in found.why(route.filter).detail


def test_a_stream_that_is_named_twice_gets_no_more_behaviors(stage: Stage) -> None:
    distributions(stage, E1=configured(default=WATCHED, others=("",)))
    end = {"StreamType": "Kinesis", "KinesisStreamConfig": {"RoleARN": "r", "StreamARN": STREAM}}
    config = {"ARN": WATCHED, "Name": "watched", "SamplingRate": 100, "EndPoints": [end, end], "Fields": []}
    told = {"MaxItems": 100, "Items": [config], "IsTruncated": False, "Marker": ""}
    stage.tell("cloudfront:ListRealtimeLogConfigs", {"RealtimeLogConfigs": told})
    found = stage.crawl("aws.cloudfront")
    (route,) = found.all(Route)
    assert "1 of 2 cache behaviors" in found.why(route.filter).detail


@pytest.mark.parametrize("rate", [0, 101])
def test_a_rate_that_is_no_percentage_is_not_understood(stage: Stage, rate: int) -> None:
    distributions(stage, E1=configured(default=WATCHED))
    streams(stage, watched=rate)
    found = stage.crawl("aws.cloudfront")
    assert found.why(found.all(Route)[0].filter).kind == "unparseable"


def test_a_real_time_configuration_that_is_not_listed_is_unread(stage: Stage) -> None:
    distributions(stage, E1=configured(default=WATCHED))
    streams(stage, others=100)
    found = stage.crawl("aws.cloudfront")
    assert found.why(found.all(Route)[0].to).kind == "unparseable"


def test_real_time_configurations_are_asked_for_once_and_only_if_used(stage: Stage) -> None:
    distributions(stage, E1=configured())
    assert routes(stage) == []
    distributions(stage, E1=configured(default=WATCHED), E2=configured(default=WATCHED))
    streams(stage, watched=100)
    assert len(routes(stage)) == 2
    assert stage.asked("cloudfront:ListRealtimeLogConfigs") == 1


def test_real_time_configurations_that_may_not_be_read_are_unread(stage: Stage) -> None:
    distributions(stage, E1=configured(default=WATCHED))
    stage.deny("cloudfront:ListRealtimeLogConfigs")
    found = stage.crawl("aws.cloudfront")
    assert found.why(found.all(Route)[0].to).permission == "cloudfront:ListRealtimeLogConfigs"


# --- verdicts ---------------------------------------------------------------------------------------------


def test_standard_logs_are_covered_if_the_acl_lets_them_in(stage: Stage) -> None:
    distributions(stage, E1=configured(ON))
    bucket(stage, delivery=True)
    assert verdict(stage) == ("covered", None)


def test_standard_logs_that_the_acl_does_not_let_in_are_a_gap(stage: Stage) -> None:
    distributions(stage, E1=configured(ON))
    bucket(stage, delivery=False)
    assert verdict(stage)[0] == "gap"


def test_a_distribution_that_logs_nowhere_is_a_gap(stage: Stage) -> None:
    distributions(stage, E1=configured())
    assert verdict(stage) == ("gap", "not-routed")


def test_a_configuration_that_may_not_be_read_is_unknown(stage: Stage) -> None:
    distributions(stage, E1=configured())
    stage.deny("cloudfront:GetDistributionConfig")
    assert verdict(stage)[0] == "unknown"


def test_a_sample_is_no_coverage(stage: Stage) -> None:
    distributions(stage, E1=configured(default=WATCHED))
    streams(stage, watched=50)
    assert verdict(stage) == ("gap", "sampled")


def deliver(stage: Stage, account: str = HOME) -> None:
    name = f"arn:aws:logs:us-east-1:{account}:delivery-destination:there"
    source = {
        "name": "cdn",
        "arn": f"arn:aws:logs:us-east-1:{HOME}:delivery-source:cdn",
        "resourceArns": [f"{ARN}/E1"],
        "logType": "ACCESS_LOGS",
    }
    delivery = {
        "id": "d1",
        "deliverySourceName": "cdn",
        "deliveryDestinationArn": name,
        "deliveryDestinationType": "CWL",
    }
    group = f"arn:aws:logs:us-east-1:{HOME}:log-group:cdn:*"
    there = {"arn": name, "deliveryDestinationConfiguration": {"destinationResourceArn": group}}
    stage.tell("logs:DescribeDeliverySources", {"deliverySources": [source]}, region="us-east-1")
    stage.tell("logs:DescribeDeliveries", {"deliveries": [delivery]}, region="us-east-1")
    stage.tell("logs:DescribeDeliveryDestinations", {"deliveryDestinations": [there]}, region="us-east-1")


def test_standard_logs_of_the_second_version_are_covered(stage: Stage) -> None:
    distributions(stage, E1=configured())
    deliver(stage)
    stage.moto("logs", "us-east-1").create_log_group(logGroupName="cdn")
    stage.tell("logs:DescribeAccountPolicies", {"accountPolicies": []})
    assert verdict(stage) == ("covered", None)


def test_a_delivery_into_an_account_that_is_not_audited_is_unknown(stage: Stage) -> None:
    distributions(stage, E1=configured())
    deliver(stage, OTHER)
    assert verdict(stage)[0] == "unknown"


def test_it_reads_what_moto_says_of_a_distribution(stage: Stage) -> None:
    made = stage.moto("cloudfront", "us-east-1").create_distribution(
        DistributionConfig={
            "CallerReference": "one",
            "Origins": {
                "Quantity": 1,
                "Items": [
                    {
                        "Id": "o",
                        "DomainName": "site.s3.amazonaws.com",
                        "S3OriginConfig": {"OriginAccessIdentity": ""},
                    }
                ],
            },
            "DefaultCacheBehavior": behavior(),
            "Comment": "",
            "Enabled": True,
            "Logging": ON | {"Prefix": "cdn/"},
        }
    )["Distribution"]["Id"]
    found = stage.crawl("aws.cloudfront")
    assert [one.resource for one in found.all(Emitter)] == [made]
    (route,) = found.all(Route)
    assert (route.enabled, route.to, route.prefix) == (True, "aws:s3/cdn-logs", f"cdn/{made}.")
    assert not isinstance(found.all(Emitter)[0].labels, Unread)
