r"""A second reader of the Logging query language: from text to the tuples that `reference_query` evaluates.

It is written after https://cloud.google.com/logging/docs/view/logging-query-language and shares no code with
`logcov`: it finds the end of each comparison by one expression, and then climbs over the operators by their rank. It
reads what tests and live filters hold, and raises ValueError for anything else.
"""

import re
from collections.abc import Iterator
from typing import Any

from reference_query import Query

STRING = r'"(?:[^"\\]|\\.)*"'
SINGLE = r"'(?:[^'\\]|\\.)*'"
WORD = r"""[^\s()"',<>=:!~]+"""
PATH = rf"""(?:[^\s()"',<>=:!~]|{STRING}|{SINGLE})+"""
TOKEN = re.compile(
    rf"""
    (?P<blank>\s+|--[^\n]*)
  | (?P<call>[A-Za-z_]+)\(
  | (?P<keyword>(?:AND|OR|NOT)(?![^\s()"']))
  | (?P<minus>-(?=[(A-Za-z"]))
  | (?P<path>{PATH})\s*(?P<op>=~|!~|!=|<=|>=|=|<|>|:)\s*
  | (?P<value>{STRING}|{SINGLE}|{WORD})
  | (?P<bracket>[()])
  | (?P<comma>,)
    """,
    re.VERBOSE | re.DOTALL,
)
SEGMENT = re.compile(rf"{STRING}|[^.\"]+", re.DOTALL)
RANK = {"AND": 1, "OR": 2}
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"', "'": "'"}
UNSAID = re.compile(r"\$\{|%[sdvq](?![0-9A-Fa-f])|\*|^NULL_VALUE$")

NAMES = [
    "logName",
    "insertId",
    "severity",
    "timestamp",
    "receiveTimestamp",
    "trace",
    "spanId",
    "traceSampled",
    "resource",
    "type",
    "labels",
    "httpRequest",
    "protocol",
    "referer",
    "remoteIp",
    "requestMethod",
    "requestUrl",
    "serverIp",
    "userAgent",
    "status",
    "requestSize",
    "responseSize",
    "operation",
    "id",
    "producer",
    "first",
    "last",
    "textPayload",
    "jsonPayload",
    "protoPayload",
    "@type",
    "serviceName",
    "methodName",
    "resourceName",
    "numResponseItems",
    "code",
    "message",
    "authenticationInfo",
    "principalEmail",
    "authorizationInfo",
    "resource",
    "permission",
    "granted",
    "serviceData",
    "policyDelta",
    "bindingDeltas",
    "auditConfigDeltas",
    "action",
    "role",
    "member",
    "requestMetadata",
    "callerIp",
    "request",
    "response",
    "metadata",
]
SQUASHED = {name.replace("_", "").lower(): name for name in NAMES}
OPEN_BELOW = {"labels", "jsonPayload", "request", "response", "metadata"}


def read(text: str) -> Query:
    """The query; one of nothing but blanks holds of everything."""
    tokens = [found for found in _tokens(text) if found.lastgroup != "blank"]
    if not tokens:
        return ("and",)
    query, rest = _climb(tokens, 0, 1, _part)
    if rest != len(tokens):
        raise ValueError(f"{tokens[rest][0]!r} is left over")
    return query


def _tokens(text: str) -> Iterator[re.Match[str]]:
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"nothing is read at {at}")
        yield found
        at = found.end()


def _climb(tokens: Any, at: int, rank: int, part: Any) -> tuple[Query, int]:
    """Operands joined by operators of at least this rank; where none is written, AND is meant."""
    left, at = _unary(tokens, at, part)
    while at < len(tokens) and tokens[at][0] != ")":
        word = tokens[at]["keyword"]
        operator = word if word in RANK else "AND"
        if RANK[operator] < rank:
            break
        right, at = _climb(tokens, at + (word in RANK), RANK[operator] + 1, part)
        left = (operator.lower(), left, right)
    return left, at


def _unary(tokens: Any, at: int, part: Any) -> tuple[Query, int]:
    if at < len(tokens) and (tokens[at]["keyword"] == "NOT" or tokens[at]["minus"]):
        inner, at = _unary(tokens, at + 1, part)
        return ("not", inner), at
    return part(tokens, at)


def _bracketed(tokens: Any, at: int, part: Any) -> tuple[Query, int]:
    inner, at = _climb(tokens, at + 1, 1, part)
    if at == len(tokens) or tokens[at][0] != ")":
        raise ValueError("a bracket is open")
    return inner, at + 1


def _part(tokens: Any, at: int) -> tuple[Query, int]:
    if at == len(tokens):
        raise ValueError("an operand is missing")
    token = tokens[at]
    if token[0] == "(":
        return _bracketed(tokens, at, _part)
    if token["call"]:
        return _call(tokens, at)
    if token["path"]:
        return _compared(tokens, at + 1, _path(token["path"]), token["op"])
    if token["value"]:
        return ("unsaid",), at + 1  # it is looked for in every field
    raise ValueError(f"{token[0]!r} is no operand")


def _compared(tokens: Any, at: int, path: tuple[str, ...] | None, op: str) -> tuple[Query, int]:
    def one(tokens: Any, at: int) -> tuple[Query, int]:
        if at < len(tokens) and tokens[at][0] == "(":
            return _bracketed(tokens, at, one)
        if at == len(tokens) or not tokens[at]["value"]:
            raise ValueError("a value is missing")
        raw = tokens[at]["value"]
        if raw == "*" and op == ":":
            return (("unsaid",) if path is None else ("compare", path, ":*", "")), at + 1
        value = raw[1:-1] if op in {"=~", "!~"} and raw[0] == '"' else _plain(raw)
        if path is None or value is None or (op not in {"=~", "!~"} and UNSAID.search(value)):
            return ("unsaid",), at + 1
        return ("compare", path, op, value), at + 1

    return one(tokens, at)


def _call(tokens: Any, at: int) -> tuple[Query, int]:
    name = tokens[at]["call"].lower()
    depth, end = 1, at
    while depth:
        end += 1
        if end == len(tokens):
            raise ValueError("a bracket is open")
        depth += bool(tokens[end]["call"]) + (tokens[end][0] == "(") - (tokens[end][0] == ")")
    inner = tokens[at + 1 : end]
    match name, [token[0] for token in inner if not token["comma"]]:
        case (("log_id" | "source"), [value]) if (said := _plain(value)) and not re.search(
            r"[%*$]|^projects/\d+$", said
        ):
            return (name, said), end + 1
        case "sample", [field, share] if (path := _path(field)) is not None:
            return ("sample", path, float(share)), end + 1
        case "ip_in_net", [field, network] if (path := _path(field)) is not None:
            return ("ip_in_net", path, _plain(network)), end + 1
    return ("unsaid",), end + 1


def _plain(raw: str) -> str | None:
    """What a literal means; None for single quotes and for escapes that are not documented."""
    if raw[0] == "'":
        return None
    if raw[0] != '"':
        return raw
    escapes = re.findall(r"\\(.)", raw[1:-1], re.DOTALL)
    if any(one not in ESCAPES for one in escapes):
        return None
    return re.sub(r"\\(.)", lambda found: ESCAPES[found[1]], raw[1:-1], flags=re.DOTALL)


def _path(text: str) -> tuple[str, ...] | None:
    """The segments, under the names that entries have; None for a path that is none."""
    if "'" in text or "/" in re.sub(STRING, "", text):
        return None
    found = [_plain(one) if one[0] == '"' else one for one in SEGMENT.findall(text)]
    segments: list[str] = []
    for one in found:
        as_written = bool(OPEN_BELOW & set(segments))
        segments.append(str(one) if as_written else SQUASHED.get(str(one).replace("_", "").lower(), str(one)))
    known = segments[0] in {
        "logName", "insertId", "severity", "trace", "spanId", "traceSampled", "resource", "labels", "httpRequest",
        "operation", "textPayload", "jsonPayload", "protoPayload",
    }  # fmt: skip
    return tuple(segments) if known else None


NUMBERS = {"status", "numResponseItems", "code", "requestSize", "responseSize", "bytes"}


def entry_of(record: dict[str, Any]) -> dict[str, Any]:
    """The log entry that a witness describes: paths to text become what the API would answer."""
    made: dict[str, Any] = {}
    for name, value in record.items():
        segments = [one[1:-1] if one[0] == '"' else one for one in SEGMENT.findall(name)]
        if segments[0] not in {*NAMES}:
            continue  # a dimension of the log source, no field of its entries
        at = made
        for one in segments[:-1]:
            at = at.setdefault(one, {})
        kept = [_typed(segments, one) for one in ([value] if isinstance(value, str) else value)]
        at[segments[-1]] = kept[0] if len(kept) == 1 else kept
    return made


def _typed(segments: list[str], text: str) -> Any:
    if segments[-1] in NUMBERS and segments[0] != "labels":
        return float(text)
    if segments[-1] in {"traceSampled", "first", "last", "granted"}:
        return text == "true"
    return text
