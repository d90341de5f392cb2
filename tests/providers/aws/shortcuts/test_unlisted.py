"""Inventory services as a part of a collection: asked last, only where something could not be listed, and believed in nothing."""

from typing import Any

import pytest

from logcov.catalogue import SHORTCUTS, SOURCES, operations_for
from logcov.collect import Progress, collect
from logcov.config import AwsShortcuts, AwsTarget, Config
from logcov.inventory import Emitter, Inventory, Reading
from logcov.providers.aws.shortcuts.config_aggregator import SELECT, STATUS
from logcov.providers.aws.shortcuts.telemetry import LIST
from logcov.providers.aws.shortcuts.telemetry import STATUS as EVALUATED
from logcov.providers.calls import Patience
from providers.aws.judging import findings
from providers.aws.shortcuts.told import (
    AGGREGATOR,
    FLOWS,
    SHUT,
    TELEMETRY,
    aggregated,
    evaluated,
    item,
    open_network,
    organization,
    resource,
    shut,
)
from providers.aws.stage import HOME, OTHER, REGION, Stage

FLOW = "aws.vpc.flow"
BOTH = AwsShortcuts(config_aggregator=AGGREGATOR.config_aggregator, telemetry=TELEMETRY.telemetry)


def collected(stage: Stage, phases: list[str] | None = None, **target: Any) -> Inventory:
    def report(progress: Progress) -> None:
        if phases is not None:
            phases.append(progress.phase)

    aws = AwsTarget(
        endpoint=stage.endpoint, accounts=(HOME, OTHER), role="Reader", regions=(REGION,), **target
    )
    return collect(
        Config(aws=(aws,)), frozenset({FLOW}), report=report, patience=Patience(attempts=2, longest_wait=0.02)
    )


def test_a_collection_asks_after_it_has_read_what_it_can(stage: Stage) -> None:
    shut(stage)
    open_network(stage)
    aggregated(stage, item())
    phases: list[str] = []
    inventory = collected(stage, phases, shortcuts=AGGREGATOR)

    assert list(dict.fromkeys(phases))[:3] == [
        "finding scopes",
        "reading what is logged",
        "asking inventory services",
    ]
    emitters = [one for one in inventory.facts if isinstance(one, Emitter)]
    assert {(one.scope, one.resource) for one in emitters} == {
        (SHUT, "vpc-0a"),
        (f"aws:accounts/{HOME}", "vpc-0f"),
    }
    (indirect,) = [one for one in inventory.facts if isinstance(one, Reading) and one.via != "direct"]
    assert indirect.via == "config-aggregator"


def test_a_target_without_shortcuts_asks_nobody(stage: Stage) -> None:
    shut(stage)
    open_network(stage)
    aggregated(stage, item())
    phases: list[str] = []
    collected(stage, phases)

    assert "asking inventory services" not in phases
    assert not stage.asked(SELECT)


def test_a_collection_goes_on_without_an_aggregator_that_may_not_be_asked(stage: Stage) -> None:
    shut(stage)
    open_network(stage)
    stage.deny(SELECT)
    stage.deny(STATUS)
    inventory = collected(stage, shortcuts=AGGREGATOR)
    assert inventory.header.complete


def test_only_operations_of_the_row_are_called(stage: Stage) -> None:
    shut(stage)
    open_network(stage)
    aggregated(stage, item())
    collected(stage, shortcuts=AGGREGATOR)
    target = AwsTarget(accounts=(HOME, OTHER), role="Reader", shortcuts=AGGREGATOR)
    allowed = {one.call for one in operations_for("aws", [FLOW], [target])}
    assert {f"{ask.service}:{ask.operation}" for ask in stage.calls} <= allowed
    assert {SELECT, STATUS} <= allowed


def test_every_log_source_that_it_names_exists() -> None:
    known = {source.id for source in SOURCES}
    for row in SHORTCUTS:
        assert set(row.sources) <= known


# --- The fault rule -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        "ec2:DescribeVpcs",
        "ec2:DescribeFlowLogs",
        "ec2:DescribeNetworkInterfaces",
        "organizations:ListAccounts",
        "organizations:ListTagsForResource",
        "account:ListRegions",
        "sts:AssumeRole",
        SELECT,
        STATUS,
        LIST,
        EVALUATED,
    ],
)
@pytest.mark.parametrize("closed", [False, True])
def test_one_denied_call_adds_unknowns_only_and_nothing_vanishes_but_beneath_one(
    stage: Stage, call: str, closed: bool
) -> None:
    organization(stage)
    open_network(stage)
    if closed:
        shut(stage)
    aggregated(stage, item(name="vpc-0f"), item(name="vpc-0dead"))
    evaluated(stage, resource(name="vpc-0f"), resource(name="vpc-0e"))

    def judged() -> dict[tuple[str, str | None, str | None], str]:
        found = stage.crawl(*FLOWS, organization=True, accounts=(), shortcuts=BOTH)
        return {(one.scope, one.location, one.resource): one.status for one in findings(found, FLOW)}

    before = judged()
    stage.deny(call)
    after = judged()

    assert {status for place, status in after.items() if before.get(place) != status} <= {"unknown"}
    hidden = {(scope, location) for scope, location, name in after if name == "*"}
    for scope, location, name in before.keys() - after.keys():
        wider = {
            (scope, location),
            (scope, None),
            *((one, None) for one, _ in hidden if "organizations" in one),
        }
        assert wider & hidden, name


def test_a_vpc_that_both_the_account_and_an_inventory_service_know_is_one_finding(stage: Stage) -> None:
    organization(stage)
    open_network(stage)
    aggregated(stage, item(name="vpc-0f"))
    evaluated(stage, resource(name="vpc-0f"))

    def at_other() -> dict[str | None, tuple[str, str]]:
        found = stage.crawl(*FLOWS, organization=True, accounts=(), shortcuts=BOTH)
        return {one.resource: (one.id, one.status) for one in findings(found, FLOW) if one.scope == SHUT}

    read = at_other()
    stage.deny("ec2:DescribeVpcs", account=OTHER)
    heard = at_other()

    assert read["vpc-0f"][1] == "gap"
    assert heard["vpc-0f"] == (read["vpc-0f"][0], "unknown")
