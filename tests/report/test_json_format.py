"""The contract `logcov.assessment/v1`: what was written is read back, and nothing else is."""

import json

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logcov.errors import AssessmentError
from logcov.findings import Evidence
from logcov.report.json_format import read, render
from logcov.report.schema import json_schema
from report.renaming import renamed
from report.specimen import assessment, finding, many, rich_sample

KEYS = [
    "schema",
    "tool",
    "command",
    "as_of",
    "started_at",
    "finished_at",
    "inventory",
    "policies",
    "identities",
    "population",
    "requirements",
    "summary",
    "findings",
    "causes",
    "blind_spots",
    "exemptions",
    "attestations",
    "not_assessed",
    "warnings",
    "notes",
    "limits",
    "scopes",
]


def test_the_keys_are_those_of_the_contract_in_its_order(sample):
    content = json.loads(render(sample))
    assert list(content) == KEYS
    assert content["schema"] == "logcov.assessment/v1"
    assert list(content["findings"][0]) == [
        "id",
        "requirement",
        "title",
        "severity",
        "status",
        "basis",
        "source",
        "scope",
        "location",
        "resource",
        "dimensions",
        "reason",
        "extent",
        "cause",
        "detail",
        "witness",
        "path",
        "evidence",
        "effective_since",
        "exemption",
        "policy",
        "controls",
        "remediation",
    ]


def test_what_was_written_is_read_back(sample):
    assert read(render(sample), "a.json") == sample


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=30))
def test_what_was_written_is_read_back_whatever_the_names(prefix):
    named = renamed(rich_sample(), prefix)
    assert read(render(named), "a.json") == named


def test_the_same_assessment_gives_the_same_text(sample):
    assert render(sample) == render(rich_sample())


def test_the_text_is_indented_ends_with_a_newline_and_can_be_written(sample):
    text = render(sample)
    assert text.startswith('{\n  "schema"')
    assert text.endswith("}\n")
    assert "名前" in text
    text.encode("utf-8")


def test_what_is_written_fits_the_schema(sample):
    # The validator takes no half surrogate pairs; JSON does.
    for one in (sample, assessment(), many(20)):
        jsonschema_rs.validate(json_schema(), json.loads(render(one).replace("\\ud800", "?")))


def changed(path: str, value: object) -> str:
    content = json.loads(render(assessment([finding("gap"), finding("covered", location="us-east-1")])))
    place = content
    *way, last = [int(part) if part.isdecimal() else part for part in path.split(".")]
    for part in way:
        place = place[part]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return json.dumps(content)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("summary", None, "summary is missing"),
        ("findings.1.status", "fine", 'findings[1].status is "fine", not one of covered, gap'),
        ("findings.0.reason", "because", "findings[0].reason"),
        ("findings.0.severity", 3, "findings[0].severity is 3, not one of low"),
        ("findings.0.policy.line", "12", 'findings[0].policy.line is "12", not of type integer'),
        ("findings.0.policy.line", True, "findings[0].policy.line is true, not of type integer"),
        ("findings.0.owner", "me", "findings[0].owner is not known"),
        ("extra", {}, "extra is not known"),
        ("summary.gap", -1, "summary.gap is -1, less than 0"),
        ("as_of", "22.11.2026", 'as_of is "22.11.2026", not a day such as 2026-11-22'),
        ("warnings", "none", 'warnings is "none", not of type array'),
        ("findings.0.dimensions.a", 1, "findings[0].dimensions.a is 1, not of type string"),
    ],
)
def test_what_does_not_fit_is_told_with_its_place(path, value, said):
    text = changed(path, value)
    assert not jsonschema_rs.is_valid(json_schema(), json.loads(text), validate_formats=True)
    with pytest.raises(AssessmentError) as caught:
        read(text, "old.json")
    assert caught.value.message.startswith("old.json does not fit logcov.assessment/v1: ")
    assert said in caught.value.message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a.json is not JSON"),
        ("{", "a.json is not JSON"),
        ("[" * 100_000, "a.json is nested too deeply"),
        ("[]", "a.json is not an assessment: it has no schema id"),
        ("{}", "a.json is not an assessment: it has no schema id"),
        ('{"schema": 1}', "a.json is not an assessment: it has no schema id"),
        ('{"schema": "logcov.inventory/v1"}', "a.json is not an assessment but 'logcov.inventory/v1'"),
        ('{"schema": "logcov.assessment/v2"}', "is of the newer version logcov.assessment/v2"),
        ('{"schema": "logcov.assessment/beta"}', "is of the version logcov.assessment/beta"),
    ],
)
def test_what_is_no_assessment_is_told_in_one_message(text, said):
    with pytest.raises(AssessmentError) as caught:
        read(text, "a.json")
    assert said in caught.value.message
    assert caught.value.hint


def test_evidence_says_how_it_was_come_by_only_where_the_provider_did_not_answer_itself():
    direct = Evidence(api="a", at="2026-11-22T08:30:00Z", value={})
    heard = Evidence(api="b", at="2026-11-22T08:30:00Z", value={}, via="config-aggregator", as_old_as=7)
    made = assessment([finding(evidence=(direct, heard))])
    first, second = json.loads(render(made))["findings"][0]["evidence"]

    assert first == {"api": "a", "at": "2026-11-22T08:30:00Z", "value": {}}
    assert (second["via"], second["as_old_as"]) == ("config-aggregator", 7)
    assert read(render(made), "it") == made
    assert jsonschema_rs.is_valid(json_schema(), json.loads(render(made)))
