from typing import Any

import pytest

from logcov.inventory import Destination, Ledger, Listing, Route, Scope, Unread
from logcov.providers.aws.stores.firehose import ONWARD, read_endpoint, read_firehose
from providers.aws.crawl import Crawl, open_session
from providers.aws.stage import HOME, REGION, Stage

STREAM = f"aws:firehose/{REGION}/{HOME}/siem"
ROLE = f"arn:aws:iam::{HOME}:role/firehose"
HINTS = {"SizeInMBs": 5, "IntervalInSeconds": 300}
PLAIN = {
    "RoleARN": ROLE,
    "BucketARN": "arn:aws:s3:::acme-logs",
    "BufferingHints": HINTS,
    "CompressionFormat": "GZIP",
    "EncryptionConfiguration": {},
}
FUNCTION = {"Enabled": True, "Processors": [{"Type": "Lambda"}]}


def read(stage: Stage, account: str = HOME) -> Crawl:
    ledger = Ledger()
    session = open_session(stage.endpoint, ledger)
    session.audited[HOME] = Scope(id=f"aws:accounts/{HOME}", kind="aws.account", provider="aws")
    return Crawl(tuple(read_firehose(session, STREAM.replace(HOME, account), ())), ledger)


def stream(stage: Stage, *destinations: dict[str, Any], status: str = "ACTIVE", **fields: Any) -> None:
    stage.tell(
        "firehose:DescribeDeliveryStream",
        {
            "DeliveryStreamDescription": {
                "DeliveryStreamName": "siem",
                "DeliveryStreamARN": f"arn:aws:firehose:{REGION}:{HOME}:deliverystream/siem",
                "DeliveryStreamStatus": status,
                "DeliveryStreamType": "DirectPut",
                "VersionId": "1",
                "HasMoreDestinations": False,
                "Destinations": [{"DestinationId": "d", **one} for one in destinations],
                **fields,
            }
        },
    )


def ways(found: Crawl) -> dict[str, tuple[Any, str, bool]]:
    """Target → where, below which prefix, and whether all of it."""
    return {
        route.id.rpartition("#")[2]: (route.to, route.prefix, route.filter is None)
        for route in found.all(Route)
    }


def test_a_stream_delivers_everything_to_its_bucket(stage: Stage) -> None:
    stream(
        stage,
        {
            "S3DestinationDescription": PLAIN,
            "ExtendedS3DestinationDescription": PLAIN | {"Prefix": "flow/!{timestamp:yyyy}/"},
        },
    )
    found = read(stage)
    assert ways(found) == {"s3": ("aws:s3/acme-logs", "flow/", True)}
    assert found.listed(ONWARD) == {(STREAM, None)}
    one = found.one(Destination, STREAM)
    assert (one.end, one.exists, one.usable, one.owner) == (False, True, True, f"aws:accounts/{HOME}")


def test_a_function_between_may_drop_records_but_the_backup_has_them_all(stage: Stage) -> None:
    backup = PLAIN | {"BucketARN": "arn:aws:s3:::acme-raw"}
    stream(
        stage,
        {
            "ExtendedS3DestinationDescription": PLAIN
            | {
                "ProcessingConfiguration": FUNCTION,
                "S3BackupMode": "Enabled",
                "S3BackupDescription": backup,
            }
        },
    )
    assert ways(read(stage)) == {
        "s3": ("aws:s3/acme-logs", "", False),
        "backup": ("aws:s3/acme-raw", "", True),
    }


@pytest.mark.parametrize(
    "processing",
    [
        {"Enabled": False, "Processors": [{"Type": "Lambda"}]},
        {"Enabled": True, "Processors": [{"Type": "Decompression"}, {"Type": "CloudWatchLogProcessing"}]},
        {"Enabled": True},
    ],
)
def test_processors_that_drop_nothing_let_everything_through(
    stage: Stage, processing: dict[str, Any]
) -> None:
    stream(stage, {"ExtendedS3DestinationDescription": PLAIN | {"ProcessingConfiguration": processing}})
    assert ways(read(stage))["s3"][2] is True


def test_splunk_is_a_door_by_its_host_and_its_token_stays_away(stage: Stage) -> None:
    splunk = {
        "HECEndpoint": "https://inputs.acme.splunkcloud.com:443/services",
        "HECEndpointType": "Raw",
        "HECToken": "very-secret",
        "S3BackupMode": "FailedEventsOnly",
        "S3DestinationDescription": PLAIN,
    }
    stream(stage, {"SplunkDestinationDescription": splunk})
    found = read(stage)
    door = "aws:endpoint/splunk/inputs.acme.splunkcloud.com"
    assert ways(found) == {"splunk": (door, "", True)}
    assert "very-secret" not in repr(found)
    (place,) = read_endpoint(open_session(stage.endpoint), door, found.all(Route))
    assert isinstance(place, Destination)
    assert (place.end, place.exists, place.retained) == (False, True, ())


def test_an_endpoint_that_backs_everything_up_has_two_ways(stage: Stage) -> None:
    http = {
        "EndpointConfiguration": {"Url": "https://http.example.com/v1/key", "Name": "Example"},
        "S3BackupMode": "AllData",
        "S3DestinationDescription": PLAIN,
        "ProcessingConfiguration": FUNCTION,
    }
    stream(stage, {"HttpEndpointDestinationDescription": http})
    assert ways(read(stage)) == {
        "httpendpoint": ("aws:endpoint/httpendpoint/http.example.com", "", False),
        "backup": ("aws:s3/acme-logs", "", True),
    }


def test_redshift_gets_its_records_by_a_bucket(stage: Stage) -> None:
    redshift = {
        "RoleARN": ROLE,
        "ClusterJDBCURL": "jdbc:redshift://c",
        "CopyCommand": {"DataTableName": "t"},
        "S3DestinationDescription": PLAIN,
    }
    stream(stage, {"RedshiftDestinationDescription": redshift})
    assert set(ways(read(stage))) == {"redshift", "s3"}


def test_an_endpoint_without_an_address_leads_somewhere(stage: Stage) -> None:
    stream(stage, {"SnowflakeDestinationDescription": {"Schema": "s"}})
    found = read(stage)
    (route,) = found.all(Route)
    assert found.why(route.to).kind == "not-observable"


@pytest.mark.parametrize("destinations", [(), ({},), ({"S3DestinationDescription": PLAIN},) * 2])
def test_a_stream_without_one_destination_hides_where_it_leads(
    stage: Stage, destinations: tuple[dict[str, Any], ...]
) -> None:
    stream(stage, *destinations)
    found = read(stage)
    assert found.all(Listing) == []
    (spot,) = found.spots("firehose:DescribeDeliveryStream")
    assert spot.hides == (ONWARD,)


@pytest.mark.parametrize("status", ["CREATING", "DELETING", "CREATING_FAILED"])
def test_a_stream_that_is_not_active_takes_no_records(stage: Stage, status: str) -> None:
    stream(stage, {"S3DestinationDescription": PLAIN}, status=status)
    one = read(stage).one(Destination, STREAM)
    assert (one.usable, one.unusable_because) == (False, f"the stream is {status}")


def test_a_state_that_nobody_knows_is_unread(stage: Stage) -> None:
    stream(stage, {"S3DestinationDescription": PLAIN}, status="DREAMING")
    assert isinstance(read(stage).one(Destination, STREAM).usable, Unread)


def test_a_stream_that_is_gone_is_told_from_one_that_may_not_be_seen(stage: Stage) -> None:
    stage.refuse("firehose:DescribeDeliveryStream", "ResourceNotFoundException")
    found = read(stage)
    assert found.one(Destination, STREAM).exists is False
    assert found.listed(ONWARD)
    stage.deny("firehose:DescribeDeliveryStream")
    found = read(stage)
    assert found.why(found.one(Destination, STREAM).exists).hides == (ONWARD,)


def test_a_stream_of_an_account_that_is_not_audited_is_not_asked_about(stage: Stage) -> None:
    found = read(stage, "999999999999")
    (one,) = found.all(Destination)
    assert "not audited" in found.why(one.exists).detail
    assert stage.asked("firehose:DescribeDeliveryStream") == 0


def test_a_failure_of_another_kind_is_no_absence(stage: Stage) -> None:
    stage.refuse("firehose:DescribeDeliveryStream", "InternalFailure", status=500)
    found = read(stage)
    assert found.why(found.one(Destination, STREAM).exists).kind == "server-error"


KEY_ARN = f"arn:aws:kms:{REGION}:{HOME}:key/1"


def key(stage: Stage, state: str) -> None:
    told = {"KeyId": "1", "KeyState": state, "KeyManager": "CUSTOMER"}
    stage.tell("kms:DescribeKey", {"KeyMetadata": told})


def own_key(status: str) -> dict[str, Any]:
    told = {"KeyARN": KEY_ARN, "KeyType": "CUSTOMER_MANAGED_CMK", "Status": status}
    return {"DeliveryStreamEncryptionConfiguration": told}


@pytest.mark.parametrize(
    ("state", "status", "usable"),
    [("Enabled", "ENABLED", True), ("Disabled", "ENABLED", False), ("Disabled", "DISABLED", True)],
)
def test_a_stream_takes_records_only_with_a_key_that_works(
    stage: Stage, state: str, status: str, usable: bool
) -> None:
    key(stage, state)
    stream(stage, {"S3DestinationDescription": PLAIN}, **own_key(status))
    assert read(stage).one(Destination, STREAM).usable is usable


def test_a_key_that_may_not_be_seen_leaves_it_open(stage: Stage) -> None:
    stage.deny("kms:DescribeKey")
    stream(stage, {"S3DestinationDescription": PLAIN}, **own_key("ENABLED"))
    found = read(stage)
    assert found.why(found.one(Destination, STREAM).usable).permission == "kms:DescribeKey"


@pytest.mark.parametrize(("state", "told"), [("Enabled", False), ("PendingDeletion", True), (None, True)])
def test_a_bucket_gets_nothing_with_a_key_that_does_not_work(
    stage: Stage, state: str | None, told: bool
) -> None:
    key(stage, state) if state else stage.deny("kms:DescribeKey")
    encrypted = {"EncryptionConfiguration": {"KMSEncryptionConfig": {"AWSKMSKeyARN": KEY_ARN}}}
    stream(stage, {"ExtendedS3DestinationDescription": PLAIN | encrypted})
    (route,) = read(stage).all(Route)
    assert (route.delivery is not None) is told
    assert not told or isinstance(route.delivery.last_error, str if state else Unread)


@pytest.mark.parametrize(("enabled", "whole"), [(True, False), (False, True)])
def test_a_conversion_may_leave_something_out(stage: Stage, enabled: bool, whole: bool) -> None:
    converted = {"DataFormatConversionConfiguration": {"Enabled": enabled}}
    stream(stage, {"ExtendedS3DestinationDescription": PLAIN | converted})
    assert ways(read(stage)) == {"s3": ("aws:s3/acme-logs", "", whole)}


@pytest.mark.parametrize(
    ("fields", "writer"),
    [({}, ROLE), ({"RoleARN": "arn:aws:sns:eu-west-1:1:t"}, f"arn:aws:iam::{HOME}:root")],
)
def test_it_writes_into_a_bucket_by_its_role(stage: Stage, fields: dict[str, Any], writer: str) -> None:
    stream(stage, {"ExtendedS3DestinationDescription": PLAIN | fields})
    (route,) = read(stage).all(Route)
    assert route.writer == writer
