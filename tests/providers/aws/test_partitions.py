"""GovCloud and China: their own regions are asked, their own ARNs compared and printed, and what no page tells is unknown."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore
import pytest

from logcov.errors import ReadFailure
from logcov.inventory import Admission, Emitter, Fact, Ledger, Listing, Route, Scope
from logcov.providers.aws.client import AwsPlace
from logcov.providers.aws.logs.trail_selectors import records_global_services
from logcov.providers.aws.offered import where_offered
from logcov.providers.aws.partitions import PARTITIONS, home_of, names_in, partition_of
from logcov.providers.aws.stores.buckets import read_bucket
from providers.aws import awscli
from providers.aws.crawl import Crawl, open_session
from providers.aws.judging import findings
from providers.aws.stage import HOME, OTHER, SCOPE, Stage

GOV, CHINA = "us-gov-west-1", "cn-northwest-1"
ELB = "logdelivery.elasticloadbalancing.amazonaws.com"
ELB_IN_GOV = "048591011584"
CHINAS_DELIVERY = "a52cb28745c0c06e84ec548334e44bfa7fc2a85c54af20cd59e4969344b7af56"


def told() -> list[dict[str, Any]]:
    """What AWS's SDKs know of partitions."""
    path = Path(botocore.__file__).parent / "data" / "partitions.json"
    found: list[dict[str, Any]] = json.loads(path.read_text())["partitions"]
    return found


def move(stage: Stage, partition: str) -> None:
    """The caller, and every account, is in this partition."""
    arn = f"arn:{partition}:iam::{HOME}:role/auditor"
    stage.tell("sts:GetCallerIdentity", {"Account": HOME, "Arn": arn, "UserId": "AROA"})
    names = {"aws-us-gov": (GOV, "us-gov-east-1"), "aws-cn": ("cn-north-1", CHINA)}[partition]
    regions = [{"RegionName": name, "OptInStatus": "opt-in-not-required"} for name in names]
    stage.tell("ec2:DescribeRegions", {"Regions": regions})


# --- names ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", told(), ids=lambda one: str(one["id"]))
def test_a_partition_is_what_the_sdks_know_of_it(one: dict[str, Any]) -> None:
    known = PARTITIONS[one["id"]]
    assert known.home == one["outputs"]["implicitGlobalRegion"] == home_of(one["id"])
    assert known.suffix == one["outputs"]["dnsSuffix"]
    regions = [name for name in one["regions"] if re.match(one["regionRegex"], name)]
    assert known.home in regions
    assert {partition_of(name) for name in regions} == {one["id"]}


def test_of_a_partition_that_nobody_knows_only_the_name_is_told() -> None:
    assert names_in("aws-new") == {"partition": "aws-new"}
    assert home_of("aws-new") is None


# --- who asks, and where ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("environment", "wanted", "asked"),
    [
        (None, (), "us-east-1"),
        (None, ("eu-west-1",), "us-east-1"),
        ("eu-west-1", (), "eu-west-1"),
        ("eu-west-1", ("us-west-2",), "eu-west-1"),
        (GOV, (), GOV),
        (None, ("us-gov-east-1",), GOV),
        ("us-east-1", ("us-gov-east-1",), GOV),
        ("us-gov-east-1", (GOV,), "us-gov-east-1"),
        (None, ("cn-north-1",), CHINA),
    ],
)
def test_calls_that_name_no_region_are_made_in_the_partition_to_be_audited(
    stage: Stage,
    monkeypatch: pytest.MonkeyPatch,
    environment: str | None,
    wanted: tuple[str, ...],
    asked: str,
) -> None:
    if environment:
        monkeypatch.setenv("AWS_DEFAULT_REGION", environment)
    session = open_session(stage.endpoint, regions=wanted)
    session.caller()
    assert [ask.region for ask in stage.calls] == [asked]


def test_roles_and_global_services_are_those_of_the_callers_partition(stage: Stage) -> None:
    move(stage, "aws-us-gov")
    session = open_session(stage.endpoint, regions=("us-gov-east-1",), accounts=(OTHER,))
    (scope,) = [one for one in session.scopes() if isinstance(one, Scope)]
    assert scope.names == {"partition": "aws-us-gov", "suffix": "amazonaws.com"}
    (taken,) = [ask for ask in stage.calls if ask.operation == "AssumeRole"]
    assert taken.params["RoleArn"] == f"arn:aws-us-gov:iam::{OTHER}:role/Reader"
    assert session.home_region() == GOV
    assert {ask.region for ask in stage.calls} == {GOV}


@pytest.mark.parametrize(("wanted", "hint"), [((), True), (("eu-west-1",), False)])
def test_keys_that_nobody_knows_where_no_region_is_named_may_be_of_another_partition(
    stage: Stage, wanted: tuple[str, ...], hint: bool
) -> None:
    stage.refuse("sts:GetCallerIdentity", "InvalidClientTokenId", status=403)
    with pytest.raises(ReadFailure) as caught:
        open_session(stage.endpoint, regions=wanted).caller()
    assert caught.value.kind == "credentials"
    assert ("GovCloud" in caught.value.detail) is hint


def test_a_caller_that_is_no_arn_is_not_understood(stage: Stage) -> None:
    stage.tell(
        "sts:GetCallerIdentity", {"Account": HOME, "Arn": "nobody-in-particular-at-all", "UserId": "x"}
    )
    with pytest.raises(ReadFailure, match="unparseable"):
        open_session(stage.endpoint).caller()


# --- where services are offered ---------------------------------------------------------------------------


def unreachable(place: AwsPlace, scope: Scope, location: str | None) -> Iterator[Fact]:
    yield from ()
    raise ReadFailure(call="any:List", kind="server-error", code="EndpointConnectionError")


def observed(stage: Stage, service: str, location: str | None) -> list[Fact]:
    scope = Scope(id=SCOPE, kind="aws.account", provider="aws")
    observe = where_offered(unreachable, service=service, sources=("aws.any",), listings=("a",))
    session = open_session(stage.endpoint, regions=(GOV,))
    return list(observe(session.at(scope, location), scope, location))


def test_outside_of_the_commercial_partition_no_api_tells_where_a_service_is_offered(stage: Stage) -> None:
    move(stage, "aws-us-gov")
    with pytest.raises(ReadFailure, match="any:List"):
        observed(stage, "eks", GOV)
    assert stage.asked("ssm:GetParametersByPath") == 0


def test_cloudfront_is_outside_of_govcloud(stage: Stage) -> None:
    move(stage, "aws-us-gov")
    emitter, listing = observed(stage, "cloudfront", None)
    assert isinstance(emitter, Emitter)
    assert emitter.not_applicable == "cloudfront is not offered in the partition aws-us-gov"
    assert isinstance(listing, Listing)


def test_elsewhere_an_endpoint_of_cloudfront_that_cannot_be_reached_is_a_failed_read(stage: Stage) -> None:
    with pytest.raises(ReadFailure, match="any:List"):
        observed(stage, "cloudfront", None)


# --- global services --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("partition", "region"), [("aws-us-gov", GOV), ("aws-cn", CHINA), ("aws-cn", "us-east-1")]
)
def test_web_acls_for_cloudfront_are_asked_for_in_the_commercial_partition_only(
    stage: Stage, partition: str, region: str
) -> None:
    move(stage, partition)
    stage.tell("wafv2:ListWebACLs", {"WebACLs": []})
    stage.crawl("aws.waf", regions=(region,))
    kinds = {ask.params["Scope"] for ask in stage.calls if ask.operation == "ListWebACLs"}
    assert kinds == {"REGIONAL"}


@pytest.mark.parametrize(
    ("arn", "may"),
    [
        ("arn:aws:cloudtrail:us-east-1:1:trail/t", True),
        ("arn:aws:cloudtrail:eu-west-1:1:trail/t", False),
        ("arn:aws-cn:cloudtrail:cn-north-1:1:trail/t", True),
        ("arn:aws-cn:cloudtrail:cn-northwest-1:1:trail/t", True),
        ("arn:aws-us-gov:cloudtrail:us-gov-east-1:1:trail/t", True),
    ],
)
def test_where_no_page_says_that_it_does_not_a_region_may_record_global_services(arn: str, may: bool) -> None:
    assert records_global_services(arn) is may


def distribution(stage: Stage, **logging: Any) -> None:
    arn = f"arn:aws-cn:cloudfront::{HOME}:distribution/E1"
    empty: dict[str, Any] = {"Quantity": 0}
    item = {
        "Id": "E1",
        "ARN": arn,
        "Status": "Deployed",
        "LastModifiedTime": "2026-01-01T00:00:00Z",
        "DomainName": "x.cloudfront.cn",
        "Aliases": empty,
        "Origins": {"Quantity": 1, "Items": [{"Id": "o", "DomainName": "o.example"}]},
        "DefaultCacheBehavior": {"TargetOriginId": "o", "ViewerProtocolPolicy": "allow-all"},
        "CacheBehaviors": empty,
        "CustomErrorResponses": empty,
        "Comment": "",
        "PriceClass": "PriceClass_All",
        "Enabled": True,
        "ViewerCertificate": {},
        "Restrictions": {"GeoRestriction": {"RestrictionType": "none", "Quantity": 0}},
        "WebACLId": "",
        "HttpVersion": "http2",
        "IsIPV6Enabled": False,
        "Staging": False,
    }
    told = {"Marker": "", "MaxItems": 100, "IsTruncated": False, "Quantity": 1, "Items": [item]}
    stage.tell("cloudfront:ListDistributions", {"DistributionList": told})
    off = {"Enabled": False, "IncludeCookies": False, "Bucket": "", "Prefix": ""}
    config = {
        "CallerReference": "1",
        "Origins": item["Origins"],
        "DefaultCacheBehavior": item["DefaultCacheBehavior"],
        "CacheBehaviors": empty,
        "Comment": "",
        "Enabled": True,
        "Logging": off | logging,
    }
    stage.tell("cloudfront:GetDistributionConfig", {"DistributionConfig": config})


def verdict(found: Crawl, source: str) -> tuple[str, str | None]:
    (one,) = findings(found, source)
    return one.status, one.reason


def test_in_china_a_distribution_without_legacy_logs_is_unknown_and_us_east_1_is_not_asked(
    stage: Stage,
) -> None:
    move(stage, "aws-cn")
    distribution(stage)
    found = stage.crawl("aws.cloudfront", regions=(CHINA,))
    assert verdict(found, "aws.cloudfront.access") == ("unknown", "blind-spot")
    (emitter,) = found.all(Emitter)
    assert found.why(emitter.labels).kind == "not-observable"
    assert {ask.region for ask in stage.calls} <= {CHINA, "us-east-1"}
    assert {ask.operation for ask in stage.calls if ask.region == "us-east-1"} <= {
        "ListDistributions",
        "GetDistributionConfig",
    }


def test_in_china_legacy_logs_are_let_in_by_the_acl_for_chinas_delivery(stage: Stage) -> None:
    move(stage, "aws-cn")
    distribution(stage, Enabled=True, Bucket="cdn.s3.cn-northwest-1.amazonaws.com.cn")
    s3 = stage.moto("s3", CHINA)
    s3.create_bucket(Bucket="cdn", CreateBucketConfiguration={"LocationConstraint": CHINA})
    grants = [
        {"Grantee": {"Type": "CanonicalUser", "ID": one}, "Permission": "FULL_CONTROL"}
        for one in ("a" * 64, CHINAS_DELIVERY)
    ]
    s3.put_bucket_acl(Bucket="cdn", AccessControlPolicy={"Owner": {"ID": "a" * 64}, "Grants": grants})
    found = stage.crawl("aws.cloudfront", regions=(CHINA,))
    assert verdict(found, "aws.cloudfront.access") == ("covered", None)


# --- policies of buckets ----------------------------------------------------------------------------------


def admitted(stage: Stage, writer: str, *statements: dict[str, Any], region: str = GOV) -> bool | None:
    """Whether a bucket lets a writer in; None where that is unread."""
    s3 = stage.moto("s3", region)
    if not s3.list_buckets()["Buckets"]:
        s3.create_bucket(Bucket="logs", CreateBucketConfiguration={"LocationConstraint": region})
    s3.put_bucket_policy(
        Bucket="logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    )
    ledger = Ledger()
    session = open_session(stage.endpoint, ledger, accounts=(HOME,), regions=(region,))
    list(session.scopes())
    route = Route(
        id="route",
        kind="any",
        setting="setting",
        effect="carry",
        origin=SCOPE,
        location=region,
        to="aws:s3/logs",
        prefix=f"AWSLogs/{HOME}/",
        writer=writer,
    )
    (one,) = [fact for fact in read_bucket(session, "aws:s3/logs", [route]) if isinstance(fact, Admission)]
    return one.allowed if isinstance(one.allowed, bool) else None


def lets(principal: Any, partition: str = "aws-us-gov") -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:PutObject",
        "Resource": f"arn:{partition}:s3:::logs/*",
    }


@pytest.mark.parametrize(
    ("principal", "answer"),
    [
        ({"AWS": f"arn:aws-us-gov:iam::{ELB_IN_GOV}:root"}, True),
        ({"AWS": f"arn:aws-us-gov:iam::{ELB_IN_GOV}:root", "Service": ELB}, True),
        ({"Service": ELB}, None),
        ({"Service": "delivery.logs.amazonaws.com"}, False),
    ],
)
def test_in_govcloud_load_balancers_are_sure_to_come_as_their_regions_account_only(
    stage: Stage, principal: Any, answer: bool | None
) -> None:
    move(stage, "aws-us-gov")
    assert admitted(stage, ELB, lets(principal)) is answer


def test_a_policy_for_buckets_of_another_partition_lets_nobody_in(stage: Stage) -> None:
    move(stage, "aws-us-gov")
    assert (
        admitted(stage, "config.amazonaws.com", lets({"Service": "config.amazonaws.com"}, "aws")) is not True
    )


@pytest.mark.parametrize("service", ["cloudtrail.amazonaws.com", "cloudtrail.amazonaws.com.cn"])
def test_in_china_services_have_the_same_names_as_elsewhere(stage: Stage, service: str) -> None:
    move(stage, "aws-cn")
    statement = lets({"Service": service}, "aws-cn")
    expected = True if service.endswith(".com") else None
    assert admitted(stage, "cloudtrail.amazonaws.com", statement, region=CHINA) is expected


@pytest.mark.parametrize(
    ("grantee", "permission"),
    [
        (
            {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"},
            "FULL_CONTROL",
        ),
        ({"Type": "CanonicalUser", "ID": "b" * 64}, "FULL_CONTROL"),
        ({"Type": "CanonicalUser", "ID": "b" * 64}, "WRITE"),
    ],
)
def test_who_delivers_logs_in_govcloud_is_not_known_so_that_a_grant_to_others_leaves_doubt(
    stage: Stage, grantee: dict[str, str], permission: str
) -> None:
    move(stage, "aws-us-gov")
    others = lets({"Service": "other.amazonaws.com"})
    assert admitted(stage, "delivery.logs.amazonaws.com", others) is False
    s3 = stage.moto("s3", GOV)
    told = s3.get_bucket_acl(Bucket="logs")
    more = {"Grantee": grantee, "Permission": permission}
    policy = {"Owner": told["Owner"], "Grants": [*told["Grants"], more]}
    s3.put_bucket_acl(Bucket="logs", AccessControlPolicy=policy)
    assert admitted(stage, "delivery.logs.amazonaws.com", others) is None


# --- what is printed --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("partition", "region"), [("aws-us-gov", GOV), ("aws-cn", CHINA)])
def test_printed_commands_close_a_gap_there(stage: Stage, partition: str, region: str) -> None:
    move(stage, partition)
    s3 = stage.moto("s3", region)
    s3.create_bucket(Bucket="acme-logs", CreateBucketConfiguration={"LocationConstraint": region})
    stage.moto("ec2", region)
    stage.moto("logs", region)
    flows = ("aws.vpcs", "aws.flow_logs")

    def now() -> Any:
        (one,) = findings(stage.crawl(*flows, regions=(region,)), "aws.vpc.flow", '"aws:s3/acme-logs"')
        return one

    fixes = []
    for expected in ("not-routed", "writer-denied"):
        gap = now()
        assert (gap.status, gap.reason) == ("gap", expected), gap.detail
        fixes.append((gap.remediation or "").partition("\n\n")[2])
        awscli.carry_out(fixes[-1], lambda service, where: stage.moto(service, where or region))
    assert now().status == "covered"
    arns = re.findall(r"arn:([a-z-]+):", "".join(fixes))
    assert arns
    assert set(arns) == {partition}
