import re
from typing import Any

import pytest

from logcov.inventory import Emitter, Route, Unread
from providers.aws.crawl import Crawl
from providers.aws.judging import findings
from providers.aws.stage import HOME, SCOPE, Stage

SOURCE = "aws.route53.public_query"
GROUP = f"arn:aws:logs:us-east-1:{HOME}:log-group:/dns"


def zone(name: str, **config: Any) -> dict[str, Any]:
    return {
        "Id": f"/hostedzone/{name}",
        "Name": f"{name}.example.",
        "CallerReference": "x",
        "Config": {"PrivateZone": False} | config,
    }


def zones(stage: Stage, *told: dict[str, Any]) -> None:
    stage.tell(
        "route53:ListHostedZones",
        {"HostedZones": list(told), "Marker": "", "IsTruncated": False, "MaxItems": "100"},
    )


def configs(stage: Stage, **by_zone: str) -> None:
    told = [
        {"Id": f"q-{name}", "HostedZoneId": name, "CloudWatchLogsLogGroupArn": group}
        for name, group in by_zone.items()
    ]
    stage.tell("route53:ListQueryLoggingConfigs", {"QueryLoggingConfigs": told})


def untagged(ask: Any) -> dict[str, Any]:
    ids = re.findall(r"<ResourceId>(.*?)</ResourceId>", ask.body.decode())
    return {"ResourceTagSets": [{"ResourceType": "hostedzone", "ResourceId": one} for one in ids]}


@pytest.fixture(autouse=True)
def _one_zone(stage: Stage) -> None:
    zones(stage, zone("Z1"))
    configs(stage)
    stage.tell("route53:ListTagsForResources", untagged)


def look(stage: Stage) -> Crawl:
    return stage.crawl("aws.route53.public_zones")


def test_each_public_zone_emits_with_its_tags(stage: Stage) -> None:
    zones(stage, zone("Z1"), zone("Z2", PrivateZone=True))
    tags = {"ResourceId": "Z1", "ResourceType": "hostedzone", "Tags": [{"Key": "env", "Value": "prod"}]}
    stage.tell("route53:ListTagsForResources", {"ResourceTagSets": [tags]})
    found = look(stage)
    (one,) = found.all(Emitter)
    assert (one.resource, one.location, one.labels) == ("Z1", None, {"env": "prod"})
    assert found.listed("aws.route53.public_zone") == {(SCOPE, None)}
    assert found.listed("aws.route53.query_logging") == {(SCOPE, None)}


def test_tags_are_asked_for_ten_zones_at_once(stage: Stage) -> None:
    zones(stage, *(zone(f"Z{number}") for number in range(25)))
    look(stage)
    assert stage.asked("route53:ListTagsForResources") == 3


def test_an_account_without_public_zones_takes_one_call(stage: Stage) -> None:
    zones(stage, zone("Z2", PrivateZone=True))
    found = look(stage)
    assert found.listed("aws.route53.query_logging") == {(SCOPE, None)}
    assert stage.asked("route53:ListQueryLoggingConfigs") == 0
    assert stage.asked("route53:ListTagsForResources") == 0


def test_refused_tags_are_unread(stage: Stage) -> None:
    stage.deny("route53:ListTagsForResources")
    found = look(stage)
    (one,) = found.all(Emitter)
    assert found.why(one.labels).permission == "route53:ListTagsForResources"


def test_a_zone_whose_tags_are_not_answered_has_unknown_tags(stage: Stage) -> None:
    stage.tell("route53:ListTagsForResources", {"ResourceTagSets": []})
    (one,) = look(stage).all(Emitter)
    assert isinstance(one.labels, Unread)


def test_a_zone_that_is_neither_public_nor_private_leaves_no_listing(stage: Stage) -> None:
    zones(stage, {"Id": "/hostedzone/Z1", "Name": "x.", "CallerReference": "x"})
    found = look(stage)
    assert found.listed("aws.route53.public_zone") == set()
    assert found.spots("route53:ListHostedZones")[0].kind == "unparseable"


def test_all_pages_of_zones_are_read(stage: Stage) -> None:
    def page(ask: Any) -> dict[str, Any]:
        usual = {"Marker": "", "MaxItems": "1"}
        if ask.params.get("marker"):
            return usual | {"HostedZones": [zone("Z2")], "IsTruncated": False}
        return usual | {"HostedZones": [zone("Z1")], "IsTruncated": True, "NextMarker": "Z2"}

    stage.tell("route53:ListHostedZones", page)
    assert {one.resource for one in look(stage).all(Emitter)} == {"Z1", "Z2"}


def test_refused_configurations_leave_the_zones_known_and_unknown(stage: Stage) -> None:
    stage.deny("route53:ListQueryLoggingConfigs")
    found = look(stage)
    (spot,) = found.spots("route53:ListQueryLoggingConfigs")
    assert spot.hides == ("aws.route53.query_logging",)
    assert found.listed("aws.route53.public_zone")
    assert findings(found, SOURCE)[0].status == "unknown"


def test_a_logged_zone_is_covered_and_another_a_gap(stage: Stage) -> None:
    stage.moto("logs", "us-east-1").create_log_group(logGroupName="/dns")
    stage.tell("logs:DescribeAccountPolicies", {"accountPolicies": []})
    zones(stage, zone("Z1"), zone("Z2"))
    configs(stage, Z1=GROUP)
    verdicts = {one.resource: (one.status, one.reason) for one in findings(look(stage), SOURCE)}
    assert verdicts == {"Z1": ("covered", None), "Z2": ("gap", "not-routed")}


def test_a_missing_log_group_is_a_gap(stage: Stage) -> None:
    stage.moto("logs", "us-east-1")
    configs(stage, Z1=GROUP)
    (one,) = findings(look(stage), SOURCE)
    assert (one.status, one.reason) == ("gap", "destination-missing")


def test_an_unknown_destination_is_unread(stage: Stage) -> None:
    configs(stage, Z1="arn:aws:s3:::no-group")
    (route,) = look(stage).all(Route)
    assert isinstance(route.to, Unread)


def test_it_reads_what_moto_says_of_a_zone(stage: Stage) -> None:
    groups = stage.moto("logs", "us-east-1")
    groups.create_log_group(logGroupName="/dns")
    group = groups.describe_log_groups()["logGroups"][0]["arn"]
    client = stage.moto("route53", "us-east-1")
    made = client.create_hosted_zone(Name="a.example", CallerReference="1")["HostedZone"]["Id"]
    client.create_query_logging_config(HostedZoneId=made, CloudWatchLogsLogGroupArn=group)
    name = made.removeprefix("/hostedzone/")
    zones(stage, *client.list_hosted_zones()["HostedZones"])
    told = client.list_query_logging_configs()["QueryLoggingConfigs"]
    stage.tell("route53:ListQueryLoggingConfigs", {"QueryLoggingConfigs": told})
    (route,) = look(stage).all(Route)
    assert (route.resource, route.to) == (name, f"aws:logs/us-east-1/{HOME}//dns")
