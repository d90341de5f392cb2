"""The fields of a log entry: how queries may spell them, what they hold, and what an absent one means.

Sources: https://cloud.google.com/logging/docs/view/logging-query-language (field path identifiers, missing
fields, types of log fields); the types `LogEntry`, `HttpRequest`, `AuditLog` of the Logging API.

* Names of protocol buffer fields are read without regard to case and underscores. Keys of maps and structs
  (`labels`, `jsonPayload`, the request, response and metadata of an audit record) are read as written.
* A field of the payload, or a label, that is not there is *missing*: no comparison with it holds. Other fields
  of the entry are *defaulted*: they compare as if they were there with their default value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from logcov.inventory.rows import Field, LogSource
from logcov.selection.cloud_logging.parser import path_of
from logcov.selection.cloud_logging.tree import Path

Holds = Literal["text", "number", "bool", "severity", "time", "unknown"]
Absence = Literal["missing", "defaulted", "either"]

SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")
"""In the order of their numbers."""

ALWAYS_SET = frozenset({"logName", "insertId", "timestamp", "receiveTimestamp", "resource.type"})
"""Cloud Logging sets these in every entry."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field that holds values, `many` of them or one."""

    holds: Holds
    many: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A field that holds fields.

    Attributes:
        parts: those that are known, by name.
        many: it is repeated.
        closed: there are no others.
        keys: it is a map or a struct: names in it are read as written.
        each: what every value of a map holds.
    """

    parts: "Mapping[str, Leaf | Message]"
    many: bool = False
    closed: bool = False
    keys: bool = False
    each: Leaf | None = None


_TEXT = Leaf("text")
_NUMBER = Leaf("number")
_BOOL = Leaf("bool")
_TIME = Leaf("time")
_UNKNOWN = Leaf("unknown")
_STRUCT = Message({}, keys=True)
_OPEN = Message({})
_LABELS = Message({}, keys=True, each=_TEXT)

_AUDIT_LOG = Message(
    {
        "@type": _TEXT,
        "serviceName": _TEXT,
        "methodName": _TEXT,
        "resourceName": _TEXT,
        "numResponseItems": _NUMBER,
        "resourceLocation": Message(
            {"currentLocations": Leaf("text", many=True), "originalLocations": Leaf("text", many=True)}
        ),
        "resourceOriginalState": _STRUCT,
        "status": Message({"code": _NUMBER, "message": _TEXT, "details": Message({}, many=True)}),
        "authenticationInfo": Message(
            {
                "principalEmail": _TEXT,
                "principalSubject": _TEXT,
                "authoritySelector": _TEXT,
                "thirdPartyPrincipal": _STRUCT,
                "serviceAccountKeyName": _TEXT,
                "serviceAccountDelegationInfo": Message(
                    {"principalSubject": _TEXT, "firstPartyPrincipal": Message({"principalEmail": _TEXT})},
                    many=True,
                ),
            }
        ),
        "authorizationInfo": Message(
            {
                "resource": _TEXT,
                "permission": _TEXT,
                "permissionType": _UNKNOWN,
                "granted": _BOOL,
                "resourceAttributes": Message({"service": _TEXT, "name": _TEXT, "type": _TEXT}),
            },
            many=True,
        ),
        "policyViolationInfo": _OPEN,
        "requestMetadata": Message(
            {
                "callerIp": _TEXT,
                "callerSuppliedUserAgent": _TEXT,
                "callerNetwork": _TEXT,
                "requestAttributes": _OPEN,
                "destinationAttributes": _OPEN,
            }
        ),
        "request": _STRUCT,
        "response": _STRUCT,
        "metadata": _STRUCT,
        "serviceData": Message(
            {
                "policyDelta": Message(
                    {
                        "bindingDeltas": Message(
                            {"action": _UNKNOWN, "role": _TEXT, "member": _TEXT, "condition": _OPEN},
                            many=True,
                        ),
                        "auditConfigDeltas": Message(
                            {"action": _UNKNOWN, "service": _TEXT, "exemptedMember": _TEXT, "logType": _TEXT},
                            many=True,
                        ),
                    }
                )
            }
        ),
    }
)

_ENTRY = Message(
    {
        "logName": _TEXT,
        "insertId": _TEXT,
        "severity": Leaf("severity"),
        "timestamp": _TIME,
        "receiveTimestamp": _TIME,
        "trace": _TEXT,
        "spanId": _TEXT,
        "traceSampled": _BOOL,
        "resource": Message({"type": _TEXT, "labels": _LABELS}, closed=True),
        "labels": _LABELS,
        "httpRequest": Message(
            {
                **dict.fromkeys(
                    (
                        "protocol",
                        "referer",
                        "remoteIp",
                        "requestMethod",
                        "requestUrl",
                        "serverIp",
                        "userAgent",
                    ),
                    _TEXT,
                ),
                **dict.fromkeys(("status", "requestSize", "responseSize", "cacheFillBytes"), _NUMBER),
                **dict.fromkeys(("cacheHit", "cacheLookup", "cacheValidatedWithOriginServer"), _BOOL),
                "latency": _TIME,
            },
            closed=True,
        ),
        "operation": Message({"id": _TEXT, "producer": _TEXT, "first": _BOOL, "last": _BOOL}, closed=True),
        "sourceLocation": Message({"file": _TEXT, "function": _TEXT, "line": _NUMBER}, closed=True),
        "split": Message({"uid": _TEXT, "index": _NUMBER, "totalSplits": _NUMBER}, closed=True),
        "textPayload": _TEXT,
        "jsonPayload": _STRUCT,
        "protoPayload": _AUDIT_LOG,
    },
    closed=True,
)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the field that a path names.

    Attributes:
        name: the one spelling by which predicates and policies know it.
        root: the entry's own field that it lies in.
        holds: the type of its values.
        message: it holds fields, not a value.
        many: one entry may hold several values.
        absence: what comparisons make of an entry without it.
        within: fields of the row that lie inside it.
    """

    name: str
    root: str
    holds: Holds
    message: bool
    many: bool
    absence: Absence
    within: tuple[str, ...] = ()


def squash(segment: str) -> str:
    """What two spellings of one protocol buffer field have in common."""
    return segment.replace("_", "").casefold()


def spell(segments: tuple[str, ...]) -> str:
    """A path as text; a segment with a dot, a blank or a quotation mark is quoted."""
    return ".".join(
        '"' + segment.replace("\\", "\\\\").replace('"', '\\"') + '"'
        if not segment or any(sign in segment for sign in ' ."\\')
        else segment
        for segment in segments
    )


def _walk(segments: tuple[str, ...]) -> tuple[tuple[str, ...], Leaf | Message | None, bool] | None:
    """The canonical segments, what is known of the last one, and whether any part of the way is repeated.

    None where the path runs through a value, or names what an entry cannot have, or what is not followed here
    (`metadata`, `errorGroups`, `apphub`).
    """
    names: list[str] = []
    at: Leaf | Message | None = _ENTRY
    keys = many = False
    for segment in segments:
        if isinstance(at, Leaf):
            return None
        keys = keys or (at is not None and at.keys)
        name = segment if keys else squash(segment)
        if at is not None and keys:
            at = at.each
        elif at is not None:
            known = next((known for known in at.parts if squash(known) == name), None)
            if known is None and at.closed:
                return None
            name = known or name
            at = at.parts.get(name)
        names.append(name)
        many = many or (at is not None and at.many)
    return tuple(names), at, many


def canonical(path: Path) -> str | None:
    """The one spelling of a path; None where it is no path of a log entry that can be followed."""
    walked = None if path.segments is None else _walk(path.segments)
    return None if walked is None else spell(walked[0])


@lru_cache(maxsize=256)
def rows(source: LogSource) -> Mapping[str, Field]:
    """The row's fields by their canonical spelling; those that are no fields of a log entry are left out."""
    named = ((canonical(path_of(field.name)), field) for field in source.fields)
    return {name: field for name, field in named if name is not None}


def is_audit(source: LogSource) -> bool:
    """Whether its entries hold a `protoPayload` of type `AuditLog`: the row's shape says so."""
    return any(shape.field == "protoPayload.@type" for shape in source.shape)


def know(path: Path, source: LogSource) -> Known | None:
    """What is known of a field; None where Google refuses the path, or it cannot be followed."""
    walked = None if path.segments is None else _walk(path.segments)
    if walked is None:
        return None
    segments, found, many = walked
    name, root = spell(segments), segments[0]
    declared = rows(source)
    row = declared.get(name)
    within = tuple(field.name for key, field in declared.items() if key.startswith(f"{name}."))
    if root == "protoPayload" and len(segments) > 1 and not is_audit(source):
        found = None  # it may be a RequestLog as well
    holds: Holds
    if isinstance(found, Leaf) and found.holds != "unknown":
        holds = found.holds
    elif row is None:
        holds = "unknown"
    else:
        holds = "number" if row.kind == "number" else "text"
    return Known(
        name=row.name if row else name,
        root=root,
        holds=holds,
        message=isinstance(found, Message) or bool(within),
        many=many or (row.repeated if row else found is None),
        absence=_absence(segments),
        within=within,
    )


def standard_field(name: str, source: LogSource) -> Field | None:
    """What entries can hold in a field that the row does not name; None where that is not known.

    `name` is spelled as predicates spell it.
    """
    known = know(path_of(name), source)
    if known is None or known.message or known.holds == "unknown":
        return None
    values = {"severity": SEVERITIES, "bool": ("true", "false")}.get(known.holds, ())
    return Field(
        name=name,
        kind="number" if known.holds == "number" else "finite" if values else "text",
        values=values,
        optional=name not in ALWAYS_SET,
        repeated=known.many,
        case="insensitive",
    )


def _absence(segments: tuple[str, ...]) -> Absence:
    if segments[0] in {"protoPayload", "jsonPayload", "labels"}:
        return "missing"
    # Whether these are payload, and labels, in the sense of the documentation is not said.
    if segments[0] == "textPayload" or segments[:2] == ("resource", "labels"):
        return "either"
    return "defaulted"
