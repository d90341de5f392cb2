"""Log entries and queries for tests: strategies, and the many ways to write one query."""

from typing import Any

from hypothesis import strategies as st

from reference_query import Query
from selection_rows import AUDIT_LOG

TEXTS = (
    "",
    "a",
    "A",
    "ab",
    "b",
    "Straße",
    "STRASSE",
    "ERROR",
    "5",
    "5.0",
    "-1",
    "true",
    "False",
    "x y",
    'q"q',
)
PATTERNS = ("^a", "b$", "^ab$", "a", "^A$", "", "^$", r"x\.y", "a.*", ".*b", "a|b", "^.*b", "[ab]", "5")
OPERATORS = ("=", "!=", ":", "<", "<=", ">", ">=", "=~", "!~", ":*")

AUDIT_PATHS = (
    ("logName",),
    ("severity",),
    ("insertId",),
    ("trace",),
    ("traceSampled",),
    ("resource", "type"),
    ("resource", "labels", "zone"),
    ("labels", "k"),
    ("labels", "a.b"),
    ("httpRequest", "status"),
    ("httpRequest", "requestUrl"),
    ("operation", "id"),
    ("operation", "first"),
    ("textPayload",),
    ("jsonPayload", "a"),
    ("protoPayload", "@type"),
    ("protoPayload", "serviceName"),
    ("protoPayload", "numResponseItems"),
    ("protoPayload", "status", "code"),
    ("protoPayload", "authorizationInfo", "permission"),
    ("protoPayload", "authorizationInfo", "granted"),
    ("protoPayload", "request", "Name"),
    ("protoPayload", "request", "many"),
    ("protoPayload", "serviceData", "policyDelta", "bindingDeltas"),
    ("protoPayload", "serviceData", "policyDelta", "bindingDeltas", "role"),
)
FLOW_PATHS = (
    *(path for path in AUDIT_PATHS if path[0] not in {"protoPayload", "textPayload"}),
    ("jsonPayload", "A"),
    ("jsonPayload", "many"),
    ("jsonPayload", "in", "x"),
    ("jsonPayload", "bytes"),
    ("jsonPayload", "reporter"),
    ("protoPayload", "serviceName"),
)

texts = st.sampled_from(TEXTS)
scalars = st.one_of(texts, st.sampled_from((5, 5.5, 0, -1, True, False)))


def some(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def entries(payload: str, inside: st.SearchStrategy[Any], log: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "logName": st.sampled_from((f"projects/acme/logs/{log}", f"folders/77/logs/{log}")),
            "insertId": texts.filter(bool),
            "resource": st.fixed_dictionaries({"type": texts}, optional={"labels": some(zone=texts)}),
            payload: inside,
        },
        optional={
            "severity": st.sampled_from(("DEFAULT", "INFO", "ERROR", "EMERGENCY")),
            "trace": texts,
            "traceSampled": st.booleans(),
            "labels": some(k=texts, **{"a.b": texts}),
            "httpRequest": some(status=st.sampled_from((5, 404)), requestUrl=texts),
            "operation": some(id=texts, first=st.booleans()),
        },
    )


binding = st.fixed_dictionaries({}, optional={"role": texts, "action": texts})
audit_entries = entries(
    "protoPayload",
    st.fixed_dictionaries(
        {"@type": st.just(AUDIT_LOG), "serviceName": texts},
        optional={
            "numResponseItems": st.sampled_from((5, 7)),
            "status": some(code=st.sampled_from((0, 5, 7))),
            "authorizationInfo": st.lists(
                some(permission=texts, granted=st.booleans()), min_size=1, max_size=2
            ),
            "request": some(Name=scalars, name=scalars, many=st.lists(scalars, min_size=1, max_size=2)),
            "serviceData": st.fixed_dictionaries(
                {
                    "policyDelta": st.fixed_dictionaries(
                        {"bindingDeltas": st.lists(binding, min_size=1, max_size=2)}
                    )
                }
            ),
        },
    ),
    "cloudaudit.googleapis.com%2Factivity",
)
flow_entries = entries(
    "jsonPayload",
    some(
        a=scalars,
        A=scalars,
        many=st.lists(scalars, min_size=1, max_size=2),
        reporter=texts,
        bytes=st.sampled_from((5, 6)),
        **{"in": some(x=scalars)},
    ),
    "compute.googleapis.com%2Fvpc_flows",
)


def comparisons(paths: tuple[tuple[str, ...], ...]) -> st.SearchStrategy[Query]:
    def one(path: tuple[str, ...], op: str, value: str, pattern: str) -> Query:
        return ("compare", path, op, pattern if "~" in op else value)

    values = st.one_of(texts, st.sampled_from(("ERROR", "info", "HIGH", "404", "cloudaudit", "x", AUDIT_LOG)))
    return st.builds(
        one, st.sampled_from(paths), st.sampled_from(OPERATORS), values, st.sampled_from(PATTERNS)
    )


def queries(paths: tuple[tuple[str, ...], ...]) -> st.SearchStrategy[Query]:
    leaf = st.one_of(
        comparisons(paths),
        comparisons(paths),
        st.sampled_from(
            (
                ("log_id", "cloudaudit.googleapis.com/activity"),
                ("log_id", "stdout"),
                ("source", "projects/acme"),
                ("source", "folders/77"),
                ("sample", ("insertId",), 1),
                ("sample", ("trace",), 1),
                ("sample", ("labels", "k"), 1),
                ("sample", ("labels", "k"), 0.5),
            )
        ),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.builds(lambda parts: ("and", *parts), st.lists(inner, min_size=2, max_size=3)),
            st.builds(lambda parts: ("or", *parts), st.lists(inner, min_size=2, max_size=3)),
            st.builds(lambda part: ("not", part), inner),
        ),
        max_leaves=6,
    )


def write(query: Query, pick: st.DataObject) -> str:
    """The query as text, in one of the many ways to write it."""
    kind, *rest = query

    def either(*ways: str) -> str:
        return pick.draw(st.sampled_from(ways))

    match kind:
        case "and":
            parts = [write(part, pick) for part in rest]  # an OR inside needs no brackets: it binds tighter
            text = parts[0]
            for part in parts[1:]:
                text += either(" AND ", " ", "\n", " -- a remark\n  AND ", "\r\n\r\n") + part
            return text
        case "or":
            return either(" OR ", "\nOR ").join(bracketed(part, pick, "and") for part in rest)
        case "not":
            inner = bracketed(rest[0], pick, "and", "or")
            return either("NOT ", "-") + inner if not inner.startswith(("-", "NOT")) else f"NOT {inner}"
        case "log_id":
            return f'{either("log_id", "LOG_ID", "Log_Id")}("{rest[0]}")'
        case "source":
            return f"{either('source', 'SOURCE')}({either(rest[0], quoted(rest[0]))})"
        case "sample":
            return f"sample({path(rest[0], pick)}, {rest[1]})"
        case _:
            segments, op, value = rest
            if op == ":*":
                return f"{path(segments, pick)}:*"
            shown = f'"{value}"' if "~" in op else quoted(value)
            if value.isalnum() and value.isascii() and value not in {"AND", "OR", "NOT"} and "~" not in op:
                shown = either(shown, value)
            blank = either("", " ", "\n")
            return f"{path(segments, pick)}{blank}{op}{blank}{shown}"


def bracketed(query: Query, pick: st.DataObject, *needing: str) -> str:
    text = write(query, pick)
    return f"({text})" if query[0] in needing or pick.draw(st.booleans()) else text


def path(segments: tuple[str, ...], pick: st.DataObject) -> str:
    keys = segments[0] in {"jsonPayload", "labels"} or segments[1:2] in (("labels",), ("request",))
    written = []
    for index, segment in enumerate(segments):
        free = index == 0 or not keys or (index == 1 and segments[0] in {"resource", "protoPayload"})
        ways = [segment, segment.upper(), _snake(segment)] if free else [segment]
        chosen = pick.draw(st.sampled_from(ways))
        marks = "." in chosen or (index > 0 and pick.draw(st.booleans()))
        written.append(quoted(chosen) if marks else chosen)
    return ".".join(written)


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _snake(name: str) -> str:
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name)
