from typing import Any

import pytest

from logcov.inventory import Emitter, Route, Unread
from providers.aws.judging import findings
from providers.aws.stage import HOME, REGION, SCOPE, Stage

ON = {"types": ["api", "audit"], "enabled": True}
OFF = {"types": ["authenticator", "controllerManager", "scheduler"], "enabled": False}


def clusters(stage: Stage, **named: dict[str, Any]) -> None:
    stage.tell("eks:ListClusters", {"clusters": sorted(named)})
    stage.tell("eks:DescribeCluster", lambda ask: {"cluster": named[ask.params["name"]]})


def routes(stage: Stage) -> dict[str, Route]:
    return {route.dimensions["component"]: route for route in stage.crawl("aws.eks").all(Route)}


def test_each_component_of_each_cluster_emits_and_carries_its_tags(stage: Stage) -> None:
    clusters(stage, prod={"logging": {"clusterLogging": [ON, OFF]}, "tags": {"env": "prod"}}, test={})
    found = stage.crawl("aws.eks")
    emitters = [(one.resource, one.dimensions["component"], one.labels) for one in found.all(Emitter)]
    assert len(emitters) == 10
    assert ("prod", "audit", {"env": "prod"}) in emitters
    assert ("test", "audit", {}) in emitters
    assert found.listed("aws.eks.cluster") == {(SCOPE, REGION)} == found.listed("aws.eks.logging")


def test_what_is_logged_goes_to_the_log_group_of_the_cluster(stage: Stage) -> None:
    clusters(stage, prod={"logging": {"clusterLogging": [ON, OFF]}})
    found = routes(stage)
    assert found["audit"].enabled is True
    assert found["scheduler"].enabled is False
    assert found["audit"].to == f"aws:logs/{REGION}/{HOME}//aws/eks/prod/cluster"


def test_a_component_that_is_named_twice_is_on_if_any_setup_says_so(stage: Stage) -> None:
    clusters(stage, prod={"logging": {"clusterLogging": [{**OFF, "types": ["api"]}, ON]}})
    assert routes(stage)["api"].enabled is True


@pytest.mark.parametrize("logging", [None, {}, {"clusterLogging": [{"types": ["api"]}]}])
def test_logging_that_is_not_told_is_unread(stage: Stage, logging: dict[str, Any] | None) -> None:
    clusters(stage, prod={} if logging is None else {"logging": logging})
    assert isinstance(routes(stage)["audit"].enabled, Unread)


def test_a_cluster_that_may_not_be_described_is_known_and_its_logging_unread(stage: Stage) -> None:
    clusters(stage, prod={})
    stage.deny("eks:DescribeCluster")
    found = stage.crawl("aws.eks")
    (first, *_) = found.all(Emitter)
    assert isinstance(first.labels, Unread)
    (route, *_) = found.all(Route)
    assert found.why(route.enabled).permission == "eks:DescribeCluster"
    assert found.listed("aws.eks.logging")


def test_a_cluster_deleted_since_it_was_listed_is_no_cluster(stage: Stage) -> None:
    clusters(stage, prod={})
    stage.refuse("eks:DescribeCluster", "ResourceNotFoundException", status=404)
    found = stage.crawl("aws.eks")
    assert found.all(Emitter) == []
    assert found.listed("aws.eks.cluster")


def test_refused_clusters_leave_no_listing(stage: Stage) -> None:
    stage.deny("eks:ListClusters")
    found = stage.crawl("aws.eks")
    (spot,) = found.spots("eks:ListClusters")
    assert spot.hides == ("aws.eks.cluster", "aws.eks.logging")
    assert found.listed("aws.eks.cluster") == set()


def test_all_pages_of_clusters_are_read(stage: Stage) -> None:
    def page(ask: Any) -> dict[str, Any]:
        return {"clusters": ["b"]} if ask.params.get("nextToken") else {"clusters": ["a"], "nextToken": "2"}

    stage.tell("eks:ListClusters", page)
    stage.tell("eks:DescribeCluster", {"cluster": {}})
    assert {one.resource for one in stage.crawl("aws.eks").all(Emitter)} == {"a", "b"}


def test_it_reads_what_moto_says_of_a_cluster(stage: Stage) -> None:
    stage.moto("eks").create_cluster(
        name="prod",
        roleArn=f"arn:aws:iam::{HOME}:role/eks",
        resourcesVpcConfig={},
        logging={"clusterLogging": [ON]},
        tags={"env": "prod"},
    )
    stage.moto("logs").create_log_group(logGroupName="/aws/eks/prod/cluster")
    found = stage.crawl("aws.eks")
    switched = {route.dimensions["component"]: route.enabled for route in found.all(Route)}
    assert switched == {
        "api": True,
        "audit": True,
        "authenticator": False,
        "controllerManager": False,
        "scheduler": False,
    }


def test_a_logged_component_is_covered_and_one_that_is_off_a_gap(stage: Stage) -> None:
    stage.moto("logs").create_log_group(logGroupName="/aws/eks/prod/cluster")
    clusters(stage, prod={"logging": {"clusterLogging": [ON, OFF]}})
    stage.tell("logs:DescribeAccountPolicies", {"accountPolicies": []})
    verdicts = {
        one.dimensions["component"]: (one.status, one.reason)
        for one in findings(stage.crawl("aws.eks"), "aws.eks.control_plane")
    }
    assert verdicts["audit"] == ("covered", None)
    assert verdicts["scheduler"] == ("gap", "route-disabled")
