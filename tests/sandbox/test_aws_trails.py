"""CloudTrail as AWS shows it to owners and members, with everything that can be wrong with a trail."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from sandbox.acme_aws import (
    ARCHIVE,
    MANAGEMENT,
    NOW,
    ORG_TRAIL,
    PRODUCTION,
    REGIONS,
    STAGING,
    Acme,
    everything,
    undisturbed,
)


@pytest.fixture
def acme() -> Iterator[Acme]:
    yield from undisturbed()


def trails(acme: Acme, account: str, region: str) -> dict[str, dict]:
    return {
        each["Name"]: each
        for each in acme.client("cloudtrail", account, region).describe_trails()["trailList"]
    }


def status(acme: Acme, account: str, region: str, name: str) -> dict:
    return acme.client("cloudtrail", account, region).get_trail_status(Name=name)


def code(caught: pytest.ExceptionInfo[ClientError]) -> str:
    return str(caught.value.response["Error"]["Code"])


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("account", [MANAGEMENT, ARCHIVE, PRODUCTION, STAGING])
def test_every_member_sees_the_organisations_trail_in_every_region_under_its_owners_arn(
    acme: Acme, account: str, region: str
) -> None:
    seen = trails(acme, account, region)["acme-org"]
    assert seen["TrailARN"] == ORG_TRAIL
    assert (seen["HomeRegion"], seen["IsOrganizationTrail"], seen["IsMultiRegionTrail"]) == (
        "us-east-1",
        True,
        True,
    )
    assert status(acme, account, region, ORG_TRAIL)["IsLogging"] is True


def test_a_member_finds_the_organisations_trail_by_its_arn_alone(acme: Acme) -> None:
    with pytest.raises(ClientError) as caught:
        status(acme, PRODUCTION, "us-east-1", "acme-org")
    assert code(caught) == "TrailNotFoundException"
    assert status(acme, MANAGEMENT, "us-east-1", "acme-org")["IsLogging"] is True


def test_only_the_owner_reads_the_selectors_and_only_at_home(acme: Acme) -> None:
    for account, region in ((PRODUCTION, "us-east-1"), (MANAGEMENT, "eu-west-1")):
        with pytest.raises(ClientError) as caught:
            acme.client("cloudtrail", account, region).get_event_selectors(TrailName=ORG_TRAIL)
        assert code(caught) == "TrailNotFoundException"
    read = acme.client("cloudtrail").get_event_selectors(TrailName=ORG_TRAIL)
    assert read["AdvancedEventSelectors"][0]["FieldSelectors"] == [
        {"Field": "eventCategory", "Equals": ["Management"]}
    ]


def test_an_untouched_trail_says_that_it_takes_all_management_events(acme: Acme) -> None:
    read = acme.client("cloudtrail", STAGING).get_event_selectors(TrailName="staging-legacy")
    assert read["EventSelectors"] == [
        {
            "ReadWriteType": "All",
            "IncludeManagementEvents": True,
            "DataResources": [],
            "ExcludeManagementEventSources": [],
        }
    ]
    assert "AdvancedEventSelectors" not in read


def test_a_trail_of_one_region_is_seen_there_and_nowhere_else(acme: Acme) -> None:
    assert "staging-legacy" in trails(acme, STAGING, "us-east-1")
    assert "staging-legacy" not in trails(acme, STAGING, "eu-west-1")
    assert "staging-legacy" not in trails(acme, PRODUCTION, "us-east-1")


def test_shadows_can_be_left_out(acme: Acme) -> None:
    def at(account: str, region: str) -> list[str]:
        client = acme.client("cloudtrail", account, region)
        return [each["Name"] for each in client.describe_trails(includeShadowTrails=False)["trailList"]]

    assert at(PRODUCTION, "eu-west-1") == ["prod-data", "prod-refused"]
    assert at(PRODUCTION, "us-east-1") == ["prod-paused"]
    assert at(MANAGEMENT, "us-east-1") == ["acme-org", "acme-siem"]


def test_the_situations_of_the_world_are_all_there(acme: Acme) -> None:
    paused = status(acme, PRODUCTION, "us-east-1", "prod-paused")
    assert (paused["IsLogging"], paused["StopLoggingTime"]) == (False, NOW - timedelta(days=40))
    assert status(acme, PRODUCTION, "eu-west-1", "prod-refused")["LatestDeliveryError"] == "AccessDenied"
    stale = status(acme, STAGING, "eu-west-1", "staging-stale")
    assert (stale["IsLogging"], stale["LatestDeliveryTime"]) == (True, NOW - timedelta(days=9))
    assert "LatestDeliveryError" not in stale
    assert "LatestDeliveryTime" not in status(acme, ARCHIVE, "ap-southeast-2", ORG_TRAIL)
    assert trails(acme, STAGING, "us-east-1")["staging-legacy"]["LogFileValidationEnabled"] is False
    assert trails(acme, PRODUCTION, "ap-southeast-2")["prod-apac"]["S3BucketName"] == "acme-prod-gone"
    read = acme.client("cloudtrail", ARCHIVE).get_event_selectors(TrailName="archive-nokms")
    assert read["EventSelectors"][0]["ExcludeManagementEventSources"] == ["kms.amazonaws.com"]
    values = acme.client("cloudtrail", PRODUCTION, "eu-west-1").get_event_selectors(TrailName="prod-data")
    assert values["EventSelectors"][0]["DataResources"][0]["Values"] == [
        "arn:aws:s3:::acme-prod-customers/exports/"
    ]


def test_a_trails_key_is_the_one_that_kms_tells_of(acme: Acme) -> None:
    arn = trails(acme, STAGING, "ap-southeast-2")["staging-sealed"]["KmsKeyId"]
    told = acme.client("kms", ARCHIVE, "ap-southeast-2").describe_key(KeyId=arn)["KeyMetadata"]
    assert (told["KeyState"], told["Enabled"], told["Arn"]) == ("Disabled", False, arn)


def test_events_went_on_after_the_stale_trail_fell_silent(acme: Acme) -> None:
    client = acme.client("cloudtrail", STAGING, "eu-west-1")
    for read_only in ("true", "false"):
        events = everything(
            client,
            "lookup_events",
            "Events",
            LookupAttributes=[{"AttributeKey": "ReadOnly", "AttributeValue": read_only}],
            StartTime=NOW - timedelta(days=8),
            EndTime=NOW - timedelta(hours=6),
        )
        assert [each["EventSource"] for each in events if each["EventSource"] != "kms.amazonaws.com"] == [
            "ec2.amazonaws.com"
        ]


def test_a_quiet_region_has_no_events(acme: Acme) -> None:
    assert everything(acme.client("cloudtrail", ARCHIVE, "ap-southeast-2"), "lookup_events", "Events") == []


def test_event_data_stores_are_listed_by_name_after_an_empty_page(acme: Acme) -> None:
    client = acme.client("cloudtrail", PRODUCTION)
    pages, token = [], {}
    while True:
        page = client.list_event_data_stores(**token)
        pages.append(page["EventDataStores"])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert [len(page) for page in pages] == [0, 1, 1]
    arn = pages[1][0]["EventDataStoreArn"]
    store = client.get_event_data_store(EventDataStore=arn)
    assert (store["Status"], store["RetentionPeriod"], store["EventDataStoreArn"]) == ("ENABLED", 90, arn)
    assert acme.client("cloudtrail", STAGING).list_event_data_stores()["EventDataStores"] == []
    with pytest.raises(ClientError) as caught:
        acme.client("cloudtrail", STAGING).get_event_data_store(EventDataStore=arn)
    assert code(caught) == "EventDataStoreNotFoundException"


def test_no_trail_has_insights(acme: Acme) -> None:
    with pytest.raises(ClientError) as caught:
        acme.client("cloudtrail").get_insight_selectors(TrailName=ORG_TRAIL)
    assert code(caught) == "InsightNotEnabledException"
