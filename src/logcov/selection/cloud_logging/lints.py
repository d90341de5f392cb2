"""Remarks for people on a Cloud Logging query: what is legal, and hardly what was meant."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from logcov.selection.cloud_logging.compare import is_placeholder, names_a_number, unescaped
from logcov.selection.cloud_logging.compile import share_of
from logcov.selection.cloud_logging.entry import SEVERITIES, canonical
from logcov.selection.cloud_logging.parser import Parsed, parse
from logcov.selection.cloud_logging.places import Place, place
from logcov.selection.cloud_logging.regexes import UnreadablePatternError, check
from logcov.selection.cloud_logging.tree import (
    And,
    Call,
    Comparison,
    Node,
    Not,
    Or,
    Span,
    Term,
    UnreadableError,
    Value,
)

MOST = 100
"""Remarks that are made on one filter."""

_SHORT = 60
_NUMBERED_SOURCE = re.compile(r"projects/[0-9]+", re.IGNORECASE)
_DOTTED_KEY = re.compile(r"((?:resource\.)?labels)\.([^\"']+)", re.IGNORECASE)
_NAMESPACE = re.compile(r"[A-Za-z]+/[^/]+/logs/.")


@dataclass(frozen=True, slots=True)
class Lint:
    """One remark.

    Attributes:
        code: what kind of trap it is, in a word that never changes.
        says: what is odd, for a person.
        instead: what to write instead.
        span: the part of the text that it is about.
    """

    code: str
    says: str
    instead: str
    span: Span

    def at(self, text: str) -> Place:
        """Where it stands in the text in which it was found."""
        return place(text, self.span)


@lru_cache(maxsize=4096)
def lints(text: str) -> tuple[Lint, ...]:
    """What a person should look at again in a filter of the Logging query language, in the order of the text."""
    try:
        parsed = parse(text)
    except UnreadableError as error:
        return (
            Lint(
                "unreadable",
                f"logcov cannot read this filter: {error}",
                "check it in the Logs Explorer; as long as it cannot be read, what it lets through is unknown",
                error.span,
            ),
        )
    if parsed.node is None:
        if not text.strip():
            return ()
        return (
            Lint(
                "only-comments",
                "the filter holds nothing but comments",
                "leave it empty to let everything through",
                (0, len(text)),
            ),
        )
    found = dict.fromkeys([*_traps(parsed, text), *_remarks(parsed.node, text)])
    return tuple(sorted(found, key=lambda one: (one.span, one.code))[:MOST])


def _traps(parsed: Parsed, text: str) -> Iterator[Lint]:
    for either in parsed.mixed:
        part = _shortened(text, either.span)
        yield Lint(
            "or-before-and",
            "OR binds tighter than AND: `a AND b OR c` means `a AND (b OR c)`",
            f"if that is meant, put it in brackets: ({part}); else put brackets around what AND joins",
            either.span,
        )
    for before, term in parsed.loose:
        yield Lint(
            "global-term",
            f"{_raw(term.value)} stands alone: it is looked for in every field, not in {before.path.text}",
            f"{before.path.text}{before.op}({_raw(before.value)} OR {_raw(term.value)})",
            term.span,
        )


def _shortened(text: str, span: Span) -> str:
    part = " ".join(text[slice(*span)].split())
    return part if len(part) <= _SHORT else f"{part[: _SHORT - 1]}…"


def _raw(value: Value) -> str:
    raw = value.raw if len(value.raw) <= _SHORT else f"{value.raw[: _SHORT - 1]}…"
    return f"{value.quote}{raw}{value.quote}"


def _remarks(node: Node, text: str) -> Iterator[Lint]:
    stack: list[Node] = [node]
    while stack:
        part = stack.pop()
        match part:
            case And() | Or():
                stack.extend(reversed(part.parts))
            case Not():
                stack.append(part.part)
            case Term():
                yield from _term(part)
                yield from _value(part.value)
            case Call():
                yield from _call(part, text)
            case _:
                yield from _value(part.value)
                yield from _comparison(part)


def _term(node: Term) -> Iterator[Lint]:
    word = node.value.text
    if not node.value.quote and word in {"and", "or", "not"}:
        yield Lint(
            "lower-case-operator",
            f"`{word}` in lower case is a word to look for in every field, no operator",
            word.upper(),
            node.span,
        )


def _value(value: Value) -> Iterator[Lint]:
    if value.quote == "'":
        yield Lint(
            "single-quotes",
            f"{_raw(value)}: what single quotes mean is not documented",
            '"' + value.raw.replace('"', '\\"') + '"' if len(value.raw) <= _SHORT else "double quotes",
            value.span,
        )
    if is_placeholder(value.text):
        yield Lint(
            "placeholder",
            f"{_raw(value)} holds a placeholder that was never filled in",
            "the value that it stands for",
            value.span,
        )


def _comparison(node: Comparison) -> Iterator[Lint]:
    name = canonical(node.path)
    value = node.value
    if is_placeholder(value.text):
        return
    if name is None:
        yield _field(node)
    elif name == "logName" and node.op in {"=", "!=", ":"}:
        yield from _log_name(node)
    elif name == "severity" and node.op not in {":", "=~", "!~"} and not _is_severity(value.text):
        yield Lint(
            "unknown-severity",
            f"there is no severity {value.text!r}, so this never holds",
            f"one of {', '.join(SEVERITIES)}",
            node.span,
        )
    if node.op in {"=~", "!~"}:
        yield from _pattern(node)


def _is_severity(text: str) -> bool:
    return text.isdigit() or text.upper() in SEVERITIES


def _field(node: Comparison) -> Lint:
    dotted = _DOTTED_KEY.fullmatch(node.path.text)
    return Lint(
        "unknown-field",
        f"{node.path.text} is no field of a log entry that logcov knows",
        f'{dotted[1]}."{dotted[2]}", if that is the key of the label' if dotted else "the field's whole path",
        node.path.span,
    )


def _log_name(node: Comparison) -> Iterator[Lint]:
    text = node.value.text
    if node.op != ":" and text.startswith("/"):
        yield Lint(
            "log-name-slash",
            "names of logs do not start with a slash, so no entry has this one",
            f'logName{node.op}"{text.lstrip("/")}"',
            node.span,
        )
        return
    if names_a_number(text):
        yield Lint(
            "log-name-number",
            "names of logs hold the id of the project and never its number, so no entry has this one",
            "the project's id",
            node.span,
        )
    if unescaped(text):
        yield Lint(
            "log-name-unescaped",
            f"this can never match: {unescaped(text)}",
            f'logName{node.op}"{_escaped(text)}"',
            node.span,
        )


def _escaped(name: str) -> str:
    """A name of a log, or a part of one, as it was most likely meant."""
    head, logs, log = name.rpartition("/logs/") if "/logs/" in name else ("", "", name)
    return head + logs + log.replace("/", "%2F")


def _pattern(node: Comparison) -> Iterator[Lint]:
    if not node.value.quote:
        yield Lint(
            "unquoted-pattern",
            "a regular expression needs quotation marks",
            f'{node.path.text}{node.op}"{node.value.raw}"',
            node.span,
        )
        return
    try:
        check(node.value)
    except UnreadablePatternError as error:
        yield Lint(
            "bad-pattern",
            f"{_raw(node.value)} is no regular expression: {error}",
            "an expression in the syntax of RE2",
            node.value.span,
        )


def _call(call: Call, text: str) -> Iterator[Lint]:
    for argument in call.arguments:
        if argument.value is not None:
            yield from _value(argument.value)
    last = call.arguments[-1].value if call.arguments else None
    if last is None or is_placeholder(last.text):
        return
    match call.name, len(call.arguments):
        case "log_id", 1 if "%" in last.text:
            yield Lint(
                "log-id-escaped",
                "log_id() takes the id as it is, without %2F; so this can never match",
                f'log_id("{unquote(last.text)}")',
                call.span,
            )
        case "log_id", 1 if _NAMESPACE.match(last.text):
            yield Lint(
                "log-id-name",
                "log_id() takes the id of a log, not its whole name; so this can never match",
                f'log_id("{unquote(last.text.partition("/logs/")[2])}")',
                call.span,
            )
        case "source", 1 if _NUMBERED_SOURCE.fullmatch(last.text):
            yield Lint(
                "source-number",
                "names of logs hold the id of the project and not its number; what source() makes of one is not known",
                'source("projects/ID"), with the project\'s id',
                call.span,
            )
        case "sample", 2 if share_of(last.text) is None:
            yield Lint(
                "sample-share",
                f"{last.text} is no share: more than 0, and 1 at most",
                f"{_shortened(text, call.arguments[0].span)}, with a share such as 0.25",
                call.span,
            )
