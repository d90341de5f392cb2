"""Patterns are checked against every short text there is."""

from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from logcov.selection.patterns import may_intersect
from logcov.selection.predicate import glob_matches

TEXTS = ["".join(letters) for size in range(7) for letters in product("ab", repeat=size)]
PATTERNS = ["".join(letters) for size in range(4) for letters in product("ab*", repeat=size)]


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("*", "", True),
        ("*", "gcp:projects/x", True),
        ("gcp:*", "gcp:projects/x/y", True),
        ("gcp:projects/*", "gcp:folders/x", False),
        ("a*b*c", "a-b-b-c", True),
        ("a*b*c", "a-c-b", False),
        ("ab", "ab", True),
        ("ab", "AB", False),
        ("a**b", "ab", True),
        ("a*a", "a", False),
        ("a.c", "abc", False),
        ("[a]", "a", False),
    ],
)
def test_a_star_is_any_run_and_everything_else_is_itself(pattern, text, fits):
    assert glob_matches(pattern, text) is fits


def test_two_short_patterns_intersect_exactly_if_some_short_text_fits_both():
    fits = {pattern: {text for text in TEXTS if glob_matches(pattern, text)} for pattern in PATTERNS}
    for one, other in product(PATTERNS, repeat=2):
        assert may_intersect(one, other) is bool(fits[one] & fits[other]), (one, other)


LONGER = st.text(alphabet="ab*", max_size=9)


@settings(max_examples=400, deadline=None)
@given(LONGER, LONGER)
@example("a*b", "*ab*ba*")
def test_intersection_has_no_order_and_every_pattern_meets_itself(one, other):
    assert may_intersect(one, other) is may_intersect(other, one)
    assert may_intersect(one, one)
    assert may_intersect(one, "*")


@settings(max_examples=400, deadline=None)
@given(LONGER, LONGER, st.data())
def test_a_text_that_fits_both_proves_that_they_intersect(one, other, data):
    runs = st.text(alphabet="ab", max_size=3)
    text = "".join(data.draw(runs) if letter == "*" else letter for letter in one)
    assert glob_matches(one, text)
    if glob_matches(other, text):
        assert may_intersect(one, other)


def test_long_patterns_take_no_time():
    assert not may_intersect("*a" * 500 + "b", "*b" * 500 + "a")
