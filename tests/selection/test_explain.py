"""What `logcov filter` says."""

import dataclasses
import json
from typing import Any

import pytest

from logcov.errors import UsageError
from logcov.inventory.records import Exclusion, Filter
from logcov.inventory.rows import LogSource, Shape
from logcov.selection.explain import FilterResult, filter_results
from selection_rows import AUDIT, AUDIT_LOG, DATA, FLOW_RECORDS, FLOWS, MANAGEMENT, NETWORK

ROWS = (AUDIT, FLOWS, MANAGEMENT, DATA, NETWORK, FLOW_RECORDS)
BARE = LogSource(id="gcp.any", title="Any entry", provider="gcp", scope_kinds=("gcp.project",))


def sink(
    text: str, *exclusions: str, scope: str | None = "gcp:projects/acme-prod"
) -> dict[str, FilterResult]:
    taken = tuple(Exclusion(name=f"e{at}", text=one) for at, one in enumerate(exclusions))
    found = filter_results(
        Filter(id="f", dialect="gcp.logging", text=text, exclusions=taken), ROWS, scope=scope
    )
    return {one.source: one for one in found}


def trail(selectors: Any) -> list[FilterResult]:
    text = selectors if isinstance(selectors, str) else json.dumps(selectors)
    return filter_results(Filter(id="f", dialect="aws.event-selectors", text=text), ROWS, scope=None)


def test_there_is_one_row_per_source_that_the_dialect_is_about() -> None:
    assert [(one.source, one.dimensions) for one in sink("").values()] == [
        ("gcp.audit.activity", {}),
        ("gcp.vpc_flows", {}),
    ]


def test_data_events_have_one_row_per_resource_type() -> None:
    assert [(one.source, dict(one.dimensions)) for one in trail({})] == [
        ("aws.cloudtrail.management", {}),
        ("aws.cloudtrail.data", {"resource_type": "AWS::S3::Object"}),
        ("aws.cloudtrail.data", {"resource_type": "AWS::Lambda::Function"}),
        ("aws.cloudtrail.data", {"resource_type": "AWS::DynamoDB::Table"}),
        ("aws.cloudtrail.data", {"resource_type": "AWS::DynamoDB::Stream"}),
        ("aws.cloudtrail.network", {}),
    ]


def test_a_filter_for_the_log_lets_all_of_it_through_and_none_of_others() -> None:
    found = sink('log_id("cloudaudit.googleapis.com/activity")')
    assert (found["gcp.audit.activity"].verdict, found["gcp.audit.activity"].witness) == ("ALL", None)
    assert found["gcp.vpc_flows"].verdict == "NONE"
    assert found["gcp.vpc_flows"].witness == {
        "logName": "projects/acme-prod/logs/compute.googleapis.com%2Fvpc_flows"
    }


def test_an_exclusion_takes_records_away_and_the_witness_is_one_of_them() -> None:
    found = sink("", 'protoPayload.serviceName="k8s.io"')["gcp.audit.activity"]
    assert found.verdict == "SOME"
    assert found.witness == {
        "logName": "projects/acme-prod/logs/cloudaudit.googleapis.com%2Factivity",
        "protoPayload.@type": AUDIT_LOG,
        "protoPayload.serviceName": "k8s.io",
    }


def test_the_scope_tells_containers_apart() -> None:
    text = 'logName="projects/acme-prod/logs/cloudaudit.googleapis.com%2Factivity"'
    assert sink(text)["gcp.audit.activity"].verdict == "ALL"
    assert sink(text, scope="projects/acme-dev")["gcp.audit.activity"].verdict == "NONE"
    anywhere = sink(text, scope=None)["gcp.audit.activity"]
    assert anywhere.verdict == "SOME"
    assert anywhere.witness is not None
    assert anywhere.witness["logName"].startswith(("projects/", "folders/"))


def test_a_source_of_any_log_has_names_of_its_container() -> None:
    given = Filter(id="f", dialect="gcp.logging", text='source("projects/acme")')
    assert [one.verdict for one in filter_results(given, (BARE,), scope="gcp:projects/acme")] == ["ALL"]
    assert [one.verdict for one in filter_results(given, (BARE,), scope="gcp:projects/other")] == ["NONE"]
    assert [one.verdict for one in filter_results(given, (BARE,), scope=None)] == ["SOME"]


def test_a_source_whose_names_lack_something_has_no_record_with_it() -> None:
    lacking = dataclasses.replace(FLOWS, shape=(Shape(field="logName", op="lacks", value="%2F"),))
    given = Filter(id="f", dialect="gcp.logging", text='logName:"%2F"')
    assert [one.verdict for one in filter_results(given, (lacking,), scope=None)] == ["NONE"]


@pytest.mark.parametrize("scope", ["aws:accounts/111122223333", "acme", "projects/", "gcp:projects/a/b"])
def test_a_scope_that_writes_no_log_entries_is_an_error(scope: str) -> None:
    with pytest.raises(UsageError):
        sink("", scope=scope)


def test_a_share_of_records_is_some_and_says_so() -> None:
    found = sink("sample(insertId, 0.5)")["gcp.audit.activity"]
    assert found.verdict == "SOME"
    assert "sampled (0.5" in found.because


@pytest.mark.parametrize("text", ["(", "unicorn", "trace='a'", "'", "x" * 20_001])
def test_what_cannot_be_read_is_unknown_and_says_why_in_a_sentence_or_two(text: str) -> None:
    for found in sink(text).values():
        assert found.verdict == "UNKNOWN"
        assert found.because
        assert len(found.because) <= 500


def test_selectors_that_cannot_be_read_are_unknown() -> None:
    assert {one.verdict for one in trail("[")} == {"UNKNOWN"}


def test_a_trail_without_selectors_has_management_events_only() -> None:
    assert {(one.source, one.verdict) for one in trail({})} == {
        ("aws.cloudtrail.management", "ALL"),
        ("aws.cloudtrail.data", "NONE"),
        ("aws.cloudtrail.network", "NONE"),
    }


def test_an_excluded_event_source_is_the_witness() -> None:
    (found, *_) = trail({"EventSelectors": [{"ExcludeManagementEventSources": ["kms.amazonaws.com"]}]})
    assert found.verdict == "SOME"
    assert found.witness == {"eventCategory": "Management", "eventSource": "kms.amazonaws.com"}


def test_other_dialects_are_asked_of_every_source() -> None:
    found = filter_results(
        Filter(id="f", dialect="aws.flow-traffic", text="REJECT"), (FLOW_RECORDS,), scope=None
    )
    assert [(one.source, one.verdict, one.witness) for one in found] == [
        ("aws.vpc.flow", "SOME", {"action": "ACCEPT"})
    ]


@pytest.mark.parametrize(
    "text",
    [
        "httpRequest.status<400 OR httpRequest.status>=400",
        "traceSampled=true OR traceSampled=false",
        'NOT resource.labels.zone="a" OR NOT resource.labels.zone="b"',
        'NOT labels.k="a" OR NOT labels.k="b"',
        'NOT trace="a" OR NOT trace="b"',
        "severity>=ERROR OR severity<ERROR",
        'labels.k="a" OR labels.k!="a" OR NOT labels.k:*',
    ],
)
def test_a_record_has_one_value_of_the_right_type_in_each_field_that_google_documents(text: str) -> None:
    assert {one.verdict for one in sink(text).values()} == {"ALL"}


def test_a_field_of_unknown_type_may_hold_several_values() -> None:
    text = 'NOT jsonPayload.tag="a" OR NOT jsonPayload.tag="b"'
    found = sink(text)["gcp.vpc_flows"]
    assert found.verdict == "SOME"
    assert found.witness is not None
    assert found.witness["jsonPayload.tag"] == "a, b"
