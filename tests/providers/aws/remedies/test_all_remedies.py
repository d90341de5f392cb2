"""Every command that could be printed is one that the AWS CLI knows, and says what it would overwrite."""

import re
from fnmatch import fnmatchcase
from string import Formatter

import pytest

from logcov.evaluate.remedies import fix
from logcov.findings import GAP_REASONS
from logcov.inventory import Emitter, Remedy
from logcov.providers.aws.rows import DESTINATION_KINDS, REMEDIES, SOURCES
from providers.aws import awscli

SAMPLES = {
    "scope": "111122223333",
    "account": "111122223333",
    "location": "eu-west-1",
    "region": "eu-west-1",
    "partition": "aws",
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


def told(remedy: Remedy) -> str:
    """The remedy as a gap that it is made for would have it."""
    source = next((one.id for one in SOURCES if fnmatchcase(one.id, remedy.sources[0])), "")
    given = {name: made.format_map(SAMPLES) for name, made in remedy.given.items()}
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
        more={"prefix": SAMPLES["prefix"], **given},
    )


@every_remedy
def test_it_is_told_of_a_gap_that_it_is_made_for(remedy: Remedy) -> None:
    assert set(remedy.reasons) <= set(GAP_REASONS)
    assert any(fnmatchcase(one.id, pattern) for pattern in remedy.sources for one in SOURCES)
    patterns = [kind.pattern for kind in DESTINATION_KINDS]
    assert not remedy.to or any(fnmatchcase(remedy.to, pattern) for pattern in patterns)
    assert told(remedy)


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
def test_terraform_is_whole(remedy: Remedy) -> None:
    depth = 0
    for line in remedy.terraform.format_map(SAMPLES).split("\n"):
        if line.startswith("#"):
            continue
        assert line.count('"') % 2 == 0
        bare = re.sub(r'"[^"]*"', '""', line)
        depth += bare.count("{") - bare.count("}")
        assert bare.count("[") == bare.count("]")
        assert depth >= 0
    assert depth == 0
    for kind in re.findall(r'^resource "(\S+)"', remedy.terraform, re.MULTILINE):
        assert kind.startswith("aws_")


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
    )
    assert text == ""
