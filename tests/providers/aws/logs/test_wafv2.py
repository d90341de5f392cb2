from typing import Any

import pytest

from logcov.inventory import Emitter, Filter, Route, Unread
from logcov.sandbox import aws_answers as answers
from providers.aws.judging import findings
from providers.aws.plain_group import log_group
from providers.aws.stage import HOME, REGION, SCOPE, Stage

ACL = f"arn:aws:wafv2:{REGION}:{HOME}:regional/webacl/web/1a2b"
GLOBAL = f"arn:aws:wafv2:us-east-1:{HOME}:global/webacl/cdn/3c4d"
GROUP = f"arn:aws:logs:{REGION}:{HOME}:log-group:aws-waf-logs-web"
SOURCE = "aws.waf.access"


@pytest.fixture(autouse=True)
def _quiet(stage: Stage) -> None:
    stage.tell("wafv2:ListWebACLs", {"WebACLs": []})
    stage.tell("wafv2:ListLoggingConfigurations", {"LoggingConfigurations": []})
    stage.tell("resourcegroupstaggingapi:GetResources", {"ResourceTagMappingList": []})
    stage.tell("logs:DescribeDeliverySources", {"deliverySources": []})


def acls(stage: Stage, *arns: str, scope: str = "REGIONAL") -> None:
    def told(ask: Any) -> dict[str, Any]:
        return {"WebACLs": [{"ARN": arn} for arn in arns] if ask.params["Scope"] == scope else []}

    stage.tell("wafv2:ListWebACLs", told)


def logging(stage: Stage, *configs: dict[str, Any], log_scope: str = "CUSTOMER") -> None:
    def told(ask: Any) -> dict[str, Any]:
        return {"LoggingConfigurations": list(configs) if ask.params["LogScope"] == log_scope else []}

    stage.tell("wafv2:ListLoggingConfigurations", told)


def config(target: str = GROUP, arn: str = ACL, **more: Any) -> dict[str, Any]:
    return {"ResourceArn": arn, "LogDestinationConfigs": [target]} | more


def route(stage: Stage, **target: Any) -> Route:
    (found,) = stage.crawl("aws.waf", **target).all(Route)
    assert isinstance(found, Route)
    return found


def grouped(stage: Stage) -> None:
    log_group(stage, "aws-waf-logs-web")


def verdict(stage: Stage, more: str = "") -> tuple[str, str | None]:
    (one,) = findings(stage.crawl("aws.waf"), SOURCE, more=more)
    return one.status, one.reason


def test_each_web_acl_emits_with_its_tags(stage: Stage) -> None:
    acls(stage, ACL)
    tagged = {"ResourceARN": ACL, "Tags": [{"Key": "env", "Value": "prod"}]}
    stage.tell("resourcegroupstaggingapi:GetResources", {"ResourceTagMappingList": [tagged]})
    found = stage.crawl("aws.waf")
    (one,) = found.all(Emitter)
    assert (one.resource, one.labels, one.fields) == (ACL, {"env": "prod"}, {"webaclId": ACL})
    assert found.listed("aws.waf.web_acl") == {(SCOPE, REGION)} == found.listed("aws.waf.logging")


def test_a_region_without_web_acls_takes_one_call(stage: Stage) -> None:
    found = stage.crawl("aws.waf")
    assert found.listed("aws.waf.logging") == {(SCOPE, REGION)}
    assert stage.asked("wafv2:ListWebACLs") == 1
    assert stage.asked("wafv2:ListLoggingConfigurations") == 0
    assert stage.asked("resourcegroupstaggingapi:GetResources") == 0


def test_web_acls_of_cloudfront_are_read_in_us_east_1(stage: Stage) -> None:
    acls(stage, GLOBAL, scope="CLOUDFRONT")
    logging(stage, config("arn:aws:s3:::aws-waf-logs-cdn/edge", GLOBAL))
    found = stage.crawl("aws.waf", regions=("us-east-1", REGION))
    (one,) = found.all(Emitter)
    assert (one.location, one.resource) == ("us-east-1", GLOBAL)
    (carried,) = found.all(Route)
    assert (carried.to, carried.writer) == ("aws:s3/aws-waf-logs-cdn", "delivery.logs.amazonaws.com")
    assert carried.prefix == f"edge/AWSLogs/{HOME}/WAFLogs/cloudfront/cdn/"


@pytest.mark.parametrize(
    ("target", "to", "prefix"),
    [
        (GROUP, f"aws:logs/{REGION}/{HOME}/aws-waf-logs-web", ""),
        (
            "arn:aws:s3:::aws-waf-logs-b",
            "aws:s3/aws-waf-logs-b",
            f"AWSLogs/{HOME}/WAFLogs/{REGION}/web/",
        ),
        (
            f"arn:aws:firehose:{REGION}:{HOME}:deliverystream/aws-waf-logs-f",
            f"aws:firehose/{REGION}/{HOME}/aws-waf-logs-f",
            "",
        ),
    ],
)
def test_logs_go_to_what_is_named(stage: Stage, target: str, to: str, prefix: str) -> None:
    acls(stage, ACL)
    logging(stage, config(target))
    one = route(stage)
    assert (one.resource, one.to, one.prefix, one.filter) == (ACL, to, prefix, None)


@pytest.mark.parametrize("log_scope", ["CUSTOMER", "SECURITY_LAKE", "CLOUDWATCH_TELEMETRY_RULE_MANAGED"])
def test_logging_counts_whoever_set_it_up(stage: Stage, log_scope: str) -> None:
    acls(stage, ACL)
    logging(stage, config(), log_scope=log_scope)
    assert route(stage).setting.endswith(log_scope)


def test_redacted_fields_are_evidence(stage: Stage) -> None:
    acls(stage, ACL)
    logging(stage, config(RedactedFields=[{"UriPath": {}}]))
    assert route(stage).raw["RedactedFields"] == [{"UriPath": {}}]


def test_an_unknown_destination_is_unread(stage: Stage) -> None:
    acls(stage, ACL)
    logging(stage, config("arn:aws:somewhere:unheard-of::place"))
    assert isinstance(route(stage).to, Unread)


def test_a_log_scope_that_may_not_be_listed_leaves_the_others(stage: Stage) -> None:
    acls(stage, ACL)

    stage.deny("wafv2:ListLoggingConfigurations")
    found = stage.crawl("aws.waf")
    (spot, *_) = found.spots("wafv2:ListLoggingConfigurations")
    assert (spot.permission, spot.hides) == ("wafv2:ListLoggingConfigurations", ("aws.waf.logging",))
    assert found.listed("aws.waf.web_acl")
    assert not found.listed("aws.waf.logging")
    assert findings(found, SOURCE)[0].status == "unknown"


def test_refused_web_acls_leave_no_listing(stage: Stage) -> None:
    stage.deny("wafv2:ListWebACLs")
    found = stage.crawl("aws.waf")
    assert found.spots("wafv2:ListWebACLs")[0].hides == ("aws.waf.logging", "aws.waf.web_acl")


def test_one_kind_of_web_acls_that_may_not_be_listed_hides_the_listing_and_not_the_other(
    stage: Stage,
) -> None:
    def told(ask: Any) -> Any:
        if ask.params["Scope"] == "REGIONAL":
            return answers.error(ask, "AccessDeniedException", "no", 403)
        return {"WebACLs": [{"ARN": GLOBAL}]}

    stage.tell("wafv2:ListWebACLs", told)
    found = stage.crawl("aws.waf", regions=("us-east-1",))
    assert [one.resource for one in found.all(Emitter)] == [GLOBAL]
    (spot,) = found.spots("wafv2:ListWebACLs")
    assert spot.hides == ("aws.waf.logging", "aws.waf.web_acl")
    assert not found.listed("aws.waf.web_acl")


def test_all_pages_are_read(stage: Stage) -> None:
    def page(ask: Any) -> dict[str, Any]:
        more = ask.params.get("NextMarker")
        return {"WebACLs": [{"ARN": ACL + "2"}]} if more else {"WebACLs": [{"ARN": ACL}], "NextMarker": "m"}

    stage.tell("wafv2:ListWebACLs", page)
    assert {one.resource for one in stage.crawl("aws.waf").all(Emitter)} == {ACL, ACL + "2"}


def test_a_vended_delivery_is_a_way_that_may_leave_something_out(stage: Stage) -> None:
    acls(stage, ACL)
    there = f"arn:aws:logs:{REGION}:{HOME}:delivery-destination:there"
    source = {"name": "web", "logType": "ACCESS_LOGS", "resourceArns": [ACL]}
    stage.tell("logs:DescribeDeliverySources", {"deliverySources": [source]})
    delivery = {
        "id": "d",
        "deliverySourceName": "web",
        "deliveryDestinationArn": there,
        "deliveryDestinationType": "CWL",
    }
    stage.tell("logs:DescribeDeliveries", {"deliveries": [delivery]})
    destination = {"arn": there, "deliveryDestinationConfiguration": {"destinationResourceArn": GROUP}}
    stage.tell("logs:DescribeDeliveryDestinations", {"deliveryDestinations": [destination]})
    one = route(stage)
    assert one.to == f"aws:logs/{REGION}/{HOME}/aws-waf-logs-web"
    assert isinstance(one.filter, Unread)


# --- verdicts ---------------------------------------------------------------------------------------------


def test_a_web_acl_that_logs_everything_is_covered(stage: Stage) -> None:
    grouped(stage)
    acls(stage, ACL)
    logging(stage, config())
    assert verdict(stage) == ("covered", None)


def test_a_web_acl_that_logs_nothing_is_a_gap(stage: Stage) -> None:
    acls(stage, ACL)
    assert verdict(stage) == ("gap", "not-routed")


def test_a_filter_that_drops_by_default_covers_what_it_keeps(stage: Stage) -> None:
    grouped(stage)
    acls(stage, ACL)
    block = {
        "Behavior": "KEEP",
        "Requirement": "MEETS_ANY",
        "Conditions": [{"ActionCondition": {"Action": "BLOCK"}}],
    }
    logging(stage, config(LoggingFilter={"DefaultBehavior": "DROP", "Filters": [block]}))
    found = stage.crawl("aws.waf")
    (text,) = [one.text for one in found.all(Filter)]
    assert text == '{"action": ["BLOCK"]}'
    assert findings(found, SOURCE)[0].status == "gap"
    assert verdict(stage, ", only: {action: BLOCK}") == ("covered", None)
    assert verdict(stage, ", only: {action: ALLOW}")[0] == "gap"


def test_a_filter_that_drops_blocked_requests_is_a_gap(stage: Stage) -> None:
    grouped(stage)
    acls(stage, ACL)
    block = {
        "Behavior": "DROP",
        "Requirement": "MEETS_ANY",
        "Conditions": [{"ActionCondition": {"Action": "BLOCK"}}],
    }
    logging(stage, config(LoggingFilter={"DefaultBehavior": "KEEP", "Filters": [block]}))
    assert verdict(stage)[0] == "gap"
    assert verdict(stage, ", only: {action: ALLOW}")[0] == "unknown"


def test_a_filter_that_both_keeps_and_drops_is_unknown(stage: Stage) -> None:
    grouped(stage)
    acls(stage, ACL)
    filters = [
        {
            "Behavior": behaviour,
            "Requirement": "MEETS_ANY",
            "Conditions": [{"ActionCondition": {"Action": "BLOCK"}}],
        }
        for behaviour in ("KEEP", "DROP")
    ]
    logging(stage, config(LoggingFilter={"DefaultBehavior": "DROP", "Filters": filters}))
    assert verdict(stage)[0] == "unknown"


def test_a_bucket_that_does_not_let_log_delivery_write_is_a_gap(stage: Stage) -> None:
    stage.moto("s3").create_bucket(
        Bucket="aws-waf-logs-b", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    acls(stage, ACL)
    logging(stage, config("arn:aws:s3:::aws-waf-logs-b"))
    assert verdict(stage) == ("gap", "writer-denied")
