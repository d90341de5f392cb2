"""The whole audit of the pretend company: every status and reason arises, and twice the same."""

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


def test_only_operations_of_the_catalogue_are_called(acme):
    from logcov.catalogue import operations_of

    for provider, calls in acme.calls.items():
        allowed = {operation.call for operation in operations_of(provider)} | {
            operation.permission for operation in operations_of(provider)
        }
        called = {call.operation for call in calls if not call.path.endswith("/oauth2/v1/token")}

        assert called <= allowed | {"sts:AssumeRole"}, provider


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
