"""Which operations some log sources need: all that a run calls, and not all that there are."""

import dataclasses

import pytest

from logcov.catalogue import PROVIDERS, SOURCES, operations_for, operations_of
from logcov.collect import collect
from logcov.config import AwsShortcuts, AwsTarget, ConfigAggregator, GcpTarget, TelemetryConfiguration
from logcov.inventory import BlindSpot, Reading
from logcov.providers.calls import Patience

TARGET = AwsTarget(
    shortcuts=AwsShortcuts(
        config_aggregator=ConfigAggregator(name="acme", account="222222222222", region="eu-west-1"),
        telemetry=TelemetryConfiguration(account="222222222222", regions=("eu-west-1",)),
    )
)


def calls(provider, *sources):
    return {operation.call for operation in operations_for(provider, sources)}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_all_log_sources_together_need_every_operation(provider):
    targets = [TARGET] if provider == "aws" else []
    assert operations_for(provider, [source.id for source in SOURCES], targets) == operations_of(provider)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_without_a_log_source_only_scopes_are_found(provider):
    assert calls(provider) == {operation.call for operation in PROVIDERS[provider]}


def test_observers_of_other_log_sources_are_left_out():
    assert "cloudtrail:DescribeTrails" not in calls("aws", "aws.vpc.flow")
    assert "ec2:DescribeFlowLogs" in calls("aws", "aws.vpc.flow")


def test_readers_are_followed_from_hop_to_hop():
    # A trail writes to a log group, whose subscription filter feeds a stream that delivers to a bucket.
    assert {
        "logs:DescribeSubscriptionFilters",
        "firehose:DescribeDeliveryStream",
        "s3:GetBucketPolicy",
    } <= calls("aws", "aws.cloudtrail.management")


def test_readers_are_followed_to_another_provider():
    # Shared Workspace logs arrive in the log router of a Google Cloud organization.
    assert {"logging.sinks.list", "pubsub.topics.get"} <= calls("gcp", "workspace.activity")
    assert "logging.sinks.list" not in calls("gcp", "aws.vpc.flow")


def test_inventory_services_are_asked_only_by_targets_that_name_them_and_for_what_they_know():
    def more(target, *sources):
        asked = {operation.call for operation in operations_for("aws", sources, [target])}
        return {one.split(":")[0] for one in asked - calls("aws", *sources)}

    assert more(AwsTarget(), "aws.vpc.flow") == set()
    assert more(TARGET, "aws.vpc.flow") == {"config", "observabilityadmin"}
    assert more(TARGET, "aws.rds.log") == {"config"}
    assert more(TARGET, "aws.cloudtrail.management") == set()


@pytest.mark.parametrize(
    "source",
    [
        "aws.cloudtrail.management",
        "aws.vpc.flow",
        "aws.eks.control_plane",
        "gcp.audit.activity",
        "workspace.activity",
    ],
)
def test_whatever_a_run_for_one_log_source_calls_is_needed(acme, source):
    inventory = collect(acme.config, frozenset({source}), patience=Patience(attempts=2, longest_wait=0.01))

    made = {fact.call for fact in inventory.facts if isinstance(fact, Reading | BlindSpot)}
    needed = {call for provider in PROVIDERS for call in calls(provider, source)}
    # What no API offers is noted under a name of its own, without a call.
    untold = {
        fact.call for fact in inventory.facts if isinstance(fact, BlindSpot) and fact.kind == "not-observable"
    }
    assert made - untold <= needed
    assert made & needed


def test_whatever_a_run_by_the_sandbox_policies_calls_is_needed(acme):
    from logcov.cli.asking import sources_of

    sources = sources_of(acme.policies)
    acme.here.calls.reset()
    collect(
        dataclasses.replace(acme.config, gcp=(), okta=(), workspace=()),
        sources,
        patience=Patience(attempts=2, longest_wait=0.01),
    )

    made = {call.operation for call in acme.here.calls.made()}
    printed = {one.permission or one.call for one in operations_for("aws", sources)}
    assert made
    assert made <= printed


@pytest.mark.parametrize(
    ("target", "asked"),
    [
        (GcpTarget(organization="1", read="direct"), False),
        (GcpTarget(organization="1", read="asset-inventory"), True),
        (GcpTarget(folder="1", read="auto"), True),
        (GcpTarget(projects=("acme-prod",), read="asset-inventory"), False),
    ],
)
def test_an_inventory_service_is_asked_only_where_a_target_says_so(target, asked):
    needed = operations_for("gcp", ["gcp.audit.activity"], [target])
    permissions = {one.permission for one in needed}

    assert ("cloudasset.assets.listResource" in permissions) is asked
    assert ("cloudasset.assets.listIamPolicy" in permissions) is asked
    assert "cloudasset.assets.listResource" not in calls("gcp", "gcp.audit.activity")
