"""A document in memory: its data, and where each part of it stands in the text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Self

from logcov.errors import Problem

Path = tuple[str | int, ...]
"""The way from the root to a value: `("require", 0, "severity")`."""


class WrittenInt(int):
    """A whole number that remembers how it was written (`text`)."""

    text: str

    def __new__(cls, value: int, text: str = "") -> Self:
        """Makes the number; `text` is as in the file."""
        made = super().__new__(cls, value)
        made.text = text or str(value)
        return made


class WrittenFloat(float):
    """A number with a fraction that remembers how it was written: `4.10` is not `4.1`."""

    text: str

    def __new__(cls, value: float, text: str = "") -> Self:
        """Makes the number; `text` is as in the file."""
        made = super().__new__(cls, value)
        made.text = text or repr(value)
        return made


def written(value: object) -> str:
    """A scalar as text: text itself, `true`, `false`, `null`, a number as it stands in the file."""
    if isinstance(value, WrittenInt | WrittenFloat):
        return value.text
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def kind_of(value: object) -> str:
    """What a value is, in a person's words."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "`true` or `false`"
        case str():
            return "text"
        case int() | float():
            return "a number"
        case Mapping():
            return "a mapping"
        case _:
            return "a list"


def nearest(word: str, known: Iterable[str], cutoff: float = 0.7) -> str:
    """`; did you mean ...?` with the nearest known word, or nothing if none is near.

    `cutoff` is how alike they must be, from 0 (anything) to 1 (the same but for upper and lower case).
    """
    words = sorted(set(known))
    by_fold = {one.casefold(): one for one in words}
    close = get_close_matches(word.casefold(), by_fold, n=1, cutoff=cutoff)
    return f"; did you mean `{by_fold[close[0]]}`?" if close else ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a value begins, and where its parts do. Lines and columns count from 1.

    Attributes:
        keys: key of a mapping → where the key itself stands.
        children: key or index → the mark of the value there.
    """

    line: int
    column: int
    keys: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    children: "Mapping[str | int, Mark]" = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read.

    Attributes:
        name: the file as problems name it.
        data: mappings, lists, text, numbers, booleans, None.
        marks: the mark of the root.
        sha256: of the file's bytes; empty if it was not a file.
    """

    name: str
    data: Any
    marks: Mark
    sha256: str = ""

    def known(self, path: Path) -> Path:
        """The parts of the path that are really there.

        Parts that the document does not have are left out: the index of a value that stands alone where a
        list is allowed, or a word that a validator put in.
        """
        mark, found = self.marks, list[str | int]()
        for part in path:
            if part in mark.children:
                mark = mark.children[part]
                found.append(part)
        return tuple(found)

    def place(self, path: Path) -> tuple[int, int]:
        """Line and column of the value at the path, or of the nearest value around it."""
        mark = self.marks
        for part in self.known(path):
            mark = mark.children[part]
        return mark.line, mark.column

    def place_of_key(self, path: Path) -> tuple[int, int]:
        """Line and column of the key that the path ends with; of the value, if there is no such key."""
        if not path:
            return self.place(path)
        mark = self.marks
        for part in self.known(path[:-1]):
            mark = mark.children[part]
        return mark.keys.get(str(path[-1]), self.place(path))

    def problem(self, path: Path, message: str, *, at_key: bool = False) -> Problem:
        """A problem with the value at the path, or (`at_key`) with the key that the path ends with."""
        line, column = self.place_of_key(path) if at_key else self.place(path)
        shown = self.known(path[:-1] if at_key else path)
        return Problem(
            file=self.name,
            line=line,
            column=column,
            path=".".join(str(part) for part in shown),
            message=message,
        )
