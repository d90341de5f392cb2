"""Which log events a CloudWatch Logs filter pattern takes: dialect `aws.logs-pattern`.

The text is `filterPattern` of a subscription filter or metric filter. There are three languages:

* nothing, or an empty phrase: everything;
* `{ $.eventName = "X" && … }`: conditions on JSON. Exact for CloudTrail events and their documented fields. Of other
  fields, and of the records of other sources, it is not known whether they are JSON, lists or objects: a condition
  that fails is certain, one that holds is not;
* terms, `[space, delimited]` fields, `%regex%`: conditions on the text of the event, which is not known. Opaque.

What CloudWatch Logs does not document is opaque: above all, what `!=` makes of events without the field.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from logcov.inventory.rows import LogSource
from logcov.selection.json_fields import JsonType, json_field, of_cloudtrail
from logcov.selection.predicate import (
    TRUE,
    Op,
    Predicate,
    all_of,
    any_of,
    atom,
    negate,
    number,
    opaque,
    present,
)

LONGEST = 4096
"""Characters; CloudWatch Logs takes 1024."""

_TOKEN = re.compile(
    r"""
    (?P<space>\s+) | (?P<joint>&&|\|\|) | (?P<bang>!(?!=)) | (?P<open>\() | (?P<close>\))
    | (?P<selector>\$(?:\.[\w*-]+|\.?\['[^'\]]*'\]|\.?\["[^"\]]*"\]|\[[\d*]+\])+)
    | (?P<op>!=|<=|>=|=|<|>)
    | (?P<quoted>"(?:[^"\\]|\\.)*") | (?P<regex>%(?:[^%\\]|\\.)+%) | (?P<word>[\w.*:/@+-]+)
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_PATH = re.compile(r"\$((?:\.[\w-]+)+)", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_TERM = re.compile(r'\s*(?P<sign>[?-]?)(?P<term>"(?:[^"\\]|\\.)*"|[^\s"]+)', re.DOTALL)
_EVERYTHING = re.compile(r'(?:"\s*")?')
_LITERAL = re.compile(r"(?:[A-Za-z0-9_#=@/;,: -]|\\[\^$?\[\]{}|\\*+.])*")
"""A regular expression of characters that stand for themselves."""
_ENDS: dict[tuple[bool, bool], Op] = {
    (False, False): "=",
    (False, True): "prefix",
    (True, False): "suffix",
    (True, True): "contains",
}
"""What a pattern is that is open at its start, at its end."""
_BINDS = {"||": 1, "&&": 2, "!": 3}
_COMPARED: dict[str, Op] = {"=": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


class _UnreadablePatternError(ValueError):
    """The pattern is none that is documented. The message says why, for a person."""


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def compile_log_pattern(text: str, source: LogSource) -> Predicate:
    """The log events that match; what cannot be read is opaque."""
    if len(text) > LONGEST:
        return opaque(text, "the filter pattern is longer than any that CloudWatch Logs takes")
    stripped = text.strip()
    if _EVERYTHING.fullmatch(stripped):
        return TRUE
    if stripped.startswith("{"):
        try:
            return _json(stripped, source)
        except _UnreadablePatternError as error:
            return opaque(text, f"the filter pattern cannot be read: {error}")
    if stripped.startswith(("[", "%")):
        return _of_text(stripped)
    return _terms(stripped)


# --- Conditions on text -----------------------------------------------------------------------------------


def _of_text(condition: str) -> Predicate:
    return opaque(condition, "the text of the log events is not known")


def _terms(text: str) -> Predicate:
    """Every plain term, and none with `-`. Terms with `?` count only where there are no others: then any of them."""
    signed: dict[str, list[Predicate]] = {"": [], "-": [], "?": []}
    at = 0
    while at < len(text):
        found = _TERM.match(text, at)
        if found is None:
            return _of_text(text)
        signed[found["sign"]].append(_of_text(f"holds {found['term']}"))
        at = found.end()
    if signed[""] or signed["-"]:
        return all_of(*signed[""], *map(negate, signed["-"]))
    return any_of(*signed["?"])


# --- Conditions on JSON -----------------------------------------------------------------------------------


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _UnreadablePatternError(f"{text[at]!r} is not understood")
        if found.lastgroup != "space":
            yield _Token(str(found.lastgroup), found[0], at)
        at = found.end()


def _json(text: str, source: LogSource) -> Predicate:
    """Of a text that starts with a brace.

    Raises:
        _UnreadablePatternError: it is no pattern.
    """
    if not text.endswith("}"):
        raise _UnreadablePatternError("it does not end with a brace")
    reader = _Reader(text, list(_tokens(text[1:-1])), source)
    found = reader.read()
    if not reader.vague:
        return found
    selectors = ", ".join(sorted(reader.vague))
    return all_of(
        found, opaque(selectors, "whether the log events are JSON with a single value there is not known")
    )


@dataclass(slots=True)
class _Reader:
    """Reads a compound condition from left to right, without recursion: `!` before `&&` before `||`.

    Attributes:
        vague: selectors of what may be a list or an object, if it is JSON at all. AWS says that then "the filter pattern won't
            match the log format"; whether that means this comparison or the whole pattern, it does not.
    """

    text: str
    tokens: list[_Token]
    source: LogSource
    vague: set[str] = field(default_factory=set)
    _operands: list[Predicate] = field(default_factory=list)
    _operators: list[_Token] = field(default_factory=list)
    _next: int = 0

    def read(self) -> Predicate:
        """The whole condition.

        Raises:
            _UnreadablePatternError: it is none.
        """
        wants_operand = True
        while self._next < len(self.tokens):
            token = self._take()
            if wants_operand and token.kind in {"open", "bang"}:
                self._operators.append(token)
            elif wants_operand and token.kind == "selector":
                self._operands.append(self._comparison(token.text))
                wants_operand = False
            elif not wants_operand and token.kind == "close":
                self._close()
            elif not wants_operand and token.kind == "joint":
                self._apply(_BINDS[token.text])
                self._operators.append(token)
                wants_operand = True
            else:
                raise _UnreadablePatternError(f"{token.text!r} is not expected")
        if wants_operand:
            raise _UnreadablePatternError("a condition is missing")
        self._apply(0)
        if self._operators:
            raise _UnreadablePatternError("a parenthesis is not closed")
        return self._operands.pop()

    def _take(self, *kinds: str) -> _Token:
        token = self.tokens[self._next] if self._next < len(self.tokens) else _Token("end", "the end", 0)
        if kinds and token.kind not in kinds:
            raise _UnreadablePatternError(f"{token.text!r} is not expected")
        self._next += 1
        return token

    def _close(self) -> None:
        self._apply(0)
        if not self._operators:
            raise _UnreadablePatternError("a parenthesis was not opened")
        self._operators.pop()

    def _apply(self, binding: int) -> None:
        """Applies what was read last and binds at least so, back to the last open parenthesis."""
        while (
            self._operators
            and self._operators[-1].kind != "open"
            and _BINDS[self._operators[-1].text] >= binding
        ):
            operator = self._operators.pop()
            last = self._operands.pop()
            if operator.kind == "bang":
                self._operands.append(
                    opaque(
                        f"{self.text} at {operator.at}", "CloudWatch Logs documents no negation of conditions"
                    )
                )
                continue
            join = all_of if operator.text == "&&" else any_of
            self._operands.append(join(self._operands.pop(), last))

    def _comparison(self, selector: str) -> Predicate:
        """What follows a selector: an operator and a value, `IS …` or `NOT EXISTS`."""
        path = _PATH.fullmatch(selector)
        name = path[1].removeprefix(".") if path else ""
        known = json_field(name, self.source)
        exact = bool(path) and of_cloudtrail(self.source) and known.scalar
        if not exact:
            self.vague.add(selector)
        compared = _Compared(selector, name, known.type if exact else "unknown", exact)
        token = self._take("op", "word")
        if token.kind == "op":
            value = self._take("quoted", "regex", "word")
            return compared.to(token.text, value)
        words = token.text.upper(), self._take("word").text.upper()
        match words:
            case ("IS", "TRUE" | "FALSE" | "NULL"):
                return compared.is_(words[1].lower())
            case ("NOT", "EXISTS"):
                return compared.not_exists()
            case _:
                raise _UnreadablePatternError(f"{' '.join(words)} is not documented")


@dataclass(frozen=True, slots=True)
class _Compared:
    """What a selector points to.

    Attributes:
        name: of the record's field; empty where the selector is none of a single field.
        type: of its JSON; `unknown` also where more than that is not known.
        listed: a record that lacks the field lacks it in JSON.
    """

    selector: str
    name: str
    type: JsonType
    listed: bool

    def to(self, op: str, value: _Token) -> Predicate:
        said = f"{self.selector} {op} {value.text}"
        if not self.name:
            return opaque(said, "which element of the event this is, its record does not tell")
        if value.kind == "word" and _NUMBER.fullmatch(value.text):
            return self._to_number(op, value.text, said)
        if op not in {"=", "!="}:
            raise _UnreadablePatternError(f"{said}: this operator compares numbers")
        equal = self._regex(value.text[1:-1]) if value.kind == "regex" else self._text(value)
        if self.type != "string":
            unsure = opaque(said, f"whether {self.name} is text is not known")
            return all_of(equal, unsure) if op == "=" else unsure
        if op == "=":
            return equal
        there = present(self.name)
        unsure = opaque(
            f"{said} without {self.name}", f"what events without {self.name} do is not documented"
        )
        return any_of(all_of(there, negate(equal)), all_of(negate(there), unsure))

    def is_(self, value: str) -> Predicate:
        if value != "null" and self.type == "boolean":
            return atom(self.name, "=", value)
        unsure = opaque(f"{self.selector} is {value}", f"whether this is {value} its record does not tell")
        if not self.name:
            return unsure
        text = atom(self.name, "=", value)
        return all_of(any_of(text, negate(present(self.name))) if value == "null" else text, unsure)

    def not_exists(self) -> Predicate:
        if self.listed:
            return negate(present(self.name))
        return opaque(f"{self.selector} not exists", "whether this exists its record does not tell")

    def _to_number(self, op: str, value: str, said: str) -> Predicate:
        """No documented field of CloudTrail is a number. What a number is to text is not documented."""
        unsure = opaque(said, f"whether {self.name} is a number is not known")
        if op == "!=":
            return unsure
        test = atom(self.name, _COMPARED[op], value, "number")
        return all_of(test, unsure) if number(value) is not None else unsure

    def _text(self, value: _Token) -> Predicate:
        """Whether the field is this text; a star at its ends is any run of characters."""
        text = value.text[1:-1] if value.kind == "quoted" else value.text
        if "\\" in text:
            unsure = opaque(f"{self.name} = {value.text}", "what a backslash does is not documented")
            return all_of(present(self.name), unsure)
        inner = text.strip("*")
        pattern = atom(self.name, "glob", text)
        if "*" not in inner:
            return pattern
        literal = atom(self.name, _ENDS[text.startswith("*"), text.endswith("*")], inner)
        unsure = opaque(f"{self.name} = {text}", "whether a star amid a text is any text is not documented")
        return any_of(literal, all_of(pattern, unsure))

    def _regex(self, regex: str) -> Predicate:
        """Whether the regular expression is found in the field: exact if its characters stand for themselves."""
        inner = regex.removeprefix("^")
        starts = inner != regex
        ends = inner.endswith("$") and _LITERAL.fullmatch(inner[:-1]) is not None
        if ends:
            inner = inner[:-1]
        if not inner or not _LITERAL.fullmatch(inner):
            unsure = opaque(f"{self.name} = %{regex}%", "regular expressions are not decided")
            return all_of(present(self.name), unsure)
        text = re.sub(r"\\(.)", r"\1", inner)
        return atom(self.name, _ENDS[not starts, not ends], text)
