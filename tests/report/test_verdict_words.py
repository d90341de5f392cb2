"""The verdict in words says what was counted, and no more."""

import re

import pytest

from logcov.report.verdict_words import headline, measures, status_lines
from report.specimen import assessment, finding


@pytest.mark.parametrize(
    ("statuses", "said"),
    [
        ([], "Nothing was judged"),
        (["not-applicable"], "Nothing was judged"),
        (["covered"], "No gap was found, and nothing is unknown."),
        (
            ["covered", "exempt"],
            "No gap was found beyond 1 exempt finding, and nothing is unknown.",
        ),
        (
            ["exempt", "exempt", "unknown"],
            "No gap was found beyond 2 exempt findings, but 1 finding could not be decided:",
        ),
        (["gap", "covered"], "1 gap was found; nothing is unknown."),
        (["gap", "gap"], "2 gaps were found; nothing is unknown."),
        (
            ["unknown"],
            "No gap was found, but 1 finding could not be decided: this is not a proof of coverage.",
        ),
        (["gap", "unknown", "unknown"], "1 gap was found, and 2 findings could not be decided."),
    ],
)
def test_the_headline_says_what_was_found(statuses, said):
    made = assessment([finding(status, location=str(at)) for at, status in enumerate(statuses)])
    assert headline(made).startswith(said)


def test_each_status_has_its_denominator(sample):
    assert [(status, number) for status, number, _ in status_lines(sample)] == [
        ("covered", "5 of 15"),
        ("gap", "7 of 15"),
        ("unknown", "2 of 15"),
        ("exempt", "1 of 15"),
        ("not applicable", "1"),
    ]


def test_what_is_attested_and_what_lapsed_is_told(sample):
    notes = {status: note for status, _, note in status_lines(sample)}
    assert notes["covered"] == "3 proven, 2 attested"
    assert notes["gap"] == "3 critical, 3 high, 1 low, 1 under an expired exemption"


def test_measures_are_never_a_bare_percentage(sample):
    found = dict(measures(sample))
    assert found["scopes read in full"] == "7 of 9 (1 not in full, 1 not applicable)"
    assert all(re.match(r"\d+ of \d+ \(", value) for value in found.values())
