"""The assessment as JSON: the contract `logcov.assessment/v1`, written and read back."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, TypeVar, cast

from logcov.errors import AssessmentError
from logcov.findings import (
    SCHEMA,
    Assessment,
    BlindSpotLine,
    Cause,
    Evidence,
    Finding,
    PolicyLine,
    Population,
    RequirementLine,
    ScopeLine,
    Step,
    Summary,
)
from logcov.report.plain import writable

_FAMILY = "logcov.assessment/"
_WRITE_AGAIN = "Write it again with `logcov audit` or `logcov evaluate INVENTORY -o FILE.json`."

Made = TypeVar("Made")


def _plain(value: object) -> object:
    if isinstance(value, Evidence) and not value.obtained:
        return {"api": value.api, "at": value.at, "value": value.value}
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: getattr(value, one.name) for one in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no place in an assessment")


def render(assessment: Assessment) -> str:
    """The assessment as `logcov.assessment/v1`: keys in the contract's order, the same text for the same assessment."""
    content = {"schema": SCHEMA, **cast("dict[str, object]", _plain(assessment))}
    return writable(json.dumps(content, default=_plain, indent=2, ensure_ascii=False)) + "\n"


def read(text: str, name: str) -> Assessment:
    """Reads what `render` wrote; `render` and `read` are each other's inverse.

    Args:
        text: the JSON.
        name: where it came from, for messages.

    Raises:
        AssessmentError: it is no JSON, of another kind or version, or does not fit the schema.
    """
    from logcov.report.schema import json_schema

    try:
        content = json.loads(text)
    except ValueError as error:
        raise AssessmentError(f"{name} is not JSON: {error}", _WRITE_AGAIN) from error
    except RecursionError as error:
        raise AssessmentError(f"{name} is nested too deeply to be an assessment", _WRITE_AGAIN) from error
    schema = content.get("schema") if isinstance(content, dict) else None
    if schema != SCHEMA:
        raise AssessmentError(*_foreign(name, schema))
    problem = _problem(json_schema(), content, "")
    if problem:
        raise AssessmentError(
            f"{name} does not fit {SCHEMA}: {problem}", f"It was changed or cut. {_WRITE_AGAIN}"
        )
    return _assessment(content)


def _foreign(name: str, schema: object) -> tuple[str, str]:
    if isinstance(schema, str) and schema.startswith(_FAMILY):
        version = schema.removeprefix(_FAMILY)
        newer = version[:1] == "v" and version[1:].isdecimal() and int(version[1:]) > 1
        return (
            f"{name} is of {'the newer version' if newer else 'the version'} {schema}; this logcov reads {SCHEMA}",
            "Use the logcov that wrote it, or a newer one.",
        )
    if isinstance(schema, str):
        return f"{name} is not an assessment but {schema!r}", _WRITE_AGAIN
    return f"{name} is not an assessment: it has no schema id {SCHEMA!r}", _WRITE_AGAIN


# --- Checking: the words of JSON Schema that schema.py uses, and no others ---------------------------------

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def _problem(schema: Mapping[str, Any], value: Any, place: str) -> str:
    """The first thing that does not fit, with its place; empty if everything does."""
    shown = place or "the whole"
    if "anyOf" in schema:
        problems = [_problem(choice, value, place) for choice in schema["anyOf"]]
        return problems[0] if all(problems) else ""
    if "const" in schema:
        return "" if value == schema["const"] else f"{shown} is not {schema['const']!r}"
    if "enum" in schema:
        known = isinstance(value, str) and value in schema["enum"]
        return "" if known else f"{shown} is {_brief(value)}, not one of {', '.join(schema['enum'])}"
    if not _TYPES[schema["type"]](value):
        return f"{shown} is {_brief(value)}, not of type {schema['type']}"
    if schema["type"] == "object":
        return _object_problem(schema, value, place)
    if schema["type"] == "array":
        inside = (_problem(schema["items"], one, f"{place}[{at}]") for at, one in enumerate(value))
        return next((problem for problem in inside if problem), "")
    if schema.get("format") == "date" and not _is_day(value):
        return f"{shown} is {_brief(value)}, not a day such as 2026-11-22"
    if "minimum" in schema and value < schema["minimum"]:
        return f"{shown} is {value}, less than {schema['minimum']}"
    return ""


def _object_problem(schema: Mapping[str, Any], value: Mapping[str, Any], place: str) -> str:
    dot = f"{place}." if place else ""
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            return f"{dot}{name} is missing"
    others = schema.get("additionalProperties", True)
    for name, content in value.items():
        inner = properties.get(name, others)
        if inner is False:
            return f"{dot}{name} is not known"
        problem = "" if inner is True else _problem(inner, content, f"{dot}{name}")
        if problem:
            return problem
    return ""


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _brief(value: object) -> str:
    text = json.dumps(value)
    most = 40
    return text if len(text) <= most else f"{text[:most]}…"


# --- Building: after the check, every key is there and of its type ----------------------------------------


def _many(made: type[Made], items: Sequence[Mapping[str, Any]]) -> tuple[Made, ...]:
    return tuple(made(**_tupled(item)) for item in items)


def _tupled(item: Mapping[str, Any]) -> dict[str, Any]:
    """The keyword arguments of a record whose lists hold text."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in item.items()}


def _finding(item: Mapping[str, Any]) -> Finding:
    return Finding(
        **{
            **item,
            "path": _many(Step, item["path"]),
            "evidence": _many(Evidence, item["evidence"]),
            "policy": PolicyLine(**item["policy"]),
            "controls": tuple(item["controls"]),
        }
    )


def _assessment(content: Mapping[str, Any]) -> Assessment:
    parts = {key: value for key, value in _tupled(content).items() if key != "schema"}
    return Assessment(
        **{
            **parts,
            "population": _many(Population, content["population"]),
            "requirements": _many(RequirementLine, content["requirements"]),
            "summary": Summary(**content["summary"]),
            "findings": tuple(_finding(item) for item in content["findings"]),
            "causes": _many(Cause, content["causes"]),
            "blind_spots": _many(BlindSpotLine, content["blind_spots"]),
            "scopes": _many(ScopeLine, content["scopes"]),
        }
    )
