"""Acme's Google Cloud, Okta and Workspace, collected and judged: each situation of world.yaml makes its own reason."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from logcov.catalogue import SOURCES
from logcov.collect import collect
from logcov.config import load_config
from logcov.evaluate import evaluate
from logcov.findings import Assessment, Finding
from logcov.policy import load_policies
from logcov.sandbox import serve_here
from logcov.sandbox.configuration import config_text, policies

OTHERS = frozenset(source.id for source in SOURCES if source.provider != "aws")


@pytest.fixture(scope="module")
def assessment(tmp_path_factory: pytest.TempPathFactory) -> Assessment:
    folder = tmp_path_factory.mktemp("acme")
    files = tuple(
        path for path in policies(folder) if path.name not in {"acme-aws.yaml", "acme-workloads.yaml"}
    )
    with serve_here() as here:
        text = config_text(google=here.google, okta=here.okta, aws="", role="", policies=files)
        (folder / "logcov.yaml").write_text(text, encoding="utf-8")
        inventory = collect(load_config(folder / "logcov.yaml"), OTHERS)
    return evaluate(inventory, load_policies(files, SOURCES), as_of=datetime.now(UTC).date())


def said(assessment: Assessment, requirement: str, scope: str, value: str = "") -> Finding:
    (finding,) = (
        each
        for each in assessment.findings
        if each.requirement == requirement
        and each.scope.endswith(f"/{scope}")
        and (not value or value in each.dimensions.values())
    )
    return finding


@pytest.mark.parametrize(
    ("project", "status", "reason"),
    [
        ("acme-shop-prod", "covered", None),
        ("acme-checkout-prod", "covered", None),
        ("acme-ledger-prod", "covered", None),
        ("acme-shop-eu-prod", "unknown", "blind-spot"),
        ("acme-payments-prod", "gap", "intercepted"),
        ("acme-search-prod", "gap", "route-disabled"),
        ("acme-ads-prod", "gap", "filtered-out"),
        ("acme-crm-prod", "gap", "partly-generated"),
        ("acme-media-prod", "unknown", "undecidable-filter"),
        ("acme-billing-prod", "gap", "writer-denied"),
        ("acme-hr-prod", "gap", "destination-missing"),
        ("acme-mobile-prod", "gap", "no-consumer"),
        ("acme-maps-prod", "gap", "retention-too-short"),
        ("acme-partners-prod", "gap", "not-searchable-long-enough"),
        ("acme-events-prod", "gap", "not-immutable"),
        ("acme-analytics-prod", "gap", "not-generated"),
        ("acme-data-lab", "unknown", "unclassified"),
        ("acme-legacy-crm", "exempt", "wrong-destination"),
        ("acme-legacy-erp", "gap", "not-routed"),
        ("acme-old-shop", "not-applicable", None),
    ],
)
def test_reads_in_each_production_project(
    assessment: Assessment, project: str, status: str, reason: str | None
) -> None:
    finding = said(assessment, "acme-gcp:reads-kept", project, "DATA_READ")
    assert (finding.status, finding.reason) == (status, reason)


@pytest.mark.parametrize(
    ("requirement", "scope", "value", "status", "reason", "basis"),
    [
        ("acme-gcp:cardholder-reads-under-own-key", "acme-shop-prod", "", "covered", None, "proven"),
        (
            "acme-gcp:cardholder-reads-under-own-key",
            "acme-checkout-prod",
            "",
            "gap",
            "not-encrypted",
            "proven",
        ),
        ("acme-gcp:billing-changes-in-siem", "0ACE01-0ACE02-0ACE03", "", "covered", None, "attested"),
        ("acme-gcp:staging-changes-kept", "acme-shop-staging", "", "covered", None, "proven"),
        ("acme-gcp:staging-reads-kept", "acme-shop-staging", "", "gap", "wrong-destination", "proven"),
        ("acme-gcp:staging-reads-kept", "acme-payments-staging", "", "gap", "destination-missing", "proven"),
        ("acme-gcp:changes-archived", "acme-payments-prod", "", "covered", None, "proven"),
        ("acme-identity:okta-in-siem", "acme.okta.com", "", "covered", None, "attested"),
        ("acme-identity:okta-in-siem", "acme-preview.oktapreview.com", "", "gap", "route-disabled", "proven"),
        ("acme-identity:okta-at-hand", "acme-preview.oktapreview.com", "", "covered", None, "proven"),
        ("acme-identity:workspace-changes-archived", "C0acme01", "admin", "covered", None, "proven"),
        ("acme-identity:workspace-sign-ins-in-siem", "C0acme01", "login", "gap", "filtered-out", "proven"),
        (
            "acme-identity:workspace-access-in-siem",
            "C0acme01",
            "context_aware_access",
            "covered",
            None,
            "attested",
        ),
        (
            "acme-identity:workspace-access-in-siem",
            "C0acme01",
            "drive",
            "gap",
            "attestation-expired",
            "proven",
        ),
    ],
)
def test_what_the_other_requirements_find(
    assessment: Assessment,
    requirement: str,
    scope: str,
    value: str,
    status: str,
    reason: str | None,
    basis: str,
) -> None:
    finding = said(assessment, requirement, scope, value)
    assert (finding.status, finding.reason, finding.basis) == (status, reason, basis)


def test_changes_anywhere_in_google_cloud_are_in_the_siem_as_its_owner_attests(
    assessment: Assessment,
) -> None:
    found = [each for each in assessment.findings if each.requirement == "acme-gcp:changes-in-siem"]
    assert Counter((each.status, each.basis) for each in found if each.status != "not-applicable").keys() == {
        ("covered", "attested")
    }
    assert {each.scope.partition("/")[0] for each in found} == {
        "gcp:organizations",
        "gcp:folders",
        "gcp:projects",
    }


def test_what_could_not_be_seen_is_what_the_worlds_faults_hide(assessment: Assessment) -> None:
    denied = {
        (spot.scope, spot.permission) for spot in assessment.blind_spots if spot.kind == "access-denied"
    }
    assert denied == {
        ("gcp:projects/acme-shop-eu-prod", "resourcemanager.projects.getIamPolicy"),
        ("gcp:projects/acme-lab", "dns.policies.list"),
        ("gcp:projects/acme-lab", "dns.managedZones.list"),
        ("gcp:projects/acme-lab", "serviceusage.services.get"),
        ("gcp:storage/acme-apps-files-old", "storage.buckets.getIamPolicy"),
    }
    silent = {spot.scope for spot in assessment.blind_spots if spot.kind == "server-error"}
    assert silent == {"gcp:projects/acme-lab"}


def test_the_expired_exemption_is_said_to_have_expired(assessment: Assessment) -> None:
    assert any(warning.startswith("EX-9: the exemption expired") for warning in assessment.warnings)
    assert (
        Path(said(assessment, "acme-gcp:reads-kept", "acme-analytics-prod", "DATA_READ").policy.file).name
        == "acme-gcp.yaml"
    )
