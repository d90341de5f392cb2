"""Judges what was gathered of Google Cloud, as an audit does, so that tests of a family can assert verdicts."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from logcov.catalogue import DESTINATION_KINDS, HOP_KINDS, SOURCES, remedies_for
from logcov.evaluate import evaluate
from logcov.findings import Assessment, Finding
from logcov.inventory import Fact, Header, Inventory, utc_now
from logcov.policy.load import load_policies
from logcov.providers.gcp.client import GcpSession
from providers.gcp.gathering import gather

POLICY = """\
version: 1
name: test
title: A test
owner: owner@example.com
"""


def judged(session: GcpSession, facts: Sequence[Fact], policy: str) -> Assessment:
    """The assessment of gathered facts under a policy: the lines from `require:` (or `destinations:`) on."""
    now = utc_now()
    header = Header(
        tool="logcov test",
        started_at=now,
        finished_at=now,
        sources=SOURCES,
        hop_kinds=HOP_KINDS,
        destination_kinds=DESTINATION_KINDS,
        remedies=remedies_for(["gcp"]),
    )
    known = (*session.ledger.readings(), *session.ledger.blind_spots(), *facts)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "policy.yaml"
        path.write_text(POLICY + policy)
        policies = load_policies([path], SOURCES)
    return evaluate(Inventory(header=header, facts=known), policies, as_of=date.fromisoformat(now[:10]))


def findings(
    session: GcpSession, row: str, source: str, *, reach: str = '"*"', more: str = ""
) -> list[Finding]:
    """The findings of one log source, read with its own observer and the sinks', that its records reach `reach`.

    `more`: more of the requirement: `", only: {…}"`.
    """
    line = f"require: [{{id: line, title: a line, logs: {source}, reach: {reach}{more}}}]\n"
    facts = gather(session, row, "gcp.sinks")
    return [one for one in judged(session, facts, line).findings if one.source == source]


def verdicts(found: Sequence[Finding]) -> dict[str, str]:
    """Resource → status and, of gaps, the reason: `gap not-generated`."""
    return {
        str(one.resource or one.scope): f"{one.status} {one.reason}".strip()
        if one.status == "gap"
        else one.status
        for one in found
    }
