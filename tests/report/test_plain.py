"""Text from clouds, made harmless."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logcov.report.plain import clipped, one_line, plural, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("gcp:projects/acme-prod", "gcp:projects/acme-prod"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("\x9b31m", "\\x9b31m"),
        ("\u202eabc\u200b", "\\u202eabc\\u200b"),
        ("a\u2028b", "a\\u2028b"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("名前 é", "名前 é"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text, shown):
    assert visible(text) == shown


@given(st.text())
def test_nothing_unseen_is_left(text):
    shown = visible(text)
    assert shown.isprintable()
    assert visible(shown) == shown


def test_prose_of_several_lines_becomes_one():
    assert one_line("  two\n  lines\x07 ") == "two lines\\x07"


def test_what_is_left_out_is_told():
    assert clipped("abc", 3) == "abc"
    assert clipped("abcdef", 3) == "abc… (3 more characters)"


def test_numbers_and_nouns():
    assert plural(1, "gap") == "1 gap"
    assert plural(1234, "gap") == "1,234 gaps"
    assert plural(0, "gap was", "gaps were") == "0 gaps were"
