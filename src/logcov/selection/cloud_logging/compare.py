"""What one comparison of a Cloud Logging query says of an entry.

Source: https://cloud.google.com/logging/docs/view/logging-query-language (values and conversions, comparison
operators, missing fields, arrays).

* Text is compared without regard to case; the value is first converted to the field's type, and a comparison
  whose value cannot be converted fails, `!=` too.
* Of an array, one member is enough, for `!=` too.
* What the type of a field inside `jsonPayload` is, is told by each entry: a value that looks like a number may
  be one, or text.
"""

import re
from typing import Literal

from logcov.selection.cloud_logging.entry import ALWAYS_SET, SEVERITIES, Known
from logcov.selection.cloud_logging.regexes import UnreadablePatternError, matches
from logcov.selection.cloud_logging.tree import Comparison, Value
from logcov.selection.predicate import (
    FALSE,
    TRUE,
    Op,
    Predicate,
    all_of,
    any_of,
    atom,
    fold,
    holds,
    negate,
    opaque,
    present,
)

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_NUMERIC = re.compile(
    r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:nan|inf|infinity)", re.IGNORECASE
)
_PLACEHOLDER = re.compile(r"\$\{|\$[A-Za-z_(]|\{\{|<%|%[sdvq](?![0-9A-Fa-f])|%\(|\[[A-Z_]+\]")
_CONTAINER = re.compile(r"(?:projects|folders|organizations|billingaccounts)/", re.IGNORECASE)
_NUMBERED = re.compile(r"(?:^|^/)projects/[0-9]+/", re.IGNORECASE)
_SLASHES = 3
"""In a log name: `projects/ID/logs/LOG_ID`. What has as many and begins like one can stand nowhere but there."""
_NUMBER_SIGNS = frozenset("0123456789+-.e")
_DEFAULTS = {"text": "", "number": "0", "bool": "false", "severity": "DEFAULT"}
_ORDER: dict[str, Op] = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}


def is_placeholder(text: str) -> bool:
    """Whether the text was meant to be filled in before it was used."""
    return _PLACEHOLDER.search(text) is not None


def says(comparison: Comparison) -> str:
    """The comparison in one spelling: the name of what it leaves open."""
    value = comparison.value
    shown = value.raw if not value.quote else f"{value.quote}{value.raw}{value.quote}"
    return f"{comparison.path.text} {comparison.op} {shown}"


def says_unreadable(pattern: Value) -> str:
    """What a pattern is that RE2 does not take."""
    return f"{pattern.raw!r} is no regular expression"


def compare(comparison: Comparison, field: Known) -> Predicate:
    """The predicate of a comparison with a field that an entry can have."""
    op, value = comparison.op, comparison.value
    text = f"{field.name} {says(comparison).removeprefix(comparison.path.text).strip()}"
    if op == ":" and value.text == "*" and not value.quote:
        return _presence(field)
    doubtful = _doubtful(op, value)
    if doubtful:
        return opaque(text, doubtful)
    if field.message:
        return opaque(text, f"{field.name} holds fields, not a value")
    if field.name == "logName" and op in {"=", "!=", ":"}:
        # A name that starts with a slash is never equal, however its log id is written.
        odd = "" if op != ":" and value.text.startswith("/") else unescaped(value.text)
        if odd:
            return opaque(text, odd)
        if names_a_number(value.text):
            return TRUE if op == "!=" else FALSE
        if op == ":" and value.text.count("/") == _SLASHES and _CONTAINER.match(value.text):
            return atom("logName", "prefix", value.text, "fold")
    if field.holds == "severity":
        return _severity(op, value, text)
    test = _test(field, op, value, text)
    return FALSE if test is None else _absent(test, field, text)


def _doubtful(op: str, value: Value) -> str:
    """Why the value cannot be relied on; empty if it can."""
    if value.quote == "'":
        return "what single quotes mean is not documented"
    if is_placeholder(value.text):
        return "it holds a placeholder that was never filled in"
    if not value.quote and value.text == "NULL_VALUE":
        return "JSON null is not followed"
    if op in {"=~", "!~"}:
        return "" if value.quote else "a pattern needs quotation marks"
    if not value.clear:
        return "it holds an escape that is not documented"
    if "*" in value.text:
        return "whether * stands for any characters here is not documented"
    return ""


def names_a_number(name: str) -> bool:
    """Whether a value of `logName` has a project's number where entries have its id.

    "The project number is translated to its corresponding PROJECT_ID internally and the log_name field will contain
    PROJECT_ID in queries and exports." (LogEntry in https://cloud.google.com/logging/docs/reference/v2/rest)
    """
    return _NUMBERED.search(name) is not None


def unescaped(name: str) -> str:
    """Why a value cannot be (a part of) a log name as entries have it; empty if it can.

    `logName` is `projects/ID/logs/LOG_ID`, where slashes of the log id are written `%2F`.
    """
    pieces = name.split("/")
    last = len(pieces) - 1
    if last == 0:
        return ""

    def fits(piece: str, index: int, at: int) -> bool:
        whole: tuple[str, ...]
        if at + index == 0:
            whole = ("projects", "folders", "organizations", "billingaccounts")
        elif at + index == 2:  # noqa: PLR2004 - the third piece of a log name
            whole = ("logs",)
        else:
            return True
        piece = piece.casefold()
        if index == 0:
            return any(one.endswith(piece) for one in whole)
        return any(one.startswith(piece) if index == last else one == piece for one in whole)

    for at in range(4 - last):
        if all(fits(piece, index, at) for index, piece in enumerate(pieces)):
            return ""
    return "log names look like projects/ID/logs/LOG_ID, with %2F for each slash of the log id"


def _numeric(text: str) -> bool:
    return _NUMERIC.fullmatch(fold(text).strip()) is not None


def _presence(field: Known) -> Predicate:
    if field.name in ALWAYS_SET:
        return TRUE
    if field.holds == "severity":
        others = (atom("severity", "=", name) for name in SEVERITIES[1:])
        return any_of(*others, opaque("severity :*", "whether DEFAULT counts as set is not documented"))
    there = [present(name) for name in field.within]
    if field.message and not field.name.startswith("protoPayload.serviceData."):
        return any_of(*there, opaque(f"{field.name} :*", f"{field.name} holds fields, not a value"))
    return any_of(present(field.name), *there)


def _severity(op: str, value: Value, text: str) -> Predicate:
    name = value.text.upper()
    if op in {"=~", "!~"}:
        return opaque(text, "only text can be matched with a pattern")
    if name not in SEVERITIES:
        if op == ":" or _numeric(name):
            return opaque(text, "severities are compared by whole name")
        return FALSE
    wanted = SEVERITIES.index(name)
    chosen = [
        name
        for at, name in enumerate(SEVERITIES)
        if (op in {"=", ":", "<=", ">="} and at == wanted)
        or (op in {"<", "<=", "!="} and at < wanted)
        or (op in {">", ">=", "!="} and at > wanted)
    ]
    if len(chosen) == len(SEVERITIES):
        return TRUE
    unset = [negate(present("severity"))] if SEVERITIES[0] in chosen else []
    return any_of(*(atom("severity", "=", name) for name in chosen), *unset)


def _test(field: Known, op: str, value: Value, text: str) -> Predicate | None:
    """The comparison with a field that is there; None where the value cannot be converted to its type."""
    match field.holds:
        case "time":
            return opaque(text, "times and durations are not compared")
        case "bool":
            return _bool_test(field, op, value, text)
        case "number":
            return _number_test(field, op, value, text)
        case _:
            return _text_test(field, op, value, text)


def _bool_test(field: Known, op: str, value: Value, text: str) -> Predicate | None:
    wanted = value.text.casefold()
    if op not in {"=", "!="}:
        return opaque(text, "true and false are only compared for equality")
    if wanted not in {"true", "false"}:
        return None
    return _either_way(atom(field.name, "=", wanted, "fold"), field, op, text)


def _number_test(field: Known, op: str, value: Value, text: str) -> Predicate | None:
    if op in {":", "=~", "!~"}:
        return opaque(text, f"{op} is for text, and {field.name} is a number")
    if not _INTEGER.fullmatch(value.text):
        if _numeric(value.text):
            return opaque(text, "how this number is converted is not documented")
        return None
    if op in _ORDER:
        return atom(field.name, _ORDER[op], value.text, "number")
    return _either_way(atom(field.name, "=", value.text, "number"), field, op, text)


def _text_test(field: Known, op: str, value: Value, text: str) -> Predicate:
    """Comparison with text, or with what may be text, a number or a truth value."""
    open_type = field.holds == "unknown"
    name = field.name
    if op in _ORDER:
        return opaque(text, "the order of text is not followed")
    if op in {"=~", "!~"}:
        try:
            match = matches(name, value, text.replace("!~", "=~", 1))
        except UnreadablePatternError as error:
            return opaque(text, f"{says_unreadable(value)}: {error}")
        test = match if op == "=~" else negate(match)
        if open_type:
            test = _unless(test, _odd(name, "both"), text)
        return test if op == "=~" else _or_other_member(test, field, text)
    folded = fold(value.text)
    numeric = _numeric(value.text)
    boolean = folded in {"true", "false"}
    same = atom(name, "=", value.text, "fold")
    as_number = (
        all_of(atom(name, "=", value.text, "number"), opaque(text, "it may be a number, or text"))
        if open_type and numeric
        else FALSE
    )
    if op == ":":
        found = atom(name, "contains", value.text, "fold")
        short = _NUMBER_SIGNS.issuperset(folded) or any(folded in word for word in ("true", "false"))
        if open_type and short:
            found = _unless(found, _odd(name, "both"), text)
        return any_of(found, as_number)
    equal = any_of(same, as_number)
    if op == "=" or not open_type:
        return _either_way(equal, field, op, text)
    odd = _odd(
        name, "neither" if numeric and boolean else "bools" if numeric else "numbers" if boolean else "both"
    )
    return _or_other_member(_unless(negate(equal), odd, text), field, text)


def _odd(name: str, kinds: Literal["both", "numbers", "bools", "neither"]) -> Predicate:
    """The value may be of another type than text: it reads like a number, like a truth value."""
    numbers = (atom(name, "<", "0", "number"), atom(name, ">=", "0", "number"))
    bools = (atom(name, "=", "true", "fold"), atom(name, "=", "false", "fold"))
    return any_of(
        *(numbers if kinds in {"both", "numbers"} else ()), *(bools if kinds in {"both", "bools"} else ())
    )


def _unless(test: Predicate, odd: Predicate, text: str) -> Predicate:
    """The test; of an odd value that passes it, nobody knows."""
    return all_of(
        test, any_of(negate(odd), opaque(f"{text} as text", "it may be a number or a truth value, or text"))
    )


def _either_way(test: Predicate, field: Known, op: str, text: str) -> Predicate:
    return test if op != "!=" else _or_other_member(negate(test), field, text)


def _or_other_member(test: Predicate, field: Known, text: str) -> Predicate:
    """A negative test. An array passes it with any member, and how many members there are is not known."""
    if not field.many:
        return test
    return any_of(test, opaque(f"{text} in another member", f"{field.name} may hold several values"))


def _absent(test: Predicate, field: Known, text: str) -> Predicate:
    """The test, and what it means for an entry without the field."""
    unset = holds(test, {})
    there = present(field.name)
    held = test if unset is False else all_of(there, test)
    if field.absence == "missing":
        return held
    if unset is None:
        return test
    default = _DEFAULTS.get(field.holds)
    by_default = None if default is None else holds(test, {field.name: default})
    if by_default is False:
        return held
    if field.absence == "either" or by_default is None:
        return any_of(
            held, all_of(negate(there), opaque(f"{text} unset", f"{field.name} may be missing, or empty"))
        )
    return test if unset else any_of(held, negate(there))
