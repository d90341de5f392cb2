"""Every command that could be printed is one that the AWS CLI knows, and says what it would overwrite."""

import json
import re
from fnmatch import fnmatchcase
from string import Formatter

import pytest

import terraform
from logcov.evaluate.remedies import fix
from logcov.findings import GAP_REASONS
from logcov.inventory import Emitter, Remedy
from logcov.providers.aws.partitions import PARTITIONS, names_in
from logcov.providers.aws.rows import DESTINATION_KINDS, REMEDIES, SOURCES
from providers.aws import awscli

SAMPLES = {
    "scope": "111122223333",
    "account": "111122223333",
    "location": "eu-west-1",
    "region": "eu-west-1",
    "partition": "aws",
    "suffix": "amazonaws.com",
    "resource": "vpc-0abc",
    "vpc": "0abc",
    "gateway": "0abc",
    "bucket": "acme-logs",
    "group": "/acme/flow",
    "name": "acme",
    "stream": "acme",
    "days": "365",
    "writer": "delivery.logs.amazonaws.com",
    "prefix": "AWSLogs/111122223333/elasticloadbalancing/eu-west-1/",
    "flow_log": "fl-0abc",
    "trail": "main",
    "store": "0f4f2c5e-1111-2222-3333-444455556666",
    "resource_type": "AWS::S3::Object",
    "component": "audit",
    "alarm": "root",
    "topic": "alerts",
    "bus": "default",
    "rule": "root",
    "acl": "eu-west-1:111122223333:regional/webacl/edge/1",
    "api": "a1b2c3",
    "stage": "prod",
    "balancer": "app/front/50dc6c495c0c9188",
    "firewall": "edge",
    "distribution": "E1ABCDEF",
    "cluster": "warehouse",
    "namespace": "warehouse",
    "log": "userlog",
    "function": "pay",
    "named": "S3_DATA_EVENTS",
}
"""A value for every name that templates use."""
OVERWRITING = {
    "put-bucket-policy",
    "put-bucket-lifecycle-configuration",
    "put-event-selectors",
    "put-logging-configuration",
    "enable-logging",
    "put-model-invocation-logging-configuration",
}
SHOWS = re.compile(r"aws \S+ (get|describe|list)-")


def label(remedy: Remedy) -> str:
    return f"{remedy.reasons[0]} {remedy.sources[0]} {remedy.cause or remedy.to}"


every_remedy = pytest.mark.parametrize("remedy", REMEDIES, ids=label)


def told(remedy: Remedy, partition: str = "aws") -> str:
    """The remedy as a gap that it is made for would have it."""
    there = names_in(partition)
    source = next((one.id for one in SOURCES if fnmatchcase(one.id, remedy.sources[0])), "")
    given = {
        name: made.format_map({**SAMPLES, **there})
        for name, made in remedy.given.items()
        if name not in there
    }
    return fix(
        [remedy],
        Emitter(
            source=source,
            scope=f"aws:accounts/{SAMPLES['scope']}",
            location=given.pop("location", SAMPLES["location"]),
            resource=given.pop("resource", SAMPLES["resource"]),
            dimensions={
                name: SAMPLES[name] for name in ("component", "resource_type", "log") if name not in given
            },
        ),
        reason=remedy.reasons[0],
        cause=remedy.cause.format_map(SAMPLES),
        wanted=[remedy.to.format_map(SAMPLES)],
        days=365,
        writer=given.pop("writer", SAMPLES["writer"]),
        more={"prefix": SAMPLES["prefix"], **there, **given},
    )


@every_remedy
def test_it_is_told_of_a_gap_that_it_is_made_for(remedy: Remedy) -> None:
    assert set(remedy.reasons) <= set(GAP_REASONS)
    assert any(fnmatchcase(one.id, pattern) for pattern in remedy.sources for one in SOURCES)
    patterns = [kind.pattern for kind in DESTINATION_KINDS]
    assert not remedy.to or any(fnmatchcase(remedy.to, pattern) for pattern in patterns)
    assert told(remedy)


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov", "aws-cn"])
@every_remedy
def test_every_arn_is_one_of_the_partition(remedy: Remedy, partition: str) -> None:
    text = told(remedy, partition)
    assert {one.group(1) for one in re.finditer(r"arn:([a-z-]+):", text)} <= {partition}
    assert partition == "aws" or "us-east-1" in remedy.given.values() or "us-east-1" not in text
    hosts = {one.group(1) for one in re.finditer(r"logs\.eu-west-1\.([a-z.]+)", text)}
    assert hosts <= {PARTITIONS[partition].suffix}


def test_what_is_documented_for_the_commercial_partition_only_is_not_told_elsewhere() -> None:
    untold = {one.sources[0] + one.given.get("writer", "") for one in REMEDIES if not told(one, "aws-cn")}
    assert untold == {
        "*logdelivery.elasticloadbalancing.amazonaws.com",
        "aws.cloudfront.access",
        "aws.route53.public_query",
    }


def test_without_a_known_partition_no_arn_is_made_up() -> None:
    text = fix(
        REMEDIES,
        Emitter(source="aws.vpc.flow", scope="aws:accounts/1", location="eu-west-1", resource="vpc-1"),
        reason="not-routed",
        cause="aws:accounts/1",
        wanted=["aws:s3/acme-logs"],
        days=None,
        writer="",
    )
    assert text == ""


@every_remedy
def test_each_command_is_a_call_that_the_api_takes(remedy: Remedy) -> None:
    found = awscli.commands(told(remedy))
    assert found
    for command in found:
        assert awscli.problems(command) == "", command


@every_remedy
def test_what_a_command_overwrites_is_said_and_shown_before(remedy: Remedy) -> None:
    lines = remedy.commands.split("\n")
    for at, line in enumerate(lines):
        words = line.split()
        if line.startswith("aws ") and words[2] in OVERWRITING:
            before = lines[:at]
            new = any("A new trail has no other selectors" in one for one in before)
            assert new or any(one.startswith("# The next command replaces") for one in before)
            assert new or any(SHOWS.match(one) for one in before)


@every_remedy
def test_no_comment_opens_a_quote_and_no_value_is_shorthand(remedy: Remedy) -> None:
    for line in remedy.commands.split("\n"):
        if line.startswith("#"):
            assert "'" not in line
        else:
            assert line.count("'") % 2 == 0
            assert re.match(r"([A-Z]+=\$\()?aws [a-z0-9-]+ [a-z0-9-]+", line)


@every_remedy
def test_terraform_is_what_the_provider_takes(remedy: Remedy) -> None:
    _, _, printed = told(remedy).partition("\n\n# Terraform\n")
    assert bool(printed) == bool(remedy.terraform)
    assert terraform.problems(printed) == []
    assert len(list(terraform.resources(printed))) == remedy.terraform.count('resource "')


@every_remedy
def test_policies_in_terraform_are_those_of_the_commands(remedy: Remedy) -> None:
    commands, _, printed = told(remedy).partition("\n\n# Terraform\n")
    for _, _, content in terraform.resources(printed):
        for name in {"policy", "policy_document"} & content.keys():
            written = re.search(rf"{name} += jsonencode\((.*)\)", printed)
            assert written is not None
            assert json.loads(written[1])["Version"] == "2012-10-17"
            assert written[1] in commands


@pytest.mark.parametrize(
    "name", ["${file(1)}", 'x"\n}\nresource "aws_x" "y" {', "%{if true}", "back\\slash", "ü ${}"]
)
def test_whatever_a_bucket_is_called_it_stays_one_string(name: str) -> None:
    text = fix(
        [
            Remedy(
                reasons=("public",),
                commands="x",
                terraform='resource "aws_s3_bucket" "this" {{\n  bucket = "{resource}"\n}}',
            )
        ],
        Emitter(source="aws.s3.access", scope="aws:accounts/1", resource=name),
        reason="public",
        cause="",
        wanted=[],
        days=None,
        writer="",
    )
    ((kind, _, content),) = terraform.resources(text.partition("# Terraform\n")[2])
    assert kind == "aws_s3_bucket"
    assert {key for key in content if not key.startswith("__")} == {"bucket"}
    assert content["bucket"].replace("$${", "${").replace("%%{", "%{") == name


def test_all_names_are_known_to_whoever_fills_them_in() -> None:
    asked = {
        name
        for remedy in REMEDIES
        for _, name, _, _ in Formatter().parse(remedy.commands + remedy.terraform)
        if name
    }
    assert asked <= SAMPLES.keys()


def test_the_days_that_a_log_group_takes_are_the_next_that_are_enough() -> None:
    from logcov.providers.aws.remedies.remedies_destinations import LOG_GROUPS

    def days(asked: int) -> str:
        return fix(
            LOG_GROUPS,
            Emitter(source="aws.vpc.flow", scope="aws:accounts/1", location="eu-west-1"),
            reason="retention-too-short",
            cause="aws:logs/eu-west-1/1//aws/flow",
            wanted=[],
            days=asked,
            writer="",
        )

    assert "--log-group-name /aws/flow --retention-in-days 400" in days(366)
    assert "delete-retention-policy" in days(4000)


def test_the_stage_that_every_http_api_begins_with_is_no_variable_of_the_shell() -> None:
    arn = "arn:aws:apigateway:eu-west-1::/apis/a1b2c3/stages/$default"
    text = fix(
        REMEDIES,
        Emitter(source="aws.apigateway.access", scope="aws:accounts/1", location="eu-west-1", resource=arn),
        reason="not-routed",
        cause="aws:accounts/1",
        wanted=["aws:logs/eu-west-1/1//acme/api"],
        days=None,
        writer="",
        more=names_in("aws"),
    )
    assert "--stage-name '$default' " in text
    (command,) = awscli.commands(text)
    assert (command.operation, command.params["StageName"]) == ("UpdateStage", "$default")


def test_a_gap_without_a_safe_command_has_none() -> None:
    text = fix(
        REMEDIES,
        Emitter(source="aws.vpc.flow", scope="aws:accounts/1", location="eu-west-1", resource="vpc-1"),
        reason="not-routed",
        cause="aws:accounts/1",
        wanted=["gcp:pubsub/projects/acme-siem/topics/audit", "aws:s3/*"],
        days=None,
        writer="",
        more=names_in("aws"),
    )
    assert text == ""
