from typing import Any

import pytest

from logcov.inventory import Emitter, Ledger, Route, Scope, Unread
from logcov.providers.aws.logs.security_lake import SOURCES, TAKEN, observe_lakes
from logcov.providers.aws.rows import SOURCES as KNOWN
from logcov.sandbox.aws_answers import render
from logcov.sandbox.aws_wire import model
from providers.aws.crawl import Crawl, open_session
from providers.aws.judging import findings
from providers.aws.stage import HOME, OTHER, REGION, SCOPE, Stage

ROWS = ("aws.vpcs", "aws.flow_logs", "aws.security_lake")
FLOW = "aws.vpc.flow"
LAKE = {
    "dataLakeArn": f"arn:aws:securitylake:{REGION}:{HOME}:data-lake/default",
    "region": REGION,
    "createStatus": "COMPLETED",
    "s3BucketArn": "arn:aws:s3:::aws-security-data-lake-x",
}


def network(stage: Stage) -> None:
    """A VPC in which nothing is logged."""
    stage.tell("ec2:DescribeVpcs", {"Vpcs": [{"VpcId": "vpc-1", "OwnerId": HOME}]})
    stage.tell("ec2:DescribeSubnets", {"Subnets": []})
    stage.tell("ec2:DescribeNetworkInterfaces", {"NetworkInterfaces": []})
    stage.tell("ec2:DescribeFlowLogs", {"FlowLogs": []})


def source(name: str, *states: str, account: str = HOME) -> dict[str, Any]:
    return {
        "account": account,
        "sourceName": name,
        "sourceStatuses": [{"resource": "r", "status": state} for state in states],
    }


def lake(stage: Stage, *sources: dict[str, Any], **changes: Any) -> None:
    stage.moto("s3").create_bucket(
        Bucket="aws-security-data-lake-x", CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    stage.tell("securitylake:ListDataLakes", {"dataLakes": [LAKE | changes]})
    stage.tell("securitylake:GetDataLakeSources", {"dataLakeSources": list(sources)})


def verdict(found: Crawl, of: str = FLOW) -> tuple[str, str | None]:
    (one,) = findings(found, of)
    return one.status, one.reason


def test_it_takes_every_source_of_the_api_and_serves_them_all() -> None:

    assert set(TAKEN) == set(model("securitylake").shape_for("AwsLogSourceName").enum)

    assert set(SOURCES) <= {one.id for one in KNOWN}


def test_what_the_lake_collects_is_covered(stage: Stage) -> None:
    network(stage)
    lake(stage, source("VPC_FLOW", "COLLECTING"))
    found = stage.crawl(*ROWS)
    assert verdict(found) == ("covered", None)
    (route,) = [one for one in found.all(Route) if one.kind == "aws.security_lake"]
    assert (route.to, route.prefix) == ("aws:s3/aws-security-data-lake-x", "aws/")
    assert found.listed("aws.security_lake") == {(SCOPE, REGION)}


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("NOT_COLLECTING",), ("gap", "route-disabled")),
        (("MISCONFIGURED", "NOT_COLLECTING"), ("gap", "route-disabled")),
        (("COLLECTING", "MISCONFIGURED"), ("unknown", "blind-spot")),
        (("ODD",), ("unknown", "blind-spot")),
        ((), ("unknown", "blind-spot")),
    ],
)
def test_only_what_is_collected_counts(
    stage: Stage, states: tuple[str, ...], expected: tuple[str, str | None]
) -> None:
    network(stage)
    lake(stage, source("VPC_FLOW", *states))
    assert verdict(stage.crawl(*ROWS)) == expected


def test_other_sources_and_other_accounts_are_not_this_ones(stage: Stage) -> None:
    network(stage)
    lake(stage, source("ROUTE53", "COLLECTING"), source("VPC_FLOW", "COLLECTING", account=OTHER))
    assert verdict(stage.crawl(*ROWS)) == ("gap", "not-routed")


def test_a_lake_that_is_not_made_yet_is_a_doubt(stage: Stage) -> None:
    network(stage)
    lake(stage, source("VPC_FLOW", "COLLECTING"), createStatus="FAILED")
    assert verdict(stage.crawl(*ROWS)) == ("unknown", "blind-spot")


def test_no_lake_leaves_gaps_gaps(stage: Stage) -> None:
    network(stage)
    stage.tell("securitylake:ListDataLakes", {"dataLakes": []})
    assert verdict(stage.crawl(*ROWS)) == ("gap", "not-routed")
    assert stage.asked("securitylake:GetDataLakeSources") == 0


@pytest.mark.parametrize(
    ("code", "message", "expected"),
    [
        ("ResourceNotFoundException", "no lake", "gap"),
        ("AccessDeniedException", "The account is no administrator of Security Lake", "unknown"),
        (
            "AccessDeniedException",
            "User x is not authorized to perform: securitylake:ListDataLakes",
            "unknown",
        ),
        ("InternalServerException", "no", "unknown"),
    ],
)
def test_a_refusal_is_told_from_there_being_none(
    stage: Stage, code: str, message: str, expected: str
) -> None:
    network(stage)
    stage.refuse("securitylake:ListDataLakes", code, message, status=400)
    assert verdict(stage.crawl(*ROWS))[0] == expected


@pytest.mark.parametrize("told", [{}, {"dataLakes": [{"dataLakeArn": LAKE["dataLakeArn"]}]}])
def test_an_answer_that_does_not_tell_of_this_region_is_a_doubt(stage: Stage, told: dict[str, Any]) -> None:
    network(stage)
    stage.tell("securitylake:ListDataLakes", lambda ask: render(ask, told))  # whatever the model requires
    assert verdict(stage.crawl(*ROWS)) == ("unknown", "blind-spot")


@pytest.mark.parametrize("missing", ["account", "sourceName"])
def test_a_source_that_is_told_by_half_is_a_doubt(stage: Stage, missing: str) -> None:
    network(stage)
    told = source("VPC_FLOW", "COLLECTING")
    del told[missing]
    lake(stage, told)
    assert verdict(stage.crawl(*ROWS)) == ("unknown", "blind-spot")


def test_refused_sources_are_a_doubt(stage: Stage) -> None:
    network(stage)
    lake(stage)
    stage.deny("securitylake:GetDataLakeSources")
    assert verdict(stage.crawl(*ROWS)) == ("unknown", "blind-spot")


def test_a_doubt_is_only_about_what_a_lake_can_take(stage: Stage) -> None:
    stage.deny("securitylake:ListDataLakes")
    routes = stage.crawl("aws.security_lake").all(Route)
    assert len(routes) == len(TAKEN)
    assert all(isinstance(one.to, Unread) for one in routes)
    (eks,) = [one for one in routes if one.sources == ("aws.eks.control_plane",)]
    assert eks.dimensions == {"component": "audit"}
    data = [one.filter for one in routes if one.sources == ("aws.cloudtrail.data",)]
    assert data == ["aws:securitylake/S3_DATA", "aws:securitylake/LAMBDA_EXECUTION"]


def test_object_events_are_all_that_it_takes_of_data_events(stage: Stage) -> None:
    lake(stage, source("S3_DATA", "COLLECTING"))
    stage.tell("cloudtrail:DescribeTrails", {"trailList": []})
    stage.tell("cloudtrail:ListEventDataStores", {"EventDataStores": []})
    found = stage.crawl("aws.trails", "aws.event_data_stores", "aws.security_lake")
    only = ', only: {resource_type: "%s"}'
    for kind, expected in (("AWS::S3::Object", "covered"), ("AWS::DynamoDB::Table", "gap")):
        (one,) = findings(found, "aws.cloudtrail.data", more=only % kind)
        assert one.status == expected


def test_what_is_replicated_elsewhere_may_be_there(stage: Stage) -> None:
    network(stage)
    lake(stage, source("VPC_FLOW", "COLLECTING"), replicationConfiguration={"regions": ["us-east-1"]})
    found = stage.crawl(*ROWS)
    (one,) = findings(found, FLOW, '"aws:s3/rollup"')
    assert one.status == "unknown"


# --- organisations ----------------------------------------------------------------------------------------


def organization(stage: Stage, *administrators: str) -> None:
    told = {"Id": "o-acme000001", "MasterAccountId": HOME}
    stage.tell("organizations:DescribeOrganization", {"Organization": told})
    accounts = [{"Id": one, "Name": one, "State": "ACTIVE"} for one in (HOME, OTHER)]
    stage.tell("organizations:ListAccounts", {"Accounts": accounts})
    stage.tell("organizations:ListRoots", {"Roots": [{"Id": "r-acme"}]})
    stage.tell("organizations:ListAccountsForParent", {"Accounts": accounts})
    stage.tell("organizations:ListOrganizationalUnitsForParent", {"OrganizationalUnits": []})
    stage.tell("organizations:ListTagsForResource", {"Tags": []})
    stage.refuse("account:ListRegions", "AccessDeniedException")
    told_of = {"DelegatedAdministrators": [{"Id": one} for one in administrators]}
    stage.tell("organizations:ListDelegatedAdministrators", told_of)


def test_an_organisations_administrator_is_asked_once_for_all(stage: Stage) -> None:
    organization(stage, OTHER)
    lake(stage, source("VPC_FLOW", "COLLECTING"), source("VPC_FLOW", "COLLECTING", account=OTHER))
    found = stage.crawl("aws.security_lake", accounts=(), organization=True)
    assert {one.origin for one in found.all(Route)} == {SCOPE, f"aws:accounts/{OTHER}"}
    asked = [ask.account for ask in stage.calls if ask.service == "securitylake"]
    assert asked == [OTHER, OTHER]  # ListDataLakes and GetDataLakeSources


def test_without_an_administrator_each_account_is_asked(stage: Stage) -> None:
    organization(stage)
    stage.tell("securitylake:ListDataLakes", {"dataLakes": []})
    found = stage.crawl("aws.security_lake", accounts=(), organization=True)
    assert {ask.account for ask in stage.calls if ask.service == "securitylake"} == {HOME, OTHER}
    assert found.all(Route) == []


@pytest.mark.parametrize(
    "refused", ["organizations:ListDelegatedAdministrators", "securitylake:ListDataLakes"]
)
def test_an_administrator_that_cannot_be_asked_is_a_doubt(stage: Stage, refused: str) -> None:
    organization(stage, OTHER)
    stage.refuse(refused, "AccessDeniedException", "no")
    found = stage.crawl("aws.security_lake", accounts=(), organization=True)
    assert len(found.all(Route)) == 2 * len(TAKEN)
    assert not found.all(Emitter)


def test_an_endpoint_that_is_out_of_reach_is_a_doubt() -> None:

    session = open_session("http://127.0.0.1:9", Ledger(), accounts=(HOME,))

    scope = Scope(id=SCOPE, kind="aws.account", provider="aws")
    facts = list(observe_lakes(session.at(scope, REGION), scope, REGION))
    assert len([one for one in facts if isinstance(one, Route)]) == len(TAKEN)
