"""Reads configured JSON strictly: what two readers could understand in two ways is not understood at all."""

import json
from collections.abc import Sequence
from typing import Any


class UnreadableJsonError(ValueError):
    """The text is no JSON, or ambiguous JSON. The message says why, for a person."""


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise UnreadableJsonError("an object holds a key twice")
    return found


def _constant(name: str) -> Any:
    raise UnreadableJsonError(f"{name} is no JSON")


def read_object(text: str) -> dict[str, Any]:
    """The JSON object that the text holds.

    Raises:
        UnreadableJsonError: it is no JSON, no object, holds a key twice, or is nested beyond any real document.
    """
    try:
        found = json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except UnreadableJsonError:
        raise
    except RecursionError as error:
        raise UnreadableJsonError("it is nested too deep") from error
    except ValueError as error:
        raise UnreadableJsonError(f"it is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise UnreadableJsonError("it is no JSON object")
    return found


def strings(value: object) -> tuple[str, ...] | None:
    """The strings of a list that holds nothing else; None if it is anything but such a list."""
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        return None
    return tuple(value)
