from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from logcov.inventory import Emitter, Route, Unread
from providers.aws.groups import log_groups
from providers.aws.judging import findings
from providers.aws.stage import HOME, REGION, SCOPE, Stage

SOURCE = "aws.redshift.audit"
ROW = "aws.redshift"
GROUP = {"ParameterGroupName": "custom", "ParameterApplyStatus": "in-sync"}
CLUSTER = {"ClusterIdentifier": "warehouse", "ClusterParameterGroups": [GROUP]}
CLOUDWATCH = {
    "LoggingEnabled": True,
    "LogDestinationType": "cloudwatch",
    "LogExports": ["connectionlog", "useractivitylog"],
}
NAMESPACE = {"namespaceName": "warehouse", "logExports": ["connectionlog", "useractivitylog"]}


def s3(success: datetime | None = None, **more: Any) -> dict[str, Any]:
    told = {"LoggingEnabled": True, "BucketName": "acme-audit", "S3KeyPrefix": "dw/", **more}
    return told | ({"LastSuccessfulDeliveryTime": success} if success else {})


def cluster(stage: Stage, status: dict[str, Any], queries: str = "true", **told: Any) -> None:
    stage.tell("redshift:DescribeClusters", {"Clusters": [CLUSTER | told]})
    stage.tell("redshift:DescribeLoggingStatus", status)
    parameter = {"ParameterName": "enable_user_activity_logging", "ParameterValue": queries}
    stage.tell("redshift:DescribeClusterParameters", {"Parameters": [parameter]})
    stage.tell("redshift-serverless:ListNamespaces", {"namespaces": []})
    around(stage)


def namespace(stage: Stage, *workgroups: str) -> None:
    """A namespace, and whether each of its workgroups has queries written."""
    stage.tell("redshift:DescribeClusters", {"Clusters": []})
    stage.tell("redshift-serverless:ListNamespaces", {"namespaces": [NAMESPACE]})
    told = [
        {
            "namespaceName": "warehouse",
            "configParameters": [{"parameterKey": "enable_user_activity_logging", "parameterValue": queries}],
        }
        for queries in workgroups
    ]
    stage.tell("redshift-serverless:ListWorkgroups", {"workgroups": told})
    stage.tell("resourcegroupstaggingapi:GetResources", {"ResourceTagMappingList": []})
    around(stage)


def around(stage: Stage) -> None:
    names = ("cluster/warehouse", "warehouse")
    logs = ("connectionlog", "useractivitylog", "userlog")
    log_groups(stage, *(f"/aws/redshift/{name}/{log}" for name in names for log in logs))


def bucket(stage: Stage) -> None:
    stage.moto("s3").create_bucket(
        Bucket="acme-audit", CreateBucketConfiguration={"LocationConstraint": REGION}
    )


def verdicts(stage: Stage) -> dict[str, tuple[str, str | None]]:
    found = findings(stage.crawl(ROW), SOURCE)
    return {one.dimensions.get("log", "*"): (one.status, one.reason) for one in found}


def test_exported_logs_are_covered_and_others_a_gap(stage: Stage) -> None:
    cluster(stage, CLOUDWATCH, Tags=[{"Key": "env", "Value": "prod"}])
    assert verdicts(stage) == {
        "connectionlog": ("covered", None),
        "useractivitylog": ("covered", None),
        "userlog": ("gap", "route-disabled"),
    }
    (first, *_) = stage.crawl(ROW).all(Emitter)
    assert (first.resource, first.labels) == ("cluster:warehouse", {"env": "prod"})


def test_queries_are_written_only_where_the_parameter_says_so(stage: Stage) -> None:
    cluster(stage, CLOUDWATCH, queries="false")
    told = verdicts(stage)
    assert told["useractivitylog"] == ("gap", "not-generated")
    assert told["connectionlog"] == ("covered", None)


def test_a_parameter_that_waits_for_a_reboot_is_not_in_effect(stage: Stage) -> None:
    states = [{"ParameterName": "enable_user_activity_logging", "ParameterApplyStatus": "pending-reboot"}]
    cluster(stage, CLOUDWATCH, ClusterParameterGroups=[{**GROUP, "ClusterParameterStatusList": states}])
    assert verdicts(stage)["useractivitylog"][0] == "unknown"


def test_no_logging_is_a_gap(stage: Stage) -> None:
    cluster(stage, {"LoggingEnabled": False})
    told = verdicts(stage)
    assert set(told.values()) == {("gap", "not-routed")}


def test_files_that_came_lately_cover_all_logs(stage: Stage) -> None:
    cluster(stage, s3(datetime.now(UTC) - timedelta(hours=2)))
    bucket(stage)
    assert set(verdicts(stage).values()) == {("covered", None)}
    (route, *_) = [one for one in stage.crawl(ROW).all(Route) if one.to]
    assert (route.to, route.prefix) == ("aws:s3/acme-audit", f"dw/AWSLogs/{HOME}/redshift/{REGION}/")


def test_files_that_cannot_be_delivered_are_a_gap(stage: Stage) -> None:
    now = datetime.now(UTC)
    failed = {"LastFailureTime": now, "LastFailureMessage": "AccessDenied"}
    cluster(stage, s3(now - timedelta(days=9), **failed))
    bucket(stage)
    assert verdicts(stage)["connectionlog"] == ("gap", "delivery-failing")


def test_a_failure_without_a_message_is_a_failure(stage: Stage) -> None:
    now = datetime.now(UTC)
    cluster(stage, s3(now - timedelta(days=9), LastFailureTime=now))
    bucket(stage)
    assert verdicts(stage)["connectionlog"] == ("gap", "delivery-failing")


def test_exports_that_fail_are_a_doubt(stage: Stage) -> None:
    failed = {"LastFailureTime": datetime.now(UTC), "LastFailureMessage": "AccessDenied"}
    cluster(stage, CLOUDWATCH | failed)
    assert verdicts(stage)["connectionlog"] == ("unknown", "blind-spot")
    cluster(stage, CLOUDWATCH | failed | {"LastSuccessfulDeliveryTime": failed["LastFailureTime"]})
    assert verdicts(stage)["connectionlog"] == ("covered", None)


def test_a_failure_before_the_last_delivery_is_over(stage: Stage) -> None:
    now = datetime.now(UTC)
    failed = {"LastFailureTime": now - timedelta(days=9), "LastFailureMessage": "AccessDenied"}
    cluster(stage, s3(now - timedelta(days=3), **failed))
    (route, *_) = [one for one in stage.crawl(ROW).all(Route) if one.delivery]
    assert route.delivery.last_error is None


def test_files_that_never_came_are_unknown(stage: Stage) -> None:
    cluster(stage, s3())
    bucket(stage)
    assert verdicts(stage)["connectionlog"][0] == "unknown"


@pytest.mark.parametrize(
    "status",
    [
        {},
        {"LoggingEnabled": True},
        {"LoggingEnabled": True, "LogDestinationType": "cloudwatch"},
        {"LoggingEnabled": True, "LogDestinationType": "s3table", "LogExports": ["sys_userlog"]},
    ],
)
def test_a_status_that_is_not_understood_is_unknown(stage: Stage, status: dict[str, Any]) -> None:
    cluster(stage, status)
    assert {one for one, _ in verdicts(stage).values()} == {"unknown"}


@pytest.mark.parametrize("status", [{"LoggingEnabled": False}, CLOUDWATCH | {"LogExports": ["userlog"]}])
def test_what_is_published_as_tables_is_not_called_lost(stage: Stage, status: dict[str, Any]) -> None:
    cluster(stage, {**status, "S3Tables": {"S3Tables": ["sys_connection_log"]}})
    assert verdicts(stage)["connectionlog"] == ("unknown", "blind-spot")


def test_a_parameter_group_is_read_once_for_all_clusters(stage: Stage) -> None:
    cluster(stage, CLOUDWATCH)
    stage.tell("redshift:DescribeClusters", {"Clusters": [CLUSTER, {**CLUSTER, "ClusterIdentifier": "b"}]})
    stage.crawl(ROW)
    assert stage.asked("redshift:DescribeClusterParameters") == 1


def test_a_denied_status_is_unknown_and_a_deleted_cluster_none(stage: Stage) -> None:
    cluster(stage, CLOUDWATCH)
    stage.deny("redshift:DescribeLoggingStatus")
    assert {one for one, _ in verdicts(stage).values()} == {"unknown"}
    stage.refuse("redshift:DescribeLoggingStatus", "ClusterNotFound", status=404)
    assert stage.crawl(ROW).all(Emitter) == []


def test_denied_parameters_leave_the_other_logs_covered(stage: Stage) -> None:
    cluster(stage, CLOUDWATCH)
    stage.deny("redshift:DescribeClusterParameters")
    told = verdicts(stage)
    assert (told["connectionlog"][0], told["useractivitylog"][0]) == ("covered", "unknown")


def test_a_namespace_exports_to_groups_of_its_own(stage: Stage) -> None:
    namespace(stage, "true")
    assert verdicts(stage) == {
        "connectionlog": ("covered", None),
        "useractivitylog": ("covered", None),
        "userlog": ("gap", "route-disabled"),
    }
    assert {one.resource for one in stage.crawl(ROW).all(Emitter)} == {"namespace:warehouse"}


def test_a_namespace_that_writes_no_queries_is_a_gap(stage: Stage) -> None:
    namespace(stage, "false")
    assert verdicts(stage)["useractivitylog"] == ("gap", "not-generated")


def test_a_namespace_without_a_workgroup_writes_nothing(stage: Stage) -> None:
    namespace(stage)
    assert {one for one, _ in verdicts(stage).values()} == {"not-applicable"}


def test_a_workgroup_that_does_not_tell_its_namespace_may_be_of_any(stage: Stage) -> None:
    namespace(stage)
    stage.tell("redshift-serverless:ListWorkgroups", {"workgroups": [{"workgroupName": "work"}]})
    told = verdicts(stage)
    assert (told["connectionlog"][0], told["useractivitylog"][0]) == ("covered", "unknown")


def test_exports_that_are_not_told_are_unread(stage: Stage) -> None:
    namespace(stage, "true")
    stage.tell("redshift-serverless:ListNamespaces", {"namespaces": [{"namespaceName": "warehouse"}]})
    assert {one for one, _ in verdicts(stage).values()} == {"unknown"}


def test_workgroups_that_may_not_be_listed_leave_queries_open(stage: Stage) -> None:
    namespace(stage, "true")
    stage.deny("redshift-serverless:ListWorkgroups")
    told = verdicts(stage)
    assert (told["connectionlog"][0], told["useractivitylog"][0]) == ("covered", "unknown")


@pytest.mark.parametrize("call", ["redshift:DescribeClusters", "redshift-serverless:ListNamespaces"])
def test_what_may_not_be_listed_leaves_no_listing(stage: Stage, call: str) -> None:
    cluster(stage, CLOUDWATCH)
    stage.deny(call)
    found = stage.crawl(ROW)
    (spot,) = found.spots(call)
    assert spot.hides == ("aws.redshift.database", "aws.redshift.logging", "aws.redshift.written")
    assert found.listed("aws.redshift.database") == set()
    statuses = {one.status for one in findings(found, SOURCE)}
    assert "unknown" in statuses
    assert "gap" not in statuses


def test_a_region_with_clusters_is_listed(stage: Stage) -> None:
    cluster(stage, CLOUDWATCH)
    found = stage.crawl(ROW)
    assert found.listed("aws.redshift.database") == {(SCOPE, REGION)}
    assert not [one for one in found.all(Route) if isinstance(one.enabled, Unread)]
