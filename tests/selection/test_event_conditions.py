"""The values and conditions of event patterns."""

from typing import Any

import pytest

from logcov.selection.event_conditions import value_matches
from logcov.selection.json_fields import JsonField
from logcov.selection.predicate import (
    FALSE,
    Opaque,
    Predicate,
    all_of,
    any_of,
    atom,
    holds,
    negate,
    present,
)

STRING = JsonField("f", "string", scalar=True)
BOOLEAN = JsonField("f", "boolean", scalar=True)
NUMBER = JsonField("f", "number", scalar=True)
ANY = JsonField("f", "unknown", scalar=True)
NUMBERS = JsonField("f", "number", scalar=False)
MANY = JsonField("f", "unknown", scalar=False)
PART = JsonField("f", "unknown", scalar=False, partial=True)


def outcome(predicate: Predicate, *values: str) -> bool | None:
    """What is said of an event that holds these values; of one without the field, if there are none."""
    record = {"f": values[0] if len(values) == 1 else values} if values else {}
    return holds(predicate, record)


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (STRING, "a", atom("f", "=", "a")),
        (ANY, "a", atom("f", "=", "a")),
        (MANY, "a", atom("f", "=", "a")),
        (STRING, "true", atom("f", "=", "true")),
        (STRING, "5", atom("f", "=", "5")),
        (STRING, "", atom("f", "=", "")),
        (NUMBER, "5", FALSE),
        (BOOLEAN, "true", FALSE),
        (BOOLEAN, True, atom("f", "=", "true")),
        (BOOLEAN, False, atom("f", "=", "false")),
        (STRING, True, FALSE),
        (NUMBER, 4.5, atom("f", "=", "4.5", "number")),
        (STRING, 5, FALSE),
        (BOOLEAN, 5, FALSE),
        (STRING, {"prefix": "a"}, atom("f", "prefix", "a")),
        (STRING, {"prefix": ""}, present("f")),
        (STRING, {"suffix": "a"}, atom("f", "suffix", "a")),
        (STRING, {"prefix": {"equals-ignore-case": "A"}}, atom("f", "prefix", "A", "fold")),
        (STRING, {"suffix": {"equals-ignore-case": "A"}}, atom("f", "suffix", "A", "fold")),
        (STRING, {"equals-ignore-case": "aB"}, atom("f", "=", "aB", "fold")),
        (STRING, {"wildcard": "a*b*"}, atom("f", "glob", "a*b*")),
        (STRING, {"wildcard": "a"}, atom("f", "=", "a")),
        (STRING, {"wildcard": r"a\*\\"}, atom("f", "=", "a*\\")),
        (STRING, {"wildcard": r"a\**"}, atom("f", "prefix", "a*")),
        (STRING, {"wildcard": r"*\*a"}, atom("f", "suffix", "*a")),
        (STRING, {"wildcard": r"*\**"}, atom("f", "contains", "*")),
        (ANY, {"wildcard": "ab*"}, atom("f", "prefix", "ab")),
        (STRING, {"exists": True}, present("f")),
        (STRING, {"exists": False}, negate(present("f"))),
        (STRING, {"anything-but": "a"}, all_of(present("f"), negate(atom("f", "=", "a")))),
        (
            STRING,
            {"anything-but": ["a", "b"]},
            all_of(present("f"), negate(any_of(atom("f", "=", "a"), atom("f", "=", "b")))),
        ),
        (STRING, {"anything-but": {"prefix": "a"}}, all_of(present("f"), negate(atom("f", "prefix", "a")))),
        (
            STRING,
            {"anything-but": {"suffix": ["a", "b"]}},
            all_of(present("f"), negate(any_of(atom("f", "suffix", "a"), atom("f", "suffix", "b")))),
        ),
        (
            STRING,
            {"anything-but": {"wildcard": "*/x/*"}},
            all_of(present("f"), negate(atom("f", "contains", "/x/"))),
        ),
        (
            STRING,
            {"anything-but": {"equals-ignore-case": ["A"]}},
            all_of(present("f"), negate(atom("f", "=", "A", "fold"))),
        ),
        (
            NUMBER,
            {"anything-but": [1, 2.5]},
            all_of(
                present("f"),
                negate(any_of(atom("f", "=", "1", "number"), atom("f", "=", "2.5", "number"))),
            ),
        ),
        (BOOLEAN, {"anything-but": "true"}, present("f")),
        (STRING, {"numeric": [">", 5]}, FALSE),
        (NUMBER, {"prefix": "5"}, FALSE),
    ],
)
def test_what_is_documented_is_exact(field: JsonField, value: Any, expected: Predicate) -> None:
    assert value_matches(field, value) is expected


def test_numbers_are_compared_within_bounds() -> None:
    between = value_matches(NUMBER, {"numeric": [">", 0, "<=", 5]})
    assert [outcome(between, value) for value in ("0", "0.1", "5", "5.1", "x")] == [
        False,
        True,
        True,
        False,
        False,
    ]
    positive = value_matches(NUMBER, {"numeric": [">=", 1]})
    assert [outcome(positive, value) for value in ("5e9", "5000000001", "0")] == [True, None, False]
    assert outcome(positive) is False
    assert outcome(value_matches(NUMBER, {"numeric": ["=", 3.018e2]}), "301.8") is True


def test_several_numbers_may_each_pass_one_half() -> None:
    between = value_matches(NUMBERS, {"numeric": [">", 2, "<", 4]})
    assert outcome(between, "1", "5") is None
    assert outcome(between, "1", "2") is False


def test_what_looks_like_another_value_may_be_one() -> None:
    for value in ("true", "null", "5", "1e3"):
        assert outcome(value_matches(ANY, value), value) is None
        assert outcome(value_matches(ANY, value), "other") is False
    for condition in (
        {"prefix": "t"},
        {"prefix": "1."},
        {"suffix": "E"},
        {"wildcard": "*"},
        {"prefix": ""},
        {"equals-ignore-case": "TRUE"},
    ):
        assert outcome(value_matches(ANY, condition), "1.true.E") in {None, False}
        assert outcome(value_matches(ANY, condition)) is False
    assert outcome(value_matches(ANY, True), "true") is None
    assert outcome(value_matches(ANY, 5), "5.0") is None
    assert outcome(value_matches(ANY, {"numeric": ["<", 9]}), "5") is None
    assert outcome(value_matches(ANY, {"anything-but": "5"}), "5") is None
    assert outcome(value_matches(ANY, {"anything-but": 5}), "5") is None
    assert outcome(value_matches(ANY, {"anything-but": 5}), "6") is True
    assert outcome(value_matches(STRING, {"anything-but": 5}), "5") is None


def test_a_whole_number_may_be_compared_as_it_is_written() -> None:
    assert outcome(value_matches(NUMBER, 4, [4, 5]), "4") is None
    assert outcome(value_matches(NUMBER, 4, [4, 5]), "5") is False
    both = [4, 4.0, True]
    assert outcome(value_matches(NUMBER, 4, both), "4") is True
    assert outcome(value_matches(NUMBER, 4.0, both), "4") is True
    assert outcome(value_matches(NUMBER, 1, [1, True]), "1") is None
    assert outcome(value_matches(NUMBER, 10**400, [10**400]), "1") is False
    assert outcome(value_matches(NUMBER, float("inf")), "1") is False


def test_null_may_be_what_a_record_lacks() -> None:
    for field, other in ((STRING, False), (MANY, None)):
        assert outcome(value_matches(field, None)) is None
        assert outcome(value_matches(field, None), "null") is None
        assert outcome(value_matches(field, None), "a") is other


def test_an_address_may_be_written_in_several_ways() -> None:
    for address in ("10.0.0.1", "::1"):
        assert outcome(value_matches(STRING, address), address) is True
        assert outcome(value_matches(STRING, address), "10.0.0.2") is None
        assert outcome(value_matches(STRING, address)) is False
    block = value_matches(STRING, {"cidr": "10.0.0.0/8"})
    assert outcome(block, "10.0.0.1") is None
    assert outcome(block) is False


def test_of_several_values_one_that_matches_is_enough() -> None:
    assert outcome(value_matches(MANY, "a"), "b", "a") is True
    other = value_matches(MANY, {"anything-but": "a"})
    assert outcome(other, "b") is True
    assert outcome(other, "a") is None
    assert outcome(other, "a", "b") is None
    assert outcome(other) is None


def test_what_is_no_value_may_still_exist() -> None:
    there, gone = value_matches(MANY, {"exists": True}), value_matches(MANY, {"exists": False})
    assert (outcome(there, "a"), outcome(there)) == (True, None)
    assert (outcome(gone, "a"), outcome(gone)) == (None, None)


def test_a_record_may_tell_one_of_several_elements() -> None:
    for value in ("a", {"prefix": "a"}, {"cidr": "10.0.0.0/8"}, 5, True, None):
        assert outcome(value_matches(PART, value), "b") is None
    assert outcome(value_matches(PART, "a"), "a") is True


@pytest.mark.parametrize(
    "value",
    [
        [],
        ["a"],
        {},
        {"prefix": "a", "suffix": "b"},
        {"prefix": 5},
        {"prefix": {"equals-ignore-case": "a", "x": 1}},
        {"prefix": {"wildcard": "a"}},
        {"equals-ignore-case": "é"},
        {"equals-ignore-case": ["a"]},
        {"suffix": {"equals-ignore-case": "ß"}},
        {"wildcard": "\\"},
        {"wildcard": "a\\b"},
        {"wildcard": r"a*\*b"},
        {"wildcard": 5},
        {"exists": "true"},
        {"cidr": 5},
        {"numeric": ">"},
        {"numeric": []},
        {"numeric": [">"]},
        {"numeric": [">", 5, "<"]},
        {"numeric": [">", "5"]},
        {"numeric": [">", True]},
        {"numeric": [">", 5_000_000_001]},
        {"numeric": ["!=", 5]},
        {"numeric": [["="], 5]},
        {"anything-but": []},
        {"anything-but": ["a", 5]},
        {"anything-but": None},
        {"anything-but": True},
        {"anything-but": [1, True]},
        {"anything-but": 5_000_000_001},
        {"anything-but": {}},
        {"anything-but": {"prefix": "a", "suffix": "b"}},
        {"anything-but": {"prefix": ""}},
        {"anything-but": {"prefix": []}},
        {"anything-but": {"prefix": ["a", 5]}},
        {"anything-but": {"exists": True}},
        {"exactly": "a"},
        {"regex": "a"},
    ],
)
def test_what_is_not_known_is_opaque(value: Any) -> None:
    for field in (STRING, NUMBER, MANY):
        assert isinstance(value_matches(field, value), Opaque)
