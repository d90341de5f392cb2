"""The drafts of frameworks are judged whole, as soon as all log sources that they name are there."""

from pathlib import Path

import pytest

from logcov.catalogue import DESTINATION_KINDS, HOP_KINDS, SOURCES
from logcov.evaluate import evaluate
from logcov.findings import exit_code
from logcov.inventory import (
    Destination,
    Emitter,
    Filter,
    Header,
    Inventory,
    Keep,
    Listing,
    LogSource,
    Route,
    Scope,
)
from logcov.inventory.file import ordered
from logcov.policy import load_policies
from nimbus import NOW, TODAY

DRAFTS = Path(__file__).parents[3] / "shared" / "policies-draft"
NEEDED = {
    "cis-aws": (
        "aws.config.item",
        "aws.s3.access",
        "aws.elb.access",
        "aws.cloudfront.access",
        "aws.apigateway.access",
        "aws.securityhub.finding",
        "aws.guardduty.finding",
    ),
    "cis-gcp": (
        "gcp.any",
        "gcp.access_transparency",
        "gcp.asset.change",
        "gcp.dns.query",
        "gcp.lb.request",
    ),
}
ACCOUNT, BUCKET = "aws:accounts/111111111111", "aws:s3/acme-org-trail"
ORG, PROJECT = "gcp:organizations/123456789012", "gcp:projects/acme-prod"
EXPORTS = "gcp:storage/acme-exports"
METRIC = "gcp:metric/projects/acme-prod/ownership"
CHANNEL = "gcp:monitoring/projects/acme-prod/channels/7"
ESTATE = f"""\
version: 1
name: acme
owner: owner@example.com
destinations:
  trusted: ["{EXPORTS}"]
  oncall: ["gcp:monitoring/projects/acme-prod/*"]
"""


def drafts(name: str, *estates: Path):
    """The policies of a draft and what binds its names; skipped where something is missing that it needs."""
    if not (DRAFTS / f"{name}.yaml").exists():
        pytest.skip("the drafts are not here")
    missing = [source for source in NEEDED[name] if all(known.id != source for known in SOURCES)]
    if missing:
        pytest.skip(f"these log sources are not there yet: {', '.join(missing)}")
    # The estate names one log source of another provider, which need not be there.
    transparency = LogSource(
        id="gcp.access_transparency", title="t", provider="gcp", scope_kinds=("gcp.organization",)
    )
    known = {source.id: source for source in (transparency, *SOURCES)}
    return load_policies([DRAFTS / f"{name}.yaml", *estates], list(known.values()))


def inventory(provider: str, *facts) -> Inventory:
    header = Header(
        tool="t",
        started_at=NOW,
        finished_at=NOW,
        sources=tuple(source for source in SOURCES if source.provider == provider),
        hop_kinds=tuple(HOP_KINDS),
        destination_kinds=tuple(DESTINATION_KINDS),
    )
    return Inventory(header=header, facts=ordered(facts))


def judged(estate: Inventory, policies) -> tuple[dict[str, set[tuple[str | None, str]]], object]:
    """Requirement → the resources (or scopes) and statuses of its findings; and the whole assessment."""
    assessment = evaluate(estate, policies, as_of=TODAY)
    found: dict[str, set[tuple[str | None, str]]] = {}
    for finding in assessment.findings:
        found.setdefault(finding.requirement, set()).add((finding.resource or finding.scope, finding.status))
    return found, assessment


def account() -> Inventory:
    """One account whose trail writes into a bucket; the bucket's own access is recorded nowhere."""
    return inventory(
        "aws",
        Scope(id=ACCOUNT, kind="aws.account", provider="aws", locations={"eu-west-1": True}),
        Emitter(source="aws.cloudtrail.management", scope=ACCOUNT, location="eu-west-1"),
        Emitter(
            source="aws.s3.access",
            scope=ACCOUNT,
            location="eu-west-1",
            resource="acme-org-trail",
            store=BUCKET,
            known_as={"resources.ARN": "arn:aws:s3:::acme-org-trail/*"},
        ),
        Route(
            id="trail",
            kind="aws.trail",
            setting="aws:cloudtrail/eu-west-1/111111111111/main",
            effect="carry",
            origin=ACCOUNT,
            sources=("aws.cloudtrail.management",),
            to=BUCKET,
            validated=True,
        ),
        Destination(
            id=BUCKET,
            kind="aws.s3",
            owner=ACCOUNT,
            retained=(Keep(),),
            online=(Keep(),),
            encrypted="provider",
            private=True,
        ),
        *(
            Listing(kind=kind, at=ACCOUNT)
            for source in SOURCES
            if source.id in {"aws.cloudtrail.management", "aws.s3.access"}
            for kind in source.needs
        ),
    )


def project() -> Inventory:
    """One project that exports everything to a bucket without a lock, and alerts on changes of ownership alone."""
    sources = [
        source for source in SOURCES if source.provider == "gcp" and PROJECT_KIND in source.scope_kinds
    ]
    ownership = Filter(
        id="ownership",
        dialect="gcp.logging",
        text=(
            'protoPayload.serviceName="cloudresourcemanager.googleapis.com" AND (ProjectOwnership OR projectOwnerInvitee)'
            ' OR (protoPayload.serviceData.policyDelta.bindingDeltas.action="REMOVE"'
            ' AND protoPayload.serviceData.policyDelta.bindingDeltas.role="roles/owner")'
            ' OR (protoPayload.serviceData.policyDelta.bindingDeltas.action="ADD"'
            ' AND protoPayload.serviceData.policyDelta.bindingDeltas.role="roles/owner")'
        ),
    )

    def hop(kind: str, origin: str, to: str, told: str | None = None) -> Route:
        return Route(
            id=f"{kind} {origin}", kind=kind, setting=kind, effect="carry", origin=origin, to=to, filter=told
        )

    return inventory(
        "gcp",
        Scope(id=ORG, kind="gcp.organization", provider="gcp"),
        Scope(id=PROJECT, kind=PROJECT_KIND, provider="gcp", parent=ORG),
        Emitter(source="gcp.access_transparency", scope=ORG),
        *(Emitter(source=source.id, scope=PROJECT) for source in sources if not source.emitters),
        *(
            Emitter(source=source.id, scope=PROJECT, resource=f"one {source.id}")
            for source in sources
            if source.emitters
        ),
        *(Listing(kind=source.emitters, at=PROJECT) for source in sources if source.emitters),
        *(Listing(kind=kind.id, at=place) for kind in HOP_KINDS for place in (ORG, PROJECT, METRIC)),
        ownership,
        hop("gcp.sink", PROJECT, EXPORTS),
        hop("gcp.log_metric", PROJECT, METRIC, ownership.id),
        hop("gcp.alert", METRIC, CHANNEL),
        Destination(
            id=EXPORTS, kind="gcp.storage", owner=PROJECT, retained=(Keep(),), online=(Keep(),), lock=False
        ),
        Destination(id=METRIC, kind="gcp.metric", end=False, owner=PROJECT),
        Destination(id=CHANNEL, kind="gcp.notification", end=False, owner=PROJECT),
    )


PROJECT_KIND = "gcp.project"


def test_the_draft_for_aws_is_judged_whole():
    found, assessment = judged(account(), drafts("cis-aws", DRAFTS / "estate.yaml"))

    assert {line.id for line in assessment.requirements if not line.matched} == set()
    assert (BUCKET, "gap") in found["cis-aws:4.5"]
    assert any(resource == BUCKET for resource, _ in found["cis-aws:4.2"])
    assert any(resource == "acme-org-trail" for resource, _ in found["cis-aws:4.4"])
    assert exit_code(assessment) == 12


def test_the_draft_for_google_cloud_is_judged_whole(tmp_path):
    estate = tmp_path / "estate.yaml"
    estate.write_text(ESTATE)
    found, assessment = judged(project(), drafts("cis-gcp", estate))

    assert {line.id for line in assessment.requirements if not line.matched} == set()
    assert {line.id.partition(":")[2] for line in assessment.requirements} >= {
        f"2.{number}" for number in (*range(1, 15), 16)
    }
    assert (EXPORTS, "gap") in found["cis-gcp:2.3"]
    assert (PROJECT, "covered") in found["cis-gcp:2.2"]
    assert (PROJECT, "covered") in found["cis-gcp:2.4"]
    for number in range(5, 12):
        assert (PROJECT, "gap") in found[f"cis-gcp:2.{number}"], number


def test_each_alert_of_the_draft_is_about_the_record_that_nobody_hears_of(tmp_path):
    estate = tmp_path / "estate.yaml"
    estate.write_text(ESTATE)
    _, assessment = judged(project(), drafts("cis-gcp", estate))
    witnesses = {
        finding.requirement: finding.witness
        for finding in assessment.findings
        if finding.scope == PROJECT and finding.status == "gap"
    }
    assert witnesses["cis-gcp:2.6"]["resource.type"] == "iam_role"
