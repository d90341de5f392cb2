"""Remarks for people on a Cloud Logging query: what is legal, and hardly what was meant."""

from collections.abc import Iterator

from logcov.selection.cloud_logging.compare import is_placeholder, unescaped
from logcov.selection.cloud_logging.entry import SEVERITIES, canonical
from logcov.selection.cloud_logging.parser import parse
from logcov.selection.cloud_logging.tree import (
    And,
    Call,
    Comparison,
    Node,
    Not,
    Or,
    Term,
    UnreadableError,
    Value,
)


def lints(text: str) -> list[str]:
    """What a person should look at again in a filter of the Logging query language, each remark once."""
    try:
        parsed = parse(text)
    except UnreadableError as error:
        return [f"logcov cannot read this filter: {error}"]
    found = [*parsed.traps]
    if parsed.node is not None:
        found.extend(_remarks(parsed.node))
    return list(dict.fromkeys(found))


def _remarks(node: Node) -> Iterator[str]:
    match node:
        case And() | Or():
            for part in node.parts:
                yield from _remarks(part)
        case Not():
            yield from _remarks(node.part)
        case Term():
            if not node.value.quote and node.value.text in {"and", "or", "not"}:
                yield f"lower-case `{node.value.text}` is a search term; operators are written in capitals"
            yield from _value(node.value)
        case Call():
            for argument in node.arguments:
                if argument.value is not None:
                    yield from _value(argument.value)
        case _:
            yield from _value(node.value)
            yield from _comparison(node)


def _value(value: Value) -> Iterator[str]:
    if value.quote == "'":
        yield f"'{value.raw}': what single quotes mean is not documented; use double quotes"
    if is_placeholder(value.text):
        yield f"`{value.raw}` holds a placeholder that was never filled in"


def _comparison(node: Comparison) -> Iterator[str]:
    name = canonical(node.path)
    text = node.value.text
    if name == "logName" and node.op in {"=", "!=", ":"}:
        if text.startswith("/projects/") and node.op != ":":
            yield f"logName {node.op} {text}: log names do not start with a slash, so this never holds of any"
        elif unescaped(text):
            yield f"logName {node.op} {text}: this can never match; {unescaped(text)}"
    if name == "severity" and node.op not in {":", "=~", "!~"} and text.upper() not in SEVERITIES:
        yield f"severity {node.op} {text}: there is no severity {text!r}, so this never holds"
