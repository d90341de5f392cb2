from typing import Any

import pytest

from logcov.inventory import Emitter, Route, Unread
from providers.aws.groups import log_groups
from providers.aws.judging import findings
from providers.aws.stage import HOME, REGION, SCOPE, Stage

SOURCE = "aws.lambda.log"
TAGS = "resourcegroupstaggingapi:GetResources"
TEXT = {"LogFormat": "Text", "LogGroup": "/aws/lambda/pay"}


def json_format(application: str, system: str) -> dict[str, Any]:
    levels = {"ApplicationLogLevel": application, "SystemLogLevel": system}
    return {"LogFormat": "JSON", "LogGroup": "/aws/lambda/pay", **levels}


def arn(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:{HOME}:function:{name}"


def functions(stage: Stage, **named: dict[str, Any] | None) -> None:
    told = [
        {"FunctionName": name, "FunctionArn": arn(name), **({"LoggingConfig": config} if config else {})}
        for name, config in named.items()
    ]
    stage.tell("lambda:ListFunctions", {"Functions": told})
    stage.tell(TAGS, {"ResourceTagMappingList": []})


def verdicts(stage: Stage) -> dict[str | None, tuple[str, str | None, str | None]]:
    log_groups(stage, "/aws/lambda/pay")
    found = findings(stage.crawl("aws.lambda_functions"), SOURCE)
    return {one.resource: (one.status, one.reason, one.extent) for one in found}


def test_each_function_emits_with_its_tags_and_logs_to_its_group(stage: Stage) -> None:
    functions(stage, pay=TEXT, ship={**TEXT, "LogGroup": "shared"})
    tagged = {"ResourceARN": arn("pay"), "Tags": [{"Key": "env", "Value": "prod"}]}
    stage.tell(TAGS, {"ResourceTagMappingList": [tagged]})
    found = stage.crawl("aws.lambda_functions")
    assert {one.resource: one.labels for one in found.all(Emitter)} == {"pay": {"env": "prod"}, "ship": {}}
    assert {route.resource: route.to for route in found.all(Route)} == {
        "pay": f"aws:logs/{REGION}/{HOME}//aws/lambda/pay",
        "ship": f"aws:logs/{REGION}/{HOME}/shared",
    }
    assert found.listed("aws.lambda.function") == {(SCOPE, REGION)} == found.listed("aws.lambda.logging")
    assert stage.asked("lambda:ListFunctions") == 1


def test_a_function_without_a_known_group_is_unread(stage: Stage) -> None:
    functions(stage, pay=None)
    (route,) = stage.crawl("aws.lambda_functions").all(Route)
    assert isinstance(route.to, Unread)
    assert verdicts(stage)["pay"][0] == "unknown"


@pytest.mark.parametrize("config", [TEXT, json_format("INFO", "INFO"), json_format("TRACE", "DEBUG")])
def test_a_function_that_drops_nothing_above_debugging_is_covered(
    stage: Stage, config: dict[str, Any]
) -> None:
    functions(stage, pay=config)
    assert verdicts(stage)["pay"] == ("covered", None, None)


@pytest.mark.parametrize("config", [json_format("ERROR", "INFO"), json_format("INFO", "WARN")])
def test_levels_that_drop_records_leave_a_gap(stage: Stage, config: dict[str, Any]) -> None:
    functions(stage, pay=config)
    assert verdicts(stage)["pay"] == ("gap", "filtered-out", "some")


@pytest.mark.parametrize("config", [json_format("LOUD", "INFO"), {**TEXT, "LogFormat": "JSON"}])
def test_levels_that_are_not_known_leave_the_verdict_open(stage: Stage, config: dict[str, Any]) -> None:
    stage.tell(TAGS, {"ResourceTagMappingList": []})
    functions(stage, pay=config)
    assert verdicts(stage)["pay"][0] == "unknown"


@pytest.mark.parametrize("group", ["/aws/lambda/idle", "custom"])
def test_a_group_that_the_first_run_would_make_decides_nothing(stage: Stage, group: str) -> None:
    functions(stage, pay={**TEXT, "LogGroup": group})
    assert verdicts(stage)["pay"][:2] == ("unknown", "blind-spot")


def test_refused_functions_leave_no_listing(stage: Stage) -> None:
    stage.deny("lambda:ListFunctions")
    found = stage.crawl("aws.lambda_functions")
    (spot,) = found.spots("lambda:ListFunctions")
    assert spot.hides == ("aws.lambda.function", "aws.lambda.logging")
    assert [one.status for one in findings(found, SOURCE)] == ["unknown"]


def test_refused_tags_leave_the_functions_known(stage: Stage) -> None:
    functions(stage, pay=TEXT)
    stage.deny(TAGS)
    (one,) = stage.crawl("aws.lambda_functions").all(Emitter)
    assert isinstance(one.labels, Unread)


def test_all_pages_are_read(stage: Stage) -> None:
    def page(ask: Any) -> dict[str, Any]:
        name = "b" if ask.params.get("Marker") else "a"
        told = {"Functions": [{"FunctionName": name, "FunctionArn": arn(name), "LoggingConfig": TEXT}]}
        return told if name == "b" else {**told, "NextMarker": "2"}

    functions(stage)
    stage.tell("lambda:ListFunctions", page)
    assert {one.resource for one in stage.crawl("aws.lambda_functions").all(Emitter)} == {"a", "b"}
