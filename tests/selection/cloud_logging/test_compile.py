"""The compiled predicate against a second reading of the language, and case by case."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.inventory.rows import LogSource
from logcov.selection.cloud_logging import compile_logging
from logcov.selection.predicate import FALSE, TRUE, Opaque, Sampled, atom, holds, leaves, present
from query_strategies import (
    AUDIT_PATHS,
    FLOW_PATHS,
    OPERATORS,
    PATTERNS,
    TEXTS,
    audit_entries,
    flow_entries,
    queries,
    quoted,
    write,
)
from reference_query import Query, evaluate, flat
from selection_rows import AUDIT, AUDIT_LOG, FLOWS


@settings(max_examples=150, deadline=None)
@given(queries(AUDIT_PATHS), st.lists(audit_entries, min_size=1, max_size=6), st.data())
def test_a_compiled_query_says_of_audit_entries_what_the_language_says(
    query: Query, found: list[dict[str, Any]], pick: st.DataObject
) -> None:
    agree(query, found, pick, AUDIT)


@settings(max_examples=150, deadline=None)
@given(queries(FLOW_PATHS), st.lists(flow_entries, min_size=1, max_size=6), st.data())
def test_a_compiled_query_says_of_other_entries_what_the_language_says(
    query: Query, found: list[dict[str, Any]], pick: st.DataObject
) -> None:
    agree(query, found, pick, FLOWS)


def agree(query: Query, found: list[dict[str, Any]], pick: st.DataObject, source: LogSource) -> None:
    text = write(query, pick)
    predicate = compile_logging(text, source)
    assert not any(
        isinstance(leaf, Opaque) and "cannot be read" in leaf.because for leaf in leaves(predicate)
    ), text
    for entry in found:
        expected, said = evaluate(query, entry), holds(predicate, flat(entry))
        assert None in (expected, said) or expected == said, (text, entry)


def base(payload: str) -> dict[str, Any]:
    return {
        "logName": "projects/acme/logs/cloudaudit.googleapis.com%2Factivity",
        "insertId": "a",
        "resource": {"type": "ab"},
        payload: {"@type": AUDIT_LOG} if payload == "protoPayload" else {},
    }


def with_value(entry: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The entry with a value at the path; a `many` in the path, and what stands in a list there, is a list."""
    if not path:
        return value
    first, *rest = path
    if first in {"authorizationInfo", "bindingDeltas"} and rest:
        members = value if isinstance(value, list) else [value]
        return {**entry, first: [with_value({}, tuple(rest), one) for one in members]}
    return {**entry, first: with_value(entry.get(first, {}), tuple(rest), value)}


ABSENT = object()
STRINGS = ("", "a", "A", "Ab", "xaby", "Straße", "5", "404", "true", "ERROR", "x.y", "b\nb")
VALUES_AT: dict[tuple[str, ...], tuple[Any, ...]] = {
    ("severity",): (ABSENT, "DEFAULT", "INFO", "WARNING", "ERROR", "EMERGENCY"),
    ("traceSampled",): (ABSENT, True, False),
    ("operation", "first"): (ABSENT, True, False),
    ("httpRequest", "status"): (ABSENT, 0, 5, 404),
    ("protoPayload", "status", "code"): (ABSENT, 0, 5, 404),
    ("protoPayload", "numResponseItems"): (ABSENT, 0, 5, 404),
    ("jsonPayload", "bytes"): (ABSENT, 0, 5, 404),
    ("protoPayload", "authorizationInfo", "granted"): (ABSENT, [True], [False], [True, False]),
    ("protoPayload", "authorizationInfo", "permission"): (ABSENT, *([one] for one in STRINGS), ["a", "b"]),
    ("protoPayload", "serviceData", "policyDelta", "bindingDeltas", "role"): (ABSENT, ["a"], ["a", "b"]),
    ("protoPayload", "serviceData", "policyDelta", "bindingDeltas"): (ABSENT, [{"role": "a"}], [{}]),
    ("protoPayload", "@type"): (AUDIT_LOG,),
    ("logName",): ("projects/acme/logs/cloudaudit.googleapis.com%2Factivity", "folders/7/logs/stdout"),
    ("insertId",): STRINGS[1:],
    ("resource", "type"): STRINGS,
    ("textPayload",): (ABSENT,),
}
OPEN = (("request", "Name"), ("request", "many"), ("a",), ("A",), ("many",), ("in", "x"))
ANYTHING = (
    ABSENT,
    *STRINGS,
    5,
    5.5,
    404,
    -1,
    True,
    False,
    ["a"],
    ["a", "b"],
    [5, 6],
    ["5", "a"],
    [True, False],
)


@pytest.mark.parametrize(
    ("source", "payload", "path"),
    [
        *((AUDIT, "protoPayload", one) for one in AUDIT_PATHS),
        *((FLOWS, "jsonPayload", one) for one in FLOW_PATHS),
    ],
    ids=lambda one: ".".join(one) if isinstance(one, tuple) else "",
)
def test_each_comparison_agrees_on_each_kind_of_value(
    source: LogSource, payload: str, path: tuple[str, ...]
) -> None:
    at = ANYTHING if path[1:] in OPEN and path[0] == payload else VALUES_AT.get(path, (ABSENT, *STRINGS))
    if path[0].endswith("Payload") and path[0] != payload:
        at = (ABSENT,)
    entries = [base(payload) if value is ABSENT else with_value(base(payload), path, value) for value in at]
    values = (*TEXTS, "404", "1e2", "nan", "HIGH", "info", "logs", "projects/acme/logs/", AUDIT_LOG)
    spelled = ".".join(f'"{one}"' if "." in one else one for one in path)
    for op in OPERATORS:
        for value in PATTERNS if "~" in op else ("",) if op == ":*" else values:
            text = (
                f"{spelled}:*"
                if op == ":*"
                else f"{spelled} {op} " + (f'"{value}"' if "~" in op else quoted(value))
            )
            predicate = compile_logging(text, source)
            for entry in entries:
                expected, said = evaluate(("compare", path, op, value), entry), holds(predicate, flat(entry))
                assert None in (expected, said) or expected == said, (text, entry)


def test_most_comparisons_are_decided() -> None:
    """The agreement above would mean little if the answer were mostly that nobody knows."""
    entry = {
        "logName": "projects/acme/logs/cloudaudit.googleapis.com%2Factivity",
        "severity": "INFO",
        "insertId": "a",
        "resource": {"type": "ab"},
        "labels": {"k": "a"},
        "protoPayload": {"@type": AUDIT_LOG, "serviceName": "ab", "status": {"code": 5}},
    }
    told = [
        holds(compile_logging(f'{".".join(p)} {op} "{value}"', AUDIT), flat(entry))
        for p, op, value in product(
            [one for one in AUDIT_PATHS if one != ("labels", "a.b")],
            ("=", "!=", ":", "=~", "!~"),
            ("ab", "ERROR", "5"),
        )
    ]
    assert sum(one is not None for one in told) > 0.75 * len(told)


def compiled(text: str, source: LogSource = AUDIT) -> Any:
    return compile_logging(text, source)


def folded(field: str, op: str, value: str) -> Any:
    return atom(field, op, value, "fold")


@pytest.mark.parametrize("blank", ["", " ", "\n\t\r\n"])
def test_a_blank_filter_lets_everything_pass(blank: str) -> None:
    assert compiled(blank) is TRUE


def test_or_binds_tighter_than_and_and_not_tighter_than_both() -> None:
    assert compiled("trace=a OR NOT trace=b AND NOT trace=c OR trace=d") is compiled(
        "((trace=a) OR (NOT (trace=b))) AND ((NOT (trace=c)) OR (trace=d))"
    )


def test_a_minus_sign_is_not_and_a_blank_is_and() -> None:
    assert compiled('-trace="a" -(spanId=b)trace=c') is compiled("NOT trace=a AND NOT spanId=b AND trace=c")


@pytest.mark.parametrize(
    ("grouped", "spread"),
    [
        ("severity=(ERROR OR ALERT)", "severity=ERROR OR severity=ALERT"),
        ("trace:(a AND b c)", "trace:a AND trace:b AND trace:c"),
        ("trace=(a OR (b NOT c))", "trace=a OR (trace=b AND NOT trace=c)"),
        ("trace!=(a OR -b)", "trace!=a OR NOT trace!=b"),
        ("httpRequest.status=(-1 OR 2)", "httpRequest.status=-1 OR httpRequest.status=2"),
        ('logName=~("^a" OR "b$")', 'logName=~"^a" OR logName=~"b$"'),
    ],
)
def test_a_group_gives_field_and_operator_to_each_of_its_values(grouped: str, spread: str) -> None:
    assert compiled(grouped) is compiled(spread)


def test_not_equal_asks_for_presence_and_not_of_equal_does_not() -> None:
    assert compiled('protoPayload.methodName!="x"') is compiled(
        'protoPayload.methodName:* AND NOT protoPayload.methodName="x"'
    )
    assert holds(compiled('protoPayload.methodName!="x"'), {}) is False
    assert holds(compiled('NOT protoPayload.methodName="x"'), {}) is True


def test_severities_are_ordered_by_number_and_their_names_are_read_in_any_case() -> None:
    assert compiled("severity>=critical") is compiled("severity=(CRITICAL OR ALERT OR EMERGENCY)")
    assert compiled("severity>=DEFAULT") is TRUE
    assert compiled("severity<DEFAULT") is FALSE
    assert compiled("severity=HIGH") is FALSE
    assert compiled("severity!=HIGH") is FALSE
    assert holds(compiled("severity<INFO"), {}) is True


def test_log_id_is_the_whole_escaped_log_id_in_any_case() -> None:
    expected = folded("logName", "suffix", "/logs/cloudaudit.googleapis.com%2Factivity")
    assert compiled('log_id("cloudaudit.googleapis.com/activity")') is expected
    assert compiled('LOG_ID("cloudaudit.googleapis.com/activity")') is expected
    assert compiled("log_id(stdout)") is folded("logName", "suffix", "/logs/stdout")


def test_source_is_the_container_and_a_project_number_could_be_any() -> None:
    assert compiled('source("projects/acme")') is folded("logName", "prefix", "projects/acme/logs/")
    assert compiled("SOURCE(organizations/123)") is folded("logName", "prefix", "organizations/123/logs/")
    assert compiled("source(folders/77)") is folded("logName", "prefix", "folders/77/logs/")
    assert compiled("source(billingAccounts/0A-1B)") is folded(
        "logName", "prefix", "billingAccounts/0A-1B/logs/"
    )


@pytest.mark.parametrize(
    "text",
    [
        'protoPayload.serviceName="x"',
        'protoPayload."serviceName"="x"',
        'protopayload.servicename = "x"',
        "proto_payload.service_name=x",
        "PROTOPAYLOAD.SERVICENAME=X",
    ],
)
def test_names_of_protocol_buffer_fields_are_read_in_any_spelling(text: str) -> None:
    wanted = atom("protoPayload.serviceName", "=", "X" if "X" in text else "x", "fold")
    assert compiled(text) is wanted


def test_keys_of_labels_and_payloads_are_read_as_written() -> None:
    assert compiled("labels.envName=x") is not compiled("labels.env_name=x")
    assert compiled("jsonPayload.A:b", FLOWS) is not compiled("jsonPayload.a:b", FLOWS)
    assert compiled("protoPayload.request.A=b") is not compiled("protoPayload.request.a=b")
    data = "protoPayload.serviceData"
    assert compiled(f"{data}.Some_thing:*") is compiled(f"{data}.something:*") is present(f"{data}.something")


def test_labels_with_dots_keep_their_quotes() -> None:
    assert compiled('labels."compute.googleapis.com/name"=x') is folded(
        'labels."compute.googleapis.com/name"', "=", "x"
    )


@pytest.mark.parametrize("at", ["@type", '"@type"'])
def test_the_type_of_the_payload_is_a_field_like_others(at: str) -> None:
    assert compiled(f'protoPayload.{at}="{AUDIT_LOG}"') is folded("protoPayload.@type", "=", AUDIT_LOG)
    assert compiled(f'protoPayload.metadata.{at}:"{AUDIT_LOG}"') is folded(
        "protoPayload.metadata.@type", "contains", AUDIT_LOG
    )


def test_live_filters_hold_unquoted_dots_slashes_and_percent_signs() -> None:
    assert compiled("logName: /logs/cloudaudit.googleapis.com%2Factivity") is folded(
        "logName", "contains", "/logs/cloudaudit.googleapis.com%2Factivity"
    )
    assert compiled("logName:cloudaudit.googleapis.com") is folded(
        "logName", "contains", "cloudaudit.googleapis.com"
    )


def test_an_audit_record_has_no_json_payload_and_a_proto_payload() -> None:
    assert compiled('jsonPayload.x!="a"') is FALSE
    assert compiled('NOT jsonPayload.x="a"') is TRUE
    assert compiled("ip_in_net(jsonPayload.ip, 10.0.0.0/8)") is FALSE
    assert compiled("sample(jsonPayload.ip, 0.5)") is FALSE
    assert compiled("protoPayload:*") is TRUE
    assert compiled("jsonPayload:*") is FALSE
    assert compiled("textPayload:*") is FALSE
    assert compiled("textPayload:robot") is FALSE
    assert compiled('textPayload=""') is not FALSE


def test_fields_that_are_in_every_entry_are_present() -> None:
    for name in ("logName", "insertId", "timestamp", "receiveTimestamp", "resource.type"):
        assert compiled(f"{name}:*") is TRUE
    assert compiled("trace:*") is present("trace")


def test_a_filter_for_a_message_finds_it_by_the_fields_inside() -> None:
    deltas = "protoPayload.serviceData.policyDelta.bindingDeltas"
    assert holds(compiled(f"{deltas}:*"), {f"{deltas}.role": "roles/owner"}) is True
    assert holds(compiled(f"{deltas}:*"), {}) is False
    assert holds(compiled("protoPayload.status:*"), {"protoPayload.status.code": "7"}) is True
    assert holds(compiled("protoPayload.status:*"), {}) is None


def test_a_simple_pattern_is_a_case_sensitive_comparison() -> None:
    name = "protoPayload.methodName"
    assert compiled(rf'{name}=~"^storage\.buckets"') is atom(name, "prefix", "storage.buckets")
    assert compiled(rf'{name}=~"\.get$"') is atom(name, "suffix", ".get")
    assert compiled(f'{name}=~"^get$"') is atom(name, "=", "get")
    assert compiled(f'{name}=~".*get.*"') is atom(name, "contains", "get")


def test_sampling_by_insert_id_is_a_share_of_all_entries() -> None:
    (leaf,) = leaves(compiled("sample(insertId, 0.010)"))
    assert isinstance(leaf, Sampled)
    assert leaf.rate == "0.01"
    assert compiled("sample(insertId, 1)") is TRUE
    assert compiled("sample(insertId, 1.0)") is TRUE
    assert compiled("sample(labels.k, 1)") is present("labels.k")
    assert holds(compiled("sample(resource.labels.zone, 1)"), {}) is None


def unknown(text: str, source: LogSource = AUDIT) -> str:
    """Why a filter that is one opaque part, if the field is there, is opaque."""
    found = [leaf.because for leaf in leaves(compiled(text, source)) if isinstance(leaf, Opaque)]
    assert found, text
    return found[0]


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("unicorn", "every field"),
        ('trace="a" OR "b"', "every field"),
        ("a and b", "every field"),
        ('search("x")', "not followed"),
        ('cast(timestamp, STRING, TIMEZONE("UTC")) =~ "^2023"', "not followed"),
        ('regexp_extract(cast(timestamp, STRING), "(a)") = ("b" OR "c")', "not followed"),
        ("noSuchFunction(1)", "no such function"),
        ("log_id()", "no such function"),
        ("log_id(a, b)", "no such function"),
        ('log_id("a%2Fb")', "none that logcov can follow"),
        ("log_id('a')", "none that logcov can follow"),
        ("log_id(f(x))", "none that logcov can follow"),
        ('log_id("${log}")', "none that logcov can follow"),
        ("source(projects/123)", "names no organisation"),
        ("source(folders/acme)", "names no organisation"),
        ("source(folders/1 2)", "names no organisation"),
        ("sample(insertId, 2)", "none that logcov can follow"),
        ("sample(insertId, 0)", "none that logcov can follow"),
        ("sample(insertId, x)", "none that logcov can follow"),
        ("sample(severity, 0.5)", "none that logcov can follow"),
        ("sample(thud, 0.5)", "none that logcov can follow"),
        ("sample(, 0.5)", "none that logcov can follow"),
        ("sample(trace, 0.5)", "how many different values"),
        ("ip_in_net(thud, 10.0.0.0/8)", "none that logcov can follow"),
        ("ip_in_net(httpRequest.remoteIp, 10.0.0.0/8)", "networks"),
        ("thud=a", "no field of a log entry"),
        ("operation.thud=a", "no field of a log entry"),
        ("textPayload.thud=a", "no field of a log entry"),
        ("labels.a.b=c", "no field of a log entry"),
        ("metadata.userLabels.a=c", "no field of a log entry"),
        ("labels.compute.googleapis.com/name=c", "no field of a log entry"),
        ('"trace"."x"=c', "no field of a log entry"),
        ("trace='a'", "single quotes"),
        ("labels.'a'=b", "no field of a log entry"),
        ('trace="%s"', "placeholder"),
        ('logName="projects/${project}/logs/x"', "placeholder"),
        ("trace=NULL_VALUE", "null"),
        ("trace=*", "stands for any"),
        ('trace:"a*"', "stands for any"),
        ('trace="a\\qb"', "escape"),
        ('trace="\\UFFFFFFFF"', "escape"),
        ('trace<"a"', "order of text"),
        ('timestamp>="2026-01-01"', "times"),
        ('httpRequest.latency>"1s"', "times"),
        ("traceSampled<true", "equality"),
        ("httpRequest.status:4", "is a number"),
        ("httpRequest.status=1e2", "number"),
        ("httpRequest.status=99999999999999999999", "number"),
        ("severity:ERR", "whole name"),
        ("severity>=500", "whole name"),
        ('severity=~"ERR"', "pattern"),
        ("severity:*", "DEFAULT"),
        ('trace=~"a[b-d]"', "more than a literal"),
        ('trace=~"a(?=b)"', "no regular expression"),
        ('trace=~"a.b"', "more than a literal"),
        ("trace=~abc", "quotation marks"),
        ("httpRequest=x", "holds fields"),
        ("protoPayload.authenticationInfo:x", "holds fields"),
        ("labels:*", "holds fields"),
        ('logName:"cloudaudit.googleapis.com/activity"', "%2F"),
        ('logName="projects/acme/logs/cloudaudit.googleapis.com/activity"', "%2F"),
        ('textPayload!="a"', "textPayload"),
        ('resource.labels.zone!="a"', "may be missing"),
        ("-- nothing but a remark", "comments"),
    ],
)
def test_what_cannot_be_told_is_opaque_and_says_why(text: str, because: str) -> None:
    assert because in unknown(text)


@pytest.mark.parametrize(
    "text",
    [
        '"never closed',
        "trace='never closed",
        "(trace=a",
        "trace=a)",
        "trace=",
        "=a",
        "trace=a AND",
        "OR trace=a",
        "NOT",
        "AND",
        "trace=AND",
        "trace==a",
        "trace=a=b",
        "trace=abc:def",
        "trace=(a=b)",
        'foo"bar"',
        'trace="a"b',
        "trace=a(b)",
        "log_id(a",
        "log_id(a)=b",
        '"log_id"(a)',
        "trace=-abc",
        "- trace=a",
        "trace=a, b",
        "!trace",
        "trace=a--b",
        "trace=“a”",
        "trace=a\u00a0b",
        "trace=\u0000",
        "x" * 20_001,
        "(" * 101 + "trace=a" + ")" * 101,
        "trace=" + "(" * 101 + "a" + ")" * 101,
    ],
)
def test_what_is_no_query_is_opaque_as_a_whole(text: str) -> None:
    predicate = compiled(text)
    assert isinstance(predicate, Opaque)
    assert "cannot be read" in predicate.because


def test_brackets_may_be_a_hundred_deep() -> None:
    assert compiled("(" * 100 + "trace=a" + ")" * 100) is compiled("trace=a")
    deep = "trace=a"
    for level in range(100):
        deep = f"(spanId=s{level} AND trace=t{level} OR NOT {deep})"
    assert not isinstance(compiled(deep), Opaque)


def test_escapes_in_strings_are_taken_out() -> None:
    assert compiled(r'trace="\x41\u0042\U00000043\104\t\"\\"') is folded("trace", "=", 'ABCD\t"\\')


def test_a_log_name_that_starts_with_a_slash_is_never_equal() -> None:
    predicate = compiled('logName="/projects/acme/logs/stdout"')
    assert holds(predicate, {"logName": "projects/acme/logs/stdout"}) is False


@pytest.mark.parametrize(
    "part",
    [
        "jects/acme",
        "/logs/stdout",
        "logs/",
        "acme/logs/std",
        "projects/",
        "s/1",
    ],
)
def test_any_part_of_a_log_name_is_compared(part: str) -> None:
    assert compiled(f'logName:"{part}"') is folded("logName", "contains", part)


@pytest.mark.parametrize("part", ["projects/acme/logs/", "FOLDERS/7/LOGS/x", "billingAccounts/1/logs/"])
def test_what_begins_like_a_log_name_and_has_all_its_slashes_stands_at_its_beginning(part: str) -> None:
    assert compiled(f'logName:"{part}"') is folded("logName", "prefix", part)


def test_a_log_name_never_holds_the_number_of_a_project() -> None:
    for value in ("projects/123/logs/stdout", "projects/123/"):
        assert compiled(f'logName:"{value}"') is FALSE
    assert compiled('logName="projects/123/logs/stdout"') is FALSE
    assert compiled('logName!="projects/123/logs/stdout"') is TRUE
    assert compiled('logName:"projects/123"') is folded("logName", "contains", "projects/123")
    assert compiled('logName:"folders/123/"') is folded("logName", "contains", "folders/123/")


def test_of_an_address_it_is_certain_whether_it_is_in_a_network() -> None:
    name = "httpRequest.remoteIp"
    for network, inside, outside in (
        ("10.0.0.0/8", "10.0.0.1", "203.0.113.1"),
        ("203.0.113.0/24", "203.0.113.1", "10.0.0.1"),
        ("10.1.2.3/32", "10.1.2.3", "203.0.113.1"),
        ("10.1.2.3", "10.1.2.3", "10.0.0.1"),
        ("2001:db8::/32", "2001:db8::1", "fd00::1"),
    ):
        predicate = compiled(f'ip_in_net({name}, "{network}")', FLOWS)
        assert holds(predicate, {name: inside}) is True
        assert holds(predicate, {name: outside}) is False
        assert holds(predicate, {name: "10.77.0.1"}) is None
        assert holds(predicate, {}) is False


@pytest.mark.parametrize("network", ["x", "10.0.0.0/99", "'10.0.0.0/8'", "a/b/c"])
def test_of_what_is_no_network_nothing_is_certain_but_absence(network: str) -> None:
    predicate = compiled(f"ip_in_net(httpRequest.remoteIp, {network})")
    assert holds(predicate, {"httpRequest.remoteIp": "10.0.0.1"}) is None
    assert holds(predicate, {}) is False


def test_a_repeated_field_may_hold_other_addresses() -> None:
    predicate = compiled("ip_in_net(protoPayload.authorizationInfo.permission, 10.0.0.0/8)")
    assert holds(predicate, {"protoPayload.authorizationInfo.permission": "203.0.113.1"}) is None


def test_of_other_logs_the_payload_may_be_of_any_kind() -> None:
    assert holds(compiled("protoPayload:*", FLOWS), {}) is None
    assert holds(compiled("jsonPayload:*", FLOWS), {"jsonPayload.bytes": "1"}) is True
    assert holds(compiled("jsonPayload:*", FLOWS), {}) is None
    assert compiled("jsonPayload.bytes>=5", FLOWS) is atom("jsonPayload.bytes", ">=", "5", "number")
    assert compiled("jsonPayload.bytes=x", FLOWS) is FALSE
    assert compiled("traceSampled=maybe", FLOWS) is FALSE
