"""Which log events a CloudWatch Logs filter pattern takes."""

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.inventory.records import Filter
from logcov.inventory.rows import LogSource
from logcov.selection import compile_text
from logcov.selection.decide import Refuted, decide, domains_of, find
from logcov.selection.explain import filter_results
from logcov.selection.predicate import (
    FALSE,
    TRUE,
    Opaque,
    Predicate,
    Value,
    all_of,
    any_of,
    atom,
    holds,
    negate,
    present,
)
from selection_rows import AUDIT, DATA, FLOW_RECORDS, MANAGEMENT

CREATE_USER = {
    "eventCategory": "Management",
    "eventSource": "iam.amazonaws.com",
    "eventName": "CreateUser",
    "readOnly": "false",
}
DENIED = {**CREATE_USER, "errorCode": "Client.UnauthorizedOperation"}


def compiled(text: str, source: LogSource = MANAGEMENT) -> Predicate:
    return compile_text("aws.logs-pattern", text, source)


@pytest.mark.parametrize("text", ["", " ", "\n", '""', '" "', ' " " '])
def test_an_empty_pattern_takes_everything(text: str) -> None:
    assert compiled(text) is TRUE
    assert compiled(text, FLOW_RECORDS) is TRUE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{ $.eventName = "CreateUser" }', atom("eventName", "=", "CreateUser")),
        ("{$.eventName=CreateUser}", atom("eventName", "=", "CreateUser")),
        ("{ $.eventSource = iam.amazonaws.com }", atom("eventSource", "=", "iam.amazonaws.com")),
        ('{ $.eventName = "Create*" }', atom("eventName", "prefix", "Create")),
        ('{ $.errorCode = "*UnauthorizedOperation" }', atom("errorCode", "suffix", "UnauthorizedOperation")),
        ('{ $.errorCode = "*Unauthorized*" }', atom("errorCode", "contains", "Unauthorized")),
        ("{ $.errorCode = * }", present("errorCode")),
        ("{ $.errorCode = %Denied% }", atom("errorCode", "contains", "Denied")),
        ("{ $.errorCode = %^Access% }", atom("errorCode", "prefix", "Access")),
        ("{ $.errorCode = %Denied$% }", atom("errorCode", "suffix", "Denied")),
        (r"{ $.errorCode = %^a\.b$% }", atom("errorCode", "=", "a.b")),
        (r"{ $.errorCode = %a\$% }", atom("errorCode", "contains", "a$")),
        ("{ $.readOnly IS TRUE }", atom("readOnly", "=", "true")),
        ("{ $.readOnly is false }", atom("readOnly", "=", "false")),
        ("{ $.errorCode NOT EXISTS }", negate(present("errorCode"))),
        ("{ ($.userIdentity.arn not exists) }", negate(present("userIdentity.arn"))),
    ],
)
def test_conditions_on_documented_fields_are_exact(text: str, expected: Predicate) -> None:
    assert compiled(text) is expected


A, B, C = (atom("eventName", "=", name) for name in "ABC")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ $.eventName = A || $.eventName = B && $.eventSource = c }", "A or B and c"),
        ("{ ($.eventName = A || $.eventName = B) && $.eventSource = c }", "(A or B) and c"),
        ("{ $.eventSource = c && $.eventName = B || $.eventName = A }", "A or B and c"),
        ("{ (((($.eventName = A)))) || ($.eventName = B && ($.eventSource = c)) }", "A or B and c"),
    ],
)
def test_and_binds_before_or(text: str, expected: str) -> None:
    c = atom("eventSource", "=", "c")
    meant = {"A or B and c": any_of(A, all_of(B, c)), "(A or B) and c": all_of(any_of(A, B), c)}
    assert compiled(text) is meant[expected]


def test_a_field_that_differs_must_be_there_as_far_as_is_documented() -> None:
    other = compiled('{ $.errorCode != "*UnauthorizedOperation" }')
    assert holds(other, DENIED) is False
    assert holds(other, {**DENIED, "errorCode": "Throttled"}) is True
    assert holds(other, CREATE_USER) is None


def test_of_a_field_that_is_always_there_both_sides_are_all() -> None:
    assert decide(
        TRUE, compiled('{ $.eventName = "X" || $.eventName != "X" }'), domains_of(MANAGEMENT)
    ).verdict == ("ALL")
    halves = any_of(compiled('{ $.errorCode = "X*" }'), compiled('{ $.errorCode != "X*" }'))
    assert decide(TRUE, halves, domains_of(MANAGEMENT)).verdict == "UNKNOWN"
    assert decide(present("errorCode"), halves, domains_of(MANAGEMENT)).verdict == "ALL"


def test_a_regular_expression_is_one_unknown_for_both_of_its_sides() -> None:
    wanted, unwanted = compiled("{ $.eventName = %[A-C]x+% }"), compiled("{ $.eventName != %[A-C]x+% }")
    assert holds(wanted, CREATE_USER) is None
    assert holds(compiled("{ $.errorCode = %x|y% }"), CREATE_USER) is False
    assert decide(TRUE, any_of(wanted, unwanted), domains_of(MANAGEMENT)).verdict == "ALL"
    assert isinstance(find(all_of(wanted, unwanted), domains_of(MANAGEMENT)), Refuted)


@pytest.mark.parametrize("regex", ["^", "$", "^$", "a.b", "a(b", "(a)", "a|b", r"a\d", "[ab]", r"a\-"])
def test_other_regular_expressions_are_open(regex: str) -> None:
    assert holds(compiled(f"{{ $.eventName = %{regex}% }}"), CREATE_USER) is None


def test_a_star_amid_a_text_may_be_itself() -> None:
    predicate = compiled('{ $.eventName = "Create*er" }')
    assert holds(predicate, CREATE_USER) is None
    assert holds(predicate, {**CREATE_USER, "eventName": "Create*er"}) is True
    assert holds(predicate, {**CREATE_USER, "eventName": "CreateRole"}) is False
    open_ends = compiled('{ $.eventName = "*a*b*" }')
    assert holds(open_ends, {**CREATE_USER, "eventName": "xa*by"}) is True
    assert holds(open_ends, {**CREATE_USER, "eventName": "xazby"}) is None


def test_what_a_backslash_does_is_not_documented() -> None:
    assert holds(compiled(r'{ $.eventName = "a\"b" }'), CREATE_USER) is None
    assert holds(compiled(r'{ $.errorCode = "a\\b" }'), CREATE_USER) is False
    assert holds(compiled(r'{ $.eventName != "a\"b" }'), CREATE_USER) is None


def test_a_number_and_a_text_may_or_may_not_be_the_same() -> None:
    account = {**CREATE_USER, "userIdentity.arn": "111122223333"}
    equal = compiled("{ $.userIdentity.arn = 111122223333 }")
    assert holds(equal, account) is None
    assert holds(equal, {**account, "userIdentity.arn": "444455556666"}) is False
    assert holds(compiled("{ $.userIdentity.arn != 111122223333 }"), account) is None
    assert holds(compiled('{ $.userIdentity.arn = "111122223333" }'), account) is True
    assert holds(compiled("{ $.userIdentity.arn >= -1.5e3 }"), account) is None
    assert holds(compiled("{ $.userIdentity.arn < 1 }"), account) is False
    assert holds(compiled("{ $.errorCode = 1e999999999999999999 }"), DENIED) in {None, False}


def test_a_boolean_is_compared_with_is() -> None:
    assert holds(compiled("{ $.readOnly = true }"), CREATE_USER) is False
    assert holds(compiled('{ $.readOnly = "false" }'), CREATE_USER) is None
    assert holds(compiled("{ $.readOnly != true }"), CREATE_USER) is None
    assert holds(compiled("{ $.readOnly IS NULL }"), CREATE_USER) is False
    assert holds(compiled("{ $.eventName IS TRUE }"), {**CREATE_USER, "eventName": "true"}) is None
    assert holds(compiled("{ $.eventName IS TRUE }"), CREATE_USER) is False


def test_null_may_be_what_a_record_lacks() -> None:
    assert holds(compiled("{ $.errorCode IS NULL }"), CREATE_USER) is None
    assert holds(compiled("{ $.errorCode IS NULL }"), DENIED) is False


@pytest.mark.parametrize(
    "selector",
    ["$.resources[0].ARN", "$.a[*].b", "$.*", "$.['a.b']", '$["a"]', "$['a'].b", "$.resources[1]"],
)
@pytest.mark.parametrize("condition", ['= "x"', "!= x", "> 5", "IS TRUE", "IS NULL", "NOT EXISTS", "= %x%"])
def test_elements_of_lists_are_not_told_by_records(selector: str, condition: str) -> None:
    predicate = compiled(f"{{ {selector} {condition} }}", DATA)
    assert holds(predicate, CREATE_USER) is None
    assert predicate is compiled(f"{{{selector} {condition}}}", DATA)


def test_fields_that_are_not_documented_may_be_lists_or_objects() -> None:
    equal = compiled('{ $.requestParameters.x = "a" }')
    assert holds(equal, CREATE_USER) is False
    assert holds(equal, {**CREATE_USER, "requestParameters.x": "b"}) is False
    assert holds(equal, {**CREATE_USER, "requestParameters.x": "a"}) is None
    either = compiled('{ $.eventName = "CreateUser" || $.requestParameters.x = "a" }')
    assert holds(either, CREATE_USER) is None
    assert holds(either, {**CREATE_USER, "eventName": "X"}) is False
    gone = compiled("{ $.requestParameters NOT EXISTS }")
    assert holds(gone, CREATE_USER) is None


def test_of_a_field_of_unknown_type_no_condition_is_sure_to_hold() -> None:
    event = {**CREATE_USER, "sessionCredentialFromConsole": "true"}
    for condition in ('= "true"', "IS TRUE", "!= x"):
        assert holds(compiled(f"{{ $.sessionCredentialFromConsole {condition} }}"), event) is None
    gone = compiled("{ $.sessionCredentialFromConsole NOT EXISTS }")
    assert holds(gone, event) is False
    assert holds(gone, CREATE_USER) is True


@pytest.mark.parametrize("source", [FLOW_RECORDS, AUDIT])
def test_records_of_other_sources_may_be_no_json(source: LogSource) -> None:
    record = {"action": "REJECT"}
    assert holds(compiled('{ $.action = "REJECT" }', source), record) is None
    assert holds(compiled('{ $.action = "ACCEPT" }', source), record) is False
    assert holds(compiled('{ $.action != "ACCEPT" }', source), record) is None
    assert holds(compiled("{ $.x NOT EXISTS }", source), record) is None
    for found in (record, {}):
        assert holds(compiled("{ $.action NOT EXISTS }", source), found) is None


def test_it_is_explained_for_every_source_of_aws() -> None:
    pattern = Filter(id="f", dialect="aws.logs-pattern", text='{ $.eventName = "X" || $.eventName != "X" }')
    said = filter_results(pattern, (MANAGEMENT, FLOW_RECORDS, AUDIT), scope=None)
    assert [(one.source, one.verdict) for one in said] == [
        ("aws.cloudtrail.management", "ALL"),
        ("aws.vpc.flow", "UNKNOWN"),
    ]


def test_negations_are_not_documented() -> None:
    predicate = compiled('{ $.eventName = "CreateUser" || !($.errorCode = "x") }')
    assert holds(predicate, CREATE_USER) is True
    assert holds(predicate, {**CREATE_USER, "eventName": "X"}) is None
    assert holds(compiled("{ !!$.eventName = A && $.eventName = B }"), CREATE_USER) is False


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        "{ }",
        "{ $.eventName = A",
        "{ eventName = A }",
        "{ $.eventName }",
        "{ $.eventName = }",
        "{ $.eventName A }",
        "{ $.eventName A B }",
        "{ $.eventName EXISTS }",
        "{ $.eventName IS NOT NULL }",
        "{ $.eventName NOT = }",
        "{ $.eventName = 'A' }",
        "{ $.eventName == A }",
        "{ $.eventName < A }",
        "{ $.eventName = A && }",
        "{ && $.eventName = A }",
        "{ $.eventName = A $.eventName = B }",
        "{ $.eventName = A (",
        "{ ($.eventName = A }",
        "{ $.eventName = A) }",
        "{ () }",
        "{ $ = A }",
        "{ $. = A }",
        '{ $.eventName = "A }',
        "{ $.eventName = A & $.eventName = B }",
        "{ $.eventName = A } x",
        "{" + "(" * 5000 + "}",
    ],
)
def test_what_cannot_be_read_is_opaque(text: str) -> None:
    assert isinstance(compiled(text), Opaque)


@pytest.mark.parametrize(
    "text",
    [
        "[ip, user, status=4*]",
        "%AUTHORIZED%",
        "ERROR",
        '"exact phrase"',
        "ERROR ARGUMENTS",
        "?ERROR ?WARN",
        "-noise",
        "ERROR -noise ?either",
        'a"b',
        '"not closed',
        "-",
    ],
)
def test_conditions_on_the_text_are_open(text: str) -> None:
    for source in (MANAGEMENT, FLOW_RECORDS):
        assert holds(compiled(text, source), CREATE_USER) is None


def test_terms_are_combined_as_documented() -> None:
    error, noise, warn = compiled("ERROR"), compiled("noise"), compiled("WARN")
    assert compiled("ERROR -noise") is all_of(error, negate(noise))
    assert compiled(" ?ERROR   ?WARN ") is any_of(error, warn)
    assert compiled("?WARN ERROR") is error
    assert compiled('"ERROR" WARN') is all_of(compiled('"ERROR"'), warn)
    assert compiled("ERROR -ERROR") is FALSE


# --- Against a second reading of the documentation, over JSON events ---------------------------------------
#
# What AWS does not document is read in every way; what is said of an event must be true in all of them.

Event = dict[str, Any]
Reading = Mapping[str, bool]
READINGS = [
    dict(zip(names, row, strict=True))
    for names in [("other without field", "star amid", "vague spoils all", "types are loose")]
    for row in product((False, True), repeat=len(names))
]


class Spoiled(Exception):
    """The whole pattern does not match."""


def node(event: Event, path: str) -> Any:
    """The JSON at a path; `...` if there is none."""
    found: Any = event
    for step in path.split("."):
        if not isinstance(found, dict) or step not in found:
            return ...
        found = found[step]
    return found


def fits(pattern: str, text: str, reading: Reading) -> bool:
    head, tail = pattern.startswith("*"), pattern.endswith("*")
    inner = re.escape(pattern.strip("*"))
    if reading["star amid"]:
        inner = inner.replace(r"\*", ".*")
    return re.fullmatch((".*" if head else "") + inner + (".*" if tail else ""), text, re.DOTALL) is not None


def said_of(test: tuple[Any, ...], event: Event, reading: Reading) -> bool:
    match test:
        case ("and", *parts):
            return all([said_of(part, event, reading) for part in parts])  # noqa: C419 - any may spoil it
        case ("or", *parts):
            return any([said_of(part, event, reading) for part in parts])  # noqa: C419 - any may spoil it
        case (path, op, value):
            found = node(event, path)
            if op == "NOT EXISTS":
                return found is ...
            if op == "IS":
                spelled = {True: "TRUE", False: "FALSE", None: "NULL"}
                if isinstance(found, bool) or found is None:
                    return spelled[found] == value
                return reading["types are loose"] and isinstance(found, str) and found.upper() == value
            if isinstance(found, list | dict):
                if reading["vague spoils all"]:
                    raise Spoiled
                return False
            if found is ... or found is None:
                return op == "!=" and reading["other without field"]
            return compared(found, op, value, reading)
    raise AssertionError(test)


def compared(found: Any, op: str, value: str | int, reading: Reading) -> bool:
    loose = reading["types are loose"]
    text = found if isinstance(found, str) else str(found).lower()
    if isinstance(value, str):
        equal = fits(value, text, reading) and (isinstance(found, str) or loose)
        return equal if op == "=" else not equal
    if isinstance(found, str):
        if not loose or not re.fullmatch(r"-?\d+", found):
            return op == "!=" and loose
        found = int(found)
    if isinstance(found, bool):
        return False
    return {
        "=": found == value,
        "!=": found != value,
        "<": found < value,
        "<=": found <= value,
        ">": found > value,
        ">=": found >= value,
    }[op]


def matches(test: tuple[Any, ...], event: Event, reading: Reading) -> bool:
    try:
        return said_of(test, event, reading)
    except Spoiled:
        return False


def written(test: tuple[Any, ...]) -> str:
    match test:
        case ("and" | "or" as joint, *parts):
            return (" && " if joint == "and" else "||").join(f"({written(part)})" for part in parts)
        case (path, op, str(value)) if op in {"=", "!="}:
            return f'$.{path} {op} "{value}"'
        case (path, op, value):
            return f"$.{path} {op} {value}"
    raise AssertionError(test)


def record_of(event: Event) -> dict[str, Value]:
    """The record that logcov has of an event: every value as text, of lists all of them, of null none."""
    record: dict[str, Value] = {}
    for name, one in leaves_of(event, ""):
        before = record.get(name)
        if before is None:
            record[name] = one
        else:
            record[name] = (*before, one) if isinstance(before, tuple) else (before, one)
    return record


def leaves_of(value: Any, name: str) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from leaves_of(inner, f"{name}.{key}" if name else key)
        case list():
            for inner in value:
                yield from leaves_of(inner, name)
        case None:
            pass
        case str():
            yield name, value
        case _:
            yield name, str(value).lower()


TEXTS = ("A", "AB", "BA", "A*B", "5", "true", "")
PATHS = ("eventName", "errorCode", "userIdentity.arn", "readOnly", "x", "requestParameters.x", "userIdentity")
events = st.fixed_dictionaries(
    {
        "eventCategory": st.just("Management"),
        "eventSource": st.just("iam.amazonaws.com"),
        "eventName": st.sampled_from(TEXTS),
        "readOnly": st.booleans(),
    },
    optional={
        "errorCode": st.sampled_from(TEXTS),
        "userIdentity": st.fixed_dictionaries({}, optional={"arn": st.sampled_from(TEXTS)}),
        "x": st.sampled_from((*TEXTS, 5, 6, True, None, ["A"], ["A", "AB"], {"y": "A"})),
        "requestParameters": st.sampled_from((None, {}, {"x": "A"}, {"x": 5}, {"x": [5, 6]}, {"x": {}})),
    },
)
comparisons = (
    st.tuples(
        st.sampled_from(PATHS),
        st.sampled_from(("=", "!=")),
        st.sampled_from((*TEXTS, "*", "A*", "*B", "*A*B")),
    )
    | st.tuples(
        st.sampled_from(PATHS), st.sampled_from(("=", "!=", "<", "<=", ">", ">=")), st.sampled_from((5, 6))
    )
    | st.tuples(st.sampled_from(PATHS), st.just("IS"), st.sampled_from(("TRUE", "FALSE", "NULL")))
    | st.tuples(st.sampled_from(PATHS), st.just("NOT EXISTS"), st.just(""))
)
tests = st.recursive(
    comparisons,
    lambda inner: st.lists(inner, min_size=2, max_size=3).flatmap(
        lambda parts: st.sampled_from((("and", *parts), ("or", *parts)))
    ),
    max_leaves=5,
)


@settings(max_examples=250, deadline=None)
@given(tests, st.lists(events, min_size=1, max_size=6))
def test_whatever_is_said_is_true_in_every_reading(test: tuple[Any, ...], found: list[Event]) -> None:
    predicate = compiled(f"{{ {written(test)} }}")
    for event in found:
        said = holds(predicate, record_of(event))
        assert said is None or {matches(test, event, reading) for reading in READINGS} == {said}


documented = st.recursive(
    st.tuples(
        st.sampled_from(("eventName", "errorCode")),
        st.sampled_from(("=", "!=")),
        st.sampled_from(("A", "*", "A*", "*B", "*A*")),
    )
    | st.tuples(st.just("readOnly"), st.just("IS"), st.sampled_from(("TRUE", "FALSE")))
    | st.tuples(st.just("errorCode"), st.just("NOT EXISTS"), st.just("")),
    lambda inner: st.lists(inner, min_size=2, max_size=3).flatmap(
        lambda parts: st.sampled_from((("and", *parts), ("or", *parts)))
    ),
    max_leaves=6,
)
UNIVERSE = [
    {
        "eventCategory": "Management",
        "eventSource": "x",
        "eventName": name,
        "readOnly": access,
        "errorCode": error,
    }
    for name, access, error in product(("A", "AB", "BA", "C"), (False, True), ("A", "AB", "B"))
]


@settings(max_examples=150, deadline=None)
@given(documented)
def test_what_is_documented_is_decided(test: tuple[Any, ...]) -> None:
    predicate = compiled(f"{{ {written(test)} }}")
    outcomes = {matches(test, event, READINGS[0]) for event in UNIVERSE}
    assert [holds(predicate, record_of(event)) for event in UNIVERSE] == [
        matches(test, event, READINGS[0]) for event in UNIVERSE
    ]
    verdict = decide(TRUE, predicate, domains_of(MANAGEMENT)).verdict
    assert verdict != "ALL" or outcomes == {True}
    assert verdict != "NONE" or outcomes == {False}


@settings(max_examples=300, deadline=None)
@given(
    st.text(alphabet=st.sampled_from("{}[]()$.'\"%=!<>&|?-*\\ aA1\n"), max_size=60)
    | st.lists(
        st.sampled_from(
            ("{", "}", "(", ")", "!", "&&", "||", "$.a", "$.b[0]", "=", "!=", '"x"', "5", "IS", "TRUE", "%a%")
        ),
        max_size=20,
    ).map(" ".join)
)
def test_no_text_raises(text: str) -> None:
    for source in (MANAGEMENT, DATA, FLOW_RECORDS):
        holds(compiled(text, source), CREATE_USER)
