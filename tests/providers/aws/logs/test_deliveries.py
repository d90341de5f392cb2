from typing import Any

import pytest

from logcov.inventory import Ledger, Route, Scope, Unread
from logcov.providers.aws.logs.deliveries import routes_of
from providers.aws.crawl import Crawl, open_session
from providers.aws.stage import HOME, OTHER, REGION, SCOPE, Stage

ARN = f"arn:aws:elasticloadbalancing:{REGION}:{HOME}:loadbalancer/app/web/1"
TYPES = {"ALB_ACCESS_LOGS": "aws.elb.access", "ALB_CONNECTION_LOGS": "aws.elb.connection"}
LIKE = Route(
    id="",
    kind="aws.elb.logging",
    setting="",
    effect="carry",
    origin=SCOPE,
    location=REGION,
    resource=ARN,
)


def source(name: str = "web", log_type: str = "ALB_ACCESS_LOGS", arn: str = ARN) -> dict[str, Any]:
    return {
        "name": name,
        "arn": f"arn:aws:logs:{REGION}:{HOME}:delivery-source:{name}",
        "resourceArns": [arn],
        "service": "elasticloadbalancing",
        "logType": log_type,
    }


def destination(target: str, name: str = "there", account: str = HOME) -> dict[str, Any]:
    return {
        "name": name,
        "arn": f"arn:aws:logs:{REGION}:{account}:delivery-destination:{name}",
        "deliveryDestinationConfiguration": {"destinationResourceArn": target},
    }


def delivery(
    kind: str = "S3", *, source: str = "web", to: str = "there", account: str = HOME, **more: Any
) -> dict[str, Any]:
    return {
        "id": f"{source}-{to}",
        "deliverySourceName": source,
        "deliveryDestinationArn": f"arn:aws:logs:{REGION}:{account}:delivery-destination:{to}",
        "deliveryDestinationType": kind,
    } | more


def deliver(stage: Stage, sources: list[Any], deliveries: list[Any], destinations: list[Any]) -> None:
    stage.tell("logs:DescribeDeliverySources", {"deliverySources": sources})
    stage.tell("logs:DescribeDeliveries", {"deliveries": deliveries})
    stage.tell("logs:DescribeDeliveryDestinations", {"deliveryDestinations": destinations})


def look(stage: Stage, *arns: str, accounts: tuple[str, ...] = (HOME,)) -> Crawl:
    ledger = Ledger()
    session = open_session(stage.endpoint, ledger, accounts=accounts, regions=(REGION,))
    scopes = [fact for fact in session.scopes() if isinstance(fact, Scope)]
    for scope in scopes:
        session.at(scope, None)
    place = session.place(HOME, REGION)
    facts = [route for arn in arns or (ARN,) for route in routes_of(place, arn, TYPES, LIKE)]
    session.close()
    return Crawl(tuple(facts), ledger)


def one(found: Crawl) -> Route:
    (route,) = found.all(Route)
    assert isinstance(route, Route)
    return route


PLAIN = {"s3DeliveryConfiguration": {"suffixPath": "{yyyy}/", "enableHiveCompatiblePath": False}}
HIVE = {"s3DeliveryConfiguration": {"suffixPath": "{yyyy}/", "enableHiveCompatiblePath": True}}


@pytest.mark.parametrize(
    ("target", "how", "prefix"),
    [
        ("arn:aws:s3:::logs", PLAIN, f"AWSLogs/{HOME}/"),
        ("arn:aws:s3:::logs", HIVE, "AWSLogs/"),
        ("arn:aws:s3:::logs", {}, "AWSLogs/"),
        ("arn:aws:s3:::logs/web/", PLAIN, "web/"),
    ],
)
def test_a_delivery_into_a_bucket(stage: Stage, target: str, how: dict[str, Any], prefix: str) -> None:
    deliver(stage, [source()], [delivery(**how)], [destination(target)])
    route = one(look(stage))
    assert (route.to, route.prefix) == ("aws:s3/logs", prefix)
    assert (route.kind, route.sources, route.enabled) == ("aws.elb.logging", ("aws.elb.access",), True)
    assert route.writer == "delivery.logs.amazonaws.com"
    assert route.raw["DeliverySourceArn"].endswith(":delivery-source:web")
    assert len(route.readings) == 3


@pytest.mark.parametrize(
    ("kind", "target", "to"),
    [
        ("CWL", f"arn:aws:logs:{REGION}:{HOME}:log-group:web:*", f"aws:logs/{REGION}/{HOME}/web"),
        ("FH", f"arn:aws:firehose:{REGION}:{HOME}:deliverystream/web", f"aws:firehose/{REGION}/{HOME}/web"),
    ],
)
def test_a_delivery_elsewhere_needs_no_bucket_policy(stage: Stage, kind: str, target: str, to: str) -> None:
    deliver(stage, [source()], [delivery(kind)], [destination(target)])
    route = one(look(stage))
    assert (route.to, route.prefix, route.writer) == (to, "", "")


@pytest.mark.parametrize(
    ("status", "enabled"), [({}, True), ({"status": "ACTIVE"}, True), ({"status": "INACTIVE"}, False)]
)
def test_an_inactive_source_sends_nothing(stage: Stage, status: dict[str, str], enabled: bool) -> None:
    deliver(stage, [source() | status], [delivery()], [destination("arn:aws:s3:::logs")])
    assert one(look(stage)).enabled is enabled


def test_a_source_in_a_state_that_nobody_knows_leaves_doubt(stage: Stage) -> None:
    deliver(stage, [source() | {"status": "PAUSED"}], [delivery()], [destination("arn:aws:s3:::logs")])
    found = look(stage)
    assert found.why(one(found).enabled).kind == "unparseable"


def test_a_source_alone_logs_nothing(stage: Stage) -> None:
    deliver(stage, [source()], [delivery(source="other")], [])
    assert look(stage).all(Route) == []


def test_each_type_of_log_is_its_own_log_source_and_others_are_not_asked_about(stage: Stage) -> None:
    sources = [
        source("a"),
        source("c", "ALB_CONNECTION_LOGS"),
        source("h", "ALB_HEALTH_CHECK_LOGS"),
        source("x", arn="arn:other"),
    ]
    deliveries = [delivery(source=each["name"]) for each in sources]
    deliver(stage, sources, deliveries, [destination("arn:aws:s3:::logs")])
    told = sorted(route.sources for route in look(stage).all(Route))
    assert told == [("aws.elb.access",), ("aws.elb.connection",)]


def test_traces_are_no_logs(stage: Stage) -> None:
    deliver(stage, [source()], [delivery("XRAY")], [])
    assert look(stage).all(Route) == []


def test_where_nothing_is_delivered_one_call_is_enough(stage: Stage) -> None:
    deliver(stage, [source(arn="arn:other")], [], [])
    look(stage, ARN, f"{ARN}0")
    assert stage.asked("logs:DescribeDeliverySources") == 1
    assert stage.asked("logs:DescribeDeliveries") == 0


def test_all_resources_share_three_calls(stage: Stage) -> None:
    arns = [f"{ARN}{number}" for number in range(5)]
    sources = [source(f"s{number}", arn=arn) for number, arn in enumerate(arns)]
    deliveries = [delivery(source=each["name"]) for each in sources]
    deliver(stage, sources, deliveries, [destination("arn:aws:s3:::logs")])
    assert len(look(stage, *arns).all(Route)) == 5
    assert len([ask for ask in stage.calls if ask.service == "logs"]) == 3


def test_all_pages_are_read(stage: Stage) -> None:
    deliver(stage, [], [delivery()], [destination("arn:aws:s3:::logs")])
    stage.tell(
        "logs:DescribeDeliverySources",
        lambda ask: (
            {"deliverySources": [source()]}
            if ask.params.get("nextToken")
            else {"deliverySources": [], "nextToken": "2"}
        ),
    )
    assert one(look(stage)).to == "aws:s3/logs"


def test_a_destination_of_an_account_that_is_not_audited_cannot_be_told(stage: Stage) -> None:
    deliver(stage, [source()], [delivery(account=OTHER)], [])
    found = look(stage)
    spot = found.why(one(found).to)
    assert (spot.kind, spot.call) == ("not-observable", "logs:DescribeDeliveryDestinations")
    assert OTHER in spot.detail


def test_a_destination_of_another_audited_account_is_asked_about_there(stage: Stage) -> None:
    deliver(stage, [source()], [delivery(account=OTHER)], [])
    there = {"deliveryDestinations": [destination("arn:aws:s3:::central", account=OTHER)]}
    stage.tell("logs:DescribeDeliveryDestinations", there, account=OTHER)
    assert one(look(stage, accounts=(HOME, OTHER))).to == "aws:s3/central"


def test_a_destination_that_may_not_be_read_is_unread_and_the_delivery_known(stage: Stage) -> None:
    deliver(stage, [source()], [delivery()], [])
    stage.deny("logs:DescribeDeliveryDestinations")
    found = look(stage)
    assert one(found).enabled is True
    assert found.why(one(found).to).permission == "logs:DescribeDeliveryDestinations"


@pytest.mark.parametrize("call", ["logs:DescribeDeliverySources", "logs:DescribeDeliveries"])
def test_where_deliveries_may_not_be_read_there_may_be_some(stage: Stage, call: str) -> None:
    deliver(stage, [source()], [delivery()], [destination("arn:aws:s3:::logs")])
    stage.deny(call)
    found = look(stage)
    route = one(found)
    assert found.why(route.enabled).permission == call
    assert isinstance(route.to, Unread)
    assert set(route.sources) == set(TYPES.values())


@pytest.mark.parametrize(
    ("kind", "target"),
    [("S3", "arn:aws:sqs:eu-west-1:1:queue"), ("CWL", "arn:aws:s3:::logs"), ("NEW", "arn:aws:s3:::logs")],
)
def test_a_destination_of_an_unknown_kind_cannot_be_told(stage: Stage, kind: str, target: str) -> None:
    deliver(stage, [source()], [], [destination(target)])
    stage.tell("logs:DescribeDeliveries", {"deliveries": [delivery(kind)]})
    found = look(stage)
    assert found.why(one(found).to).kind == "unparseable"


def test_a_destination_that_is_not_listed_cannot_be_told(stage: Stage) -> None:
    deliver(stage, [source()], [delivery()], [])
    found = look(stage)
    assert found.why(one(found).to).kind == "unparseable"


def test_a_source_without_resources_leaves_all_in_doubt(stage: Stage) -> None:
    deliver(stage, [{"name": "web", "logType": "ALB_ACCESS_LOGS"}], [], [])
    found = look(stage)
    assert found.why(one(found).to).kind == "unparseable"


def test_it_reads_what_moto_says(stage: Stage) -> None:
    # moto takes deliveries of CloudFront for granted, whatever the service.
    logs = stage.moto("logs")
    arn = f"arn:aws:cloudfront::{HOME}:distribution/E1"
    logs.put_delivery_source(name="web", resourceArn=arn, logType="ACCESS_LOGS")
    there = logs.put_delivery_destination(
        name="there", deliveryDestinationConfiguration={"destinationResourceArn": "arn:aws:s3:::logs"}
    )
    logs.create_delivery(deliverySourceName="web", deliveryDestinationArn=there["deliveryDestination"]["arn"])
    ledger = Ledger()
    session = open_session(stage.endpoint, ledger, accounts=(HOME,), regions=(REGION,))
    list(session.scopes())
    place = session.place(HOME, REGION)
    (route,) = routes_of(place, arn, {"ACCESS_LOGS": "aws.cloudfront.access"}, LIKE)
    session.close()
    assert (route.to, route.prefix) == ("aws:s3/logs", f"AWSLogs/{HOME}/")
