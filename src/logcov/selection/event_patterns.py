"""Which events an EventBridge rule takes: dialect `aws.event-pattern`.

The text is `EventPattern` of events:DescribeRule or ListRules, or that within an object that tells the rule's state too:

```json
{"pattern": {"source": ["aws.iam"], "detail": {"eventName": ["CreateUser"]}}, "readOnlyManagementEvents": false}
```

`readOnlyManagementEvents` is true for the state ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS and false for ENABLED;
without it, the state is not known. It matters to CloudTrail's management events only.

A record is what the event carries as `detail`. `account` and `region` are the record's fields of that name, else
`recipientAccountId` and `awsRegion`; `source` and `detail-type` are fields of the record if its row names them. Else
what surrounds the detail is not known, but for what AWS says of all events.

Sources: EventBridge User Guide, "Creating event patterns", "AWS service events delivered via AWS CloudTrail",
"Receiving read-only management events"; https://github.com/aws/event-ruler, which does the matching.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from logcov.inventory.rows import LogSource
from logcov.selection.event_conditions import as_json, unsure, value_matches
from logcov.selection.json_fields import json_field, of_cloudtrail
from logcov.selection.jsontext import UnreadableJsonError, read_object
from logcov.selection.predicate import FALSE, TRUE, Predicate, all_of, any_of, atom, negate, opaque

DEEPEST = 64
"""Objects within objects; EventBridge takes patterns of 2048 characters unless asked for more."""
_PATTERN, _STATE = "pattern", "readOnlyManagementEvents"
_RESERVED = frozenset(
    {
        "exactly",
        "equals-ignore-case",
        "prefix",
        "suffix",
        "anything-but",
        "exists",
        "wildcard",
        "numeric",
        "cidr",
        "=",
        "<",
        "<=",
        ">",
        ">=",
        "regex",
    }
)
"""Event Ruler takes `$or` for a field if these are fields within."""
_SURROUNDING = {"account": ("account", "recipientAccountId"), "region": ("region", "awsRegion")}
_ORIGIN = frozenset({"source", "detail-type"})
_AROUND = "what surrounds the detail is not known"


class _UnreadablePatternError(ValueError):
    """The pattern is none that EventBridge takes. The message says why, for a person."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in a pattern one is."""

    source: LogSource
    path: tuple[str, ...] = ()
    depth: int = 0
    within_or: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """Part of a pattern: what it lets through, and the paths of the fields that it names."""

    predicate: Predicate
    paths: frozenset[str]


def compile_event_pattern(text: str, source: LogSource) -> Predicate:
    """The events that the rule takes; what cannot be read is opaque."""
    try:
        pattern, state = _unwrapped(read_object(text))
        part = _object(pattern, _Place(source))
    except (UnreadableJsonError, _UnreadablePatternError) as error:
        return opaque(text, f"the event pattern cannot be read: {error}")
    taken = all_of(part.predicate, _same_element(part.paths, source))
    return all_of(taken, _delivered(state)) if of_cloudtrail(source) else taken


def _unwrapped(found: Mapping[str, Any]) -> tuple[Mapping[str, Any], object]:
    """The pattern, and what is told of the rule's state. No event has a field `pattern` beside its detail."""
    if not isinstance(found.get(_PATTERN), dict):
        return found, None
    if found.keys() - {_PATTERN, _STATE}:
        raise _UnreadablePatternError(f"{', '.join(sorted(found))}: unknown")
    return found[_PATTERN], found.get(_STATE)


def _delivered(state: object) -> Predicate:
    """Which CloudTrail events a rule in this state gets.

    EventBridge withholds read-only management events from rules in the state ENABLED. "In general", their names start
    with Describe, Get or List; of others that are read-only, and of exceptions that start with Get, it gives examples.
    """
    if state is True:
        return TRUE
    reads = any_of(*(atom("eventName", "prefix", verb) for verb in ("Describe", "List")))
    writes = all_of(atom("readOnly", "=", "false"), negate(any_of(reads, atom("eventName", "prefix", "Get"))))
    certain = any_of(negate(atom("eventCategory", "=", "Management")), writes)
    if state is False:
        because = "which management events are read-only to EventBridge is not documented in full"
        withheld = all_of(atom("readOnly", "=", "true"), reads)
        return any_of(certain, all_of(negate(withheld), opaque("no read-only management events", because)))
    because = "whether the rule gets read-only management events is not told"
    return any_of(certain, opaque("the state of a rule", because))


# --- Objects ----------------------------------------------------------------------------------------------


def _object(pattern: Mapping[str, Any], place: _Place) -> _Part:
    """All fields of an object must match.

    Raises:
        _UnreadablePatternError: EventBridge would not take it, or there is more than one way to read it.
    """
    if not pattern:
        raise _UnreadablePatternError("an object is empty")
    if place.depth > DEEPEST:
        raise _UnreadablePatternError("it is nested too deep")
    parts = [_member(name, given, place) for name, given in pattern.items()]
    paths = _paths(parts)
    if len(paths) < sum(len(part.paths) for part in parts):
        # In Event Ruler, one of them would replace the other.
        raise _UnreadablePatternError("it names a field twice")
    return _Part(all_of(*(part.predicate for part in parts)), paths)


def _member(name: str, given: object, place: _Place) -> _Part:
    if name == "$or":
        return _either(given, place)
    if place.within_or and name in _RESERVED:
        raise _UnreadablePatternError(f"{name} within $or")
    path = (*place.path, name)
    if isinstance(given, dict):
        return _object(given, replace(place, path=path, depth=place.depth + 1))
    spelled = ".".join(path)
    if not isinstance(given, list) or not given:
        raise _UnreadablePatternError(f"{spelled} is no list of values")
    return _Part(_field(spelled, given, place.source), frozenset({spelled}))


def _either(given: object, place: _Place) -> _Part:
    """`$or`: any of its objects must match."""
    if not isinstance(given, list) or not given[1:] or not all(isinstance(one, dict) for one in given):
        raise _UnreadablePatternError("$or is no list of two or more objects")
    within = replace(place, depth=place.depth + 1, within_or=True)
    parts = [_object(one, within) for one in given]
    return _Part(any_of(*(part.predicate for part in parts)), _paths(parts))


def _paths(parts: Iterable[_Part]) -> frozenset[str]:
    return frozenset(path for part in parts for path in part.paths)


def _same_element(paths: Iterable[str], source: LogSource) -> Predicate:
    """Fields that may belong to objects of a list must match within one object, and a record does not tell that."""
    tops: dict[str, list[str]] = {}
    for path in sorted(paths):
        name = path.removeprefix("detail.")
        if not json_field(name, source).scalar:
            tops.setdefault(name.split(".")[0], []).append(path)
    because = "whether these belong to one element of a list is not known"
    return all_of(*(opaque(", ".join(names), because) for names in tops.values() if len(names) > 1))


# --- Fields -----------------------------------------------------------------------------------------------


def _field(path: str, values: Sequence[Any], source: LogSource) -> Predicate:
    """Any of the values must match."""
    rows = {row.name for row in source.fields}
    top, _, name = path.partition(".")
    if path in _ORIGIN:
        if path not in rows:
            return any_of(*(_origin(path, value, source) for value in values))
        name = path
    elif path in _SURROUNDING:
        name = next((known for known in _SURROUNDING[path] if known in rows), "")
    elif top != "detail" or (name in _ORIGIN and name in rows):
        name = ""
    if not name:
        return any_of(*(unsure(path, value, _AROUND) for value in values))
    field = json_field(name, source)
    return any_of(*(value_matches(field, value, values) for value in values))


def _origin(path: str, value: Any, source: LogSource) -> Predicate:
    """`source` and `detail-type`: always there; AWS's starts with `aws.`, that of CloudTrail ends with `via CloudTrail`."""
    starts = "aws." if path == "source" and source.provider == "aws" else ""
    ends = " via CloudTrail" if path == "detail-type" and of_cloudtrail(source) else ""
    open_ = opaque(f"{path}: {as_json(value)}", _AROUND)
    match value:
        case str():
            return open_ if value.startswith(starts) and value.endswith(ends) else FALSE
        case {"exists": bool(wanted), **others} if not others:
            return TRUE if wanted else FALSE
        case {"prefix": str(text), **others} if not others:
            return TRUE if starts.startswith(text) else open_ if text.startswith(starts) else FALSE
        case {"suffix": str(text), **others} if not others:
            return TRUE if ends.endswith(text) else open_ if text.endswith(ends) else FALSE
        case {"anything-but": str() | dict() as unwanted, **others} if not others:
            return negate(_origin(path, unwanted, source)) if _is_origin(unwanted) else open_
        case {"anything-but": [*unwanted], **others} if not others and all(map(_is_origin, unwanted)):
            return negate(any_of(*(_origin(path, one, source) for one in unwanted)))
        case _:
            return open_


def _is_origin(unwanted: object) -> bool:
    """Whether `anything-but` may rule this out."""
    match unwanted:
        case str():
            return True
        case {"prefix": str()} | {"suffix": str()}:
            return True
        case _:
            return False
