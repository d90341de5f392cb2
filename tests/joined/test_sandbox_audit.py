"""The whole audit of the pretend company: every status and reason arises, and twice the same."""

import re
from collections.abc import Iterator

import pytest

from acme import Acme
from logcov.evaluate import evaluate
from logcov.findings import exit_code

REASONS = {
    "not-generated",
    "partly-generated",
    "not-routed",
    "filtered-out",
    "intercepted",
    "route-disabled",
    "delivery-failing",
    "stale",
    "wrong-destination",
    "destination-missing",
    "destination-unusable",
    "writer-denied",
    "no-consumer",
    "retention-too-short",
    "not-searchable-long-enough",
    "not-immutable",
    "not-encrypted",
    "not-validated",
    "attestation-expired",
    "blind-spot",
    "undecidable-filter",
    "unclassified",
}


@pytest.fixture(scope="module")
def acme() -> Iterator[Acme]:
    with Acme() as served:
        yield served


@pytest.fixture(scope="module")
def assessment(acme):
    return evaluate(acme.inventory({}), acme.policies, as_of=acme.today)


def test_every_reason_arises(assessment):
    assert {finding.reason for finding in assessment.findings} >= REASONS


def test_every_status_arises_and_both_bases_of_covered(assessment):
    statuses = {(finding.status, finding.basis) for finding in assessment.findings}

    assert {("covered", "proven"), ("covered", "attested")} <= statuses
    assert {status for status, _ in statuses} == {"covered", "gap", "unknown", "exempt", "not-applicable"}


def test_the_audit_ends_with_gaps_and_unknowns(assessment):
    assert exit_code(assessment) == 12


def _on_the_wire(wire: str) -> re.Pattern[str]:
    """`GET v2/{parent}/sinks` as a pattern of method and path."""
    method, path = wire.split(" ", 1)
    pattern = re.sub(
        r"\\{(\w+)\\}", lambda part: ".+" if part[1] == "parent" else "[^/]+", re.escape(path.lstrip("/"))
    )
    return re.compile(f"{method} /{pattern}")


def test_only_operations_of_the_catalogue_are_called(acme):
    from logcov.catalogue import operations_of

    for provider, calls in acme.calls.items():
        operations = operations_of(provider)
        if provider == "aws":
            allowed = {name for one in operations for name in (one.call, one.permission)}
            strange = {call.operation for call in calls if call.operation not in allowed}
        else:
            patterns = [_on_the_wire(one.wire) for one in operations]
            strange = {
                f"{call.method} {call.path}"
                for call in calls
                if not any(pattern.fullmatch(f"{call.method} {call.path}") for pattern in patterns)
            }

        assert strange == set(), provider


def test_the_company_is_as_large_as_the_issue_asks(acme):
    scopes = {
        fact.id: fact for facts in acme.facts.values() for fact in facts if type(fact).__name__ == "Scope"
    }
    accounts = [one for one in scopes.values() if one.kind == "aws.account" and one.state == "active"]

    assert sum(one.kind == "gcp.project" for one in scopes.values()) >= 12
    assert len(accounts) == 4
    assert all(sum(one.locations.values()) == 3 for one in accounts)


def test_witnesses_are_concrete_records_of_their_place(assessment):
    for finding in assessment.findings:
        if finding.status == "gap":
            assert finding.witness is not None
            assert finding.detail.endswith(".")
            assert finding.path
            assert finding.cause
            assert finding.remediation
