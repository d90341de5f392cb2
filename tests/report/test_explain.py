"""One finding in full, found by its id or by the beginning of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from logcov.errors import AssessmentError
from logcov.findings import Evidence
from logcov.report.explain import finding_of, render
from report.renaming import renamed
from report.specimen import NASTY, assessment, finding, rich_sample


def plain(made, key, width=80):
    return render(made, key, width=width, color=False, encoding="utf-8")


def test_it_looks_as_it_did(sample, golden):
    golden("explain.txt", plain(sample, sample.findings[0].id))


def test_it_shows_the_way_the_witness_the_evidence_and_the_fix(sample):
    text = plain(sample, sample.findings[0].id)
    parts = [
        "gap, filtered-out (some records)",
        "1. emitter aws:accounts/333333333333 eu-west-1",
        "2. route aws:cloudtrail/eu-west-1/333333333333/prod",
        "eventSource  kms.amazonaws.com",
        "cloudtrail:GetEventSelectors",
        '"ReadWriteType": "All"',
        "policies/acme.yaml:12",
        "nist-800-53-r5 AU-12 (partial): cloud API only; not shown: operating systems",
        "Widen the filter",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_a_covered_finding_says_on_what_basis_and_since_when(sample):
    proven = next(one for one in sample.findings if one.effective_since)
    assert "covered, proven" in plain(sample, proven.id)
    assert "2025-07-12T09:00:00Z" in plain(sample, proven.id)


def test_an_exempt_finding_shows_its_exemption(sample):
    exempt = next(one for one in sample.findings if one.status == "exempt")
    assert "EX-12" in plain(sample, exempt.id)


def ids(*names):
    return assessment([finding(id=name, location=name) for name in names])


@pytest.mark.parametrize("asked", ["lc-aa11", "LC-AA11", "aa11", "lc-aa1", "aa1", " lc-aa11 "])
def test_it_is_found_by_its_id_or_a_beginning_that_fits_no_other(asked):
    assert finding_of(ids("lc-aa11", "lc-bb22", "lc-aa22"), asked).id == "lc-aa11"


def test_a_beginning_that_fits_several_names_them():
    with pytest.raises(AssessmentError) as caught:
        finding_of(ids(*(f"lc-aa{at}" for at in range(7))), "aa")
    assert caught.value.message == "7 findings begin with 'aa'"
    assert "lc-aa0, lc-aa1, lc-aa2, lc-aa3, lc-aa4 and 2 more" in caught.value.hint


def test_an_unknown_id_names_those_that_are_close():
    with pytest.raises(AssessmentError) as caught:
        finding_of(ids("lc-0123456789ab", "lc-ffffffffffff"), "lc-0123456789ac")
    assert "no finding 'lc-0123456789ac'" in caught.value.message
    assert caught.value.hint == "Did you mean lc-0123456789ab?"


@pytest.mark.parametrize("asked", ["", "lc-", "nonsense", "\x1b[31m"])
def test_nonsense_is_told_in_one_message(asked):
    with pytest.raises(AssessmentError) as caught:
        finding_of(ids("lc-0123456789ab"), asked)
    assert "\x1b" not in str(caught.value)
    assert caught.value.hint


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40) | st.just(NASTY), st.integers(60, 140))
def test_no_name_breaks_the_layout(prefix, width):
    made = renamed(rich_sample(), prefix)
    for one in (made.findings[0], made.findings[-4]):
        text = plain(made, one.id, width)
        assert max(cell_len(line) for line in text.split("\n")) <= width
        assert all(line.isprintable() for line in text.split("\n"))


def test_evidence_of_an_inventory_service_says_so_and_how_old_it_may_be():
    heard = Evidence(
        api="config:SelectAggregateResourceConfig",
        at="2026-11-22T08:30:00Z",
        value={},
        via="config-aggregator",
        as_old_as=90_000,
    )
    one = finding("unknown", evidence=(heard,))
    assert "from config-aggregator, may be 25 hours old" in plain(assessment([one]), one.id, width=160)
