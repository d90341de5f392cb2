"""Samples of records."""

import pytest

from logcov.selection import compile_text
from logcov.selection.predicate import FALSE, TRUE, Opaque, Sampled
from selection_rows import FLOW_RECORDS


def test_a_share_of_the_records_is_a_sample_of_them() -> None:
    found = compile_text("sample", "0.05", FLOW_RECORDS)
    assert isinstance(found, Sampled)
    assert found.rate == "0.05"


@pytest.mark.parametrize(("text", "everything"), [("1", True), ("0", False)])
def test_all_and_nothing_are_no_samples(text: str, everything: bool) -> None:
    assert compile_text("sample", text, FLOW_RECORDS) is (TRUE if everything else FALSE)


@pytest.mark.parametrize("text", ["", "some", "5%"])
def test_a_share_that_is_no_number_is_opaque(text: str) -> None:
    assert isinstance(compile_text("sample", text, FLOW_RECORDS), Opaque)
