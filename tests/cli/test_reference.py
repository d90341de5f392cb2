"""What logcov knows and ships: log sources, permissions, policies, the schema, and the sandbox."""

import json
import os
import signal
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from cli.running import POLICY, marked, process, started, written
from logcov.catalogue import PROVIDERS, SOURCES, operations_for
from logcov.catalogue.aws_grants import TREE
from logcov.documents import load_yaml
from logcov.policy.shipped import shipped_policies


def test_all_log_sources_are_listed_with_their_titles(logcov):
    ran = logcov("sources")

    assert ran.code == 0
    for source in SOURCES:
        assert any(line.split() == [source.id, *source.title.split()] for line in ran.out.splitlines())


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.id)
def test_each_log_source_is_described(logcov, source):
    ran = logcov("sources", source.id)

    assert ran.code == 0
    assert ran.out.startswith(f"{source.id}\n{source.title}\n")
    for dimension in source.dimensions:
        assert dimension.name in ran.out
    for limit in source.limits:
        assert limit in ran.out
    assert "(?)" not in ran.out


@pytest.mark.parametrize("provider", PROVIDERS)
def test_permissions_are_those_of_every_operation_once(logcov, provider):
    ran = logcov("permissions", provider)

    told = ran.out.splitlines()
    assert ran.code == 0
    assert len(told) == len(set(told))
    needed = operations_for(provider, [source.id for source in SOURCES])
    assert {operation.permission or operation.call for operation in needed} == set(told)


NETWORK = """version: 1
name: network
title: Network
require:
  - {id: flows, title: Flow logs are kept, logs: aws.vpc.flow, reach: "*"}
"""
AWS = """version: 1
policies: [network.yaml]
aws:
  - {accounts: ["111122223333"], role: Reader, external_id_env: LOGCOV_ID}
"""


def test_permissions_are_limited_to_what_the_policies_ask_for(logcov, tmp_path):
    written(tmp_path, "network.yaml", NETWORK)
    written(tmp_path, "aws.yaml", AWS)

    by_config = logcov("permissions", "aws", "-c", "aws.yaml").out.splitlines()
    by_policy = logcov("permissions", "aws", "--policy", "network.yaml").out.splitlines()

    assert "ec2:DescribeFlowLogs" in by_config
    assert "cloudtrail:DescribeTrails" not in by_config
    assert set(by_policy) - set(by_config) == TREE
    assert "logging.sinks.list" not in logcov("permissions", "gcp", "-c", "aws.yaml").out


def test_inventory_services_are_granted_only_if_the_configuration_names_them(logcov, tmp_path):
    written(tmp_path, "network.yaml", NETWORK)
    written(tmp_path, "aws.yaml", AWS)
    named = "shortcuts: {config_aggregator: {name: acme, account: '222222222222', region: eu-west-1}}"
    written(tmp_path, "more.yaml", AWS.replace("role: Reader", f"role: Reader, {named}"))

    without = set(logcov("permissions", "aws", "-c", "aws.yaml").out.splitlines())
    with_it = set(logcov("permissions", "aws", "-c", "more.yaml").out.splitlines())

    assert with_it - without == {
        "config:SelectAggregateResourceConfig",
        "config:DescribeConfigurationAggregatorSourcesStatus",
    }
    assert without < with_it


def test_iam_policies_are_printed_for_the_caller_and_for_the_role(logcov, tmp_path):
    written(tmp_path, "network.yaml", NETWORK)
    written(tmp_path, "aws.yaml", AWS)

    ran = logcov("permissions", "aws", "-c", "aws.yaml", "--format", "iam")

    assert ran.code == 0
    assert set(json.loads(ran.out)) == {"logcov-caller", "Reader"}
    assert "arn:aws:iam::111122223333:role/Reader" in ran.out
    assert "identity that starts the audit" in ran.err


@pytest.mark.parametrize("shown", ["cloudformation", "terraform"])
def test_the_role_is_printed_as_code_with_the_names_of_the_configuration_and_no_secret(
    logcov, tmp_path, monkeypatch, shown
):
    monkeypatch.setenv("LOGCOV_ID", "hush-hush")
    written(tmp_path, "network.yaml", NETWORK)
    written(tmp_path, "aws.yaml", AWS)

    ran = logcov("permissions", "aws", "-c", "aws.yaml", "--format", shown)

    assert ran.code == 0
    assert "Reader" in ran.out
    assert "ec2:DescribeFlowLogs" in ran.out
    assert "hush-hush" not in ran.out + ran.err


GCP = """version: 1
policies: [audit.yaml]
gcp:
  - {organization: "123456789012", read: direct, credentials: {impersonate: logcov@acme-audit.iam.gserviceaccount.com}}
"""
AUDIT = """version: 1
name: audit
title: Audit
require:
  - {id: changes, title: Changes are kept, logs: gcp.audit.activity, reach: "*"}
"""


def test_the_custom_role_is_printed_as_gcloud_takes_it_with_what_the_policies_need(logcov, tmp_path):
    written(tmp_path, "audit.yaml", AUDIT)
    written(tmp_path, "gcp.yaml", GCP)

    ran = logcov("permissions", "gcp", "-c", "gcp.yaml", "--format", "role")

    role = yaml.safe_load(ran.out)
    assert ran.code == 0
    assert role["includedPermissions"] == logcov("permissions", "gcp", "-c", "gcp.yaml").out.splitlines()
    assert "--organization=123456789012 --file=role.yaml" in ran.out
    assert "roles/iam.serviceAccountTokenCreator on logcov@acme-audit.iam.gserviceaccount.com" in ran.err


def test_the_custom_role_is_printed_as_terraform(logcov, tmp_path):
    written(tmp_path, "audit.yaml", AUDIT)
    written(tmp_path, "gcp.yaml", GCP)

    ran = logcov("permissions", "gcp", "-c", "gcp.yaml", "--format", "terraform")

    assert ran.code == 0
    assert 'resource "google_organization_iam_custom_role" "logcov"' in ran.out
    assert 'default     = "123456789012"' in ran.out
    assert '"logging.sinks.list",' in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("azure",), "no provider"),
        (("aws", "--format", "role"), "is for gcp"),
        (("okta", "--format", "terraform"), "is for aws and gcp"),
        (("gcp", "-c", "okta.yaml", "--format", "role"), "names no target under `gcp`"),
        (("aws", "--format", "pulumi"), "--format 'pulumi' is unknown"),
        (("gcp", "--format", "iam"), "is for aws"),
        (("aws", "-c", "none.yaml"), "none.yaml"),
        (("aws", "-c", "okta.yaml", "--format", "iam"), "names no target under `aws`"),
        (("aws", "-c", "own.yaml", "--format", "terraform"), "names no `role`"),
    ],
)
def test_permissions_that_cannot_be_printed_end_with_two(logcov, tmp_path, arguments, said):
    written(tmp_path, "okta.yaml", "version: 1\nokta: [{org_url: 'https://acme.okta.com'}]\n")
    written(tmp_path, "own.yaml", "version: 1\naws: [{regions: all}]\n")

    ran = logcov("permissions", *arguments)

    assert ran.code == 2
    assert ran.out == ""
    assert said in ran.err


def test_good_policies_are_called_good(logcov, tmp_path):
    written(tmp_path, "okta.yaml", POLICY)

    ran = logcov("policy", "check", "okta.yaml")

    assert ran.code == 0
    assert ran.out == "1 policy, 1 requirement: good\n"
    assert ran.err == ""


def test_the_shipped_policies_are_good_together(logcov):
    files = [str(path) for path, _ in shipped_policies()]

    ran = logcov("policy", "check", *files)

    assert ran.code == 0
    assert ran.out.startswith(f"{len(files)} policies, ")


def test_every_problem_of_every_policy_is_told_at_once_with_its_place(logcov, tmp_path):
    written(tmp_path, "one.yaml", POLICY.replace("severity: high", "severity: urgent"))
    written(tmp_path, "two.yaml", POLICY.replace("name: okta", "name: two"))

    ran = logcov("policy", "check", "one.yaml", "two.yaml", "none.yaml")

    assert ran.code == 2
    assert ran.out == ""
    assert "one.yaml:14:" in ran.err
    assert "two.yaml:5:3: destinations: `siem` is bound twice" in ran.err
    assert "none.yaml: there is no such file" in ran.err


def test_the_shipped_policies_are_listed(logcov):
    ran = logcov("policy", "list")

    assert ran.code == 0
    for path, title in shipped_policies():
        assert f"{path}  {title}\n" in ran.out


def test_the_schema_is_one_that_editors_can_use(logcov):
    ran = logcov("policy", "schema")

    schema = json.loads(ran.out)
    assert ran.code == 0
    validator = jsonschema_rs.validator_for(schema)
    for path, _ in shipped_policies():
        validator.validate(json.loads(json.dumps(load_yaml(path).data)))


# --- the sandbox ----------------------------------------------------------------------------------------------


needs_proc = pytest.mark.skipif(
    not Path("/proc/self/environ").exists(), reason="looks at processes as Linux shows them"
)


@needs_proc
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_sandbox_can_be_audited_from_elsewhere_and_ends_on_ctrl_c(tmp_path, how):
    mark = f"sandbox of {tmp_path}"
    serving = started("sandbox", cwd=tmp_path, env={"MARK": mark})
    assert serving.stdout is not None
    assert serving.stderr is not None
    try:
        assert "Ctrl-C" in serving.stderr.readline()
        lines = []
        while (
            "workspace:" not in "".join(lines) or "endpoint" not in "".join(lines).partition("workspace:")[2]
        ):
            lines.append(serving.stdout.readline())
        written(tmp_path, "logcov.yaml", "".join(lines))
        assert len(marked(mark)) > 1

        if how == signal.SIGINT:
            ran = process("audit", "-c", "logcov.yaml", "-o", "report.md", cwd=tmp_path)
            assert ran.code == 12, ran.err
        serving.send_signal(how)
        out, err = serving.communicate(timeout=60)
    finally:
        serving.kill()
        serving.wait()

    assert serving.returncode == 0
    assert out == ""
    assert err == "stopped\n"
    assert marked(mark) == []


@needs_proc
def test_a_sandbox_that_dies_is_told_and_ends_the_command(tmp_path):
    mark = f"sandbox of {tmp_path}"
    serving = started("sandbox", cwd=tmp_path, env={"MARK": mark})
    assert serving.stderr is not None
    try:
        serving.stderr.readline()
        for child in set(marked(mark)) - {serving.pid}:
            os.kill(child, signal.SIGKILL)
        _, err = serving.communicate(timeout=60)
    finally:
        serving.kill()
        serving.wait()

    assert serving.returncode == 2
    assert err == "logcov: the sandbox ended by itself\n  Start it again.\n"


def test_an_audit_of_the_sandbox_needs_nothing_at_all(tmp_path):
    ran = process("audit", "--sandbox", "-o", "report.md", "-o", "result.json", cwd=tmp_path)

    assert ran.code == 12, ran.err
    assert json.loads((tmp_path / "result.json").read_text())["summary"]["gap"] > 0
    assert "wrote report.md" in ran.err


@needs_proc
def test_no_sandbox_outlives_the_audit_that_started_it(tmp_path):
    mark = f"sandbox of {tmp_path}"
    written(tmp_path, "bad.yaml", "require: [")

    ran = process("audit", "--sandbox", "--policy", "bad.yaml", cwd=tmp_path, env={"MARK": mark})

    assert ran.code == 2
    assert marked(mark) == []
