"""JSON (RFC 8259), read strictly, with the place of every value: one value, no duplicate keys, bounded depth."""

import re
from bisect import bisect_right
from collections.abc import Callable
from json import JSONDecodeError, decoder
from typing import Any

from logcov.documents.model import Document, Mark, WrittenFloat, WrittenInt
from logcov.documents.yaml_text import MAX_DEPTH
from logcov.errors import DocumentError, Problem

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_MAX_DIGITS = 400
_scan_string: Callable[[str, int, bool], tuple[str, int]] = decoder.scanstring  # type: ignore[attr-defined]


class _Stop(ValueError):
    """The text cannot be read on from `at`."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


class _Reader:
    """One pass over the text; `problems` are those after which reading went on."""

    def __init__(self, text: str, name: str) -> None:
        self.text = text
        self.name = name
        self.problems: list[Problem] = []
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def place(self, at: int) -> tuple[int, int]:
        """Line and column of an offset; both count from 1."""
        line = bisect_right(self.starts, at)
        return line, at - self.starts[line - 1] + 1

    def note(self, at: int, message: str) -> None:
        """Notes a problem at an offset."""
        line, column = self.place(at)
        self.problems.append(Problem(file=self.name, line=line, column=column, path="", message=message))

    def skip(self, at: int) -> int:
        """The offset of the next character that is no white space."""
        found = _SPACE.match(self.text, at)
        assert found is not None
        return found.end()

    def string(self, at: int) -> tuple[str, int]:
        """The string that begins at an offset, and the offset after it."""
        try:
            text, end = _scan_string(self.text, at + 1, True)
        except JSONDecodeError as error:
            # The decoder says "at" at the end of some messages, for its own "line 1 column 2".
            message = error.msg[:1].lower() + error.msg[1:].removesuffix(" at")
            raise _Stop(message, min(error.pos, len(self.text))) from None
        if any("\ud800" <= letter <= "\udfff" for letter in text):
            self.note(at, "this text holds half a surrogate pair")
        return text, end

    def value(self, at: int, depth: int) -> tuple[Any, Mark, int]:
        """The value that begins at an offset, its mark, and the offset after it."""
        mark = Mark(*self.place(at))
        letter = self.text[at : at + 1]
        if letter in {"{", "["} and depth >= MAX_DEPTH:
            raise _Stop(f"this nests deeper than {MAX_DEPTH} levels", at)
        if letter == "{":
            return self.mapping(at, depth)
        if letter == "[":
            return self.array(at, depth)
        if letter == '"':
            text, end = self.string(at)
            return text, mark, end
        for word, meaning in _WORDS.items():
            if self.text.startswith(word, at):
                return meaning, mark, at + len(word)
        found = _NUMBER.match(self.text, at)
        if found is None:
            raise _Stop("expected a value" if letter else "the text ends where a value should be", at)
        digits = found.group()
        if len(digits) > _MAX_DIGITS:
            raise _Stop("this number is too long", at)
        if found.group(1) or found.group(2):
            return WrittenFloat(float(digits), digits), mark, found.end()
        return WrittenInt(int(digits), digits), mark, found.end()

    def mapping(self, at: int, depth: int) -> tuple[dict[str, Any], Mark, int]:
        """The object that begins at an offset."""
        data: dict[str, Any] = {}
        keys: dict[str, tuple[int, int]] = {}
        children: dict[str | int, Mark] = {}
        start, at = at, self.skip(at + 1)
        while self.text[at : at + 1] != "}":
            if self.text[at : at + 1] != '"':
                raise _Stop("expected a key in double quotes", at)
            key_at = at
            key, at = self.string(at)
            at = self.skip(at)
            if self.text[at : at + 1] != ":":
                raise _Stop("expected `:` after a key", at)
            data_here, mark, at = self.value(self.skip(at + 1), depth + 1)
            if key in keys:
                line, column = keys[key]
                self.note(
                    key_at, f"the key `{key}` stands here twice; the first is at line {line}, column {column}"
                )
            else:
                data[key], keys[key], children[key] = data_here, self.place(key_at), mark
            at = self.next_item(at, "}")
        return data, Mark(*self.place(start), keys, children), at + 1

    def array(self, at: int, depth: int) -> tuple[list[Any], Mark, int]:
        """The array that begins at an offset."""
        data: list[Any] = []
        children: dict[str | int, Mark] = {}
        start, at = at, self.skip(at + 1)
        while self.text[at : at + 1] != "]":
            item, mark, at = self.value(at, depth + 1)
            children[len(data)] = mark
            data.append(item)
            at = self.next_item(at, "]")
        return data, Mark(*self.place(start), {}, children), at + 1

    def next_item(self, at: int, end: str) -> int:
        """The offset of the next item or of the end, past a comma; a comma before the end is refused."""
        at = self.skip(at)
        if self.text[at : at + 1] == end:
            return at
        if self.text[at : at + 1] != ",":
            raise _Stop(f"expected `,` or `{end}`", at)
        following = self.skip(at + 1)
        if self.text[following : following + 1] == end:
            raise _Stop(f"a comma before `{end}`", at)
        return following

    def document(self) -> tuple[Any, Mark]:
        """The one value that the whole text is, and its mark."""
        at = self.skip(0)
        if at == len(self.text):
            raise _Stop("the file is empty", 0)
        try:
            data, mark, at = self.value(at, 0)
        except _Stop as stop:
            raise _Stop(f"this is not JSON: {stop}", stop.at) from None
        at = self.skip(at)
        if at < len(self.text):
            raise _Stop("this is not JSON: there is more after the end of the value", at)
        return data, mark


def parse_json(text: str, name: str, *, error: type[DocumentError] = DocumentError) -> Document:
    """Reads JSON text. `name` is what problems call it; `error` is the class to raise.

    Raises:
        DocumentError: (or `error`) the text is no JSON, or a key stands twice.
    """
    reader = _Reader(text.removeprefix("\ufeff"), name)
    data, mark = None, Mark(1, 1)
    try:
        data, mark = reader.document()
    except _Stop as stop:
        reader.note(stop.at, str(stop))
    if reader.problems:
        raise error(sorted(reader.problems))
    return Document(name, data, mark)
