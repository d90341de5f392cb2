"""`logcov doctor`: what an audit could not read, told before it runs."""

import json

import pytest

from cli.running import DENIED, MET, POLICY, written
from logcov.sandbox import serve_here
from logcov.sandbox.configuration import config_text
from logcov.sandbox.faults import Fault

NOBODY = "version: 1\npolicies: [policy.yaml]\nokta: [{org_url: 'https://acme.okta.com', auth: {api_token_env: OKTA_UNSET}}]\n"
FLOWS = MET.replace("logs: okta.system_log", "logs: aws.vpc.flow").replace(", searchable: 90d", "")


def test_where_nothing_is_missing_it_ends_with_zero(logcov, acme):
    ran = logcov("doctor")

    assert ran.code == 0
    assert ran.out.startswith("Nothing is missing\n")
    assert "finding scopes" in ran.err
    assert "finding scopes" not in ran.out


def test_what_is_missing_is_told_with_the_permission_and_ends_with_eleven(logcov, acme, here):
    here.faults.replace([Fault(**one) for one in json.loads(DENIED % "acme.okta.com")])

    ran = logcov("doctor", "--format", "json")

    told = json.loads(ran.out)
    (group,) = told["missing"]
    assert ran.code == 11
    assert [place["id"] for place in group["places"]] == ["okta:orgs/acme.okta.com"]
    assert [lack["permission"] for lack in group["lacks"]] == ["okta.logStreams.read"]
    assert group["lacks"][0]["sources"] == ["okta.system_log"]


def test_only_what_the_policies_need_is_tried_and_without_policies_everything(logcov, acme, tmp_path):
    text = (tmp_path / "logcov.yaml").read_text(encoding="utf-8")
    written(
        tmp_path,
        "bare.yaml",
        "\n".join(one for one in text.splitlines() if "  - '" not in one and one != "policies:"),
    )
    written(tmp_path, "flows.yaml", FLOWS)

    by_policy = json.loads(logcov("doctor", "--format", "json").out)
    others = json.loads(logcov("doctor", "--policy", "flows.yaml", "--format", "json").out)
    bare = json.loads(logcov("doctor", "-c", "bare.yaml", "--format", "json").out)

    assert by_policy["needed"] > 0
    assert others["needed"] == 0
    assert bare["needed"] == by_policy["needed"]


def test_credentials_that_are_missing_are_told_with_what_to_do(logcov, tmp_path):
    written(tmp_path, "policy.yaml", POLICY)
    written(tmp_path, "logcov.yaml", NOBODY)

    ran = logcov("doctor")

    assert ran.code == 11
    assert "credentials" in ran.out
    assert "OKTA_UNSET" in ran.out
    assert "okta: no access" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [(), ("-c", "none.yaml"), ("--policy", "none.yaml", "-c", "logcov.yaml"), ("--format", "yaml")],
)
def test_what_cannot_be_looked_at_ends_with_two_before_any_call(logcov, tmp_path, arguments):
    if "-c" in arguments and "none.yaml" not in arguments[1:]:
        written(tmp_path, "logcov.yaml", NOBODY)

    ran = logcov("doctor", *arguments)

    assert ran.code == 2
    assert ran.out == ""


def test_nothing_is_written(logcov, acme, tmp_path):
    before = sorted(tmp_path.rglob("*"))

    logcov("doctor")

    assert sorted(tmp_path.rglob("*")) == before


# --- AWS ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def served_aws():
    with serve_here(with_aws=True) as here:
        yield here


@pytest.fixture
def aws(served_aws, tmp_path):
    served_aws.faults.replace([])
    served_aws.calls.reset()
    policy = written(tmp_path, "flows.yaml", FLOWS)
    role = str(served_aws.world.aws["role"])
    text = config_text(google="", okta={}, aws=served_aws.aws, role=role, policies=(policy,))
    written(tmp_path, "logcov.yaml", text)
    yield served_aws
    served_aws.faults.reset()


def test_every_account_is_looked_at_in_one_region(logcov, aws):
    logcov("doctor")

    flows = [call for call in aws.calls.made() if call.operation == "ec2:DescribeFlowLogs"]
    assert sorted(call.place for call in flows) == [f"{number}" * 12 for number in (1, 2, 3, 4)]
    assert {call.location for call in flows} == {"ap-southeast-2"}


def test_what_each_account_lacks_is_told_and_service_control_policies_are_told_apart(logcov, aws):
    aws.faults.replace(
        [
            Fault(fault="denied", provider="aws", operation="ec2:DescribeFlowLogs", place="333333333333"),
            Fault(fault="scp_denied", provider="aws", operation="ec2:DescribeVpcs", place="444444444444"),
        ]
    )

    ran = logcov("doctor", "--format", "json")

    at = {
        place["id"]: {
            (lack["call"], lack["kind"]) for lack in group["lacks"] if lack["kind"].endswith("-denied")
        }
        for group in json.loads(ran.out)["missing"]
        for place in group["places"]
    }
    assert ran.code == 11
    assert at["aws:accounts/333333333333"] == {("ec2:DescribeFlowLogs", "access-denied")}
    assert at["aws:accounts/444444444444"] == {("ec2:DescribeVpcs", "scp-denied")}
    assert "IAM will not mend that" in " ".join(logcov("doctor").out.split())


def test_a_role_that_is_not_there_is_told(logcov, aws, tmp_path):
    path = tmp_path / "logcov.yaml"
    role = str(aws.world.aws["role"])
    path.write_text(path.read_text(encoding="utf-8").replace(role, "Nobody"), encoding="utf-8")

    ran = logcov("doctor")

    assert ran.code == 11
    assert "sts:AssumeRole  access-denied" in ran.out
    assert "Make the role there" in ran.out
