"""A JSON Schema of policy files, for editors. It says less than loading checks, and never more."""

from collections.abc import Sequence
from typing import Any

from logcov.inventory import LogSource

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def _with_sources(node: Any, names: dict[str, Any]) -> Any:
    """The schema with every marked string replaced by one that offers the log sources' ids."""
    if isinstance(node, list):
        return [_with_sources(one, names) for one in node]
    if not isinstance(node, dict):
        return node
    if node.get("x-log-source"):
        return names
    return {key: _with_sources(value, names) for key, value in node.items()}


def json_schema(sources: Sequence[LogSource]) -> dict[str, Any]:
    """The schema of a policy file, with the ids of these log sources; the same for the same sources in any order."""
    from logcov.policy.language import FileShape

    made = FileShape.model_json_schema(by_alias=True)
    titles = [
        {"const": source.id, "title": source.title} for source in sorted(sources, key=lambda one: one.id)
    ]
    names = {
        "description": "the id of a log source, a glob of ids, or a name from `log_groups`",
        "anyOf": [*titles, {"type": "string", "minLength": 1}],
    }
    definitions = {**made.pop("$defs"), "LogName": names}
    reference = {"$ref": "#/$defs/LogName"}
    return {
        "$schema": DIALECT,
        "title": "logcov policy",
        "description": "What must be logged, where it must arrive, and what has been accepted.",
        **{
            key: _with_sources(value, reference)
            for key, value in made.items()
            if key not in {"title", "description"}
        },
        "$defs": {
            key: value if key == "LogName" else _with_sources(value, reference)
            for key, value in sorted(definitions.items())
        },
    }
