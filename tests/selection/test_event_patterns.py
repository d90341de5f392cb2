"""Which events an EventBridge rule takes."""

import fnmatch
import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.inventory.records import Filter
from logcov.inventory.rows import Field, LogSource
from logcov.selection import compile_text
from logcov.selection.decide import Refuted, decide, domains_of, find
from logcov.selection.explain import filter_results
from logcov.selection.predicate import (
    FALSE,
    TRUE,
    Opaque,
    Predicate,
    Record,
    Value,
    all_of,
    any_of,
    atom,
    holds,
    negate,
    present,
)
from selection_rows import AUDIT, DATA, MANAGEMENT

TRAIL = LogSource(
    id="aws.cloudtrail.management",
    title="Management events",
    provider="aws",
    scope_kinds=("aws.account",),
    fields=(
        *MANAGEMENT.fields,
        Field(name="awsRegion", optional=False),
        Field(name="recipientAccountId", optional=False),
    ),
)
FINDINGS = LogSource(
    id="aws.guardduty.findings",
    title="Findings",
    provider="aws",
    scope_kinds=("aws.account",),
    fields=(
        Field(name="source", kind="finite", values=("aws.guardduty",), optional=False),
        Field(name="detail-type", kind="finite", values=("GuardDuty Finding",), optional=False),
        Field(name="severity", kind="number", optional=False),
        Field(name="type", optional=False),
        Field(name="service.archived", kind="finite", values=("true", "false"), optional=False),
        Field(name="account", optional=False),
    ),
)
UNNAMED = LogSource(id="aws.other", title="Others", provider="aws", scope_kinds=("aws.account",))

CREATE_USER = {
    "eventCategory": "Management",
    "eventSource": "iam.amazonaws.com",
    "eventName": "CreateUser",
    "readOnly": "false",
    "awsRegion": "us-east-1",
    "recipientAccountId": "111122223333",
}
FINDING = {
    "source": "aws.guardduty",
    "detail-type": "GuardDuty Finding",
    "severity": "8",
    "type": "Recon:EC2/Portscan",
    "service.archived": "false",
    "account": "111122223333",
}


def compiled(pattern: Any, source: LogSource = TRAIL, *, reads: Any = True) -> Predicate:
    """Of a rule that gets read-only management events, unless told otherwise."""
    wrapped = {"pattern": pattern, "readOnlyManagementEvents": reads}
    return compile_text("aws.event-pattern", json.dumps(wrapped), source)


def bare(pattern: Any, source: LogSource = TRAIL) -> Predicate:
    text = pattern if isinstance(pattern, str) else json.dumps(pattern)
    return compile_text("aws.event-pattern", text, source)


def detail(source: LogSource = TRAIL, **fields: Any) -> Predicate:
    return compiled({"detail": fields}, source)


def test_the_detail_is_the_record() -> None:
    assert detail(eventName=["CreateUser", {"prefix": "Delete"}]) is any_of(
        atom("eventName", "=", "CreateUser"), atom("eventName", "prefix", "Delete")
    )
    assert detail(userIdentity={"arn": ["a"]}, eventName=["b"]) is all_of(
        atom("userIdentity.arn", "=", "a"), atom("eventName", "=", "b")
    )
    assert detail(readOnly=[False]) is atom("readOnly", "=", "false")
    assert detail(readOnly=["false"]) is FALSE


def test_account_and_region_are_told_by_the_record() -> None:
    assert compiled({"account": ["111122223333"]}) is atom("recipientAccountId", "=", "111122223333")
    assert compiled({"region": [{"prefix": "us-"}]}) is atom("awsRegion", "prefix", "us-")
    assert compiled({"account": ["a"]}, FINDINGS) is atom("account", "=", "a")
    assert holds(compiled({"region": ["us-east-1"]}, FINDINGS), FINDING) is None
    assert holds(compiled({"account": ["1"], "region": ["2"]}, UNNAMED), {}) is None


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["aws.iam"]}, None),
        ({"source": ["com.acme"]}, False),
        ({"source": ["com.acme", "aws.iam"]}, None),
        ({"source": [{"prefix": ""}]}, True),
        ({"source": [{"prefix": "aws"}]}, True),
        ({"source": [{"prefix": "aws."}]}, True),
        ({"source": [{"prefix": "aws.i"}]}, None),
        ({"source": [{"prefix": "com."}]}, False),
        ({"source": [{"suffix": ""}]}, True),
        ({"source": [{"suffix": "iam"}]}, None),
        ({"source": [{"exists": True}]}, True),
        ({"source": [{"exists": False}]}, False),
        ({"source": [{"anything-but": "com.acme"}]}, True),
        ({"source": [{"anything-but": ["aws.iam", "com.acme"]}]}, None),
        ({"source": [{"anything-but": {"prefix": "aws."}}]}, False),
        ({"source": [{"anything-but": {"wildcard": "aws.*"}}]}, None),
        ({"source": [{"anything-but": [5]}]}, None),
        ({"source": [{"wildcard": "aws.*"}]}, None),
        ({"source": [5]}, None),
        ({"detail-type": ["AWS API Call via CloudTrail"]}, None),
        ({"detail-type": ["AWS Console Sign In via CloudTrail", "AWS Service Event via CloudTrail"]}, None),
        ({"detail-type": ["EC2 Instance State-change Notification"]}, False),
        ({"detail-type": [{"suffix": "via CloudTrail"}]}, True),
        ({"detail-type": [{"suffix": "Call via CloudTrail"}]}, None),
        ({"detail-type": [{"suffix": " via CloudTrail"}]}, True),
        ({"detail-type": [{"suffix": "Finding"}]}, False),
        ({"detail-type": [{"anything-but": {"suffix": "via CloudTrail"}}]}, False),
        ({"id": ["a"]}, None),
        ({"time": [{"prefix": "2026"}]}, None),
        ({"resources": ["a"]}, None),
        ({"detail": ["a"]}, None),
        ({"eventName": ["CreateUser"]}, None),
    ],
)
def test_of_what_surrounds_the_detail_little_is_known(pattern: Any, expected: bool | None) -> None:
    assert holds(compiled(pattern), CREATE_USER) is expected


def test_the_origin_is_the_same_unknown_wherever_it_is_asked_for() -> None:
    iam, others = compiled({"source": ["aws.iam"]}), compiled({"source": [{"anything-but": ["aws.iam"]}]})
    assert any_of(iam, others) is TRUE
    assert compiled({"source": ["aws.iam", "com.acme"]}) is iam
    assert isinstance(find(all_of(iam, others), domains_of(TRAIL)), Refuted)
    assert holds(compiled({"source": ["com.acme"]}, AUDIT), {}) is None
    assert holds(compiled({"detail-type": ["x"]}, UNNAMED), {}) is None


def test_a_row_may_name_the_origin() -> None:
    guardduty = {"source": ["aws.guardduty"], "detail-type": ["GuardDuty Finding"]}
    assert decide(TRUE, bare(guardduty, FINDINGS), domains_of(FINDINGS)).verdict == "ALL"
    other = {"source": ["aws.securityhub"], "detail-type": [{"anything-but": "GuardDuty Finding"}]}
    assert decide(TRUE, bare(other, FINDINGS), domains_of(FINDINGS)).verdict == "NONE"
    assert holds(compiled({"detail": {"source": ["x"]}}, FINDINGS), FINDING) is None
    assert holds(compiled({"detail": {"source": ["x"]}}, UNNAMED), {"source": "x"}) is True


def test_findings_are_chosen_by_severity() -> None:
    def chosen(*severity: Any) -> Predicate:
        return bare(
            {
                "source": ["aws.guardduty"],
                "detail": {"severity": list(severity), "service": {"archived": [False]}},
            },
            FINDINGS,
        )

    high = chosen({"numeric": [">=", 7]})
    assert holds(high, FINDING) is True
    assert holds(high, {**FINDING, "severity": "6.9"}) is False
    assert holds(high, {**FINDING, "service.archived": "true"}) is False
    assert holds(chosen(8), FINDING) is None
    assert holds(chosen(8, 8.0, 8.9), FINDING) is True


def test_any_of_the_objects_in_or_must_match() -> None:
    either = compiled(
        {
            "detail": {
                "eventSource": ["s"],
                "$or": [{"eventName": ["A"]}, {"errorCode": ["B"], "userIdentity": {"arn": ["C"]}}],
            }
        }
    )
    assert either is all_of(
        atom("eventSource", "=", "s"),
        any_of(
            atom("eventName", "=", "A"),
            all_of(atom("errorCode", "=", "B"), atom("userIdentity.arn", "=", "C")),
        ),
    )
    across = compiled({"$or": [{"account": ["1"]}, {"detail": {"eventName": ["A"]}}]})
    assert across is any_of(atom("recipientAccountId", "=", "1"), atom("eventName", "=", "A"))
    inner = {"$or": [{"errorCode": ["A"]}, {"errorCode": ["B"]}]}
    assert compiled({"detail": {"$or": [inner, {"eventName": ["C"]}]}}) is any_of(
        atom("errorCode", "=", "A"), atom("errorCode", "=", "B"), atom("eventName", "=", "C")
    )


def test_fields_of_a_list_must_match_in_one_element() -> None:
    both = detail(requestParameters={"items": {"port": ["a"], "range": ["b"]}})
    event = {**CREATE_USER, "requestParameters.items.port": "a", "requestParameters.items.range": "b"}
    assert holds(both, event) is None
    assert holds(both, {**event, "requestParameters.items.range": "c"}) is False
    assert holds(detail(requestParameters={"items": {"port": ["a"]}}), event) is True
    assert holds(detail(requestParameters={"x": ["a"]}, responseElements={"y": ["b"]}), event) is False


def test_of_the_resources_of_an_event_a_record_tells_one() -> None:
    event = {**CREATE_USER, "eventCategory": "Data", "resources.type": "AWS::S3::Object"}
    assert holds(detail(DATA, resources={"type": ["AWS::S3::Object"]}), event) is True
    assert holds(detail(DATA, resources={"type": ["AWS::S3::Bucket"]}), event) is None


# --- The state of the rule --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "disabled", "unknown"),
    [
        ({}, True, True),
        ({"eventName": "ConsoleLogin"}, True, True),
        ({"eventName": "GetFederationToken"}, None, None),
        ({"readOnly": "true", "eventName": "DescribeInstances"}, False, None),
        ({"readOnly": "true", "eventName": "ListUsers"}, False, None),
        ({"readOnly": "true", "eventName": "GetSessionToken"}, None, None),
        ({"readOnly": "true", "eventName": "AssumeRole"}, None, None),
        ({"readOnly": "true", "eventName": "ListObjects", "eventCategory": "Data"}, True, True),
    ],
)
def test_read_only_management_events_need_the_state(
    changes: Record, disabled: bool | None, unknown: bool | None
) -> None:
    event = {**CREATE_USER, **changes}
    everything = {"source": [{"prefix": ""}]}
    assert holds(compiled(everything, reads=True), event) is True
    assert holds(compiled(everything, reads=False), event) is disabled
    assert holds(bare({"pattern": everything}), event) is unknown
    assert holds(bare(everything), event) is unknown
    assert holds(compiled(everything, reads="yes"), event) is unknown


def test_the_state_matters_to_cloudtrail_alone() -> None:
    everything = {"source": ["aws.guardduty"]}
    assert bare(everything, FINDINGS) is compiled(everything, FINDINGS, reads=False)


def test_what_a_rule_does_not_get_is_the_witness() -> None:
    rule = compiled({"account": ["111122223333"]}, reads=False)
    required = all_of(
        atom("eventCategory", "=", "Management"), atom("recipientAccountId", "=", "111122223333")
    )
    decision = decide(required, rule, domains_of(TRAIL))
    assert decision.verdict == "SOME"
    assert decision.lost is not None
    assert decision.lost.record["readOnly"] == "true"


def test_it_is_explained_for_every_source_of_aws() -> None:
    rule = Filter(id="f", dialect="aws.event-pattern", text='{"detail-type": ["GuardDuty Finding"]}')
    said = filter_results(rule, (TRAIL, FINDINGS, AUDIT), scope=None)
    assert [(one.source, one.verdict) for one in said] == [
        ("aws.cloudtrail.management", "NONE"),
        ("aws.guardduty.findings", "ALL"),
    ]


# --- What cannot be read ----------------------------------------------------------------------------------


def deep(levels: int) -> dict[str, Any]:
    found: dict[str, Any] = {"a": ["b"]}
    for _ in range(levels):
        found = {"a": found}
    return found


def deep_or(levels: int) -> dict[str, Any]:
    found: dict[str, Any] = {"a": ["b"]}
    for level in range(levels):
        found = {"$or": [found, {f"b{level}": ["c"]}]}
    return found


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "[]",
        "{}",
        '{"source": ["a"], "source": ["b"]}',
        {"source": "aws.iam"},
        {"source": []},
        {"detail": {}},
        {"detail": {"eventName": None}},
        {"pattern": {"source": ["aws.iam"]}, "more": 1},
        {"pattern": {}},
        {"$or": []},
        {"$or": {"a": ["b"]}},
        {"$or": [{"source": ["a"]}]},
        {"$or": [{"source": ["a"]}, "b"]},
        {"$or": [{"source": ["a"]}, {}]},
        {"detail": {"$or": [{"prefix": ["a"]}, {"x": ["b"]}]}},
        {"detail": {"$or": [{"x": {"numeric": ["a"]}}, {"x": ["b"]}]}},
        {"detail": {"eventName": ["a"], "$or": [{"eventName": ["b"]}, {"x": ["c"]}]}},
        {"detail": {"eventName": ["a"]}, "$or": [{"detail": {"eventName": ["b"]}}, {"x": ["c"]}]},
        {"detail": {"a": {"b": ["c"]}, "a.b": ["d"]}},
        deep(80),
        deep_or(80),
        {"detail": deep_or(300)},
    ],
)
def test_what_eventbridge_would_not_take_is_opaque(pattern: Any) -> None:
    assert isinstance(bare(pattern), Opaque)


def test_within_a_depth_patterns_are_read() -> None:
    assert bare({"detail": deep(50)}, UNNAMED) is atom(".".join("a" * 51), "=", "b")
    assert not isinstance(bare({"detail": deep_or(50)}, UNNAMED), Opaque)


def test_a_field_of_this_name_is_no_wrapping() -> None:
    assert holds(bare({"pattern": ["x"]}), CREATE_USER) is None


# --- Against a second reading of the documentation, over JSON events ---------------------------------------


def leaf_matches(value: Any, found: Any, *, spelled: bool) -> bool:
    """Whether a value or condition matches one JSON value; `spelled`: numbers are compared as they are written."""
    if not isinstance(value, dict):
        if isinstance(value, bool) or isinstance(found, bool) or value is None or found is None:
            return value is found
        if isinstance(value, int | float) and isinstance(found, int | float):
            return repr(value) == repr(found) if spelled else value == found
        return type(value) is type(found) and value == found
    ((operator, given),) = value.items()
    if operator == "anything-but":
        inner = given if isinstance(given, dict) else {"in": given if isinstance(given, list) else [given]}
        return not leaf_matches(inner, found, spelled=False)
    if operator == "in":
        return any(leaf_matches(one, found, spelled=False) for one in given)
    if operator == "numeric":
        if isinstance(found, bool) or not isinstance(found, int | float):
            return False
        tests = {
            "<": found.__lt__,
            "<=": found.__le__,
            ">": found.__gt__,
            ">=": found.__ge__,
            "=": found.__eq__,
        }
        return all(
            tests[operator](type(found)(limit))
            for operator, limit in zip(given[::2], given[1::2], strict=True)
        )
    if not isinstance(found, str):
        return False
    match operator:
        case "prefix":
            return found.startswith(given)
        case "suffix":
            return found.endswith(tuple(given) if isinstance(given, list) else given)
        case "equals-ignore-case":
            return found.lower() == given.lower()
        case _:
            return fnmatch.fnmatchcase(found, given)


def flat(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for one in value:
            yield from flat(one)
    else:
        yield value


def matches(pattern: dict[str, Any], event: dict[str, Any], *, spelled: bool) -> bool:
    """Whether a pattern without `$or` above lists matches: of a list of objects, one must match in full."""
    for name, wanted in pattern.items():
        if name == "$or":
            if not any(matches(one, event, spelled=spelled) for one in wanted):
                return False
            continue
        held = list(flat(event[name])) if name in event else []
        if isinstance(wanted, dict):
            objects = [one for one in held if isinstance(one, dict)]
            if not any(matches(wanted, one, spelled=spelled) for one in objects or [{}]):
                return False
            continue
        values = [one for one in held if not isinstance(one, dict)]
        if not any(
            (bool(values) is one["exists"])
            if isinstance(one, dict) and "exists" in one
            else any(leaf_matches(one, value, spelled=spelled) for value in values)
            for one in wanted
        ):
            return False
    return True


def record_of(detail: dict[str, Any]) -> Record:
    """The record that logcov has of an event: values as text, of lists all of them, of null none."""
    record: dict[str, Value] = {}
    for name, one in leaves_of(detail, ""):
        before = record.get(name, ())
        record[name] = (*((before,) if isinstance(before, str) else before), one)
    return {name: value[0] if len(value) == 1 else value for name, value in record.items()}


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
        case bool():
            yield name, str(value).lower()
        case _:
            yield name, str(value)


TEXTS = ("A", "AB", "BA", "a", "5", "true", "")
NUMBERS = (5, 5.0, 6.5, 8)
ANYTHING: tuple[Any, ...] = (*TEXTS, *NUMBERS, True, False, None)
CONDITIONS: tuple[Any, ...] = (
    *({operator: part} for operator in ("prefix", "suffix") for part in ("A", "B", "AB", "t", "5")),
    *({"equals-ignore-case": one} for one in ("a", "AB", "TRUE")),
    *({"wildcard": one} for one in ("A*", "*B", "*A*", "A*B", "*")),
    {"exists": True},
    {"exists": False},
    {"numeric": [">", 5]},
    {"numeric": [">=", 5, "<", 8]},
    {"numeric": ["=", 6.5]},
    *({"anything-but": one} for one in (*TEXTS, *NUMBERS, ["A", "5"], [5, 8])),
    *({"anything-but": {"prefix": one}} for one in ("A", "t", "5")),
    {"anything-but": {"suffix": ["A", "B"]}},
    {"anything-but": {"wildcard": "*"}},
)
ENTRIES = (*ANYTHING, *CONDITIONS)


def agree(pattern: dict[str, Any], event: dict[str, Any], predicate: Predicate) -> bool | None:
    """What is said of an event; it is true whichever way EventBridge compares numbers."""
    said = holds(predicate, {**FINDING, **record_of(event)})
    meant = {matches(pattern, event, spelled=spelled) for spelled in (False, True)}
    assert said is None or meant == {said}, (pattern, event)
    return said


def test_each_value_and_condition_of_each_field() -> None:
    held = {
        "type": ("A", "AB", "BA", "a"),
        "severity": NUMBERS,
        "service.archived": (True, False),
        "x": (..., *ANYTHING, [], {}, *([one, other] for one in ANYTHING[:11:2] for other in ANYTHING[1::2])),
    }
    said = []
    for name, contents in held.items():
        nest = (lambda inner: {"service": inner}) if name.startswith("service.") else dict
        for entry in ENTRIES:
            pattern = nest({name.removeprefix("service."): [entry]})
            predicate = bare({"detail": pattern}, FINDINGS)
            for content in contents:
                event = {} if content is ... else nest({name.removeprefix("service."): content})
                said.append(agree(pattern, event, predicate))
    assert min(said.count(True), said.count(False), said.count(None)) > len(said) / 12


def test_two_fields_of_a_list() -> None:
    elements: list[dict[str, str]] = [{"a": "A", "b": "B"}, {"a": "A"}, {"b": "B"}, {"a": "x", "b": "B"}, {}]
    for first, second in product(("A", {"anything-but": "A"}, {"exists": True}, {"exists": False}), repeat=2):
        pattern = {"list": {"a": [first], "b": ["B" if second == "A" else second]}}
        predicate = bare({"detail": pattern}, FINDINGS)
        for several in product(elements, repeat=2):
            agree(pattern, {"list": list(several)}, predicate)


entries = st.lists(st.sampled_from(ENTRIES), min_size=1, max_size=2)
fields = st.dictionaries(
    st.sampled_from(("type", "severity", "x", "list.a", "list.b")), entries, min_size=1, max_size=2
)


def nested(flattened: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, entry in flattened.items():
        top, _, inner = name.partition(".")
        if inner:
            found.setdefault(top, {})[inner] = entry
        else:
            found[top] = entry
    return found


patterns = fields.map(nested) | st.builds(
    lambda first, second, more: {"$or": [first, second], **more},
    fields.map(nested),
    fields.map(nested),
    st.just({}) | st.builds(lambda one: {"y": one}, entries),
)
element = st.fixed_dictionaries({}, optional={"a": st.sampled_from(TEXTS), "b": st.sampled_from(TEXTS)})
findings = st.fixed_dictionaries(
    {"type": st.sampled_from(("A", "AB", "BA", "a")), "severity": st.sampled_from(NUMBERS)},
    optional={
        "x": st.sampled_from(ANYTHING) | st.lists(st.sampled_from(ANYTHING), max_size=2),
        "list": st.lists(element, max_size=2) | element | st.sampled_from(TEXTS),
    },
)


@settings(max_examples=300, deadline=None)
@given(patterns, st.lists(findings, min_size=1, max_size=6))
def test_whatever_is_said_is_true(pattern: dict[str, Any], found: list[dict[str, Any]]) -> None:
    predicate = bare({"detail": pattern}, FINDINGS)
    for event in found:
        agree(pattern, event, predicate)


exact = st.fixed_dictionaries(
    {},
    optional={
        "eventName": st.lists(
            st.sampled_from(
                (
                    "A",
                    "AB",
                    {"prefix": "A"},
                    {"suffix": "B"},
                    {"wildcard": "A*B"},
                    {"anything-but": ["A", "BA"]},
                    {"anything-but": {"suffix": "B"}},
                    {"exists": True},
                )
            ),
            min_size=1,
            max_size=2,
        ),
        "errorCode": st.lists(
            st.sampled_from(("X", {"anything-but": "X"}, {"exists": False}, {"exists": True})),
            min_size=1,
            max_size=2,
        ),
        "readOnly": st.lists(st.booleans(), min_size=1, max_size=2),
    },
).filter(bool)
UNIVERSE = [
    {
        "eventCategory": "Management",
        "eventSource": "s",
        "eventName": name,
        "readOnly": access,
        "awsRegion": "r",
        "recipientAccountId": "1",
        **({"errorCode": error} if error else {}),
    }
    for name, access, error in product(("A", "AB", "BA", "C"), (False, True), ("", "X", "Y"))
]


@settings(max_examples=150, deadline=None)
@given(exact | st.builds(lambda first, second: {"$or": [first, second]}, exact, exact))
def test_what_is_documented_is_decided(pattern: dict[str, Any]) -> None:
    predicate = detail(**pattern)
    outcomes = [matches(pattern, event, spelled=False) for event in UNIVERSE]
    assert [holds(predicate, record_of(event)) for event in UNIVERSE] == outcomes
    verdict = decide(TRUE, predicate, domains_of(TRAIL)).verdict
    assert verdict in {"ALL", "SOME", "NONE"}
    assert (verdict == "ALL") <= all(outcomes)
    assert (verdict == "NONE") <= (not any(outcomes))


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    (
                        "detail",
                        "source",
                        "detail-type",
                        "$or",
                        "pattern",
                        "prefix",
                        "numeric",
                        "anything-but",
                        "x",
                    )
                ),
                inner,
                max_size=3,
            )
        ),
        max_leaves=12,
    )
)
def test_no_pattern_raises(pattern: Any) -> None:
    for source in (TRAIL, FINDINGS, AUDIT):
        holds(bare(pattern, source), CREATE_USER)


def test_presence_is_all_that_an_event_without_a_field_can_match() -> None:
    assert bare({"detail": {"errorCode": [{"exists": False}]}}, UNNAMED) is not negate(present("errorCode"))
    assert detail(errorCode=[{"exists": False}]) is negate(present("errorCode"))
