"""JSON is read strictly, and every problem has a place."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.documents import MAX_DEPTH, parse_json, written
from logcov.errors import DocumentError, PolicyError


def complaint(text: str) -> str:
    with pytest.raises(DocumentError) as raised:
        parse_json(text, "a.json")
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "a.json:1:1: the file is empty"),
        (" \n ", "a.json:1:1: the file is empty"),
        ("{", "a.json:1:2: this is not JSON: expected a key in double quotes"),
        ('{"a"}', "a.json:1:5: this is not JSON: expected `:` after a key"),
        ('{"a":', "a.json:1:6: this is not JSON: the text ends where a value should be"),
        ('{"a": x}', "a.json:1:7: this is not JSON: expected a value"),
        ('{"a": 1 "b": 2}', "a.json:1:9: this is not JSON: expected `,` or `}`"),
        ("[1\n 2]", "a.json:2:2: this is not JSON: expected `,` or `]`"),
        ("[1,]", "a.json:1:3: this is not JSON: a comma before `]`"),
        ('{"a": 1,}', "a.json:1:8: this is not JSON: a comma before `}`"),
        ('"abc', "a.json:1:1: this is not JSON: unterminated string starting"),
        ('"\\q"', "a.json:1:2: this is not JSON: invalid \\escape"),
        ("1 2", "a.json:1:3: this is not JSON: there is more after the end of the value"),
        ("01", "a.json:1:2: this is not JSON: there is more after the end of the value"),
        ("NaN", "a.json:1:1: this is not JSON: expected a value"),
        ("9" * 500, "a.json:1:1: this is not JSON: this number is too long"),
        ('{"a": 1,\n "a": 2}', "a.json:2:2: the key `a` stands here twice; the first is at line 1, column 2"),
        ('["\\ud800"]', "a.json:1:2: this text holds half a surrogate pair"),
        ("[" * 60, f"a.json:1:{MAX_DEPTH + 1}: this is not JSON: this nests deeper than {MAX_DEPTH} levels"),
    ],
)
def test_what_is_no_json_is_said_with_its_place(text, message):
    assert complaint(text).startswith(message)


def test_the_caller_says_which_error_it_is():
    with pytest.raises(PolicyError):
        parse_json("{", "a.json", error=PolicyError)


def test_places_of_keys_and_values():
    document = parse_json('\ufeff{\n  "a": [1, {"b": null}]\n}', "a.json")
    assert document.place(("a", 1, "b")) == (2, 18)
    assert document.place_of_key(("a", 1, "b")) == (2, 13)


def test_numbers_remember_how_they_were_written():
    data = parse_json("[1.50, -0, 1e2]", "a.json").data
    assert [written(number) for number in data] == ["1.50", "-0", "1e2"]


def test_a_huge_exponent_is_infinite_as_for_any_json_reader():
    assert math.isinf(parse_json("1e999", "a.json").data)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None)
@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_what_json_writes_is_read_back_the_same(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert parse_json(text, "a.json").data == value
