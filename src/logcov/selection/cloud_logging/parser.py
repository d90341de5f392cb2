"""Reads a Cloud Logging query into a tree.

```
query := or { [AND] or }          or := unary { OR unary }          unary := { NOT | - } part
part  := ( query ) | function( … ) [operator value] | field operator value | value
value := literal | ( query of literals )
```

NOT binds tighter than OR, and OR tighter than AND. A blank, or nothing, between two parts is AND.
Source: https://cloud.google.com/logging/docs/view/logging-query-language
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import cast

from logcov.selection.cloud_logging import lexer
from logcov.selection.cloud_logging.lexer import Token
from logcov.selection.cloud_logging.tree import (
    And,
    Argument,
    Call,
    Comparison,
    Node,
    Not,
    Operator,
    Or,
    Path,
    Span,
    Term,
    UnreadableError,
    Value,
)

LONGEST = 20_000
"""Characters that a filter may have (cloud.google.com/logging/quotas)."""
DEEPEST = 100
"""Brackets within brackets that are followed; no filter that a person wrote comes near it."""

_SEGMENT = re.compile(r"[A-Za-z0-9_@-]+")
_KEYWORDS = frozenset({"AND", "OR", "NOT"})
_COMPARABLE = frozenset({"cast", "regexp_extract"})
_NUMBER = re.compile(r"-[0-9.]+(?:[eE][+-]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The tree, or None where the text holds nothing but blanks and comments; and traps that it steps into.

    Attributes:
        node: the tree.
        mixed: parts with an OR without brackets that stand in an AND, one for each AND that has any.
        loose: `OR` and a value alone, in an OR with comparisons: the comparison before it, and the value.
    """

    node: Node | None
    mixed: tuple[Or, ...] = ()
    loose: tuple[tuple[Comparison, Term], ...] = ()


@lru_cache(maxsize=32)
def parse(text: str) -> Parsed:
    """The tree of a query.

    Raises:
        UnreadableError: the text is no query, or longer or deeper than any real one.
    """
    if len(text) > LONGEST:
        raise UnreadableError(f"it is longer than {LONGEST:,} characters", (LONGEST, len(text)))
    reader = _Reader(text)
    if reader.peek().kind == "end":
        return Parsed(None)
    node = reader.query(reader.part, values=False)
    if reader.peek().kind != "end":
        raise _unexpected(reader.peek())
    return Parsed(node, tuple(reader.mixed), tuple(reader.loose))


def _unexpected(token: Token) -> UnreadableError:
    return UnreadableError(f"{token.text or 'the end'!r} is not expected there", token.span)


def path_of(text: str) -> Path:
    """The path that a row of the catalogue spells; None as segments where it is none."""
    try:
        *found, _ = lexer.tokens(text)
    except UnreadableError:
        return Path(None, text)
    return _path(tuple(found), text)


def _path(found: tuple[Token, ...], text: str) -> Path:
    span = (found[0].start, found[-1].end) if found else (0, 0)
    segments = _segments(found)
    return Path(None if segments is None else tuple(segments), text, span)


def _segments(found: tuple[Token, ...]) -> list[str] | None:
    segments: list[str] = []
    expected = True  # a segment is due: at the start, and after a dot
    for token in found:
        if token.kind == "string":
            if not expected or token.value is None or token.value.quote != '"' or not token.value.clear:
                return None
            segments.append(token.value.text)
            expected = False
            continue
        for index, piece in enumerate(token.text.split(".")):
            expected = expected or index > 0
            if piece == "":
                continue  # beside a dot that touches a quoted segment, or a second dot: told below
            if not expected or not _SEGMENT.fullmatch(piece):
                return None
            segments.append(piece)
            expected = False
    dots = sum(token.text.count(".") for token in found if token.kind == "word")
    if expected or dots != len(segments) - 1:
        return None
    return segments


class _Reader:
    """Walks over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(lexer.tokens(text))
        self.at = 0
        self.depth = 0
        self.mixed: list[Or] = []
        self.loose: list[tuple[Comparison, Term]] = []

    def peek(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.peek()
        self.at += 1
        return token

    def since(self, start: int) -> Span:
        """From a place up to the end of the last token that was taken."""
        return start, self.tokens[self.at - 1].end

    def touches(self) -> bool:
        """Nothing lies between the last token and the next."""
        return self.at > 0 and self.tokens[self.at - 1].end == self.peek().start

    def keyword(self, word: str) -> bool:
        return self.peek().kind == "word" and self.peek().text == word

    def query(self, part: Callable[[], Node], *, values: bool) -> Node:
        """Parts joined by AND; `part` reads what stands between the operators, bare `values` in a group."""
        parts: list[Node] = []
        start = self.peek().start
        mixed: Or | None = None  # the first part that is an OR without brackets
        while True:
            begin = self.peek().start
            alternatives = [self.unary(part, values=values)]
            while self.keyword("OR"):
                self.take()
                alternatives.append(self.unary(part, values=values))
            if len(alternatives) > 1:
                either = Or(tuple(alternatives), self.since(begin))
                mixed = mixed or either
                self.note_terms(alternatives)
                parts.append(either)
            else:
                parts.append(alternatives[0])
            if self.keyword("AND"):
                self.take()
            elif self.peek().kind in {"end", ")"}:
                break
        if len(parts) == 1:
            return parts[0]
        if mixed:
            self.mixed.append(mixed)
        return And(tuple(parts), self.since(start))

    def note_terms(self, alternatives: list[Node]) -> None:
        before: Comparison | None = None
        for one in alternatives:
            if isinstance(one, Comparison):
                before = one
            elif isinstance(one, Term) and before:
                self.loose.append((before, one))

    def unary(self, part: Callable[[], Node], *, values: bool) -> Node:
        negated = False
        start = self.peek().start
        while True:
            if self.keyword("NOT"):
                self.take()
            elif self.peek().kind == "word" and self.peek().text.startswith("-"):
                if values and _NUMBER.fullmatch(self.peek().text):
                    break  # the sign is the number's own
                self.minus()
            else:
                break
            negated = not negated
        node = part()
        return Not(node, self.since(start)) if negated else node

    def minus(self) -> None:
        token = self.peek()
        if token.text == "-":
            self.take()
            if not self.touches():
                raise UnreadableError("a minus sign stands alone", token.span)
            return
        rest = token.text[1:]
        span = (token.start + 1, token.end)
        self.tokens[self.at] = Token("word", rest, *span, Value(rest, rest, span=span))

    def brackets(self, part: Callable[[], Node], *, values: bool) -> Node:
        bracket = self.take()
        self.depth += 1
        if self.depth > DEEPEST:
            raise UnreadableError(f"its brackets are more than {DEEPEST} deep", bracket.span)
        node = self.query(part, values=values)
        if self.take().kind != ")":
            raise UnreadableError("a bracket is never closed", bracket.span)
        self.depth -= 1
        return node

    def operand(self) -> tuple[Token, ...]:
        """Words and strings without anything between them."""
        start = self.at
        while self.peek().kind in {"word", "string"} and (self.at == start or self.touches()):
            self.take()
        found = self.tokens[start : self.at]
        if not found or (found[0].kind == "word" and found[0].text in _KEYWORDS):
            raise _unexpected(self.tokens[start])
        return tuple(found)

    def part(self) -> Node:
        if self.peek().kind == "(":
            return self.brackets(self.part, values=False)
        found = self.operand()
        if self.peek().kind == "(" and self.touches():
            return self.call(found)
        if self.peek().kind == "operator":
            op = cast("Operator", self.take().text)
            path = _path(found, self.text[found[0].start : found[-1].end])
            return self.spread(path, op)
        if len(found) > 1 or found[0].value is None:
            raise UnreadableError(
                f"{found[0].text!r} runs into {found[-1].text!r}", (found[0].start, found[-1].end)
            )
        return Term(found[0].value, found[0].span)

    def spread(self, path: Path, op: Operator) -> Node:
        """What stands right of an operator: a value, or a group whose every value gets field and operator."""

        def compared() -> Node:
            if self.peek().kind == "(":
                return self.brackets(compared, values=True)
            value = self.literal()
            return Comparison(path, op, value, value.span)

        if self.peek().kind == "(":
            return compared()
        return Comparison(path, op, self.literal(), self.since(path.span[0]))

    def literal(self) -> Value:
        found = self.operand()
        if len(found) > 1 or found[0].value is None or (self.peek().kind == "(" and self.touches()):
            raise UnreadableError(
                f"the value {found[0].text!r} runs into what follows", (found[0].start, self.peek().end)
            )
        value = found[0].value
        if not value.quote and value.text.startswith("-") and not _NUMBER.fullmatch(value.text):
            raise UnreadableError(f"the value {value.text!r} needs quotation marks", value.span)
        return value

    def call(self, found: tuple[Token, ...]) -> Call:
        start = found[0].start
        if len(found) > 1 or found[0].kind != "word":
            raise UnreadableError(f"{found[0].text!r} is no name of a function", found[0].span)
        name = found[0].text.casefold()
        arguments = self.arguments()
        compared = self.peek().kind == "operator"
        if compared:
            if name not in _COMPARABLE:
                raise UnreadableError(f"{found[0].text} stands left of {self.peek().text}", found[0].span)
            self.take()
            self.spread(Path(None, name), "=")
        span = self.since(start)
        return Call(name, arguments, compared, self.text[slice(*span)], span)

    def arguments(self) -> tuple[Argument, ...]:
        bracket = self.take()
        groups: list[list[Token]] = [[]]
        depth = 1
        while True:
            token = self.take()
            if token.kind == "end":
                raise UnreadableError("a bracket is never closed", bracket.span)
            depth += {"(": 1, ")": -1}.get(token.kind, 0)
            if depth == 0:
                break
            if token.kind == "," and depth == 1:
                groups.append([])
            else:
                groups[-1].append(token)
        return tuple(self.argument(group) for group in groups if group or len(groups) > 1)

    def argument(self, group: list[Token]) -> Argument:
        span = (group[0].start, group[-1].end) if group else (self.peek().start, self.peek().start)
        text = self.text[slice(*span)]
        joined = all(left.end == right.start for left, right in pairwise(group))
        if not group or not joined or any(token.kind not in {"word", "string"} for token in group):
            return Argument(Path(None, text, span), None, span)
        return Argument(_path(tuple(group), text), group[0].value if len(group) == 1 else None, span)
