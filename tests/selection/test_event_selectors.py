"""Which CloudTrail events pass event selectors."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.inventory.rows import LogSource
from logcov.selection import compile_text
from logcov.selection.predicate import Opaque, Predicate, Record, atom, holds
from selection_rows import DATA, MANAGEMENT, NETWORK

Event = Mapping[str, str]

MANAGEMENT_EVENT = {
    "eventCategory": "Management",
    "eventSource": "ec2.amazonaws.com",
    "eventName": "RunInstances",
    "eventType": "AwsApiCall",
    "readOnly": "false",
}
OBJECT = {
    **MANAGEMENT_EVENT,
    "eventCategory": "Data",
    "eventSource": "s3.amazonaws.com",
    "eventName": "GetObject",
    "readOnly": "true",
    "resources.type": "AWS::S3::Object",
    "resources.ARN": "arn:aws:s3:::acme/logs/1",
}
FUNCTION = {
    **OBJECT,
    "eventSource": "lambda.amazonaws.com",
    "resources.type": "AWS::Lambda::Function",
    "resources.ARN": "arn:aws:lambda:eu-west-1:333333333333:function:hello",
}
TABLE = {
    **OBJECT,
    "eventSource": "dynamodb.amazonaws.com",
    "resources.type": "AWS::DynamoDB::Table",
    "resources.ARN": "arn:aws:dynamodb:eu-west-1:333333333333:table/t",
}
STREAM = {
    **TABLE,
    "resources.type": "AWS::DynamoDB::Stream",
    "resources.ARN": TABLE["resources.ARN"] + "/stream/1",
}


def compiled(answer: Any, source: LogSource = DATA) -> Predicate:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return compile_text("aws.event-selectors", text, source)


def basic(*selectors: dict[str, Any]) -> Predicate:
    return compiled({"TrailARN": "arn:aws:cloudtrail:eu-west-1:1:trail/t", "EventSelectors": list(selectors)})


def advanced(*fields: dict[str, Any], source: LogSource = DATA) -> Predicate:
    return compiled({"AdvancedEventSelectors": [{"Name": "n", "FieldSelectors": list(fields)}]}, source)


def category(name: str) -> dict[str, Any]:
    return {"Field": "eventCategory", "Equals": [name]}


def data(kind: str, *values: str, **more: Any) -> dict[str, Any]:
    return {
        "IncludeManagementEvents": False,
        "DataResources": [{"Type": kind, "Values": list(values)}],
        **more,
    }


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"TrailARN": "a", "ResponseMetadata": {}},
        {"EventSelectors": [], "AdvancedEventSelectors": []},
        {"EventSelectors": None, "AdvancedEventSelectors": None},
        {"EventSelectors": [{}]},
        {
            "EventSelectors": [
                {"ReadWriteType": "All", "DataResources": [], "ExcludeManagementEventSources": []}
            ]
        },
    ],
)
def test_by_default_all_management_events_pass_and_no_others(answer: Any) -> None:
    assert compiled(answer) is atom("eventCategory", "=", "Management")


def test_a_trail_without_global_services_may_or_may_not_take_their_events() -> None:
    trail = compile_text(
        "aws.event-selectors",
        json.dumps({"EventSelectors": [], "IncludeGlobalServiceEvents": False}),
        MANAGEMENT,
    )
    including = compile_text(
        "aws.event-selectors",
        json.dumps({"EventSelectors": [], "IncludeGlobalServiceEvents": True}),
        MANAGEMENT,
    )
    sign_in = {**MANAGEMENT_EVENT, "eventSource": "iam.amazonaws.com"}

    assert holds(trail, MANAGEMENT_EVENT) is True
    assert holds(trail, sign_in) is None
    assert holds(including, sign_in) is True


def test_reads_and_writes_of_two_selectors_are_all() -> None:
    predicate = basic({"ReadWriteType": "ReadOnly"}, {"ReadWriteType": "WriteOnly"})
    for access in ("true", "false"):
        assert holds(predicate, {**MANAGEMENT_EVENT, "readOnly": access}) is True


def test_the_access_of_a_selector_counts_for_its_data_events_too() -> None:
    predicate = basic(data("AWS::S3::Object", "arn:aws:s3", ReadWriteType="WriteOnly"))
    assert holds(predicate, OBJECT) is False
    assert holds(predicate, {**OBJECT, "readOnly": "false"}) is True
    assert holds(predicate, MANAGEMENT_EVENT) is False


def test_excluded_event_sources_are_taken_from_management_events_only() -> None:
    predicate = basic({"ExcludeManagementEventSources": ["kms.amazonaws.com", "rdsdata.amazonaws.com"]})
    assert holds(predicate, MANAGEMENT_EVENT) is True
    assert holds(predicate, {**MANAGEMENT_EVENT, "eventSource": "kms.amazonaws.com"}) is False
    assert holds(predicate, {**MANAGEMENT_EVENT, "eventSource": "rdsdata.amazonaws.com"}) is False


def test_excluding_another_event_source_may_or_may_not_work() -> None:
    predicate = basic({"ExcludeManagementEventSources": ["ec2.amazonaws.com"]})
    assert holds(predicate, MANAGEMENT_EVENT) is None
    assert holds(predicate, {**MANAGEMENT_EVENT, "eventSource": "s3.amazonaws.com"}) is True


@pytest.mark.parametrize(
    ("kind", "value", "event", "expected"),
    [
        ("AWS::S3::Object", "arn:aws:s3", OBJECT, True),
        ("AWS::S3::Object", "arn:aws:s3:::", OBJECT, True),
        ("AWS::S3::Object", "arn:aws-us-gov:s3:::", OBJECT, True),
        ("AWS::S3::Object", "arn:aws:s3:::acme/", OBJECT, True),
        ("AWS::S3::Object", "arn:aws:s3:::acme/logs", OBJECT, True),
        ("AWS::S3::Object", "arn:aws:s3:::acme/other", OBJECT, False),
        ("AWS::S3::Object", "arn:aws:s3:::acm/", OBJECT, False),
        ("AWS::S3::Object", "arn:aws:s3:::acme", OBJECT, None),
        ("AWS::S3::Object", "arn:aws:s3:::*/*", OBJECT, None),
        ("AWS::S3::Object", "arn:aws:lambda", OBJECT, None),
        ("AWS::S3::Object", "arn:aws:s3", FUNCTION, False),
        ("AWS::Lambda::Function", "arn:aws:lambda", FUNCTION, True),
        ("AWS::Lambda::Function", FUNCTION["resources.ARN"], FUNCTION, True),
        ("AWS::Lambda::Function", FUNCTION["resources.ARN"][:-1], FUNCTION, False),
        ("AWS::Lambda::Function", "arn:aws:lambda:eu-west-1", FUNCTION, None),
        ("AWS::DynamoDB::Table", "arn:aws:dynamodb", TABLE, True),
        ("AWS::DynamoDB::Table", "arn:aws:dynamodb", STREAM, True),
        ("AWS::DynamoDB::Table", TABLE["resources.ARN"], TABLE, True),
        ("AWS::DynamoDB::Table", TABLE["resources.ARN"], STREAM, None),
        ("AWS::DynamoDB::Table", TABLE["resources.ARN"] + "x", TABLE, False),
        ("AWS::DynamoDB::Table", TABLE["resources.ARN"] + "/index/i", TABLE, None),
        ("AWS::SNS::Topic", "arn:aws:sns", {**OBJECT, "resources.type": "AWS::SNS::Topic"}, None),
        ("AWS::SNS::Topic", "arn:aws:sns", OBJECT, False),
    ],
)
def test_a_data_resource_takes_its_events(kind: str, value: str, event: Event, expected: bool | None) -> None:
    assert holds(basic(data(kind, value)), event) is expected


@pytest.mark.parametrize(
    "selector",
    [
        {"New": 1},
        {"ReadWriteType": "readonly"},
        {"IncludeManagementEvents": "true"},
        {"ExcludeManagementEventSources": "kms.amazonaws.com"},
        {"ExcludeManagementEventSources": [1]},
        {"DataResources": "arn:aws:s3"},
        {"DataResources": ["arn:aws:s3"]},
    ],
)
def test_a_basic_selector_of_an_unknown_form_is_opaque(selector: dict[str, Any]) -> None:
    assert isinstance(basic(selector), Opaque)


@pytest.mark.parametrize(
    "resource",
    [
        {},
        {"Type": 1},
        {"Type": "AWS::S3::Object", "Values": "arn:aws:s3"},
        {"Type": "AWS::S3::Object", "New": 1},
    ],
)
def test_a_data_resource_of_an_unknown_form_may_take_any_data_event(resource: dict[str, Any]) -> None:
    predicate = basic({"DataResources": [resource]})
    assert holds(predicate, OBJECT) is None
    assert holds(predicate, MANAGEMENT_EVENT) is True


def test_without_values_a_data_resource_takes_nothing() -> None:
    assert holds(basic(data("AWS::S3::Object")), OBJECT) is False


def test_the_tables_of_an_advanced_selector_include_their_streams() -> None:
    kind = {"Field": "resources.type", "Equals": ["AWS::DynamoDB::Table"]}
    assert holds(advanced(category("Data"), kind), STREAM) is True
    assert (
        holds(advanced(category("Data"), kind, {"Field": "eventName", "Equals": ["PutItem"]}), STREAM)
        is False
    )
    one = {"Field": "resources.ARN", "Equals": [TABLE["resources.ARN"]]}
    assert holds(advanced(category("Data"), kind, one), TABLE) is True
    assert holds(advanced(category("Data"), kind, one), STREAM) is None


def test_a_negative_operator_says_nothing_of_events_without_the_field() -> None:
    not_mine = {"Field": "userIdentity.arn", "NotStartsWith": ["arn:aws:iam::1"]}
    predicate = advanced(category("Management"), not_mine, source=MANAGEMENT)
    assert holds(predicate, MANAGEMENT_EVENT) is None
    assert holds(predicate, {**MANAGEMENT_EVENT, "userIdentity.arn": "arn:aws:iam::1:user/a"}) is False
    assert holds(predicate, {**MANAGEMENT_EVENT, "userIdentity.arn": "arn:aws:iam::2:user/a"}) is True


def test_network_events_are_taken_by_source_and_error() -> None:
    denied = {"Field": "errorCode", "Equals": ["VpceAccessDenied"]}
    from_ec2 = {"Field": "eventSource", "Equals": ["ec2.amazonaws.com"]}
    predicate = advanced(category("NetworkActivity"), from_ec2, denied, source=NETWORK)
    event = {**MANAGEMENT_EVENT, "eventCategory": "NetworkActivity"}
    assert holds(predicate, {**event, "errorCode": "VpceAccessDenied"}) is True
    assert holds(predicate, event) is False


@pytest.mark.parametrize(
    "field",
    [
        {},
        {"Field": "eventCategory"},
        {"Field": "eventName", "Equals": []},
        {"Field": "eventName", "Contains": ["a"]},
        {"Field": "eventName", "Equals": "a"},
        {"Field": "eventName", "Equals": [1]},
        {"Field": "recipientAccountId", "Equals": ["1"]},
        {"Field": "readOnly", "Equals": ["True"]},
        {"Field": "readOnly", "NotEquals": ["true"]},
        {"Field": "resources.type", "StartsWith": ["AWS::"]},
    ],
)
def test_a_field_selector_of_an_unknown_form_makes_its_selector_uncertain(field: dict[str, Any]) -> None:
    predicate = advanced(category("Data"), field)
    assert holds(predicate, OBJECT) is None
    assert holds(predicate, MANAGEMENT_EVENT) is False


@pytest.mark.parametrize(
    "selector",
    [
        {},
        {"Name": "n"},
        {"FieldSelectors": []},
        {"FieldSelectors": "x"},
        {"FieldSelectors": [category("Data")], "New": 1},
    ],
)
def test_an_advanced_selector_of_an_unknown_form_is_opaque(selector: dict[str, Any]) -> None:
    assert isinstance(compiled({"AdvancedEventSelectors": [selector]}), Opaque)


def test_a_selector_without_a_category_is_uncertain() -> None:
    predicate = advanced({"Field": "eventName", "Equals": ["GetObject"]})
    assert holds(predicate, OBJECT) is None
    assert holds(predicate, {**OBJECT, "eventName": "PutObject"}) is False


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "[]",
        '{"EventSelectors": [], "EventSelectors": []}',
        {"EventSelectors": {}},
        {"EventSelectors": [1]},
        {"AdvancedEventSelectors": "x"},
        {"Selectors": []},
        {"EventSelectors": [{}], "AdvancedEventSelectors": [{"FieldSelectors": [category("Data")]}]},
    ],
)
def test_an_answer_of_an_unknown_form_is_opaque(answer: Any) -> None:
    assert isinstance(compiled(answer), Opaque)


# --- Against a second reading of "How CloudTrail evaluates multiple conditions for a field" ----------------

VALUES = ("a", "ab", "b", "ba", "")
NAMES = ("eventName", "eventSource", "resources.ARN", "userIdentity.arn", "eventType")
OPERATORS = ("Equals", "StartsWith", "EndsWith", "NotEquals", "NotStartsWith", "NotEndsWith")


def matches(selectors: list[dict[str, Any]], event: Event) -> bool:
    return any(all(field_matches(one, event) for one in selector["FieldSelectors"]) for selector in selectors)


def field_matches(selector: dict[str, Any], event: Event) -> bool:
    have = event.get(selector["Field"])
    tests = {
        "Equals": lambda value: have == value,
        "StartsWith": lambda value: have is not None and have.startswith(value),
        "EndsWith": lambda value: have is not None and have.endswith(value),
    }
    selected = [tests[op](value) for op in tests for value in selector.get(op, [])]
    deselected = [tests[op](value) for op in tests for value in selector.get(f"Not{op}", [])]
    return (not selected or any(selected)) and not any(deselected)


field_selectors = st.builds(
    lambda name, operators: {"Field": name, **operators},
    st.sampled_from(NAMES),
    st.dictionaries(
        st.sampled_from(OPERATORS),
        st.lists(st.sampled_from(VALUES), min_size=1, max_size=2),
        min_size=1,
        max_size=3,
    ),
)
selectors = st.lists(
    st.builds(
        lambda kind, access, fields: {
            "FieldSelectors": [
                category(kind),
                *([{"Field": "readOnly", "Equals": access}] if access else []),
                *fields,
            ]
        },
        st.sampled_from(("Management", "Data")),
        st.sampled_from(([], ["true"], ["false"], ["true", "false"])),
        st.lists(field_selectors, max_size=3),
    ),
    min_size=1,
    max_size=3,
)
events = st.fixed_dictionaries(
    {
        "eventCategory": st.sampled_from(("Management", "Data")),
        "readOnly": st.sampled_from(("true", "false")),
        **dict.fromkeys(("eventName", "eventSource", "eventType"), st.sampled_from(VALUES)),
    },
    optional=dict.fromkeys(("resources.ARN", "userIdentity.arn"), st.sampled_from(VALUES)),
)


@settings(max_examples=150, deadline=None)
@given(selectors, st.lists(events, min_size=1, max_size=8))
def test_advanced_selectors_take_what_the_documentation_says(
    chosen: list[dict[str, Any]], found: list[Record]
) -> None:
    predicate = compiled({"AdvancedEventSelectors": chosen})
    for event in found:
        said = holds(predicate, event)
        assert said in {None, matches(chosen, event)}  # type: ignore[arg-type]
        if {"resources.ARN", "userIdentity.arn"} <= event.keys():
            assert said is not None
