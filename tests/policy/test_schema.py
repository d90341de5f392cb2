"""The JSON Schema for editors: it takes what loads, and marks what editors can know to be wrong."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from logcov.documents import load_yaml, parse_yaml
from logcov.policy import json_schema


@pytest.fixture(scope="module")
def schema(sources) -> dict:
    return json_schema(sources)


def valid(schema, text: str) -> bool:
    return jsonschema_rs.is_valid(schema, json.loads(json.dumps(parse_yaml(text, "p.yaml").data)))


def test_it_is_a_schema_and_the_same_for_any_order_of_sources(schema, sources):
    jsonschema_rs.meta.validate(schema)
    assert json.dumps(json_schema(tuple(reversed(sources)))) == json.dumps(schema)


def test_it_offers_the_log_sources_that_there_are(schema, sources):
    offered = [one.get("const") for one in schema["$defs"]["LogName"]["anyOf"]]
    assert offered == [*sorted(source.id for source in sources), None]
    assert "x-log-source" not in json.dumps(schema)


HEAD = "version: 1\nname: r\n"


@pytest.mark.parametrize(
    "text",
    [
        HEAD,
        HEAD
        + "require: {id: a, title: t, logs: [okta.*, {logs: x, only: {a: [1, true, x]}}], reach: '*', retain: 5d}",
        HEAD
        + "require: [{id: a, title: t, in: [p, {scopes: '*'}], reach: {any: [a, {to: b, immutable: true}]}}]",
        HEAD + "destinations: {a: b, c: [d], e: {at: 'aws:s3/x'}}\nscopes: {a: [b, {except: c}]}",
        HEAD + "defaults: {severity: low}\nexemption_limit: 90d",
    ],
)
def test_what_is_right_is_valid(schema, text):
    assert valid(schema, text)


@pytest.mark.parametrize(
    "text",
    [
        "name: r",
        HEAD + "requires: []",
        HEAD + "require: {id: a, title: t, sevrity: low}",
        HEAD + "require: {id: a, title: t, severity: urgent}",
        HEAD + "require: {id: a, title: t, retain: 1y}",
        HEAD + "require: {id: a, title: t, retain: 365}",
        HEAD + "require: {id: a, title: t, immutable: maybe}",
        HEAD + "require: {id: 4.7, title: t}",
        HEAD + "require: {id: a, title: t, carries: x}",
        HEAD + "require: {id: a, title: t, sampled: 50}",
        HEAD + "require: {id: a, title: t, stores: x, must: {retain: 1}}",
        HEAD + "require: {id: a, title: t, logs: []}",
        HEAD + "attestations: {id: a}",
    ],
)
def test_what_is_wrong_in_itself_is_not(schema, text):
    assert not valid(schema, text)


SHIPPED = sorted((Path(__file__).parents[2] / "coverage_policies").glob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_the_policies_that_ship_are_valid(schema, path):
    data = json.loads(json.dumps(load_yaml(path).data))
    assert jsonschema_rs.is_valid(schema, data)
