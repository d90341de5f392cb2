"""A verdict of ALL or NONE holds for every concrete entry, as the second reading of the language sees it."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.inventory.records import Filter
from logcov.inventory.rows import LogSource
from logcov.selection.explain import filter_results
from query_strategies import AUDIT_PATHS, FLOW_PATHS, audit_entries, flow_entries, queries, write
from reference_query import Query, evaluate
from selection_rows import AUDIT, FLOWS


@settings(max_examples=120, deadline=None)
@given(queries(AUDIT_PATHS), st.lists(audit_entries, min_size=4, max_size=12), st.data())
def test_verdicts_on_audit_logs_hold_for_every_entry(
    query: Query, found: list[dict[str, Any]], pick: st.DataObject
) -> None:
    holds_for_all(write(query, pick), query, found, AUDIT)


@settings(max_examples=120, deadline=None)
@given(queries(FLOW_PATHS), st.lists(flow_entries, min_size=4, max_size=12), st.data())
def test_verdicts_on_flow_logs_hold_for_every_entry(
    query: Query, found: list[dict[str, Any]], pick: st.DataObject
) -> None:
    holds_for_all(write(query, pick), query, found, FLOWS)


def test_a_log_name_that_is_compared_in_two_ways_is_not_everything() -> None:
    text = 'log_id("cloudaudit.googleapis.com/activity") AND logName="info"'
    (found,) = filter_results(Filter(id="f", dialect="gcp.logging", text=text), (AUDIT,), scope=None)
    assert found.verdict == "NONE"


def holds_for_all(text: str, query: Query, found: list[dict[str, Any]], source: LogSource) -> None:
    (result,) = filter_results(Filter(id="f", dialect="gcp.logging", text=text), (source,), scope=None)
    wrong = {"ALL": False, "NONE": True}.get(result.verdict)
    for entry in found:
        assert wrong is None or evaluate(query, entry) is not wrong, (text, entry)
