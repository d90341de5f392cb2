"""Checks answers against the discovery documents that google-api-python-client ships."""

import base64
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

INTEGERS = {"int32", "uint32"}
LONG = {"int64", "uint64"}
DOCUMENTS = (
    ("cloudresourcemanager", "v3"),
    ("cloudresourcemanager", "v1"),
    ("cloudbilling", "v1"),
    ("logging", "v2"),
    ("storage", "v1"),
    ("pubsub", "v1"),
    ("bigquery", "v2"),
    ("cloudkms", "v1"),
    ("cloudasset", "v1"),
    ("monitoring", "v1"),
    ("monitoring", "v3"),
    ("compute", "v1"),
    ("container", "v1"),
    ("dns", "v1"),
    ("ids", "v1"),
    ("networkmanagement", "v1"),
    ("orgpolicy", "v2"),
    ("serviceusage", "v1"),
    ("sqladmin", "v1"),
    ("admin", "reports_v1"),
    ("admin", "directory_v1"),
    ("cloudidentity", "v1"),
)


@cache
def document(service: str, version: str) -> Mapping[str, Any]:
    """One discovery document."""
    import json

    from googleapiclient.discovery_cache import get_static_doc

    return json.loads(get_static_doc(service, version))


@cache
def methods() -> Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Every method of every document: `logging.sinks.list` → its document and itself."""

    def walk(found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        yield from found.get("methods", {}).values()
        for resource in found.get("resources", {}).values():
            yield from walk(resource)

    return {
        f"{doc['version']}:{method['id']}": (doc, method)
        for doc in (document(*each) for each in DOCUMENTS)
        for method in walk(doc)
    }


def problems(doc: Mapping[str, Any], schema: Mapping[str, Any], value: Any, where: str = "") -> list[str]:
    """What in an answer the document does not allow."""
    if "$ref" in schema:
        return problems(doc, doc["schemas"][schema["$ref"]], value, where)
    kind = schema.get("type")
    if kind == "object":
        if not isinstance(value, dict):
            return [f"{where}: {value!r} is no object"]
        known, more = schema.get("properties", {}), schema.get("additionalProperties")
        found = []
        for key, part in value.items():
            below = known.get(key, more)
            found += (
                problems(doc, below, part, f"{where}.{key}") if below else [f"{where}.{key}: unknown field"]
            )
        return found
    if kind == "array":
        if not isinstance(value, list):
            return [f"{where}: {value!r} is no list"]
        return [
            each
            for index, part in enumerate(value)
            for each in problems(doc, schema["items"], part, f"{where}[{index}]")
        ]
    return [f"{where}: {value!r} is no {schema}"] if not _fits(kind, schema, value) else []


def _fits(kind: str | None, schema: Mapping[str, Any], value: Any) -> bool:
    if kind == "any":
        return True
    if kind == "boolean":
        return isinstance(value, bool)
    if kind == "integer":
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind != "string" or not isinstance(value, str):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    match schema.get("format"):
        case "int64" | "uint64":
            return re.fullmatch(r"-?\d+", value) is not None
        case "google-datetime" | "date-time":
            return datetime.fromisoformat(value).tzinfo is not None
        case "google-duration":
            return re.fullmatch(r"-?\d+(\.\d{1,9})?s", value) is not None
        case "byte":
            return base64.b64encode(base64.b64decode(value)).decode() == value
    return True


def checked(request: Any, version: str) -> Any:
    """Executes a request of the real client, and checks the answer against the method that it is."""
    answer = request.execute(num_retries=3)
    doc, method = methods()[f"{version}:{request.methodId}"]
    assert problems(doc, method["response"], answer, request.methodId) == []
    return answer


def checked_pages(request: Any, following: Any, version: str) -> list[Any]:
    """All pages of a list, each checked."""
    found = []
    while request is not None:
        found.append(checked(request, version))
        request = following(request, found[-1])
    return found
