"""The report at a terminal: the verdict first, useful at 80 columns and without colour, unbroken by any name."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from logcov.report.terminal import render
from report.renaming import renamed
from report.specimen import NASTY, assessment, finding, many, rich_sample


def plain(made, width=80, encoding="utf-8"):
    return render(made, width=width, color=False, encoding=encoding)


@pytest.mark.parametrize("width", [80, 120])
def test_it_looks_as_it_did(sample, golden, width):
    golden(f"terminal_{width}.txt", plain(sample, width))


def test_the_verdict_comes_first(sample):
    assert plain(sample).splitlines()[0] == "7 gaps were found, and 2 findings could not be decided."


def test_the_matrix_has_a_row_for_each_group_of_scopes(sample):
    lines = plain(sample, 100).splitlines()
    (aws,) = [line for line in lines if line.startswith("organizations/o-acme000001")]
    assert aws.split()[1:] == ["3✓", "3✗", "1✗", "1?"]


def test_columns_that_do_not_fit_stand_in_a_second_table():
    sources = [f"gcp.audit.a_rather_long_name_{at}" for at in range(3)]
    text = plain(assessment([finding(source=source, location=None) for source in sources]))
    headers = [line for line in text.splitlines() if line.startswith("gcp ")]
    assert len(headers) > 1
    assert sum(header.count("a_rather_long_name_") for header in headers) == 3


def test_a_matrix_of_many_log_sources_is_turned_around():
    sources = [f"aws.family{at}.access" for at in range(20)]
    made = assessment(
        [finding(source=source) for source in sources]
        + [finding("covered", source=source, scope="aws:accounts/9") for source in sources]
    )
    lines = plain(made).splitlines()
    rows = [line.split() for line in lines if line.startswith("family")]
    assert len(rows) == 20
    assert rows[0][1:3] == ["1✓", "1✗"]
    (header,) = [line for line in lines if line.startswith("aws ")]
    assert "all" in header


def test_a_table_of_some_groups_leaves_out_log_sources_that_nothing_asks_of_them():
    sources = [f"aws.family{at}.access" for at in range(20)]
    made = assessment(
        [finding(source=source, scope="aws:accounts/099") for source in sources]
        + [finding("covered", source=sources[0], scope=f"aws:accounts/{at}") for at in range(100, 112)]
    )
    lines = plain(made).splitlines()
    assert len([line for line in lines if line.startswith("aws ")]) > 1
    assert len([line for line in lines if line.startswith("family1.")]) == 1
    assert len([line for line in lines if line.startswith("family0.")]) > 1


def test_many_groups_are_cut_to_those_with_the_most_gaps():
    made = assessment(
        [finding("covered", scope=f"aws:accounts/{at:03}") for at in range(60)]
        + [finding("gap", scope="aws:accounts/999"), finding("unknown", scope="aws:accounts/998")]
    )
    text = plain(made)
    assert "accounts/999" in text
    assert "accounts/998" in text
    assert "and 22 more groups" in text


def test_ten_thousand_gaps_take_few_lines():
    assert len(plain(many(10_000)).splitlines()) < 150


def test_it_says_where_to_look_next(sample):
    worst = next(one for one in sample.findings if one.status == "gap" and one.severity == "critical")
    assert f"logcov explain {worst.id}" in plain(sample)


def test_after_evaluate_it_names_the_assessment_that_was_written(sample):
    command = ("evaluate", "inventory.jsonl.gz", "-o", "report.md", "-o", "my result.json")
    text = plain(dataclasses.replace(sample, command=command))

    assert "--assessment 'my result.json'" in " ".join(text.split())
    assert "logcov report 'my result.json' -o" in text


def test_after_evaluate_the_form_of_the_output_may_be_named(sample):
    text = plain(dataclasses.replace(sample, command=("evaluate", "i.gz", "-o", "json=out")))

    assert "--assessment out" in " ".join(text.split())


def test_after_evaluate_without_a_file_it_says_how_to_keep_the_assessment(sample):
    text = plain(dataclasses.replace(sample, command=("evaluate", "i.gz", "-o", "csv=out.json")))

    assert "logcov explain lc-" not in text
    assert "-o assessment.json" in text


def test_without_findings_it_says_so():
    text = plain(assessment())
    assert text.startswith("Nothing was judged")
    assert "logcov explain" not in text


def test_colour_is_only_an_addition(sample):
    coloured = render(sample, width=80, color=True, encoding="utf-8")
    assert "\x1b[" in coloured
    assert "\x1b" not in plain(sample)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "no-such-encoding"])
def test_an_encoding_without_the_signs_gets_others(sample, encoding):
    text = plain(sample, encoding=encoding)
    assert "+ covered, ! gap" in text
    text.encode("ascii" if encoding == "no-such-encoding" else encoding)
    assert "\\u540d" in text


def test_markup_in_names_is_shown_and_not_obeyed(sample):
    text = plain(sample, 200)
    assert "[bold]not markup[/bold]" in text
    assert "\\x1b[31mred" in text


@settings(max_examples=25, deadline=None)
@given(st.text(max_size=40) | st.just(NASTY), st.integers(60, 140))
def test_no_name_breaks_the_layout(prefix, width):
    text = plain(renamed(rich_sample(), prefix), width)
    lines = text.split("\n")
    assert max(cell_len(line) for line in lines) <= width
    assert all(line.isprintable() for line in lines)
    # The rules under the headings: as many as ever.
    assert sum(1 for line in lines if line and set(line) == {"─"}) == 7
