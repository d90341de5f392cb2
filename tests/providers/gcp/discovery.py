"""Answers checked against the discovery documents that Google's client ships."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import googleapiclient

APIS = (
    "cloudresourcemanager.v3",
    "logging.v2",
    "storage.v1",
    "pubsub.v1",
    "bigquery.v2",
    "cloudkms.v1",
    "cloudasset.v1",
    "cloudbilling.v1",
    "compute.v1",
    "container.v1",
    "dns.v1",
    "ids.v1",
    "monitoring.v1",
    "monitoring.v3",
    "networkmanagement.v1",
    "orgpolicy.v2",
    "serviceusage.v1",
    "sqladmin.v1",
)


@cache
def document(api: str) -> dict[str, Any]:
    folder = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
    return json.loads((folder / f"{api}.json").read_text())


def _methods(resource: dict[str, Any]) -> list[dict[str, Any]]:
    found = list(resource.get("methods", {}).values())
    for child in resource.get("resources", {}).values():
        found += _methods(child)
    return found


@cache
def routes() -> list[tuple[str, re.Pattern[str], str, str]]:
    """(HTTP method, path, api, response schema) of every method."""
    found = []
    for api in APIS:
        held = document(api)
        for method in _methods(held):
            template = "/" + held["servicePath"] + (method.get("flatPath") or method["path"])
            pattern = re.sub(r"\{\+?\w+\}", "[^/]+", template.replace(".", r"\."))
            schema = method.get("response", {}).get("$ref", "")
            found.append((method["httpMethod"], re.compile(pattern), api, schema))
    return found


def complaints(method: str, path: str, body: Any) -> list[str]:
    """What is wrong with an answer; an unknown path is wrong, too."""
    schemas = {
        (api, schema) for verb, pattern, api, schema in routes() if verb == method and pattern.fullmatch(path)
    }
    if not schemas:
        return [f"{method} {path}: no such method"]
    found: list[list[str]] = []
    for api, schema in schemas:
        found.append(_check(document(api)["schemas"], {"$ref": schema}, body, path))
    return min(found, key=len)


def _check(schemas: dict[str, Any], schema: dict[str, Any], value: Any, at: str) -> list[str]:
    if "$ref" in schema:
        schema = schemas[schema["$ref"]]
    kind = schema.get("type", "any")
    if kind == "object":
        if not isinstance(value, dict):
            return [f"{at}: no object"]
        found: list[str] = []
        for name, each in value.items():
            if name in schema.get("properties", {}):
                found += _check(schemas, schema["properties"][name], each, f"{at}.{name}")
            elif "additionalProperties" in schema:
                found += _check(schemas, schema["additionalProperties"], each, f"{at}.{name}")
            else:
                found.append(f"{at}.{name}: unknown field")
        return found
    if kind == "array":
        if not isinstance(value, list):
            return [f"{at}: no list"]
        return [
            line
            for n, each in enumerate(value)
            for line in _check(schemas, schema["items"], each, f"{at}[{n}]")
        ]
    types: dict[str, type | tuple[type, ...]] = {
        "string": str,
        "boolean": bool,
        "integer": int,
        "number": (int, float),
    }
    if kind in types and (
        not isinstance(value, types[kind]) or (kind == "integer" and isinstance(value, bool))
    ):
        return [f"{at}: {value!r} is no {kind}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{at}: {value!r} is none of {schema['enum']}"]
    if schema.get("format") == "int64" and not re.fullmatch(r"-?\d+", value):
        return [f"{at}: {value!r} is no 64-bit number"]
    return []
