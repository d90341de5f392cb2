"""Times as the inventory holds them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.providers.moments import moment


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-22T08:30:00Z", "2026-11-22T08:30:00Z"),
        ("2026-11-22T08:30:00.999Z", "2026-11-22T08:30:00Z"),
        ("2026-11-22T10:30:00+02:00", "2026-11-22T08:30:00Z"),
        ("2026-11-22T08:30:00", None),
        ("2026-11-22", None),
        ("0001-01-01T00:00:00+23:00", None),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("2026-11-22T08:30:00.123456789Z", "2026-11-22T08:30:00Z"),
        ("lately", None),
        ("", None),
        (None, None),
        (1795507200, None),
    ],
)
def test_a_time_is_utc_to_the_second_or_none(text, expected):
    assert moment(text) == expected


@given(st.text(max_size=30))
@settings(max_examples=200)
def test_no_text_raises(text):
    moment(text)
