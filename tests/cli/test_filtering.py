"""`logcov filter`: a verdict for every text, and never a refusal of one."""

import json

import pytest

from cli.running import process, written
from logcov.catalogue import SOURCES

GCP = [source.id for source in SOURCES if source.provider == "gcp"]
BASIC = {
    "EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": []}]
}
ADVANCED = {
    "AdvancedEventSelectors": [
        {
            "FieldSelectors": [
                {"Field": "eventCategory", "Equals": ["Data"]},
                {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
            ]
        }
    ]
}


def _results(ran) -> list[dict]:
    assert ran.code == 0
    assert "Traceback" not in ran.err
    content = json.loads(ran.out)
    assert content.keys() == {"results"}
    for one in content["results"]:
        assert one.keys() >= {"source", "dimensions", "verdict", "witness"}
        assert one["verdict"] in {"ALL", "SOME", "NONE", "UNKNOWN"}
    return content["results"]


def _gcp(logcov, *arguments: str) -> dict[str, dict]:
    found = _results(logcov("filter", "gcp", *arguments, "--format", "json"))
    assert [one["source"] for one in found] == GCP
    assert all(one["dimensions"] == {} for one in found)
    return {one["source"]: one for one in found}


def _verdicts(found: dict[str, dict]) -> set[str]:
    return {one["verdict"] for one in found.values()}


def test_an_empty_filter_lets_all_through(logcov):
    assert _verdicts(_gcp(logcov, "--filter", "")) == {"ALL"}
    assert _verdicts(_gcp(logcov, "--filter=")) == {"ALL"}


def test_a_filter_on_a_log_lets_that_log_through(logcov):
    found = _gcp(logcov, "--filter", 'log_id("cloudaudit.googleapis.com/activity")')

    assert found["gcp.audit.activity"]["verdict"] == "ALL"
    assert found["gcp.audit.data_access"]["verdict"] == "NONE"


def test_some_comes_with_a_record_that_is_lost(logcov):
    found = _gcp(logcov, "--filter", 'protoPayload.serviceName!="kms.googleapis.com"')

    one = found["gcp.audit.activity"]
    assert one["verdict"] == "SOME"
    assert one["witness"]["protoPayload.serviceName"] == "kms.googleapis.com"


def test_exclusions_take_away_each(logcov):
    found = _gcp(
        logcov,
        "--filter",
        "",
        "--exclude",
        'protoPayload.serviceName="a"',
        "--exclude",
        'log_id("cloudaudit.googleapis.com/policy")',
    )

    assert found["gcp.audit.activity"]["verdict"] == "SOME"
    assert found["gcp.audit.policy"]["verdict"] == "NONE"


def test_the_scope_says_whose_records_are_meant(logcov):
    text = 'logName:"projects/acme-prod/logs/"'

    assert _verdicts(_gcp(logcov, "--filter", text, "--scope", "projects/acme-prod")) == {"ALL"}
    assert _verdicts(_gcp(logcov, "--filter", text, "--scope", "gcp:projects/acme-test")) == {"NONE"}


def test_a_scope_that_is_no_place_of_logs_is_a_usage_error(logcov):
    ran = logcov("filter", "gcp", "--filter", "", "--scope", "acme")

    assert ran.code == 2
    assert "'acme' is no place that writes log entries" in ran.err


@pytest.mark.parametrize(
    "text",
    [
        "-severity=INFO",
        "--",
        "--filter",
        "-",
        'logName:"a"\nseverity>=ERROR\n\n-- a comment\n',
        "(((",
        "a=",
        'x="unended',
        "\udcff\x01\u2028",
        "🙈" * 50,
        "(" * 3000 + "a=b" + ")" * 3000,
        "a=b OR " * 2000 + "a=b",
    ],
)
def test_any_text_gets_an_answer(logcov, text):
    _gcp(logcov, "--filter", text)
    _gcp(logcov, "--filter", "", "--exclude", text)
    assert logcov("filter", "gcp", "--filter", text).code == 0


def test_what_does_not_parse_is_unknown_and_says_why(logcov):
    found = _gcp(logcov, "--filter", "(((")

    assert _verdicts(found) == {"UNKNOWN"}
    assert all(one["because"] for one in found.values())


def test_the_table_shows_a_row_per_log_source(logcov):
    ran = logcov("filter", "gcp", "--filter", 'log_id("cloudaudit.googleapis.com/activity")')

    assert ran.code == 0
    for source in GCP:
        assert source in ran.out
    assert "ALL" in ran.out
    assert "NONE" in ran.out


def test_odd_parts_of_a_filter_are_noted_beside_the_verdict(logcov):
    ran = logcov("filter", "gcp", "--filter", "(((", "--format", "json")

    assert ran.err.startswith("note: ")
    json.loads(ran.out)


def test_a_verdict_points_at_the_part_that_decides(logcov):
    found = _gcp(logcov, "--filter", 'severity>=DEFAULT\n  AND log_id("stdout")', "--exclude", "trace=a")[
        "gcp.audit.activity"
    ]

    assert found["verdict"] == "NONE"
    assert found["decides"] == [
        {
            "within": "filter",
            "line": 2,
            "column": 7,
            "text": 'log_id("stdout")',
            "says": "holds of no record of this log",
        }
    ]
    assert '`log_id("stdout")` (2:7)' in found["because"]
    ran = logcov("filter", "gcp", "--filter", 'severity>=DEFAULT\n  AND log_id("stdout")')
    assert '    AND log_id("stdout")\n        ^^^^^^^^^^^^^^^^\n' in ran.out


def test_a_trap_has_a_code_a_place_and_what_to_write_instead(logcov):
    ran = logcov("filter", "gcp", "--filter", "", "--exclude", 'trace=a\nlogName:"a.com/b"')

    assert ran.code == 0
    lines = ran.err.splitlines()
    assert lines[0].startswith("note: exclusion 1:2:1: log-name-unescaped: ")
    assert '%2Fb"' in " ".join(lines)
    assert lines[-2:] == ['  logName:"a.com/b"', "  ^^^^^^^^^^^^^^^^^"]


def test_basic_selectors_are_judged_for_management_and_for_each_resource_type(logcov, tmp_path):
    written(tmp_path, "basic.json", json.dumps(BASIC))

    found = _results(logcov("filter", "cloudtrail", "--selectors", "basic.json", "--format", "json"))

    management = [one for one in found if one["source"] == "aws.cloudtrail.management"]
    data = [one for one in found if one["source"] == "aws.cloudtrail.data"]
    assert [(one["dimensions"], one["verdict"]) for one in management] == [({}, "SOME")]
    assert management[0]["witness"]["readOnly"] == "true"
    assert {"resource_type": "AWS::S3::Object"} in [one["dimensions"] for one in data]
    assert {one["verdict"] for one in data} == {"NONE"}


def test_advanced_selectors_may_come_from_standard_input(tmp_path):
    ran = process(
        "filter",
        "cloudtrail",
        "--selectors",
        "-",
        "--format",
        "json",
        cwd=tmp_path,
        stdin=json.dumps(ADVANCED),
    )

    verdicts = {one["dimensions"].get("resource_type"): one["verdict"] for one in _results(ran)}
    assert verdicts.pop("AWS::S3::Object") == "ALL"
    assert set(verdicts.values()) == {"NONE"}


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"{", b"[]", b"null", b"\xff\xfe{\x00", b'{"EventSelectors": 3}']
)
def test_selectors_that_are_no_selectors_get_an_answer(logcov, tmp_path, content):
    (tmp_path / "odd.json").write_bytes(content)

    found = _results(logcov("filter", "cloudtrail", "--selectors", "odd.json", "--format", "json"))

    assert {one["verdict"] for one in found} <= {"UNKNOWN", "NONE"}


def test_selectors_that_are_not_json_are_unknown(logcov, tmp_path):
    written(tmp_path, "odd.json", "EventSelectors: []")

    found = _results(logcov("filter", "cloudtrail", "--selectors", "odd.json", "--format", "json"))

    assert {one["verdict"] for one in found} == {"UNKNOWN"}


def test_a_byte_order_mark_is_no_obstacle(logcov, tmp_path):
    (tmp_path / "bom.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(ADVANCED).encode())

    found = _results(logcov("filter", "cloudtrail", "--selectors", "bom.json", "--format", "json"))

    assert "ALL" in {one["verdict"] for one in found}


@pytest.mark.parametrize("name", ["none.json", "."])
def test_selectors_that_cannot_be_read_are_a_usage_error(logcov, name):
    ran = logcov("filter", "cloudtrail", "--selectors", name)

    assert ran.code == 2
    assert f"{name} cannot be read" in ran.err
    assert "get-event-selectors" in ran.err


@pytest.mark.parametrize("arguments", [["gcp", "--filter", ""], ["cloudtrail", "--selectors", "none.json"]])
def test_a_format_that_is_not_known_is_a_usage_error(logcov, arguments):
    ran = logcov("filter", *arguments, "--format", "markdown")

    assert ran.code == 2
    assert "Choose one of terminal, json." in ran.err
