"""The draft of a framework is judged whole, as soon as all log sources that it names are there."""

from pathlib import Path

import pytest

from logcov.catalogue import DESTINATION_KINDS, HOP_KINDS, SOURCES
from logcov.evaluate import evaluate
from logcov.findings import exit_code
from logcov.inventory import Destination, Emitter, Header, Inventory, Keep, Listing, LogSource, Route, Scope
from logcov.inventory.file import ordered
from logcov.policy import load_policies
from nimbus import NOW, TODAY

DRAFTS = Path(__file__).parents[3] / "shared" / "policies-draft"
NEEDED = (
    "aws.config.item",
    "aws.s3.access",
    "aws.elb.access",
    "aws.cloudfront.access",
    "aws.apigateway.access",
    "aws.securityhub.finding",
    "aws.guardduty.finding",
)
MISSING = [name for name in NEEDED if all(source.id != name for source in SOURCES)]
ACCOUNT, BUCKET = "aws:accounts/111111111111", "aws:s3/acme-org-trail"


@pytest.fixture
def policies():
    if not DRAFTS.exists():
        pytest.skip("the drafts are not here")
    if MISSING:
        pytest.skip(f"these log sources are not there yet: {', '.join(MISSING)}")
    # The estate names one log source of another provider, which need not be there.
    transparency = LogSource(
        id="gcp.access_transparency", title="t", provider="gcp", scope_kinds=("gcp.organization",)
    )
    known = {source.id: source for source in (transparency, *SOURCES)}
    return load_policies([DRAFTS / "cis-aws.yaml", DRAFTS / "estate.yaml"], list(known.values()))


def estate():
    """One account whose trail writes into a bucket; the bucket's own access is recorded nowhere."""
    facts = (
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
    header = Header(
        tool="t",
        started_at=NOW,
        finished_at=NOW,
        sources=tuple(source for source in SOURCES if source.provider == "aws"),
        hop_kinds=tuple(HOP_KINDS),
        destination_kinds=tuple(DESTINATION_KINDS),
    )
    return Inventory(header=header, facts=ordered(facts))


def test_the_draft_for_aws_is_judged_whole(policies):
    assessment = evaluate(estate(), policies, as_of=TODAY)
    found: dict[str, set[tuple[str | None, str]]] = {}
    for finding in assessment.findings:
        found.setdefault(finding.requirement, set()).add((finding.resource, finding.status))

    assert {line.id for line in assessment.requirements if not line.matched} == set()
    assert (BUCKET, "gap") in found["cis-aws:4.5"]
    assert any(resource == BUCKET for resource, _ in found["cis-aws:4.2"])
    assert any(resource == "acme-org-trail" for resource, _ in found["cis-aws:4.4"])
    assert exit_code(assessment) == 12
