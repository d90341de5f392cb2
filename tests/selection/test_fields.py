"""Conditions on record fields, and what fields can hold."""

import json

import pytest

from logcov.selection import compile_text, condition
from logcov.selection.fields import RecordFields, find, kind_of
from logcov.selection.predicate import FALSE, TRUE, Opaque, all_of, any_of, atom, holds, present
from selection_rows import AUDIT, DATA, FLOW_RECORDS, FLOWS, MANAGEMENT


def test_keys_are_and_ed_and_values_or_ed() -> None:
    assert condition({"eventSource": ("a", "b"), "readOnly": ("true",)}, MANAGEMENT) is all_of(
        any_of(atom("eventSource", "=", "a"), atom("eventSource", "=", "b")), atom("readOnly", "=", "true")
    )


def test_no_keys_ask_for_nothing_and_no_values_fit_nothing() -> None:
    assert condition({}, MANAGEMENT) is TRUE
    assert condition({"eventSource": ()}, MANAGEMENT) is FALSE


def test_stars_are_any_run_and_a_star_alone_asks_for_presence() -> None:
    assert condition({"errorCode": ("*UnauthorizedOperation", "AccessDenied*")}, MANAGEMENT) is any_of(
        atom("errorCode", "suffix", "UnauthorizedOperation"), atom("errorCode", "prefix", "AccessDenied")
    )
    assert condition({"errorCode": ("*",)}, MANAGEMENT) is present("errorCode")
    assert holds(condition({"errorCode": ("*",)}, MANAGEMENT), {}) is False


def test_aliases_are_resolved() -> None:
    assert condition({"resource_type": ("AWS::S3::Object",)}, DATA) is atom(
        "resources.type", "=", "AWS::S3::Object"
    )
    assert condition({"service": ("k8s.io",)}, AUDIT) is atom(
        "protoPayload.serviceName", "=", "k8s.io", "fold"
    )


def test_fields_of_audit_records_are_found_in_any_spelling() -> None:
    assert find("protopayload.method_name", AUDIT) == find("protoPayload.methodName", AUDIT)
    assert find("protoPayload.request.Some_Key", AUDIT) == ("protoPayload.request.Some_Key", None)
    assert find("severity", FLOWS)[1] is not None
    assert find("thud", AUDIT) == ("thud", None)
    assert find("trace'", AUDIT) == ("trace'", None)
    assert find("no such field", MANAGEMENT) == ("no such field", None)


def test_values_are_compared_as_the_row_says() -> None:
    assert kind_of(None) == "text"
    assert condition({"protoPayload.status.code": ("7",)}, AUDIT) is atom(
        "protoPayload.status.code", "=", "7", "number"
    )
    assert condition({"protoPayload.status.code": ("*",)}, AUDIT) is present("protoPayload.status.code")
    assert condition({"protoPayload.status.code": ("1*",)}, AUDIT) is atom(
        "protoPayload.status.code", "prefix", "1"
    )


def test_the_dialect_says_the_same_as_a_policy() -> None:
    text = json.dumps({"readOnly": True, "eventSource": ["a", "b*"], "n": 5, "f": 1.5})
    only = {"readOnly": ("true",), "eventSource": ("a", "b*"), "n": ("5",), "f": ("1.5",)}
    assert compile_text("fields", text, MANAGEMENT) is condition(only, MANAGEMENT)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"a": null}', '{"a": [["b"]]}', '{"a": {"b": 1}}', '{"a": 1, "a": 2}']
)
def test_what_is_no_condition_is_opaque(text: str) -> None:
    assert isinstance(compile_text("fields", text, MANAGEMENT), Opaque)


def test_the_row_says_what_a_field_holds() -> None:
    fields = RecordFields(AUDIT)
    assert fields == {field.name: field for field in AUDIT.fields}
    assert len(fields) == len(AUDIT.fields)
    assert fields["severity"] is next(field for field in AUDIT.fields if field.name == "severity")


def test_of_other_fields_the_provider_does() -> None:
    fields = RecordFields(FLOWS)
    assert fields["httpRequest.status"].kind == "number"
    assert fields["traceSampled"].values == ("true", "false")
    assert not fields["resource.labels.zone"].repeated
    assert fields["trace"].optional
    assert not fields["receiveTimestamp"].optional
    assert "jsonPayload.message" not in fields
    assert "labels" not in fields
    assert "thud" not in fields
    assert RecordFields(AUDIT)["protoPayload.authorizationInfo.granted"].repeated


def test_cloudtrail_documents_the_fields_of_its_selectors() -> None:
    fields = RecordFields(MANAGEMENT)
    assert fields["sessionCredentialFromConsole"].values == ("true", "false")
    assert not fields["eventType"].optional
    assert fields["resources.ARN"].repeated
    assert "requestParameters.x" not in fields
    assert "eventType" not in RecordFields(FLOW_RECORDS)
