"""A second reading of the Logging query language: it evaluates queries on concrete, typed log entries.

It follows https://cloud.google.com/logging/docs/view/logging-query-language word by word, shares no code with
`logcov`, and says None where the documentation says nothing. Entries are JSON-like: dicts, lists, text, numbers,
truth values. Queries are tuples:

    ("and" | "or", part, part…)   ("not", part)   ("compare", segments, operator, value)
    ("log_id", id)   ("source", container)   ("sample", segments, share)   ("ip_in_net", segments, network)
    ("unsaid",): something of which the documentation does not say what it means
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

Query = tuple[Any, ...]
Entry = Mapping[str, Any]

SEVERITIES = {
    name: number
    for number, name in enumerate(
        ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")
    )
}
DEFAULTS: Mapping[tuple[str, ...], Any] = {
    ("severity",): "DEFAULT",
    ("trace",): "",
    ("traceSampled",): False,
    ("spanId",): "",
    ("insertId",): "",
    ("resource", "type"): "",
    **{
        ("httpRequest", name): ""
        for name in ("protocol", "referer", "remoteIp", "requestMethod", "serverIp", "userAgent")
    },
    ("httpRequest", "status"): 0,
    ("httpRequest", "requestUrl"): "",
    ("operation", "id"): "",
    ("operation", "first"): False,
}
"""Fields of the entry itself: absent ones compare as these."""


def evaluate(query: Query, entry: Entry) -> bool | None:
    """What the query says of the entry; None where the documentation does not say."""
    kind, *rest = query
    match kind:
        case "and":
            answers = [evaluate(part, entry) for part in rest]
            return False if False in answers else None if None in answers else True
        case "or":
            answers = [evaluate(part, entry) for part in rest]
            return True if True in answers else None if None in answers else False
        case "not":
            answer = evaluate(rest[0], entry)
            return None if answer is None else not answer
        case "log_id":
            return entry["logName"].casefold().endswith(f"/logs/{quote(rest[0], safe='')}".casefold())
        case "source":
            return entry["logName"].casefold().startswith(f"{rest[0]}/logs/".casefold())
        case "sample":
            path = tuple(rest[0])
            there = bool(members(entry, path))
            if not there and _is_missing(path):
                return False
            return True if rest[1] == 1 and (there or path in DEFAULTS) else None
        case "ip_in_net":
            found = members(entry, tuple(rest[0]))
            answers = [_within(one, rest[1]) for one in found]
            return True if True in answers else None if None in answers else False
        case "unsaid":
            return None
        case _:
            return _compared(tuple(rest[0]), rest[1], rest[2], entry)


def _compared(path: tuple[str, ...], op: str, value: str, entry: Entry) -> bool | None:
    found = members(entry, path)
    if op == ":*":
        # Whether a severity of DEFAULT is "explicitly present" is not said.
        return None if path == ("severity",) and found in ([], ["DEFAULT"]) else bool(found)
    if not found:
        if path[:2] == ("resource", "labels") or path == ("textPayload",):
            missing, defaulted = False, _one(path, op, value, "")
            return missing if missing == defaulted else None
        if _is_missing(path):
            return False
        if path not in DEFAULTS:
            return None
        found = [DEFAULTS[path]]
    answers = [_one(path, op, value, one) for one in found]
    return True if True in answers else None if None in answers else False


def _is_missing(path: tuple[str, ...]) -> bool:
    """A field of the payload, or a label: if it is not there, no comparison with it holds."""
    return path[0] in {"protoPayload", "jsonPayload", "labels"}


def _within(have: Any, network: str) -> bool | None:
    try:
        return ipaddress.ip_address(have) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return None


def members(entry: Any, path: tuple[str, ...]) -> list[Any]:
    """The values at a path; those of arrays one by one. Empty where it is not there."""
    if isinstance(entry, list):
        return [value for one in entry for value in members(one, path)]
    if not path:
        return [entry]
    return members(entry[path[0]], path[1:]) if isinstance(entry, dict) and path[0] in entry else []


def _one(path: tuple[str, ...], op: str, value: str, have: Any) -> bool | None:
    if isinstance(have, dict):
        return None
    if path == ("severity",):
        return _severity(op, value, have)
    if op in {"=~", "!~"}:
        if not isinstance(have, str):
            return None
        matched = re.search(re.sub(r"(?<!\\)\$", r"\\Z", value), have) is not None
        return matched == (op == "=~")
    if op == ":":
        return normal(value) in normal(have) if isinstance(have, str) else None
    if isinstance(have, bool):
        if value.casefold() not in {"true", "false"}:
            return False
        return _ordered(op, have, value.casefold() == "true")
    if isinstance(have, int | float):
        try:
            want = float(value)
        except ValueError:
            return False
        return _ordered(op, have, want)
    return _ordered(op, normal(have), normal(value))


def _severity(op: str, value: str, have: str) -> bool | None:
    if op in {":", "=~", "!~"}:
        return None
    if value.upper() not in SEVERITIES:
        return False
    return _ordered(op, SEVERITIES[have], SEVERITIES[value.upper()])


def _ordered(op: str, have: Any, want: Any) -> bool:
    return {
        "=": have == want,
        "!=": have != want,
        "<": have < want,
        "<=": have <= want,
        ">": have > want,
        ">=": have >= want,
    }[op]


def normal(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def flat(entry: Entry) -> dict[str, str | tuple[str, ...]]:
    """The entry as the record that predicates are asked about: paths to text."""
    found: dict[str, list[str]] = {}
    for path, value in _leaves(entry, ()):
        found.setdefault(".".join(f'"{one}"' if "." in one else one for one in path), []).append(value)
    return {name: tuple(values) if len(values) > 1 else values[0] for name, values in found.items()}


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    match value:
        case dict():
            if path:
                yield path, ""
            for name, part in value.items():
                yield from _leaves(part, (*path, name))
        case list():
            for one in value:
                yield from _leaves(one, path)
        case bool():
            yield path, "true" if value else "false"
        case _:
            yield path, str(value)
