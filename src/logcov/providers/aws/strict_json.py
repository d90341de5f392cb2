"""JSON that people configured, read strictly: what two readers could understand in two ways is not understood at all."""

import json
from collections.abc import Sequence
from typing import Any


def strict(text: object) -> Any:
    """What a JSON text holds.

    Raises:
        ValueError: it is no JSON text, an object in it holds a key twice, or it is nested beyond any real document.
    """
    if not isinstance(text, str):
        raise ValueError("it is no text")  # noqa: TRY004 - one kind of failure for all that cannot be read
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_constant)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("an object holds a key twice")
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
