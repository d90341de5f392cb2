"""Acme's AWS as real clients meet it: who asks, what goes wrong, and that it is the same every time."""

import itertools
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from logcov.errors import SandboxError
from logcov.sandbox import aws
from logcov.sandbox.exchange import Calls
from logcov.sandbox.faults import Faults
from sandbox.acme_aws import (
    ARCHIVE,
    MANAGEMENT,
    ORG_TRAIL,
    PRODUCTION,
    REGIONS,
    STAGING,
    SUSPENDED,
    Acme,
    everything,
    running,
    serve,
    shipped,
    undisturbed,
)


@pytest.fixture
def acme() -> Iterator[Acme]:
    yield from undisturbed()


ASKED = {
    "json": lambda acme: acme.client("cloudtrail", PRODUCTION).describe_trails(),
    "rest-json": lambda acme: acme.client("account").list_regions(AccountId=PRODUCTION),
    "query": lambda acme: acme.client("sts", PRODUCTION).get_caller_identity(),
    "ec2": lambda acme: acme.client("ec2", PRODUCTION).describe_flow_logs(),
    "s3": lambda acme: acme.client("s3", ARCHIVE).get_bucket_policy(Bucket="acme-org-trail"),
}
"""One call in each protocol."""


def code_of(acme: Acme, protocol: str) -> tuple[str, str, dict[str, Any]]:
    with pytest.raises(ClientError) as caught:
        ASKED[protocol](acme)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["Error"]["Message"], answer["ResponseMetadata"]["HTTPHeaders"]


# --- Who asks ---------------------------------------------------------------------------------------------


def test_unknown_keys_belong_to_the_management_account(acme: Acme) -> None:
    who = acme.client("sts", key="AKIAIOSFODNN7EXAMPLE").get_caller_identity()
    assert (who["Account"], who["Arn"]) == (MANAGEMENT, f"arn:aws:iam::{MANAGEMENT}:user/auditor")


def test_an_assumed_role_reads_its_own_account(acme: Acme) -> None:
    role = f"arn:aws:iam::{STAGING}:role/LogcovReader"
    given = acme.client("sts").assume_role(RoleArn=role, RoleSessionName="audit")["Credentials"]
    who = acme.client("sts", key=given["AccessKeyId"]).get_caller_identity()
    assert (who["Account"], who["Arn"]) == (
        STAGING,
        f"arn:aws:sts::{STAGING}:assumed-role/LogcovReader/logcov",
    )
    assert given["Expiration"].timestamp() > time.time() + 3000


@pytest.mark.parametrize(
    "role",
    [f"{SUSPENDED}:role/LogcovReader", f"{STAGING}:role/Administrator", "999999999999:role/LogcovReader"],
)
def test_nobody_may_assume_another_role_or_enter_a_closed_account(acme: Acme, role: str) -> None:
    with pytest.raises(ClientError) as caught:
        acme.client("sts").assume_role(RoleArn=f"arn:aws:iam::{role}", RoleSessionName="audit")
    assert caught.value.response["Error"]["Code"] == "AccessDenied"


@pytest.mark.parametrize(
    ("service", "code"), [("cloudtrail", "UnrecognizedClientException"), ("ec2", "AuthFailure")]
)
def test_a_region_that_is_not_enabled_knows_no_credentials(acme: Acme, service: str, code: str) -> None:
    client = acme.client(service, PRODUCTION, "ap-east-1")
    with pytest.raises(ClientError) as caught:
        client.describe_trails() if service == "cloudtrail" else client.describe_vpcs()
    assert caught.value.response["Error"]["Code"] == code


def test_nothing_can_be_changed(acme: Acme) -> None:
    for change in (
        lambda: acme.client("cloudtrail").stop_logging(Name=ORG_TRAIL),
        lambda: acme.client("s3", ARCHIVE).delete_bucket(Bucket="acme-org-trail"),
        lambda: acme.client("ec2", PRODUCTION).create_vpc(CidrBlock="10.0.0.0/16"),
    ):
        with pytest.raises(ClientError) as caught:
            change()
        assert caught.value.response["Error"]["Code"] in {
            "AccessDeniedException",
            "AccessDenied",
            "UnauthorizedOperation",
        }
    assert acme.client("s3", ARCHIVE).get_bucket_versioning(Bucket="acme-org-trail")["Status"] == "Enabled"


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("observabilityadmin", "get_telemetry_evaluation_status"),
        ("ec2", "describe_verified_access_instances"),
    ],
)
def test_what_the_sandbox_lacks_is_an_error_and_no_empty_list(
    acme: Acme, service: str, operation: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(acme.client(service), operation)()
    assert caught.value.response["Error"]["Code"] == "UnknownOperationException"


def test_an_unsigned_request_is_refused(acme: Acme) -> None:
    connection = HTTPConnection(acme.server.endpoint.removeprefix("http://"), timeout=5)
    connection.request("POST", "/", body=b"Action=GetCallerIdentity&Version=2011-06-15")
    answer = connection.getresponse()
    assert (answer.status, b"MissingAuthenticationToken" in answer.read()) == (400, True)
    connection.close()


# --- What is noted ----------------------------------------------------------------------------------------


def test_calls_are_noted_by_action_account_region_and_what_they_are_about(acme: Acme) -> None:
    acme.client("s3", ARCHIVE).get_bucket_encryption(Bucket="acme-org-trail")
    acme.client("cloudtrail", STAGING, "eu-west-1").get_trail_status(Name=ORG_TRAIL)
    everything(acme.client("organizations"), "list_accounts", "Accounts")
    noted = [(call.operation, call.place, call.location, call.path, call.page) for call in acme.calls.made()]
    assert noted == [
        ("s3:GetEncryptionConfiguration", ARCHIVE, "us-east-1", "/acme-org-trail", False),
        ("cloudtrail:GetTrailStatus", STAGING, "eu-west-1", f"/{ORG_TRAIL}", False),
        ("organizations:ListAccounts", MANAGEMENT, "us-east-1", "/", False),
        ("organizations:ListAccounts", MANAGEMENT, "us-east-1", "/", True),
        ("organizations:ListAccounts", MANAGEMENT, "us-east-1", "/", True),
    ]


# --- What goes wrong --------------------------------------------------------------------------------------

CODES = {
    "denied": (
        "AccessDeniedException",
        "AccessDeniedException",
        "AccessDenied",
        "UnauthorizedOperation",
        "AccessDenied",
    ),
    "scp_denied": (
        "AccessDeniedException",
        "AccessDeniedException",
        "AccessDenied",
        "UnauthorizedOperation",
        "AccessDenied",
    ),
    "throttled": (
        "ThrottlingException",
        "ThrottlingException",
        "Throttling",
        "RequestLimitExceeded",
        "SlowDown",
    ),
    "expired_token": (
        "ExpiredTokenException",
        "ExpiredTokenException",
        "ExpiredToken",
        "RequestExpired",
        "ExpiredToken",
    ),
    "error_500": (
        "InternalServerException",
        "InternalServerException",
        "InternalFailure",
        "InternalError",
        "InternalError",
    ),
    "region_disabled": (
        "UnrecognizedClientException",
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "AuthFailure",
        "InvalidAccessKeyId",
    ),
    "api_disabled": (
        "SubscriptionRequiredException",
        "SubscriptionRequiredException",
        "OptInRequired",
        "OptInRequired",
        "NotSignedUp",
    ),
}


@pytest.mark.parametrize("fault", CODES)
def test_a_fault_surfaces_as_the_error_of_each_protocol(acme: Acme, fault: str) -> None:
    acme.wrong(fault=fault)
    assert tuple(code_of(acme, protocol)[0] for protocol in ASKED) == CODES[fault]


def test_a_denial_says_who_may_not_do_what_and_a_control_policy_says_so(acme: Acme) -> None:
    acme.wrong(fault="denied")
    assert "is not authorized to perform: s3:GetBucketPolicy" in code_of(acme, "s3")[1]
    acme.wrong(fault="scp_denied")
    for protocol in ASKED:
        assert code_of(acme, protocol)[1].endswith("with an explicit deny in a service control policy")


def test_a_throttled_caller_may_be_told_how_long_to_wait(acme: Acme) -> None:
    acme.wrong(fault="throttled", retry_after=7)
    assert code_of(acme, "json")[2]["retry-after"] == "7"
    acme.wrong(fault="throttled")
    assert "retry-after" not in code_of(acme, "json")[2]


@pytest.mark.parametrize("fault", ["cut_off", "invalid_json"])
@pytest.mark.parametrize("protocol", ["query", "ec2"])
def test_an_xml_answer_that_is_cut_off_or_garbled_does_not_parse(
    acme: Acme, protocol: str, fault: str
) -> None:
    acme.wrong(fault=fault)
    with pytest.raises(ResponseParserError):
        ASKED[protocol](acme)


@pytest.mark.parametrize("fault", ["cut_off", "invalid_json"])
@pytest.mark.parametrize(("protocol", "key"), [("json", "trailList"), ("rest-json", "Regions")])
def test_botocore_calls_broken_json_a_success_without_anything_in_it(
    acme: Acme, protocol: str, key: str, fault: str
) -> None:
    """What a collector must be ready for: botocore compares no length, and takes no offence at what is no JSON."""
    acme.wrong(fault=fault)
    answer = ASKED[protocol](acme)
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert key not in answer


def test_a_bucket_policy_that_is_cut_off_is_handed_on_as_it_came(acme: Acme) -> None:
    """Likewise: the body is a text of any kind, and nobody but its reader sees that it ends too early."""
    whole = ASKED["s3"](acme)["Policy"]
    acme.wrong(fault="cut_off")
    assert ASKED["s3"](acme)["Policy"] == whole[: len(whole) // 2]


def test_no_answer_ends_in_the_clients_own_patience(acme: Acme) -> None:
    acme.wrong(fault="timeout")
    with pytest.raises(ReadTimeoutError):
        acme.client("cloudtrail", PRODUCTION, read_timeout=0.2).describe_trails()


def test_a_connection_that_closes_without_an_answer(acme: Acme) -> None:
    acme.wrong(fault="timeout", seconds=0)
    with pytest.raises(ConnectionClosedError):
        ASKED["json"](acme)


def test_a_slow_answer_is_the_right_one(acme: Acme) -> None:
    acme.wrong(fault="slow", seconds=0.15)
    began = time.monotonic()
    assert ASKED["json"](acme)["trailList"]
    assert time.monotonic() - began >= 0.15


def test_latency_is_added_to_every_answer(acme: Acme) -> None:
    acme.faults.add_latency(0.1)
    began = time.monotonic()
    ASKED["json"](acme)
    acme.faults.add_latency(0.0)
    assert time.monotonic() - began >= 0.1


def test_faults_hit_answers_that_were_given_before(acme: Acme) -> None:
    assert ASKED["ec2"](acme)["FlowLogs"]
    acme.wrong(fault="denied", operation="ec2:DescribeFlowLogs", place=PRODUCTION, location="us-east-1")
    assert code_of(acme, "ec2")[0] == "UnauthorizedOperation"
    assert acme.client("ec2", STAGING).describe_flow_logs()["FlowLogs"]
    acme.faults.replace(())
    assert ASKED["ec2"](acme)["FlowLogs"]


def test_a_fault_can_be_about_one_bucket_and_be_named_as_the_api_names_it(acme: Acme) -> None:
    acme.wrong(fault="denied", operation="s3:GetBucketEncryption", path="/acme-org-trail")
    s3 = acme.client("s3", ARCHIVE)
    with pytest.raises(ClientError):
        s3.get_bucket_encryption(Bucket="acme-org-trail")
    assert s3.get_bucket_encryption(Bucket="acme-flow-logs")


@pytest.mark.parametrize(
    ("service", "operation", "key", "account"),
    [
        ("organizations", "list_accounts", "Accounts", MANAGEMENT),
        ("ec2", "describe_vpcs", "Vpcs", PRODUCTION),
        ("ec2", "describe_flow_logs", "FlowLogs", STAGING),
        ("cloudtrail", "lookup_events", "Events", PRODUCTION),
        ("account", "list_regions", "Regions", MANAGEMENT),
        ("s3", "list_buckets", "Buckets", PRODUCTION),
        ("logs", "describe_log_groups", "logGroups", STAGING),
    ],
)
def test_an_empty_first_page_leads_to_everything(
    acme: Acme, service: str, operation: str, key: str, account: str
) -> None:
    client = acme.client(service, account)
    before = everything(client, operation, key)
    acme.wrong(fault="empty_page")
    first = next(iter(client.get_paginator(operation).paginate()))
    assert first.get(key, []) == []
    assert before
    assert everything(client, operation, key) == before


# --- Pages ------------------------------------------------------------------------------------------------


def test_a_list_comes_in_pages_of_which_one_is_empty(acme: Acme) -> None:
    pages = acme.client("organizations").get_paginator("list_accounts").paginate()
    assert [len(page["Accounts"]) for page in pages] == [2, 0, 3]


def test_no_page_is_longer_than_the_client_allows(acme: Acme) -> None:
    pages = (
        acme.client("organizations").get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 2})
    )
    assert [len(page["Accounts"]) for page in pages] == [2, 0, 2, 1]
    pages = (
        acme.client("ec2", STAGING).get_paginator("describe_vpcs").paginate(PaginationConfig={"PageSize": 5})
    )
    assert [len(page["Vpcs"]) for page in pages] == [4]


def test_a_token_that_no_list_gave_out_is_refused(acme: Acme) -> None:
    with pytest.raises(ClientError) as caught:
        acme.client("organizations").list_accounts(NextToken="acme-page-77")
    assert caught.value.response["Error"]["Code"] == "InvalidNextTokenException"


# --- The same every time ----------------------------------------------------------------------------------


def crawl(acme: Acme) -> list[Any]:
    """Everything that an audit asks for, without the metadata of the answers."""
    found: list[Any] = [everything(acme.client("organizations"), "list_accounts", "Accounts")]
    for account, region in itertools.product((MANAGEMENT, ARCHIVE, PRODUCTION, STAGING), REGIONS):
        trails = acme.client("cloudtrail", account, region)
        listed = trails.describe_trails()["trailList"]
        found.append(listed)
        for trail in listed:
            status = trails.get_trail_status(Name=trail["TrailARN"])
            del status["ResponseMetadata"]
            found.append(status)
        ec2 = acme.client("ec2", account, region)
        for operation, key in (
            ("describe_vpcs", "Vpcs"),
            ("describe_subnets", "Subnets"),
            ("describe_network_interfaces", "NetworkInterfaces"),
            ("describe_flow_logs", "FlowLogs"),
        ):
            found.append(everything(ec2, operation, key))
        found.append(everything(acme.client("logs", account, region), "describe_log_groups", "logGroups"))
    for account in (ARCHIVE, PRODUCTION, STAGING):
        s3 = acme.client("s3", account)
        buckets = everything(s3, "list_buckets", "Buckets")
        found += buckets
        found += [
            s3.get_bucket_encryption(Bucket=bucket["Name"])["ServerSideEncryptionConfiguration"]
            for bucket in buckets
        ]
    return found


def test_two_sandboxes_say_the_same_and_do_not_see_each_other(acme: Acme) -> None:
    second = serve({**shipped(), "faults": []})
    try:
        assert crawl(second) == crawl(acme)
    finally:
        second.server.stop()
    assert crawl(acme)


def test_ids_do_not_depend_on_what_else_is_in_the_world(acme: Acme) -> None:
    world = shipped()
    world["aws"]["vpcs"] = [
        vpc for vpc in world["aws"]["vpcs"] if vpc["name"] in {"prod-edge", "prod-partner"}
    ]
    fewer = serve({**world, "faults": []})
    try:
        small, whole = (
            {
                vpc["VpcId"]
                for vpc in everything(one.client("ec2", PRODUCTION, "eu-west-1"), "describe_vpcs", "Vpcs")
            }
            for one in (fewer, acme)
        )
        assert small == whole
    finally:
        fewer.server.stop()


def test_motos_state_stays_in_the_box(acme: Acme) -> None:
    import moto.backends

    ASKED["s3"](acme)
    assert "acme-org-trail" not in moto.backends.get_backend("s3").bucket_accounts
    assert PRODUCTION not in moto.backends.get_backend("ec2")


def test_a_server_stops_while_clients_wait_and_frees_its_port() -> None:
    acme = serve(
        {"aws": {**shipped()["aws"], "buckets": [], "vpcs": [], "trails": [], "keys": [], "log_groups": []}}
    )
    port = int(acme.server.endpoint.rpartition(":")[2])
    acme.client("sts").get_caller_identity()
    acme.server.stop()
    acme.server.stop()
    with pytest.raises(BotoCoreError):
        acme.client("sts").get_caller_identity()
    again = aws.start(
        {**shipped()["aws"], "buckets": [], "vpcs": [], "trails": [], "keys": [], "log_groups": []},
        Faults(),
        Calls(),
        port=port,
    )
    assert again.endpoint == acme.server.endpoint
    again.stop()


# --- What is wrong at the start ---------------------------------------------------------------------------


def test_a_taken_port_is_told() -> None:
    taken = int(running().server.endpoint.rpartition(":")[2])
    empty = {**shipped()["aws"], "buckets": [], "vpcs": [], "trails": [], "keys": [], "log_groups": []}
    with pytest.raises(SandboxError, match=f"port {taken}"):
        aws.start(empty, Faults(), Calls(), port=taken)


def test_without_moto_the_hint_says_what_to_install() -> None:
    program = """
import sys
sys.modules["moto"] = None
from pathlib import Path
import yaml
import logcov.sandbox
from logcov.errors import SandboxError
from logcov.sandbox import aws
from logcov.sandbox.exchange import Calls
from logcov.sandbox.faults import Faults
world = yaml.safe_load(Path(logcov.sandbox.__file__).with_name("world_aws.yaml").read_text())
try:
    aws.start(world, Faults(), Calls())
except SandboxError as error:
    print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert "needs moto" in done.stdout
    assert "pip install 'logcov[sandbox]'" in done.stdout


def test_importing_it_imports_neither_moto_nor_botocore() -> None:
    program = "import sys, logcov.sandbox.aws; print(*({'moto', 'botocore', 'boto3', 'flask', 'werkzeug', 'pydantic'} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == ""
