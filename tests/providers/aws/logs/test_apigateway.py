from typing import Any

import pytest

from logcov.inventory import Emitter, Route, Unread
from providers.aws.crawl import Crawl
from providers.aws.judging import findings
from providers.aws.plain_group import log_group
from providers.aws.stage import HOME, REGION, SCOPE, Stage

SOURCE = "aws.apigateway.access"
GROUP = f"arn:aws:logs:{REGION}:{HOME}:log-group:/api"
STREAM = f"arn:aws:firehose:{REGION}:{HOME}:deliverystream/amazon-apigateway-s"
REST_ARN = f"arn:aws:apigateway:{REGION}::/restapis/r1/stages/prod"
HTTP_ARN = f"arn:aws:apigateway:{REGION}::/apis/h1/stages/$default"


def rest(stage: Stage, *stages: dict[str, Any]) -> None:
    stage.tell("apigateway:GetRestApis", {"items": [{"id": "r1"}] if stages else []})
    stage.tell("apigateway:GetStages", {"item": list(stages)})


def http(stage: Stage, *stages: dict[str, Any]) -> None:
    shape = {"Name": "h", "ProtocolType": "HTTP", "RouteSelectionExpression": "x"}
    stage.tell("apigatewayv2:GetApis", {"Items": [{"ApiId": "h1"} | shape] if stages else []})
    stage.tell("apigatewayv2:GetStages", {"Items": list(stages)})


@pytest.fixture(autouse=True)
def _no_apis(stage: Stage) -> None:
    rest(stage)
    http(stage)


def look(stage: Stage) -> Crawl:
    return stage.crawl("aws.apigateway")


def test_each_stage_emits_by_its_arn_with_its_tags(stage: Stage) -> None:
    rest(stage, {"stageName": "prod", "tags": {"env": "prod"}})
    http(stage, {"StageName": "$default"})
    found = look(stage)
    assert {one.resource: one.labels for one in found.all(Emitter)} == {
        REST_ARN: {"env": "prod"},
        HTTP_ARN: {},
    }
    assert found.listed("aws.apigateway.stage") == {(SCOPE, REGION)}
    assert found.listed("aws.apigateway.access_logging") == {(SCOPE, REGION)}


@pytest.mark.parametrize(
    ("target", "to"),
    [
        (GROUP, f"aws:logs/{REGION}/{HOME}//api"),
        (STREAM, f"aws:firehose/{REGION}/{HOME}/amazon-apigateway-s"),
    ],
)
def test_requests_go_to_what_is_named(stage: Stage, target: str, to: str) -> None:
    rest(stage, {"stageName": "prod", "accessLogSettings": {"destinationArn": target, "format": "f"}})
    http(stage, {"StageName": "$default", "AccessLogSettings": {"DestinationArn": target, "Format": "f"}})
    assert {(one.resource, one.to) for one in look(stage).all(Route)} == {(REST_ARN, to), (HTTP_ARN, to)}


def test_an_unknown_destination_is_unread(stage: Stage) -> None:
    rest(stage, {"stageName": "prod", "accessLogSettings": {"destinationArn": "arn:aws:new:::x"}})
    (route,) = look(stage).all(Route)
    assert isinstance(route.to, Unread)


def test_apis_without_stages_emit_nothing(stage: Stage) -> None:
    stage.tell("apigateway:GetRestApis", {"items": [{"id": "r1"}]})
    found = look(stage)
    assert found.all(Emitter) == []
    assert found.listed("aws.apigateway.stage")


def test_an_api_deleted_since_it_was_listed_is_no_api(stage: Stage) -> None:
    rest(stage, {"stageName": "prod"})
    stage.refuse("apigateway:GetStages", "NotFoundException", status=404)
    found = look(stage)
    assert found.all(Emitter) == []
    assert found.listed("aws.apigateway.stage")


def test_stages_that_may_not_be_listed_leave_the_others_and_no_listing(stage: Stage) -> None:
    rest(stage, {"stageName": "prod"})
    http(stage, {"StageName": "$default"})
    stage.deny("apigateway:GetStages")
    found = look(stage)
    assert [one.resource for one in found.all(Emitter)] == [HTTP_ARN]
    (spot,) = found.spots("apigateway:GetStages")
    assert (spot.permission, spot.hides) == (
        "apigateway:GET",
        ("aws.apigateway.access_logging", "aws.apigateway.stage"),
    )
    assert found.listed("aws.apigateway.stage") == set()


def test_rest_apis_that_may_not_be_listed_leave_the_http_apis(stage: Stage) -> None:
    http(stage, {"StageName": "$default"})
    stage.deny("apigateway:GetRestApis")
    found = look(stage)
    assert [one.resource for one in found.all(Emitter)] == [HTTP_ARN]
    assert "unknown" in {one.status for one in findings(found, SOURCE)}


def test_all_pages_of_apis_are_read(stage: Stage) -> None:
    def page(ask: Any) -> dict[str, Any]:
        more = ask.params.get("position")
        return {"items": [{"id": "r2"}]} if more else {"items": [{"id": "r1"}], "position": "2"}

    stage.tell("apigateway:GetRestApis", page)
    stage.tell("apigateway:GetStages", {"item": [{"stageName": "prod"}]})
    assert len(look(stage).all(Emitter)) == 2


def test_it_reads_what_moto_says_of_stages(stage: Stage) -> None:
    client = stage.moto("apigatewayv2")
    api = client.create_api(Name="h", ProtocolType="HTTP")["ApiId"]
    settings = {"DestinationArn": GROUP, "Format": "$context.requestId"}
    client.create_stage(ApiId=api, StageName="v1", AccessLogSettings=settings, Tags={"a": "b"})
    stage.tell("apigatewayv2:GetApis", {"Items": client.get_apis()["Items"]})
    stage.tell("apigatewayv2:GetStages", {"Items": client.get_stages(ApiId=api)["Items"]})
    found = look(stage)
    (one,) = found.all(Emitter)
    assert one.resource == f"arn:aws:apigateway:{REGION}::/apis/{api}/stages/v1"
    assert [route.to for route in found.all(Route)] == [f"aws:logs/{REGION}/{HOME}//api"]


def test_a_stage_that_logs_is_covered_and_one_that_does_not_a_gap(stage: Stage) -> None:
    log_group(stage, "/api")
    rest(stage, {"stageName": "prod", "accessLogSettings": {"destinationArn": GROUP + ":*"}})
    http(stage, {"StageName": "$default"})
    verdicts = {one.resource: (one.status, one.reason) for one in findings(look(stage), SOURCE)}
    assert verdicts == {REST_ARN: ("covered", None), HTTP_ARN: ("gap", "not-routed")}
