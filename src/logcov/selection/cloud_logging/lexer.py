"""Cuts a Cloud Logging query into words, strings, operators and brackets, in one pass without backtracking.

Source: https://cloud.google.com/logging/docs/view/logging-query-language and live filters, which break its
rules: unquoted dots, slashes and `%` are part of a word here.
"""

import re
from dataclasses import dataclass
from typing import Literal

from logcov.selection.cloud_logging.tree import Span, UnreadableError, Value

Kind = Literal["word", "string", "operator", "(", ")", ",", "end"]

_SPACE = re.compile(r"(?:[ \t\r\n\f\v]+|--[^\n]*)+")
_OPERATOR = re.compile(r"=~|!~|!=|<=|>=|=|<|>|:")
_DOUBLE = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL)
_SINGLE = re.compile(r"'([^'\\]*(?:\\.[^'\\]*)*)'", re.DOTALL)
_WORD = re.compile(r"[^ \t\r\n\f\v()\"',<>=:!~]+")
_ESCAPE = re.compile(
    r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-7]{1,3})|(.))", re.DOTALL
)
_SIMPLE_ESCAPES = {
    "\\": "\\", '"': '"', "'": "'", "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v",
}  # fmt: skip
_TYPOGRAPHIC = frozenset("“”„‟‘’‚‛«»")
_LAST_CODE_POINT = 0x10FFFF
_HALF = re.compile("[\ud800-\udfff]")
_SURROGATES = range(0xD800, 0xE000)  # no characters, and nothing that could be printed


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text, from `start` up to `end`. `value` is set for words and strings."""

    kind: Kind
    text: str
    start: int
    end: int
    value: Value | None = None

    @property
    def span(self) -> Span:
        """Where it stands."""
        return self.start, self.end


def _unescape(raw: str) -> tuple[str, bool]:
    """The text without escapes, and whether all of them are documented. Others stay as they are."""
    clear = True

    def replace(found: re.Match[str]) -> str:
        nonlocal clear
        two, four, eight, octal, simple = found.groups()
        if simple is not None:
            if simple in _SIMPLE_ESCAPES:
                return _SIMPLE_ESCAPES[simple]
            clear = False
            return found[0]
        code = int(octal, 8) if octal is not None else int(two or four or eight, 16)
        if code > _LAST_CODE_POINT or code in _SURROGATES:
            clear = False
            return found[0]
        return chr(code)

    plain = _ESCAPE.sub(replace, raw) if "\\" in raw else raw
    return plain, clear and not _HALF.search(raw)


def _string(text: str, start: int) -> Token:
    pattern: re.Pattern[str] = _DOUBLE if text[start] == '"' else _SINGLE
    found = pattern.match(text, start)
    if found is None:
        raise UnreadableError("a string is never closed", (start, len(text)))
    raw = found[1]
    plain, clear = _unescape(raw)
    value = Value(plain, raw, '"' if text[start] == '"' else "'", clear, (start, found.end()))
    return Token("string", found[0], start, found.end(), value)


def _word(text: str, start: int) -> Token:
    found = _WORD.match(text, start)
    if found is None:
        raise UnreadableError(f"{text[start]!r} is no part of the language", (start, start + 1))
    word = found[0]
    span = (start, found.end())
    if "--" in word:
        raise UnreadableError(f"{word!r}: a comment, or two dashes of a word?", span)
    # Blanks are not printable, but for the one that ends a word.
    if not word.isprintable() or not _TYPOGRAPHIC.isdisjoint(word):
        raise UnreadableError(
            f"{word!r} holds quotation marks, blanks or control characters of another kind", span
        )
    return Token("word", word, *span, Value(word, word, span=span))


def tokens(text: str) -> tuple[Token, ...]:
    """All tokens of the text, and an `end` token after them.

    Raises:
        UnreadableError: where the text cannot be cut.
    """
    found: list[Token] = []
    at = 0
    while True:
        space = _SPACE.match(text, at)
        if space is not None:
            at = space.end()
        if at == len(text):
            found.append(Token("end", "", at, at))
            return tuple(found)
        sign = text[at]
        if sign in "()":
            token = Token("(" if sign == "(" else ")", sign, at, at + 1)
        elif sign == ",":
            token = Token(",", sign, at, at + 1)
        elif sign in "\"'":
            token = _string(text, at)
        else:
            operator = _OPERATOR.match(text, at)
            token = Token("operator", operator[0], at, operator.end()) if operator else _word(text, at)
        found.append(token)
        at = token.end
