from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.selection.budget import Budget, OutOfSteps
from logcov.selection.predicate import pieces_match
from logcov.selection.words import shortest_text

TEXTS = ["".join(letters) for length in range(6) for letters in product("abx", repeat=length)]

patterns = st.lists(st.text("ab", max_size=2), min_size=1, max_size=3).map(tuple)


@given(st.lists(patterns, max_size=3), st.lists(patterns, max_size=3))
@settings(max_examples=400, deadline=None, derandomize=True)
def test_the_text_is_a_shortest_one_or_there_is_none(wanted, unwanted):
    def fits(text):
        return all(pieces_match(one, text) for one in wanted) and not any(
            pieces_match(one, text) for one in unwanted
        )

    found = shortest_text(wanted, unwanted, "x", Budget(50_000))
    shortest = next(filter(fits, TEXTS), None)
    if found is None:
        assert shortest is None
    else:
        assert fits(found)
        assert shortest is None or len(found) == len(shortest)


def test_order_and_overlap_of_pieces_are_seen():
    budget = Budget(1000)
    assert shortest_text([("", "a", ""), ("", "b", "")], [("", "a", "b", "")], "x", budget) == "ba"
    assert shortest_text([("ab", ""), ("", "bc")], [("ab", "bc")], "x", budget) == "abc"
    assert shortest_text([("", "ab")], [("", "b")], "x", budget) is None
    assert shortest_text([], [], "x", budget) == ""
    assert shortest_text([], [("",)], "x", budget) == "x"


def test_work_is_bounded():
    with pytest.raises(OutOfSteps):
        shortest_text([("", "ab" * 20, "ba" * 20, "")], [], "x", Budget(10))
