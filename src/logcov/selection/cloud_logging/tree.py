"""What a Cloud Logging query says, as a small frozen tree.

The tree is what the text says, not what it means: names are as they were written, and nothing is decided.
Groups of values (`severity=(ERROR OR ALERT)`) are already spread over their field and operator.
"""

from dataclasses import dataclass
from typing import Literal

Operator = Literal["=", "!=", ":", "<", "<=", ">", ">=", "=~", "!~"]


class UnreadableError(Exception):
    """The text is no query that logcov can read. Never leaves the package."""


@dataclass(frozen=True, slots=True)
class Value:
    """A literal.

    Attributes:
        text: after escapes were taken out.
        raw: as written, without the quotes.
        quote: `"`, `'`, or empty.
        clear: every escape in it is documented.
    """

    text: str
    raw: str
    quote: Literal["", '"', "'"] = ""
    clear: bool = True


@dataclass(frozen=True, slots=True)
class Path:
    """A field: its segments without quotes. None for one that is not spelled as a path can be."""

    segments: tuple[str, ...] | None
    text: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field, an operator, one value."""

    path: Path
    op: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a function. `value` is None unless it is a single word or string."""

    path: Path
    value: Value | None


@dataclass(frozen=True, slots=True)
class Call:
    """A function (its name in lower case). `compared`: it stands left of an operator. `text` is the whole of it."""

    name: str
    arguments: tuple[Argument, ...]
    compared: bool
    text: str


@dataclass(frozen=True, slots=True)
class Term:
    """A value alone: it is looked for in every field."""

    value: Value


@dataclass(frozen=True, slots=True)
class Not:
    """NOT, or a minus sign."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """AND, written or implied; at least two parts."""

    parts: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """OR; at least two parts."""

    parts: "tuple[Node, ...]"


Node = Comparison | Call | Term | Not | And | Or
