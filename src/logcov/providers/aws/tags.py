"""Tags of resources, in the shapes in which AWS's APIs give them."""

from collections.abc import Mapping, Sequence
from typing import Any

from logcov.inventory import Unread
from logcov.providers.aws.client import AwsPlace


def tags_of(place: AwsPlace, call: str, told: Any, subject: str = "") -> Mapping[str, str] | Unread:
    """Tags by key: from a mapping, or from a list of `{"Key": …, "Value": …}` in either spelling."""
    if isinstance(told, Mapping):
        pairs: list[tuple[Any, Any]] = list(told.items())
    elif isinstance(told, Sequence) and all(isinstance(tag, Mapping) for tag in told):
        pairs = [(tag.get("Key", tag.get("key")), tag.get("Value", tag.get("value", ""))) for tag in told]
    else:
        return place.misread(call, "tags of an unknown shape", subject)
    if not all(isinstance(key, str) and isinstance(value, str) for key, value in pairs):
        return place.misread(call, "a tag without a key", subject)
    return dict(pairs)
