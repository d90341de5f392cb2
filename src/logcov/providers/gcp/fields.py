"""Fields of Google's answers, read without trusting their types.

Google leaves out fields that have their default value: false, zero, the empty string, the empty list. So an
absent flag is false and an absent list is empty; a field of the wrong type is never guessed at.
"""

import re
from collections.abc import Mapping
from typing import Any

from logcov.inventory import Unread
from logcov.providers.gcp.client import About
from logcov.providers.google import MalformedAnswerError
from logcov.providers.moments import moment


def entry(item: Any, of: str) -> Mapping[str, Any]:
    """An item of a list, which must be an object.

    Raises:
        MalformedAnswerError: it is not.
    """
    if not isinstance(item, dict):
        raise MalformedAnswerError(f"an entry of {of} is no object")
    return item


def needed_text(body: Mapping[str, Any], name: str) -> str:
    """A text that must be there and not empty.

    Raises:
        MalformedAnswerError: it is not.
    """
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise MalformedAnswerError(f"{name} is missing or no text")
    return value


def text(body: Mapping[str, Any], name: str) -> str:
    """A text, empty where it is absent.

    Raises:
        MalformedAnswerError: it is something else than a text.
    """
    value = body.get(name, "")
    if not isinstance(value, str):
        raise MalformedAnswerError(f"{name} is no text")
    return value


def mappings(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A list of objects, empty where it is absent.

    Raises:
        MalformedAnswerError: it is something else.
    """
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise MalformedAnswerError(f"{name} is no list of objects")
    return value


def texts(body: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts, empty where it is absent.

    Raises:
        MalformedAnswerError: it is something else.
    """
    value = body.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise MalformedAnswerError(f"{name} is no list of texts")
    return value


def mapping(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An object, empty where it is absent.

    Raises:
        MalformedAnswerError: it is something else.
    """
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise MalformedAnswerError(f"{name} is no object")
    return value


def labels(body: Mapping[str, Any], name: str, about: About) -> Mapping[str, str] | Unread:
    """The labels of a resource, none where they are absent; `Unread` where they are no texts."""
    value = body.get(name, {})
    if isinstance(value, dict) and all(isinstance(each, str) for each in value.values()):
        return dict(value)
    return about.odd(name, f"{name} are no texts")


def flag(body: Mapping[str, Any], name: str, about: About) -> bool | Unread:
    """A flag; absent means false, anything but a flag is `Unread`."""
    value = body.get(name, False)
    return value if isinstance(value, bool) else about.odd(name, f"{name} is neither true nor false")


def number(body: Mapping[str, Any], name: str) -> int | None:
    """A whole number, also one in quotes (64-bit numbers are); None where it is absent.

    Raises:
        MalformedAnswerError: it is something else, or negative.
    """
    value = body.get(name)
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value):
        return int(value)
    raise MalformedAnswerError(f"{name} is no whole number")


def first_moment(body: Mapping[str, Any], *names: str) -> str | None:
    """The first of these times that is there, UTC to the second; None if none is (older objects have none)."""
    return next((found for name in names if (found := moment(body.get(name))) is not None), None)


def picked(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """The named fields that are there, as the API gave them: the evidence."""
    return {name: body[name] for name in names if name in body}
