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

MIXED = "OR binds tighter than AND here: without brackets, `a AND b OR c` means `a AND (b OR c)`"


@dataclass(frozen=True, slots=True)
class Parsed:
    """The tree, or None where the text holds nothing but blanks and comments; and traps that it steps into."""

    node: Node | None
    traps: tuple[str, ...] = ()


def parse(text: str) -> Parsed:
    """The tree of a query.

    Raises:
        UnreadableError: the text is no query, or longer or deeper than any real one.
    """
    if len(text) > LONGEST:
        raise UnreadableError(f"it is longer than {LONGEST:,} characters")
    reader = _Reader(text)
    if reader.peek().kind == "end":
        return Parsed(None)
    node = reader.query(reader.part, values=False)
    if reader.peek().kind != "end":
        raise UnreadableError(
            f"{reader.peek().text!r} at character {reader.peek().start + 1} is not expected there"
        )
    return Parsed(node, tuple(reader.traps))


def path_of(text: str) -> Path:
    """The path that a row of the catalogue spells; None as segments where it is none."""
    try:
        *found, _ = lexer.tokens(text)
    except UnreadableError:
        return Path(None, text)
    return _path(tuple(found), text)


def _path(found: tuple[Token, ...], text: str) -> Path:
    segments: list[str] = []
    expected = True  # a segment is due: at the start, and after a dot
    for token in found:
        if token.kind == "string":
            if not expected or token.value is None or token.value.quote != '"' or not token.value.clear:
                return Path(None, text)
            segments.append(token.value.text)
            expected = False
            continue
        for index, piece in enumerate(token.text.split(".")):
            expected = expected or index > 0
            if piece == "":
                continue  # beside a dot that touches a quoted segment, or a second dot: told below
            if not expected or not _SEGMENT.fullmatch(piece):
                return Path(None, text)
            segments.append(piece)
            expected = False
    dots = sum(token.text.count(".") for token in found if token.kind == "word")
    if expected or dots != len(segments) - 1:
        return Path(None, text)
    return Path(tuple(segments), text)


class _Reader:
    """Walks over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(lexer.tokens(text))
        self.at = 0
        self.depth = 0
        self.traps: list[str] = []

    def peek(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.peek()
        self.at += 1
        return token

    def touches(self) -> bool:
        """Nothing lies between the last token and the next."""
        return self.at > 0 and self.tokens[self.at - 1].end == self.peek().start

    def keyword(self, word: str) -> bool:
        return self.peek().kind == "word" and self.peek().text == word

    def query(self, part: Callable[[], Node], *, values: bool) -> Node:
        """Parts joined by AND; `part` reads what stands between the operators, bare `values` in a group."""
        parts: list[Node] = []
        loose = False  # a part is an OR without brackets
        while True:
            alternatives = [self.unary(part, values=values)]
            while self.keyword("OR"):
                self.take()
                alternatives.append(self.unary(part, values=values))
            if len(alternatives) > 1:
                loose = True
                self.note_terms(alternatives)
            parts.append(alternatives[0] if len(alternatives) == 1 else Or(tuple(alternatives)))
            if self.keyword("AND"):
                self.take()
            elif self.peek().kind in {"end", ")"}:
                break
        if loose and len(parts) > 1:
            self.traps.append(MIXED)
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def note_terms(self, alternatives: list[Node]) -> None:
        if any(isinstance(one, Comparison) for one in alternatives):
            self.traps.extend(
                f"`OR {one.value.raw}` looks for {one.value.text!r} in every field; "
                "to compare one field with several values, write field=(a OR b)"
                for one in alternatives
                if isinstance(one, Term)
            )

    def unary(self, part: Callable[[], Node], *, values: bool) -> Node:
        negated = False
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
        return Not(node) if negated else node

    def minus(self) -> None:
        token = self.peek()
        if token.text == "-":
            self.take()
            if not self.touches():
                raise UnreadableError(f"the minus sign at character {token.start + 1} stands alone")
            return
        rest = token.text[1:]
        self.tokens[self.at] = Token("word", rest, token.start + 1, token.end, Value(rest, rest))

    def brackets(self, part: Callable[[], Node], *, values: bool) -> Node:
        self.take()
        self.depth += 1
        if self.depth > DEEPEST:
            raise UnreadableError(f"its brackets are more than {DEEPEST} deep")
        node = self.query(part, values=values)
        if self.take().kind != ")":
            raise UnreadableError("a bracket is never closed")
        self.depth -= 1
        return node

    def operand(self) -> tuple[Token, ...]:
        """Words and strings without anything between them."""
        start = self.at
        while self.peek().kind in {"word", "string"} and (self.at == start or self.touches()):
            self.take()
        found = self.tokens[start : self.at]
        if not found or (found[0].kind == "word" and found[0].text in _KEYWORDS):
            where = self.tokens[start]
            raise UnreadableError(
                f"{where.text or 'the end'!r} at character {where.start + 1} is not expected there"
            )
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
            raise UnreadableError(f"{found[0].text!r} runs into {found[-1].text!r}")
        return Term(found[0].value)

    def spread(self, path: Path, op: Operator) -> Node:
        """What stands right of an operator: a value, or a group whose every value gets field and operator."""

        def compared() -> Node:
            if self.peek().kind == "(":
                return self.brackets(compared, values=True)
            return Comparison(path, op, self.literal())

        return compared()

    def literal(self) -> Value:
        found = self.operand()
        if len(found) > 1 or found[0].value is None or (self.peek().kind == "(" and self.touches()):
            raise UnreadableError(f"the value {found[0].text!r} runs into what follows")
        value = found[0].value
        if not value.quote and value.text.startswith("-") and not _NUMBER.fullmatch(value.text):
            raise UnreadableError(f"the value {value.text!r} needs quotation marks")
        return value

    def call(self, found: tuple[Token, ...]) -> Call:
        start = found[0].start
        if len(found) > 1 or found[0].kind != "word":
            raise UnreadableError(f"{found[0].text!r} is no name of a function")
        name = found[0].text.casefold()
        arguments = self.arguments()
        compared = self.peek().kind == "operator"
        if compared:
            if name not in _COMPARABLE:
                raise UnreadableError(f"{found[0].text} stands left of {self.peek().text}")
            self.take()
            self.spread(Path(None, name), "=")
        return Call(name, arguments, compared, self.text[start : self.tokens[self.at - 1].end])

    def arguments(self) -> tuple[Argument, ...]:
        self.take()
        groups: list[list[Token]] = [[]]
        depth = 1
        while True:
            token = self.take()
            if token.kind == "end":
                raise UnreadableError("a bracket is never closed")
            depth += {"(": 1, ")": -1}.get(token.kind, 0)
            if depth == 0:
                break
            if token.kind == "," and depth == 1:
                groups.append([])
            else:
                groups[-1].append(token)
        return tuple(self.argument(group) for group in groups if group or len(groups) > 1)

    def argument(self, group: list[Token]) -> Argument:
        text = self.text[group[0].start : group[-1].end] if group else ""
        joined = all(left.end == right.start for left, right in pairwise(group))
        if not group or not joined or any(token.kind not in {"word", "string"} for token in group):
            return Argument(Path(None, text), None)
        return Argument(_path(tuple(group), text), group[0].value if len(group) == 1 else None)
