"""The values and conditions of event patterns: when one matches what an event holds in a field.

A field that is not there matches none of them but `{"exists": false}`. Of several values in the event, one is enough.

Sources: EventBridge User Guide, "Comparison operators for use in event patterns"; https://github.com/aws/event-ruler.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from logcov.selection.json_fields import JsonField
from logcov.selection.predicate import (
    FALSE,
    Atom,
    Kind,
    Op,
    Predicate,
    all_of,
    any_of,
    atom,
    compare,
    negate,
    number,
    opaque,
    pieces,
    present,
)

LARGEST = 5_000_000_000
"""Numbers are compared from minus this to this."""
_COMPARED: Mapping[str, Op] = {"=": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_NUMERAL = frozenset("0123456789+-.eE")
_LITERALS = ("true", "false", "null")
_ADDRESS = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+|[0-9a-fA-F:]*:[0-9a-fA-F:]*", re.ASCII)
_WRITTEN = re.compile(r"\\(?P<escaped>[*\\])|(?P<star>\*)|(?P<plain>[^\\*]+)")


def as_json(value: object) -> str:
    """How part of a pattern is shown; equal parts are shown alike."""
    return json.dumps(value, sort_keys=True)


def unsure(name: str, value: object, because: str) -> Predicate:
    """Whether a value or condition matches what a field holds, where that cannot be told."""
    return opaque(f"{name}: {as_json(value)}", because)


def value_matches(field: JsonField, value: Any, among: Sequence[Any] = ()) -> Predicate:
    """One entry of a field's list: a JSON value, or a condition. What is not known to EventBridge is opaque.

    Args:
        field: what is known of the field.
        value: the entry, as read from JSON.
        among: the whole list.
    """
    name = field.name
    match value:
        case bool():
            test = _of_type(field, "boolean", atom(name, "=", "true" if value else "false"), value)
        case None:
            test = unsure(name, value, "whether it is null its record does not tell")
            if field.scalar:
                test = all_of(any_of(negate(present(name)), atom(name, "=", "null")), test)
        case int() | float():
            test = _number(field, value, among)
        case str():
            test = _text(field, atom(name, "=", value), value)
            if _ADDRESS.fullmatch(value):
                open_ = unsure(name, value, "one address may be written in several ways")
                test = any_of(test, all_of(present(name), open_))
        case dict() if len(value) == 1:
            ((operator, given),) = value.items()
            return _condition(field, operator, given)
        case _:
            return unsure(name, value, "no value or condition that is known")
    return _or_another(field, test, value)


def _or_another(field: JsonField, test: Predicate, value: object) -> Predicate:
    if not field.partial:
        return test
    return any_of(test, unsure(field.name, value, "its record tells one element of a list"))


def _of_type(field: JsonField, wanted: str, test: Predicate, value: object) -> Predicate:
    """The test, if the field is of the wanted type; never, if it is of another."""
    if field.type == wanted:
        return test
    if field.type != "unknown":
        return FALSE
    return all_of(test, unsure(field.name, value, f"whether this is a {wanted} its record does not tell"))


def _text(field: JsonField, test: Predicate, value: object) -> Predicate:
    """A test of strings. What looks like no other JSON value is one."""
    if field.type == "unknown" and isinstance(test, Atom) and not _like_a_literal(test):
        return test
    return _of_type(field, "string", test, value)


def _like_a_literal(test: Atom) -> bool:
    if test.op == "present" or any(compare(test, literal) for literal in _LITERALS):
        return True
    if test.op == "=":
        return number(test.value) is not None
    return _NUMERAL.issuperset("".join(pieces(test)))


def _number(field: JsonField, value: float, among: Sequence[Any]) -> Predicate:
    """A number as a value.

    The user guide has EventBridge compare how numbers are written: 3 is not 3.0. Event Ruler compares what they are.
    Either way, of a whole number that is there in both forms it is the same, and of others.
    """
    test = _of_type(field, "number", atom(field.name, "=", str(value), "number"), value)
    whole = isinstance(value, int) or value.is_integer()
    forms = {type(one) for one in among if isinstance(one, int | float) and one == value} - {bool}
    if test is FALSE or not whole or len(forms) > 1:
        return test
    return all_of(test, unsure(field.name, value, "of whether 3 is 3.0 EventBridge tells two things"))


# --- Conditions -------------------------------------------------------------------------------------------


def _condition(field: JsonField, operator: str, given: Any) -> Predicate:
    value = {operator: given}
    test: Predicate | None
    match operator, given:
        case "exists", bool():
            return _exists(field, wanted=given)
        case "cidr", str():
            open_ = unsure(field.name, value, "address ranges are not decided")
            test = all_of(present(field.name), open_)
        case "numeric", [*_]:
            test = _numeric(field, given)
        case "anything-but", _:
            test = _anything_but(field, given)
        case _:
            test = _pattern(field, operator, given)
    if test is None:
        return unsure(field.name, value, "a condition of an unknown form")
    return _or_another(field, test, value)


def _exists(field: JsonField, *, wanted: bool) -> Predicate:
    there = present(field.name)
    if field.scalar:
        return there if wanted else negate(there)
    because = "of null, empty lists and elements of lists its record tells nothing"
    open_ = unsure(field.name, {"exists": wanted}, because)
    return any_of(there, open_) if wanted else open_


def _pattern(field: JsonField, operator: str, given: Any) -> Predicate | None:
    """A condition on strings; None if its form is unknown."""
    kind: Kind = "text"
    match operator, given:
        case (("prefix" | "suffix"), {"equals-ignore-case": str(text), **others}) if not others:
            kind, given = "fold", text
        case "equals-ignore-case", str():
            kind, operator = "fold", "equals"
        case (("prefix" | "suffix" | "wildcard"), str()):
            pass
        case _:
            return None
    if kind == "fold" and not given.isascii():
        # Event Ruler folds letter by letter, which is another thing for some letters.
        return None
    ops: Mapping[str, Op] = {"prefix": "prefix", "suffix": "suffix", "equals": "="}
    test = (
        _wildcard(field.name, given)
        if operator == "wildcard"
        else atom(field.name, ops[operator], given, kind)
    )
    return None if test is None else _text(field, test, {operator: given})


def _wildcard(name: str, text: str) -> Predicate | None:
    r"""A star is any run of characters; `\*` and `\\` are themselves. None if that cannot be said."""
    runs = [""]
    at = 0
    while at < len(text):
        found = _WRITTEN.match(text, at)
        if found is None:
            return None
        if found["star"]:
            runs.append("")
        else:
            runs[-1] += found["escaped"] or found["plain"]
        at = found.end()
    if not any("*" in run for run in runs):
        return atom(name, "glob", "*".join(runs))
    match runs:
        case [whole]:
            return atom(name, "=", whole)
        case [head, ""]:
            return atom(name, "prefix", head)
        case ["", tail]:
            return atom(name, "suffix", tail)
        case ["", middle, ""]:
            return atom(name, "contains", middle)
        case _:
            return None


def _numeric(field: JsonField, given: Sequence[Any]) -> Predicate | None:
    """Comparisons with numbers; None if their form is unknown."""
    operators, limits = given[::2], given[1::2]
    if not limits or len(operators) != len(limits) or not all(map(_comparable, limits)):
        return None
    tests = [
        atom(field.name, _COMPARED[operator], str(limit), "number")
        for operator, limit in zip(operators, limits, strict=True)
        if isinstance(operator, str) and operator in _COMPARED
    ]
    if len(tests) < len(limits):
        return None
    within = [(">=", -LARGEST), ("<=", LARGEST)]
    comparable = all_of(*(atom(field.name, _COMPARED[op], str(end), "number") for op, end in within))
    open_ = unsure(field.name, {"numeric": given}, "numbers of this size are not compared")
    test = all_of(*tests, any_of(comparable, open_))
    if not field.scalar:
        test = all_of(test, unsure(field.name, {"numeric": given}, "several values may each be part of this"))
    return _of_type(field, "number", test, {"numeric": given})


def _comparable(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= LARGEST


def _anything_but(field: JsonField, given: Any) -> Predicate | None:
    """The field is there, and nothing of what is ruled out. Of several values, one such is enough."""
    unwanted = _unwanted(field, given)
    if unwanted is None:
        return None
    test = all_of(present(field.name), negate(unwanted))
    if field.scalar:
        return test
    open_ = unsure(field.name, {"anything-but": given}, "of several values, or null, another may match")
    return any_of(test, open_)


def _unwanted(field: JsonField, given: Any) -> Predicate | None:
    """What `anything-but` rules out; None if its form is unknown."""
    if isinstance(given, dict):
        if len(given) != 1:
            return None
        ((operator, inner),) = given.items()
        tests = [_pattern(field, operator, one) if one else None for one in _listed(inner)]
    else:
        values = _listed(given)
        kinds = {str} if all(isinstance(one, str) for one in values) else {int, float}
        tests = [_unwanted_value(field, one) if type(one) in kinds else None for one in values]
    known = [test for test in tests if test is not None]
    return any_of(*known) if known and len(known) == len(tests) else None


def _listed(given: object) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _unwanted_value(field: JsonField, value: str | float) -> Predicate | None:
    if isinstance(value, str):
        return _text(field, atom(field.name, "=", value), value)
    if not _comparable(value):
        return None
    test = atom(field.name, "=", str(value), "number")
    if field.type == "number":
        return test
    return all_of(test, unsure(field.name, value, "whether this is a number its record does not tell"))
