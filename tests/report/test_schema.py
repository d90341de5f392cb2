"""The schema that ships is the one that is checked against, and it is closed."""

import json
from dataclasses import fields
from importlib.resources import files
from pathlib import Path

import jsonschema_rs

from logcov.findings import GAP_REASONS, STATUSES, UNKNOWN_REASONS, Assessment, Finding
from logcov.report.schema import as_text, json_schema


def objects(node):
    if isinstance(node, dict):
        if node.get("type") == "object":
            yield node
        for value in node.values():
            yield from objects(value)
    elif isinstance(node, list):
        for value in node:
            yield from objects(value)


def test_the_file_that_ships_is_what_the_generator_gives():
    shipped = files("logcov.report").joinpath("assessment.v1.schema.json")
    assert Path(str(shipped)).read_text(encoding="utf-8") == as_text()


def test_it_is_a_schema():
    jsonschema_rs.meta.validate(json.loads(as_text()))


def test_its_keys_are_those_of_the_records():
    schema = json_schema()
    assert list(schema["properties"]) == ["schema", *(one.name for one in fields(Assessment))]
    finding = schema["properties"]["findings"]["items"]
    assert list(finding["properties"]) == [one.name for one in fields(Finding)]
    assert finding["required"] == list(finding["properties"])


def test_statuses_and_reasons_are_closed():
    finding = json_schema()["properties"]["findings"]["items"]["properties"]
    assert finding["status"]["enum"] == list(STATUSES)
    assert finding["reason"]["anyOf"][0]["enum"] == [*GAP_REASONS, *UNKNOWN_REASONS]
    assert finding["basis"]["enum"] == ["proven", "attested"]


def test_only_raw_answers_and_descriptions_of_frameworks_are_open():
    open_ones = [one for one in objects(json_schema()) if "additionalProperties" not in one]
    assert open_ones == [{"type": "object"}, {"type": "object"}]
