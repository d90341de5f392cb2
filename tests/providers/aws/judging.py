"""Judges what a crawl of AWS found, as an audit does, so that tests of a family can assert verdicts."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from logcov.catalogue import DESTINATION_KINDS, HOP_KINDS, SOURCES, remedies_for
from logcov.evaluate import evaluate
from logcov.findings import Assessment, Finding
from logcov.inventory import Header, Inventory, utc_now
from logcov.policy.load import load_policies
from providers.aws.crawl import Crawl

POLICY = """\
version: 1
name: test
title: A test
owner: owner@example.com
"""


def judged(found: Crawl, policy: str) -> Assessment:
    """The assessment of a crawl under a policy: the lines from `require:` (or `destinations:`) on."""
    now = utc_now()
    header = Header(
        tool="logcov test",
        started_at=now,
        finished_at=now,
        sources=SOURCES,
        hop_kinds=HOP_KINDS,
        destination_kinds=DESTINATION_KINDS,
        remedies=remedies_for(["aws"]),
    )
    facts = (*found.ledger.readings(), *found.ledger.blind_spots(), *found.facts)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "policy.yaml"
        path.write_text(POLICY + policy)
        policies = load_policies([path], SOURCES)
    return evaluate(Inventory(header=header, facts=facts), policies, as_of=date.fromisoformat(now[:10]))


def findings(found: Crawl, source: str, reach: str = '"*"', more: str = "") -> list[Finding]:
    """The findings of one log source under one requirement that its records reach `reach`."""
    line = f"require: [{{id: line, title: a line, logs: {source}, reach: {reach}{more}}}]\n"
    return [one for one in judged(found, line).findings if one.source == source]
