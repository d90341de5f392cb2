import json
from collections.abc import Mapping
from typing import Any

import pytest

from logcov.inventory import Emitter, Route, Unread
from providers.aws.judging import findings
from providers.aws.stage import HOME, OTHER, REGION, SCOPE, Stage

ACCESS, CONNECTION = "aws.elb.access", "aws.elb.connection"
BASE = f"arn:aws:elasticloadbalancing:{REGION}:{HOME}:loadbalancer"
ALB, NLB, GWLB = f"{BASE}/app/web/1", f"{BASE}/net/tcp/2", f"{BASE}/gwy/wall/3"
KINDS = {ALB: "application", NLB: "network", GWLB: "gateway"}
OFF = {"access_logs.s3.enabled": "false", "access_logs.s3.bucket": "", "access_logs.s3.prefix": ""}
ON = OFF | {"access_logs.s3.enabled": "true", "access_logs.s3.bucket": "logs"}
NO_CONNECTIONS = {"connection_logs.s3.enabled": "false", "connection_logs.s3.bucket": ""}
PREFIX = f"AWSLogs/{HOME}/elasticloadbalancing/{REGION}/"


def members(ask: Any, name: str) -> list[str]:
    return [value for key, value in ask.params.items() if key.startswith(f"{name}.member.")]


def balancers(
    stage: Stage, attributes: Mapping[str, Mapping[str, str]], protocols: tuple[str, ...] = ("TLS",)
) -> None:
    """Load balancers by ARN with their attributes, no classic ones, no tags, no vended deliveries."""
    told = [{"LoadBalancerArn": arn, "Type": KINDS[arn]} for arn in attributes]
    stage.tell("elbv2:DescribeLoadBalancers", {"LoadBalancers": told})
    stage.tell(
        "elbv2:DescribeLoadBalancerAttributes",
        lambda ask: {
            "Attributes": [
                {"Key": key, "Value": value}
                for key, value in attributes[ask.params["LoadBalancerArn"]].items()
            ]
        },
    )
    stage.tell("elbv2:DescribeListeners", {"Listeners": [{"Protocol": one} for one in protocols]})
    stage.tell(
        "elbv2:DescribeTags",
        lambda ask: {"TagDescriptions": [{"ResourceArn": arn} for arn in members(ask, "ResourceArns")]},
    )
    stage.tell("elb:DescribeLoadBalancers", {"LoadBalancerDescriptions": []})
    stage.tell("logs:DescribeDeliverySources", {"deliverySources": []})


def classics(stage: Stage, **logs: dict[str, Any]) -> None:
    told = [{"LoadBalancerName": name} for name in logs]
    stage.tell("elb:DescribeLoadBalancers", {"LoadBalancerDescriptions": told})
    stage.tell(
        "elb:DescribeLoadBalancerAttributes",
        lambda ask: {"LoadBalancerAttributes": {"AccessLog": logs[ask.params["LoadBalancerName"]]}},
    )
    stage.tell(
        "elb:DescribeTags",
        lambda ask: {
            "TagDescriptions": [
                {"LoadBalancerName": name, "Tags": [{"Key": "env", "Value": "old"}]}
                for name in members(ask, "LoadBalancerNames")
            ]
        },
    )


def bucket(stage: Stage, *statements: dict[str, Any], name: str = "logs") -> None:
    s3 = stage.moto("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        s3.put_bucket_policy(Bucket=name, Policy=document)


def lets(principal: Mapping[str, str], resource: str = f"AWSLogs/{HOME}/*", **more: Any) -> dict[str, Any]:
    return {
        "Sid": "Write",
        "Effect": "Allow",
        "Principal": dict(principal),
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::logs/{resource}",
    } | more


ELB = {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
VENDED = {"Service": "delivery.logs.amazonaws.com"}


def verdict(stage: Stage, source: str = ACCESS) -> tuple[str, str | None]:
    (found,) = findings(stage.crawl("aws.elb"), source)
    return found.status, found.reason


# --- who emits --------------------------------------------------------------------------------------------


def test_an_application_load_balancer_writes_of_requests_and_of_connections(stage: Stage) -> None:
    balancers(stage, {ALB: OFF | NO_CONNECTIONS})
    found = stage.crawl("aws.elb")
    assert [(one.source, one.resource) for one in found.all(Emitter)] == [(ACCESS, ALB), (CONNECTION, ALB)]
    assert found.all(Emitter)[0].fields == {"elb": "app/web/1"}
    assert found.all(Route) == []
    assert found.listed("aws.elb.balancer") == {(SCOPE, REGION)} == found.listed("aws.elb.logging")


def test_a_gateway_load_balancer_writes_nothing_and_is_not_asked(stage: Stage) -> None:
    balancers(stage, {GWLB: {}})
    (emitter,) = stage.crawl("aws.elb").all(Emitter)
    assert emitter.not_applicable == "a Gateway Load Balancer writes no logs"
    assert stage.asked("elbv2:DescribeLoadBalancerAttributes") == 0


@pytest.mark.parametrize("protocols", [(), ("TCP",), ("UDP", "TCP_UDP")])
def test_a_network_load_balancer_without_tls_writes_nothing(stage: Stage, protocols: tuple[str, ...]) -> None:
    balancers(stage, {NLB: OFF}, protocols)
    found = stage.crawl("aws.elb")
    (emitter,) = found.all(Emitter)
    assert "TLS" in emitter.not_applicable
    assert found.all(Route) == []
    assert [one.status for one in findings(found, ACCESS)] == ["not-applicable"]


def test_a_network_load_balancer_with_tls_writes_through_log_delivery(stage: Stage) -> None:
    balancers(stage, {NLB: ON | {"access_logs.s3.prefix": "lb"}}, ("TCP", "TLS"))
    found = stage.crawl("aws.elb")
    assert found.all(Emitter)[0].not_applicable == ""
    (route,) = found.all(Route)
    assert (route.to, route.prefix) == ("aws:s3/logs", f"lb/{PREFIX}")
    assert route.writer == "delivery.logs.amazonaws.com"


def test_listeners_are_asked_of_network_load_balancers_only(stage: Stage) -> None:
    balancers(stage, {ALB: ON | NO_CONNECTIONS})
    stage.crawl("aws.elb")
    assert stage.asked("elbv2:DescribeListeners") == 0


def test_classic_load_balancers_are_named_by_their_name(stage: Stage) -> None:
    balancers(stage, {})
    classics(stage, old={"Enabled": True, "S3BucketName": "logs", "S3BucketPrefix": "clb"})
    found = stage.crawl("aws.elb")
    (emitter,) = found.all(Emitter)
    assert (emitter.source, emitter.resource, emitter.labels) == (ACCESS, "old", {"env": "old"})
    (route,) = found.all(Route)
    assert (route.enabled, route.to, route.prefix) == (True, "aws:s3/logs", f"clb/{PREFIX}")


# --- what they log ----------------------------------------------------------------------------------------


def test_access_and_connection_logs_are_switched_apart(stage: Stage) -> None:
    connections = {"connection_logs.s3.enabled": "true", "connection_logs.s3.bucket": "other"}
    balancers(stage, {ALB: ON | connections})
    found = {route.sources: route for route in stage.crawl("aws.elb").all(Route)}
    assert found[(ACCESS,)].to == "aws:s3/logs"
    assert found[(CONNECTION,)].to == "aws:s3/other"
    assert {route.writer for route in found.values()} == {"logdelivery.elasticloadbalancing.amazonaws.com"}


def test_logging_that_is_off_but_names_a_bucket_is_a_route_that_is_off(stage: Stage) -> None:
    balancers(stage, {ALB: ON | NO_CONNECTIONS | {"access_logs.s3.enabled": "false"}})
    (route,) = stage.crawl("aws.elb").all(Route)
    assert (route.enabled, route.to) == (False, "aws:s3/logs")


@pytest.mark.parametrize("attributes", [NO_CONNECTIONS, NO_CONNECTIONS | {"access_logs.s3.enabled": "maybe"}])
def test_a_switch_that_is_not_told_is_unread(stage: Stage, attributes: dict[str, str]) -> None:
    balancers(stage, {ALB: attributes})
    found = stage.crawl("aws.elb")
    (route,) = found.all(Route)
    assert found.why(route.enabled).kind == "unparseable"


def test_logs_that_are_on_without_a_bucket_go_nobody_knows_where(stage: Stage) -> None:
    balancers(stage, {ALB: ON | NO_CONNECTIONS | {"access_logs.s3.bucket": ""}})
    found = stage.crawl("aws.elb")
    (route,) = found.all(Route)
    assert found.why(route.to).kind == "unparseable"
    assert route.writer == ""


def test_attributes_that_may_not_be_read_leave_that_balancer_in_doubt_and_no_other(stage: Stage) -> None:
    balancers(stage, {ALB: {}})
    classics(stage, old={"Enabled": False})
    stage.deny("elbv2:DescribeLoadBalancerAttributes")
    found = stage.crawl("aws.elb")
    assert [(one.resource, one.source) for one in found.all(Emitter)] == [
        (ALB, ACCESS),
        (ALB, CONNECTION),
        ("old", ACCESS),
    ]
    access, connection = found.all(Route)
    assert found.why(access.enabled).permission == "elasticloadbalancing:DescribeLoadBalancerAttributes"
    assert isinstance(connection.to, Unread)


def test_listeners_that_may_not_be_read_leave_doubt_only_where_nothing_is_logged(stage: Stage) -> None:
    balancers(stage, {NLB: OFF})
    stage.deny("elbv2:DescribeListeners")
    found = stage.crawl("aws.elb")
    (route,) = found.all(Route)
    assert found.why(route.enabled).permission == "elasticloadbalancing:DescribeListeners"
    balancers(stage, {NLB: ON})
    stage.deny("elbv2:DescribeListeners")
    (route,) = stage.crawl("aws.elb").all(Route)
    assert (route.enabled, route.to) == (True, "aws:s3/logs")


def test_a_listener_with_a_protocol_that_nobody_knows_may_or_may_not_be_logged(stage: Stage) -> None:
    balancers(stage, {NLB: OFF}, ("NEW",))
    found = stage.crawl("aws.elb")
    (route,) = found.all(Route)
    assert found.why(route.enabled).kind == "unparseable"


def test_a_balancer_of_an_unknown_type_is_known_and_its_logging_unread(stage: Stage) -> None:
    balancers(stage, {})
    new = f"{BASE}/new/x/9"
    stage.tell("elbv2:DescribeLoadBalancers", {"LoadBalancers": [{"LoadBalancerArn": new, "Type": "new"}]})
    found = stage.crawl("aws.elb")
    told = [(one.source, one.resource, one.not_applicable) for one in found.all(Emitter)]
    assert told == [(ACCESS, new, ""), (CONNECTION, new, "")]
    assert [found.why(route.enabled).kind for route in found.all(Route)] == ["unparseable"] * 2
    assert verdict(stage, CONNECTION)[0] == "unknown"


@pytest.mark.parametrize("call", ["elbv2:DescribeLoadBalancerAttributes", "elbv2:DescribeListeners"])
def test_a_balancer_deleted_since_it_was_listed_is_none(stage: Stage, call: str) -> None:
    balancers(stage, {NLB: ON})
    stage.refuse(call, "LoadBalancerNotFound")
    found = stage.crawl("aws.elb")
    assert found.all(Emitter) == []
    assert found.listed("aws.elb.balancer")


def test_one_refused_list_hides_the_listing_and_not_what_the_other_found(stage: Stage) -> None:
    balancers(stage, {ALB: ON | NO_CONNECTIONS})
    stage.deny("elb:DescribeLoadBalancers")
    found = stage.crawl("aws.elb")
    assert len(found.all(Emitter)) == 2
    assert found.listed("aws.elb.balancer") == set()
    (spot,) = found.spots("elb:DescribeLoadBalancers")
    assert spot.hides == ("aws.elb.balancer", "aws.elb.logging")


def test_two_refused_lists_are_two_blind_spots(stage: Stage) -> None:
    stage.deny("elb:DescribeLoadBalancers")
    stage.deny("elbv2:DescribeLoadBalancers")
    found = stage.crawl("aws.elb")
    assert found.spots("elb:DescribeLoadBalancers")
    assert found.spots("elbv2:DescribeLoadBalancers")[0].hides


# --- tags -------------------------------------------------------------------------------------------------


def many(stage: Stage, count: int) -> list[str]:
    arns = [f"{BASE}/gwy/g{number:02}/1" for number in range(count)]
    balancers(stage, {})
    told = [{"LoadBalancerArn": arn, "Type": "gateway"} for arn in arns]
    stage.tell("elbv2:DescribeLoadBalancers", {"LoadBalancers": told})
    return arns


def test_tags_are_asked_for_twenty_balancers_at_once(stage: Stage) -> None:
    many(stage, 41)
    assert {str(one.labels) for one in stage.crawl("aws.elb").all(Emitter)} == {"{}"}
    assert stage.asked("elbv2:DescribeTags") == 3


def test_one_balancer_that_goes_does_not_take_the_tags_of_the_others(stage: Stage) -> None:
    gone = many(stage, 3)[1]

    def tags(ask: Any) -> Any:
        names = members(ask, "ResourceArns")
        pairs = [{"Key": "env", "Value": "prod"}]
        return {"TagDescriptions": [{"ResourceArn": name, "Tags": pairs} for name in names if name != gone]}

    stage.tell("elbv2:DescribeTags", tags)
    found = stage.crawl("aws.elb")
    first, second, third = found.all(Emitter)
    assert first.labels == third.labels == {"env": "prod"}
    assert found.why(second.labels).call == "elbv2:DescribeTags"


def test_tags_that_may_not_be_read_are_unread(stage: Stage) -> None:
    many(stage, 2)
    stage.deny("elbv2:DescribeTags")
    found = stage.crawl("aws.elb")
    for one in found.all(Emitter):
        assert found.why(one.labels).permission == "elasticloadbalancing:DescribeTags"


def test_a_batch_with_a_missing_balancer_is_asked_one_by_one(stage: Stage) -> None:
    many(stage, 3)
    stage.refuse("elbv2:DescribeTags", "LoadBalancerNotFound")
    found = stage.crawl("aws.elb")
    assert stage.asked("elbv2:DescribeTags") == 4
    assert all(isinstance(one.labels, Unread) for one in found.all(Emitter))


# --- verdicts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "principal", [ELB, {"AWS": "arn:aws:iam::156460612806:root"}, {"AWS": "156460612806"}]
)
def test_requests_that_arrive_in_a_bucket_are_covered(stage: Stage, principal: dict[str, str]) -> None:
    balancers(stage, {ALB: ON | NO_CONNECTIONS})
    bucket(stage, lets(principal))
    assert verdict(stage) == ("covered", None)
    assert verdict(stage, CONNECTION) == ("gap", "not-routed")


@pytest.mark.parametrize(
    "statement",
    [
        lets(VENDED),
        lets(ELB, resource="AWSLogs/444455556666/*"),
        lets({"AWS": "arn:aws:iam::127311923021:root"}),
    ],
    ids=["another service", "another account's prefix", "another region's account"],
)
def test_a_bucket_that_lets_no_load_balancer_of_here_write_is_a_gap(
    stage: Stage, statement: dict[str, Any]
) -> None:
    balancers(stage, {ALB: ON | NO_CONNECTIONS})
    bucket(stage, statement)
    assert verdict(stage)[0] == "gap"


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({"ArnLike": {"aws:SourceArn": f"{BASE}/*"}}, "covered"),
        ({"ArnLike": {"aws:SourceArn": f"{BASE}/*".replace(HOME, OTHER)}}, "gap"),
        ({"StringEquals": {"aws:SourceAccount": HOME}}, "unknown"),
    ],
)
def test_a_load_balancer_writes_in_its_own_name_and_what_else_it_says_is_not_documented(
    stage: Stage, condition: dict[str, Any], status: str
) -> None:
    balancers(stage, {ALB: ON | NO_CONNECTIONS})
    bucket(stage, lets(ELB, Condition=condition))
    assert verdict(stage)[0] == status


def test_a_network_load_balancer_is_let_in_as_documented(stage: Stage) -> None:
    balancers(stage, {NLB: ON})
    condition = {
        "StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", "aws:SourceAccount": [HOME]},
        "ArnLike": {"aws:SourceArn": [f"arn:aws:logs:{REGION}:{HOME}:*"]},
    }
    bucket(stage, lets(VENDED, Condition=condition))
    assert verdict(stage) == ("covered", None)


def test_a_missing_bucket_is_a_gap(stage: Stage) -> None:
    balancers(stage, {ALB: ON | NO_CONNECTIONS})
    stage.moto("s3")
    assert verdict(stage) == ("gap", "destination-missing")


def test_logging_that_is_off_is_a_gap(stage: Stage) -> None:
    balancers(stage, {ALB: ON | NO_CONNECTIONS | {"access_logs.s3.enabled": "false"}})
    bucket(stage)
    assert verdict(stage) == ("gap", "route-disabled")


def test_a_balancer_that_may_not_be_asked_is_unknown(stage: Stage) -> None:
    balancers(stage, {ALB: {}})
    stage.deny("elbv2:DescribeLoadBalancerAttributes")
    assert verdict(stage)[0] == "unknown"


def vended(stage: Stage) -> None:
    name = f"arn:aws:logs:{REGION}:{HOME}:delivery-destination:there"
    stage.tell(
        "logs:DescribeDeliverySources",
        {
            "deliverySources": [
                {
                    "name": "web",
                    "arn": f"arn:aws:logs:{REGION}:{HOME}:delivery-source:web",
                    "resourceArns": [ALB],
                    "logType": "ALB_ACCESS_LOGS",
                }
            ]
        },
    )
    stage.tell(
        "logs:DescribeDeliveries",
        {
            "deliveries": [
                {
                    "id": "d1",
                    "deliverySourceName": "web",
                    "deliveryDestinationArn": name,
                    "deliveryDestinationType": "S3",
                    "s3DeliveryConfiguration": {"enableHiveCompatiblePath": False},
                }
            ]
        },
    )
    stage.tell(
        "logs:DescribeDeliveryDestinations",
        {
            "deliveryDestinations": [
                {
                    "arn": name,
                    "deliveryDestinationConfiguration": {"destinationResourceArn": "arn:aws:s3:::logs"},
                }
            ]
        },
    )


def test_a_balancer_whose_attribute_is_off_may_log_by_a_vended_delivery(stage: Stage) -> None:
    balancers(stage, {ALB: OFF | NO_CONNECTIONS})
    vended(stage)
    bucket(stage, lets(VENDED))
    assert verdict(stage) == ("covered", None)
    assert verdict(stage, CONNECTION)[0] == "gap"


def test_deliveries_that_may_not_be_listed_leave_doubt_where_the_attribute_is_off(stage: Stage) -> None:
    balancers(stage, {ALB: OFF | NO_CONNECTIONS})
    stage.deny("logs:DescribeDeliverySources")
    assert verdict(stage)[0] == "unknown"


def test_it_reads_what_moto_says_of_a_balancer(stage: Stage) -> None:
    ec2 = stage.moto("ec2")
    network = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=network, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")
        for number, zone in enumerate("ab")
    ]
    bucket(stage, lets(ELB))
    elb = stage.moto("elbv2")
    made = elb.create_load_balancer(
        Name="web",
        Subnets=[one["Subnet"]["SubnetId"] for one in subnets],
        Tags=[{"Key": "env", "Value": "prod"}],
    )["LoadBalancers"][0]["LoadBalancerArn"]
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=made,
        Attributes=[
            {"Key": "access_logs.s3.enabled", "Value": "true"},
            {"Key": "access_logs.s3.bucket", "Value": "logs"},
            {"Key": "access_logs.s3.prefix", "Value": ""},
        ],
    )
    found = stage.crawl("aws.elb")
    assert {(one.source, one.resource) for one in found.all(Emitter)} == {(ACCESS, made), (CONNECTION, made)}
    assert found.all(Emitter)[0].labels == {"env": "prod"}
    told = {route.sources[0]: route for route in found.all(Route)}
    assert (told[ACCESS].enabled, told[ACCESS].to) == (True, "aws:s3/logs")
    # moto knows no attributes of connection logs; AWS always tells them.
    assert isinstance(told[CONNECTION].enabled, Unread)
