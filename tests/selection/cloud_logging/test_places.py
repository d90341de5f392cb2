"""Where a part of a text stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logcov.selection.cloud_logging.places import WIDEST, place


@pytest.mark.parametrize(
    ("text", "span", "at", "part", "shown", "mark"),
    [
        ("trace=a", (0, 7), "1:1", "trace=a", "trace=a", (0, 7)),
        ("a\n  b=c\nd", (4, 7), "2:3", "b=c", "  b=c", (2, 5)),
        ("a OR\r\nb", (0, 7), "1:1", "a OR\r\nb", "a OR", (0, 4)),
        ("a\n", (2, 2), "2:1", "", "", (0, 1)),
        ("", (0, 0), "1:1", "", "", (0, 1)),
        ("abc", (7, 9), "1:4", "", "abc", (3, 4)),
    ],
)
def test_a_place_is_a_line_a_column_and_a_mark(text, span, at, part, shown, mark) -> None:
    found = place(text, span)
    assert (str(found), found.text, found.shown, found.mark) == (at, part, shown, mark)


def test_a_long_line_is_cut_around_the_part() -> None:
    text = "x" * 500 + "HERE" + "y" * 500
    found = place(text, (500, 504))
    assert found.shown[slice(*found.mark)] == "HERE"
    assert found.shown.startswith("…")
    assert found.shown.endswith("…")
    assert len(found.shown) <= WIDEST + 2
    assert place(text, (0, 900)).text.endswith("…")


@given(st.text(alphabet="ab\n\r é", max_size=300), st.integers(0, 310), st.integers(0, 310))
def test_the_mark_stands_under_the_part(text: str, start: int, end: int) -> None:
    found = place(text, (start, end))
    part = text[start:end]
    first, last = found.mark
    assert first < last
    if part and part[0] not in "\n\r":
        assert found.shown[first] == part[0]
