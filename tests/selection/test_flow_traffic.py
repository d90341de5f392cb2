"""The traffic type of flow logs."""

import pytest

from logcov.selection import compile_text
from logcov.selection.predicate import TRUE, Opaque, atom
from selection_rows import FLOW_RECORDS


def test_all_traffic_is_every_record() -> None:
    assert compile_text("aws.flow-traffic", "ALL", FLOW_RECORDS) is TRUE


@pytest.mark.parametrize("action", ["ACCEPT", "REJECT"])
def test_one_action_is_its_records(action: str) -> None:
    assert compile_text("aws.flow-traffic", action, FLOW_RECORDS) is atom("action", "=", action)


@pytest.mark.parametrize("text", ["", "all", "DENY", "ACCEPT "])
def test_another_word_is_opaque(text: str) -> None:
    assert isinstance(compile_text("aws.flow-traffic", text, FLOW_RECORDS), Opaque)
