"""Acme's AWS, collected by the real collectors and judged by its policy: each situation makes its own reason."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

import logcov.sandbox
from logcov.catalogue import SOURCES
from logcov.collect import collect
from logcov.config import AwsTarget, Config
from logcov.evaluate import evaluate
from logcov.findings import Assessment
from logcov.policy.load import load_policies
from logcov.sandbox.configuration import policies
from sandbox.acme_aws import serve, shipped

LOGS = frozenset({"aws.cloudtrail.management", "aws.cloudtrail.data", "aws.vpc.flow"})


@pytest.fixture(scope="module")
def assessment(tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    now = datetime.now(UTC)
    acme = serve(shipped(), now=now.replace(minute=0, second=0, microsecond=0))
    try:
        target = AwsTarget(organization=True, role="LogcovReader", endpoint=acme.server.endpoint)
        inventory = collect(Config(aws=(target,)), LOGS)
    finally:
        acme.server.stop()
    estate = policies(tmp_path_factory.mktemp("acme"))[0]
    own = Path(logcov.sandbox.__file__).parent / "policies" / "acme-aws.yaml"
    return evaluate(inventory, load_policies([estate, own], SOURCES), as_of=now.date())


def said(assessment: Assessment, requirement: str) -> dict[tuple[str, str | None], tuple[str, str | None]]:
    return {
        (finding.scope[-12:], finding.location): (finding.status, finding.reason)
        for finding in assessment.findings
        if finding.requirement == f"acme-aws:{requirement}"
    }


def test_the_organisations_trail_covers_every_active_account_and_region(assessment: Assessment) -> None:
    told = said(assessment, "management-archived")
    assert len(told) == 15
    assert {each for (account, _), each in told.items() if account != "5" * 12} == {("covered", None)}
    assert {each for (account, _), each in told.items() if account == "5" * 12} == {("not-applicable", None)}


def test_what_the_siem_keeps_is_attested(assessment: Assessment) -> None:
    bases = {
        one.basis
        for one in assessment.findings
        if one.requirement == "acme-aws:management-siem" and one.status == "covered"
    }
    assert bases == {"attested"}


@pytest.mark.parametrize(
    ("account", "region", "reason"),
    [
        ("2", "us-east-1", "filtered-out"),
        ("2", "eu-west-1", "filtered-out"),
        ("2", "ap-southeast-2", "wrong-destination"),
        ("3", "us-east-1", "route-disabled"),
        ("3", "eu-west-1", "writer-denied"),
        ("3", "ap-southeast-2", "destination-missing"),
        ("4", "eu-west-1", "stale"),
        ("4", "ap-southeast-2", "destination-unusable"),
    ],
)
def test_each_regional_trail_fails_in_its_own_way(
    assessment: Assessment, account: str, region: str, reason: str
) -> None:
    assert said(assessment, "regional-copy")[account * 12, region] == ("gap", reason)


@pytest.mark.parametrize(
    ("requirement", "status", "reason"),
    [
        ("archive-copy-without-keys", "covered", None),
        ("regional-copy-kept", "gap", "retention-too-short"),
        ("regional-copy-locked", "gap", "not-immutable"),
        ("regional-copy-own-key", "gap", "not-encrypted"),
        ("regional-copy-sealed", "gap", "not-validated"),
        ("object-access", "gap", "filtered-out"),
        ("object-access", "unknown", "unclassified"),
        ("function-calls", "covered", None),
        ("flow-archived", "covered", None),
        ("flow-archived", "gap", "not-routed"),
        ("flow-archived", "gap", "filtered-out"),
        ("flow-archived", "gap", "delivery-failing"),
        ("flow-archived", "gap", "writer-denied"),
        ("flow-archived", "gap", "wrong-destination"),
        ("flow-archived", "unknown", "blind-spot"),
        ("flow-archived", "exempt", "not-routed"),
        ("flow-locked", "gap", "not-immutable"),
        ("staging-flow-searchable", "gap", "not-searchable-long-enough"),
    ],
)
def test_every_other_reason_arises(
    assessment: Assessment, requirement: str, status: str, reason: str | None
) -> None:
    told = {
        (one.status, one.reason)
        for one in assessment.findings
        if one.requirement == f"acme-aws:{requirement}"
    }
    assert (status, reason) in told
