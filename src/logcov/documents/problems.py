"""Pydantic's complaints, as problems with places and in words that a person understands.

No value of a document is ever repeated here: it may be a secret that somebody wrote into the wrong place.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from logcov.documents.model import Document, Path, kind_of, nearest
from logcov.errors import Problem

if TYPE_CHECKING:
    from pydantic import ValidationError

_WANTED = {
    "string_type": "text",
    "bool_type": "`true` or `false`",
    "int_type": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
}
AT_KEY = "unknown_key"
"""Errors of this type are about the key that their location ends with, not about its value."""


def _literal(given: Any, expected: str) -> str:
    words = [single or bare for single, bare in re.findall(r"'([^']*)'|(\b\w+\b)", expected) if bare != "or"]
    near = nearest(given, words) if isinstance(given, str) else ""
    allowed = ", ".join(f"`{word}`" for word in words)
    return f"must be {'one of ' if len(words) > 1 else ''}{allowed}{near}"


def message_of(error: Mapping[str, Any]) -> str:
    """One of pydantic's error details in plain words."""
    kind = str(error["type"])
    given = error.get("input")
    if kind in _WANTED:
        spelled = isinstance(given, str) and given.lower() in {"yes", "no", "on", "off"}
        also = " (`yes` and `no` are text)" if kind == "bool_type" and spelled else ""
        return f"must be {_WANTED[kind]}, not {kind_of(given)}{also}"
    if kind == "literal_error":
        return _literal(given, str(error["ctx"]["expected"]))
    if kind in {"too_short", "string_too_short"}:
        return "must not be empty"
    return str(error["msg"])


def problems_of(error: "ValidationError", document: Document, prefix: Path = ()) -> tuple[Problem, ...]:
    """All that pydantic found wrong, in order of place.

    `prefix` is the path of the value that was validated. Parts of a location that the document does not
    have (union tags, indexes of values that stand alone) are left out.
    """
    found: set[Problem] = set()
    for detail in error.errors(include_url=False):
        path = (*prefix, *detail["loc"])
        if detail["type"] == "missing":
            found.add(document.problem(path[:-1], f"`{path[-1]}` is missing"))
        elif detail["type"] == "extra_forbidden":
            found.add(document.problem(path, f"unknown key `{path[-1]}`", at_key=True))
        else:
            at_key = detail["type"] == AT_KEY
            found.add(document.problem(path, message_of(detail), at_key=at_key))
    return tuple(sorted(found))
